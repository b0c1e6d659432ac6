"""Walks scripted archives through the command line, over real HTTP on loopback, and prints what came of each.

    python -m benchmarks.archives [chain] [paged] [wayback] [index]

chain: a feed of 1,000 archive documents (RFC 5005) whose last leads back into itself, and one that leads to another host.
paged: a WordPress feed of 40 pages. wayback: a CDX server with two months of captures. index: a sitemap index of 50 sitemaps with
50,000 addresses; measured are the seconds to the first stored article and the walker's peak memory, and it is stopped when all
addresses are listed.
"""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

START = datetime(2026, 3, 1, tzinfo=UTC)
Answer = Callable[[str], tuple[str, str] | None]
_WORDS = [
    "harbour", "council", "ferry", "school", "budget", "storm", "river", "market", "bridge", "teacher",
    "doctor", "winter", "summer", "road", "village", "tax", "vote", "court", "team", "song",
]  # fmt: skip


def main() -> None:
    asked = sys.argv[1:] or ["chain", "paged", "wayback", "index"]
    for name in asked:
        globals()[f"_{name}"]()


def _chain() -> None:
    """A chain of 1,000 documents, the last of which names the 500th; and a second feed whose archive lies elsewhere."""
    site: list[str] = []

    def answer(path: str) -> tuple[str, str] | None:
        number = int(path.rpartition("/")[2] or 0) if path.startswith("/archive/") else 0
        if path == "/elsewhere.xml":
            return "application/atom+xml", _atom([(f"{site[0]}/story/x", START)], older="http://127.0.3.250/archive/1")
        if path == "/feed.xml" or path.startswith("/archive/"):
            older = f"/archive/{number + 1}" if number < 999 else "/archive/500"
            return "application/atom+xml", _atom([(f"{site[0]}/story/{number}", START + timedelta(days=1000 - number))], older=older)
        return _story(path)

    with _served("127.0.3.2", answer) as (base, log), _desk() as desk:
        site.append(base)
        account = desk.run(_feeds(f"{base}/feed.xml", f"{base}/elsewhere.xml"), "--source", "archive")
        documents = [path for path in log if path.startswith("/archive/") or path.endswith(".xml")]
        print(
            f"chain: {len(documents)} documents asked ({len(set(documents))} different), {account['found']} entries found, "
            f"{account['unique']} unique articles; {_troubles(desk)}"
        )


def _paged() -> None:
    """A blog that serves ten entries a page, 40 pages, and 404 behind the last."""

    def answer(path: str) -> tuple[str, str] | None:
        parts = urlsplit(path)
        if parts.path != "/feed/":
            return _story(path)
        page = int(parse_qs(parts.query).get("paged", ["1"])[0])
        if page > 40:
            return None
        rows = [(f"/story/{10 * page + number}", START - timedelta(days=10 * page + number)) for number in range(10)]
        return "application/rss+xml", _rss(rows, "https://wordpress.org/?v=6.9")

    with _served("127.0.3.3", answer) as (base, log), _desk() as desk:
        account = desk.run(_feeds(f"{base}/feed/"), "--source", "archive")
        pages = sum(path.startswith("/feed/") for path in log)
        print(f"paged: {pages} pages asked, {account['found']} entries found, {account['unique']} unique articles")


def _wayback() -> None:
    """An archive that answers CDX queries in parts of 50, and serves captures; the site itself is gone."""
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
        return _story(path.rpartition("/story/")[1] + path.rpartition("/story/")[2]) if parts.path.startswith("/web/") else None

    with _served("127.0.3.4", answer) as (base, log), _desk(COPYDESK_BACKFILL__WAYBACK_URL=base) as desk:
        account = desk.run(_feeds("http://127.0.3.5/feed"), "--source", "wayback", "--since", "2026-03-01", "--until", "2026-04-30")
        rows = desk.rows("SELECT url, canonical_url FROM unique_articles")
        asked = sum(path.startswith("/cdx") for path in log)
        print(
            f"wayback: {asked} queries, {account['found']} captures found, {account['unique']} unique articles, "
            f"{sum(url.startswith('http://127.0.3.5/') for url, _ in rows)} of them under their own addresses"
        )


def _index() -> None:
    """50 sitemaps of 1,000 addresses, packed."""

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
        return _story(path)

    with _served("127.0.3.6", answer) as (base, _log), _desk() as desk:
        process, began = desk.start(_feeds(f"{base}/feed.xml"), "--source", "sitemap"), time.monotonic()
        first = listed = peak = 0.0
        begun = None
        while process.poll() is None and time.monotonic() - began < 600:
            time.sleep(0.5)
            peak = max(peak, _resident(process.pid))
            counts = desk.counts()
            begun = begun or (time.monotonic() if _log else None)
            if counts["articles"] and not first:
                first = time.monotonic() - (begun or began)
            if counts["entries"] == 50_000:
                listed = time.monotonic() - (begun or began)
                break
        process.send_signal(signal.SIGINT)
        process.wait(60)
        counts = desk.counts()
        print(
            f"index: first article stored after {first:.1f} s, {counts['entries']:,} addresses listed after {listed:.1f} s (both from the "
            f"first request), {counts['articles']:,} articles by then; peak memory of the process {peak:.0f} MB"
        )


