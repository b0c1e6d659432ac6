"""The last three rooms as one task run: extract, deduplicate, store.

One, because Prefect keeps what a task run returns until its flow ends, and what these rooms hand on is whole texts: a long run
would hold all of them. What comes out at the end is a tally.
"""

from prefect import task
from prefect.cache_policies import NO_CACHE

from domain.records import Tally
from flows.workshop import Workshop
from tasks.deduplicate.task import deduplicate_batch
from tasks.extract.task import extract_batch
from tasks.store.task import store_batch


@task(name="articles", task_run_name="articles", cache_policy=NO_CACHE, persist_result=False)
def article_batch(workshop: Workshop) -> Tally:
    """Take one batch of fetched pages through extraction, deduplication and the store; return how many entries were decided."""
    w = workshop
    extracted = extract_batch.fn(w.database, w.settings, w.pool, w.run)
    judged = deduplicate_batch.fn(w.database, w.settings, extracted)
    return store_batch.fn(w.database, w.settings, judged, w.run, w.judge)
