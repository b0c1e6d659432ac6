"""What people decided about articles; every later run respects it."""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from db.models import Ruling
from db.sets import among, parts
from domain.records import Constraints


def add(session: Session, kind: str, article_id: int, *, other_id: int | None, note: str | None, now: datetime) -> None:
    """Record a ruling and take back the standing one that it contradicts."""
    contrary = {"split": "join", "join": "split", "pin": "pin"}.get(kind)
    if contrary is not None and other_id is not None:
        same = sa.or_(
            sa.and_(Ruling.article_id == article_id, Ruling.other_id == other_id),
            sa.and_(Ruling.article_id == other_id, Ruling.other_id == article_id),
        )
        _revoke(session, sa.and_(Ruling.kind == contrary, same))
    session.add(Ruling(kind=kind, article_id=article_id, other_id=other_id, note=note, at=now))
    session.flush()


def revoke_pins(session: Session, ids: Iterable[int]) -> None:
    """Take back the pins of these articles: a story has one representative."""
    for some in parts(ids):
        _revoke(session, sa.and_(Ruling.kind == "pin", among(session, Ruling.article_id, some)))


def constraints(session: Session, ids: Iterable[int]) -> Constraints:
    """Return the standing rulings that name any of these articles."""
    apart, together, pinned = set(), set(), set()
    for some in parts(ids):
        named = sa.or_(among(session, Ruling.article_id, some), among(session, Ruling.other_id, some))
        rows = session.execute(sa.select(Ruling.kind, Ruling.article_id, Ruling.other_id).where(named, sa.not_(Ruling.revoked)))
        for row in rows:
            pair = (min(row.article_id, row.other_id), max(row.article_id, row.other_id)) if row.other_id else None
            if row.kind == "split" and pair:
                apart.add(pair)
            elif row.kind == "join" and pair:
                together.add(pair)
            elif row.kind == "pin":
                pinned.add(row.article_id)
    return Constraints(frozenset(apart), frozenset(together), frozenset(pinned))


def _revoke(session: Session, which: sa.ColumnElement[bool]) -> None:
    session.execute(
        sa.update(Ruling).where(which, sa.not_(Ruling.revoked)).values(revoked=True).execution_options(synchronize_session=False)
    )
