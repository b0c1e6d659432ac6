"""Imported once by the server process that extraction processes are forked from: everything they need, loaded and touched.

Nothing else imports this module. Its page takes the extractor through its usual paths, so that models, tables and caches are
built once and shared by all processes.
"""

import gc
import os

# numpy's linear algebra would start threads here; forked processes would inherit their locks and never their threads.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from datetime import UTC, datetime

from domain.records import Expectation, FetchedEntry, Page
from tasks.extract import child

_TEXT = "The ferry to the island runs again from Monday, the harbour office said, after three weeks of repairs to the quay. "
_BODY = (
    '<!doctype html><html lang="en"><head><title>Ferry runs again</title><meta name="author" content="A Name"></head><body>'
    f"<article><h1>Ferry runs again</h1><p>{_TEXT}</p><p>{_TEXT * 3}</p><p>{_TEXT * 4}</p></article></body></html>"
)


def _touch() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    url = "https://ferry.example/news/1"
    page = Page(url=url, final_url=url, status=200, headers=(), body=_BODY.encode(), fetched_at=now)
    child.extract(FetchedEntry(0, None, 0, url, url, 0, 0, page, Expectation()), 0)
    gc.collect()
    gc.freeze()


_touch()
