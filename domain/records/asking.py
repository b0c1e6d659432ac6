"""Asking a server: requests, answers, failures, hosts, and the visitor that flows hand to the rooms."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, TypeAlias

from domain.outcomes import Reason


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave us to ask conditionally, byte for byte (header values decoded as latin-1).

    `url` is the URL whose answer carried them: they are never sent anywhere else.
    """

    url: str
    etag: str | None = None
    last_modified: str | None = None


RequestKind: TypeAlias = Literal["feed", "page", "robots", "site", "archive", "file"]


@dataclass(frozen=True, slots=True)
class Request:
    """One URL to ask for. `key` is the caller's own id for it (a feed's or an entry's) and comes back unchanged.

    `trusted` says who named the URL: the operator's own list, or a document that came from an allowed private network
    (`Response.private`). Only then may it lie on such a network. `part` is, of a file, the offset and the number of the bytes
    that are asked for.
    """

    key: int
    url: str
    kind: RequestKind
    validators: Validators | None = None
    trusted: bool = False
    part: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Redirect:
    """One hop that was followed."""

    status: int
    url: str
    target: str


@dataclass(frozen=True, slots=True)
class Response:
    """A complete answer: 200, 226 or 304. `headers` keeps order and repeats; names are lower case.

    To the request for a part of a file: 200, 206 or 416, and in `body` as much of that part as came, undecoded; nothing where
    the file has ended.

    `private` is true when every server on the way to it was on an allowed private network: what it links to may be there too.
    """

    url: str
    final_url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    fetched_at: datetime
    seconds: float
    wire_bytes: int
    redirects: tuple[Redirect, ...] = ()
    private: bool = False

    def header(self, name: str) -> str | None:
        """Return the first value of a header given by its lower-case name, or None."""
        return next((value for key, value in self.headers if key == name), None)


@dataclass(frozen=True, slots=True)
class FetchFailure:
    """No usable answer. `temporary` says whether asking again later can help; `pause_seconds` is what the server asked for.

    `private` as in `Response`, when there was an answer at all.
    """

    url: str
    reason: Reason
    detail: str
    at: datetime
    temporary: bool
    status: int | None = None
    pause_seconds: float | None = None
    headers: tuple[tuple[str, str], ...] = ()
    redirects: tuple[Redirect, ...] = ()
    private: bool = False


Fetched: TypeAlias = Response | FetchFailure


@dataclass(frozen=True, slots=True)
class RobotsRecord:
    """A host's robots.txt as last seen: `status` 200 with its first 512 KiB, a 4xx (all allowed), or None (unreachable)."""

    status: int | None
    body: str
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class HostGrant:
    """The right to talk to one host, held by lease: `fence` must still be on the row when results are committed."""

    host: str
    fence: int
    next_request_at: datetime | None = None
    crawl_delay: float | None = None
    robots: RobotsRecord | None = None
    pause_count: int = 0


@dataclass(frozen=True, slots=True)
class HostWork:
    """What to ask one host, in order, one request at a time."""

    grant: HostGrant
    requests: tuple[Request, ...]


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and what came of it."""

    host: str
    request: Request
    fetched: Fetched


@dataclass(frozen=True, slots=True)
class HostReport:
    """What a visit taught about a host; the last thing yielded for it. `unattempted` requests go back to the desk.

    `pause_count` is how many pauses in a row the host has asked for; a `private` host's pauses never spread to its domain.
    """

    host: str
    fence: int
    next_request_at: datetime | None
    paused_until: datetime | None = None
    pause_reason: Reason | None = None
    crawl_delay: float | None = None
    robots: RobotsRecord | None = None
    unattempted: tuple[Request, ...] = ()
    pause_count: int = 0
    private: bool = False


class Visitor(Protocol):
    """What the flows hand to `tasks.poll` and `tasks.fetch`: the fetch room's client."""

    def visit(
        self, work: Sequence[HostWork], *, seconds: float, more: Callable[[int], Sequence[HostWork]] | None = None
    ) -> Iterator[Exchange | HostReport]:
        """Yield each exchange as it completes and one report per host; stop starting requests after `seconds`.

        `more(n)` is asked for up to n further hosts whenever nothing has come for a second: slow hosts then hold up nobody. It is
        called in the consumer's thread; n is 0 when there is no room or no time for more.
        """
        ...
