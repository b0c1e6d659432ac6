"""Brings the feed table up to date with the operator's list before a run looks at it."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from flows.workshop import InProcess, starter_list

if TYPE_CHECKING:
    from db.engine import Database


def sync_feeds(database: "Database", given: InProcess, tags: list[str]) -> tuple[int, ...] | None:
    """Bring the feed table up to date with the list; return the ids to poll when tags narrow them."""
    from config import feedlist
    from db import feeds

    now = datetime.now(UTC)
    listed = given.subscriptions
    if listed is None and given.settings.feeds_file:
        listed = feedlist.load(given.settings.feeds_file)
    with database.read() as session:
        empty = feeds.count(session) == 0
    if listed is None and empty:
        listed = feedlist.load(starter_list())
    if listed is not None:
        database.write(lambda session: feeds.sync_list(session, listed, now))
    if not tags:
        return None
    with database.read() as session:
        return feeds.ids_with_tags(session, tags)
