"""Requests for history as an engineer sees them: what was asked, how far it is, and the switches to cancel and resume it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from db.models import Backfill, Entry, Host
from domain.errors import ConfigurationError
from domain.outcomes import Outcome, Reason, words

_OPEN = ("planned", "running")
_PLAIN = {"synchronize_session": False}


@dataclass(frozen=True, slots=True)
class RequestState:
    """A request: its legs by state, what they found, and how the entries that they made have ended."""

    id: str
    created_at: datetime
    updated_at: datetime
    state: str
    sources: tuple[str, ...]
    since: datetime | None
    until: datetime | None
    legs: dict[str, int]
    found: int
    new: int
    outcomes: dict[str, int]


@dataclass(frozen=True, slots=True)
class Mishap:
    """A leg that ended badly, or something in its document that could not be used."""

    source: str
    target: str
    state: str
    reason: str
    reason_text: str
    detail: str


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is left of a request: open legs and pending entries, and the earliest time at which one of them can be worked on."""

    legs: int
    entries: int
    next_at: datetime | None


def listing(session: Session, limit: int = 50) -> tuple[RequestState, ...]:
    """Return the latest requests, newest first."""
    latest = sa.select(Backfill.request_id).group_by(Backfill.request_id).order_by(sa.func.min(Backfill.id).desc()).limit(limit)
    return tuple(state(session, request_id) for request_id in session.scalars(latest).all())


def state(session: Session, request_id: str) -> RequestState:
    """Return how a request stands. Raises `ConfigurationError` when there is none of that name."""
    mine = Backfill.request_id == request_id
    created, updated, since, until, found, new = session.execute(
        sa.select(
            sa.func.min(Backfill.created_at), sa.func.max(Backfill.updated_at), sa.func.min(Backfill.since), sa.func.max(Backfill.until),
            sa.func.coalesce(sa.func.sum(Backfill.found_count), 0), sa.func.coalesce(sa.func.sum(Backfill.new_count), 0),
        ).where(mine)
    ).one()  # fmt: skip
    if created is None:
        raise ConfigurationError(f"There is no backfill {request_id!r}; `copydesk backfill list` shows them.")
    legs = dict(session.execute(sa.select(Backfill.state, sa.func.count()).where(mine).group_by(Backfill.state)).tuples().all())
    sources = session.scalars(sa.select(Backfill.source).where(mine).distinct().order_by(Backfill.source)).all()
    outcomes = _outcomes(session, request_id)
    return RequestState(
        request_id, created, updated, _state(legs, outcomes), tuple(sources), since, until, legs, int(found), int(new), outcomes
    )


def mishaps(session: Session, request_id: str, limit: int) -> tuple[Mishap, ...]:
    """Return what went wrong in a request, failed legs first."""
    odd = sa.or_(Backfill.state == "failed", sa.func.length(sa.cast(Backfill.detail, sa.Text)) > 2)
    rows = session.scalars(
        sa.select(Backfill).where(Backfill.request_id == request_id, odd).order_by(Backfill.state != "failed", Backfill.id).limit(limit)
    )
    found: list[Mishap] = []
    for row in rows:
        for one in (row.detail or {}).get("troubles", ()):
            reason = str(one.get("reason", ""))
            found.append(Mishap(row.source, row.target, row.state, reason, words(reason), str(one.get("detail", ""))))
    return tuple(found[:limit])


def outlook(session: Session, request_id: str) -> Outlook:
    """Return what is left to do, and from when on: leases, pauses and put-off tries counted in."""
    waiting = sa.func.min(Backfill.next_attempt_at), sa.func.min(Backfill.lease_until)
    legs = session.execute(
        sa.select(Backfill.host, sa.func.count(), *waiting, Host.lease_until, Host.paused_until)
        .outerjoin(Host, Host.host == Backfill.host)
        .where(Backfill.request_id == request_id, Backfill.state.in_(_OPEN))
        .group_by(Backfill.host, Host.lease_until, Host.paused_until, Backfill.lease_until.is_(None))
    ).all()
    entries = session.execute(
        sa.select(
            Entry.host,
            sa.func.count(),
            sa.func.min(Entry.next_attempt_at),
            sa.func.min(Entry.lease_until),
            Host.lease_until,
            Host.paused_until,
        )
        .outerjoin(Host, sa.and_(Host.host == Entry.host, Entry.page_id.is_(None)))
        .where(_made_by(request_id), Entry.outcome == Outcome.PENDING.value)
        .group_by(Entry.host, Host.lease_until, Host.paused_until, Entry.lease_until.is_(None))
    ).all()
    rows: list[Any] = [*legs, *entries]
    times: list[datetime] = [max(at for at in row[2:] if at is not None) for row in rows]
    return Outlook(sum(row[1] for row in legs), sum(row[1] for row in entries), min(times, default=None))


