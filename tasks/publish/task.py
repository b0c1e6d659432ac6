"""The publish stage: the archive of pages as WARC files."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from prefect import task
from prefect.cache_policies import NO_CACHE

from db import archive
from db.engine import Database
from domain.history import Window
from domain.packing import body_of
from domain.records import Page
from tasks.publish import warc

log = logging.getLogger("copydesk.publish")

_PAGES: Final = 50


@dataclass(frozen=True, slots=True)
class Damaged:
    """A stored page that cannot be unpacked, and why."""

    page_id: int
    url: str
    detail: str


@dataclass(frozen=True, slots=True)
class Export:
    """How many pages were written, the files, the pages that were left out, and how long it took."""

    count: int
    files: tuple[str, ...]
    damaged: tuple[Damaged, ...]
    seconds: float


@task(name="export-warc", task_run_name="export-warc", cache_policy=NO_CACHE, persist_result=False)
def export_warc(database: Database, folder: Path, window: Window) -> Export:
    """Write the pages that were fetched in the window as WARC files into a folder; a damaged page is left out and told."""
    started, damaged = datetime.now(UTC), list[Damaged]()
    with warc.Writer(folder, started_at=started, software=f"copydesk/{version('copydesk')}") as writer:
        writer.write(_whole(_stored(database, window), damaged))
    log.info("exported pages=%d damaged=%d files=%d", writer.count, len(damaged), len(writer.files))
    seconds = (datetime.now(UTC) - started).total_seconds()
    return Export(writer.count, tuple(map(str, writer.files)), tuple(damaged), seconds)


def _stored(database: Database, window: Window) -> Iterator[archive.StoredPage]:
    after = 0
    while True:
        with database.read() as session:
            pages = archive.stored(session, after, window, limit=_PAGES)
        if not pages:
            return
        yield from pages
        after = pages[-1].id


def _whole(pages: Iterator[archive.StoredPage], damaged: list[Damaged]) -> Iterator[Page]:
    """Yield the pages unpacked; note those that cannot be."""
    for one in pages:
        try:
            yield replace(one.page, body=body_of(one.page), packed=False)
        except ValueError as error:
            damaged.append(Damaged(one.id, one.page.url, str(error)))
