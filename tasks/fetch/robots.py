"""robots.txt as RFC 9309 has it, for article pages: what its status means, how long it holds, what it allows.

A feed that an operator chose is asked on the operator's behalf; the pages it lists are what a crawler asks for.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from protego import Protego

from domain.records import Fetched, FetchFailure, Response, RobotsRecord

AGENT: Final = "Copydesk"
_VALID: Final = timedelta(hours=24)
# An unreachable robots.txt closes the host; this often we look whether it is back.
_RETRY: Final = timedelta(minutes=10)


class Rules:
    """What a host's robots.txt says to us."""

    def __init__(self, record: RobotsRecord) -> None:
        self._parsed = Protego.parse(record.body) if record.status == 200 and record.body else None
        self.reachable = record.status is not None

    def allows(self, url: str) -> bool:
        """Return whether a page may be fetched."""
        return self._parsed is None or bool(self._parsed.can_fetch(url, AGENT))

    @property
    def crawl_delay(self) -> float | None:
        """Return the seconds it asks between requests, if any; never negative."""
        delay = self._parsed.crawl_delay(AGENT) if self._parsed else None
        return max(0.0, float(delay)) if delay is not None else None


def is_fresh(record: RobotsRecord | None, now: datetime) -> bool:
    """Return whether what is known of a host's robots.txt still holds (RFC 9309 §2.4: 24 hours)."""
    return record is not None and now - record.fetched_at < (_RETRY if record.status is None else _VALID)


def record_of(fetched: Fetched, known: RobotsRecord | None, now: datetime) -> RobotsRecord:
    """Return what an answer to the request for robots.txt means.

    2xx: its rules. 4xx, and redirects without end: no rules. 429, 5xx, an address we refuse, or no answer: unreachable, and
    what was `known` before goes on holding, dated so that it is looked for again in ten minutes and not before every page;
    without it the host is closed for now (status None).
    """
    if isinstance(fetched, Response):
        return RobotsRecord(status=200, body=_text(fetched), fetched_at=now)
    if _is_absent(fetched):
        return RobotsRecord(status=fetched.status or 404, body="", fetched_at=now)
    if known is not None and known.status is not None:
        return replace(known, fetched_at=max(known.fetched_at, now - _VALID + _RETRY))
    return RobotsRecord(status=None, body="", fetched_at=now)


def _is_absent(failure: FetchFailure) -> bool:
    # RFC 9309 §2.3.1.2 and §2.3.1.3. 429 is a 4xx by number and an overload by meaning.
    return (failure.status is not None and 300 <= failure.status < 500 and failure.status != 429) or failure.status in {204, 205}


def _text(response: Response) -> str:
    # A page that says "not found" with status 200 has no rules, whatever its words would parse to.
    body = response.body.removeprefix(b"\xef\xbb\xbf")
    if body[:512].lstrip()[:1] == b"<":
        return ""
    return body.decode("utf-8", "replace").replace("\x00", "")
