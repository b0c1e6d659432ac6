"""A site's list of sitemaps is walked while its pages are fetched: neither room waits for the other to be done."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import groupby

import pytest

from config.settings import Settings
from db import backfills
from db.engine import Database
from domain.history import LegPlan
from domain.records import Exchange, HostReport, HostWork, Response, Run
from flows.plan import parse_feed
from tasks.discover.task import discover_batch
from tasks.discover.walk import Quest
from tasks.fetch import task as fetching
from tasks.fetch.task import fetch_batch

NOW = datetime.now(UTC)
RUN = Run("run", "one:1", NOW, history=True, request_id="request")
SITE = "https://press.example"
SETTINGS = Settings(fetch={"host_spacing": 0.0})
MAPS, ADDRESSES = 6, 40


class Press:
    """A site whose index names sitemaps, each with addresses of its own; notes what it is asked for, and how long a visit is."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.visits: list[int] = []

    def visit(
        self, work: Sequence[HostWork], *, seconds: float, more: Callable[[int], Sequence[HostWork]] | None = None
    ) -> Iterator[Exchange | HostReport]:
        for one in work:
            self.visits.append(len(one.requests))
            for request in one.requests:
                self.asked.append("page" if "/story/" in request.url else "document")
                body = self.answer(request.url)
                yield Exchange(one.grant.host, request, Response(request.url, request.url, 200, (), body.encode(), NOW, 0.0, len(body)))
            yield HostReport(one.grant.host, one.grant.fence, NOW)

    def answer(self, url: str) -> str:
        name = url.removeprefix(SITE)
        if name == "/robots.txt":
            return f"Sitemap: {SITE}/index.xml"
        if name == "/index.xml":
            return "<sitemapindex>" + "".join(f"<sitemap><loc>/map-{one}.xml</loc></sitemap>" for one in range(MAPS)) + "</sitemapindex>"
        if name.startswith("/map-"):
            links = (f"/story{name.removesuffix('.xml')}-{one}" for one in range(ADDRESSES))
            return "<urlset>" + "".join(f"<url><loc>{link}</loc></url>" for link in links) + "</urlset>"
        return "<!doctype html><p>Words</p>"


@pytest.fixture
def press(database: Database) -> Press:
    plan = LegPlan("sitemap", f"{SITE}/robots.txt")
    database.write(lambda session: backfills.open_legs(session, "request", [plan], now=NOW))
    return Press()


def test_sitemaps_and_pages_of_a_host_take_turns(database: Database, press: Press) -> None:
    quest = Quest("request", parse_feed)
    turns = 0
    while sum(
        [
            fetch_batch.fn(database, SETTINGS, press, RUN).done,
            discover_batch.fn(database, SETTINGS, press, RUN, quest=quest).done,
        ]
    ):
        turns += 1
    assert Counter(press.asked) == {"document": 2 + MAPS, "page": MAPS * ADDRESSES}
    stretches = [(kind, len(list(some))) for kind, some in groupby(press.asked)]
    while_both = stretches[: 2 * MAPS]
    assert while_both[0] == ("document", 3), "robots.txt, the index and the first sitemap, before which there is no page"
    assert {size for kind, size in while_both[1:] if kind == "document"} == {1}, "no list holds up the pages"
    assert {size for kind, size in while_both[:-1] if kind == "page"} == {fetching._HISTORY_PAGES}, "nor do pages hold up the list"
    assert len(while_both) == 2 * MAPS


def test_a_backfill_comes_again_within_its_batch_and_never_for_long(database: Database, press: Press) -> None:
    alone = replace(RUN, request_id="")
    discover_batch.fn(database, SETTINGS, press, alone, quest=Quest("request", parse_feed))
    press.visits.clear()
    assert fetch_batch.fn(database, SETTINGS, press, alone).done == ADDRESSES
    assert press.visits == [fetching._HISTORY_PAGES, ADDRESSES - fetching._HISTORY_PAGES]


def test_a_backfill_that_nothing_came_of_does_not_come_again(database: Database, press: Press) -> None:
    alone = replace(RUN, request_id="")
    discover_batch.fn(database, SETTINGS, press, alone, quest=Quest("request", parse_feed))
    silent = Silent()
    assert fetch_batch.fn(database, SETTINGS, silent, alone).done == 0
    assert silent.visits == [fetching._HISTORY_PAGES]


class Silent(Press):
    """A client that has no time left for any request of a visit."""

    def visit(
        self, work: Sequence[HostWork], *, seconds: float, more: Callable[[int], Sequence[HostWork]] | None = None
    ) -> Iterator[Exchange | HostReport]:
        for one in work:
            self.visits.append(len(one.requests))
            assert len(self.visits) < 9, "again and again"
            yield HostReport(one.grant.host, one.grant.fence, None, unattempted=one.requests)
