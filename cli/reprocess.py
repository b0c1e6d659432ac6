"""copydesk reprocess: the stored pages through today's extractor."""

from datetime import date
from typing import Annotated

from cyclopts import Parameter

from cli import progress
from cli.options import AsJson, DatabaseUrl, settings_for
from cli.output import print_json, print_table

_ROWS = (("articles compared", "compare", "compare"), ("articles decided", "store", "extract"))
_Names = Annotated[tuple[str, ...], Parameter(consume_multiple=True)]


def reprocess(  # noqa: PLR0913  (every question is an option)
    *,
    feed: _Names = (),
    tag: _Names = (),
    since: date | None = None,
    until: date | None = None,
    everything: bool = False,
    apply: bool = False,
    max_minutes: int = 1_440,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Read stored pages again with today's extractor, and say which articles would change, in what, and by how much.

    Nothing is written without --apply. With it, changed texts go through the line as revisions: former texts are kept, copies are
    recognised anew, and readers of the change log learn of it.

    Parameters
    ----------
    feed
        Only articles of this feed (number, address, title or publisher); may be given again.
    tag
        Only articles of feeds with this tag; may be given again.
    since
        Only articles published on or after this day (UTC).
    until
        Only articles published on or before this day.
    everything
        Also articles that this version of the extractor has made.
    apply
        Replace what differs.
    max_minutes
        Stop after this; the next run with --apply goes on.
    """
    from flows.run_history import reprocess_once

    asked = {"feeds": list(feed), "tags": list(tag), "since": since, "until": until, "everything": everything, "apply": apply}
    with progress.shown(quiet=as_json, rows=_ROWS) as draw:
        given = reprocess_once(settings_for(database), on_progress=draw, max_minutes=max_minutes, **asked)
    if as_json:
        print_json(given.account | {"samples": given.failing})
        return
    if given.failing:
        print_table(tuple(given.failing[0]), [tuple(row.values()) for row in given.failing])
    # Not before the run, which sets Prefect up before it is imported.
    from flows.reprocess_report import sentence

    print(sentence(given.account) + ".")
    if not apply and given.account["metadata"] + given.account["text"]:
        print("Nothing was written; `copydesk reprocess --apply` replaces what differs.")