def asked(session: Session, request_id: str) -> Mapping[str, Any]:
    """Return the parameters that a request was made with. Raises `ConfigurationError` when there is none of that name."""
    detail = session.scalar(sa.select(Backfill.detail).where(Backfill.request_id == request_id).order_by(Backfill.id).limit(1))
    if detail is None:
        raise ConfigurationError(f"There is no backfill {request_id!r}; `copydesk backfill list` shows them.")
    found = detail.get("asked", {})
    if not isinstance(found, dict) or found.get("kind"):
        raise ConfigurationError(f"{request_id} is no backfill but a reprocessing; `copydesk reprocess --apply` goes on with it.")
    return found


def remember(session: Session, request_id: str, parameters: Mapping[str, Any]) -> None:
    """Keep the parameters of a request on its first leg."""
    first = session.scalars(sa.select(Backfill).where(Backfill.request_id == request_id).order_by(Backfill.id).limit(1)).one_or_none()
    if first is not None:
        first.detail = {**(first.detail or {}), "asked": dict(parameters)}


def found_by_feed(session: Session, request_id: str) -> dict[int | None, int]:
    """Return how many documents each feed's legs have listed so far."""
    rows = (
        sa.select(Backfill.feed_id, sa.func.sum(Backfill.found_count)).where(Backfill.request_id == request_id).group_by(Backfill.feed_id)
    )
    return {feed_id: int(count or 0) for feed_id, count in session.execute(rows)}


def cancel(session: Session, request_id: str, now: datetime) -> tuple[int, int]:
    """Stop a request: open legs are cancelled, entries that nobody has begun are rejected; return how many of each.

    What is being fetched or extracted at this moment is finished. A worker that holds a leg finds it gone when it commits.
    """
    state(session, request_id)
    legs = (
        sa.update(Backfill)
        .where(Backfill.request_id == request_id, Backfill.state.in_(_OPEN))
        .values(state="cancelled", lease_until=None, fence=Backfill.fence + 1, updated_at=now)
    )
    idle = sa.or_(Entry.lease_until.is_(None), Entry.lease_until <= now)
    entries = (
        sa.update(Entry)
        .where(_made_by(request_id), Entry.outcome == Outcome.PENDING.value, idle)
        .values(outcome=Outcome.REJECTED.value, reason=Reason.CANCELLED.value, detail=None, decided_at=now)
    )
    return session.execute(legs, execution_options=_PLAIN).rowcount, session.execute(entries, execution_options=_PLAIN).rowcount  # type: ignore[attr-defined]


def resume(session: Session, request_id: str, now: datetime) -> tuple[int, int]:
    """Open a request again where it was cancelled or failed; return how many legs and entries. What is done stays done."""
    state(session, request_id)
    legs = (
        sa.update(Backfill)
        .where(Backfill.request_id == request_id, Backfill.state.in_(("cancelled", "failed")))
        .values(state="planned", lease_until=None, attempt_count=0, next_attempt_at=now, reason=None, updated_at=now)
    )
    cancelled = sa.and_(Entry.outcome == Outcome.REJECTED.value, Entry.reason == Reason.CANCELLED.value)
    entries = (
        sa.update(Entry)
        .where(_made_by(request_id), cancelled)
        .values(outcome=Outcome.PENDING.value, reason=None, decided_at=None, next_attempt_at=now)
    )
    return session.execute(legs, execution_options=_PLAIN).rowcount, session.execute(entries, execution_options=_PLAIN).rowcount  # type: ignore[attr-defined]


def _made_by(request_id: str) -> sa.ColumnElement[bool]:
    return Entry.backfill_id.in_(sa.select(Backfill.id).where(Backfill.request_id == request_id))


def _outcomes(session: Session, request_id: str) -> dict[str, int]:
    rows = session.execute(sa.select(Entry.outcome, sa.func.count()).where(_made_by(request_id)).group_by(Entry.outcome)).tuples().all()
    return {outcome.value: 0 for outcome in Outcome} | dict(rows)


def _state(legs: Mapping[str, int], outcomes: Mapping[str, int]) -> str:
    """Return the request in one word: running or planned while there is work, else how it ended."""
    if legs.get("running"):
        return "running"
    if legs.get("planned") or outcomes.get(Outcome.PENDING.value):
        return "open"
    return "cancelled" if legs.get("cancelled") else "failed" if legs.get("failed") else "done"
