"""Workers that store the same story at the same instant make one article of it; without the lock they do not."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import suppress
from itertools import permutations
from multiprocessing import get_context
from typing import Any

import pytest
import sqlalchemy as sa

from benchmarks.race import guarded, race, variants_of
from db.engine import Database
from db.models import Article, Entry
from domain.records import Match, Member, Placed, Story
from tasks.deduplicate.judge import TextJudge

Prose = Callable[..., str]


@pytest.fixture(scope="module")
def workers() -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        yield pool


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
@pytest.mark.parametrize("shuffled", [False, True])
def test_four_processes_make_one_unique_article_of_each_story(
    workers: ProcessPoolExecutor, kind: str, shuffled: bool, request: pytest.FixtureRequest
) -> None:
    if kind == "postgresql":
        request.getfixturevalue("postgresql_template")
    variants = [variants_of(story, 4) for story in range(6)]
    result = race(kind, workers, variants, shuffled=shuffled)
    assert (result.articles, result.unique, result.right_first) == (24, 6, 6)


class Rendezvous(TextJudge):
    """Lets two workers decide only when both have looked; gives up waiting when the other is kept out."""

    barrier = threading.Barrier(2)

    def attach(
        self, newcomers: Sequence[Member], placed: Any, matches: Sequence[Match], ruled: frozenset[int]
    ) -> tuple[tuple[Story, ...], frozenset[int]]:
        there: dict[int, Placed] = placed
        with suppress(threading.BrokenBarrierError):
            self.barrier.wait(timeout=0.7)
        return super().attach(newcomers, there, matches, ruled)


@pytest.mark.parametrize("guard", [True, False])
def test_the_lock_is_what_keeps_two_workers_from_the_same_story(database_url: str, line_with: Any, prose: Prose, guard: bool) -> None:
    first = line_with()
    entries = [first.extracted("a", prose(1)), first.extracted("b", prose(1) + " More follows.")]
    judged = [first.judged(entry) for entry in entries]
    with guarded(on=guard):
        database = Database(database_url)
        Rendezvous.barrier = threading.Barrier(2)
        with ThreadPoolExecutor(2) as pool:
            done = [pool.submit(first.file, database, one, Rendezvous(first.settings.deduplicate)) for one in judged]
            outcomes = [dict(one.result().outcomes) for one in done]
        database.close()
    unique = [kind for (kind,) in first.rows(Article, "kind")].count("unique")
    if guard:
        assert unique == 1
        first.check()
    else:
        # Both are unique, or (SQLite) both reserved one id and the database refused the second.
        assert unique == 2 or {"failed": 1} in outcomes


def test_five_workers_with_one_address_make_one_article_and_five_sightings(database_url: str, line_with: Any, prose: Prose) -> None:
    line = line_with()
    feeds = [line.feed(f"feed{number}") for number in range(5)]
    judged = [line.judged(line.extracted("a", prose(1), feed_id=feed)) for feed in feeds]
    databases = [Database(database_url) for _ in feeds]
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(lambda pair: line.file(*pair), zip(databases, judged, strict=True)))
    for database in databases:
        database.close()
    assert line.rows(Article, "id") == [(1,)]
    assert sorted(line.rows(Entry, "outcome", "article_id")) == [("unchanged", 1)] * 4 + [("unique", 1)]


def test_a_chain_of_matches_ends_alike_in_every_order_and_with_four_workers(database_url: str, line_with: Any, prose: Prose) -> None:
    """A~B and B~C while A and C differ: whoever comes first, A has B, C stands alone, and no two representatives match."""
    line = line_with()
    for number, order in enumerate(permutations("abc")):
        one, other = prose(100 + number, 240), prose(200 + number, 240)
        texts = {"a": one, "b": f"{one}\n{other}", "c": other}
        judged = [line.judged(line.extracted(f"{number}{name}", texts[name], published=line.minute("abc".index(name)))) for name in order]
        databases = [Database(database_url) for _ in order]
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda pair: line.file(*pair), zip(databases, judged, strict=True)))
        for database in databases:
            database.close()
        mine = {first: members for first, members in line.stories().items() if first.startswith(str(number))}
        assert mine == {f"{number}a": {f"{number}a", f"{number}b"}, f"{number}c": {f"{number}c"}}, order
    line.check()


@pytest.mark.postgresql
def test_a_server_that_defaults_to_snapshots_is_overruled(postgresql_url: str) -> None:
    """Under REPEATABLE READ the look-up under the lock would not see what was committed before it."""
    opened = Database(postgresql_url)
    with opened.engine.connect() as connection:
        name = sa.make_url(postgresql_url).database
        connection.execute(sa.text(f"ALTER DATABASE {name} SET default_transaction_isolation = 'repeatable read'"))
        connection.commit()
    opened.close()
    again = Database(postgresql_url)
    assert again.write(lambda session: session.scalar(sa.text("SHOW transaction_isolation"))) == "read committed"
    again.close()
