"""One worker without a Prefect server, for tests and benchmarks that kill it: worker_process.py DATABASE [REQUEST].

Says `ready`, and begins when it is told to by a line. With a request it works that off and ends; without one it polls all feeds and
takes in their news, once more for each further line, until its input is closed.
"""

import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from domain.records import Tally
    from flows.workshop import Workshop

_DEFAULTS = {
    "COPYDESK_FETCH__ALLOWED_NETWORKS": '["127.0.0.0/8"]',
    "COPYDESK_FETCH__HOST_SPACING": "0",
    "COPYDESK_LEASE__SECONDS": "5",
    "COPYDESK_EXTRACT__WORKERS": "1",
    # Small batches, so that a kill finds work in every room.
    "COPYDESK_EXTRACT__BATCH_SIZE": "10",
    "COPYDESK_BACKFILL__BATCH_SIZE": "5",
}
_NAP = 0.1


def main() -> None:
    # Here and below, not above: the extraction processes import this file too.
    from config.settings import load
    from flows.workshop import open_workshop

    request = sys.argv[2] if len(sys.argv) > 2 else ""
    with open_workshop(load(database_url=sys.argv[1]), history=bool(request)) as workshop:
        print("ready", flush=True)
        sys.stdin.readline()
        _work_off(workshop, request) if request else _follow(workshop)


def _work_off(w: "Workshop", request: str) -> None:
    from db import history
    from flows.plan import parse_feed
    from tasks.discover.task import discover_batch
    from tasks.discover.walk import Quest

    w.run, quest = replace(w.run, request_id=request), Quest(request, parse_feed)
    while True:
        done = _lap(w, lambda: discover_batch.fn(w.database, w.settings, w.client, w.run, quest=quest))
        with w.database.read() as session:
            left = history.outlook(session, request)
        if not done and left.next_at is None:
            return
        time.sleep(_NAP if not done else 0)


def _follow(w: "Workshop") -> None:
    from flows.articles import article_batch
    from flows.workshop import new_run
    from tasks.fetch.task import fetch_batch
    from tasks.poll.task import poll_batch

    closed = threading.Event()
    # Each time it says that polls were forced.
    logging.getLogger("copydesk.poll").setLevel(logging.ERROR)

    def lane(batch: "Callable[[], Tally]") -> None:
        while not closed.wait(_NAP):
            _until_dry(batch)

    # Forced polls are made once in a run.
    poll = partial(lane, lambda: poll_batch.fn(w.database, w.settings, w.client, w.run, force=True))
    fetch = partial(lane, lambda: fetch_batch.fn(w.database, w.settings, w.client, w.run))
    articles = partial(lane, lambda: article_batch.fn(w))
    # As many as the flow `ingest` has.
    width = {poll: 2, fetch: 2, articles: 3}
    with ThreadPoolExecutor(sum(width.values())) as lanes:
        busy = [lanes.submit(stage) for stage, count in width.items() for _ in range(count)]
        for _ in sys.stdin:
            w.run = new_run()
        closed.set()
        for one in busy:
            one.result()


def _lap(w: "Workshop", begin: "Callable[[], Tally]") -> int:
    """Keep all lanes busy until each has nothing to do; return how much was done."""
    from flows.articles import article_batch
    from tasks.fetch.task import fetch_batch

    stages = begin, lambda: fetch_batch.fn(w.database, w.settings, w.client, w.run), lambda: article_batch.fn(w)
    with ThreadPoolExecutor(len(stages)) as lanes:
        return sum(lanes.map(_until_dry, stages))


def _until_dry(batch: "Callable[[], Tally]") -> int:
    total = 0
    while done := batch().done:
        total += done
    return total


if __name__ == "__main__":
    os.environ |= {name: value for name, value in _DEFAULTS.items() if name not in os.environ}
    main()
