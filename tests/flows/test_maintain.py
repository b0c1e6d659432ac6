"""What the maintain flow forgets, counted before and after; and the publishers that it finds drifting."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from config.settings import DeduplicateSettings, PollSettings, Settings
from db import candidates, lines
from db.engine import Database
from db.models import Article, Entry, Feed, LshKey, Poll
from domain.records import SiteLine
from flows import maintain as flow
from flows.maintain import forget, watch
from flows.workshop import InProcess, in_process

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
    assert forget(settings, NOW, dry_run=False) == {"raw pages": 0, "polls": 1_170, "candidate keys": 0, "lines": 0}
    assert forget(settings, NOW, dry_run=False)["polls"] == 0
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Poll)) == 30


def test_keys_outside_the_window_go_whatever_they_are_and_in_short_transactions(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = [-(2**63), -1, 0, 1, 2**62, 2**63 - 1]

    def fill_keys(session: Session) -> None:
        for number, days in enumerate((400, 399, 2), 1):
            url = f"http://a.example/{number}"
            values = {"id": number, "url": url, "canonical_url": url, "url_key": f"{number}", "kind": "unique", "title": "t", "body": "b"}
            values |= {"authors": [], "editors": [], "tags": [], "word_count": 1, "extractor_version": "1", "content_hash": f"{number}"}
            session.execute(insert(Article).values(values | {"first_seen_at": NOW - timedelta(days=days)}))
            session.execute(insert(LshKey), [{"key": key, "article_id": number} for key in keys])

    database.write(fill_keys)
    deleted: list[int] = []
    expire = candidates.expire
    monkeypatch.setattr(candidates, "expire", lambda *args, **options: deleted.append(expire(*args, **options)) or deleted[-1])
    settings = Settings(database_url=database_url, deduplicate=DeduplicateSettings(window_days=30))
    assert forget(settings, NOW, dry_run=False)["candidate keys"] == 12
    assert max(deleted) == 4, "no transaction reads more than a part of them"
    with database.read() as session:
        assert sorted(session.scalars(select(LshKey.key))) == keys
        assert set(session.scalars(select(LshKey.article_id))) == {3}


def test_lines_that_did_not_recur_go_and_flagged_ones_stay(database: Database, database_url: str) -> None:
    def row(number: int, age: int, line: str | None = None) -> SiteLine:
        day = (NOW - timedelta(days=age)).date()
        return SiteLine(number, "news.example", "flagged" if line else "seen", 1, (1,), 0, day, day, 1, line)

    kept = [row(-(2**63), 29), row(3, 400, "Our shop")]
    database.write(lambda session: lines.write(session, [*kept, row(-1, 31), row(2**63 - 1, 31)]))
    assert forget(Settings(database_url=database_url), NOW, dry_run=False)["lines"] == 2
    with database.read() as session:
        assert list(lines.known(session, [-(2**63), 3, -1, 2**63 - 1]).values()) == kept


def fill_entries(session: Session, now: datetime) -> None:
    """A publisher of whose entries all became articles, and in the last week none."""
    feed = {"url": "u", "url_key": "k", "host": "h:80", "publisher": "Paper", "next_poll_at": now, "created_at": now}
    feed_id = session.execute(insert(Feed).values(feed).returning(Feed.id)).scalar_one()
    common = {"feed_id": feed_id, "url": "u", "canonical_url": "u", "host": "h:80", "run_id": "r", "next_attempt_at": now}
    ends = [("unique", now - timedelta(days=9))] * 60 + [("rejected", now - timedelta(days=1))] * 30
    rows = [common | {"key": f"{n}", "url_key": f"{n}", "outcome": end, "seen_at": at} for n, (end, at) in enumerate(ends)]
    session.execute(insert(Entry), rows)


def test_a_drifting_publisher_is_noted_told_and_forgotten_when_it_is_over(
    database: Database, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    def noted() -> str | None:
        with database.read() as session:
            return session.scalar(select(Feed.drift))

    database.write(lambda session: fill_entries(session, NOW))
    settings = Settings(database_url=database_url)
    with caplog.at_level("WARNING", "copydesk.maintain"):
        assert watch(settings, NOW) == 1
        assert [record.getMessage() for record in caplog.records] == ["alarm=drift publisher=Paper what=yield from=1.00 to=0.00"]
        assert noted() == "entries that became articles: 0 %, before 100 %"
        database.write(lambda session: session.execute(update(Entry).values(outcome="unique")))
        assert watch(settings, NOW) == 0
        assert (noted(), len(caplog.records)) == (None, 1)


def test_the_flow_watches_and_a_dry_run_writes_nothing(database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow, "create_markdown_artifact", lambda *_args, **_options: None)
    database.write(lambda session: fill_entries(session, datetime.now(UTC)))
    for dry_run in (True, False):
        with in_process(InProcess(Settings(database_url=database_url))):
            message = flow.maintain.fn(dry_run=dry_run).message or ""
        with database.read() as session:
            assert (session.scalar(select(Feed.drift)) is None) is dry_run
        assert message.endswith("; publishers that drift: 1") is not dry_run
