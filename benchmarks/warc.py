"""How fast a WARC file goes through the line, against bare trafilatura on the same pages.

    python -m benchmarks.warc FOLDER [--editions 10] [--keep FILE] [--database URL] [--cluster N|ADDRESS] [--json]

FOLDER holds pages, *.html or *.html.gz, in any depth. They are written into one WARC file, every page `--editions` times under
addresses of its own, and taken in by the backfill flow. The figure is pages a second from the first record to the last commit, as a
share of (processors × what bare trafilatura extracts a second in one process; measured before and after, since machines have moods).
Bare is what it takes to get an article: text and metadata, as in `benchmarks.extraction`; `ratio_to_text_only` is against the text
alone, without title, date or author. With --cluster every edition is a file of its own, and a Dask cluster reads them.
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
    bodies = [body for _, body in pages]
    before = _bare_rates(bodies)
    with tempfile.TemporaryDirectory(prefix="copydesk-") as folder:
        parts = [[edition] for edition in range(options.editions)] if options.cluster else [range(options.editions)]
        files = [_make(pages, Path(folder) / str(part[0]), part) for part in parts]
        account = _take_in(files, options.database or f"sqlite:///{folder}/bench.db", options.cluster)
        if options.keep:
            files[0].rename(options.keep)
    bare, text_only = ((one + other) / 2 for one, other in zip(before, _bare_rates(bodies), strict=True))
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    rate = account["pages_per_second"]
    report = {
        "pages": account["pages_extracted"], "pages_per_second": rate, "bare_pages_per_second": round(bare, 1),
        "bare_text_only_pages_per_second": round(text_only, 1), "processors": processors,
        "ratio": round(rate / (processors * bare), 3), "ratio_to_text_only": round(rate / (processors * text_only), 3),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024), "unique": account["unique"],
        "exact_copy": account["exact_copy"], "near_copy": account["near_copy"], "cluster": options.cluster,
    }  # fmt: skip
    print(json.dumps(report) if options.json else _words(report))


def _words(report: dict[str, int | float]) -> str:
    return (
        f"{report['pages']:,} pages: {report['pages_per_second']:.1f} a second; bare trafilatura {report['bare_pages_per_second']:.1f} a "
        f"second in one process, {report['processors']} processors: ratio {report['ratio']:.2f} ({report['ratio_to_text_only']:.2f} to its "
        f"text alone). Peak memory of the main process {report['peak_mb']} MB; {report['unique']:,} unique, {report['exact_copy']:,} exact and {report['near_copy']:,} near copies."
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--editions", type=int, default=10)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--database")
    parser.add_argument("--cluster")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser.parse_args()


def _bytes(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def _bare_rates(bodies: list[bytes]) -> tuple[float, float]:
    """Return how many pages a second trafilatura extracts in this process, with nothing around it: with metadata, and the text only.

    The two take turns page by page, so that both meet the same machine.
    """
    import trafilatura  # measured here, not used

    seconds = {True: 0.0, False: 0.0}
    for number, body in enumerate([*bodies[:5], *bodies]):
        for with_metadata in seconds:
            started = time.perf_counter()
            trafilatura.bare_extraction(body, include_comments=False, with_metadata=with_metadata)
            # The first pages pay for what is loaded on the way.
            seconds[with_metadata] += time.perf_counter() - started if number >= len(bodies[:5]) else 0.0
    return len(bodies) / seconds[True], len(bodies) / seconds[False]


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
