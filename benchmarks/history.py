"""What becomes of a backfill that is killed, doubled or shared.

    python -m benchmarks.history [kill] [overlap] [workers] [--documents 1000] [--kills 20] [--json]

A simulated press is served on loopback and worked off by real processes. kill: one backfill killed (SIGKILL) at random instants and
resumed each time. overlap: two backfills at once, one through sitemaps, one through feed archives. workers: two processes at one
backfill, on PostgreSQL. Each is held against an uninterrupted backfill by one process.
"""

import argparse
import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from benchmarks.bench import temporary
from benchmarks.workers import CountingSite, broken, finish, press, request, stories, worker
from db import history
from db.engine import Database
from db.models import Entry
from newsroom.press import Plan

_CASES = ("kill", "overlap", "workers")
_OUTLETS = 12
# Each story is printed about 1.7 times.
_PRINTINGS = 1.7
_BATCH = 20
_SETTINGS = {"COPYDESK_EXTRACT__BATCH_SIZE": str(_BATCH), "COPYDESK_BACKFILL__BATCH_SIZE": str(_BATCH)}


@dataclass(frozen=True, slots=True)
class Result:
    """How a backfill ended."""

    outcomes: dict[str, int]
    stories: dict[str, frozenset[str]]
    seconds: float = 0.0


def main() -> None:
    """Run the cases that are asked for, one after the other, and print what each came to."""
    given = _options()
    plan = Plan(outlets=_OUTLETS, stories=max(1, round(given.documents / _PRINTINGS)), seed=5)
    report: dict[str, Any] = {}

    def tell(name: str, figures: dict[str, Any]) -> None:
        report[name] = figures
        if not given.json:
            print(name, *(f"  {figure.replace('_', ' '):32} {value}" for figure, value in figures.items()), sep="\n", flush=True)

    against: dict[str, Callable[[argparse.Namespace, CountingSite, Result], dict[str, Any]]]
    against = {"kill": _kill, "overlap": _overlap, "workers": _workers}
    with press(plan) as (_, site):
        with temporary() as database:
            whole = _worked_off(database, site)
        tell("whole", {"entries": sum(whole.outcomes.values()), **whole.outcomes, "seconds": whole.seconds})
        for name in (name for name in against if name in given.cases):
            site.given.clear()
            tell(name, against[name](given, site, whole))
    if given.json:
        print(json.dumps(report))


def _kill(given: argparse.Namespace, site: CountingSite, whole: Result) -> dict[str, Any]:
    """Kill a backfill as often as asked, spread over its whole length, and let the last worker finish it."""
    rng, kills, fetched, extracted = random.Random(1), 0, [0], [0]
    ended: set[str] = set()
    with temporary() as database:
        name = request(database, site, "sitemap")
        for _ in range(given.kills):
            with worker(database, name, **_SETTINGS) as one:
                one.begin()
                time.sleep(rng.uniform(0.05, 1.5 * whole.seconds / given.kills))
                kills += one.is_at_work()
                one.kill()
            lost, in_hand = _undone(database, site, ended)
            fetched.append(lost - sum(fetched))
            extracted.append(in_hand)
        result = _worked_off(database, site, name)
        return {
            "kills": kills, "batch": _BATCH, "pages_fetched_twice": site.pages_given_again, "pages_fetched_twice_by_one_kill": max(fetched),
            "entries_extracted_twice": sum(extracted), "entries_extracted_twice_by_one_kill": max(extracted),
            **_compared(database, result, whole),
        }  # fmt: skip


def _undone(database: Database, site: CountingSite, ended: set[str]) -> tuple[int, int]:
    """Return how many pages were given out in vain so far, and how many entries the worker just killed had in hand.

    `ended` are the runs of the workers killed before, whose leases may not be over; this one's is added.
    """
    stored = sa.select(sa.func.count(Entry.page_id.distinct()))
    leased = (
        sa.select(Entry.run_id, sa.func.count())
        .where(Entry.outcome == "pending", Entry.page_id.is_not(None), Entry.lease_until.is_not(None))
        .group_by(Entry.run_id)
    )
    with database.read() as session:
        pages, held = session.scalar(stored) or 0, dict(session.execute(leased).tuples().all())
    in_hand = sum(count for run, count in held.items() if run not in ended)
    ended.update(held)
    return site.pages_given - pages, in_hand


