"""The records handed from room to room: frozen, typed, and free of behaviour.

A record is what one room promises the next. Database rows never leave `db`, parsed trees never leave `tasks.extract`,
HTTP objects never leave `tasks.fetch`; these do. Times are aware datetimes in UTC; bodies are bytes as the server sent
them (after content decoding) or `str` that has passed `domain.text.clean_text`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol, TypeAlias

from domain.outcomes import Outcome, Reason

# ---------------------------------------------------------------- asking a server


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave us to ask conditionally, byte for byte (header values decoded as latin-1).

    `url` is the URL whose answer carried them: they are never sent anywhere else.
    """

    url: str
    etag: str | None = None
    last_modified: str | None = None


RequestKind: TypeAlias = Literal["feed", "page", "robots", "site", "archive"]


@dataclass(frozen=True, slots=True)
class Request:
    """One URL to ask for. `key` is the caller's own id for it (a feed's or an entry's) and comes back unchanged.

    `trusted` says who named the URL: the operator's own list, or a document that came from an allowed private network
    (`Response.private`). Only then may it lie on such a network.
    """

    key: int
    url: str
    kind: RequestKind
    validators: Validators | None = None
    trusted: bool = False


@dataclass(frozen=True, slots=True)
class Redirect:
    """One hop that was followed."""

    status: int
    url: str
    target: str


@dataclass(frozen=True, slots=True)
class Response:
    """A complete answer: 200, 226 or 304. `headers` keeps order and repeats; names are lower case.

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


# ---------------------------------------------------------------- polling


@dataclass(frozen=True, slots=True)
class Subscription:
    """A row of a feed list: `url` is a feed, or with `discover` a site whose feed is found at its first poll."""

    url: str
    title: str | None = None
    site_url: str | None = None
    publisher: str | None = None
    language: str | None = None
    tags: tuple[str, ...] = ()
    fallbacks: tuple[str, ...] = ()
    discover: bool = False


@dataclass(frozen=True, slots=True)
class ScheduleHints:
    """What a feed document says about how often to ask for it, as found (None where absent or unreadable)."""

    ttl_minutes: float | None = None
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()
    update_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class DueFeed:
    """A feed that was claimed for polling, with everything that decides what its answer means."""

    id: int
    url: str
    host: str
    fence: int
    title: str | None
    site_url: str | None
    publisher: str | None
    language: str | None
    tags: tuple[str, ...]
    fallbacks: tuple[str, ...]
    discover: bool
    validators: Validators | None
    interval_seconds: int
    failure_weight: float
    failing_since: datetime | None
    last_entry_at: datetime | None
    redirect_target: str | None
    redirect_count: int
    redirect_since: datetime | None
    had_entries: bool
    rhythm_seconds: float | None = None
    hints: ScheduleHints = field(default_factory=ScheduleHints)
    trusted: bool = False


@dataclass(frozen=True, slots=True)
class ListedEntry:
    """One entry of a feed document, cleaned: text without tags, absolute link, times in UTC or None."""

    guid: str | None
    link: str | None
    title: str
    authors: tuple[str, ...] = ()
    summary: str = ""
    content: str = ""
    published_at: datetime | None = None
    updated_at: datetime | None = None
    language: str | None = None
    tags: tuple[str, ...] = ()
    image_url: str | None = None


@dataclass(frozen=True, slots=True)
class FeedDocument:
    """A parsed feed. `entries` are newest first, at most the limit; `dropped_count` is how many more were listed."""

    title: str
    format: str
    entries: tuple[ListedEntry, ...]
    site_url: str | None = None
    language: str | None = None
    hints: ScheduleHints = field(default_factory=ScheduleHints)
    hub_url: str | None = None
    previous_url: str | None = None
    dropped_count: int = 0
    repaired: bool = False


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry to be recorded: `key` (64 hex digits) is unique in its feed, `url_key` names the canonical URL.

    Keys are SHA-256, because guids and URLs are longer than an index holds. `refusal` is set when it can never be fetched.
    `trusted` is `Response.private` of the document that listed it: only then may its page lie on an allowed private network.
    """

    key: str
    guid: str
    url: str
    canonical_url: str
    url_key: str
    host: str
    listed: ListedEntry
    refusal: Reason | None = None
    trusted: bool = False


