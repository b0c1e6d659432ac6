"""Backfills of a whole press with real processes: like live, killed anywhere, and shared by workers."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from config.settings import DeduplicateSettings, Settings
from db import feeds, history, schema
from db.audit import audit
from db.engine import Database
from domain.records import Subscription
from flows.history import open_request
from flows.plan import ways_for
from flows.question import Question
from newsroom.press import Plan, Press
from newsroom.server import Kiosk, street
from newsroom.site import Site, feed_url

WORKER = Path(__file__).with_name("history_worker.py")
ROOT = WORKER.parents[2]


@pytest.fixture
def press() -> Iterator[tuple[Subscription, ...]]:
    """A press of six outlets, served; yields its feeds."""
    with Kiosk(Site(Press(Plan(outlets=6, stories=40, seed=3), street(6)), feed_length=5)) as kiosk:
        yield tuple(Subscription(feed_url(outlet, language)) for outlet, language in kiosk.site.press.feeds())


def request(database: Database, press: Sequence[Subscription], source: str) -> str:
    """Subscribe to the press and ask for all its history."""
    database.write(lambda session: feeds.sync_list(session, press, datetime.now(UTC)))
    asked = Question(source=source)  # type: ignore[arg-type]
    return open_request(database, asked, ways_for(database, Settings(), asked))


@contextmanager
def worker(*arguments: str) -> "Iterator[subprocess.Popen[str]]":
    """Start a worker in a group of its own, and wait until it is ready to begin."""
    process = subprocess.Popen(
        [sys.executable, str(WORKER), *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def begin(*workers: "subprocess.Popen[str]") -> None:
    for one in workers:
        assert one.stdin is not None
        one.stdin.write("\n")
        one.stdin.flush()


def finish(*workers: "subprocess.Popen[str]") -> None:
    """Let workers that are ready begin, and wait for their end."""
    begin(*workers)
    assert [one.wait(120) for one in workers] == [0] * len(workers)


def stories(database: Database) -> set[frozenset[str]]:
    """Return the stories as the addresses of all their versions."""
    with database.read() as session:
        carried = session.execute(text("SELECT article_id, url FROM article_sources")).all()
    return {
        frozenset(one.url.partition("?")[0] for one in carried if one.article_id == story) for story in {one.article_id for one in carried}
    }


def broken(database: Database) -> list[object]:
    return [one for one in audit(database, datetime.now(UTC), limits=DeduplicateSettings()) if one.broken_count]


@pytest.fixture
def whole(press: tuple[Subscription, ...], tmp_path: Path) -> Iterator[Database]:
    """The press taken in by an undisturbed backfill of its sitemaps."""
    url = f"sqlite:///{tmp_path}/whole.db"
    opened = Database(url)
    schema.ready(opened)
    with worker(url, request(opened, press, "sitemap")) as process:
        finish(process)
    yield opened
    opened.close()


def test_C18_killed_anywhere_a_backfill_ends_as_if_undisturbed(press: tuple[Subscription, ...], whole: Database, sqlite_url: str) -> None:
    database = Database(sqlite_url)
    name = request(database, press, "sitemap")
    rng = random.Random(5)
    for _ in range(4):
        with worker(sqlite_url, name) as process:
            begin(process)
            time.sleep(rng.uniform(0.1, 2.5))
            os.killpg(process.pid, signal.SIGKILL)
    with worker(sqlite_url, name) as process:
        finish(process)
    with database.read() as session, whole.read() as other:
        state, expected = history.state(session, name), history.listing(other)[0]
    assert (state.state, state.found, state.new, state.outcomes) == ("done", expected.found, expected.new, expected.outcomes)
    assert stories(database) == stories(whole)
    assert broken(database) == []
    database.close()


@pytest.mark.postgresql
def test_two_workers_share_a_backfill(press: tuple[Subscription, ...], whole: Database, postgresql_url: str) -> None:
    database = Database(postgresql_url)
    name = request(database, press, "sitemap")
    with worker(postgresql_url, name) as one, worker(postgresql_url, name) as other:
        finish(one, other)
    with database.read() as session:
        workers = session.execute(text("SELECT count(DISTINCT run_id) FROM entries")).scalar_one()
    assert workers == 2, "both had a share in it"
    assert stories(database) == stories(whole)
    assert broken(database) == []
    database.close()


def test_C20_overlapping_backfills_of_two_sources_store_each_article_once(
    press: tuple[Subscription, ...], whole: Database, sqlite_url: str
) -> None:
    database = Database(sqlite_url)
    names = [request(database, press, source) for source in ("sitemap", "archive")]
    with worker(sqlite_url, names[0]) as one, worker(sqlite_url, names[1]) as other:
        finish(one, other)
    with database.read() as session:
        states = [history.state(session, name) for name in names]
        twice = session.execute(text("SELECT url_key FROM entries WHERE outcome <> 'failed' GROUP BY url_key HAVING count(*) > 1")).all()
    assert all(state.found > 0 for state in states)
    assert twice == []
    assert stories(database) == stories(whole)
    assert broken(database) == []
    database.close()


def test_a_walk_through_feed_archives_tells_the_same_stories(press: tuple[Subscription, ...], whole: Database, sqlite_url: str) -> None:
    database = Database(sqlite_url)
    with worker(sqlite_url, request(database, press, "archive")) as process:
        finish(process)
    assert stories(database) == stories(whole)
    database.close()
