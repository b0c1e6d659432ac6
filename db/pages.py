"""The fetching side of the desk: which pages are waiting, and what came of asking for them.

Entries wait by host, because a host is what a worker holds. All questions go to one partial index, `ix_entries_to_fetch`;
its condition is written out in each of them, since a bound parameter would hide from the planner that the index applies.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import zstandard
from sqlalchemy.orm import Session, aliased

from db import clock, hosts
from db.models import Entry, Host, Page
from domain.outcomes import Outcome, Reason
from domain.records import HostReport, PendingEntry, Response, Run, Validators

# Measured on news pages: level 1 is a third faster and leaves 7 % more, and level 9 costs four times as much for 6 % less.
_LEVEL = 3
_DETAIL = 500
# A look at what waits must not cost more because one site has a million pages: so many of a host are counted.
_COUNTED = 1000
_SAME_TEXT = Reason.SAME_TEXT.value


@dataclass(frozen=True, slots=True)
class PackedPage:
    """A page ready to be stored: compressed outside the transaction, because the write lock is everybody's."""

    url: str
    url_key: str
    final_url: str
    status: int
    headers: list[list[str]]
    body: bytes
    body_hash: str
    body_size: int
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class Ending:
    """What became of asking for a page in vain: a terminal outcome, or None and the seconds until the next try."""

    url_key: str
    outcome: Outcome | None
    reason: Reason
    detail: str
    attempt_count: int
    wait: float


@dataclass(frozen=True, slots=True)
class Landed:
    """What one transaction takes in: pages and endings by host, reports of hosts that are done, the fences all were asked under."""

    fences: Mapping[str, int]
    pages: Sequence[tuple[str, PackedPage]]
    endings: Sequence[tuple[str, Ending]]
    reports: Sequence[HostReport]


def pack(entry: PendingEntry, response: Response, headers: Sequence[tuple[str, str]]) -> PackedPage:
    """Return a response as it is stored, with those of its headers that are kept."""
    return PackedPage(
        url=entry.url,
        url_key=entry.url_key,
        final_url=response.final_url,
        status=response.status,
        headers=[[name, value] for name, value in headers],
        body=zstandard.ZstdCompressor(level=_LEVEL).compress(response.body),
        body_hash=hashlib.blake2b(response.body, digest_size=16).hexdigest(),
        body_size=len(response.body),
        fetched_at=response.fetched_at,
    )


def waiting_hosts(session: Session, *, limit: int, seconds: float) -> tuple[str, ...]:
    """Return up to `limit` free hosts with pages to fetch that may be asked within `seconds`, the longest unasked first."""
    now = clock.now(session)
    return tuple(session.scalars(_FREE_HOSTS, {"now": now, "soon": now + timedelta(seconds=seconds), "limit": limit}))


def waiting(session: Session) -> int:
    """Return how many pages of free hosts could be asked for now; of one host no more than a thousand are counted."""
    return session.scalar(_WAITING, {"now": clock.now(session)}) or 0


def due_entries(session: Session, host: str, *, limit: int) -> tuple[PendingEntry, ...]:
    """Return up to `limit` entries of a host whose pages are due, one per page, the longest waiting first."""
    rows = session.execute(
        sa.select(
            Entry.id, Entry.url, Entry.canonical_url, Entry.host, Entry.attempt_count, Entry.trusted, Entry.url_key, Entry.seen_at,
            Entry.source,
        )
        .where(_TO_FETCH, Entry.host == host, Entry.next_attempt_at <= clock.now(session))
        .order_by(Entry.next_attempt_at)
        .limit(limit)
    ).all()  # fmt: skip
    known = _validators(session, [row.url_key for row in rows if row.source == "revisit"])
    entries = {
        row.url_key: PendingEntry(
            id=row.id, url=row.url, canonical_url=row.canonical_url, host=row.host, attempt_count=row.attempt_count,
            trusted=row.trusted, url_key=row.url_key, seen_at=row.seen_at, validators=known.get(row.url_key) if row.source == "revisit" else None,
        )
        for row in reversed(rows)
    }  # fmt: skip
    return tuple(reversed(entries.values()))


def record(session: Session, run: Run, landed: Landed) -> frozenset[str]:
    """Store what landed and free the hosts that are done; return the hosts that were still ours, the others' share is dropped."""
    ours = frozenset(host for host, fence in sorted(landed.fences.items()) if hosts.holds(session, host, fence))
    record_pages(session, run, [page for host, page in landed.pages if host in ours])
    record_endings(session, run, [ending for host, ending in landed.endings if host in ours])
    for report in landed.reports:
        hosts.release(session, report)
    return ours


def record_pages(session: Session, run: Run, pages: Sequence[PackedPage]) -> None:
    """Store pages and hand every entry that waits for one of them on to extraction."""
    if not pages:
        return
    insert = sa.insert(Page).returning(Page.id, sort_by_parameter_order=True)
    rows = [{name: getattr(page, name) for name in PackedPage.__slots__} for page in pages]
    ids = session.scalars(insert, rows).all()
    arrived = [
        {"of": page.url_key, "page": page_id, "at": page.fetched_at, "run": run.id} for page, page_id in zip(pages, ids, strict=True)
    ]
    session.connection().execute(_ARRIVED, arrived)


