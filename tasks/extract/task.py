"""The extract stage: claim fetched entries, turn their pages into articles, hand them on."""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

from prefect import task
from prefect.cache_policies import NO_CACHE

from config.settings import Settings
from db import desk, leases, lines
from db.desk import Claim
from db.engine import Database
from domain.errors import DatabaseError
from domain.lines import candidates, numbered, site_of
from domain.records import Article, Extracted, ExtractedEntry, Extractor, FetchedEntry, Run

_PAGES = 16

log = logging.getLogger("copydesk.extract")


@task(name="extract", cache_policy=NO_CACHE, persist_result=False)
def extract_batch(database: Database, settings: Settings, pool: Extractor, run: Run) -> tuple[ExtractedEntry, ...]:
    """Claim up to `extract.batch_size` fetched entries and return each with its article or its refusal."""
    started = time.perf_counter()
    limit, seconds = settings.extract.batch_size, settings.lease.seconds
    claims = database.write(lambda session: desk.claim_to_extract(session, run, limit=limit, seconds=seconds))
    if not claims:
        return ()
    with _Lease(database, claims, seconds) as lease:
        learn = settings.extract.learn_lines
        done = tuple(_extracted(entry, result, learn=learn) for entry, result in pool.extract(_pages(database, lease, learn=learn)))
    refused = sum(not isinstance(one.extracted, Article) for one in done)
    log.info("extracted pages=%d refused=%d seconds=%.2f", len(done), refused, time.perf_counter() - started)
    return done


class _Lease:
    """A batch's claims: renewed while its pages are extracted and once more for what follows; what is not begun is given back."""

    def __init__(self, database: Database, claims: Sequence[Claim], seconds: float) -> None:
        self._database, self._seconds = database, seconds
        self._claims, self._left = claims, list(claims)
        self._renewed = time.monotonic()
        self._kept = leases.kept_alive(self._renew, seconds)

    def take(self, count: int) -> list[Claim]:
        """Return the next claims to work on; none when the lease was not renewed for half its time and may soon be another's."""
        if time.monotonic() - self._renewed > self._seconds / 2:
            return []
        taken, self._left = self._left[:count], self._left[count:]
        return taken

    def __enter__(self) -> Self:
        self._kept.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._kept.__exit__(None, None, None)
        back = self._left if kind is None else self._claims
        with suppress(DatabaseError):  # a lease that cannot be given back runs out
            if back:
                self._database.write(lambda session: desk.give_back(session, back))
            self._renew()

    def _renew(self) -> None:
        now = time.monotonic()
        self._database.write(lambda session: desk.renew(session, self._claims, seconds=self._seconds))
        self._renewed = now


def _pages(database: Database, lease: _Lease, *, learn: bool) -> Iterator[FetchedEntry]:
    """Yield the claimed entries with their pages, a few at a time: what is not begun can be given back."""
    while claims := lease.take(_PAGES):
        with database.read() as session:
            entries = desk.fetched(session, claims)
            if learn:
                entries = lines.beside(session, entries)
        yield from entries


def _extracted(entry: FetchedEntry, result: Extracted, *, learn: bool) -> ExtractedEntry:
    site = site_of(entry.page.final_url) if learn else ""
    found: dict[int, str] = {}
    if isinstance(result, Article) and site:
        found = candidates(site, result.body) | numbered(site, result.removed_lines, entry.boilerplate)
    return ExtractedEntry(
        entry_id=entry.id, feed_id=entry.feed_id, page_id=entry.page_id, fence=entry.fence, attempt_count=entry.attempt_count,
        fetched_at=entry.page.fetched_at, extracted=result, article_id=entry.article_id, site=site, lines=found,
    )  # fmt: skip
