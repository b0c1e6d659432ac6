"""The raw pages as an archive: read back in order, packed as they are stored, a little at a time."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from db.models import Page
from domain.history import Window
from domain.records import Page as FetchedPage


@dataclass(frozen=True, slots=True)
class StoredPage:
    """A page of our own archive with its key."""

    id: int
    page: FetchedPage


def stored(session: Session, after: int, window: Window, *, limit: int) -> tuple[StoredPage, ...]:
    """Return the next `limit` pages after an id that were fetched in the window, by id."""
    rows = session.execute(
        sa.select(Page.id, Page.url, Page.final_url, Page.status, Page.headers, Page.body, Page.fetched_at)
        .where(Page.id > after, _within(window))
        .order_by(Page.id)
        .limit(limit)
    )
    return tuple(StoredPage(row.id, _page(row)) for row in rows)


def _within(window: Window) -> sa.ColumnElement[bool]:
    since = [Page.fetched_at >= window.since] if window.since else []
    until = [Page.fetched_at < window.until] if window.until else []
    return sa.and_(sa.true(), *since, *until)


def _page(row: Any) -> FetchedPage:
    return FetchedPage(
        url=row.url,
        final_url=row.final_url,
        status=row.status,
        headers=tuple((str(name), str(value)) for name, value in row.headers or ()),
        body=row.body,
        fetched_at=row.fetched_at,
        packed=True,
    )
