"""One worker without a Prefect server, for tests and benchmarks that kill it: worker_process.py DATABASE [REQUEST].

Says `ready`, and begins when it is told to by a line. With a request it works that off and ends; without one it polls all feeds again
and again and takes in their news, until its input is closed.
"""

import logging
import os
import sys
import threading
import time

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
    from collections.abc import Callable
    from concurrent.futures import ThreadPoolExecutor

    from config.settings import load
    from db import history
    from domain.records import Tally
    from flows.articles import article_batch
    from flows.plan import parse_feed
    from flows.workshop import Workshop, new_run, open_workshop
    from tasks.discover.task import discover_batch
    from tasks.discover.walk import Quest
    from tasks.fetch.task import fetch_batch
    from tasks.poll.task import poll_batch

    def until_dry(batch: Callable[[], Tally]) -> int:
        total = 0
        while done := batch().done:
            total += done
        return total

    def lap(w: Workshop, begin: Callable[[], Tally]) -> int:
        """Keep the three lanes busy until each has nothing to do; return how much was done."""
        stages = begin, lambda: fetch_batch.fn(w.database, w.settings, w.client, w.run), lambda: article_batch.fn(w)
        with ThreadPoolExecutor(3) as lanes:
            return sum(lanes.map(until_dry, stages))

    def work_off(w: Workshop, request: str) -> None:
        quest = Quest(request, parse_feed)
        while True:
            done = lap(w, lambda: discover_batch.fn(w.database, w.settings, w.client, w.run, quest=quest))
            with w.database.read() as session:
                left = history.outlook(session, request)
            if not done and left.next_at is None:
                return
            time.sleep(_NAP if not done else 0)

    closed = threading.Event()

    def await_end() -> None:
        sys.stdin.read()
        closed.set()

    def follow(w: Workshop) -> None:
        # Each time it says that polls were forced.
        logging.getLogger("copydesk.poll").setLevel(logging.ERROR)
        threading.Thread(target=await_end, daemon=True).start()
        while not closed.wait(_NAP):
            w.run = new_run()
            lap(w, lambda: poll_batch.fn(w.database, w.settings, w.client, w.run, force=True))

    request = sys.argv[2] if len(sys.argv) > 2 else ""
    with open_workshop(load(database_url=sys.argv[1]), history=bool(request)) as workshop:
        print("ready", flush=True)
        sys.stdin.readline()
        work_off(workshop, request) if request else follow(workshop)


if __name__ == "__main__":
    os.environ |= {name: value for name, value in _DEFAULTS.items() if name not in os.environ}
    main()
