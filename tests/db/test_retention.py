"""What is forgotten, and what never is; and which articles are due for another look."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from db import retention, revisits
from db.engine import Database
from db.models import Article, Entry, Feed, Page, Poll
from domain.records import Run

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
RUN = Run("run", "worker", NOW)
HOURS = (6.0, 24.0)


def page(session: Session, *, days: int) -> int:
    values = {"url": "http://a.example/", "url_key": "k", "final_url": "http://a.example/", "status": 200, "headers": [], "body": b""}
    values |= {"body_hash": "h", "body_size": 0, "fetched_at": NOW - timedelta(days=days)}
    return session.execute(insert(Page).values(values).returning(Page.id)).scalar_one()


def article(session: Session, number: int, *, next_visit_at: datetime | None) -> int:
    values = {"url": f"http://a.example/{number}", "canonical_url": f"http://a.example/{number}", "url_key": f"{number}", "kind": "unique"}
    values |= {"title": "t", "body": "b", "authors": [], "editors": [], "tags": [], "word_count": 1, "extractor_version": "1"}
    values |= {"content_hash": f"{number}", "first_seen_at": NOW - timedelta(hours=7), "next_visit_at": next_visit_at}
    return session.execute(insert(Article).values(values).returning(Article.id)).scalar_one()


def pending_on(session: Session, page_id: int) -> None:
    values = {"key": "k", "url": "u", "canonical_url": "u", "url_key": "k", "host": "a.example:80", "seen_at": NOW, "run_id": "r"}
    session.execute(insert(Entry).values(values | {"next_attempt_at": NOW, "page_id": page_id}))


def test_old_pages_go_oldest_first_and_a_pending_entry_keeps_its_own(database: Database) -> None:
    def fill(session: Session) -> int:
        for days in (400, 500, 600, 10):
            page(session, days=days)
        kept = page(session, days=700)
        pending_on(session, kept)
        return kept

    kept = database.write(fill)
    before = NOW - timedelta(days=365)
    assert database.write(lambda session: retention.drop_pages(session, before, 2)) == 2
    with database.read() as session:
        assert session.scalar(select(func.min(Page.fetched_at)).where(Page.id != kept)) == NOW - timedelta(days=400)
    assert database.write(lambda session: retention.drop_pages(session, before, 2)) == 1
    assert database.write(lambda session: retention.drop_pages(session, before, 2)) == 0
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Page)) == 2


def test_old_polls_go(database: Database) -> None:
    def fill(session: Session) -> None:
        feed = {"url": "u", "url_key": "k", "host": "h:80", "next_poll_at": NOW, "created_at": NOW}
        feed_id = session.execute(insert(Feed).values(feed).returning(Feed.id)).scalar_one()
        for days in (1, 100, 200):
            session.execute(insert(Poll).values(feed_id=feed_id, run_id="r", at=NOW - timedelta(days=days), outcome="read"))

    database.write(fill)
    assert database.write(lambda session: retention.drop_polls(session, NOW - timedelta(days=90), 10)) == 2


def test_a_due_article_is_enqueued_once_and_its_next_visit_is_set(database: Database) -> None:
    due = database.write(lambda session: article(session, 1, next_visit_at=NOW - timedelta(hours=1)))
    database.write(lambda session: article(session, 2, next_visit_at=NOW + timedelta(hours=1)))
    database.write(lambda session: article(session, 3, next_visit_at=None))
    assert database.write(lambda session: revisits.enqueue(session, RUN, NOW, hours=HOURS, limit=10)) == 1
    assert database.write(lambda session: revisits.enqueue(session, RUN, NOW, hours=HOURS, limit=10)) == 0
    with database.read() as session:
        entry = session.scalars(select(Entry)).one()
        assert (entry.source, entry.article_id, entry.outcome, entry.host) == ("revisit", due, "pending", "a.example:80")
        visited = session.get_one(Article, due)
        assert (visited.visit_count, visited.next_visit_at) == (1, NOW - timedelta(hours=7) + timedelta(hours=24))


def test_two_runs_that_look_at_once_enqueue_a_due_article_once(database: Database) -> None:
    database.write(lambda session: [article(session, number, next_visit_at=NOW) for number in range(30)])
    start = threading.Barrier(3)

    def look(_: int) -> int:
        start.wait()
        return database.write(lambda session: revisits.enqueue(session, RUN, NOW, hours=HOURS, limit=20))

    with ThreadPoolExecutor(3) as three:
        counts = list(three.map(look, range(3)))
    while taken := database.write(lambda session: revisits.enqueue(session, RUN, NOW, hours=HOURS, limit=20)):
        counts.append(taken)
    assert sum(counts) == 30
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Entry)) == 30


def test_a_revisit_waits_for_the_host_that_is_asked(database: Database) -> None:
    due = database.write(lambda session: article(session, 1, next_visit_at=NOW))
    database.write(lambda session: session.execute(update(Article).where(Article.id == due).values(url="http://amp.a.example:81/1")))
    database.write(lambda session: revisits.enqueue(session, RUN, NOW, hours=HOURS, limit=10))
    with database.read() as session:
        assert session.scalars(select(Entry.host)).one() == "amp.a.example:81"


@pytest.mark.parametrize(
    ("visits", "hours_old", "expected"),
    [(0, 0, 6), (0, 7, 24), (1, 7, 24), (1, 30, None), (2, 0, None)],
)
def test_visits_decay_and_end(visits: int, hours_old: int, expected: int | None) -> None:
    first = NOW - timedelta(hours=hours_old)
    assert revisits.next_visit(first, HOURS, visits=visits, now=NOW) == (first + timedelta(hours=expected) if expected else None)
