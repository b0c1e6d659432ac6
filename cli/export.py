"""copydesk export: what is stored, in the formats of other tools."""

import sys
from dataclasses import asdict
from datetime import date
from pathlib import Path

from cyclopts import App

from cli.options import AsJson, DatabaseUrl, settings_for
from cli.output import print_json, safe
from cli.plain import PLAIN
from domain.errors import CopydeskError

app = App(name="export", help="Write what is stored in the formats of other tools.", default_parameter=PLAIN)


@app.command
def warc(
    folder: Path, *, since: date | None = None, until: date | None = None, database: DatabaseUrl = None, as_json: AsJson = False
) -> None:
    """Write the raw pages as WARC files (1.1, gzip), which any web archive tool reads and `copydesk backfill` takes in again.

    A stored page that is damaged is named and left out; the exit code is 1 then.

    Parameters
    ----------
    folder
        Where the files go; each at most about a gigabyte.
    since
        Only pages fetched on or after this day (UTC).
    until
        Only pages fetched on or before this day.
    """
    from flows.export import export_pages

    done = export_pages(settings_for(database), folder, since=since, until=until)
    if as_json:
        damaged = [asdict(one) for one in done.damaged]
        print_json({"pages": done.count, "files": done.files, "damaged": damaged, "seconds": round(done.seconds, 3)})
    else:
        for one in done.damaged:
            print(f"Page {one.page_id} ({safe(one.url)}) was left out: {one.detail}.", file=sys.stderr)
        print(f"{done.count:,} pages in {len(done.files):,} files." + "".join(f"\n{name}" for name in done.files))
    if done.damaged:
        raise CopydeskError(
            f"{len(done.damaged):,} of {done.count + len(done.damaged):,} stored pages cannot be unpacked and were left out."
        )
