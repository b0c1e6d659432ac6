"""Several worker processes store variants of the same stories at the same time: one unique article a story, every time.

    python -m benchmarks.race [--workers 4] [--stories 60] [--rounds 20] [--database sqlite,postgresql] [--without-lock]

Each worker holds one variant of every story and takes them in the same order as the others, so that the copies of a story are
judged at the same instant. `--without-lock` takes the guard away and shows that the race is real.
"""

import json
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from typing import Annotated, Any
from unittest.mock import patch

import sqlalchemy as sa
from cyclopts import App, Parameter

from benchmarks.bench import Desk, temporary
from db import engine, locks
from db.engine import Database
from db.models import Article
from domain.records import Article as Extracted
from domain.records import ExtractedEntry, Match, Member, Placed, Story
from tasks.deduplicate.judge import TextJudge

app = App(help=__doc__, result_action="return_value")
# Long enough that every worker has looked before the first one writes.
_PAUSE = 0.004
_SYLLABLES = ("ka", "ro", "mi", "ten", "dal", "su", "vor", "ne", "li", "sha", "bur", "gan", "to", "pel", "zi", "har", "mo", "ded")


@dataclass(frozen=True, slots=True)
class Result:
    """What stood in the database when all workers had ended."""

    articles: int
    unique: int
    right_first: int
    seconds: float


class SlowJudge(TextJudge):
    """Thinks for a moment between looking and deciding, as a loaded machine would."""

    def attach(
        self, newcomers: Sequence[Member], placed: Any, matches: Sequence[Match], ruled: frozenset[int]
    ) -> tuple[tuple[Story, ...], frozenset[int]]:
        """Return what the judge says, a little later."""
        time.sleep(_PAUSE)
        there: dict[int, Placed] = placed
        return super().attach(newcomers, there, matches, ruled)


@app.default
def main(
    *,
    workers: int = 4,
    stories: int = 60,
    rounds: int = 20,
    database: str = "sqlite,postgresql",
    without_lock: Annotated[bool, Parameter(negative="")] = False,
    shuffled: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Run the race and print one line a round."""
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for kind in database.split(","):
            for number in range(rounds):
                variants = [variants_of(story, workers) for story in range(stories)]
                result = race(kind, pool, variants, guard=not without_lock, shuffled=shuffled)
                print(json.dumps({"database": kind, "round": number, "stories": stories, "workers": workers} | asdict(result)), flush=True)


def variants_of(story: int, count: int) -> list[str]:
    """Return a story's variants: as filed, dressed, cut, extended, and so on round."""
    wire = prose(story, 240)
    kinds = [
        wire,
        f"PARIS (Agency) – {wire}\nRead More: Another story",
        " ".join(wire.split()[:140]),
        f"{wire}\n{prose(10_000 + story, 96)}",
    ]
    return [
        kinds[number % 4] if number < 4 else f"{kinds[number % 4]}\n{prose(20_000 + 100 * number + story, 12)}" for number in range(count)
    ]


def prose(seed: int, words: int) -> str:
    """Return an invented text, the same for the same seed."""
    rng = random.Random(seed)
    vocabulary = ["".join(rng.choices(_SYLLABLES, k=rng.randint(1, 3))) for _ in range(300)]
    return " ".join(f"{rng.choice(vocabulary)}{'.' if at % 12 == 11 else ''}" for at in range(words))


def race(kind: str, pool: ProcessPoolExecutor, variants: Sequence[Sequence[str]], *, guard: bool = True, shuffled: bool = False) -> Result:
    """Let each worker store its variant of every story at the same time as the others; return what came of it."""
    with temporary(kind) as database:
        desk = Desk(database)
        entries = desk.list((f"s{story}v{number}", body) for story, some in enumerate(variants) for number, body in enumerate(some))
        workers = max(map(len, variants))
        hands = [[entry for entry in entries if _variant(entry) == number] for number in range(workers)]
        if shuffled:
            for number, hand in enumerate(hands):
                random.Random(number).shuffle(hand)
        start_at = time.time() + 0.3
        url = database.url.render_as_string(hide_password=False)
        done = [pool.submit(work, url, hand, start_at, guard=guard) for hand in hands]
        seconds = max(one.result() for one in done)
        return _result(database, seconds)


def work(url: str, entries: Sequence[ExtractedEntry], start_at: float, *, guard: bool) -> float:
    """Store the entries one by one from `start_at` on, in this process; return the seconds it took."""
    with guarded(on=guard):
        database = Database(url)
        try:
            desk = Desk(database)
            desk.judge = SlowJudge(desk.settings.deduplicate)
            desk.warm_up()
            time.sleep(max(0.0, start_at - time.time()))
            started = time.perf_counter()
            for entry in entries:
                desk.store([entry])
            return time.perf_counter() - started
        finally:
            database.close()


@contextmanager
def guarded(*, on: bool) -> Iterator[None]:
    """Leave the guard alone, or take it away: no advisory lock, no immediate transactions, every statement for itself."""
    if on:
        yield
        return
    with patch.object(locks, "take_dedup_lock", lambda _session: None), patch.object(engine, "_begin_immediate", lambda _connection: None):
        yield


def _variant(entry: ExtractedEntry) -> int:
    assert isinstance(entry.extracted, Extracted)
    return int(entry.extracted.url.rsplit("v", 1)[1])


def _result(database: Database, seconds: float) -> Result:
    with database.read() as session:
        rows = session.execute(sa.select(Article.url, Article.kind)).tuples().all()
    unique = [url for url, kind in rows if kind == "unique"]
    first = Counter(url.rsplit("v", 1)[1] for url in unique)
    return Result(len(rows), len(unique), first["0"], round(seconds, 2))


if __name__ == "__main__":
    app()
