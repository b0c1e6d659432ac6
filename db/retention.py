"""Forgets what has served its time: raw pages and the history of polls. Articles are never forgotten here."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from db.models import Entry, Page, Poll
from domain.outcomes import Outcome


def expired(session: Session, pages_before: datetime, polls_before: datetime) -> Mapping[str, int]:
    """Return how many raw pages and polls are past their time."""
    pages = session.scalar(select(func.count()).select_from(Page).where(Page.fetched_at < pages_before, Page.id.not_in(_awaited())))
    polls = session.scalar(select(func.count()).select_from(Poll).where(Poll.at < polls_before))
    return {"raw pages": pages or 0, "polls": polls or 0}


def drop_pages(session: Session, before: datetime, limit: int) -> int:
    """Delete up to `limit` raw pages fetched before a time, oldest first; return how many.

    A page that a pending entry still waits for stays. Articles and revisions made from a deleted page lose only the way back
    to it.
    """
    oldest = select(Page.id).where(Page.fetched_at < before, Page.id.not_in(_awaited())).order_by(Page.fetched_at).limit(limit)
    ids = session.scalars(oldest).all()
    session.execute(delete(Page).where(Page.id.in_(ids)))
    return len(ids)


def drop_polls(session: Session, before: datetime, limit: int) -> int:
    """Delete up to `limit` polls decided before a time, oldest first; return how many."""
    ids = session.scalars(select(Poll.id).where(Poll.at < before).order_by(Poll.at).limit(limit)).all()
    session.execute(delete(Poll).where(Poll.id.in_(ids)))
    return len(ids)


def _awaited() -> Select[tuple[int | None]]:
    return select(Entry.page_id).where(Entry.outcome == Outcome.PENDING.value, Entry.page_id.is_not(None))
