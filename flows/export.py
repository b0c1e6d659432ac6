"""Export: what is stored, in the formats of other tools."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from config.settings import Settings

if TYPE_CHECKING:
    from tasks.publish.task import Export


def export_pages(settings: Settings, folder: Path, *, since: date | None = None, until: date | None = None) -> "Export":
    """Write the raw pages that were fetched in a stretch of time as WARC files; return how many, the files, and what was left out.

    Reads the database and nothing else, so it needs no flow run. Raises `ConfigurationError` for a range that cannot be meant.
    """
    from db import schema
    from db.engine import Database
    from tasks.discover import window
    from tasks.publish.task import export_warc

    asked = window.of_request(since, until, now=datetime.now(UTC))
    database = Database(settings.database_url)
    try:
        schema.ready(database)
        return export_warc.fn(database, folder, asked)
    finally:
        database.close()
