"""The time that leases are measured in."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

_AHEAD = "clock.ahead"


def ahead(session: Session) -> timedelta:
    """Return by how much the database's time is ahead of this machine's; nothing on SQLite, nor for less than a second."""
    if session.get_bind().dialect.name != "postgresql":
        return timedelta()
    if _AHEAD not in session.info:  # a session lives for one transaction: asking once is enough
        difference = now(session) - datetime.now(UTC)
        session.info[_AHEAD] = difference if abs(difference) >= timedelta(seconds=1) else timedelta()
    ahead: timedelta = session.info[_AHEAD]
    return ahead


def now(session: Session) -> datetime:
    """Return the database server's time on PostgreSQL, so that workers with wrong clocks agree; this machine's on SQLite."""
    if session.get_bind().dialect.name != "postgresql":
        return datetime.now(UTC)
    at = session.execute(sa.text("SELECT clock_timestamp()")).scalar_one()
    return datetime.fromtimestamp(at.timestamp(), UTC)
