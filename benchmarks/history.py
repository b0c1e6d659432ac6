"""What becomes of a backfill that is killed, doubled or shared, and of the news while one runs.

    python -m benchmarks.history [kill] [overlap] [workers] [live] [--documents 1000] [--kills 20] [--spacing 0.5] [--json]

A simulated press is served on loopback and worked off by real processes. kill: one backfill killed (SIGKILL) at random instants and
resumed each time. overlap: two backfills at once, one through sitemaps, one through feed archives. workers: two processes at one
backfill, on PostgreSQL. Each is held against an uninterrupted backfill by one process. live: seconds from an entry's appearance in
a feed to its article's store, without and with a backfill of the same hosts beside it, which are asked every `--spacing` seconds.
"""

import argparse
import json
import random
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from benchmarks.bench import temporary
from benchmarks.workers import CountingSite, Worker, broken, finish, press, request, stories, subscribe, worker
from db import history
from db.engine import Database
from db.models import Entry
from newsroom.press import Plan
from newsroom.server import Kiosk

_CASES = ("kill", "overlap", "workers", "live")
_OUTLETS = 12
# Each story is printed about 1.7 times.
_PRINTINGS = 1.7
_BATCH = 20
_SETTINGS = {"COPYDESK_EXTRACT__BATCH_SIZE": str(_BATCH), "COPYDESK_BACKFILL__BATCH_SIZE": str(_BATCH)}
_EDITIONS = 12
_PATIENCE = 120.0


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
        if any(name in against for name in given.cases):
            with temporary() as database:
                whole = _worked_off(database, site)
            tell("whole", {"entries": sum(whole.outcomes.values()), **whole.outcomes, "seconds": whole.seconds})
        for name in (name for name in against if name in given.cases):
            site.given.clear()
            tell(name, against[name](given, site, whole))
    if "live" in given.cases:
        tell("live", _live(given, plan))
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


def _live(given: argparse.Namespace, plan: Plan) -> dict[str, Any]:
    """Publish small editions one after the other, and time their way through the line: first alone, then beside a backfill."""
    settings = {"COPYDESK_FETCH__HOST_SPACING": str(given.spacing)}
    small = Plan(plan.outlets, plan.stories, plan.seed, plan.when, faults=False, later=2)
    with press(small, edition=2) as (kiosk, site), _following(site, settings) as (database, live):
        alone = [second for edition in range(3, 3 + _EDITIONS) for second in _published(database, live, kiosk, edition)]
    beside: list[float] = []
    with press(small, edition=2) as (kiosk, site), _following(site, settings) as (database, live):
        name = request(database, site, "sitemap")
        with worker(database, name, **settings) as one:
            one.begin()
            # The press must not be listed by the backfill before the feeds list it.
            _until(lambda: _is_listed(database, name))
            for edition in range(3, 3 + _EDITIONS):
                seconds = _published(database, live, kiosk, edition)
                if not one.is_at_work():
                    break
                beside += seconds
    if not beside:
        raise SystemExit("The backfill ended before any news was out: ask for more --documents.")
    return {
        "host_spacing": given.spacing, "articles_alone": len(alone), "articles_beside": len(beside),
        "median_alone": round(statistics.median(alone), 2), "median_beside": round(statistics.median(beside), 2),
        "mean_alone": round(statistics.mean(alone), 2), "mean_beside": round(statistics.mean(beside), 2),
        "slowest_alone": round(max(alone), 2), "slowest_beside": round(max(beside), 2),
        "ratio_of_medians": round(statistics.median(beside) / statistics.median(alone), 2),
        "ratio_of_means": round(statistics.mean(beside) / statistics.mean(alone), 2),
    }  # fmt: skip


@contextmanager
def _following(site: CountingSite, settings: dict[str, str]) -> Iterator[tuple[Database, Worker]]:
    """Yield a database and the worker that takes the news of a press into it; what the feeds list now is there."""
    with ExitStack() as stack:
        database = stack.enter_context(temporary())
        subscribe(database, site)
        one = stack.enter_context(worker(database, **settings))
        one.begin()
        _until(lambda: sum(_outcomes(database).values()) > 0 and not _outcomes(database).get("pending"))
        yield database, one
        one.close()


def _published(database: Database, live: Worker, kiosk: Kiosk, edition: int) -> list[float]:
    """Publish an edition when all feeds are about to be polled, wait until all of it is decided, and return the seconds that each of its articles took."""
    count = sum(len(kiosk.site.press.listed(outlet.number, language, edition)) for outlet, language in kiosk.site.press.feeds())
    at = datetime.now(UTC)
    kiosk.publish(edition)
    live.begin()
    news = sa.select(Entry.decided_at).where(Entry.backfill_id.is_(None), Entry.seen_at >= at, Entry.decided_at.is_not(None))

    def decided() -> list[datetime]:
        with database.read() as session:
            return [one for one in session.scalars(news) if one]

    _until(lambda: len(decided()) >= count)
    return [(one - at).total_seconds() for one in decided()]


def _is_listed(database: Database, name: str) -> bool:
    with database.read() as session:
        legs = history.state(session, name).legs
    return not legs.get("planned") and not legs.get("running")


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(f"Nothing came for {_PATIENCE:.0f} seconds.")
        time.sleep(0.05)


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
    parser.add_argument("--spacing", type=float, default=0.5, help="seconds between two requests to one host, for live")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args()
    given.cases = _CASES if "all" in given.cases else given.cases
    return given


if __name__ == "__main__":
    main()
