"""How long news takes through the line, alone and beside a backfill of the same hosts.

    python -m benchmarks.live [--documents 1000] [--spacing 0.5] [--editions 12] [--json]

A simulated press is served on loopback and followed by a real worker; its hosts are asked every `--spacing` seconds. An edition is
published, all feeds are polled at once, and each article is timed from there to its place in the store, first without and then with
a second worker at a backfill of the same outlets. What an article's seconds went into is told by the rows themselves: until its poll
was stored, then until its page was there, then until it was decided on. Outlets with one feed need a second, those with seven need
four, so the median of all lies where there is next to nothing: each article is also held against itself.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa

from benchmarks.bench import temporary
from benchmarks.workers import CountingSite, Worker, press, request, subscribe, worker
from db import history
from db.engine import Database
from db.models import Entry, Page
from newsroom.press import Plan
from newsroom.server import Kiosk

_OUTLETS = 12
# Each story is printed about 1.7 times.
_PRINTINGS = 1.7
_PATIENCE = 120.0


@dataclass(frozen=True, slots=True)
class Way:
    """What one article's seconds went into; without a page of its own (a known address) it was decided when its poll was stored."""

    article: str
    polled: float
    fetched: float
    decided: float

    @property
    def seconds(self) -> float:
        """All of it."""
        return self.polled + self.fetched + self.decided


def main() -> None:
    """Time the news alone, then beside a backfill, and print both."""
    given = _options()
    plan = Plan(outlets=_OUTLETS, stories=max(1, round(given.documents / _PRINTINGS)), seed=5, faults=False, later=2)
    alone, beside = _alone(given, plan), _beside(given, plan)
    if not beside:
        raise SystemExit("The backfill ended before any news was out: ask for more --documents.")
    figures: dict[str, Any] = {"host_spacing": given.spacing, **_figures("alone", alone), **_figures("beside", beside)}
    for name, of in (("medians", statistics.median), ("means", statistics.mean)):
        figures[f"ratio_of_{name}"] = round(of([one.seconds for one in beside]) / of([one.seconds for one in alone]), 2)
    before = {one.article: one.seconds for one in alone}
    pairs = [(before[one.article], one.seconds) for one in beside if one.article in before]
    figures["median_of_ratios"] = round(statistics.median(after / alone for alone, after in pairs), 2)
    figures["median_of_added_seconds"] = round(statistics.median(after - alone for alone, after in pairs), 2)
    if given.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name.replace('_', ' '):32} {value}")


def _alone(given: argparse.Namespace, plan: Plan) -> list[Way]:
    with press(plan, edition=2) as (kiosk, site), _following(site, _settings(given)) as (database, live):
        return [way for edition in _editions(given) for way in _published(database, live, kiosk, edition)]


def _beside(given: argparse.Namespace, plan: Plan) -> list[Way]:
    """Return the ways of the editions that were out before the backfill was over."""
    ways: list[Way] = []
    with press(plan, edition=2) as (kiosk, site), _following(site, _settings(given)) as (database, live):
        name = request(database, site, "sitemap")
        with worker(database, name, **_settings(given)) as one:
            one.begin()
            # The press must not be listed by the backfill before the feeds list it.
            _until(lambda: _is_listed(database, name))
            for edition in _editions(given):
                new = _published(database, live, kiosk, edition)
                if not one.is_at_work():
                    break
                ways += new
    return ways


@contextmanager
def _following(site: CountingSite, settings: dict[str, str]) -> Iterator[tuple[Database, Worker]]:
    """Yield a database and the worker that takes the news of a press into it; what the feeds list now is there."""
    with ExitStack() as stack:
        database = stack.enter_context(temporary())
        subscribe(database, site)
        one = stack.enter_context(worker(database, **settings))
        one.begin()
        _until(lambda: _is_settled(database))
        yield database, one
        one.close()


def _published(database: Database, live: Worker, kiosk: Kiosk, edition: int) -> list[Way]:
    """Publish an edition when all feeds are about to be polled, wait until all of it is decided, and return its articles' ways."""
    count = sum(len(kiosk.site.press.listed(outlet.number, language, edition)) for outlet, language in kiosk.site.press.feeds())
    at = datetime.now(UTC)
    kiosk.publish(edition)
    live.begin()
    news = sa.select(Entry.feed_id, Entry.url, Entry.seen_at, Page.fetched_at, Entry.decided_at).outerjoin(Page, Page.id == Entry.page_id)
    news = news.where(Entry.backfill_id.is_(None), Entry.seen_at >= at, Entry.decided_at.is_not(None))

    def decided() -> Sequence[Any]:
        with database.read() as session:
            return session.execute(news).all()

    _until(lambda: len(decided()) >= count)
    return [_way(at, row) for row in decided()]


def _way(at: datetime, row: Any) -> Way:
    there = row.fetched_at or row.seen_at
    article = f"{row.feed_id} {urlsplit(row.url).path}"
    return Way(article, *((to - since).total_seconds() for since, to in ((at, row.seen_at), (row.seen_at, there), (there, row.decided_at))))


def _figures(name: str, ways: Sequence[Way]) -> dict[str, Any]:
    seconds = [way.seconds for way in ways]
    return {
        f"articles_{name}": len(ways),
        f"median_{name}": round(statistics.median(seconds), 2),
        f"mean_{name}": round(statistics.mean(seconds), 2),
        f"slowest_{name}": round(max(seconds), 2),
        f"median_until_polled_{name}": round(statistics.median(way.polled for way in ways), 2),
        f"median_until_fetched_{name}": round(statistics.median(way.fetched for way in ways), 2),
        f"median_until_decided_{name}": round(statistics.median(way.decided for way in ways), 2),
    }


def _is_settled(database: Database) -> bool:
    """Return whether all that was listed is decided on, and there was something."""
    with database.read() as session:
        outcomes = session.scalars(sa.select(Entry.outcome).distinct()).all()
    return bool(outcomes) and "pending" not in outcomes


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


def _settings(given: argparse.Namespace) -> dict[str, str]:
    return {"COPYDESK_FETCH__HOST_SPACING": str(given.spacing)}


def _editions(given: argparse.Namespace) -> range:
    return range(3, 3 + given.editions)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.live", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--documents", type=int, default=1_000, help="pages of the press, about")
    parser.add_argument("--spacing", type=float, default=0.5, help="seconds between two requests to one host")
    parser.add_argument("--editions", type=int, default=12, help="how many editions are published, one after the other")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser.parse_args()


if __name__ == "__main__":
    main()
