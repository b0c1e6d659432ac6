"""What counts when a publisher is compared with itself, on both databases."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.orm import Session

from db import drift
from db.engine import Database
from db.models import Article, Backfill, Entry, Feed
from domain.drift import Fall

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
WEEK, BEFORE = NOW - timedelta(days=3), NOW - timedelta(days=20)
_numbers = count(1)


def feed(session: Session, publisher: str | None, title: str | None = None) -> int:
    url = f"http://a.example/feed/{next(_numbers)}"
    values = {"url": url, "url_key": url, "host": "a.example:80", "next_poll_at": NOW, "created_at": NOW, "publisher": publisher}
    return session.execute(insert(Feed).values(values | {"title": title}).returning(Feed.id)).scalar_one()


def entries(session: Session, feed_id: int, times: int, at: datetime, *, outcome: str = "rejected", **more: Any) -> None:
    for _ in range(times):
        key = f"{next(_numbers)}"
        values = {"feed_id": feed_id, "key": key, "url": key, "canonical_url": key, "url_key": key, "host": "a.example:80", "run_id": "r"}
        values |= {"seen_at": at, "next_attempt_at": at, "outcome": outcome, "reason": "paywall_stub"}
        session.execute(insert(Entry).values(values | more))


def articles(session: Session, feed_id: int, times: int, at: datetime, *, of: dict[str, Any] | None = None, **more: Any) -> None:
    for _ in range(times):
        key = f"{next(_numbers)}"
        values: dict[str, Any] = {"url": key, "canonical_url": key, "url_key": key, "kind": "unique", "title": "t", "body": "b"}
        values |= {"authors": ["Ann Ode"], "editors": [], "tags": [], "word_count": 600, "extractor_version": "1", "content_hash": key}
        values |= {"first_seen_at": at, "published_at": at} | (of or {})
        article_id = session.execute(insert(Article).values(values).returning(Article.id)).scalar_one()
        entries(session, feed_id, 1, at, **({"outcome": "unique", "article_id": article_id, "reason": None} | more))


def found(database: Database) -> dict[str, list[str]]:
    with database.read() as session:
        return {one.publisher: [fall.what for fall in one.falls] for one in drift.found(session, NOW)}


def test_the_feeds_of_a_publisher_are_taken_together_and_others_apart(database: Database) -> None:
    def fill(session: Session) -> None:
        for publisher in ("Paper", None):
            for title in ("Home", "World"):
                one = feed(session, publisher, title)
                articles(session, one, 30, BEFORE)
                entries(session, one, 15, WEEK)
        alone = feed(session, None, "Alone")
        articles(session, alone, 50, BEFORE)
        entries(session, alone, 20, WEEK)

    database.write(fill)
    assert found(database) == {"Alone": ["yield"], "Paper": ["yield"]}


def test_each_measure_is_read(database: Database) -> None:
    def fill(session: Session) -> None:
        one = feed(session, "Paper")
        articles(session, one, 50, BEFORE, outcome="near_copy")
        articles(session, one, 25, WEEK, of={"authors": [], "published_at": None, "word_count": 120}, outcome="exact_copy")

    database.write(fill)
    with database.read() as session:
        [only] = drift.found(session, NOW)
    assert only.falls == (Fall("words", 600, 120), Fall("author", 1, 0), Fall("date", 1, 0))
    assert only.lines[0] == "alarm=drift publisher=Paper what=words from=600.00 to=120.00"


def test_one_long_article_moves_no_mean(database: Database) -> None:
    def fill(session: Session) -> None:
        one = feed(session, "Paper")
        articles(session, one, 50, BEFORE)
        articles(session, one, 2, BEFORE, of={"word_count": 90_000})
        articles(session, one, 25, WEEK)

    database.write(fill)
    assert found(database) == {}


@pytest.mark.parametrize(
    "neutral",
    [
        {"outcome": "pending"},
        {"outcome": "unchanged"},
        {"outcome": "failed", "reason": "dns_temporary"},
        {"outcome": "rejected", "reason": "cancelled"},
        {"source": "revisit"},
        {"source": "sitemap", "backfill_id": 1},
        {"seen_at": NOW - timedelta(days=36)},
        {"seen_at": NOW + timedelta(hours=1)},
    ],
    ids=str,
)
def test_what_says_nothing_of_the_pages_does_not_count(database: Database, neutral: dict[str, Any]) -> None:
    def fill(session: Session) -> None:
        leg = {"id": 1, "request_id": "r", "source": "sitemap", "target": "t", "target_key": "k", "state": "done"}
        session.execute(insert(Backfill).values(leg | {"next_attempt_at": NOW, "created_at": NOW, "updated_at": NOW}))
        one = feed(session, "Paper")
        articles(session, one, 50, BEFORE)
        articles(session, one, 25, WEEK)
        entries(session, one, 60, WEEK, **neutral)

    database.write(fill)
    assert found(database) == {}
    database.write(lambda session: entries(session, session.scalars(select(Feed.id)).one(), 60, WEEK, reason=None))
    assert found(database) == {"Paper": ["yield"]}, "entries that are theirs do"


def test_withdrawn_texts_do_not_count(database: Database) -> None:
    def fill(session: Session) -> None:
        one = feed(session, "Paper")
        articles(session, one, 50, BEFORE)
        articles(session, one, 25, WEEK, of={"word_count": 0, "authors": []})

    database.write(fill)
    assert found(database) == {"Paper": ["words", "author"]}
    database.write(lambda session: session.execute(update(Article).where(Article.word_count == 0).values(withdrawn_at=NOW)))
    assert found(database) == {}


def test_what_is_noted_is_seen_in_the_view_and_cleared_when_it_is_over(database: Database) -> None:
    def fill(session: Session) -> tuple[int, int, int]:
        return feed(session, "Paper"), feed(session, "Paper"), feed(session, "Other")

    first, second, other = database.write(fill)

    def seen() -> dict[int, str | None]:
        with database.read() as session:
            return dict(session.execute(text("SELECT id, drift FROM feed_health")).tuples().all())

    fallen = drift.Drift("Paper", (first, second), (Fall("yield", 0.95, 0.4), Fall("author", 1, 0)))
    database.write(lambda session: drift.note(session, [fallen]))
    words = "entries that became articles: 40 %, before 95 %; articles with an author: 0 %, before 100 %"
    assert seen() == {first: words, second: words, other: None}
    database.write(lambda session: drift.note(session, [drift.Drift("Other", (other,), (Fall("words", 600, 100),))]))
    assert seen() == {first: None, second: None, other: "mean words of an article: 100, before 600"}
    database.write(lambda session: drift.note(session, []))
    assert set(seen().values()) == {None}
