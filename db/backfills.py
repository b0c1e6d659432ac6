"""The ledger of backfills: what is to be walked, who is at it, how far it has come.

A leg is one document or file of one request. Legs are held by lease and fence like hosts and entries, so any number of workers
share a request; what a leg found is committed together with its new position, so a worker that is killed repeats one batch of
reading and nothing of its effect. Documents that a document names become legs of their own, once in a request: a walk that is
led in a circle finds its legs taken.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from db import clock, hosts, turns
from db import finds as listed
from db.models import Backfill, Host
from db.sets import parts
from domain.errors import LeaseLostError
from domain.history import Leg, LegPlan, Source, Trouble, Window
from domain.records import HostGrant, Run
from domain.urls import canonical_url, host_of

# Legs looked at for one claim: with more workers than this on one host, the others would wait for it anyway.
_LOOK = 32
_TROUBLES = 20
_INSERT = 500
# Sources that bring pages.
_ARCHIVES = ("warc", "pages")


@dataclass(frozen=True, slots=True)
class Claim:
    """A leg that is this worker's until its lease ends, with the right to talk to its host where it has one."""

    leg: Leg
    grant: HostGrant | None


@dataclass(frozen=True, slots=True)
class Harvest:
    """What reading brought since the last commit: everything up to `position`. `trusted` as in `NewEntry`, of the documents found."""

    position: int
    trusted: bool = False
    finds: Sequence[listed.Find] = ()
    further: Sequence[LegPlan] = ()
    troubles: Sequence[Trouble] = ()


@dataclass(frozen=True, slots=True)
class Taken:
    """How many documents a commit took in, and how many of them are new. `full` when the request's limit kept some out."""

    found: int
    new: int
    full: bool = False


def open_legs(session: Session, request_id: str, plans: Iterable[LegPlan], *, now: datetime) -> int:
    """Write the legs that the request does not have yet; return how many."""
    insert = postgresql.insert(Backfill) if session.get_bind().dialect.name == "postgresql" else sqlite.insert(Backfill)
    added = 0
    for some in parts((_row(request_id, plan, now) for plan in plans), _INSERT):
        fresh = insert.on_conflict_do_nothing(index_elements=["request_id", "target_key"]).returning(Backfill.id)
        added += len(session.scalars(fresh, some).all())
    return added


def claim(session: Session, request_id: str, run: Run, *, seconds: float, archives: bool = True) -> Claim | None:
    """Lease the first leg of a request that is free and whose host is free, and the host with it; None when there is none.

    Without `archives`, only legs whose documents list pages and do not hold them.
    """
    now = clock.now(session)
    first = sa.select(Backfill).where(_claimable(request_id, now, archives=archives)).order_by(Backfill.id).limit(_LOOK)
    rows = session.scalars(first.with_for_update(skip_locked=True)).all()
    tried: set[str] = set()
    for row in rows:
        if row.host is None:
            return Claim(_lease(session, row, now, seconds), None)
        if row.host not in tried:
            tried.add(row.host)
            if grant := hosts.claim(session, [row.host], run=run, seconds=seconds, listed=True).get(row.host):
                return Claim(_lease(session, row, now, seconds), grant)
    return None


def take_in(session: Session, leg: Leg, harvest: Harvest, run: Run, *, limit: int) -> Taken:
    """Store what a leg has brought, its further documents and its new position, in this transaction.

    `limit` is how many new documents the request may bring in all; 0 sets none. Where it is reached the harvest is cut: the leg's
    position is then that of the last document taken. Raises `LeaseLostError` when the leg is no longer this worker's.
    """
    now = clock.now(session)
    listed.take_lock(session)
    room = max(0, limit - new_count(session, leg.request_id)) if limit else None
    taken = listed.record(session, leg, harvest.finds, listed.Record(run, now, room, trusted=harvest.trusted))
    found = taken.count
    full = found < len(harvest.finds)
    position = harvest.position if not full else harvest.finds[found - 1].discovered.position if found else leg.position
    values = {
        "position": sa.case((Backfill.position > position, Backfill.position), else_=position),
        "found_count": Backfill.found_count + found,
        "new_count": Backfill.new_count + taken.new,
        "updated_at": now,
        **_said(session, leg, harvest.troubles),
    }
    _write(session, leg, values)
    if not full:
        open_legs(session, leg.request_id, harvest.further, now=now)
    return Taken(found, taken.new, full=full)


def finish(session: Session, leg: Leg, *, trouble: Trouble | None = None) -> None:
    """End a leg: done, or failed for a reason. Raises `LeaseLostError`."""
    state = "failed" if trouble else "done"
    reason = trouble.reason.value if trouble else None
    said = _said(session, leg, (trouble,)) if trouble else {}
    _write(session, leg, {"state": state, "reason": reason, "lease_until": None, "updated_at": clock.now(session), **said})


def put_back(session: Session, leg: Leg, *, trouble: Trouble | None = None, after: float = 0.0) -> None:
    """Free a leg to be claimed again `after` seconds, one failed try older when there was `trouble`. Raises `LeaseLostError`."""
    now = clock.now(session)
    values: dict[str, Any] = {"state": "planned", "lease_until": None, "updated_at": now, "next_attempt_at": now + timedelta(seconds=after)}
    if trouble:
        values |= {"attempt_count": Backfill.attempt_count + 1, "reason": trouble.reason.value, **_said(session, leg, (trouble,))}
    _write(session, leg, values)


