"""copydesk export: what is stored, in the formats of other tools."""

from datetime import date
from pathlib import Path

from cyclopts import App

from cli.options import AsJson, DatabaseUrl, settings_for
from cli.output import print_json
from cli.plain import PLAIN

app = App(name="export", help="Write what is stored in the formats of other tools.", default_parameter=PLAIN)


@app.command
def warc(
    folder: Path, *, since: date | None = None, until: date | None = None, database: DatabaseUrl = None, as_json: AsJson = False
) -> None:
    """Write the raw pages as WARC files (1.1, gzip), which any web archive tool reads and `copydesk backfill` takes in again.

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

    tally, files = export_pages(settings_for(database), folder, since=since, until=until)
    if as_json:
        print_json({"pages": tally.done, "files": files, "seconds": round(tally.seconds, 3)})
    else:
        print(f"{tally.done:,} pages in {len(files):,} files." + "".join(f"\n{name}" for name in files))
