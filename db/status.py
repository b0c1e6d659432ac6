"""How the desk stands: feeds, hosts, pending work, outcomes and the newest article, for the operator's first look."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from db.engine import Database
from db.models import Article, Cluster, Entry, Feed, Host
from db.views import feed_status
from domain.outcomes import Outcome, words


@dataclass(frozen=True, slots=True)
class FeedTrouble:
    """A feed that brings nothing at present, and why; `since` is when it began to fail, of a silent feed its last entry."""

    id: int
    url: str
    title: str | None
    status: str
    reason: str | None
    reason_text: str
    detail: str | None
    since: datetime | None
    next_poll_at: datetime


@dataclass(frozen=True, slots=True)
class PausedHost:
    """A host that asked to be left alone for a while."""

    host: str
    paused_until: datetime
    reason: str | None
    reason_text: str


@dataclass(frozen=True, slots=True)
class Drifting:
    """A publisher (or a feed without one) whose articles come out worse than they used to, and in what."""

    publisher: str
    feed_count: int
    drift: str


@dataclass(frozen=True, slots=True)
class Newest:
    """The article that was stored last."""

    id: int
    title: str
    publisher: str | None
    url: str
    first_seen_at: datetime


@dataclass(frozen=True, slots=True)
class Status:
    """The whole picture. `feeds` and each mapping of `outcomes` (today, last_7_days, all; by UTC day of the sighting) count rows.

    `pending` splits the pending entries: to_fetch, paused (their host asked for a pause), to_extract, and later (a failed try, not
    due again yet).
    """

    database: str
    size_bytes: int
    feeds: dict[str, int]
    due_count: int
    next_poll_at: datetime | None
    troubles: tuple[FeedTrouble, ...]
    paused_hosts: tuple[PausedHost, ...]
    drifting: tuple[Drifting, ...]
    pending: dict[str, int]
    outcomes: dict[str, dict[str, int]]
    article_count: int
    unique_count: int
    newest: Newest | None


def status(database: Database, now: datetime, *, limit: int = 20) -> Status:
    """Return how the database stands, with at most `limit` feeds in trouble, paused hosts and drifting publishers."""
    with database.read() as session:
        next_poll_at = session.scalar(sa.select(sa.func.min(Feed.next_poll_at)).where(*_POLLED))
        return Status(
            database=database.name,
            size_bytes=_size(session, database),
            feeds=_feeds(session),
            due_count=_count(session, Feed, *_POLLED, Feed.next_poll_at <= now),
            next_poll_at=next_poll_at,
            troubles=_troubles(session, limit),
            paused_hosts=_paused(session, now, limit),
            drifting=_drifting(session, limit),
            pending=_pending(session, now),
            outcomes=_outcomes(session, now),
            article_count=_count(session, Article),
            unique_count=_count(session, Cluster),
            newest=_newest(session),
        )


_POLLED = (Feed.state == "active", Feed.listed)


def _feeds(session: Session) -> dict[str, int]:
    state = feed_status().label("status")
    return dict(session.execute(sa.select(state, sa.func.count()).group_by(state).order_by(state)).tuples().all())


def _troubles(session: Session, limit: int) -> tuple[FeedTrouble, ...]:
    state = feed_status().label("status")
    since = sa.func.coalesce(Feed.failing_since, Feed.last_entry_at)
    rows = session.execute(
        sa.select(Feed.id, Feed.url, Feed.title, state, Feed.reason, Feed.detail, since, Feed.next_poll_at)
        .where(Feed.listed, state.in_(["failing", "gone", "silent"]))
        .order_by(Feed.failing_since.nulls_last(), Feed.id)
        .limit(limit)
    )
    return tuple(
        FeedTrouble(id_, url, title, state, reason, words(reason), detail, since, next_at)
        for id_, url, title, state, reason, detail, since, next_at in rows
    )


def _paused(session: Session, now: datetime, limit: int) -> tuple[PausedHost, ...]:
    rows = session.execute(
        sa.select(Host.host, Host.paused_until, Host.pause_reason)
        .where(Host.paused_until > now)
        .order_by(Host.paused_until, Host.host)
        .limit(limit)
    ).tuples()
    return tuple(PausedHost(host, until, reason, words(reason)) for host, until, reason in rows if until)


def _drifting(session: Session, limit: int) -> tuple[Drifting, ...]:
    named = sa.func.coalesce(Feed.publisher, Feed.title, Feed.url).label("named")
    rows = session.execute(
        sa.select(named, sa.func.count(), Feed.drift)
        .where(Feed.drift.is_not(None))
        .group_by(named, Feed.drift)
        .order_by(named)
        .limit(limit)
    ).tuples()
    return tuple(Drifting(name, count, drift or "") for name, count, drift in rows)


def _pending(session: Session, now: datetime) -> dict[str, int]:
    waiting, on_pause = Entry.outcome == Outcome.PENDING.value, sa.select(Host.host).where(Host.paused_until > now)
    due = (waiting, Entry.page_id.is_(None), Entry.next_attempt_at <= now)
    return {
        "to_fetch": _count(session, Entry, *due, Entry.host.not_in(on_pause)),
        "paused": _count(session, Entry, *due, Entry.host.in_(on_pause)),
        "to_extract": _count(session, Entry, waiting, Entry.page_id.is_not(None), Entry.next_attempt_at <= now),
        "later": _count(session, Entry, waiting, Entry.next_attempt_at > now),
    }


def _outcomes(session: Session, now: datetime) -> dict[str, dict[str, int]]:
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    spans = {"today": (Entry.seen_at >= today,), "last_7_days": (Entry.seen_at >= today - timedelta(days=6),), "all": ()}
    none = {outcome.value: 0 for outcome in Outcome}
    counted = sa.select(Entry.outcome, sa.func.count()).group_by(Entry.outcome)
    return {name: none | dict(session.execute(counted.where(*span)).tuples().all()) for name, span in spans.items()}


def _newest(session: Session) -> Newest | None:
    row = session.execute(
        sa.select(Article.id, Article.title, Article.publisher, Article.url, Article.first_seen_at).order_by(Article.id.desc()).limit(1)
    ).one_or_none()
    return Newest(*row) if row else None


def _count(session: Session, table: type, *where: sa.ColumnElement[bool] | sa.orm.InstrumentedAttribute[bool]) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(table).where(*where)) or 0


def _size(session: Session, database: Database) -> int:
    if not database.is_sqlite:
        return session.scalar(sa.text("SELECT pg_database_size(current_database())")) or 0
    file = Path(database.url.database or "")
    parts = (file, file.with_name(f"{file.name}-wal"))
    return sum(part.stat().st_size for part in parts if part.exists())
