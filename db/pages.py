"""The fetching side of the desk: which pages are waiting, and what came of asking for them.

Entries wait by host, because a host is what a worker holds, and in two lines: what is live, and what backfills look for. Each has
a partial index (`ix_entries_to_fetch`, `ix_entries_to_fetch_history`), whose condition is written out in every question, since a
bound parameter would hide from the planner that the index applies. A host that both wait for is left to the live line.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from db import clock, hosts, turns
from db.models import Entry, Host, Page
from db.packed import PackedPage
from domain.outcomes import Outcome, Reason
from domain.records import HostReport, PendingEntry, Run, Validators

_DETAIL = 500
# A look at what waits must not cost more because one site has a million pages: so many of a host are counted.
_COUNTED = 1000
_SAME_TEXT = Reason.SAME_TEXT.value
# History leaves a host to the news that waits for it. What has waited for longer has either nobody who works on it, or so many
# before it on that host that taking turns does not harm it.
_FORGOTTEN = timedelta(minutes=5)


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


def waiting_hosts(session: Session, run: Run, *, limit: int, seconds: float) -> tuple[str, ...]:
    """Return up to `limit` free hosts with pages for this run to fetch that may be asked within `seconds`, the longest unasked first."""
    now = clock.now(session)
    return tuple(session.scalars(_looks(run).hosts, _asked(run, now) | {"soon": now + timedelta(seconds=seconds), "limit": limit}))


def waiting(session: Session, run: Run) -> int:
    """Return how many pages of free hosts this run could ask for now; of one host no more than a thousand are counted."""
    return session.scalar(_looks(run).count, _asked(run, clock.now(session))) or 0


def due_entries(session: Session, run: Run, host: str, *, limit: int) -> tuple[PendingEntry, ...]:
    """Return up to `limit` entries of a host whose pages are due for this run, one per page, the longest waiting first."""
    rows = session.execute(_looks(run).entries, {"now": clock.now(session), "host": host, "limit": limit}).all()
    known = _validators(session, [row.url_key for row in rows if row.source == "revisit"])
    entries = {
        row.url_key: PendingEntry(
            id=row.id, url=row.url, canonical_url=row.canonical_url, host=row.host, attempt_count=row.attempt_count,
            trusted=row.trusted, url_key=row.url_key, seen_at=row.seen_at, captured=row.source == "wayback",
            validators=known.get(row.url_key) if row.source == "revisit" else None,
        )
        for row in reversed(rows)
    }  # fmt: skip
    return tuple(reversed(entries.values()))


def record(session: Session, run: Run, landed: Landed) -> frozenset[str]:
    """Store what landed and free the hosts that are done; return the hosts that were still ours, the others' share is dropped."""
    ours = frozenset(host for host, fence in sorted(landed.fences.items()) if hosts.holds(session, host, fence))
    record_pages(session, run, [page for host, page in landed.pages if host in ours])
    record_endings(session, run, [one for one in landed.endings if one[0] in ours])
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


def record_endings(session: Session, run: Run, endings: Sequence[tuple[str, Ending]]) -> None:
    """End the entries that wait for these pages on these hosts, or put them off.

    That an archive has no copy says nothing of the page itself, so what waits for it at another host goes on waiting.

    "The same as before" answers a revisit alone: others that wait for the page go on waiting for its text.
    """
    if not endings:
        return
    now = clock.now(session)
    rows = [
        {
            "of": ending.url_key,
            "at_host": host,
            "why": ending.reason.value,
            "words": ending.detail.replace("\x00", "")[:_DETAIL],
            "tries": ending.attempt_count,
            "again": now + timedelta(seconds=ending.wait),
            "run": run.id,
            "end": (ending.outcome or Outcome.PENDING).value,
            "at": now if ending.outcome else None,
        }
        for host, ending in endings
    ]
    for statement, some in (
        (_SAME, [row for row in rows if row["why"] == _SAME_TEXT]),
        (_ENDED, [row for row in rows if row["why"] != _SAME_TEXT]),
    ):
        if some:
            session.connection().execute(statement, some)


@dataclass(frozen=True, slots=True)
class _Looks:
    """The questions of one line: which hosts have work, how much there is, and what waits for one host."""

    hosts: sa.Select[Any]
    count: sa.Select[Any]
    entries: sa.Select[Any]


def _looks(run: Run) -> _Looks:
    return _HISTORY if run.history else _LIVE


