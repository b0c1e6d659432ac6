"""The ingest flow: poll the feeds that are due, fetch what is new, extract, deduplicate, store."""

import time
from datetime import UTC, datetime
from typing import Annotated, Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed
from prefect.task_runners import ThreadPoolTaskRunner
from pydantic import Field

from flows import report
from flows.line import Progress, Stage, drain
from flows.subscriptions import sync_feeds
from flows.workshop import InProcess, Workshop, current, open_workshop

# Batches of one stage under way at once: a second fetch lane commits while the first waits, and two more extraction batches keep
# the processes busy while one is being judged and stored.
_WIDTHS = {"poll": 2, "fetch": 2, "extract": 3}
# Known articles put back on the desk in one transaction.
_LOOKS = 500


@flow(
    name="ingest",
    flow_run_name=lambda: f"ingest {datetime.now(UTC):%Y-%m-%d %H:%M}",
    task_runner=ThreadPoolTaskRunner(max_workers=16),  # type: ignore[arg-type]
    persist_result=False,
    validate_parameters=True,
)
def ingest(
    tags: list[str] | None = None,
    force: bool = False,
    max_minutes: Annotated[int, Field(ge=1, le=1440)] = 60,
) -> State[Any]:
    """Poll the feeds that are due, fetch their new articles, and store one unique article per story.

    Every run goes on where an earlier one was interrupted. Results are in the database; the run's artifacts sum them up.

    Args:
        tags: Only feeds with one of these tags; all feeds when empty.
        force: Also poll feeds that are not due yet. Requests stay conditional.
        max_minutes: No new batch is started after this many minutes; what is left waits for the next run (1 to 1440).
    """
    given = current()
    with open_workshop(given.settings) as workshop:
        feed_ids = sync_feeds(workshop.database, given, tags or [])
        _look_again(workshop)
        progress = drain(
            _stages(workshop, feed_ids, force=force),
            lambda: _waiting(workshop, feed_ids, force=force),
            deadline=time.monotonic() + 60 * max_minutes,
            on_progress=given.on_progress,
            halt=workshop.halt,
        )
        return _conclude(workshop, given, progress)


def _stages(workshop: Workshop, feed_ids: tuple[int, ...] | None, *, force: bool) -> list[Stage]:
    from flows.articles import article_batch
    from tasks.fetch.task import fetch_batch
    from tasks.poll.task import poll_batch

    w = workshop
    return [
        Stage("poll", lambda: poll_batch.submit(w.database, w.settings, w.client, w.run, force=force, feed_ids=feed_ids), _WIDTHS["poll"]),
        Stage("fetch", lambda: fetch_batch.submit(w.database, w.settings, w.client, w.run), _WIDTHS["fetch"]),
        Stage("extract", lambda: article_batch.submit(w), _WIDTHS["extract"]),
    ]


def _look_again(workshop: Workshop) -> None:
    """Put known articles that are due for another look back on the desk."""
    from db import revisits

    revisit, now = workshop.settings.revisit, datetime.now(UTC)
    if not revisit.enabled:
        return
    while (
        workshop.database.write(lambda session: revisits.enqueue(session, workshop.run, now, hours=revisit.hours, limit=_LOOKS)) == _LOOKS
    ):
        pass


def _waiting(workshop: Workshop, feed_ids: tuple[int, ...] | None, *, force: bool) -> dict[str, int]:
    from db import desk, feeds

    with workshop.database.read() as session:
        counts = dict(desk.waiting(session, workshop.run))
        counts["poll"] = feeds.count_due(session, workshop.run, force=force, feed_ids=feed_ids)
    return counts


def _conclude(workshop: Workshop, given: InProcess, progress: Progress) -> State[Any]:
    from db import runs

    with workshop.database.read() as session:
        account = runs.account(session, workshop.run.id)
        failing = runs.failed_feeds(session, workshop.run.id, limit=200)
    summary = report.summary(account, progress)
    given.account.update(summary)
    given.failing = report.failing_rows(failing)
    report.publish(summary, given.failing)
    message = report.sentence(summary)
    share = account.feeds_failed / max(1, account.feeds_polled)
    if account.feeds_polled and share > given.settings.poll.failure_share:
        return Failed(message=message)
    if account.feeds_failed:
        return Completed(name="PartlyFailed", message=message)
    return Completed(message=message)