@dataclass(frozen=True, slots=True)
class Poll:
    """What one poll decided about its feed: the row's next state and the entries to record, in one transaction.

    `url` is the address to ask from now on, where it changes; `rhythm_seconds` the mean time between two entries; `private`
    that the document came from an allowed private network.
    """

    feed: DueFeed
    at: datetime
    status: int | None
    outcome: Literal["read", "unchanged", "failed"]
    reason: Reason | None
    detail: str
    seconds: float
    wire_bytes: int
    validators: Validators | None
    next_poll_at: datetime | None
    interval_seconds: int
    failure_weight: float
    failing_since: datetime | None
    gone: bool = False
    url: str | None = None
    redirect_target: str | None = None
    redirect_count: int = 0
    redirect_since: datetime | None = None
    title: str | None = None
    site_url: str | None = None
    language: str | None = None
    hub_url: str | None = None
    entries: tuple[NewEntry, ...] = ()
    dropped_count: int = 0
    rhythm_seconds: float | None = None
    last_entry_at: datetime | None = None
    hints: ScheduleHints = field(default_factory=ScheduleHints)
    discover: bool = False
    fallbacks: tuple[str, ...] = ()
    private: bool = False


# ---------------------------------------------------------------- fetching and extracting


@dataclass(frozen=True, slots=True)
class PendingEntry:
    """A claimed entry whose page is to be fetched. `validators` are set when the page is known and asked for a change."""

    id: int
    url: str
    canonical_url: str
    host: str
    attempt_count: int
    trusted: bool = False
    url_key: str = ""
    seen_at: datetime | None = None
    validators: Validators | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Fetched HTML as kept in `pages`: `body` is what the server sent after content decoding, at most 5 MiB."""

    url: str
    final_url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the feed said of an entry, for the extractor to prefer, compare or complete."""

    title: str = ""
    authors: tuple[str, ...] = ()
    summary: str = ""
    content: str = ""
    published_at: datetime | None = None
    updated_at: datetime | None = None
    language: str | None = None
    publisher: str | None = None
    tags: tuple[str, ...] = ()
    image_url: str | None = None


@dataclass(frozen=True, slots=True)
class FetchedEntry:
    """A claimed entry with its page, ready for extraction. `attempt_count` counts extractions tried before."""

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


# ---------------------------------------------------------------- deduplicating and storing


@dataclass(frozen=True, slots=True)
class Signature:
    """What makes an article comparable under one recipe.

    `content_hash` and `lead_hash` are 128-bit BLAKE2b hex digests of the normalised words (all, the first 25);
    `minhash` is the permutations' uint32 values as little-endian bytes; `shingles` the distinct shingle hashes, sorted, as
    little-endian uint64 bytes; `vocabulary` the distinct words' hashes, sorted, as little-endian uint32 bytes, odd for words
    with a digit; `characters` is True for scripts without spaces; `keys` the candidate keys, signed 64-bit, odd for those of
    the containment sketch.
    """

    recipe_id: str
    content_hash: str
    lead_hash: str | None
    shingle_count: int
    minhash: bytes
    shingles: bytes
    keys: tuple[int, ...]
    vocabulary: bytes = b""
    characters: bool = False


