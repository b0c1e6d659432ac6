"""How fast the whole line is, against bare trafilatura on the same pages: what `make bench` prints.

    python -m benchmarks.throughput [--stories 600] [--outlets 24] [--feeds LIST] [--database URL] [--json]

A simulated press is served by a process of its own (or `--feeds` names a list that is served already) and ingested into an empty
database. The figure is pages a second, from the first request to the last commit, as a share of (processors × what bare
trafilatura extracts a second in one process): 1.0 would mean that fetching, deduplicating and storing cost nothing.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import zstandard

from db.engine import Database
from db.models import Article, Page

_ENVIRONMENT = {"COPYDESK_FETCH__ALLOWED_NETWORKS": '["127.0.0.0/8"]', "COPYDESK_FETCH__HOST_SPACING": "0"}


def main(arguments: list[str] | None = None) -> int:
    """Measure once and print the figures. Return 0, or 1 when the ingest failed."""
    given = _parser().parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="copydesk-bench-") as folder:
        url = given.database or f"sqlite:///{folder}/bench.db"
        with _press(given, Path(folder)) as feeds:
            ingest = _ingest(feeds, url)
        if ingest is None:
            return 1
        bare, count = _bare(url)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    line = ingest["pages_per_second"]
    figures = {
        "pages": ingest["pages_extracted"], "pages_per_second": line, "bare_pages": count, "bare_per_second": round(bare, 1),
        "processors": cores, "ratio": round(line / (cores * bare), 3), "peak_memory_mb": ingest["peak_memory_mb"],
        "unique": ingest["unique"], "copies": ingest["exact_copy"] + ingest["near_copy"],
    }  # fmt: skip
    if given.json:
        print(json.dumps(figures))
    else:
        print(
            f"line             {line:8.1f} pages/s ({figures['pages']:,} pages, {figures['unique']:,} unique, {figures['copies']:,} copies)"
        )
        print(f"bare trafilatura {bare:8.1f} pages/s in one process, same pages")
        print(f"ratio            {figures['ratio']:8.2f} of {cores} processors' worth of bare trafilatura")
        print(f"main process     {figures['peak_memory_mb']:8.0f} MB at its peak")
    return 0


@contextmanager
def _press(given: argparse.Namespace, folder: Path) -> Iterator[Path]:
    if given.feeds:
        yield given.feeds
        return
    feeds = folder / "press.opml"
    command = [sys.executable, "-m", "newsroom", "--outlets", str(given.outlets), "--stories", str(given.stories), "--opml", str(feeds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as server:
        try:
            assert server.stdout
            server.stdout.readline()
            yield feeds
        finally:
            server.terminate()


def _ingest(feeds: Path, url: str) -> dict[str, Any] | None:
    """Run one ingest in a process of its own; return its account with the peak memory of that process."""
    command = [sys.executable, "-m", "cli.main", "ingest", "--feeds", str(feeds), "--database", url, "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | _ENVIRONMENT) as process:
        peak = _Peak(process.pid)
        output, _ = process.communicate()
        peak.stop()
    if process.returncode:
        return None
    account: dict[str, Any] = json.loads(output.splitlines()[-1])
    return account | {"peak_memory_mb": round(peak.megabytes, 1)}


class _Peak:
    """Watches the largest resident size of a process, as long as it runs (Linux; 0 elsewhere)."""

    def __init__(self, pid: int) -> None:
        self.megabytes = 0.0
        self._status = Path(f"/proc/{pid}/status")
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop watching."""
        self._stopped.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stopped.wait(0.1):
            try:
                lines = self._status.read_text(encoding="ascii").splitlines()
            except OSError:
                return
            peak = next((line.split()[1] for line in lines if line.startswith("VmHWM")), "0")
            self.megabytes = max(self.megabytes, int(peak) / 1_024)


def _bare(url: str) -> tuple[float, int]:
    """Return how many pages a second bare trafilatura extracts, metadata included, of those that became articles, and how many they were."""
    import trafilatura

    database = Database(url)
    with database.read() as session:
        packed = session.scalars(sa.select(Page.body).join(Article, Article.page_id == Page.id)).all()
    database.close()
    unpack = zstandard.ZstdDecompressor()
    bodies = [unpack.decompressobj().decompress(body) for body in packed]
    trafilatura.bare_extraction(bodies[0], with_metadata=True)
    began = time.perf_counter()
    for body in bodies:
        trafilatura.bare_extraction(body, include_comments=False, with_metadata=True)
    return len(bodies) / (time.perf_counter() - began), len(bodies)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.throughput", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--stories", type=int, default=600, help="stories of the press; about 1.7 pages each")
    parser.add_argument("--outlets", type=int, default=24, help="newspapers and the agency")
    parser.add_argument("--feeds", type=Path, help="feed list of a press that is served already, on loopback")
    parser.add_argument("--database", help="URL of an empty database (default: a temporary SQLite file)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


if __name__ == "__main__":
    sys.exit(main())
