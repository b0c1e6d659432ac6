"""Plans: what would be found, known and fetched, how long it would take; and that making one leaves no trace."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from config.settings import BackfillSettings
from db.engine import Database
from db.models import Backfill, Entry, Host
from domain.history import Discovered, Estimate, LegPlan, Outlet, Window
from domain.outcomes import Reason
from domain.records import HostGrant
from flows.plan import Eyes
from tasks.discover import courier, plan, scout, walk
from tasks.discover.scout import Means, Route, Terms

NOW = datetime.now(UTC)
SITE = "https://press.example"
SITEMAP = LegPlan("sitemap", f"{SITE}/robots.txt")
FEED = LegPlan("archive", f"{SITE}/feed")


def urlset(*links: str) -> bytes:
    return ("<urlset>" + "".join(f"<url><loc>{link}</loc></url>" for link in links) + "</urlset>").encode()


def tree(children: int, each: int) -> dict[str, bytes]:
    maps = [f"{SITE}/{number}.xml" for number in range(children)]
    index = "<sitemapindex>" + "".join(f"<sitemap><loc>{one}</loc></sitemap>" for one in maps) + "</sitemapindex>"
    found = {f"{SITE}/robots.txt": f"Sitemap: {SITE}/index.xml".encode(), f"{SITE}/index.xml": index.encode()}
    return found | {one: urlset(*(f"{one}/story/{number}" for number in range(each))) for one in maps}


class Blind:
    """Knows nothing, and lets everybody be asked."""

    def grant(self, host: str) -> HostGrant | None:
        return HostGrant(host, fence=0)

    def known(self, keys: Sequence[str]) -> set[str]:
        return set()

    def own_pages(self, plan: LegPlan) -> Iterator[Discovered]:
        return iter(())


def means(dig: Any, web: Any, eyes: Any = None, *, documents: int = 50, spacing: float = 5.0) -> Means:
    terms = Terms(BackfillSettings(), documents, lambda host: spacing, page_limit=1_000_000, page_bytes=20_000, part_bytes=1_000_000)
    return Means(web, eyes or Blind(), dig.parse_feed, terms=terms)


def test_a_plan_counts_what_is_listed_and_what_it_would_take(sqlite_dig: Any) -> None:
    (found,) = scout.survey([Route("The Press", ((SITEMAP,),))], means(sqlite_dig, sqlite_dig.web(tree(3, 20))))
    assert (found.documents, found.found, found.known, found.to_fetch, found.exact) == (5, 60, 0, 60, True)
    assert (found.seconds, found.disk_bytes, found.host) == (300.0, 1_200_000, "press.example:443")


def test_of_many_documents_the_first_stand_for_the_rest(sqlite_dig: Any) -> None:
    web = sqlite_dig.web(tree(100, 20))
    (found,) = scout.survey([Route("The Press", ((SITEMAP,),))], means(sqlite_dig, web, documents=12))
    assert len(web.asked) == 12
    assert not found.exact
    assert found.documents == 102
    assert 1_500 <= found.found <= 2_100


def test_the_next_source_is_asked_only_when_the_one_before_lists_nothing(sqlite_dig: Any) -> None:
    web = sqlite_dig.web({FEED.target: f"feed\n{SITE}/1 2026-03-01T00:00Z".encode()})
    found = scout.survey([Route("The Press", ((SITEMAP,), (FEED,), (replace(FEED, source="wayback"),)))], means(sqlite_dig, web))
    assert [(one.source, one.found) for one in found] == [("sitemap", 0), ("archive", 1)]
    assert [one.reason for one in found[0].troubles] == [Reason.NOT_A_SITEMAP]


def test_what_is_known_is_not_to_be_fetched(dig: Any) -> None:
    web = dig.web(tree(2, 10))
    dig.open(replace(SITEMAP, target=f"{SITE}/0.xml"))
    dig.walk(web)
    (found,) = scout.survey([Route("The Press", ((SITEMAP,),))], means(dig, web, Eyes(dig.database)))
    assert (found.found, found.known, found.to_fetch) == (20, 10, 10)


def test_O18_planning_writes_nothing(dig: Any) -> None:
    web = dig.web(tree(2, 10))
    url = dig.database.url
    if not dig.database.is_sqlite:
        url = url.update_query_dict({"options": "-c default_transaction_read_only=on"})
    reader = Database(url.render_as_string(hide_password=False))
    before = _everything(dig.database)
    try:
        (found,) = scout.survey([Route("The Press", ((SITEMAP,),))], means(dig, web, Eyes(reader)))
    finally:
        reader.close()
    assert found.found == 20
    assert _everything(dig.database) == before == [0, 0, 0]


def _everything(database: Database) -> list[int]:
    with database.read() as session:
        return [session.scalar(sa.select(sa.func.count()).select_from(table)) or 0 for table in (Entry, Backfill, Host)]


def test_a_host_that_is_held_or_on_pause_is_not_asked(dig: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courier, "_PATIENCE_SECONDS", 0.0)
    paused = Host(host="press.example:443", domain="press.example", paused_until=NOW + timedelta(hours=1))
    dig.database.write(lambda session: session.add(paused))
    web = dig.web(tree(1, 1))
    (found,) = scout.survey([Route("The Press", ((SITEMAP,),))], means(dig, web, Eyes(dig.database)))
    assert web.asked == []
    assert [one.reason for one in found.troubles] == [Reason.UNAVAILABLE]


def test_files_are_read_and_not_fetched(sqlite_dig: Any, tmp_path: Any) -> None:
    (tmp_path / "list").write_text(f"{SITE}/1\n{SITE}/2\nnonsense\n{SITE}/1\n")
    listed = Route("list", ((LegPlan("list", str(tmp_path / "list")),),))
    absent = Route("none", ((LegPlan("warc", str(tmp_path / "none")),),))
    one, other = scout.survey([listed, absent], means(sqlite_dig, sqlite_dig.web({})))
    assert (one.found, one.to_fetch) == (2, 2)
    assert [trouble.reason for trouble in one.troubles] == [Reason.BAD_ROW]
    assert [trouble.reason for trouble in other.troubles] == [Reason.NOT_AN_ARCHIVE]


def test_hosts_are_asked_side_by_side_and_one_archive_in_a_row() -> None:
    def estimate(host: str, pages: int) -> Estimate:
        return plan.costed(Estimate("x", "sitemap", host, 1, pages, 0, pages), spacing=5.0, page_bytes=10, part_bytes=10)

    assert plan.total([estimate("a:443", 100), estimate("b:443", 60)]).seconds == 500.0
    assert plan.total([estimate("archive:443", 100), estimate("archive:443", 60)]).seconds == 800.0
    assert plan.total([]).seconds == 0.0


def test_O17_a_plan_above_the_limit_is_refused_with_its_reason() -> None:
    fifty_years = plan.total([Estimate("x", "sitemap", "a:443", 9, 1_000_000, 0, 1_000_000, 5e6, 1, exact=False)])
    assert "about 1,000,000 pages, more than its limit of 10,000 (57.9 d at the polite rate)" in plan.excess(fifty_years, 10_000)
    assert plan.excess(fifty_years, 0) == ""
    assert plan.excess(fifty_years, 1_000_000) == ""


def test_each_source_of_an_outlet_begins_where_it_should() -> None:
    outlet = Outlet(7, "https://feeds.example/press", "The Press", f"{SITE}/news/")
    window = Window(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC))
    months = (Window(window.since, datetime(2026, 4, 1, tzinfo=UTC)), Window(datetime(2026, 4, 1, tzinfo=UTC), window.until))

    def roots(source: Any) -> tuple[LegPlan, ...]:
        return walk.roots(outlet, source, window, BackfillSettings(), months=months, cdx_limit=10)

    (sitemap,) = roots("sitemap")
    assert (sitemap.target, sitemap.trusted, sitemap.feed_id) == (f"{SITE}/robots.txt", False, 7)
    (archive,) = roots("archive")
    assert (archive.target, archive.trusted) == ("https://feeds.example/press", True)
    march, april = roots("wayback")
    assert "url=press.example&" in march.target
    assert "from=20260401" in april.target
    assert april.window == months[1]
    (own,) = roots("pages")
    assert own.note == "feeds 7"
