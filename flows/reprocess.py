"""The reprocess flow: the stored pages through today's extractor, a report of what would change, and then the switch."""

import time
import uuid
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed
from prefect.task_runners import ThreadPoolTaskRunner
from pydantic import Field

from domain.errors import ConfigurationError
from domain.history import Leg, LegPlan, Window
from flows import reprocess_report
from flows.history import Bounds, walk_off
from flows.history_report import ProgressArtifact
from flows.workshop import InProcess, Workshop, current, open_workshop

if TYPE_CHECKING:
    from db.reprocess import Scope
    from db.session import Session
    from tasks.reprocess.diff import Findings

_KIND = "reprocess"


@flow(
    name="reprocess",
    flow_run_name=lambda: f"reprocess {datetime.now(UTC):%Y-%m-%d %H:%M}",
    task_runner=ThreadPoolTaskRunner(max_workers=16),  # type: ignore[arg-type]
    persist_result=False,
    validate_parameters=True,
)
def reprocess(  # noqa: PLR0917  (the form of a deployment: every question is a parameter)
    feeds: list[str] | None = None,
    tags: list[str] | None = None,
    since: date | None = None,
    until: date | None = None,
    everything: bool = False,
    apply: bool = False,
    max_minutes: Annotated[int, Field(ge=1, le=20_160)] = 1_440,
) -> State[Any]:
    """Read stored pages again with today's extractor, say which articles would change, and replace them where asked.

    Args:
        feeds: Only articles of these feeds, by number, address, title or publisher.
        tags: Only articles of feeds with one of these tags.
        since: Only articles published on or after this day (UTC).
        until: Only articles published on or before this day.
        everything: Also articles that this version of the extractor made; without it, only those that another version did.
        apply: Replace what differs; former texts are kept as revisions. Without it, only the report is made, and nothing is written.
        max_minutes: Stop after this many minutes; what a run with apply leaves is taken up by the next one (1 to 20160).
    """
    given = current()
    bounds = Bounds(0, time.monotonic() + 60 * max_minutes)
    with open_workshop(given.settings, history=True) as workshop:
        scope = _scope(workshop, (feeds or [], tags or []), since=since, until=until, everything=everything)
        leg = _begin(workshop, given, scope) if apply else None
        complete = False
        try:
            findings, complete = _compare(workshop, given, scope, leg, bounds)
        finally:
            if leg is not None:
                _end(workshop, leg, complete=complete)
        if leg is not None:
            walk_off(workshop, given, bounds, ProgressArtifact("reprocess-progress", reprocess_report.progress))
        return _conclude(workshop, given, scope, findings, complete=complete)


def _scope(workshop: Workshop, names: tuple[list[str], list[str]], *, since: date | None, until: date | None, everything: bool) -> "Scope":
    from db import outlets
    from db.reprocess import Scope
    from tasks.discover import window
    from tasks.extract.compose import VERSION

    asked = window.of_request(since, until, now=datetime.now(UTC)) if since or until else Window()
    chosen: tuple[int, ...] = ()
    if any(names):
        with workshop.database.read() as session:
            chosen = tuple(one.feed_id for one in outlets.find(session, *names))
    return Scope(asked, chosen, None if everything else VERSION)


def _begin(workshop: Workshop, given: InProcess, scope: "Scope") -> Leg:
    """Enter the run into the ledger of backfills, so that it can be listed and cancelled, and claim it."""
    from db import backfills, history

    now = datetime.now(UTC)
    given.request_id = f"{now:%Y%m%d}-{uuid.uuid4().hex[:6]}"
    plan = LegPlan("pages", f"articles not read by {scope.other_than}" if scope.other_than else "all articles", scope.window)

    def unit(session: "Session") -> None:
        backfills.open_legs(session, given.request_id, [plan], now=now)
        history.remember(session, given.request_id, {"kind": _KIND})

    workshop.database.write(unit)
    seconds = workshop.settings.lease.seconds
    claim = workshop.database.write(lambda session: backfills.claim(session, given.request_id, workshop.run, seconds=seconds))
    if claim is None:
        raise ConfigurationError(f"Reprocessing {given.request_id} was cancelled before it began.")
    return claim.leg


def _compare(workshop: Workshop, given: InProcess, scope: "Scope", leg: Leg | None, bounds: Bounds) -> "tuple[Findings, bool]":  # noqa: PLR0917  (what a pass needs)
    """Compare batch by batch; return what was found, and whether all of the scope was looked at."""
    from db import backfills, leases
    from flows.line import Progress
    from tasks.reprocess.diff import Findings
    from tasks.reprocess.task import Tools, compare_batch

    w, findings, progress, after = workshop, Findings(), Progress(), 0
    tools, size, lease = (
        Tools(w.pool, w.judge, learn_lines=w.settings.extract.learn_lines),
        w.settings.extract.batch_size,
        w.settings.lease.seconds,
    )

    def renew() -> None:
        if leg is not None:
            w.database.write(lambda session: backfills.renew(session, leg, None, run=w.run, seconds=lease))

    with leases.kept_alive(renew, lease):
        while time.monotonic() < bounds.deadline:
            compared = compare_batch(w.database, tools, scope, w.run, after=after, size=size, leg=leg)
            if compared.last_id is None:
                return findings, True
            after = compared.last_id
            findings.add(compared.differences)
            progress.done["compare"] = findings.compared
            if given.on_progress:
                given.on_progress(progress)
    return findings, False


def _end(workshop: Workshop, leg: Leg, *, complete: bool) -> None:
    from db import backfills

    finish = backfills.finish if complete else backfills.put_back
    workshop.database.write(lambda session: finish(session, leg))


def _conclude(workshop: Workshop, given: InProcess, scope: "Scope", findings: "Findings", *, complete: bool) -> State[Any]:
    from db import history
    from db import reprocess as stored

    with workshop.database.read() as session:
        total, without_page = stored.count(session, scope)
        state = history.state(session, given.request_id) if given.request_id else None
    given.account.update(reprocess_report.numbers(findings, without_page=without_page))
    if state:
        refreshed = findings.kinds["metadata"] + findings.kinds["text"] - state.new
        given.account.update({"left": total, "refreshed": refreshed, **state.outcomes})
    given.failing = reprocess_report.sample_rows(findings)
    reprocess_report.publish(findings, given.account, complete=complete)
    told = (reprocess_report.sentence(given.account), reprocess_report.remark(given.account, complete=complete))
    return Completed(name=None if complete else "Unfinished", message=". ".join(filter(None, told)))
