"""Walks scripted archives through the command line, over real HTTP on loopback, and prints what came of each.

    python -m benchmarks.archives [chain] [paged] [wayback] [index] [--seconds 300] [--spacing 0] [--json]

chain: a feed of 1,000 archive documents (RFC 5005) whose last leads back into itself, and one that leads to another host.
paged: a WordPress feed of 40 pages. wayback: a CDX server with two months of captures. index: a sitemap index of 50 sitemaps with
50,000 addresses on one host, asked every `--spacing` seconds; measured are the seconds from the first request to the first stored
article and to the last listed address, and the memory of the main process then and at its peak. It is ended when all addresses are
listed, or after `--seconds`: then `all_listed_after_seconds` is null.
"""

import argparse
import json
import os
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from benchmarks.scripted import Desk, atom, desk, rss, served, story

START = datetime(2026, 3, 1, tzinfo=UTC)
_ADDRESSES = 50_000
_ENDING_SECONDS = 30.0


def main() -> None:
    """Run the cases that are asked for, one after the other, and print what each came to."""
    given = _options()
    report = {name: case(given) for name, case in _CASES.items() if {name, "all"} & set(given.cases)}
    if given.json:
        print(json.dumps(report))
        return
    for name, figures in report.items():
        print(name, *(f"  {figure.replace('_', ' '):28} {value}" for figure, value in figures.items()), sep="\n")


def _chain(_given: argparse.Namespace) -> dict[str, Any]:
    """Walk a chain of 1,000 documents, the last of which names the 500th; and a second feed whose archive lies elsewhere."""
    site: list[str] = []

    def answer(path: str) -> tuple[str, str] | None:
        number = int(path.rpartition("/")[2] or 0) if path.startswith("/archive/") else 0
        if path == "/elsewhere.xml":
            return "application/atom+xml", atom([(f"{site[0]}/story/x", START)], older="http://127.0.3.250/archive/1")
        if path == "/feed.xml" or path.startswith("/archive/"):
            older = f"/archive/{number + 1}" if number < 999 else "/archive/500"
            return "application/atom+xml", atom([(f"{site[0]}/story/{number}", START + timedelta(days=1000 - number))], older=older)
        return story(path)

    with served("127.0.3.2", answer) as (base, log), desk() as place:
        site.append(base)
        account = place.run([f"{base}/feed.xml", f"{base}/elsewhere.xml"], "--source", "archive")
        documents = [path for path in log if path.startswith("/archive/") or path.endswith(".xml")]
        return {
            "documents_asked": len(documents),
            "asked_twice": len(documents) - len(set(documents)),
            "found": account["found"],
            "unique": account["unique"],
            "troubles": place.troubles(),
        }


def _paged(_given: argparse.Namespace) -> dict[str, Any]:
    """Walk a blog that serves ten entries a page, 40 pages, and 404 behind the last."""

    def answer(path: str) -> tuple[str, str] | None:
        parts = urlsplit(path)
        if parts.path != "/feed/":
            return story(path)
        page = int(parse_qs(parts.query).get("paged", ["1"])[0])
        if page > 40:
            return None
        rows = [(f"/story/{10 * page + number}", START - timedelta(days=10 * page + number)) for number in range(10)]
        return "application/rss+xml", rss(rows, "https://wordpress.org/?v=6.9")

    with served("127.0.3.3", answer) as (base, log), desk() as place:
        account = place.run([f"{base}/feed/"], "--source", "archive")
        pages = sum(path.startswith("/feed/") for path in log)
        return {"pages_asked": pages, "found": account["found"], "unique": account["unique"], "troubles": place.troubles()}


