"""Who may talk to which host, and how that host wants to be treated.

A host (`name:port`) is held by lease: whoever holds it asks it, one request at a time, with the spacing and the pauses that
stand on its row. Every claim raises the row's `fence`; whatever is committed under an older one is refused, so a worker that
slept through its lease does no harm. Times on the row are the database's; grants and reports carry this machine's, so that a
worker whose clock is wrong still waits as long as it should. Three hosts of one registrable domain that ask for a pause pause the whole domain, since
sub-domains share a server more often than not; hosts on private networks stand for themselves.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from config.settings import FetchSettings
from db import clock
from db.models import Host
from domain.outcomes import Reason
from domain.records import HostGrant, HostReport, RobotsRecord, Run
from domain.urls import registrable_domain

Time: TypeAlias = datetime | sa.ColumnElement[Any]

# So many hosts of one registrable domain on pause at once, and none of its hosts is asked.
DOMAIN_PAUSE_HOSTS = 3
# SQLite takes 32,766 variables and PostgreSQL 65,535; two per row stay far below either.
_CHUNK = 5_000
# Pauses that a host asked for; one that merely could not be reached says nothing of its neighbours.
_ASKED = (Reason.RATE_LIMITED.value, Reason.UNAVAILABLE.value)


def claim(session: Session, hosts: Iterable[str], *, run: Run, seconds: float, listed: bool | None = None) -> dict[str, HostGrant]:
    """Lease those of `hosts` that are free and not on pause, for `seconds`, and return their grants by host.

    Never waits for another worker's claim. A host that is asked for the first time gets its row here. A backfill says by `listed`
    whether it comes for a document that lists pages or for pages (`db.turns`); to others that is nothing.
    """
    names = sorted(set(hosts))
    if not names:
        return {}
    now = clock.now(session)
    _add(session, names)
    free = [name for chunk in _chunks(names) for name in _free(session, chunk, now)]
    lease = sa.update(Host).values(lease_owner=run.worker, lease_until=now + timedelta(seconds=seconds), fence=Host.fence + 1)
    if listed is not None:
        lease = lease.values(listed_last=listed)
    rows = (row for chunk in _chunks(free) for row in session.execute(lease.where(Host.host.in_(chunk)).returning(*_GRANT)))
    ahead = clock.ahead(session)
    return {row.host: _grant(row, ahead) for row in rows}


def release(session: Session, report: HostReport) -> bool:
    """Store what a visit taught and free the lease; return False, changing nothing, when someone else has claimed the host."""
    ahead = clock.ahead(session)
    values = {
        "of": report.host,
        "held": report.fence,
        "next": report.next_request_at + ahead if report.next_request_at else None,
        "until": report.paused_until + ahead if report.paused_until else None,
        "why": report.pause_reason.value if report.pause_reason else None,
        "count": report.pause_count,
        "inside": report.private,
        "delay": report.crawl_delay,
    }
    freed = session.connection().execute(_FREE, values).rowcount == 1
    if freed and report.robots is not None:
        robots = {"robots_status": report.robots.status, "robots_body": report.robots.body, "robots_fetched_at": report.robots.fetched_at}
        session.execute(sa.update(Host).where(Host.host == report.host).values(**robots), execution_options={"synchronize_session": False})
    return freed


def give_back(session: Session, grants: Iterable[HostGrant], pace: FetchSettings) -> int:
    """Free hosts whose visits were broken off; return how many still were this worker's.

    Each may just have been asked, so it is left alone for its spacing.
    """
    now, count = clock.now(session), 0
    for one in grants:
        wait = timedelta(seconds=max(pace.host_spacing, min(one.crawl_delay or 0.0, pace.crawl_delay_limit)))
        ours = sa.update(Host).where(Host.host == one.host, Host.fence == one.fence).returning(Host.host)
        free = ours.values(lease_owner=None, lease_until=None, next_request_at=now + wait)
        count += len(session.scalars(free, execution_options={"synchronize_session": False}).all())
    return count


def renew(session: Session, grants: Iterable[HostGrant], *, run: Run, seconds: float) -> int:
    """Extend the leases that are still this worker's by `seconds` from now; return how many."""
    held = sa.tuple_(Host.host, Host.fence).in_([(grant.host, grant.fence) for grant in grants])
    until = clock.now(session) + timedelta(seconds=seconds)
    extend = sa.update(Host).where(held, Host.lease_owner == run.worker).values(lease_until=until).returning(Host.host)
    return len(session.scalars(extend.execution_options(synchronize_session=False)).all())


