"""The work of a backfill: its request in the ledger, and the line kept busy until nothing of it is left."""

import time
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from domain.errors import ConfigurationError
from flows import history_report
from flows.line import Progress, Stage, drain
from flows.question import Asked, Question
from flows.workshop import InProcess, Workshop

if TYPE_CHECKING:
    from db.engine import Database
    from db.session import Session
    from tasks.discover.scout import Route
    from tasks.discover.walk import Quest

_WIDTHS = {"discover": 2, "fetch": 2, "extract": 3}
# How often the progress artifact is written: each time is a request to Prefect's server.
_ARTIFACT_SECONDS = 10.0
# How long a run waits for hosts on pause, put-off tries and other workers before it leaves the rest to `resume`.
_PATIENCE_SECONDS = 600.0
_NAP_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much one run may do: new documents of the request in all (0: any number), and until when (monotonic seconds)."""

    documents: int
    deadline: float


def open_request(database: "Database", asked: Question, ways: Sequence["Route"]) -> str:
    """Write a request with its first legs into the ledger, and return its name."""
    from db import backfills, history

    now = datetime.now(UTC)
    request_id = f"{now:%Y%m%d}-{uuid.uuid4().hex[:6]}"
    plans = [plan for way in ways if way.sources for plan in way.sources[0]]
    if not plans:
        raise ConfigurationError("There is nothing to walk: no outlet, no file, or no month in that range.")

    def unit(session: "Session") -> None:
        backfills.open_legs(session, request_id, plans, now=now)
        history.remember(session, request_id, asked.parameters())

    database.write(unit)
    return request_id


def reopen(database: "Database", request_id: str) -> Asked:
    """Put what was cancelled or failed of a request back to work, and return the source that it asks.

    Raises `ConfigurationError` when there is no such request.
    """
    from db import history

    database.write(lambda session: history.resume(session, request_id, datetime.now(UTC)))
    with database.read() as session:
        return Question.of(history.asked(session, request_id)).source


def carry_out(workshop: Workshop, given: InProcess, bounds: Bounds) -> Progress:
    """Work the request off, source after source: the next is opened for outlets of which those before it listed nothing."""
    from db import backfills, history
    from flows.plan import parse_feed, ways_for
    from tasks.discover.walk import Quest

    database, request_id = workshop.database, given.request_id
    workshop.run = replace(workshop.run, request_id=request_id)
    with database.read() as session:
        asked = Question.of(history.asked(session, request_id))
    ways = ways_for(database, given.settings, asked)
    ahead = given.settings.backfill.pages_ahead
    quest = Quest(request_id, parse_feed, limit=bounds.documents, ahead=ahead, read_file=workshop.read_file)
    draw = _drawing(database, given, history_report.ProgressArtifact())
    progress = Progress()
    for turn in range(max(len(way.sources) for way in ways)):
        if turn:
            with database.read() as session:
                found = history.found_by_feed(session, request_id)
            plans = [plan for way in ways if len(way.sources) > turn for plan in way.sources[turn] if not found.get(plan.feed_id)]
            database.write(lambda session, plans=plans: backfills.open_legs(session, request_id, plans, now=datetime.now(UTC)))  # type: ignore[misc]
        progress = add(progress, work(workshop, quest, deadline=bounds.deadline, on_progress=draw))
        if time.monotonic() >= bounds.deadline:
            break
    return progress


def walk_off(workshop: Workshop, given: InProcess, bounds: Bounds, shown: history_report.ProgressArtifact) -> Progress:
    """Work off what a request has put on the desk, without any further walking, and show how far it is."""
    from flows.plan import parse_feed
    from tasks.discover.walk import Quest

    quest = Quest(given.request_id, parse_feed)
    return work(workshop, quest, deadline=bounds.deadline, on_progress=_drawing(workshop.database, given, shown))


def work(workshop: Workshop, quest: "Quest", *, deadline: float, on_progress: Callable[[Progress], None]) -> Progress:
    """Walk, fetch, extract and store until nothing of the request is left, or what is left has to wait too long."""
    from db import history

    whole, idle_since = Progress(), time.monotonic()
    while True:
        progress = drain(
            _stages(workshop, quest), lambda: _waiting(workshop, quest), deadline=deadline, on_progress=on_progress, halt=workshop.halt
        )
        if any(progress.done.values()):
            idle_since = time.monotonic()
        whole = add(whole, progress)
        with workshop.database.read() as session:
            left = history.outlook(session, quest.request_id)
        wait = (left.next_at - datetime.now(UTC)).total_seconds() if left.next_at else 0.0
        now = time.monotonic()
        if left.next_at is None or now + wait >= deadline or now - idle_since + wait > _PATIENCE_SECONDS:
            return whole
        time.sleep(min(max(wait, _NAP_SECONDS / 5), _NAP_SECONDS))


def _stages(workshop: Workshop, quest: "Quest") -> list[Stage]:
    from flows.articles import article_batch
    from tasks.discover.task import discover_batch
    from tasks.fetch.task import fetch_batch

    w = workshop
    return [
        Stage(
            "discover",
            lambda: discover_batch.submit(w.database, w.settings, w.client, w.run, quest=quest),
            w.files_at_once or _WIDTHS["discover"],
        ),
        Stage("fetch", lambda: fetch_batch.submit(w.database, w.settings, w.client, w.run), _WIDTHS["fetch"]),
        Stage("extract", lambda: article_batch.submit(w), _WIDTHS["extract"]),
    ]


def _waiting(workshop: Workshop, quest: "Quest") -> dict[str, int]:
    from db import backfills, desk

    now = datetime.now(UTC)
    with workshop.database.read() as session:
        counts = dict(desk.waiting(session, workshop.run))
        quest.backlog = counts.get("extract", 0)
        counts["discover"] = backfills.waiting(session, quest.request_id, now, archives=quest.has_room())
    return counts


def add(one: Progress, other: Progress) -> Progress:
    """Return the progress of two stretches of one run."""
    return replace(
        one,
        done=dict(Counter(one.done) + Counter(other.done)),
        failed=dict(Counter(one.failed) + Counter(other.failed)),
        outcomes=dict(Counter(one.outcomes) + Counter(other.outcomes)),
        waiting=other.waiting,
        ended_at=other.ended_at if any(other.done.values()) else one.ended_at,
    )


def _drawing(database: "Database", given: InProcess, shown: history_report.ProgressArtifact) -> Callable[[Progress], None]:
    """Return what draws the progress: for the caller in this process, and from time to time for the Prefect UI."""
    from db import history

    last = 0.0

    def draw(progress: Progress) -> None:
        nonlocal last
        if given.on_progress:
            given.on_progress(progress)
        # What is drawn last must be the end: where nothing waits any more, every batch that ends is drawn.
        is_last = any(progress.done.values()) and progress.ended_at > last and not any(progress.waiting.values())
        if is_last or time.monotonic() - last >= _ARTIFACT_SECONDS:
            last = time.monotonic()
            with database.read() as session:
                shown.update(history.state(session, given.request_id))

    return draw
