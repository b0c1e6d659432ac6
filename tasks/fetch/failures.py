"""What went wrong, as a reason: exceptions and answers that are no content become a `FetchFailure`.

`temporary` says whether asking again later can help. A server that answers with a browser challenge is told apart from one
that refuses, because an operator can do something about the first (ask the publisher) and nothing is gained by disguise.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

import httpcore2
import httpx2

from domain.outcomes import Outcome, Reason
from domain.records import FetchFailure


class Stop(Exception):  # noqa: N818  (not an error of ours: the way an exchange ends early)
    """Ends an exchange: the reason, what exactly happened, and whether asking again can help."""

    def __init__(self, reason: Reason, detail: str, *, temporary: bool = False) -> None:
        super().__init__(detail)
        self.reason, self.detail, self.temporary = reason, detail, temporary


# Ends of a page that are decisions about it rather than failures to get it.
_REJECTED: Final = frozenset(
    {Reason.REFUSED_ADDRESS, Reason.REFUSED_URL, Reason.URL_TOO_LONG, Reason.TOO_LARGE, Reason.NOT_HTML, Reason.ROBOTS}
)
# Not temporary, yet for a page worth its few tries: feeds list articles minutes before they are published, firewalls refuse by
# mood, and certificates are renewed an hour too late.
_TRY_AGAIN: Final = frozenset({Reason.NOT_FOUND, Reason.FORBIDDEN, Reason.CHALLENGE, Reason.TLS})

_STATUS: Final[Mapping[int, tuple[Reason, bool]]] = {
    401: (Reason.UNAUTHORISED, False),
    403: (Reason.FORBIDDEN, False),
    404: (Reason.NOT_FOUND, False),
    408: (Reason.SERVER_ERROR, True),
    410: (Reason.GONE, False),
    425: (Reason.SERVER_ERROR, True),
    429: (Reason.RATE_LIMITED, True),
    451: (Reason.LEGAL, False),
    503: (Reason.UNAVAILABLE, True),
}
_LONGEST_WAIT: Final = timedelta(days=14)
_CHALLENGE_TITLE: Final = re.compile(rb"<title>\s*(just a moment|attention required!? \| cloudflare|ddos-guard|un moment)", re.IGNORECASE)
_CHALLENGE_MARK: Final = (b"_cf_chl_opt", b"/cdn-cgi/challenge-platform/", b"cf-browser-verification", b"/.well-known/ddos-guard/")
# A challenge is small and says so early; an article that quotes one is neither.
_CHALLENGE_BYTES: Final = 65_536


def of_status(status: int, headers: Mapping[str, str], body: bytes) -> Stop:
    """Return the reason for a status that carries no content for us; `body` is as much of it as was read."""
    if status in {403, 429, 503} and is_challenge(headers, body):
        return Stop(Reason.CHALLENGE, f"status {status} with a browser challenge")
    reason, temporary = _STATUS.get(status) or ((Reason.SERVER_ERROR, True) if status >= 500 else (Reason.UNEXPECTED_STATUS, False))
    return Stop(reason, f"status {status}", temporary=temporary)


def is_challenge(headers: Mapping[str, str], body: bytes) -> bool:
    """Return whether an answer asks for a browser instead of giving content."""
    if headers.get("cf-mitigated", "").lower() == "challenge":
        return True
    head = body[:_CHALLENGE_BYTES]
    return len(body) <= _CHALLENGE_BYTES and any(mark in head for mark in _CHALLENGE_MARK) and bool(_CHALLENGE_TITLE.search(head))


def of_exception(error: Exception) -> Stop | None:
    """Return the reason for an exception of the network, of TLS or of HTTP; None for one that nobody expected."""
    if isinstance(error, Stop):
        return error
    if isinstance(error, httpcore2.RemoteProtocolError) and _line(error).startswith(_INCOMPLETE):
        return Stop(Reason.BROKEN_TRANSFER, _line(error), temporary=True)
    for kind, reason in _EXCEPTIONS:
        if isinstance(error, kind):
            return Stop(reason, _line(error), temporary=reason not in {Reason.REFUSED_URL, Reason.BAD_REDIRECT})
    return None


def settled(failure: FetchFailure, attempts: int, limit: int) -> Outcome | None:
    """Return how an entry ends after a failure of its page, or None while it is worth another of its `limit` tries."""
    if failure.reason in _REJECTED:
        return Outcome.REJECTED
    if attempts < limit and (failure.temporary or failure.reason in _TRY_AGAIN):
        return None
    return Outcome.FAILED


def counts(failure: FetchFailure, seen_at: datetime | None, now: datetime, *, dark: bool) -> int:
    """Return by how many tries (0 or 1) a failure brings an entry nearer to its end.

    Being told to wait is no failure of the page, and neither is our own network being down (`dark`); yet no page waits
    longer than two weeks.
    """
    patient = dark or failure.reason in {Reason.RATE_LIMITED, Reason.UNAVAILABLE}
    return 0 if patient and (seen_at is None or now - seen_at < _LONGEST_WAIT) else 1


def _line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:300]


# How h11 and httpcore2 say that a connection ended before its answer; both raise the class of all protocol errors.
_INCOMPLETE: Final = ("peer closed connection", "Server disconnected")
_EXCEPTIONS: Final[tuple[tuple[type[Exception], Reason], ...]] = (
    (httpcore2.ConnectTimeout, Reason.CONNECT_TIMEOUT),
    (httpcore2.TimeoutException, Reason.DEADLINE),
    (httpcore2.ConnectError, Reason.CONNECT_REFUSED),
    (httpcore2.NetworkError, Reason.BROKEN_TRANSFER),
    (httpcore2.RemoteProtocolError, Reason.PROTOCOL),
    (httpcore2.LocalProtocolError, Reason.REFUSED_URL),
    (httpcore2.UnsupportedProtocol, Reason.REFUSED_URL),
    (httpx2.InvalidURL, Reason.REFUSED_URL),
    (httpx2.RemoteProtocolError, Reason.BAD_REDIRECT),
    (TimeoutError, Reason.DEADLINE),
    (ConnectionError, Reason.BROKEN_TRANSFER),
)