def holds(session: Session, host: str, fence: int) -> bool:
    """Return whether nobody has claimed the host since that fence was given; until this transaction ends, nobody can."""
    return session.connection().execute(_HELD, {"of": host, "held": fence}).first() is not None


def robots_of(row: Any) -> RobotsRecord | None:
    """Return the robots.txt kept on a row of `hosts`, or None when it was never asked for."""
    if row.robots_fetched_at is None:
        return None
    return RobotsRecord(status=row.robots_status, body=row.robots_body or "", fetched_at=row.robots_fetched_at)


def paused_domains(domains: Iterable[str] | None, now: Time) -> sa.Select[Any]:
    """Select those of the registrable domains (None: of all) that are on pause because enough of their hosts are."""
    paused = sa.select(Host.domain).where(Host.paused_until > now, Host.private.is_(False), Host.pause_reason.in_(_ASKED))
    if domains is not None:
        paused = paused.where(Host.domain.in_(sorted(set(domains))))
    return paused.group_by(Host.domain).having(sa.func.count() >= DOMAIN_PAUSE_HOSTS)


def available(now: Time) -> sa.ColumnElement[bool]:
    """Select hosts that nobody holds and that are not on pause themselves."""
    return sa.and_(
        sa.or_(Host.lease_until.is_(None), Host.lease_until <= now),
        sa.or_(Host.paused_until.is_(None), Host.paused_until <= now),
    )


def awake(now: Time) -> sa.ColumnElement[bool]:
    """Select hosts whose registrable domain is not on pause; one on a private network stands for itself."""
    return sa.or_(Host.private, Host.domain.not_in(paused_domains(None, now)))


# Made once: putting a statement together costs more than running it, and these run for every host of every batch.
_table: Any = Host.__table__
_OURS = sa.and_(_table.c.host == sa.bindparam("of"), _table.c.fence == sa.bindparam("held"))
_HELD = sa.select(_table.c.host).where(_OURS).with_for_update()
_FREE = sa.update(_table).where(_OURS).values(
    next_request_at=sa.bindparam("next"), paused_until=sa.bindparam("until"), pause_reason=sa.bindparam("why"),
    pause_count=sa.bindparam("count"), private=sa.bindparam("inside"), crawl_delay=sa.bindparam("delay"), lease_owner=None, lease_until=None,
)  # fmt: skip

_GRANT = (
    Host.host, Host.fence, Host.next_request_at, Host.pause_count, Host.crawl_delay, Host.robots_status, Host.robots_body,
    Host.robots_fetched_at,
)  # fmt: skip


def _grant(row: Any, ahead: timedelta) -> HostGrant:
    return HostGrant(
        host=row.host, fence=row.fence, next_request_at=row.next_request_at - ahead if row.next_request_at else None, crawl_delay=row.crawl_delay, robots=robots_of(row),
        pause_count=row.pause_count,
    )  # fmt: skip


def _add(session: Session, names: Sequence[str]) -> None:
    known = {name for chunk in _chunks(names) for name in session.scalars(sa.select(Host.host).where(Host.host.in_(chunk)))}
    rows = [{"host": name, "domain": registrable_domain(name)} for name in names if name not in known]
    if not rows:
        return
    insert = postgresql.insert(Host) if session.get_bind().dialect.name == "postgresql" else sqlite.insert(Host)
    session.execute(insert.on_conflict_do_nothing(), rows)


def _free(session: Session, names: Sequence[str], now: datetime) -> list[str]:
    wanted = sa.select(Host.host, Host.domain, Host.private).where(Host.host.in_(names), available(now)).order_by(Host.host)
    rows = session.execute(wanted.with_for_update(skip_locked=True)).all()
    if not rows:
        return []
    paused = set(session.scalars(paused_domains({row.domain for row in rows}, now)))
    return [row.host for row in rows if row.private or row.domain not in paused]


def _chunks(names: Sequence[str]) -> Iterable[Sequence[str]]:
    return (names[start : start + _CHUNK] for start in range(0, len(names), _CHUNK))
