"""copydesk opml: the feed list in the format that feed readers exchange."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from cli.options import AsJson, DatabaseUrl, opened, settings_for
from cli.output import print_json
from cli.plain import PLAIN

app = App(name="opml", help="Import or export the feed list as OPML.", default_parameter=PLAIN)


@app.command(name="import")
def import_(
    file: Annotated[Path, Parameter(help="OPML 2.0 or TOML file.")], *, database: DatabaseUrl = None, as_json: AsJson = False
) -> int:
    """Subscribe to every feed of a file; feeds that are there already stay as they are, none is removed.

    Bad rows are named, with their line, and left out; the exit code is 2 then.
    """
    from config.feedlist import read
    from db import feeds

    now = datetime.now(UTC)
    with opened(settings_for(database), create=True) as desk:
        found = read(file)
        with desk.read() as session:
            before = feeds.count(session)
        desk.write(lambda session: [feeds.add(session, one, now) for one in found.subscriptions])
        with desk.read() as session:
            added = feeds.count(session) - before
    for sentence in (*found.problems, *found.repeated):
        print(f"copydesk: {sentence}", file=sys.stderr)
    if as_json:
        print_json({"listed": len(found.subscriptions), "added": added, "problems": found.problems, "repeated": found.repeated})
    else:
        print(f"{added:,} of {len(found.subscriptions):,} feeds are new; {len(found.problems):,} rows could not be used.")
    return 2 if found.problems else 0


@app.command
def export(
    file: Annotated[Path | None, Parameter(help="File to write; standard output when left out.")] = None,
    *,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Write the listed feeds as OPML 2.0, tags and publishers included. The file is replaced in one step."""
    from config import opml
    from db import feeds

    with opened(settings_for(database)) as desk, desk.read() as session:
        found = feeds.subscriptions(session)
    document = opml.write(found, title="Copydesk", now=datetime.now(UTC))
    if file is not None:
        _replace(file, document)
    if as_json:
        print_json({"feeds": len(found), "file": file})
    elif file is not None:
        print(f"{len(found):,} feeds written to {file}.")
    else:
        print(document.decode(), end="")


def _replace(file: Path, document: bytes) -> None:
    """Write beside the file and rename: whoever reads it meanwhile sees the old list or the new one."""
    beside = file.with_name(f".{file.name}.new")
    try:
        beside.write_bytes(document)
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)