Verdict: TypeAlias = Literal["exact_copy", "near_copy", "related", "different"]
Kind: TypeAlias = Literal["unique", "exact_copy", "near_copy"]
FoundBy: TypeAlias = Literal["content", "lead", "band", "sketch"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two signatures have in common and what follows from it; the order of the two does not matter.

    `similarity` is the Jaccard similarity of their shingles, `containment` the shared ones over those of the shorter text,
    `words` the same over distinct words, `figures` over distinct numbers (None when the shorter has too few to tell).
    """

    verdict: Verdict
    rule: str
    similarity: float
    containment: float
    shared_count: int
    words: float = 0.0
    figures: float | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """A verified pair that is not different: `article_id` is the larger id, `other_id` the smaller."""

    article_id: int
    other_id: int
    recipe_id: str
    comparison: Comparison
    found_by: FoundBy


@dataclass(frozen=True, slots=True)
class Member:
    """An article as the clustering sees it: ordered by the publication time we believe, then by the hash of its URL."""

    id: int
    at: datetime
    tie: str
    content_hash: str
    withdrawn: bool = False

    @property
    def order(self) -> tuple[datetime, str]:
        """Return the key of the total order: who is first represents."""
        return self.at, self.tie


@dataclass(frozen=True, slots=True)
class Constraints:
    """What people ruled: pairs that stay apart, pairs that stay together (smaller id first), articles that represent."""

    apart: frozenset[tuple[int, int]] = frozenset()
    together: frozenset[tuple[int, int]] = frozenset()
    pinned: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Story:
    """One cluster as it should be: its representative and all its members, the representative included."""

    representative_id: int
    member_ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class Change:
    """A row of the change log to be; `seq` and `at` are given when it is written."""

    article_id: int
    kind: Literal["added", "revised", "copy_found", "representative_changed", "split", "joined", "withdrawn"]
    detail: Mapping[str, int | float | str | bool | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TextChange:
    """How a known article's text changed: share of words (0 to 1), and whether more than spelling or dress did."""

    ratio: float
    substantive: bool


@dataclass(frozen=True, slots=True)
class Placed:
    """A stored article as the clustering finds it: the member, and the story it is in now."""

    member: Member
    cluster_id: int
    representative_id: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class Placement:
    """Where an article belongs from now on."""

    article_id: int
    cluster_id: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class Settlement:
    """What differs between the stories as stored and as they should be: the rows to write, in one transaction.

    `clusters` maps cluster ids to representatives, new and changed ones; `emptied` are the clusters without members;
    `changes` come in the order in which a reader has to apply them.
    """

    placements: tuple[Placement, ...] = ()
    clusters: Mapping[int, int] = field(default_factory=dict)
    emptied: frozenset[int] = frozenset()
    changes: tuple[Change, ...] = ()


class Judge(Protocol):
    """The deduplicate room's judgement, handed to the store by the flow."""

    @property
    def recipe_id(self) -> str:
        """The recipe whose signatures it compares."""
        ...

    @property
    def parameters(self) -> Mapping[str, object]:
        """Everything that makes up the recipe, for the record."""
        ...

    def sign(self, body: str) -> Signature:
        """Return the signature of a body."""
        ...

    def compare(self, one: Signature, other: Signature) -> Comparison:
        """Return the verdict on two signatures. Raises `RecipeError` when they were made by different recipes."""
        ...

    def arrange(self, members: Sequence[Member], matches: Sequence[Match], constraints: Constraints) -> tuple[Story, ...]:
        """Return the stories of one or more components; the same for any order of the arguments."""
        ...

    def attach(
        self, newcomers: Sequence[Member], placed: Mapping[int, Placed], matches: Sequence[Match], ruled: frozenset[int]
    ) -> tuple[tuple[Story, ...], frozenset[int]]:
        """Return the (partial) stories that newcomers join, and those for whom `arrange` must be asked instead."""
        ...

    def settle(  # noqa: PLR0913  (the difference of two states, and how it came about)
        self,
        stories: Sequence[Story],
        members: Mapping[int, Member],
        placed: Mapping[int, Placed],
        *,
        new_ids: Iterator[int],
        matches: Sequence[Match] = (),
        ruled: bool = False,
    ) -> Settlement:
        """Return what has to be written so that the stored stories become these; `ruled` when a person asked for it."""
        ...

    def change(self, former: str, present: str) -> TextChange:
        """Return how much one text differs from its former version."""
        ...


@dataclass(frozen=True, slots=True)
class ExtractedEntry:
    """A claimed entry after extraction: the article, or the refusal that ends (or postpones) it.

    `article_id` is set when a known article was asked again: the text then is a revision of it, or the same.
    """

    entry_id: int
    feed_id: int | None
    page_id: int
    fence: int
    attempt_count: int
    fetched_at: datetime
    extracted: Extracted
    article_id: int | None = None


@dataclass(frozen=True, slots=True)
class Watermark:
    """What a look-up has seen: articles up to `article_id`, revisions up to `seq` of the change log."""

    article_id: int
    seq: int


@dataclass(frozen=True, slots=True)
class Found:
    """A stored article that a newcomer was compared with and does not differ from."""

    other_id: int
    comparison: Comparison
    found_by: FoundBy


@dataclass(frozen=True, slots=True)
class JudgedEntry:
    """An extracted entry with its signature and the verdicts on everything stored up to `seen`; a refusal has neither.

    `crowded_keys` are candidate keys that so many articles have already that no more are stored under them.
    """

    entry: ExtractedEntry
    signature: Signature | None
    found: tuple[Found, ...] = ()
    seen: Watermark = Watermark(0, 0)
    crowded_keys: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a flow: its id stands on every row that it makes, `worker` names the process that holds its leases."""

    id: str
    worker: str
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Tally:
    """How much one batch of a stage did; `outcomes` maps outcome names to counts."""

    stage: str
    done: int = 0
    failed: int = 0
    outcomes: tuple[tuple[str, int], ...] = ()
    seconds: float = 0.0