def _wayback(_given: argparse.Namespace) -> dict[str, Any]:
    """Walk an archive that answers CDX queries in parts of 50, and serves captures; the site itself is gone."""
    captures = [(START + timedelta(hours=7 * number), f"http://127.0.3.5/story/{number}") for number in range(200)]

    def answer(path: str) -> tuple[str, str] | None:
        parts = urlsplit(path)
        if parts.path == "/cdx/search/cdx":
            query = parse_qs(parts.query)
            since, until, after = query["from"][0], query["to"][0], int(query.get("resumeKey", ["0"])[0])
            rows = [[f"{at:%Y%m%d%H%M%S}", url, "text/html", "200"] for at, url in captures]
            rows = [row for row in rows if since <= row[0] <= until]
            more = [[], [str(after + 50)]] if len(rows) > after + 50 else []
            return "application/json", json.dumps([["timestamp", "original", "mimetype", "statuscode"], *rows[after : after + 50], *more])
        return story(path.rpartition("/story/")[1] + path.rpartition("/story/")[2]) if parts.path.startswith("/web/") else None

    with served("127.0.3.4", answer) as (base, log), desk(COPYDESK_BACKFILL__WAYBACK_URL=base) as place:
        account = place.run(["http://127.0.3.5/feed"], "--source", "wayback", "--since", "2026-03-01", "--until", "2026-04-30")
        rows = place.rows("SELECT url FROM unique_articles")
        return {
            "queries": sum(path.startswith("/cdx") for path in log), "found": account["found"], "unique": account["unique"],
            "under_their_own_addresses": sum(url.startswith("http://127.0.3.5/") for (url,) in rows), "troubles": place.troubles(),
        }  # fmt: skip


def _index(given: argparse.Namespace) -> dict[str, Any]:
    """Walk 50 sitemaps of 1,000 addresses."""

    def answer(path: str) -> tuple[str, str] | None:
        if path == "/robots.txt":
            return "text/plain", "Sitemap: /index.xml"
        if path == "/index.xml":
            rows = "".join(f"<sitemap><loc>/map-{number}.xml</loc></sitemap>" for number in range(50))
            return "application/xml", f"<sitemapindex>{rows}</sitemapindex>"
        if path.startswith("/map-"):
            number = int(path.removeprefix("/map-").removesuffix(".xml"))
            rows = "".join(f"<url><loc>/story/{1000 * number + one}</loc></url>" for one in range(1000))
            return "application/xml", f"<urlset>{rows}</urlset>"
        return story(path)

    with served("127.0.3.6", answer) as (base, log), desk(COPYDESK_FETCH__HOST_SPACING=str(given.spacing)) as place:
        process = place.start([f"{base}/feed.xml"], "--source", "sitemap")
        try:
            return _watched(process, place, lambda: bool(log), given.seconds)
        finally:
            _end(process)


def _watched(process: "subprocess.Popen[str]", place: Desk, has_begun: Callable[[], bool], seconds: float) -> dict[str, Any]:
    """Return how soon the first article was stored, and in how much memory the rest was listed."""
    began, first, then, peak = 0.0, 0.0, 0.0, 0.0
    counts, started = place.counts(), time.monotonic()
    while process.poll() is None and time.monotonic() - started < seconds and counts["entries"] < _ADDRESSES:
        time.sleep(0.2)
        began = began or (time.monotonic() if has_begun() else 0.0)
        peak = max(peak, _resident(process.pid))
        counts = place.counts()
        if counts["articles"] and not first:
            first, then = time.monotonic() - began, _resident(process.pid)
    ended = round(time.monotonic() - (began or started), 1)
    return {
        "first_article_after_seconds": round(first, 1), "all_listed_after_seconds": ended if counts["entries"] >= _ADDRESSES else None,
        "memory_mb_then": round(then), "peak_memory_mb": round(peak), "addresses_listed": counts["entries"], "articles": counts["articles"],
        "seconds": ended,
    }  # fmt: skip


def _end(process: "subprocess.Popen[str]") -> None:
    process.terminate()
    try:
        process.wait(_ENDING_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _resident(pid: int) -> float:
    """Return the memory of a process in megabytes; 0 when it is gone."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


_CASES: dict[str, Callable[[argparse.Namespace], dict[str, Any]]] = {
    "chain": _chain, "paged": _paged, "wayback": _wayback, "index": _index,
}  # fmt: skip


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.archives", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("cases", nargs="*", choices=(*_CASES, "all"), default="all", help="what to walk (default: all)")
    parser.add_argument("--seconds", type=float, default=300.0, help="how long the index is walked at most")
    parser.add_argument("--spacing", type=float, default=0.0, help="seconds between two requests to the index's host")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args()
    given.cases = [given.cases] if isinstance(given.cases, str) else given.cases
    return given


if __name__ == "__main__":
    main()
