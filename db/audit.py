"""Proves that the database keeps its promises, or lists the rows that do not.

Each promise of `db.promises` is one set query that selects the rows breaking it; a database that selects none is sound. The
queries only read, run beside a working ingest, and take seconds on 100,000 articles.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.settings import DeduplicateSettings
from db.engine import Database
from db.models import Recipe
from db.promises import Promise, Terms, promises

ROWS_SHOWN = 20
# Keys are forgotten in the order of ids, which workers with unlike clocks do not give in the order of times.
_GRACE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Finding:
    """One promise, looked at: `broken_count` is 0 when it holds; `rows` are the first rows that break it."""

    code: str
    name: str
    promise: str
    looked_at: int
    broken_count: int
    rows: tuple[dict[str, Any], ...]


def audit(database: Database, now: datetime, *, limits: DeduplicateSettings) -> Iterator[Finding]:
    """Yield one finding for each promise. `limits` say for how long articles keep their candidate keys, and which."""
    with database.read() as session:
        yield from prove(session, now, limits=limits)


def prove(session: Session, now: datetime, *, limits: DeduplicateSettings) -> Iterator[Finding]:
    """Yield the findings of `audit` as one transaction sees the database."""
    recipe = session.scalar(sa.select(Recipe.parameters).where(Recipe.state == "active").limit(1)) or {}
    terms = Terms(
        window_start=now - timedelta(days=limits.window_days) + _GRACE,
        key_limit=limits.key_limit,
        min_exact_words=recipe.get("thresholds", {}).get("min_exact_words", 0),
        sqlite=session.get_bind().dialect.name == "sqlite",
    )
    return (_look(session, promise) for promise in promises(terms))


def _look(session: Session, promise: Promise) -> Finding:
    looked_at = session.scalar(promise.population) or 0
    rows = [dict(row) for row in session.execute(promise.broken.limit(ROWS_SHOWN)).mappings()]
    count = len(rows)
    if count == ROWS_SHOWN:
        count = session.scalar(sa.select(sa.func.count()).select_from(promise.broken.subquery())) or count
    return Finding(promise.code, promise.name, promise.text, looked_at, count, tuple(rows))
