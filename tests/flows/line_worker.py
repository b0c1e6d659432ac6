"""Takes a feed list through the line without a Prefect server, for tests that kill it: line_worker.py FEEDS DATABASE."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

os.environ["COPYDESK_FETCH__ALLOWED_NETWORKS"] = '["127.0.0.0/8"]'
os.environ["COPYDESK_FETCH__HOST_SPACING"] = "0"
os.environ["COPYDESK_LEASE__SECONDS"] = "5"
os.environ["COPYDESK_EXTRACT__WORKERS"] = "1"
# Small batches, so that a kill finds work in every room.
os.environ["COPYDESK_EXTRACT__BATCH_SIZE"] = "10"
os.environ["COPYDESK_POLL__BATCH_SIZE"] = "3"


def main() -> None:
    from concurrent.futures import ThreadPoolExecutor

    from config.feedlist import load as read_list
    from config.settings import load
    from db import feeds
    from flows.articles import article_batch
    from flows.workshop import Workshop, open_workshop
    from tasks.fetch.task import fetch_batch
    from tasks.poll.task import poll_batch

    def until_dry(workshop: Workshop, stage: str) -> int:
        done = total = 0
        w = workshop
        while True:
            if stage == "poll":
                done = poll_batch.fn(w.database, w.settings, w.client, w.run).done
            elif stage == "fetch":
                done = fetch_batch.fn(w.database, w.settings, w.client, w.run).done
            else:
                done = article_batch.fn(w).done
            total += done
            if not done:
                return total

    with open_workshop(load(database_url=sys.argv[2])) as workshop:
        listed = read_list(Path(sys.argv[1]))
        workshop.database.write(lambda session: feeds.sync_list(session, listed, datetime.now(UTC)))
        print("ready", flush=True)
        while True:
            with ThreadPoolExecutor(3) as lanes:
                done = sum(lanes.map(lambda stage: until_dry(workshop, stage), ("poll", "fetch", "articles")))
            if not done:
                return


if __name__ == "__main__":
    main()
