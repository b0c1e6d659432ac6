"""How fast a WARC file goes through the line, against bare trafilatura on the same pages.

    python -m benchmarks.warc FOLDER [--editions 4] [--keep FILE] [--database URL] [--cluster N|ADDRESS] [--json]

FOLDER holds pages, *.html or *.html.gz, in any depth. They are written into one WARC file, every page `--editions` times under
addresses of its own, and taken in by the backfill flow. The figure is pages a second from the first record to the last commit, as a
share of (processors × what bare trafilatura extracts a second in one process). With --cluster every edition is a file of its own,
and a Dask cluster reads them.
"""

import argparse
import gzip
import json
import os
import resource
import tempfile
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from config.settings import load
from domain.records import Page


def main() -> None:
    options = _options()
    pages = [(path.name, _bytes(path)) for path in sorted(options.folder.rglob("*.htm*")) if path.is_file()]
    if not pages:
        raise SystemExit(f"There are no pages (*.html, *.html.gz) in {options.folder}.")
    bare = _bare_rate([body for _, body in pages])
    with tempfile.TemporaryDirectory(prefix="copydesk-") as folder:
        parts = [[edition] for edition in range(options.editions)] if options.cluster else [range(options.editions)]
        files = [_make(pages, Path(folder) / str(part[0]), part) for part in parts]
        account = _take_in(files, options.database or f"sqlite:///{folder}/bench.db", options.cluster)
        if options.keep:
            files[0].rename(options.keep)
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    share = account["pages_per_second"] / (processors * bare)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if options.json:
        figures = {"bare_pages_per_second": round(bare, 2), "processors": processors, "ratio": round(share, 3), "peak_mb": round(peak)}
        print(json.dumps(account | figures | {"cluster": options.cluster}))
        return
    print(
        f"{account['pages_extracted']:,} pages: {account['pages_per_second']:.1f} a second; bare trafilatura {bare:.1f} a second in one "
        f"process, {processors} processors: ratio {share:.2f}. Peak memory of the main process {peak:.0f} MB."
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--editions", type=int, default=4)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--database")
    parser.add_argument("--cluster")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def _bytes(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def _bare_rate(bodies: list[bytes]) -> float:
    """Return how many pages a second trafilatura extracts in this process, with its own defaults and nothing around it."""
    import trafilatura  # measured here, not used

    for body in bodies[:5]:
        trafilatura.bare_extraction(body)
    started = time.perf_counter()
    for body in bodies:
        trafilatura.bare_extraction(body)
    return len(bodies) / (time.perf_counter() - started)


def _make(pages: list[tuple[str, bytes]], folder: Path, editions: Iterable[int]) -> Path:
    """Write the pages into one WARC file, with our own writer."""
    from tasks.publish.warc import Writer

    now = datetime.now(UTC)
    headers = (("content-type", "text/html"),)
    with Writer(folder, started_at=now, software="benchmark") as writer:
        for edition in editions:
            # One site for every page, as in a crawl of many publishers.
            urls = (f"https://site-{number}.example/e{edition}/{name}" for number, (name, _) in enumerate(pages))
            writer.write(
                Page(url, url, 200, headers, body, now - timedelta(seconds=number))
                for number, (url, (_, body)) in enumerate(zip(urls, pages, strict=True))
            )
    return writer.files[0]


def _take_in(files: list[Path], database: str, cluster: str | None) -> dict[str, int | float]:
    from flows.run_history import backfill_once

    given, _ = backfill_once(load(database_url=database), files=[str(file) for file in files], source="warc", limit=0, cluster=cluster)
    return given.account


if __name__ == "__main__":
    main()
