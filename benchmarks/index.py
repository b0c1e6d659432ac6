"""How the candidate index behaves as it grows: inserts and look-ups a second, bytes and candidates an article.

    python -m benchmarks.index [--articles 100000,1000000] [--database sqlite,postgresql] [--json]

The index is filled in bulk with invented signatures of the real shape (36 keys an article, a quarter of the articles share keys
with an earlier one, a few keys are boilerplate), then the project's own functions insert and look up on top of it.
"""

import json
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa
from cyclopts import App, Parameter

from benchmarks.bench import START, temporary
from config.settings import DeduplicateSettings
from db import candidates
from db.engine import Database
from db.models import Article, LshKey, Recipe
from db.session import Session
from db.sets import insert_rows
from domain.records import Signature

app = App(help=__doc__, result_action="return_value")
Keys = npt.NDArray[np.int64]
_KEYS = 36
_BANDS = 16
_SHINGLES = 440
_PART = 25_000_000
_CHUNK = 20_000
_LIMITS = DeduplicateSettings()


@app.default
def main(
    *,
    articles: str = "100000,1000000",
    database: str = "sqlite,postgresql",
    look_ups: int = 1_000,
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> None:
    """Fill, insert, look up; print one line for each database and size."""
    for kind in database.split(","):
        for size in map(int, articles.split(",")):
            with temporary(kind) as opened:
                figures = {"database": kind, "articles": size} | measure(opened, size, look_ups)
            print(json.dumps(figures) if as_json else "  ".join(f"{name}={value}" for name, value in figures.items()), flush=True)


def measure(database: Database, size: int, look_ups: int) -> dict[str, Any]:
    """Return the figures for one database of one size."""
    fill_articles(database, size)
    before = _bytes(database)
    loading = _seconds(lambda: fill_keys(database, size))
    keys_bytes = _bytes(database) - before
    memory = _resident_mb()
    single, found = [], 0
    for number in range(size, size + look_ups):
        with database.read() as session:
            started = time.perf_counter()
            (looked_up,) = candidates.look_up(session, [signature(number)], _LIMITS)
            single.append(1000 * (time.perf_counter() - started))
        found += len(looked_up.hits)
    batches = [[signature(number) for number in range(start, start + 100)] for start in range(size, size + 10 * 100, 100)]
    batched = sum(_seconds(partial(_look_up, database, batch)) for batch in batches)
    grown = _resident_mb() - memory
    inserting = sum(_seconds(partial(_insert, database, first, 100)) for first in range(size, size + 2_000, 100))
    return {
        "load_seconds": round(loading, 1),
        "key_bytes_per_article": round(keys_bytes / size),
        "signature_bytes_per_article": 8 * _SHINGLES + 4 * 128 + 4 * 180,
        "look_up_ms_median": round(statistics.median(single), 2),
        "look_up_ms_p95": round(statistics.quantiles(single, n=20)[-1], 2),
        "look_ups_per_second": round(1000 * len(single) / sum(single)),
        "look_ups_per_second_in_batches": round(1000 / batched),
        "inserts_per_second_in_batches": round(2_000 / inserting),
        "candidates_per_article": round(found / look_ups, 2),
        "memory_growth_mb": round(grown, 1),
    }


def keys_of(numbers: npt.NDArray[np.int64]) -> Keys:
    """Return the keys of articles, one row each: their own, a parent's (for a quarter), and a boilerplate key (for a few)."""
    place = np.arange(_KEYS, dtype=np.int64)
    shared = (numbers % 4 == 0) & (numbers > 1_000)
    back = (_mix(numbers.astype(np.uint64)) >> np.uint64(2)).astype(np.int64) % np.clip(numbers, 1, 50_000)
    parents = np.maximum(numbers - 1 - back, 0)
    taken = (numbers % 13 + 4)[:, None]
    owner = np.where(shared[:, None] & (place % 2 == 1) & (place // 2 < taken), parents[:, None], numbers[:, None])
    mixed = _mix(owner.astype(np.uint64) * np.uint64(64) + place.astype(np.uint64))
    boilerplate = (numbers % 50 == 7) & (numbers < 5_000)
    mixed[boilerplate, -1] = np.uint64(12_345_678_901)
    return ((mixed & ~np.uint64(1)) | (place >= _BANDS).astype(np.uint64)).view(np.int64)


def signature(number: int) -> Signature:
    """Return the signature of an article: keys as `keys_of` says, hashes of its own, shingles of the usual size."""
    own = _mix(np.arange(number * 512, number * 512 + _SHINGLES, dtype=np.uint64))
    return Signature(
        recipe_id="bench", content_hash=_hash(number), lead_hash=_hash(-number), shingle_count=_SHINGLES, minhash=bytes(512),
        shingles=np.sort(own).tobytes(), keys=tuple(keys_of(np.array([number]))[0].tolist()), vocabulary=bytes(4 * 180),
    )  # fmt: skip


def fill_articles(database: Database, size: int) -> None:
    """Store `size` articles without text."""
    database.write(
        lambda session: insert_rows(session, Recipe, [{"id": "bench", "parameters": {}, "state": "active", "created_at": START}])
    )
    for first in range(0, size, _CHUNK):
        rows = [_article(number) for number in range(first, min(first + _CHUNK, size))]
        database.write(partial(_insert_articles, rows=rows))


def fill_keys(database: Database, size: int) -> None:
    """Store their candidate keys as a bulk load would: in the order of the keys, a part of the key space at a time."""
    for keys, ids in _parts(size):
        _load(database, keys, ids)
    with database.engine.connect() as connection:
        tidy = connection.execution_options(isolation_level="AUTOCOMMIT")
        for table in ("articles", "lsh_keys"):  # what autovacuum does after a bulk load, in its own time
            tidy.exec_driver_sql(f"ANALYZE {table}" if database.is_sqlite else f"VACUUM (ANALYZE) {table}")


def _parts(size: int) -> Iterator[tuple[Keys, npt.NDArray[np.int64]]]:
    """Yield all keys in ascending order with their articles' ids, in parts that fit into memory."""
    count = max(1, -(-size * _KEYS // _PART))
    edges = np.linspace(-(2.0**63), 2.0**63, count + 1)
    for low, high in pairwise(edges):
        kept: list[tuple[Keys, npt.NDArray[np.int64]]] = []
        for first in range(0, size, 200_000):
            numbers = np.arange(first, min(first + 200_000, size))
            keys = keys_of(numbers)
            inside = (keys >= low) & (keys < high)
            kept.append((keys[inside], np.broadcast_to(numbers[:, None] + 1, keys.shape)[inside]))
        keys, ids = (np.concatenate(column) for column in zip(*kept, strict=True))
        order = np.lexsort((ids, keys))
        keys, ids = keys[order], ids[order]
        first_of_pair = np.concatenate(([True], (np.diff(keys) != 0) | (np.diff(ids) != 0)))
        yield keys[first_of_pair], ids[first_of_pair]


def _load(database: Database, keys: Keys, ids: npt.NDArray[np.int64]) -> None:
    connection = database.engine.raw_connection()
    try:
        cursor: Any = connection.cursor()
        if database.is_sqlite:
            cursor.execute("BEGIN IMMEDIATE")
            cursor.executemany("INSERT INTO lsh_keys (key, article_id) VALUES (?, ?)", zip(keys.tolist(), ids.tolist(), strict=True))
            cursor.execute("COMMIT")
        else:
            cursor.execute("SET LOCAL statement_timeout = 0")
            with cursor.copy("COPY lsh_keys (key, article_id) FROM STDIN") as copy:
                for start in range(0, len(keys), 100_000):
                    pairs = zip(keys[start : start + 100_000].tolist(), ids[start : start + 100_000].tolist(), strict=True)
                    copy.write("".join(f"{key}\t{one}\n" for key, one in pairs))
            connection.commit()
    finally:
        connection.close()


def _article(number: int) -> dict[str, object]:
    url = f"https://bench.example/{number}"
    lists: dict[str, object] = {
        name: [] for name in ("authors", "editors", "contributors", "tags", "robots_directives", "related_urls", "removed_lines", "flags")
    }
    return {
        "id": number + 1, "url": url, "canonical_url": url, "url_key": _hash(number), "cluster_id": number + 1, "kind": "unique",
        "title": "", "body": "", "word_count": 0, "extractor_version": "bench", "content_hash": _hash(number), "lead_hash": _hash(-number),
        "first_seen_at": START + timedelta(seconds=number), "visit_count": 0,
    } | lists  # fmt: skip


def _insert_articles(session: Session, rows: Sequence[dict[str, object]]) -> None:
    insert_rows(session, Article, rows)


def _insert(database: Database, first: int, count: int) -> None:
    numbers = range(first, first + count)
    rows, signed = [_article(number) for number in numbers], {number + 1: signature(number) for number in numbers}

    def unit(session: Any) -> None:
        insert_rows(session, Article, rows)
        candidates.add(session, signed)

    database.write(unit)


def _look_up(database: Database, texts: Sequence[Signature]) -> None:
    with database.read() as session:
        candidates.look_up(session, texts, _LIMITS)


def _bytes(database: Database) -> int:
    if database.is_sqlite:
        path = Path(database.url.database or "")
        raw = database.engine.raw_connection()
        raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        raw.close()
        return path.stat().st_size
    with database.engine.connect() as connection:
        return int(connection.scalar(sa.select(sa.func.pg_total_relation_size(LshKey.__tablename__))) or 0)


def _mix(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    values = (values ^ (values >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    values = (values ^ (values >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return values ^ (values >> np.uint64(33))


def _hash(number: int) -> str:
    return f"{number % 2**128:032x}"


def _resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096 / 1e6


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    app()
