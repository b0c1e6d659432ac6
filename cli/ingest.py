"""`copydesk ingest`: poll the feeds that are due and store what is new, once."""

import json as json_format
import sys
from pathlib import Path

from cli import progress
from config.settings import load
from domain.errors import CopydeskError


def ingest(*, feeds: Path | None = None, database: str | None = None, force: bool = False, json: bool = False) -> None:
    """Poll the feeds that are due, fetch their new articles, and store one unique article per story.

    Every run goes on where an earlier one was interrupted, so running it again is always safe.

    Parameters
    ----------
    feeds
        Feed list to read, TOML or OPML. Without it: COPYDESK_FEEDS_FILE, else the feeds already in the database,
        else the starter list.
    database
        SQLAlchemy URL of the database. Without it: COPYDESK_DATABASE_URL, else sqlite:///copydesk.db.
    force
        Also poll feeds that are not due yet. Requests stay conditional.
    json
        Print the run's numbers as one JSON line at the end.
    """
    from flows.run import ingest_once

    settings = load(database_url=database, feeds_file=feeds)
    with progress.shown(quiet=json) as draw:
        given = ingest_once(settings, force=force, on_progress=draw)
    if json:
        print(json_format.dumps(given.account))
    else:
        from flows.report import sentence

        for row in given.failing:
            print(f"{row['url']}: {row['in words']} ({row['detail']})", file=sys.stderr)
        print(sentence(given.account) + ".")
    if given.account["feeds_polled"] and given.account["feeds_failed"] == given.account["feeds_polled"]:
        raise CopydeskError("Every feed failed; `copydesk status` shows each reason.")
