"""Works a request for history off without a Prefect server, for tests that kill it: history_worker.py DATABASE REQUEST.

Says `ready`, and begins when it is told to by a line.
"""

import os
import sys
import time

os.environ["COPYDESK_FETCH__ALLOWED_NETWORKS"] = '["127.0.0.0/8"]'
os.environ["COPYDESK_FETCH__HOST_SPACING"] = "0"
os.environ["COPYDESK_LEASE__SECONDS"] = "5"
os.environ["COPYDESK_EXTRACT__WORKERS"] = "1"
# Small batches, so that a kill finds work in every room.
os.environ["COPYDESK_EXTRACT__BATCH_SIZE"] = "10"
os.environ["COPYDESK_BACKFILL__BATCH_SIZE"] = "5"


def main() -> None:
    from concurrent.futures import ThreadPoolExecutor

    from config.settings import load
    from db import history
    from flows.articles import article_batch
    from flows.plan import parse_feed
    from flows.workshop import Workshop, open_workshop
    from tasks.discover.task import discover_batch
    from tasks.discover.walk import Quest
    from tasks.fetch.task import fetch_batch

    def until_dry(workshop: Workshop, stage: str) -> int:
        done = total = 0
        w = workshop
        while True:
            if stage == "discover":
                done = discover_batch.fn(w.database, w.settings, w.client, w.run, quest=Quest(sys.argv[2], parse_feed)).done
            elif stage == "fetch":
                done = fetch_batch.fn(w.database, w.settings, w.client, w.run).done
            else:
                done = article_batch.fn(w).done
            total += done
            if not done:
                return total

    with open_workshop(load(database_url=sys.argv[1]), history=True) as workshop:
        print("ready", flush=True)
        sys.stdin.readline()
        while True:
            with ThreadPoolExecutor(3) as lanes:
                done = sum(lanes.map(lambda stage: until_dry(workshop, stage), ("discover", "fetch", "articles")))
            with workshop.database.read() as session:
                left = history.outlook(session, sys.argv[2])
            if not done and left.next_at is None:
                return
            time.sleep(0.1 if not done else 0)


if __name__ == "__main__":
    main()
