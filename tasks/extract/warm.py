"""A small page that takes the extractor through its usual paths, so that models, tables and caches are built before real pages come."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from domain.records import Expectation, FetchedEntry, Page
from tasks.extract import child

if TYPE_CHECKING:
    from tasks.extract.pool import Work

_TEXT = "The ferry to the island runs again from Monday, the harbour office said, after three weeks of repairs to the “long” quay. "
PAGE = (
    '<!doctype html><html lang="en"><head><title>Ferry runs again</title><meta name="author" content="A Name"></head><body>'
    f"<article><h1>Ferry runs again</h1><p>{_TEXT}</p><p>{_TEXT * 3}</p><p>{_TEXT * 4}</p></article></body></html>"
)


def touch(work: "Work" = child.extract) -> None:
    """Do what is done with every page to a small one, so that whatever is loaded late is loaded."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    url = "https://ferry.example/news/1"
    page = Page(url=url, final_url=url, status=200, headers=(), body=PAGE.encode(), fetched_at=now)
    work(FetchedEntry(0, None, 0, url, url, fence=0, attempt_count=0, page=page, expected=Expectation()), 0)