def _asked(run: Run, now: datetime) -> dict[str, Any]:
    return {"now": now, "forgotten": now - _FORGOTTEN, "request": run.request_id}


def _hosts_with_work(waits: sa.ColumnElement[bool]) -> sa.Subquery:
    """Select the hosts that pages wait for, jumping through the index from host to host; NULL ends the walk."""
    first = sa.select(sa.func.min(Entry.host)).where(waits).scalar_subquery()
    walk = sa.select(first.label("host")).cte("walk", recursive=True)
    following = sa.select(sa.func.min(Entry.host)).where(waits, Entry.host > walk.c.host).scalar_subquery()
    walk = walk.union_all(sa.select(following).where(walk.c.host.is_not(None)))
    return sa.select(walk.c.host).where(walk.c.host.is_not(None)).subquery("waiting")


def _made(waits: sa.ColumnElement[bool], *, after: sa.ColumnElement[bool] | None = None) -> _Looks:
    """Return the questions of the line of those for whom `waits` holds; hosts that `after` still needs are left out."""
    names = _hosts_with_work(waits)
    due = sa.and_(waits, Entry.host == names.c.host, Entry.next_attempt_at <= _NOW)
    free = sa.or_(Host.host.is_(None), sa.and_(hosts.available(_NOW), hosts.awake(_NOW)))
    counted: sa.ColumnElement[bool] = sa.true()
    if after is not None:
        # What a host's spacing keeps from history now is no work: it waits without holding the host.
        counted = sa.or_(Host.next_request_at.is_(None), Host.next_request_at <= _NOW)
        news = sa.exists().where(after, Entry.host == names.c.host, _in_line).correlate(names)
        free = sa.and_(free, sa.not_(news), sa.not_(turns.of_documents(names.c.host, _REQUEST, _NOW)))
    some = sa.select(sa.literal(1)).where(due).limit(_COUNTED).correlate(names).subquery()
    of_host = sa.select(sa.func.count()).select_from(some).correlate(names).scalar_subquery()
    joined = names.outerjoin(Host, Host.host == names.c.host)
    return _Looks(
        hosts=sa.select(names.c.host).select_from(joined)
        .where(free, sa.or_(Host.next_request_at.is_(None), Host.next_request_at <= _SOON), sa.exists().where(due).correlate(names))
        .order_by(Host.next_request_at.nulls_first(), names.c.host)
        .limit(sa.bindparam("limit")),
        count=sa.select(sa.func.coalesce(sa.func.sum(of_host), 0)).select_from(joined).where(free, counted),
        entries=sa.select(
            Entry.id, Entry.url, Entry.canonical_url, Entry.host, Entry.attempt_count, Entry.trusted, Entry.url_key, Entry.seen_at,
            Entry.source,
        )
        .where(waits, Entry.host == sa.bindparam("host"), Entry.next_attempt_at <= _NOW)
        .order_by(Entry.next_attempt_at)
        .limit(sa.bindparam("limit")),
    )  # fmt: skip


# Made once: putting a statement together costs more than running it, and these run for every look, batch or page.
_NOW = sa.bindparam("now", type_=Entry.next_attempt_at.type)
_SOON = sa.bindparam("soon", type_=Entry.next_attempt_at.type)
_REQUEST = sa.bindparam("request", type_=sa.Text())
_TO_FETCH = sa.and_(Entry.outcome == sa.literal_column("'pending'"), Entry.page_id.is_(None))
_FOR_NEWS = sa.and_(_TO_FETCH, Entry.backfill_id.is_(None))
_in_line = sa.and_(Entry.next_attempt_at <= _NOW, Entry.next_attempt_at > sa.bindparam("forgotten", type_=Entry.next_attempt_at.type))
_LIVE = _made(_FOR_NEWS)
_HISTORY = _made(sa.and_(_TO_FETCH, Entry.backfill_id.is_not(None)), after=_FOR_NEWS)

_table: Any = Entry.__table__
_WAITS = sa.and_(_TO_FETCH, Entry.url_key == sa.bindparam("of"))
_ARRIVED = sa.update(_table).where(_WAITS).values(
    page_id=sa.bindparam("page"), next_attempt_at=sa.bindparam("at"), attempt_count=0, reason=None, detail=None, run_id=sa.bindparam("run"),
)  # fmt: skip
_ENDED = sa.update(_table).where(_WAITS, Entry.host == sa.bindparam("at_host")).values(
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
