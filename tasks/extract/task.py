"""The extract stage: claim fetched entries, turn their pages into articles, hand them on."""

import logging
import time
from collections.abc import Iterator, Sequence

from prefect import task
from prefect.cache_policies import NO_CACHE

from config.settings import Settings
from db import desk
from db.desk import Claim
from db.engine import Database
from domain.records import Article, Extracted, ExtractedEntry, FetchedEntry, Run
from tasks.extract.pool import ExtractionPool

_PAGES = 8

log = logging.getLogger("copydesk.extract")


@task(name="extract", cache_policy=NO_CACHE, persist_result=False)
def extract_batch(database: Database, settings: Settings, pool: ExtractionPool, run: Run) -> tuple[ExtractedEntry, ...]:
    """Claim up to `extract.batch_size` fetched entries and return each with its article or its refusal."""
    started = time.perf_counter()
    limit, seconds = settings.extract.batch_size, settings.lease.seconds
    claims = database.write(lambda session: desk.claim_to_extract(session, run, limit=limit, seconds=seconds))
    if not claims:
        return ()
    done = tuple(_extracted(entry, result) for entry, result in pool.extract(_pages(database, claims)))
    refused = sum(not isinstance(one.extracted, Article) for one in done)
    log.info("extracted pages=%d refused=%d seconds=%.2f", len(done), refused, time.perf_counter() - started)
    return done


def _pages(database: Database, claims: Sequence[Claim]) -> Iterator[FetchedEntry]:
    """Yield the claimed entries with their pages, a few at a time: a hundred real pages are 30 MB."""
    for start in range(0, len(claims), _PAGES):
        with database.read() as session:
            entries = desk.fetched(session, claims[start : start + _PAGES])
        yield from entries


def _extracted(entry: FetchedEntry, result: Extracted) -> ExtractedEntry:
    return ExtractedEntry(
        entry_id=entry.id, feed_id=entry.feed_id, page_id=entry.page_id, fence=entry.fence, attempt_count=entry.attempt_count,
        fetched_at=entry.page.fetched_at, extracted=result, article_id=entry.article_id,
    )  # fmt: skip
