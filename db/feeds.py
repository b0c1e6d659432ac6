"""The subscriptions: kept in step with the operator's list, and the verbs that act on one of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from db import clock, hosts, locks
from db.models import Feed, Host
from domain.errors import ConfigurationError
from domain.records import Run, Subscription
from domain.urls import canonical_url, feed_identity, host_of, url_key


@dataclass(frozen=True, slots=True)
class FeedState:
    """A subscription as an operator sees it."""

    id: int
    url: str
    title: str | None
    publisher: str | None
    site_url: str | None
    language: str | None
    tags: tuple[str, ...]
    discover: bool
    state: str
    listed: bool
    interval_seconds: int
    next_poll_at: datetime
    polled_at: datetime | None
    last_entry_at: datetime | None
    failing_since: datetime | None
    reason: str | None
    detail: str | None
    entry_count: int


def count(session: Session) -> int:
    """Return how many subscriptions there are, in whatever state."""
    return session.scalar(sa.select(sa.func.count()).select_from(Feed)) or 0


def count_due(session: Session, run: Run, *, force: bool = False, feed_ids: tuple[int, ...] | None = None) -> int:
    """Return how many feeds a poll could claim now: due, and their hosts neither held nor on pause."""
    now = clock.now(session)
    ready = sa.or_(Host.host.is_(None), sa.and_(hosts.available(now), hosts.awake(now)))
    query = sa.select(sa.func.count()).select_from(Feed).outerjoin(Host, Host.host == Feed.host).where(is_due(run, now, force=force), ready)
    return session.scalar(query if feed_ids is None else query.where(Feed.id.in_(feed_ids))) or 0


def is_due(run: Run, now: datetime, *, force: bool) -> sa.ColumnElement[bool]:
    """Select the feeds that may be asked now; with `force` also those that are not due, once in this run."""
    due: sa.ColumnElement[bool] = Feed.next_poll_at <= now
    if force:
        due = sa.or_(due, Feed.polled_at.is_(None), Feed.polled_at < run.started_at)
    return sa.and_(Feed.state == "active", Feed.listed, due)


def ids_with_tags(session: Session, tags: Sequence[str]) -> tuple[int, ...]:
    """Return the ids of the feeds that have one of the tags."""
    wanted = set(tags)
    rows = session.execute(sa.select(Feed.id, Feed.tags).order_by(Feed.id))
    return tuple(feed_id for feed_id, own in rows if wanted & set(own))


def listing(session: Session) -> tuple[FeedState, ...]:
    """Return all subscriptions, in the order they were made."""
    return tuple(_state(feed) for feed in session.scalars(sa.select(Feed).order_by(Feed.id)))


def find(session: Session, name: str) -> FeedState | None:
    """Return the feed of that id, or of that address in any spelling, present or former; None when there is none."""
    if name.isascii() and name.isdecimal() and len(name) < 19:
        found = session.get(Feed, int(name))
        return _state(found) if found else None
    try:
        wanted = feed_identity(name)
    except ValueError:
        return None
    feed_id = _known(session).get(wanted)
    return _state(session.get_one(Feed, feed_id)) if feed_id else None


def subscriptions(session: Session) -> tuple[Subscription, ...]:
    """Return the listed feeds as subscriptions, for export."""
    rows = session.scalars(sa.select(Feed).where(Feed.listed).order_by(Feed.id))
    return tuple(
        Subscription(
            url=feed.url, title=feed.title, site_url=feed.site_url, publisher=feed.publisher, language=feed.language,
            tags=tuple(feed.tags), fallbacks=tuple(feed.fallbacks), discover=feed.discover,
        )
        for feed in rows
    )  # fmt: skip


def sync_list(session: Session, listed: Sequence[Subscription], now: datetime) -> None:
    """Make `listed` the feeds that are polled: new ones are added, others keep their history, unlisted ones rest.

    A feed that has moved is recognised by its former addresses. Doing it again changes nothing. Raises `ConfigurationError`.
    """
    locks.take_list_lock(session)
    feeds = {feed.id: feed for feed in session.scalars(sa.select(Feed))}
    known = _identities((feed.id, feed.url, feed.former_urls) for feed in feeds.values())
    kept: set[int] = set()
    for one in listed:
        identity = _identity(one.url)
        feed_id = known.get(identity)
        if feed_id is None:
            feed_id = known[identity] = _insert(session, one, now)
        elif feed_id not in kept and feed_id in feeds:
            _update(feeds[feed_id], one)
        kept.add(feed_id)
    for feed_id, feed in feeds.items():
        if feed.listed and feed_id not in kept:
            feed.listed = False


def add(session: Session, one: Subscription, now: datetime) -> int:
    """Subscribe to a feed and return its id; one that is there already is listed again. Raises `ConfigurationError`."""
    locks.take_list_lock(session)
    feed_id = _known(session).get(_identity(one.url))
    if feed_id is None:
        return _insert(session, one, now)
    session.execute(sa.update(Feed).where(Feed.id == feed_id).values(listed=True))
    return feed_id


def pause(session: Session, feed_id: int) -> bool:
    """Stop polling a feed until it is resumed; False when there is no such feed."""
    return _changed(session, feed_id, state="paused")


def resume(session: Session, feed_id: int, now: datetime) -> bool:
    """Poll a paused, gone or unlisted feed again, next when it may be asked; False when there is no such feed."""
    return _changed(session, feed_id, state="active", listed=True, next_poll_at=now, failing_since=None, failure_weight=0.0)


def remove(session: Session, feed_id: int) -> bool:
    """Forget a subscription and its polls; its entries and articles stay. False when there is no such feed."""
    return session.scalar(sa.delete(Feed).where(Feed.id == feed_id).returning(Feed.id)) is not None


def _changed(session: Session, feed_id: int, **values: Any) -> bool:
    return session.scalar(sa.update(Feed).where(Feed.id == feed_id).values(**values).returning(Feed.id)) is not None


def _insert(session: Session, one: Subscription, now: datetime) -> int:
    canonical = _canonical(one.url)
    feed = Feed(
        url=one.url, url_key=url_key(canonical), host=host_of(canonical), title=one.title, publisher=one.publisher,
        site_url=one.url if one.discover else one.site_url, language=one.language, tags=list(one.tags),
        fallbacks=list(one.fallbacks), discover=one.discover, next_poll_at=now, created_at=now,
    )  # fmt: skip
    session.add(feed)
    session.flush()
    return feed.id


def _update(feed: Feed, one: Subscription) -> None:
    """Bring a row up to date with its line in the list; what the line leaves out stays as the feed itself taught it."""
    wanted: dict[str, Any] = {"tags": list(one.tags), "listed": True}
    wanted |= {name: value for name in ("title", "publisher", "language") if (value := getattr(one, name))}
    if not one.discover and not feed.discover:
        wanted["fallbacks"] = [url for url in one.fallbacks if url != feed.url]
        if one.site_url:
            wanted["site_url"] = one.site_url
        if feed.url != one.url and _identity(feed.url) == _identity(one.url):
            canonical = _canonical(one.url)
            wanted |= {"url": one.url, "url_key": url_key(canonical), "host": host_of(canonical)}
    for name, value in wanted.items():
        if getattr(feed, name) != value:
            setattr(feed, name, value)


def _known(session: Session) -> dict[str, int]:
    return _identities(session.execute(sa.select(Feed.id, Feed.url, Feed.former_urls)).tuples().all())


def _identities(rows: Iterable[tuple[int, str, list[str]]]) -> dict[str, int]:
    """Return feed ids by every address they have or had; a present address wins over another feed's former one."""
    feeds = list(rows)
    former = {_identity(url): feed_id for feed_id, _, urls in feeds for url in urls}
    return former | {_identity(url): feed_id for feed_id, url, _ in feeds}


def _identity(url: str) -> str:
    try:
        return feed_identity(url)
    except ValueError as error:
        raise ConfigurationError(f"{url[:200]!r} cannot be a feed's address: {error}.") from None


def _canonical(url: str) -> str:
    try:
        return canonical_url(url)
    except ValueError as error:
        raise ConfigurationError(f"{url[:200]!r} cannot be a feed's address: {error}.") from None


def _state(feed: Feed) -> FeedState:
    names = (name for name in FeedState.__dataclass_fields__ if name != "tags")
    return FeedState(**{name: getattr(feed, name) for name in names}, tags=tuple(feed.tags))
