"""What all tables share: naming, time, lists, keys and the helper that makes a commented column."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Integer, MetaData, String, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime in UTC: `timestamptz` on PostgreSQL, ISO-8601 text of fixed width ending in `Z` on SQLite.

    The text sorts as time does and reads as time in every tool. A naive value is refused.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """Return the type that the dialect stores."""
        return dialect.type_descriptor(String(27) if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Return what is sent to the database."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone cannot be stored: {value!r}")
        value = value.astimezone(UTC)
        return value.strftime(_FORMAT) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002  (SQLAlchemy's signature)
        """Return what the database holds, aware and in UTC."""
        if value is None:
            return None
        if isinstance(value, str):
            return datetime.fromisoformat(value).astimezone(UTC)
        return value.astimezone(UTC)  # type: ignore[no-any-return]


Key = BigInteger().with_variant(Integer, "sqlite")
"""A 64-bit key; SQLite's own row id, which is 64-bit under the name INTEGER."""

Json = JSON().with_variant(JSONB, "postgresql")
"""A small list or object; JSON text on SQLite."""


class Base(DeclarativeBase):
    """The tables' common base: constraint names are derived, so that a migration can name what it changes."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime, int: BigInteger, list[str]: Json, dict[str, Any]: Json}  # noqa: RUF012  (SQLAlchemy's own protocol)


def primary_key(comment: str) -> Mapped[int]:
    """Return a surrogate key column."""
    return mapped_column(Key, primary_key=True, autoincrement=True, comment=comment)
