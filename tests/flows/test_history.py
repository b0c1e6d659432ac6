"""Backfills of a whole press with real processes: like live, killed anywhere, and shared by workers."""

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from benchmarks.workers import CountingSite, broken, finish, press, request, stories, subscribe, worker
from config.settings import Settings
from db import history, schema
from db.engine import Database
from db.models import Entry
from domain.history import Window
from flows.history import open_request
from flows.plan import ways_for
from flows.question import Question
from newsroom.press import Plan
from newsroom.scripted import running
from tasks.publish.task import export_warc


@pytest.fixture
def site() -> Iterator[CountingSite]:
    """A press of six outlets, served."""
    with press(Plan(outlets=6, stories=40, seed=3)) as (_, site):
        yield site


@pytest.fixture
def whole(site: CountingSite, tmp_path: Path) -> Iterator[Database]:
    """The press taken in by an undisturbed backfill of its sitemaps; the site's count begins after it."""
    opened = Database(f"sqlite:///{tmp_path}/whole.db")
    schema.ready(opened)
    with worker(opened, request(opened, site, "sitemap")) as one:
        finish(one)
    site.given.clear()
    yield opened
    opened.close()


@pytest.fixture
def empty(sqlite_url: str) -> Iterator[Database]:
    opened = Database(sqlite_url)
    yield opened
    opened.close()


def test_C18_killed_anywhere_a_backfill_ends_as_if_undisturbed(site: CountingSite, whole: Database, empty: Database) -> None:
    name = request(empty, site, "sitemap")
    rng = random.Random(5)
    for _ in range(4):
        with worker(empty, name) as one:
            one.begin()
            time.sleep(rng.uniform(0.1, 2.5))
            one.kill()
    with worker(empty, name) as one:
        finish(one)
    with empty.read() as session, whole.read() as other:
        state, expected = history.state(session, name), history.listing(other)[0]
    assert (state.state, state.found, state.new, state.outcomes) == ("done", expected.found, expected.new, expected.outcomes)
    assert stories(empty) == stories(whole)
    assert broken(empty) == []


@pytest.mark.postgresql
def test_two_workers_share_a_backfill(site: CountingSite, whole: Database, postgresql_url: str) -> None:
    database = Database(postgresql_url)
    name = request(database, site, "sitemap")
    with worker(database, name) as one, worker(database, name) as other:
        finish(one, other)
    with database.read() as session:
        workers = session.scalar(sa.select(sa.func.count(Entry.run_id.distinct())))
    assert workers == 2, "both had a share in it"
    assert site.pages_given_again == 0
    assert stories(database) == stories(whole)
    assert broken(database) == []
    database.close()


def test_C20_overlapping_backfills_of_two_sources_store_each_article_once(site: CountingSite, whole: Database, empty: Database) -> None:
    names = [request(empty, site, "sitemap"), request(empty, site, "archive")]
    with worker(empty, names[0]) as one, worker(empty, names[1]) as other:
        finish(one, other)
    with empty.read() as session:
        states = [history.state(session, name) for name in names]
    assert all(state.found > 0 for state in states)
    assert site.pages_given_again == 0
    assert stories(empty) == stories(whole)
    assert broken(empty) == []


def test_a_walk_through_feed_archives_tells_the_same_stories(site: CountingSite, whole: Database, empty: Database) -> None:
    with worker(empty, request(empty, site, "archive")) as one:
        finish(one)
    assert stories(empty) == stories(whole)


def test_C18_killed_anywhere_a_warc_file_on_a_server_ends_as_one_that_lies_here(
    site: CountingSite, whole: Database, empty: Database, tmp_path: Path
) -> None:
    file = _exported(whole, tmp_path)
    with running() as server:
        url = server.lay("/press.warc.gz", file.read_bytes())
        name = _asked(empty, site, url)
        rng = random.Random(7)
        for _ in range(4):
            with worker(empty, name, COPYDESK_FETCH__WIRE_LIMIT="20000") as one:
                one.begin()
                time.sleep(rng.uniform(0.3, 2.0))
                one.kill()
        with worker(empty, name, COPYDESK_FETCH__WIRE_LIMIT="20000") as one:
            finish(one)
    here = Database(f"sqlite:///{tmp_path}/here.db")
    schema.ready(here)
    with worker(here, _asked(here, site, str(file))) as one:
        finish(one)
    with empty.read() as session, here.read() as other:
        state, expected = history.state(session, name), history.listing(other)[0]
    assert (state.state, state.found, state.new, state.outcomes) == ("done", expected.found, expected.new, expected.outcomes)
    assert len(stories(empty)) > 30
    assert stories(empty) == stories(here)
    assert broken(empty) == []
    assert site.pages_given_again == 0
    here.close()


def _exported(database: Database, folder: Path) -> Path:
    """Write all pages of a database into one WARC file."""
    pytest.importorskip("warcio", reason="WARC files need the extra 'archive'")
    (file,) = export_warc.fn(database, folder / "warc", Window()).files
    return Path(file)


def _asked(database: Database, site: CountingSite, file: str) -> str:
    """Ask for the history in a WARC file, and return the request's name."""
    subscribe(database, site)
    asked = Question(source="warc", files=(file,))
    return open_request(database, asked, ways_for(database, Settings(), asked))