def _overlap(_given: argparse.Namespace, site: CountingSite, whole: Result) -> dict[str, Any]:
    """Ask for the same outlets' history twice, in two ways, at the same time."""
    with temporary() as database:
        names = [request(database, site, "sitemap"), request(database, site, "archive")]
        with worker(database, names[0], **_SETTINGS) as one, worker(database, names[1], **_SETTINGS) as other:
            seconds = _timed(lambda: finish(one, other))
        with database.read() as session:
            states = [history.state(session, name) for name in names]
        shares = {f"new_by_{'_'.join(state.sources)}": state.new for state in states}
        found = {f"found_by_{'_'.join(state.sources)}": state.found for state in states}
        result = Result(_outcomes(database), stories(database), seconds)
        return {**found, **shares, "pages_fetched_twice": site.pages_given_again, **_compared(database, result, whole)}


def _workers(_given: argparse.Namespace, site: CountingSite, whole: Result) -> dict[str, Any]:
    """Work one backfill off with one process and with two, each on a PostgreSQL database of its own."""
    with temporary("postgresql") as database:
        alone = _worked_off(database, site)
    site.given.clear()
    with temporary("postgresql") as database:
        name = request(database, site, "sitemap")
        with worker(database, name, **_SETTINGS) as one, worker(database, name, **_SETTINGS) as other:
            seconds = _timed(lambda: finish(one, other))
        with database.read() as session:
            shares = session.scalars(sa.select(sa.func.count()).select_from(Entry).group_by(Entry.run_id)).all()
        result = Result(_outcomes(database), stories(database), seconds)
        return {
            "entries_of_each": sorted(shares), "pages_fetched_twice": site.pages_given_again, "seconds_of_one": alone.seconds,
            "as_one_on_postgresql": result.stories == alone.stories, **_compared(database, result, whole),
        }  # fmt: skip


def _worked_off(database: Database, site: CountingSite, name: str = "") -> Result:
    """Return how a backfill ends that one process works off without a disturbance: a request that is there, or a new one."""
    with worker(database, name or request(database, site, "sitemap"), **_SETTINGS) as one:
        seconds = _timed(lambda: finish(one))
    return Result(_outcomes(database), stories(database), seconds)


def _compared(database: Database, result: Result, whole: Result) -> dict[str, Any]:
    """Return what holds a result against the uninterrupted backfill."""
    return {
        "entries": sum(result.outcomes.values()), "unique": result.outcomes.get("unique", 0), "stories": len(result.stories),
        "same_outcomes": result.outcomes == whole.outcomes, "same_stories": result.stories == whole.stories,
        "broken_promises": len(broken(database)), "seconds": result.seconds,
    }  # fmt: skip


def _outcomes(database: Database) -> dict[str, int]:
    """Return how many addresses ended how; one that failed counts once, however many requests tried it."""
    with database.read() as session:
        rows = (
            session.execute(
                sa.select(Entry.outcome, sa.func.count(Entry.url_key.distinct())).group_by(Entry.outcome).order_by(Entry.outcome)
            )
            .tuples()
            .all()
        )
    return dict(rows)


def _timed(work: Callable[[], None]) -> float:
    began = time.monotonic()
    work()
    return round(time.monotonic() - began, 1)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.history", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("cases", nargs="*", choices=(*_CASES, "all"), default="all", help="what to run (default: all)")
    parser.add_argument("--documents", type=int, default=1_000, help="pages of the press, about")
    parser.add_argument("--kills", type=int, default=20, help="how often the backfill is killed")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args()
    given.cases = _CASES if "all" in given.cases else given.cases
    return given


if __name__ == "__main__":
    main()
