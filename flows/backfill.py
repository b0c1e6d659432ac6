"""The backfill flow: history on request, planned before it is fetched, polite while it is, resumable at any instant."""

import time
from contextlib import ExitStack
from datetime import UTC, date, datetime
from typing import Annotated, Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.task_runners import ThreadPoolTaskRunner
from pydantic import Field

from flows import history_report
from flows.history import Bounds, carry_out, open_request, reopen
from flows.plan import look_ahead, make_plan, ways_for
from flows.question import Asked, question
from flows.subscriptions import sync_feeds
from flows.workshop import current, open_workshop


@flow(
    name="backfill",
    flow_run_name=lambda: f"backfill {datetime.now(UTC):%Y-%m-%d %H:%M}",
    # As many as a cluster reads files at a time, and the other stages; without one, ten.
    task_runner=ThreadPoolTaskRunner(max_workers=128),  # type: ignore[arg-type]
    persist_result=False,
    validate_parameters=True,
)
def backfill(  # noqa: PLR0913, PLR0917  (the form of a deployment: every question is a parameter)
    feeds: list[str] | None = None,
    tags: list[str] | None = None,
    since: date | datetime | None = None,
    until: date | datetime | None = None,
    source: Asked = "auto",
    files: list[str] | None = None,
    dry_run: bool = False,
    limit: Annotated[int | None, Field(ge=0, le=100_000_000)] = None,
    resume: str | None = None,
    max_minutes: Annotated[int, Field(ge=1, le=20_160)] = 1_440,
    cluster: Annotated[str | None, Field(max_length=200)] = None,
) -> State[Any]:
    """Find what outlets published in a stretch of time, and take it through the line as if it had been live.

    Args:
        feeds: Outlets by number, address, title or publisher; all listed ones when neither feeds nor tags are given.
        tags: Outlets with one of these tags.
        since: First day (UTC), or moment with a time zone; from the beginning without it (wayback and cc-news need it).
        until: Last day, included, or moment with a time zone; up to now without it.
        source: Where to look. auto tries sitemap, archive (a feed's older pages), wayback and pages (kept, no article yet) until one lists something; warc and list read files, cc-news Common Crawl's news.
        files: WARC files, by path or address, or folders of them (source warc), or lists of addresses (source list); paths are those of the worker's machine.
        dry_run: Only say what would be found, known and fetched, and how long it would take. Writes nothing.
        limit: Refuse to fetch more new pages than this; 0 sets no limit and skips the plan. Default: COPYDESK_BACKFILL__DOCUMENT_LIMIT.
        resume: Go on with this request instead, by its name (20261123-6cffde), where it was interrupted, cancelled or failed.
        max_minutes: No new batch is started after this many minutes; resume takes up the rest (1 to 20160).
        cluster: Have WARC files read and extracted by a Dask cluster: its scheduler's address, or a number of local processes.
    """
    from flows.cluster import check, joined

    given = current()
    bounds = Bounds(given.settings.backfill.document_limit if limit is None else limit, time.monotonic() + 60 * max_minutes)
    if resume is None:
        check(cluster, source)
        asked = question(source, since=since, until=until, feeds=feeds, tags=tags, files=files)
        if dry_run:
            given.plan = look_ahead(given, asked)
            return history_report.planned(given.plan, bounds.documents)
    with open_workshop(given.settings, history=True) as workshop, ExitStack() as stack:
        if resume is None:
            stack.enter_context(joined(workshop, cluster, source))
            sync_feeds(workshop.database, given, [])
            ways = ways_for(workshop.database, given.settings, asked)
            if bounds.documents and source not in {"warc", "cc-news", "pages"}:
                given.plan = make_plan(workshop.database, given, workshop.client, ways)
                if history_report.refusal(given.plan, bounds.documents):
                    return history_report.planned(given.plan, bounds.documents)
            resume = open_request(workshop.database, asked, ways)
        else:
            stack.enter_context(joined(workshop, cluster, reopen(workshop.database, resume)))
        given.request_id = resume
        progress = carry_out(workshop, given, bounds)
        return history_report.conclude(workshop.database, given, progress)
