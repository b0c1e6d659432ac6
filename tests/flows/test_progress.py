"""The progress of a backfill in the Prefect UI: drawn seldom, and at its end."""

from datetime import UTC, datetime
from typing import Any

from config.settings import Settings
from db import backfills
from db.engine import Database
from db.history import RequestState
from domain.history import LegPlan, Window
from domain.records import Tally
from flows import history
from flows.history_report import ProgressArtifact
from flows.line import Progress
from flows.workshop import InProcess


class Shown(ProgressArtifact):
    """What was drawn, in the place of the artifact."""

    def __init__(self) -> None:
        super().__init__()
        self.states: list[RequestState] = []

    def update(self, state: RequestState) -> None:
        self.states.append(state)


def test_the_last_batch_is_drawn_and_not_every_one_before_it(sqlite_url: str) -> None:
    database, shown = Database(sqlite_url), Shown()
    plan = LegPlan("list", "addresses.txt", Window())
    database.write(lambda session: backfills.open_legs(session, "request", [plan], now=datetime.now(UTC)))
    draw = history._drawing(database, InProcess(Settings(database_url=sqlite_url), request_id="request"), shown)
    progress = Progress(waiting={"fetch": 3})
    seen: list[int] = []
    steps: list[dict[str, Any]] = [{}, {"done": 1, "waiting": 2}, {"done": 1, "waiting": 0}, {"waiting": 0}]
    for step in steps:
        if "done" in step:
            progress.add(Tally("store", step["done"]))
        progress.waiting = {"fetch": step.get("waiting", 3)}
        draw(progress)
        seen.append(len(shown.states))
    assert seen == [1, 1, 2, 2]
    database.close()
