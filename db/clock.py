"""The time that leases are measured in."""

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session


def now(session: Session) -> datetime:
    """Return the database server's time on PostgreSQL, so that workers with wrong clocks agree; this machine's on SQLite."""
    if session.get_bind().dialect.name != "postgresql":
        return datetime.now(UTC)
    at = session.execute(sa.text("SELECT clock_timestamp()")).scalar_one()
    return datetime.fromtimestamp(at.timestamp(), UTC)
