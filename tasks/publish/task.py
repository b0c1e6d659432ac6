"""The publish stage: the archive of pages as WARC files."""

import logging
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from prefect import task
from prefect.cache_policies import NO_CACHE

from db import archive
from db.engine import Database
from domain.history import Window
from domain.records import Tally
from tasks.publish import warc

log = logging.getLogger("copydesk.publish")

_PAGES: Final = 50


@task(name="export-warc", task_run_name="export-warc", cache_policy=NO_CACHE, persist_result=False)
def export_warc(database: Database, folder: Path, window: Window) -> tuple[Tally, tuple[str, ...]]:
    """Write the pages that were fetched in the window as WARC files into a folder; return how many, and the files."""
    started, after = datetime.now(UTC), 0
    with warc.Writer(folder, started_at=started, software=f"copydesk/{version('copydesk')}") as writer:
        while True:
            with database.read() as session:
                pages = archive.stored(session, after, window, limit=_PAGES)
            if not pages:
                break
            writer.write(one.page for one in pages)
            after = pages[-1].id
    log.info("exported pages=%d files=%d", writer.count, len(writer.files))
    return Tally("export", writer.count, seconds=(datetime.now(UTC) - started).total_seconds()), tuple(map(str, writer.files))
