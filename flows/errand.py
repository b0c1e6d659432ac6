"""What a worker of a Dask cluster does with a WARC file: read a stretch of it, extract the pages, hand both back.

A worker knows nothing of the database: what an article depends on beside its page travels with the errand, and the article comes
back under a fingerprint of all that it is made of.
"""

import hashlib
import pickle
import threading
from dataclasses import dataclass, field
from multiprocessing import current_process
from pathlib import Path
from typing import Any

import zstandard

from config.settings import ExtractSettings
from domain.history import Discovered, Finding, LegPlan, Trouble
from domain.lines import site_of
from domain.outcomes import Reason
from domain.packing import body_of
from domain.records import Expectation, Extracted, FetchedEntry
from domain.urls import canonical_url
from flows.signing import signing
from tasks.deduplicate.recipe import Recipe
from tasks.discover import batches, warc
from tasks.discover.owners import Owners
from tasks.extract.compose import VERSION
from tasks.extract.pool import ExtractionPool


@dataclass(frozen=True, slots=True)
class Errand:
    """What a worker is sent with: a leg's file from an offset on, and what the database knows of its pages' outlets and sites."""

    plan: LegPlan
    start: int
    pages: int
    body_limit: int
    extract: ExtractSettings
    recipe: Recipe
    owners: Owners
    expected: dict[int, Expectation]
    boilerplate: dict[str, frozenset[int]]


@dataclass(slots=True)
class Stretch:
    """What a worker brings back: findings in order, articles by fingerprint, the offset to go on from, whether the file has ended."""

    position: int
    ended: bool = False
    findings: list[Finding] = field(default_factory=list)
    made: list[tuple[bytes, Extracted]] = field(default_factory=list)


def carry_out(errand: Errand) -> Stretch:
    """Read until the file ends or there is enough for one commit, and extract the pages that the leg is after."""
    stretch, entries, weight = Stretch(errand.start), list[FetchedEntry](), 0

    def enough(_position: int = 0) -> bool:
        return len(entries) >= errand.pages or weight >= batches.BYTES

    try:
        with Path(errand.plan.target).open("rb") as file:
            for one in warc.read(file, errand.plan.window, start=errand.start, body_limit=errand.body_limit, enough=enough):
                if isinstance(one, Discovered):
                    stretch.position = one.position
                    entry = _entry(errand, one, len(entries))
                    if entry is None:
                        continue
                    entries.append(entry)
                    weight += len(entry.page.body)
                stretch.findings.append(one)
    except OSError as error:
        stretch.findings.append(Trouble(Reason.NOT_AN_ARCHIVE, f"{errand.plan.target}: {error.strerror or error}", fatal=True))
    stretch.ended = not enough() or any(isinstance(one, Trouble) and one.fatal for one in stretch.findings)
    stretch.made = [(fingerprint(entry), made) for entry, made in _pool(errand.extract, errand.recipe).extract(entries)]
    return stretch


def fingerprint(entry: FetchedEntry) -> bytes:
    """Return what tells an entry's article from any other: a digest of all that it is made of, the extractor among it."""
    page = entry.page
    said = (
        VERSION, entry.url, entry.canonical_url, page.url, page.final_url, page.status, page.headers, page.fetched_at.isoformat(),
        entry.expected, sorted(entry.boilerplate),
    )  # fmt: skip
    return hashlib.blake2b(repr(said).encode("utf-8", "surrogateescape") + body_of(page), digest_size=16).digest()


def make_ready(extract: ExtractSettings, recipe: Recipe) -> tuple[str, bool]:
    """Start this worker's extraction processes; return the extractor's version, and False where a worker may have no child processes."""
    may = not current_process().daemon
    if may:
        _pool(extract, recipe).warm_up()
    return VERSION, may


def rest(extract: ExtractSettings, recipe: Recipe) -> None:
    """End the extraction processes of this worker; they are started again when another run needs them."""
    with _opening:
        if (extract, recipe) in _pools:
            _pools[extract, recipe].rest()


def pack(given: object) -> bytes:
    """Return anything as bytes, which neither Prefect nor Dask looks into."""
    return zstandard.ZstdCompressor(level=1).compress(pickle.dumps(given))


def unpack(packed: bytes) -> Any:
    """Return what was packed. Only for what comes from the cluster, which Dask itself trusts with far more."""
    return pickle.loads(zstandard.ZstdDecompressor().decompress(packed))  # noqa: S301


# One pool for all threads of a worker, with a process for each of them; by settings, since runs may differ in theirs.
_pools: dict[tuple[ExtractSettings, Recipe], ExtractionPool] = {}
_opening = threading.Lock()


def _pool(extract: ExtractSettings, recipe: Recipe) -> ExtractionPool:
    from distributed import get_worker

    with _opening:
        if (extract, recipe) not in _pools:
            limits = extract.model_copy(update={"workers": get_worker().state.nthreads})
            _pools[extract, recipe] = ExtractionPool(limits, work=signing(recipe), preload="flows.preload")
        return _pools[extract, recipe]


def _entry(errand: Errand, one: Discovered, number: int) -> FetchedEntry | None:
    """Return the entry that the desk will make of a page; None when it will make none."""
    owned = errand.owners.sort(errand.plan, [one])
    if one.page is None or not owned:
        return None
    (_, feed_id), page = owned[0], one.page
    return FetchedEntry(
        id=number, feed_id=feed_id, page_id=0, url=one.url, canonical_url=canonical_url(one.url), fence=0, attempt_count=0, page=page,
        expected=errand.expected.get(feed_id or 0, Expectation()), boilerplate=errand.boilerplate.get(site_of(page.final_url), frozenset()),
    )  # fmt: skip
