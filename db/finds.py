"""What archives list, recorded as entries: each address once, whichever walk comes to it first, its page with it if it has one."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from db.models import Article, Backfill, Entry, Page
from db.sets import among, insert_rows, parts
from domain.history import Discovered, Leg
from domain.outcomes import Outcome, Reason
from domain.packing import body_hash, pack
from domain.records import Run
from domain.urls import canonical_url, host_of, url_key

# "discover" in ASCII: any constant that no other program on the same database uses as an advisory lock.
_KEY = 0x646973636F766572


@dataclass(frozen=True, slots=True)
class Find:
    """A listed document as it is stored; its page is packed outside the transaction, because the write lock is everybody's."""

    discovered: Discovered
    canonical_url: str
    url_key: str
    host: str
    feed_id: int | None = None
    packed: bytes | None = None
    body_hash: str = ""


@dataclass(frozen=True, slots=True)
class OwnPage:
    """A page of our own archive."""

    id: int
    url: str
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class Record:
    """How documents are recorded: by which run and when, at most `room` new ones, and whether their listing vouches for them."""

    run: Run
    now: datetime
    room: int | None = None
    trusted: bool = False


@dataclass(frozen=True, slots=True)
class Recorded:
    """How many of the documents were taken, from the first on, and how many of those are new."""

    count: int
    new: int


def prepare(discovered: Discovered, feed_id: int | None) -> Find | None:
    """Return a document ready to be stored, None when its address is not one that is ever fetched."""
    try:
        canonical = canonical_url(discovered.url)
        host = host_of(discovered.asked_url or canonical)
    except ValueError:
        return None
    body = discovered.page.body if discovered.page is not None else None
    packed, told = (None, "") if body is None else (pack(body), body_hash(body))
    return Find(discovered, canonical, url_key(canonical), host, feed_id, packed, told)


def known(session: Session, request_id: str, keys: Sequence[str], *, again: bool = False) -> set[str]:
    """Return those of the URL keys that need not be asked for: articles, and entries that are pending or have ended.

    An entry that failed, or was cancelled before it was worked on, is no reason not to try again in another request; with `again`
    no entry is that has ended, for its page is there to be read anew.
    """
    mine = sa.select(Backfill.id).where(Backfill.request_id == request_id)
    given_up = sa.or_(
        Entry.outcome == Outcome.FAILED.value, sa.and_(Entry.outcome == Outcome.REJECTED.value, Entry.reason == Reason.CANCELLED.value)
    )
    settled = sa.or_(Entry.outcome == Outcome.PENDING.value if again else sa.not_(given_up), Entry.backfill_id.in_(mine))
    found: set[str] = set()
    for some in parts(dict.fromkeys(keys)):
        found.update(session.scalars(sa.select(Article.url_key).where(among(session, Article.url_key, some))))
        found.update(session.scalars(sa.select(Entry.url_key).where(among(session, Entry.url_key, some), settled)))
    return found


def take_lock(session: Session) -> None:
    """Wait for the other recorders of finds, so that two walks that come to one address make one entry of it.

    On SQLite the write transaction is the lock.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _KEY})


def record(session: Session, leg: Leg, finds: Sequence[Find], terms: Record) -> Recorded:
    """Record the documents that are not known as pending entries, in order, until there is no more room. Call under the lock."""
    taken = known(session, leg.request_id, [find.url_key for find in finds], again=leg.plan.source == "pages")
    fresh: list[Find] = []
    count = len(finds)
    for at, find in enumerate(finds):
        if find.url_key in taken:
            continue
        if terms.room is not None and len(fresh) >= terms.room:
            count = at
            break
        taken.add(find.url_key)
        fresh.append(find)
    pages = _record_pages(session, fresh)
    insert_rows(
        session, Entry, [_row(leg, find, terms) | {"page_id": find.discovered.page_id or pages.get(find.url_key)} for find in fresh]
    )
    return Recorded(count, len(fresh))


def _record_pages(session: Session, finds: Sequence[Find]) -> dict[str, int]:
    """Store the pages that archives gave; return their ids by URL key."""
    rows = [(find, find.discovered.page) for find in finds if find.packed is not None]
    if not rows:
        return {}
    insert = sa.insert(Page).returning(Page.id, sort_by_parameter_order=True)
    ids = session.scalars(
        insert,
        [
            {
                "url": page.url, "url_key": find.url_key, "final_url": page.final_url, "status": page.status,
                "headers": [list(line) for line in page.headers], "body": find.packed, "body_hash": find.body_hash,
                "body_size": len(page.body), "fetched_at": page.fetched_at,
            }
            for find, page in rows if page is not None
        ],
    ).all()  # fmt: skip
    return {find.url_key: page_id for (find, _), page_id in zip(rows, ids, strict=True)}


def _row(leg: Leg, find: Find, terms: Record) -> dict[str, Any]:
    one = find.discovered
    return {
        "feed_id": find.feed_id, "key": hashlib.sha256(f"{leg.request_id}\n{find.url_key}".encode()).hexdigest(), "guid": None,
        "url": one.asked_url or one.url, "canonical_url": find.canonical_url, "url_key": find.url_key, "host": find.host,
        "source": leg.plan.source, "backfill_id": leg.id, "trusted": terms.trusted, "title": one.title or None,
        "listed": _listed(one), "published_at": one.published_at, "seen_at": terms.now, "run_id": terms.run.id,
        "outcome": Outcome.PENDING.value, "next_attempt_at": terms.now,
    }  # fmt: skip


def _listed(one: Discovered) -> dict[str, Any]:
    """Return what the archive said beyond title and publication; empty fields are left out."""
    times = {"updated_at": one.modified_at, "captured_at": one.captured_at}
    said: dict[str, Any] = {name: at.isoformat() for name, at in times.items() if at}
    if (entry := one.listed) is not None:
        said |= {
            "authors": list(entry.authors), "summary": entry.summary, "content": entry.content, "language": entry.language,
            "tags": list(entry.tags), "image_url": entry.image_url,
        }  # fmt: skip
    return {name: value for name, value in said.items() if value}


def own_pages(session: Session, after: int, *, limit: int) -> tuple[OwnPage, ...]:
    """Return the next pages of our own archive, by id, that no article was made of and no entry waits for.

    Of several pages of one address only the latest counts.
    """
    later = aliased(Page)
    newest = sa.select(sa.func.max(later.id)).where(later.url_key == Page.url_key).scalar_subquery()
    used = sa.exists().where(Article.url_key == Page.url_key)
    awaited = sa.exists().where(Entry.url_key == Page.url_key, Entry.outcome == Outcome.PENDING.value)
    rows = session.execute(
        sa.select(Page.id, Page.url, Page.fetched_at)
        .where(Page.id > after, Page.id == newest, sa.not_(used), sa.not_(awaited))
        .order_by(Page.id)
        .limit(limit)
    )
    return tuple(OwnPage(row.id, row.url, row.fetched_at) for row in rows)
