"""What a web archive kept is stored as the original article: its address, its links; the capture's date only where nothing else tells one."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from config.settings import BackfillSettings, FetchSettings, Settings
from db import backfills, desk
from db.engine import Database
from db.models import Page
from domain.history import LegPlan, Window
from domain.outcomes import Reason
from domain.records import Article, Exchange, FeedDocument, FetchedEntry, HostReport, HostWork, Response, Run
from tasks.discover.task import discover_batch
from tasks.discover.walk import Quest
from tasks.extract import child
from tasks.fetch.task import fetch_batch

ARCHIVE = "https://archive.example"
STORY = "https://press.example/town/ferry"
QUERY = f"{ARCHIVE}/cdx/search/cdx?url=press.example"
CAPTURED = datetime(2026, 3, 5, 12, tzinfo=UTC)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
RUN = Run("run", "one:1", NOW, history=True)
TEXT = "".join(
    f"<p>The ferry to the island sails again after {number} weeks in the yard, said the harbour master of the town.</p>"
    for number in range(8)
)
PAGE = (
    "<!doctype html><html lang='en'><head><title>The ferry sails again</title><meta property='og:image' content='/ferry.jpg'></head><body><article>"
    f"<h1>The ferry sails again</h1>{TEXT}<p>Read more: <a href='/town/bridge'>The bridge is painted blue this summer</a></p></article></body></html>"
)  # fmt: skip


class Archive:
    """A web archive with one capture, which it serves under the moment that is nearest to the one asked for."""

    def visit(self, work: Sequence[HostWork], *, seconds: float, more: object = None) -> Iterator[Exchange | HostReport]:
        for host in work:
            for request in host.requests:
                yield Exchange(host.grant.host, request, self._answer(request.url))
            yield HostReport(host.grant.host, host.grant.fence, None)

    def _answer(self, url: str) -> Response:
        if "/cdx/" in url:
            body = f"20260305120000 {STORY} text/html 200\n".encode()
            return Response(url, url, 200, (), body, NOW, 0.0, len(body))
        nearest = url.replace("20260305120000", "20260305120007")
        headers = (("content-type", "text/html"), ("etag", '"the archive\'s"'))
        return Response(url, nearest, 200, headers, PAGE.encode(), NOW, 0.0, len(PAGE))


@pytest.fixture
def entry(database: Database) -> FetchedEntry:
    """A capture that was listed, fetched, and claimed for extraction."""
    settings = Settings(fetch=FetchSettings(host_spacing=0), backfill=BackfillSettings(wayback_url=ARCHIVE))
    plan = LegPlan("wayback", QUERY, Window(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)))
    database.write(lambda session: backfills.open_legs(session, "request", [plan], now=NOW))

    def no_feed(_: Response) -> FeedDocument | Reason:
        return Reason.NOT_A_FEED

    discover_batch.fn(database, settings, Archive(), RUN, quest=Quest("request", no_feed))
    fetch_batch.fn(database, settings, Archive(), RUN)
    claims = database.write(lambda session: desk.claim_to_extract(session, RUN, limit=5, seconds=60))
    with database.read() as session:
        (claimed,) = desk.fetched(session, claims)
    return claimed


def test_a_capture_becomes_the_article_that_it_is_a_capture_of(entry: FetchedEntry) -> None:
    made = child.extract(entry, 25)
    assert isinstance(made, Article)
    assert (made.url, made.canonical_url) == (STORY, STORY)
    assert made.related_urls == ("https://press.example/town/bridge",)
    assert made.image_url == "https://press.example/ferry.jpg"
    assert (made.published_at, made.published_at_source) == (CAPTURED, "capture")
    assert "undated" not in made.flags


def test_the_page_of_a_capture_is_kept_under_the_address_of_the_original(database: Database, entry: FetchedEntry) -> None:
    with database.read() as session:
        page = session.execute(sa.select(Page.__table__)).one()
    assert (page.url, page.final_url) == (STORY, STORY)
    assert page.headers == [["content-type", "text/html"]], "a validator would be shown to the publisher, whose it is not"
    assert entry.page.final_url == STORY