def record_endings(session: Session, run: Run, endings: Sequence[Ending]) -> None:
    """End the entries that wait for these pages, or put them off.

    "The same as before" answers a revisit alone: others that wait for the page go on waiting for its text.
    """
    if not endings:
        return
    now = clock.now(session)
    rows = [
        {
            "of": ending.url_key,
            "why": ending.reason.value,
            "words": ending.detail.replace("\x00", "")[:_DETAIL],
            "tries": ending.attempt_count,
            "again": now + timedelta(seconds=ending.wait),
            "run": run.id,
            "end": (ending.outcome or Outcome.PENDING).value,
            "at": now if ending.outcome else None,
        }
        for ending in endings
    ]
    for statement, some in (
        (_SAME, [row for row in rows if row["why"] == _SAME_TEXT]),
        (_ENDED, [row for row in rows if row["why"] != _SAME_TEXT]),
    ):
        if some:
            session.connection().execute(statement, some)


_TO_FETCH = sa.and_(Entry.outcome == sa.literal_column("'pending'"), Entry.page_id.is_(None))


def _hosts_with_work() -> sa.Subquery:
    """Select the hosts that pages wait for, jumping through the index from host to host; NULL ends the walk."""
    first = sa.select(sa.func.min(Entry.host)).where(_TO_FETCH).scalar_subquery()
    walk = sa.select(first.label("host")).cte("walk", recursive=True)
    following = sa.select(sa.func.min(Entry.host)).where(_TO_FETCH, Entry.host > walk.c.host).scalar_subquery()
    walk = walk.union_all(sa.select(following).where(walk.c.host.is_not(None)))
    return sa.select(walk.c.host).where(walk.c.host.is_not(None)).subquery("waiting")


# Made once: putting a statement together costs more than running it, and these run for every look, every batch or every page.
_NOW = sa.bindparam("now", type_=Entry.next_attempt_at.type)
_SOON = sa.bindparam("soon", type_=Entry.next_attempt_at.type)
_names = _hosts_with_work()
_due = sa.and_(_TO_FETCH, Entry.host == _names.c.host, Entry.next_attempt_at <= _NOW)
_free = sa.or_(Host.host.is_(None), sa.and_(hosts.available(_NOW), hosts.awake(_NOW)))
_FREE_HOSTS = (
    sa.select(_names.c.host)
    .outerjoin(Host, Host.host == _names.c.host)
    .where(_free, sa.or_(Host.next_request_at.is_(None), Host.next_request_at <= _SOON), sa.exists().where(_due))
    .order_by(Host.next_request_at.nulls_first(), _names.c.host)
    .limit(sa.bindparam("limit"))
)
_some = sa.select(sa.literal(1)).where(_due).limit(_COUNTED).correlate(_names).subquery()
_of_host = sa.select(sa.func.count()).select_from(_some).correlate(_names).scalar_subquery()
_WAITING = (
    sa.select(sa.func.coalesce(sa.func.sum(_of_host), 0)).select_from(_names).outerjoin(Host, Host.host == _names.c.host).where(_free)
)

_table: Any = Entry.__table__
_WAITS = sa.and_(_TO_FETCH, Entry.url_key == sa.bindparam("of"))
_ARRIVED = sa.update(_table).where(_WAITS).values(
    page_id=sa.bindparam("page"), next_attempt_at=sa.bindparam("at"), attempt_count=0, reason=None, detail=None, run_id=sa.bindparam("run"),
)  # fmt: skip
_ENDED = sa.update(_table).where(_WAITS).values(
    reason=sa.bindparam("why"), detail=sa.bindparam("words"), attempt_count=sa.bindparam("tries"), next_attempt_at=sa.bindparam("again"),
    run_id=sa.bindparam("run"), outcome=sa.bindparam("end"), decided_at=sa.bindparam("at"),
)  # fmt: skip
_SAME = _ENDED.where(Entry.source == "revisit")


def _validators(session: Session, keys: Sequence[str]) -> Mapping[str, Validators]:
    """Return the validators of the latest page kept under each key, where its server gave any."""
    if not keys:
        return {}
    later = aliased(Page)
    newest = sa.select(sa.func.max(later.id)).where(later.url_key == Page.url_key).scalar_subquery()
    rows = session.execute(sa.select(Page.url_key, Page.final_url, Page.headers).where(Page.url_key.in_(keys), Page.id == newest))
    known = {}
    for row in rows:
        given = {str(name): str(value) for name, value in row.headers or ()}
        if "etag" in given or "last-modified" in given:
            known[row.url_key] = Validators(row.final_url, given.get("etag"), given.get("last-modified"))
    return known
