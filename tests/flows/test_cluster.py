"""What joins a cluster to the line, without one: refusals, the shelf, and that a worker makes what this process would have made."""

import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import CancelledError
from contextvars import copy_context
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.settings import BackfillSettings, Settings
from db import backfills, feeds, lines
from db.engine import Database
from db.models import Backfill
from domain.errors import ConfigurationError, CopydeskError
from domain.history import Discovered, Finding, LegPlan, Trouble
from domain.lines import key
from domain.outcomes import Outcome, Reason
from domain.records import Expectation, FetchedEntry, Page, Refusal, Run, SiteLine, Subscription
from flows import cluster, errand
from flows.cluster import Shelf
from flows.errand import Errand, carry_out, fingerprint, pack, unpack
from flows.workshop import Workshop
from tasks.deduplicate.judge import TextJudge
from tasks.deduplicate.recipe import Recipe
from tasks.discover.owners import Owners, only
from tasks.discover.task import discover_batch
from tasks.discover.walk import Quest
from tasks.extract.task import extract_batch
from tasks.publish.warc import Writer

NOW = datetime(2026, 3, 5, 8, tzinfo=UTC)
RUN = Run("run-1", "one:1", NOW, history=True)
SITE = "https://press.example"
PROMO = "Read more in our weekly letter"


class Pool:
    """An extract room that says what it was given."""

    def __init__(self) -> None:
        self.given: list[str] = []

    def extract(self, entries: Iterable[FetchedEntry]) -> Iterator[tuple[FetchedEntry, Refusal]]:
        for entry in entries:
            self.given.append(entry.url)
            yield entry, refusal(entry.url)


def refusal(detail: str) -> Refusal:
    return Refusal(Outcome.REJECTED, Reason.TOO_SHORT, detail)


def page(number: int, *, site: str = SITE, size: int = 100) -> Page:
    url = f"{site}/{number}"
    return Page(url, url, 200, (("content-type", "text/html"), ("etag", '"x"')), b"<html>%d" % number + b"x" * size, NOW)


def fetched(number: int) -> FetchedEntry:
    return FetchedEntry(
        id=number, feed_id=None, page_id=number, url=f"{SITE}/{number}", canonical_url=f"{SITE}/{number}", fence=1, attempt_count=0,
        page=page(number), expected=Expectation(),
    )  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> str:
    """A WARC file of nine pages, of two sites in turn, one of them large."""
    pytest.importorskip("warcio", reason="WARC files need the extra 'archive'")
    pages = [page(number, site=SITE if number % 2 else "https://other.example", size=90_000 if number == 4 else 100) for number in range(9)]
    with Writer(tmp_path, started_at=NOW, software="test") as writer:
        writer.write(pages)
    return str(writer.files[0])


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Pool:
    """The extract room of a worker."""
    made = Pool()
    monkeypatch.setattr(errand, "_pool", lambda *_: made)
    return made


