"""Many rows at once: large sets in a condition, and inserts and updates of a whole batch in one statement."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import InstrumentedAttribute, Session

from db.models import Base

T = TypeVar("T")
# SQLite takes 32,766 parameters and a statement of a million bytes; a set larger than this is asked for in parts.
PART = 10_000


def among(session: Session, column: InstrumentedAttribute[Any], values: Sequence[Any]) -> sa.ColumnElement[bool]:
    """Return the condition that a column's value is one of these, in the form that the database answers from its index."""
    numbers = isinstance(next(iter(values), 0), int)
    if session.get_bind().dialect.name == "postgresql":
        kind: Any = sa.BigInteger() if numbers else sa.Text()
        return column == sa.any_(sa.literal(list(values), postgresql.ARRAY(kind)))
    return column.in_(sa.bindparam(None, list(values), expanding=True, literal_execute=numbers))


def parts(values: Iterable[T], size: int = PART) -> Iterator[list[T]]:
    """Yield the values in lists of at most `size`; none for no values."""
    some = list(values)
    for start in range(0, len(some), size):
        yield some[start : start + size]


def insert_rows(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, in this order, past the unit of work; nothing for no rows."""
    if rows:
        session.connection().execute(sa.insert(model.__table__), list(rows))  # type: ignore[arg-type]


def update_rows(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Update rows by their `id`; all rows set the same columns."""
    if not rows:
        return
    table: Any = model.__table__
    columns: dict[str, Any] = {name: sa.bindparam(f"new_{name}") for name in rows[0] if name != "id"}
    statement = sa.update(table).where(table.c.id == sa.bindparam("old_id")).values(columns)
    renamed = [{"old_id": row["id"]} | {f"new_{name}": row[name] for name in columns} for row in rows]
    session.connection().execute(statement, renamed)