def go_on(session: Session, leg: Leg, position: int) -> None:
    """Free a leg that was read up to `position`, its failed tries forgotten; one that came no further waits a second. Raises `LeaseLostError`."""
    if position > leg.position:
        _write(session, leg, {"position": position, "attempt_count": 0})
    put_back(session, leg, after=0.0 if position > leg.position else 1.0)


def renew(session: Session, leg: Leg, grant: HostGrant | None, *, run: Run, seconds: float) -> None:
    """Extend the lease of a leg and of its host by `seconds` from now, where they are still this worker's."""
    mine = sa.update(Backfill).where(Backfill.id == leg.id, Backfill.fence == leg.fence, Backfill.state == "running")
    session.execute(mine.values(lease_until=clock.now(session) + timedelta(seconds=seconds)))
    if grant:
        hosts.renew(session, [grant], run=run, seconds=seconds)


def waiting(session: Session, request_id: str, now: datetime, *, archives: bool = True) -> int:
    """Return how many legs of a request could be claimed at `now`; `archives` as for `claim`."""
    return session.scalar(sa.select(sa.func.count()).select_from(Backfill).where(_claimable(request_id, now, archives=archives))) or 0


def new_count(session: Session, request_id: str) -> int:
    """Return how many new documents a request has brought so far."""
    return session.scalar(sa.select(sa.func.coalesce(sa.func.sum(Backfill.new_count), 0)).where(Backfill.request_id == request_id)) or 0


def plan_of(row: Backfill) -> LegPlan:
    """Return what a row of the ledger asks for."""
    return LegPlan(
        source=cast("Source", row.source), target=row.target, window=Window(row.since, row.until), feed_id=row.feed_id, depth=row.depth,
        trusted=row.trusted, note=row.note,
    )  # fmt: skip


def _claimable(request_id: str, now: datetime, *, archives: bool) -> sa.ColumnElement[bool]:
    paused = Host.domain.in_(hosts.paused_domains(None, now))
    # As with pages, the spacing of a host is waited out without holding it.
    busy = sa.select(Host.host).where(sa.or_(sa.not_(hosts.available(now)), Host.next_request_at > now, paused, turns.of_pages(now)))
    wanted = sa.true() if archives else Backfill.source.not_in(_ARCHIVES)
    return sa.and_(turns.can_be_walked(request_id, now), sa.or_(Backfill.host.is_(None), Backfill.host.not_in(busy)), wanted)


def _lease(session: Session, row: Backfill, now: datetime, seconds: float) -> Leg:
    row.state, row.lease_until, row.fence, row.updated_at = "running", now + timedelta(seconds=seconds), row.fence + 1, now
    session.flush()
    return Leg(row.id, row.request_id, plan_of(row), row.position, row.fence, row.attempt_count)


def _write(session: Session, leg: Leg, values: dict[str, Any]) -> None:
    held = sa.update(Backfill).where(Backfill.id == leg.id, Backfill.fence == leg.fence, Backfill.state == "running")
    if session.scalar(held.values(**values).returning(Backfill.id).execution_options(synchronize_session=False)) is None:
        raise LeaseLostError(f"Leg {leg.id} of backfill {leg.request_id} was cancelled or taken over; what was read is discarded.")


def _said(session: Session, leg: Leg, troubles: Sequence[Trouble]) -> dict[str, Any]:
    """Return the change that keeps the last of a leg's troubles."""
    if not troubles:
        return {}
    detail = session.scalar(sa.select(Backfill.detail).where(Backfill.id == leg.id)) or {}
    told = [*detail.get("troubles", ()), *({"reason": one.reason.value, "detail": one.detail[:500]} for one in troubles)]
    return {"detail": {**detail, "troubles": list({str(one): one for one in told}.values())[-_TROUBLES:]}}


def _row(request_id: str, plan: LegPlan, now: datetime) -> dict[str, Any]:
    host = None
    target = plan.target
    if target.startswith(("http://", "https://")):
        host, target = host_of(target), canonical_url(target)
    identity = f"{plan.source}\n{plan.feed_id if plan.source == 'pages' else ''}\n{target}\n{plan.window.since}\n{plan.window.until}"
    return {
        "request_id": request_id, "feed_id": plan.feed_id, "source": plan.source, "target": plan.target, "host": host,
        "target_key": hashlib.sha256(identity.encode("utf-8", "surrogateescape")).hexdigest(), "depth": plan.depth,
        "trusted": plan.trusted, "note": plan.note, "since": plan.window.since, "until": plan.window.until, "state": "planned",
        "position": 0, "next_attempt_at": now, "created_at": now, "updated_at": now,
    }  # fmt: skip


def advance(session: Session, leg: Leg, *, position: int, found: int, new: int) -> None:
    """Note how far a leg has come that records its finds itself. Raises `LeaseLostError`."""
    counts = {"found_count": Backfill.found_count + found, "new_count": Backfill.new_count + new}
    _write(session, leg, {"position": position, "updated_at": clock.now(session), **counts})
