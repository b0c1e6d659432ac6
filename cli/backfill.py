"""copydesk backfill: history on request, and the requests made so far."""

import sys
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from cli import progress
from cli.options import AsJson, DatabaseUrl, FeedsFile, opened, settings_for
from cli.output import ago, print_json, print_table
from cli.plain import PLAIN
from domain.errors import ConfigurationError

if TYPE_CHECKING:
    from config.settings import Settings
    from flows.workshop import InProcess

app = App(
    name="backfill",
    help="Fetch what outlets published in a stretch of time; list, cancel and resume such requests.",
    default_parameter=PLAIN,
)

_ROWS = (
    ("outlets explored", "plan", "plan"),
    ("documents listed", "discover", "discover"),
    ("pages fetched", "fetch", "fetch"),
    ("articles decided", "store", "extract"),
)
_TROUBLES = 20
_Names = Annotated[tuple[str, ...], Parameter(consume_multiple=True)]


@app.default
def run(  # noqa: PLR0913  (every question is an option)
    *files: str,
    feed: _Names = (),
    tag: _Names = (),
    since: str | None = None,
    until: str | None = None,
    source: str = "auto",
    dry_run: bool = False,
    limit: int | None = None,
    yes: bool = False,
    max_minutes: int = 1_440,
    cluster: str | None = None,
    feeds: FeedsFile = None,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Find what outlets published in a stretch of time, and take it through the line as if it had been live.

    A plan is made first; above the limit it asks (or, where nobody can answer, refuses). Live news is never kept waiting: the same
    spacing holds for both, and hosts with news are left to it. Interrupted at any instant, `copydesk backfill resume` goes on.

    Parameters
    ----------
    files
        WARC files, by path or address, or folders (--source warc), or lists of addresses, text or CSV (--source list).
    feed
        Outlet by number, address, title or publisher; may be given again. All listed feeds without --feed and --tag.
    tag
        Outlets with this tag; may be given again.
    since
        First day (2026-03-01, UTC) or moment with a time zone (2026-03-01T06:00+03:00).
    until
        Last day, included, or moment. Up to now without it.
    source
        auto, sitemap, archive (a feed's older pages), wayback, pages (our own, not yet articles), warc, cc-news or list.
    dry_run
        Print the plan and write nothing anywhere.
    limit
        Fetch no more new pages than this; 0 sets no limit. Without it: COPYDESK_BACKFILL__DOCUMENT_LIMIT.
    yes
        Fetch whatever the plan says, without asking: the same as --limit 0.
    max_minutes
        Stop starting new work after this; `resume` takes up the rest.
    cluster
        With --source warc: have a Dask cluster read and extract the files. Its scheduler's address (tcp://host:8786), or a number
        of local processes.
    """
    settings = settings_for(database, feeds)
    asked: dict[str, Any] = {
        "feeds": list(feed), "tags": list(tag), "since": _moment(since, "--since"), "until": _moment(until, "--until"),
        "source": _source(source), "files": list(files), "dry_run": dry_run, "limit": 0 if yes else limit, "max_minutes": max_minutes,
        "cluster": cluster,
    }  # fmt: skip
    given, refused = _carry_out(settings, asked, as_json=as_json)
    if refused and not dry_run:
        _show_plan(given, as_json=as_json)
        if as_json or not sys.stdin.isatty() or input(f"{refused}\nFetch them all the same? [y/N] ").strip().lower() not in {"y", "yes"}:
            raise ConfigurationError(f"{refused} (--limit N, or --yes)")
        given, _ = _carry_out(settings, asked | {"limit": 0}, as_json=as_json)
    if dry_run:
        _show_plan(given, as_json=as_json)
    else:
        _show(given, as_json=as_json)


@app.command(name="list")
def list_(*, database: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """List the requests for history, newest first, and how far they are."""
    from db import history

    with opened(settings_for(database)) as place, place.read() as session:
        states = history.listing(session)
    if as_json:
        print_json(states)
        return
    if not states:
        print("No history has been asked for yet.")
        return
    now = datetime.now(UTC)
    rows = [
        (
            one.id,
            one.state,
            ", ".join(one.sources),
            one.since,
            one.until,
            one.found,
            one.new,
            one.outcomes["pending"],
            ago(one.updated_at, now),
        )
        for one in states
    ]
    print_table(("request", "state", "sources", "since", "until", "found", "new", "pending", "last progress"), rows)


@app.command
def cancel(request: str, *, database: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """Stop a request: what is not begun is given up, what is stored stays.

    Parameters
    ----------
    request
        Its name, as `copydesk backfill list` shows it.
    """
    from db import history

    with opened(settings_for(database)) as place:
        legs, entries = place.write(lambda session: history.cancel(session, request, datetime.now(UTC)))
    if as_json:
        print_json({"request": request, "legs": legs, "entries": entries})
    else:
        print(f"Backfill {request} is cancelled: {legs:,} documents were not walked, {entries:,} pages not asked for.")


@app.command
def resume(
    request: str,
    *,
    limit: int | None = None,
    max_minutes: int = 1_440,
    cluster: str | None = None,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Go on with a request where it was interrupted, cancelled, failed, or stopped by its limit. Several may do so at a time.

    Parameters
    ----------
    request
        Its name, as `copydesk backfill list` shows it.
    limit
        New documents that the request may bring in all; 0 sets no limit. Without it: COPYDESK_BACKFILL__DOCUMENT_LIMIT.
    max_minutes
        Stop starting new work after this.
    cluster
        Of WARC files: have a Dask cluster read and extract them, as in `copydesk backfill`.
    """
    asked = {"resume": request, "limit": limit, "max_minutes": max_minutes, "cluster": cluster}
    given, _ = _carry_out(settings_for(database), asked, as_json=as_json)
    _show(given, as_json=as_json)


def _carry_out(settings: "Settings", asked: dict[str, Any], *, as_json: bool) -> "tuple[InProcess, str]":
    from flows.run_history import backfill_once

    with progress.shown(quiet=as_json, rows=_ROWS) as draw:
        return backfill_once(settings, on_progress=draw, **asked)


def _show_plan(given: "InProcess", *, as_json: bool) -> None:
    from flows.history_report import plan_rows, plan_sentence

    assert given.plan is not None
    if as_json:
        print_json(given.plan)
        return
    rows = plan_rows(given.plan)
    print_table(tuple(rows[0]) if rows else ("outlet",), [tuple(row.values()) for row in rows])
    print(plan_sentence(given.plan) + ".")


def _show(given: "InProcess", *, as_json: bool) -> None:
    from flows.history_report import sentence

    if as_json:
        print_json({"request": given.request_id} | given.account)
        return
    for row in given.failing[:_TROUBLES]:
        print(f"{row['target']}: {row['in words']} ({row['detail']})", file=sys.stderr)
    print(f"Backfill {given.request_id}: {sentence(given.account)}.")
    if given.account["pending"] or given.account["legs_planned"] or given.account["legs_running"]:
        print(f"Not all of it is done; `copydesk backfill resume {given.request_id}` goes on.")


def _source(name: str) -> str:
    known = ("auto", "sitemap", "archive", "wayback", "pages", "warc", "cc-news", "list")
    if name not in known:
        raise ConfigurationError(f"--source {name!r} is not one of {', '.join(known)}.")
    return name


def _moment(text: str | None, option: str) -> date | datetime | None:
    """Return a day, or a moment as it is written, with its zone or without: the flow refuses those without."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text) if len(text) <= 10 else datetime.fromisoformat(text)
    except ValueError:
        raise ConfigurationError(f"{option} {text!r} is no date; write 2026-03-01, or 2026-03-01T06:00Z.") from None
