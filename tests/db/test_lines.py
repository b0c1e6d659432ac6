"""News and history wait in two lines: neither run takes the other's work, and a host that both wait for is the news's first."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from db import backfills, desk, feeds, hosts, pages, sightings
from db.engine import Database
from db.models import Backfill, Entry, Feed, Page
from db.packed import pack
from domain.history import LegPlan
from domain.outcomes import Outcome, Reason
from domain.records import DueFeed, HostReport, ListedEntry, NewEntry, Poll, Response, Run, Subscription
from domain.urls import canonical_url, host_of, url_key

NOW = datetime.now(UTC)
LIVE = Run("live", "one:1", NOW)
HISTORY = Run("history", "two:2", NOW, history=True)
STORY = "https://press.example/story"
CAPTURE = f"https://archive.example/web/20260301000000id_/{STORY}"


@pytest.fixture
def backfill(database: Database) -> int:
    """A backfill; returns the id of its leg."""

    def unit(session: Session) -> int:
        backfills.open_legs(session, "request", [LegPlan("sitemap", "https://press.example/sitemap.xml")], now=NOW)
        return session.scalars(sa.select(Backfill.id)).one()

    return database.write(unit)


def add(database: Database, *rows: dict[str, Any]) -> None:
    """Put entries on the desk: `url`, and whatever differs from a live entry that has waited for a minute."""
    at = NOW - timedelta(minutes=1)
    made = [
        {
            "key": str(number), "canonical_url": canonical_url(row["url"]), "url_key": url_key(canonical_url(row["url"])),
            "host": host_of(row["url"]), "seen_at": at, "next_attempt_at": at, "run_id": "before", "listed": {}, "backfill_id": None,
            "page_id": None, "outcome": "pending", "reason": None, "feed_id": None,
        } | row
        for number, row in enumerate(rows)
    ]  # fmt: skip
    database.write(lambda session: session.execute(sa.insert(Entry), made))


def page(database: Database, url: str) -> int:
    row = {"url": url, "url_key": "", "final_url": url, "status": 200, "headers": [], "body": b"", "body_hash": "", "body_size": 0}
    return database.write(lambda session: session.scalars(sa.insert(Page).returning(Page.id), [row | {"fetched_at": NOW}]).one())  # type: ignore[call-overload, no-any-return]


def entries(database: Database) -> Sequence[Any]:
    with database.read() as session:
        return session.execute(sa.select(Entry.__table__).order_by(Entry.id)).all()


def fetchable(database: Database, run: Run) -> dict[str, list[str]]:
    """Return what a run would ask each host for."""
    with database.read() as session:
        names = pages.waiting_hosts(session, run, limit=10, seconds=0 if run.history else 60)
        assert pages.waiting(session, run) == sum(len(pages.due_entries(session, run, name, limit=10)) for name in names)
        return {name: [one.url for one in pages.due_entries(session, run, name, limit=10)] for name in names}


def test_each_run_fetches_what_is_its_own(database: Database, backfill: int) -> None:
    add(database, {"url": "https://a.example/live"}, {"url": "https://b.example/old", "backfill_id": backfill})
    assert fetchable(database, LIVE) == {"a.example:443": ["https://a.example/live"]}
    assert fetchable(database, HISTORY) == {"b.example:443": ["https://b.example/old"]}


def test_each_run_extracts_what_is_its_own(database: Database, backfill: int) -> None:
    ids = [page(database, "https://a.example/live"), page(database, "https://b.example/old")]
    add(
        database,
        {"url": "https://a.example/live", "page_id": ids[0]},
        {"url": "https://b.example/old", "page_id": ids[1], "backfill_id": backfill},
    )
    live, old = entries(database)
    for run, own in ((LIVE, live), (HISTORY, old)):
        with database.read() as session:
            assert desk.waiting(session, run) == {"fetch": 0, "extract": 1}
        claims = database.write(lambda session, run=run: desk.claim_to_extract(session, run, limit=10, seconds=60))  # type: ignore[misc]
        assert [one.entry_id for one in claims] == [own.id]


@pytest.mark.parametrize(("minutes", "served"), [(1, False), (-5, True), (10, True)])
def test_history_leaves_a_host_to_the_news_that_waits_for_it(database: Database, backfill: int, minutes: int, *, served: bool) -> None:
    waits = datetime.now(UTC) - timedelta(
        minutes=minutes
    )  # a try that was put off, and one that nobody takes up, keep no host from history
    add(
        database,
        {"url": "https://press.example/new", "next_attempt_at": waits},
        {"url": "https://press.example/old", "backfill_id": backfill},
    )
    assert fetchable(database, HISTORY) == ({"press.example:443": ["https://press.example/old"]} if served else {})


@pytest.mark.parametrize(("seconds", "served"), [(3, False), (-1, True)])
def test_history_waits_out_the_spacing_of_a_host_without_holding_it(
    database: Database, backfill: int, seconds: int, *, served: bool
) -> None:
    add(database, {"url": "https://press.example/old", "backfill_id": backfill})
    free_from = datetime.now(UTC) + timedelta(seconds=seconds)

    def visit(session: Session) -> None:
        grants = hosts.claim(session, ["press.example:443"], run=LIVE, seconds=60)
        hosts.release(session, HostReport("press.example:443", grants["press.example:443"].fence, free_from))

    database.write(visit)
    assert fetchable(database, HISTORY) == ({"press.example:443": ["https://press.example/old"]} if served else {})
    with database.read() as session:
        assert backfills.waiting(session, "request", datetime.now(UTC)) == served
    add(database, {"url": "https://press.example/new", "key": "new"})
    assert list(fetchable(database, LIVE)) == ["press.example:443"]


def listing(database: Database, url: str) -> Poll:
    """Return the poll of a feed that lists an address."""

    def unit(session: Session) -> int:
        feeds.sync_list(session, [Subscription("https://press.example/feed")], NOW)
        return session.scalars(sa.select(Feed.id)).one()

    feed = DueFeed(
        id=database.write(unit), url="https://press.example/feed", host="press.example:443", fence=0, title=None, site_url=None, publisher=None,
        language=None, tags=(), fallbacks=(), discover=False, validators=None, interval_seconds=900, failure_weight=0.0, failing_since=None,
        last_entry_at=None, redirect_target=None, redirect_count=0, redirect_since=None, had_entries=False,
    )  # fmt: skip
    entry = NewEntry(
        "k" * 64, "guid", url, canonical_url(url), url_key(canonical_url(url)), host_of(url), ListedEntry("guid", url, "A story")
    )
    return Poll(feed, NOW, 200, "read", None, "", 0.1, 10, None, NOW, 900, 0.0, None, entries=(entry,))


@pytest.mark.parametrize(
    ("held", "outcome"),
    [
        ({}, "pending"),
        ({"outcome": "failed", "reason": "not_found"}, "pending"),
        ({"outcome": "rejected", "reason": "cancelled"}, "pending"),
        ({"outcome": "rejected", "reason": "too_short"}, "unchanged"),
        ({"outcome": "unique"}, "unchanged"),
    ],
)
def test_what_a_feed_lists_does_not_wait_for_a_backfill(database: Database, backfill: int, held: dict[str, Any], outcome: str) -> None:
    add(database, {"url": STORY, "backfill_id": backfill} | held)
    poll = listing(database, STORY)
    database.write(lambda session: sightings.record(session, poll, LIVE))
    listed = entries(database)[1]
    assert (listed.outcome, listed.backfill_id) == (outcome, None)


def test_a_page_goes_to_both_lines_and_a_missing_capture_ends_the_backfill_alone(database: Database, backfill: int) -> None:
    captured = {"host": "archive.example:443", "backfill_id": backfill}
    add(database, {"url": STORY}, {"url": CAPTURE, "canonical_url": STORY, "url_key": url_key(STORY)} | captured)
    gone = pages.Ending(url_key(STORY), Outcome.FAILED, Reason.NOT_FOUND, "status 404", 1, 0.0)
    with database.read() as session:
        (asked,) = pages.due_entries(session, LIVE, "press.example:443", limit=5)
    packed = pack(replace(asked, url=STORY), Response(STORY, STORY, 200, (), b"<p>", NOW, 0.1, 3), ())

    def undone(session: Session) -> Sequence[Any]:
        pages.record_endings(session, HISTORY, [("archive.example:443", gone)])
        found = session.execute(sa.select(Entry.outcome, Entry.backfill_id).order_by(Entry.id)).all()
        session.execute(sa.update(Entry).values(outcome="pending"))
        return found

    assert [tuple(row) for row in database.write(undone)] == [("pending", None), ("failed", backfill)]
    database.write(lambda session: pages.record_pages(session, LIVE, [packed]))
    both = entries(database)
    assert both[0].page_id is not None
    assert both[0].page_id == both[1].page_id
