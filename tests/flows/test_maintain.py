"""What the maintain flow forgets, counted before and after."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from config.settings import PollSettings, Settings
from db.engine import Database
from db.models import Feed, Poll
from flows.maintain import forget

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def fill(session: Session) -> None:
    feed = {"url": "u", "url_key": "k", "host": "h:80", "next_poll_at": NOW, "created_at": NOW}
    feed_id = session.execute(insert(Feed).values(feed).returning(Feed.id)).scalar_one()
    rows = [{"feed_id": feed_id, "run_id": "r", "at": NOW - timedelta(days=days), "outcome": "read"} for days in range(1, 1_201)]
    session.execute(insert(Poll), rows)


def test_old_rows_go_in_batches_and_a_dry_run_only_counts(database: Database, database_url: str) -> None:
    database.write(fill)
    settings = Settings(database_url=database_url, poll=PollSettings(history_days=30))
    assert forget(settings, NOW, dry_run=True)["polls"] == 1_170
    assert forget(settings, NOW, dry_run=False) == {"raw pages": 0, "polls": 1_170, "candidate keys": 0}
    assert forget(settings, NOW, dry_run=False)["polls"] == 0
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Poll)) == 30
