"""What waits is found at a price that does not grow with what waits: a site's million pages do not slow the others down."""

import hashlib
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from db import backfills, desk, pages
from db.engine import Database
from db.models import Backfill, Entry, Page
from domain.history import LegPlan
from domain.records import Run

NOW = datetime.now(UTC)
RUN = Run("run", "worker", NOW)
HISTORY = Run("history", "worker", NOW, history=True)


def fill(database: Database, count: int, *, fetched: bool, history: int = 0) -> None:
    """Put `count` entries of one host on the desk, beside one each of two others; then `history` entries of a backfill, there too."""

    def write(session: Session) -> None:
        hosts = ["big.example:443"] * count + ["a.example:443", "z.example:443"] + ["big.example:443", "a.example:443"] * (history // 2)
        backfill = _backfill(session) if history else None
        ids = [None] * len(hosts)
        if fetched:
            rows = [
                {"url": "u", "url_key": "k", "final_url": "u", "status": 200, "headers": [], "body": b"", "body_hash": "0", "body_size": 0,
                 "fetched_at": NOW} for _ in hosts
            ]  # fmt: skip
            ids = list(session.scalars(sa.insert(Page).returning(Page.id), rows))  # type: ignore[arg-type]
        session.execute(sa.insert(Entry), [
            {"key": str(number), "url": "u", "canonical_url": "u", "url_key": hashlib.sha256(str(number).encode()).hexdigest(),
             "host": host, "seen_at": NOW, "run_id": "old", "next_attempt_at": NOW - timedelta(hours=1), "page_id": ids[number],
             "backfill_id": backfill if number >= count + 2 else None}
            for number, host in enumerate(hosts)
        ])  # fmt: skip

    database.write(write)


def _backfill(session: Session) -> int:
    plan = LegPlan("sitemap", "https://big.example/sitemap.xml")
    backfills.open_legs(session, "request", [plan], now=NOW)
    return session.scalars(sa.select(Backfill.id)).one()


LOOKS: dict[str, tuple[bool, Callable[[Session, Run], object]]] = {
    "hosts": (False, lambda session, run: pages.waiting_hosts(session, run, limit=64, seconds=60)),
    "entries": (False, lambda session, run: pages.due_entries(session, run, "big.example:443", limit=10)),
    "claim": (True, lambda session, run: desk.claim_to_extract(session, run, limit=10, seconds=60)),
    "count": (False, desk.waiting),
}


@pytest.mark.parametrize("look", LOOKS)
def test_a_look_costs_no_more_where_much_waits(look: str, sqlite_template: Path, tmp_path: Path) -> None:
    fetched, ask = LOOKS[look]
    few, many = (
        cost(sqlite_template, tmp_path / f"{count}.db", ask, run=RUN, line=(count, 0), fetched=fetched) for count in (1_500, 15_000)
    )
    assert many < 1.5 * few, (few, many)


@pytest.mark.parametrize("look", LOOKS)
def test_neither_news_nor_history_pays_for_what_waits_in_the_other_line(look: str, sqlite_template: Path, tmp_path: Path) -> None:
    fetched, ask = LOOKS[look]
    for run in (RUN, HISTORY):
        lines = [(1_500, 20), (1_500, 15_000)] if run is RUN else [(20, 1_500), (15_000, 1_500)]
        few, many = (
            cost(sqlite_template, tmp_path / f"{run.id}-{sum(line)}.db", ask, run=run, line=line, fetched=fetched) for line in lines
        )
        assert many < 1.1 * few + 1, (few, many)


def cost(template: Path, path: Path, ask: Callable[[Session, Run], object], *, run: Run, line: tuple[int, int], fetched: bool) -> int:
    """Return the steps of a look at a desk with so many live entries, and so many of a backfill."""
    shutil.copy(template, path)
    database = Database(f"sqlite:///{path}")
    fill(database, line[0], fetched=fetched, history=line[1])
    database.write(lambda session: ask(session, run))  # statements are compiled and the page cache is warm
    taken = database.write(lambda session: steps(session, lambda session: ask(session, run)))
    database.close()
    return taken


def steps(session: Session, ask: Callable[[Session], object]) -> int:
    """Return how many hundreds of steps SQLite's machine takes."""
    count = 0

    def tick() -> int:
        nonlocal count
        count += 1
        return 0

    connection = session.connection().connection.driver_connection
    assert connection is not None
    connection.set_progress_handler(tick, 100)
    ask(session)
    connection.set_progress_handler(None, 0)
    return count
