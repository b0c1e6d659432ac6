"""`copydesk ingest`: poll the feeds that are due and store what is new, once."""

import json
import sys

from cli import progress
from cli.options import AsJson, DatabaseUrl, FeedsFile, settings_for
from cli.output import safe


def ingest(*, feeds: FeedsFile = None, database: DatabaseUrl = None, force: bool = False, as_json: AsJson = False) -> None:
    """Poll the feeds that are due, fetch their new articles, and store one unique article per story.

    Every run goes on where an earlier one was interrupted, so running it again is always safe.

    Feeds come from --feeds, else COPYDESK_FEEDS_FILE, else the database; an empty one starts with the list that comes along.

    Parameters
    ----------
    force
        Also poll feeds that are not due yet. Requests stay conditional.
    """
    from flows.run import ingest_once

    settings = settings_for(database, feeds)
    with progress.shown(quiet=as_json) as draw:
        given = ingest_once(settings, force=force, on_progress=draw)
    if as_json:
        print(json.dumps(given.account))
    else:
        from flows.report import sentence

        for row in given.failing:
            print(safe(f"{row['url']}: {row['in words']} ({row['detail']})"), file=sys.stderr)
        print(sentence(given.account) + ".")
    if given.trouble:
        raise given.trouble