class Desk:
    """A temporary database, and the command line on it."""

    def __init__(self, folder: Path, options: dict[str, str]) -> None:
        self.folder = folder
        self.path = folder / "bench.db"
        self._environment = {
            **os.environ,
            "COPYDESK_FETCH__ALLOWED_NETWORKS": '["127.0.0.0/8"]',
            "COPYDESK_FETCH__HOST_SPACING": "0",
            "PREFECT_HOME": str(folder / "prefect"),
            **options,
        }

    def start(self, feeds: str, *options: str) -> "subprocess.Popen[str]":
        """Start a backfill without a limit."""
        file = self.folder / "feeds.toml"
        file.write_text(feeds)
        command = [
            sys.executable,
            "-m",
            "cli.main",
            "backfill",
            "--yes",
            "--json",
            "--feeds",
            str(file),
            "--database",
            f"sqlite:///{self.path}",
        ]
        return subprocess.Popen([*command, *options], env=self._environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def run(self, feeds: str, *options: str) -> dict[str, int]:
        """Run a backfill to its end and return its account."""
        output, _ = self.start(feeds, *options).communicate()
        account: dict[str, int] = json.loads(output.strip().splitlines()[-1])
        return account

    def rows(self, statement: str) -> list[tuple[str, ...]]:
        """Return what a query finds; nothing while there are no tables yet."""
        if not self.path.exists():
            return []
        try:
            with sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=30) as connection:
                return connection.execute(statement).fetchall()
        except sqlite3.OperationalError:
            return []

    def counts(self) -> dict[str, int]:
        """Return how many entries and articles there are."""
        return {table: int((self.rows(f"SELECT count(*) FROM {table}") or [("0",)])[0][0]) for table in ("entries", "articles")}


@contextmanager
def _desk(**options: str) -> Iterator[Desk]:
    with tempfile.TemporaryDirectory(prefix="copydesk-") as folder:
        yield Desk(Path(folder), options)


@contextmanager
def _served(host: str, answer: Answer) -> Iterator[tuple[str, list[str]]]:
    """Serve answers by path on a loopback address of their own; yield the base address and the log of paths."""
    log: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            log.append(self.path)
            found = answer(self.path)
            body = (found[1] if found else "not here").encode()
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", found[0] if found else "text/plain")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer((host, 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://{host}:{server.server_port}", log
    finally:
        server.shutdown()
        thread.join()


def _story(path: str) -> tuple[str, str] | None:
    """Return an article that no other resembles, for any /story/… address."""
    if not path.startswith("/story/"):
        return None
    chance = random.Random(path)
    paragraphs = (" ".join(chance.choice(_WORDS) + str(chance.randrange(10_000)) for _ in range(40)) + "." for _ in range(4))
    body = "".join(f"<p>{text.capitalize()}</p>" for text in paragraphs)
    title = f"Story {path.rpartition('/')[2]}"
    return (
        "text/html; charset=utf-8",
        f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1>{body}</article></body></html>",
    )


def _atom(rows: list[tuple[str, datetime]], *, older: str) -> str:
    entries = "".join(
        f"<entry><id>{link}</id><title>{link}</title><link href='{link}'/><updated>{at.isoformat()}</updated></entry>" for link, at in rows
    )
    return (
        f"<feed xmlns='http://www.w3.org/2005/Atom'><id>x</id><title>Press</title><link rel='prev-archive' href='{older}'/>{entries}</feed>"
    )


def _rss(rows: list[tuple[str, datetime]], generator: str) -> str:
    items = "".join(
        f"<item><title>{link}</title><link>{link}</link><pubDate>{at:%a, %d %b %Y %H:%M:%S} +0000</pubDate></item>" for link, at in rows
    )
    return f"<rss version='2.0'><channel><title>Blog</title><link>/</link><generator>{generator}</generator>{items}</channel></rss>"


def _feeds(*urls: str) -> str:
    return "".join(f'[[feeds]]\nurl = "{url}"\n' for url in urls)


def _troubles(desk: Desk) -> str:
    found = [trouble for (detail,) in desk.rows("SELECT detail FROM backfills") for trouble in json.loads(detail).get("troubles", ())]
    return "; ".join(f"{one['reason']}: {one['detail']}" for one in found) or "no troubles"


def _resident(pid: int) -> float:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    main()
