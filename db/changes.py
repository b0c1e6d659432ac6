"""The change log: what readers of the unique articles follow by remembering one number."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from db.models import Change
from db.sets import insert_rows
from domain.records import Change as Written


def append(session: Session, changes: Sequence[Written], now: datetime) -> None:
    """Append changes in this order. Call under the dedup lock: only then is the order of `seq` the order of commits."""
    insert_rows(
        session, Change, [{"article_id": one.article_id, "kind": one.kind, "at": now, "detail": dict(one.detail)} for one in changes]
    )


def since(session: Session, seq: int, *, limit: int = 1_000) -> list[tuple[int, Written]]:
    """Return up to `limit` changes after number `seq`, each with its own number, in order."""
    rows = session.execute(
        sa.select(Change.seq, Change.article_id, Change.kind, Change.detail).where(Change.seq > seq).order_by(Change.seq).limit(limit)
    )
    return [(row.seq, Written(row.article_id, row.kind, row.detail)) for row in rows]
