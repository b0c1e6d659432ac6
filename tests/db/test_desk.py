"""What waits is found at a price that does not grow with what waits: a site's million pages do not slow the others down."""

import hashlib
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from db import desk, pages
from db.engine import Database
from db.models import Entry, Page
from domain.records import Run

NOW = datetime.now(UTC)
RUN = Run("run", "worker", NOW)


def fill(database: Database, count: int, *, fetched: bool) -> None:
    """Put `count` entries of one host on the desk, beside one each of two others."""

    def write(session: Session) -> None:
        hosts = ["big.example:443"] * count + ["a.example:443", "z.example:443"]
        ids = [None] * len(hosts)
        if fetched:
            rows = [
                {"url": "u", "url_key": "k", "final_url": "u", "status": 200, "headers": [], "body": b"", "body_hash": "0", "body_size": 0,
                 "fetched_at": NOW} for _ in hosts
            ]  # fmt: skip
            ids = list(session.scalars(sa.insert(Page).returning(Page.id), rows))  # type: ignore[arg-type]
        session.execute(sa.insert(Entry), [
            {"key": str(number), "url": "u", "canonical_url": "u", "url_key": hashlib.sha256(str(number).encode()).hexdigest(),
             "host": host, "seen_at": NOW, "run_id": "old", "next_attempt_at": NOW - timedelta(hours=1), "page_id": ids[number]}
            for number, host in enumerate(hosts)
        ])  # fmt: skip

    database.write(write)


LOOKS: dict[str, tuple[bool, Callable[[Session], object]]] = {
    "hosts": (False, lambda session: pages.waiting_hosts(session, limit=64, seconds=60)),
    "entries": (False, lambda session: pages.due_entries(session, "big.example:443", limit=10)),
    "claim": (True, lambda session: desk.claim_to_extract(session, RUN, limit=10, seconds=60)),
    "count": (False, desk.waiting),
}


@pytest.mark.parametrize("look", LOOKS)
def test_a_look_costs_no_more_where_much_waits(look: str, sqlite_template: Path, tmp_path: Path) -> None:
    fetched, ask = LOOKS[look]
    costs = []
    for count in (1_500, 15_000):
        path = tmp_path / f"{count}.db"
        shutil.copy(sqlite_template, path)
        database = Database(f"sqlite:///{path}")
        fill(database, count, fetched=fetched)
        database.write(ask)  # statements are compiled and the page cache is warm
        costs.append(database.write(lambda session: steps(session, ask)))
        database.close()
    assert costs[1] < 1.5 * costs[0], costs


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
