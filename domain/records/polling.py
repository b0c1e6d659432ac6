"""Polling: subscriptions, feeds, what their documents list, and what a poll decided."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from domain.outcomes import Reason
from domain.records.asking import Validators


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
