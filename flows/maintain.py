"""The maintain flow: forget what has served its time, a little at a time, and tell which publishers drift."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from prefect import flow
from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed

from config.settings import Settings
from flows.workshop import current

log = logging.getLogger("copydesk.maintain")

# Rows of one transaction: short enough that live ingest never waits for it.
_BATCH = 500
# Candidate keys and lines are many and have to be read to be forgotten: of the keys of a million articles a part is 150,000.
_PARTS = 256


@flow(name="maintain", persist_result=False)
def maintain(dry_run: bool = False) -> State[Any]:
    """Forget LSH keys outside the window, raw pages, polls and lines past their retention; note which publishers drift.

    Articles are never deleted.

    Args:
        dry_run: Only say what would be forgotten.
    """
    settings, now = current().settings, datetime.now(UTC)
    counts = forget(settings, now, dry_run=dry_run)
    verb = "would be" if dry_run else "were"
    message = ", ".join(f"{count:,} {name}" for name, count in counts.items()) + f" {verb} forgotten"
    if not dry_run and (drifting := watch(settings, now)):
        message += f"; publishers that drift: {drifting:,}"
    create_markdown_artifact(f"# Maintenance\n\n{message}.", key="maintenance-summary", description="What was forgotten.")
    return Completed(message=message)


def forget(settings: Settings, now: datetime, *, dry_run: bool) -> dict[str, int]:
    """Forget in batches; return how many rows of each kind went (or, in a dry run, would go)."""
    from db import candidates, lines, retention
    from db.engine import Database

    database = Database(settings.database_url)
    pages_before = now - timedelta(days=settings.fetch.page_retention_days or 365_000)
    days = settings.deduplicate.window_days
    polls_before = now - timedelta(days=settings.poll.history_days)
    lines_before = (now - timedelta(days=settings.extract.line_days)).date()
    try:
        if dry_run:
            with database.read() as session:
                return dict(retention.expired(session, pages_before, polls_before))
        return {
            "raw pages": _all(lambda: database.write(lambda session: retention.drop_pages(session, pages_before, _BATCH))),
            "polls": _all(lambda: database.write(lambda session: retention.drop_polls(session, polls_before, _BATCH))),
            "candidate keys": sum(
                database.write(partial(candidates.expire, now=now, days=days, part=part, of=_PARTS)) for part in range(_PARTS)
            ),
            "lines": sum(database.write(partial(lines.forget, before=lines_before, part=part, of=_PARTS)) for part in range(_PARTS)),
        }
    finally:
        database.close()


def watch(settings: Settings, now: datetime) -> int:
    """Note on the feeds which publishers drift, warn of each, and return how many there are."""
    from db import drift
    from db.engine import Database

    database = Database(settings.database_url)
    try:
        with database.read() as session:
            drifts = drift.found(session, now)
        database.write(lambda session: drift.note(session, drifts))
    finally:
        database.close()
    for line in (line for one in drifts for line in one.lines):
        log.warning("%s", line)
    return len(drifts)


def _all(batch: Callable[[], int]) -> int:
    total = 0
    while done := batch():
        total += done
    return total
