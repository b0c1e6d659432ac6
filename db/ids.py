"""Ids given out before their rows are written, so that a whole batch can be decided first and then applied."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session


def reserve(session: Session, column: InstrumentedAttribute[Any], count: int) -> list[int]:
    """Return `count` unused ids of a table in ascending order.

    Call under the dedup lock: then ids grow in the order of commits, on both databases.
    """
    table = column.property.columns[0].table
    if session.get_bind().dialect.name == "postgresql":
        sequence = sa.func.pg_get_serial_sequence(table.name, column.key)
        numbers = sa.select(sa.func.nextval(sequence)).select_from(sa.func.generate_series(1, count))
        return sorted(session.scalars(numbers))
    # Ids of deleted rows are never given out again, where the table remembers them (AUTOINCREMENT).
    last = session.scalar(sa.select(sa.func.max(column))) or 0
    if table.dialect_options["sqlite"]["autoincrement"]:
        last = max(last, session.scalar(sa.text("SELECT seq FROM sqlite_sequence WHERE name = :name"), {"name": table.name}) or 0)
    return list(range(last + 1, last + 1 + count))
