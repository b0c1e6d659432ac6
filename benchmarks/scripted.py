"""Scripted archives for benchmarks: answers by path on a loopback address, and the command line on a temporary database."""

import json
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TypeAlias

Answer: TypeAlias = Callable[[str], tuple[str, str] | None]
"""Returns the content type and the body for a path, None where there is nothing."""
_WORDS = [
    "harbour", "council", "ferry", "school", "budget", "storm", "river", "market", "bridge", "teacher",
    "doctor", "winter", "summer", "road", "village", "tax", "vote", "court", "team", "song",
]  # fmt: skip


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

    def start(self, feeds: list[str], *options: str) -> "subprocess.Popen[str]":
        """Start a backfill of these feeds without a limit."""
        file = self.folder / "feeds.toml"
        file.write_text("".join(f'[[feeds]]\nurl = "{url}"\n' for url in feeds))
        command = [sys.executable, "-m", "cli.main", "backfill", "--yes", "--json", "--feeds", str(file)]
        return subprocess.Popen(
            [*command, "--database", f"sqlite:///{self.path}", *options],
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def run(self, feeds: list[str], *options: str) -> dict[str, int]:
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

    def troubles(self) -> list[str]:
        """Return what could not be used, and why."""
        found = [trouble for (detail,) in self.rows("SELECT detail FROM backfills") for trouble in json.loads(detail).get("troubles", ())]
        return [f"{one['reason']}: {one['detail']}" for one in found]


@contextmanager
def desk(**options: str) -> Iterator[Desk]:
    """Yield a desk that is gone afterwards; `options` are environment variables."""
    with tempfile.TemporaryDirectory(prefix="copydesk-") as folder:
        yield Desk(Path(folder), options)


@contextmanager
def served(host: str, answer: Answer) -> Iterator[tuple[str, list[str]]]:
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


def story(path: str) -> tuple[str, str] | None:
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


def atom(rows: list[tuple[str, datetime]], *, older: str) -> str:
    """Return an Atom document with these links, and an archive before it (RFC 5005)."""
    entries = "".join(
        f"<entry><id>{link}</id><title>{link}</title><link href='{link}'/><updated>{at.isoformat()}</updated></entry>" for link, at in rows
    )
    return (
        f"<feed xmlns='http://www.w3.org/2005/Atom'><id>x</id><title>Press</title><link rel='prev-archive' href='{older}'/>{entries}</feed>"
    )


def rss(rows: list[tuple[str, datetime]], generator: str) -> str:
    """Return an RSS document with these links."""
    items = "".join(
        f"<item><title>{link}</title><link>{link}</link><pubDate>{at:%a, %d %b %Y %H:%M:%S} +0000</pubDate></item>" for link, at in rows
    )
    return f"<rss version='2.0'><channel><title>Blog</title><link>/</link><generator>{generator}</generator>{items}</channel></rss>"