@pytest.mark.parametrize(
    ("asked", "source", "says"),
    [
        ("2", "sitemap", "--source warc, not sitemap"),
        ("tcp://dask.example:8786", "cc-news", "--source warc, not cc-news"),
        ("0", "warc", "neither a number of local processes .1 to 64. nor"),
        ("65", "warc", "neither"),
        ("dask.example", "warc", "a scheduler's address like tcp://"),
    ],
)
def test_a_cluster_that_cannot_be_meant_is_refused(asked: str, source: str, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        cluster.check(asked, source)


def test_without_the_extra_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "prefect_dask", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'copydesk\[dask\]'"):
        cluster.check("2", "warc")
    cluster.check(None, "sitemap")
    cluster.check("", "sitemap")


def test_what_a_worker_made_is_taken_once_and_the_rest_is_extracted_here() -> None:
    here = Pool()
    shelf = Shelf(here, room=100)
    entries = [fetched(number) for number in range(70)]
    shelf.put((fingerprint(one), refusal("there")) for one in entries[::2])
    found = {entry.id: made.detail for entry, made in shelf.extract(entries) if isinstance(made, Refusal)}
    assert found == {one.id: one.url if one.id % 2 else "there" for one in entries}
    assert (shelf.taken, shelf.missed) == (35, 35)
    list(shelf.extract(entries[:1]))
    assert here.given[-1] == entries[0].url


def test_a_damaged_page_is_left_to_the_pool() -> None:
    here = Pool()
    shelf = Shelf(here, room=100)
    one = fetched(1)
    damaged = replace(one, page=replace(one.page, body=b"no page", packed=True))
    shelf.put([(fingerprint(one), refusal("there"))])
    assert [(entry, made.detail) for entry, made in shelf.extract([damaged]) if isinstance(made, Refusal)] == [(damaged, damaged.url)]


def test_an_entry_of_which_anything_differs_is_another() -> None:
    one = fetched(1)
    others = [
        replace(one, url=f"{SITE}/2"), replace(one, canonical_url=f"{SITE}/2"), replace(one, expected=Expectation(publisher="A paper")),
        replace(one, boilerplate=frozenset({7})), replace(one, page=replace(one.page, body=b"<html>else")),
        replace(one, page=replace(one.page, fetched_at=datetime(2026, 3, 6, tzinfo=UTC))), replace(one, page=replace(one.page, headers=())),
    ]  # fmt: skip
    assert len({fingerprint(each) for each in (one, *others)}) == 8
    assert fingerprint(replace(one, id=9, page_id=9, fence=9, attempt_count=1)) == fingerprint(one)


def test_the_shelf_forgets_the_oldest() -> None:
    shelf = Shelf(Pool(), room=3)
    entries = [fetched(number) for number in range(5)]
    for one in entries:
        shelf.put([(fingerprint(one), refusal("there"))])
    list(shelf.extract(entries))
    assert (shelf.taken, shelf.missed) == (3, 2)


def errand_to(file: str, *, note: str = "", **values: Any) -> Errand:
    given = {"start": 0, "pages": 500, "body_limit": 5_000_000} | values
    owners = Owners([(5, f"{SITE}/feed")], {})
    return Errand(
        LegPlan("warc", file, note=note), extract=Settings().extract, recipe=Recipe(), owners=owners, expected={}, boilerplate={}, **given
    )


def test_a_file_is_worked_in_stretches_of_one_commit_that_miss_nothing(file: str, pool: Pool) -> None:
    whole = carry_out(errand_to(file))
    assert (whole.ended, len(whole.findings), len(whole.made)) == (True, 9, 9)
    urls, start, stretches = [], 0, 0
    while True:
        stretch = carry_out(errand_to(file, start=start, pages=4))
        urls += [one.url for one in stretch.findings if isinstance(one, Discovered)]
        start, stretches = stretch.position, stretches + 1
        if stretch.ended:
            break
    assert urls == [one.url for one in whole.findings if isinstance(one, Discovered)]
    assert (stretches, start) == (3, whole.position)
    assert pool.given == [*urls, *urls]


def test_pages_of_outlets_that_are_not_asked_for_stay_with_the_worker(file: str, pool: Pool) -> None:
    stretch = carry_out(errand_to(file, note=only([5])))
    assert [one.url for one in stretch.findings if isinstance(one, Discovered)] == [f"{SITE}/{number}" for number in (1, 3, 5, 7)]
    assert (len(pool.given), stretch.ended) == (4, True)


def test_what_was_too_large_is_told_with_the_stretch_it_was_met_in(file: str, pool: Pool) -> None:
    small = errand_to(file, pages=5, body_limit=10_000)
    first = carry_out(small)
    assert [one.detail for one in first.findings if isinstance(one, Trouble)] == ["1 pages of more than 10,000 bytes"]
    rest = carry_out(replace(small, start=first.position))
    assert (first.ended, rest.ended) == (False, True)
    assert [one for one in rest.findings if isinstance(one, Trouble)] == []


def test_a_file_that_a_worker_cannot_open_fails_its_leg(pool: Pool, tmp_path: Path) -> None:
    stretch = carry_out(errand_to(str(tmp_path / "none.warc")))
    assert stretch.ended
    assert [(one.reason, one.fatal) for one in stretch.findings if isinstance(one, Trouble)] == [(Reason.NOT_AN_ARCHIVE, True)]


def hands(database: Database, settings: Settings, runner: Any = None) -> Any:
    workshop = Workshop(settings, RUN, parts=(database, None, Pool(), TextJudge()))  # type: ignore[arg-type]
    return cluster._Hands(workshop, "tcp://dask.example:8786", runner, copy_context(), put=lambda _: None)


def test_articles_made_on_a_worker_are_those_that_the_desk_asks_for(database: Database, file: str, pool: Pool) -> None:
    """With all that an article is made of beside its page: a feed that says who publishes it, and a line learned of its site."""
    number, day = key("press.example", PROMO), date(2026, 3, 1)

    def fill(session: Session) -> None:
        feeds.sync_list(session, [Subscription(f"{SITE}/feed", publisher="The Press", language="en")], NOW)
        lines.write(session, [SiteLine(number, "press.example", "flagged", 9, (1, 2), 0, day, day, 1, PROMO)])
        backfills.open_legs(session, "request", [LegPlan("warc", file)], now=NOW)

    database.write(fill)
    settings, here, sent = Settings(backfill=BackfillSettings(batch_size=4)), Pool(), list[Errand]()
    shelf = Shelf(here, room=100)

    def read_file(plan: LegPlan, start: int) -> Iterator[list[Finding]]:
        while True:
            sent.append(unpack(pack(hands(database, settings)._errand(plan, start))))
            stretch = unpack(pack(carry_out(sent[-1])))
            shelf.put(stretch.made)
            yield stretch.findings
            if stretch.ended:
                return
            start = stretch.position

    quest = Quest("request", lambda _: Reason.NOT_A_FEED, read_file=read_file)
    discover_batch.fn(database, settings, None, RUN, quest=quest)  # type: ignore[arg-type]
    done = extract_batch.fn(database, settings, shelf, RUN)
    assert (len(done), shelf.taken, shelf.missed, here.given) == (9, 9, 0, [])
    with database.read() as session:
        leg = session.execute(sa.select(Backfill.state, Backfill.found_count, Backfill.new_count)).one()
    assert tuple(leg) == ("done", 9, 9)
    assert [one.publisher for one in sent[0].expected.values()] == ["The Press"]
    assert sent[0].boilerplate == {"press.example": frozenset({number})}


class Lost:
    """A task runner, its client and its futures, of a cluster that is gone."""

    def __init__(self, error: Exception) -> None:
        self.error, self.client = error, self

    def submit(self, *_: object) -> "Lost":
        return self

    def result(self, timeout: float) -> bytes:
        raise self.error

    def wait_for_workers(self, *_: object, **__: object) -> None:
        raise self.error


@pytest.mark.parametrize(
    "error", [OSError("refused"), TimeoutError("no worker"), CancelledError("lost")], ids=lambda one: type(one).__name__
)
def test_a_cluster_that_is_lost_ends_the_run_with_a_sentence(error: Exception, database: Database) -> None:
    pytest.importorskip("distributed", reason="a cluster needs the extra 'dask'")
    with pytest.raises(CopydeskError, match=r"cluster tcp://dask\.example:8786 was lost"):
        next(hands(database, Settings(), Lost(error)).read(LegPlan("warc", "/x.warc"), 0))
