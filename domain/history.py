"""The records of history on request: what is asked for, what an archive lists, and how far a walk through it has come.

A *request* is what an engineer asked. It is worked as *legs*: one source and one document or file each (a sitemap, a page of a
feed's archive, a query to a web archive, a WARC file). A document may name further ones; they become legs of their own, so the
ledger itself is the frontier of the walk, and any number of workers share it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from domain.outcomes import Reason
from domain.records import ListedEntry, Page

Source: TypeAlias = Literal["sitemap", "archive", "wayback", "warc", "list", "pages"]
LegState: TypeAlias = Literal["planned", "running", "done", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time, `since` included and `until` not; aware UTC, None where it is open."""

    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Discovered:
    """A document that an archive lists. `position` is where to go on reading after it: a count, or a byte offset in a file.

    `asked_url` is set where a web archive keeps the document, captured at `captured_at`: that is asked, while `url` says what it is. `page` is set where
    the archive holds the page itself, `page_id` where that archive is our own: then nothing is asked at all. `feed` is a feed's
    title or address, as a list names it.
    """

    url: str
    position: int
    published_at: datetime | None = None
    modified_at: datetime | None = None
    title: str = ""
    asked_url: str | None = None
    listed: ListedEntry | None = None
    page: Page | None = None
    page_id: int | None = None
    feed: str | None = None
    captured_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Further:
    """Another document to walk, named by the one being read."""

    target: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something in a document that could not be used. `fatal` ends its reading; what came before it counts all the same."""

    reason: Reason
    detail: str
    fatal: bool = False


Finding: TypeAlias = Discovered | Further | Trouble
Findings: TypeAlias = Iterator[Finding]


@dataclass(frozen=True, slots=True)
class LegPlan:
    """A leg to be written into the ledger. `note` is what its reader has to know of the document that named it."""

    source: Source
    target: str
    window: Window = Window()
    feed_id: int | None = None
    depth: int = 0
    trusted: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Leg:
    """A claimed leg: `position` is where its reading goes on, `fence` must still stand when progress is committed."""

    id: int
    request_id: str
    plan: LegPlan
    position: int
    fence: int
    attempt_count: int = 0


@dataclass(frozen=True, slots=True)
class Outlet:
    """A feed as history is asked of it."""

    feed_id: int
    url: str
    title: str
    site_url: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a plan says of one outlet (or file) and one source: what it lists for the window, and what fetching it would take.

    `file_count` files of `download_bytes` in all lie on servers and would be read there; the pages in them need not be fetched. `host` is the one that pages are asked of; `exact` is False where more documents are named than were read, and the counts are
    projected from those that were.
    """

    outlet: str
    source: Source
    host: str
    documents: int = 0
    found: int = 0
    known: int = 0
    to_fetch: int = 0
    seconds: float = 0.0
    disk_bytes: int = 0
    exact: bool = True
    file_count: int = 0
    download_bytes: int = 0
    troubles: tuple[Trouble, ...] = ()
