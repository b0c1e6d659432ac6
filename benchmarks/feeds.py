"""Reads real feed documents: how fast beside feedparser's defaults, and whether anything is lost.

    python -m benchmarks.feeds --corpus FOLDER [--out counts.tsv] [--json]

FOLDER holds gzipped feed documents and, if there is one, an `expected.tsv` with the columns file, entries, titles, links and
dates. Every entry is compared with what feedparser makes of it: link, date, and title (after the same cleaning).
"""

import argparse
import csv
import gzip
import io
import json
import sys
import time
import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import feedparser

from domain.records import FeedDocument, ListedEntry
from tasks.poll import document, fields

# Where relative links lead is not what is measured; both sides are joined with it.
_BASE = "https://feeds.example/news/feed.xml"
_COLUMNS = ("entries", "titles", "links", "dates")
_ROUNDS = 3


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    bodies = {path.name: gzip.decompress(path.read_bytes()) for path in sorted(options.corpus.glob("*.gz"))}
    size = sum(map(len, bodies.values())) / 1e6
    now = datetime.now(UTC)
    ours, seconds = _timed(lambda body: document.read(body, document.Reading(_BASE, now)), bodies)
    theirs, their_seconds = _timed(_feedparser_defaults, bodies)
    rows = [_row(name, ours[name]) for name in bodies]
    if options.out:
        _write(options.out, rows)
    result = {
        "feeds": len(bodies),
        "megabytes": round(size, 2),
        "entries": sum(row["entries"] for row in rows),
        "mb_per_second": round(size / seconds, 2),
        "feedparser_mb_per_second": round(size / their_seconds, 2),
        "ratio": round(their_seconds / seconds, 2),
        **_differences(ours, theirs),
        "short_of_expected": _short(options.corpus / "expected.tsv", rows),
    }
    print(json.dumps(result) if options.json else "\n".join(f"{name:>26}  {value}" for name, value in result.items()))
    return 1 if result["short_of_expected"] else 0


def _timed(read: Any, bodies: dict[str, bytes]) -> tuple[dict[str, Any], float]:
    """Return what was read and the best of three rounds' processor seconds."""
    best, found = float("inf"), {}
    for _ in range(_ROUNDS):
        start = time.process_time()
        found = {name: read(body) for name, body in bodies.items()}
        best = min(best, time.process_time() - start)
    return found, best


def _feedparser_defaults(body: bytes) -> Any:
    drivers, feedparser.api.PREFERRED_XML_PARSERS[:] = feedparser.api.PREFERRED_XML_PARSERS[:], ["drv_libxml2"]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return feedparser.parse(io.BytesIO(body))
    finally:
        feedparser.api.PREFERRED_XML_PARSERS[:] = drivers


def _row(name: str, found: Any) -> dict[str, Any]:
    entries: tuple[ListedEntry, ...] = found.entries if isinstance(found, FeedDocument) else ()
    return {
        "file": name,
        "entries": len(entries) + (found.dropped_count if isinstance(found, FeedDocument) else 0),
        "titles": sum(bool(entry.title) for entry in entries),
        "links": sum(bool(entry.link) for entry in entries),
        "dates": sum(bool(entry.published_at or entry.updated_at) for entry in entries),
    }


def _differences(ours: dict[str, Any], theirs: dict[str, Any]) -> dict[str, int]:
    """Count what the two sides read differently, entry for entry."""
    counts = {"entries_differ": 0, "titles_differ": 0, "links_differ": 0, "dates_differ": 0}
    for name, found in ours.items():
        mine = sorted(_facts(entry) for entry in found.entries) if isinstance(found, FeedDocument) else []
        other = sorted(_their_facts(entry) for entry in theirs[name].entries)
        counts["entries_differ"] += abs(len(mine) - len(other))
        for position, key in enumerate(("links_differ", "titles_differ", "dates_differ")):
            left, right = sorted(one[position] for one in mine), sorted(one[position] for one in other)
            counts[key] += sum(a != b for a, b in zip(left, right, strict=False))
    return counts


def _facts(entry: ListedEntry) -> tuple[str, str, str]:
    moment = entry.published_at or entry.updated_at
    return entry.link or "", entry.title, str(moment.replace(tzinfo=None, microsecond=0)) if moment else ""


def _their_facts(entry: Any) -> tuple[str, str, str]:
    moment = dict.get(entry, "published_parsed") or dict.get(entry, "created_parsed") or dict.get(entry, "updated_parsed")
    date = "{:04}-{:02}-{:02} {:02}:{:02}:{:02}".format(*moment) if moment else ""
    return fields.link(_BASE, entry.get("link")) or "", fields.title(entry.get("title")), date


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ("file", *_COLUMNS), delimiter="\t", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _short(path: Path, rows: list[dict[str, Any]]) -> int:
    """Return how many counts fall short of the expected ones."""
    if not path.exists():
        return 0
    found = {row["file"]: row for row in rows}
    with path.open(newline="", encoding="utf-8") as file:
        expected = list(csv.DictReader(file, delimiter="\t"))
    return sum(int(row[column]) > found.get(row["file"], {}).get(column, 0) for row in expected for column in _COLUMNS)


if __name__ == "__main__":
    sys.exit(main())
