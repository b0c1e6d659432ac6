"""Polls a thousand feeds that have nothing new: how many a second, and in how much memory.

    python -m benchmarks.polls [--feeds 1000] [--rounds 5] [--reader PYTHON] [--json]

A server process on loopback answers every conditional request with 304, one address per feed. The first round reads the feeds, the
timed ones go the whole way: claim by host lease, visit through the guarded client, decide, commit. With `--reader`, the Python
of an environment that has lemon24's `reader` (pip install reader sgmllib3k), the same feeds are polled by it with 10 workers in the
same run, as a ratio.
"""

import argparse
import asyncio
import contextlib
import json
import multiprocessing
import resource
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from config.settings import FetchSettings, Settings
from db import feeds, schema
from db.engine import Database
from db.models import Feed
from domain.records import Run, Subscription
from tasks.fetch.client import Client
from tasks.poll.task import poll_batch

# As in the ingest flow.
_LANES = 2
_ENTRIES = "".join(
    f"<item><title>Story {number}</title><link>https://news.example/{{host}}/{number}</link><guid>{{host}}-{number}</guid>"
    f"<description>{'What happened, in a few words. ' * 5}</description></item>"
    for number in range(10)
)
_FEED = f'<?xml version="1.0"?><rss version="2.0"><channel><title>Feed {{host}}</title>{_ENTRIES}</channel></rss>'


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--feeds", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--reader", help="Python of an environment that has lemon24's reader")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with serving() as port, tempfile.TemporaryDirectory() as folder:
        urls = [
            f"http://127.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}:{port}/feed"
            for number in range(65_537, 65_537 + options.feeds)
        ]
        result = measure(urls, Path(folder), options.rounds)
        if options.reader:
            beside = _reader(options.reader, urls, Path(folder), options.rounds)
            result |= {"reader_polls_per_second": beside, "ratio": round(result["polls_per_second"] / beside, 2)}
    print(json.dumps(result) if options.json else "\n".join(f"{name:>24}  {value}" for name, value in result.items()))
    return 0


def measure(urls: list[str], folder: Path, rounds: int) -> dict[str, Any]:
    """Return what our own polls did: the median round's rate, and the process's peak memory."""
    database = Database(f"sqlite:///{folder / 'polls.db'}")
    schema.upgrade(database)
    database.write(lambda session: feeds.sync_list(session, [Subscription(url) for url in urls], datetime.now(UTC)))
    settings = Settings(fetch=FetchSettings(allowed_networks=(ip_network("127.0.0.0/8"),), host_spacing=0.0))
    counts: list[int] = []
    times: list[float] = []
    with Client(settings.fetch) as client:
        for number in range(rounds + 1):
            _make_due(database)
            start = time.perf_counter()
            outcomes = _round(database, settings, client, Run(f"round-{number}", "bench", datetime.now(UTC)))
            if number:
                times.append(time.perf_counter() - start)
                counts.append(outcomes.get("unchanged", 0))
    database.close()
    return {
        "feeds": len(urls),
        "polls_per_second": round(len(urls) / sorted(times)[len(times) // 2], 1),
        "answered_304": min(counts),
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def _round(database: Database, settings: Settings, client: Client, run: Run) -> dict[str, int]:
    """Poll until nothing is due, in as many lanes as the flow has."""
    outcomes: dict[str, int] = {}

    def lane() -> list[tuple[str, int]]:
        done: list[tuple[str, int]] = []
        while (tally := poll_batch.fn(database, settings, client, run)).done:
            done.extend(tally.outcomes)
        return done

    with ThreadPoolExecutor(_LANES) as pool:
        for lane_outcomes in pool.map(lambda _: lane(), range(_LANES)):
            for name, count in lane_outcomes:
                outcomes[name] = outcomes.get(name, 0) + count
    return outcomes


def _make_due(database: Database) -> None:
    past = datetime.now(UTC) - timedelta(hours=1)
    database.write(lambda session: session.execute(sa.update(Feed).values(next_poll_at=past)))


def _reader(python: str, urls: list[str], folder: Path, rounds: int) -> float:
    script = Path(__file__).with_name("polls_reader.py")
    listed = folder / "urls.txt"
    listed.write_text("\n".join(urls))
    done = subprocess.run(
        [python, str(script), str(listed), str(folder / "reader.db"), str(rounds)], check=True, capture_output=True, text=True
    )
    return float(done.stdout)


@contextlib.contextmanager
def serving() -> Any:
    """Yield the port of a server process on all loopback addresses."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(there,), daemon=True)
    process.start()
    try:
        yield here.recv()
    finally:
        process.terminate()
        process.join(10)


def _serve(there: Connection) -> None:
    async def answer(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        host = sink.get_extra_info("sockname")[0]
        body = _FEED.replace("{host}", host).encode()
        full = f'HTTP/1.1 200 OK\r\nETag: "v1"\r\nContent-Type: application/rss+xml\r\nContent-Length: {len(body)}\r\n\r\n'.encode() + body
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await source.readuntil(b"\r\n\r\n")
                sink.write(b'HTTP/1.1 304 Not Modified\r\nETag: "v1"\r\n\r\n' if b'if-none-match: "v1"' in head.lower() else full)
                await sink.drain()
        sink.close()

    async def main() -> None:
        server = await asyncio.start_server(answer, "0.0.0.0", 0, backlog=4_096)  # noqa: S104  (all of 127/8)
        there.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())


if __name__ == "__main__":
    sys.exit(main())
