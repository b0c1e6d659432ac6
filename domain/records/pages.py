"""Pages and articles: what is fetched, what the feed promised, what extraction makes of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, TypeAlias

from domain.outcomes import Outcome, Reason
from domain.records.asking import Validators


@dataclass(frozen=True, slots=True)
class PendingEntry:
    """A claimed entry whose page is to be fetched. `validators` are set when the page is known and asked for a change.

    `captured` when a web archive is asked: its answer is kept as the page of the original address.
    """

    id: int
    url: str
    canonical_url: str
    host: str
    attempt_count: int
    trusted: bool = False
    url_key: str = ""
    seen_at: datetime | None = None
    validators: Validators | None = None
    captured: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Fetched HTML as kept in `pages`: `body` is what the server sent after content decoding, at most 5 MiB.

    With `packed` it is still compressed as it is stored (`domain.packing`), and unpacked by the process that reads it.
    """

    url: str
    final_url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    fetched_at: datetime
    packed: bool = False


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the feed, or an archive, said of an entry, for the extractor to prefer, compare or complete."""

    title: str = ""
    authors: tuple[str, ...] = ()
    summary: str = ""
    content: str = ""
    published_at: datetime | None = None
    updated_at: datetime | None = None
    captured_at: datetime | None = None
    language: str | None = None
    publisher: str | None = None
    tags: tuple[str, ...] = ()
    image_url: str | None = None


@dataclass(frozen=True, slots=True)
class FetchedEntry:
    """A claimed entry with its page, ready for extraction. `attempt_count` counts extractions tried before.

    `boilerplate` holds the numbers (`domain.lines.key`) of the lines that were learned to be the site's own.
    """

    id: int
    feed_id: int | None
    page_id: int
    url: str
    canonical_url: str
    fence: int
    attempt_count: int
    page: Page
    expected: Expectation
    article_id: int | None = None
    boilerplate: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Article:
    """The clean article and its metadata. Every `*_source` names which of the page's or feed's statements won."""

    url: str
    canonical_url: str
    url_key: str
    publisher: str | None
    title: str
    body: str
    language: str | None
    word_count: int
    extractor_version: str
    standfirst: str | None = None
    authors: tuple[str, ...] = ()
    editors: tuple[str, ...] = ()
    contributors: tuple[str, ...] = ()
    dateline_place: str | None = None
    dateline_agency: str | None = None
    section: str | None = None
    tags: tuple[str, ...] = ()
    image_url: str | None = None
    image_caption: str | None = None
    image_credit: str | None = None
    published_at: datetime | None = None
    published_at_source: str | None = None
    modified_at: datetime | None = None
    title_source: str | None = None
    authors_source: str | None = None
    language_source: str | None = None
    license: str | None = None
    tdm_reserved: bool | None = None
    robots_directives: tuple[str, ...] = ()
    paywalled: bool | None = None
    source_agency: str | None = None
    related_urls: tuple[str, ...] = ()
    removed_lines: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """A page that did not become an article, and why; `retry` when another try can help."""

    outcome: Literal[Outcome.REJECTED, Outcome.FAILED]
    reason: Reason
    detail: str
    retry: bool = False


Extracted: TypeAlias = Article | Refusal


class Extractor(Protocol):
    """The extract room's processes, handed on by the flow."""

    def extract(self, entries: Iterable[FetchedEntry]) -> Iterator[tuple[FetchedEntry, Extracted]]:
        """Yield each entry with its article or refusal, as they complete; every entry comes back exactly once."""
        ...
