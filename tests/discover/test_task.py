"""The discover stage on real databases: walks that share, stop, fail, go on, and never repeat their effect."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from db import backfills, feeds, finds, history
from db.models import Entry, Host, Page
from domain.errors import CopydeskError
from domain.history import Discovered, Finding, LegPlan, Trouble, Window
from domain.outcomes import Outcome, Reason
from domain.records import FetchFailure, Subscription
from domain.records import Page as Fetched
from tasks.discover import walk
from tasks.discover.owners import only
from tasks.discover.task import discover_batch
from tasks.discover.walk import Quest

NOW = datetime.now(UTC)
SITE = "https://press.example"
SITEMAP = LegPlan("sitemap", f"{SITE}/robots.txt", trusted=True)
FEED = LegPlan("archive", f"{SITE}/feed", trusted=True)


def urlset(*links: str) -> bytes:
    return ("<urlset>" + "".join(f"<url><loc>{link}</loc></url>" for link in links) + "</urlset>").encode()


def index(*links: str) -> bytes:
    return ("<sitemapindex>" + "".join(f"<sitemap><loc>{link}</loc></sitemap>" for link in links) + "</sitemapindex>").encode()


def gone(reason: Reason, status: int | None = None, *, temporary: bool = False) -> FetchFailure:
    return FetchFailure("", reason, "as scripted", NOW, temporary=temporary, status=status)


TREE = {
    f"{SITE}/robots.txt": f"Sitemap: {SITE}/index.xml".encode(),
    f"{SITE}/index.xml": index(f"{SITE}/a.xml", f"{SITE}/b.xml"),
    f"{SITE}/a.xml": urlset(*(f"{SITE}/a/{number}" for number in range(5))),
    f"{SITE}/b.xml": urlset(*(f"{SITE}/b/{number}" for number in range(5)), f"{SITE}/a/1"),
}
LISTED = sorted([f"{SITE}/a/{number}" for number in range(5)] + [f"{SITE}/b/{number}" for number in range(5)])


def test_sitemaps_are_walked_from_robots_txt_and_each_address_becomes_one_pending_entry(dig: Any) -> None:
    dig.open(SITEMAP)
    dig.walk(dig.web(TREE))
    assert sorted(dig.urls()) == LISTED
    legs = dig.legs()
    assert [(leg.state, leg.found_count, leg.new_count) for leg in legs] == [("done", 0, 0), ("done", 0, 0), ("done", 5, 5), ("done", 6, 5)]
    entry = dig.entries()[0]
    assert (entry.source, entry.outcome, entry.host, entry.backfill_id) == ("sitemap", "pending", "press.example:443", legs[2].id)


def test_without_a_name_in_robots_txt_sitemaps_are_looked_for_where_they_usually_lie(dig: Any) -> None:
    web = dig.web({f"{SITE}/wp-sitemap.xml": TREE[f"{SITE}/a.xml"]})
    dig.open(SITEMAP)
    dig.walk(web)
    assert [url.removeprefix(SITE) for url in web.asked] == ["/robots.txt", "/sitemap.xml", "/sitemap_index.xml", "/wp-sitemap.xml"]
    assert len(dig.urls()) == 5


def test_a_site_without_sitemaps_says_so_and_is_no_failure(dig: Any) -> None:
    dig.open(SITEMAP)
    dig.walk(dig.web({}))
    with dig.database.read() as session:
        (mishap,) = history.mishaps(session, "request", 9)
        assert history.state(session, "request").state == "done"
    assert mishap.reason == Reason.NOT_A_SITEMAP


def test_a_sitemap_elsewhere_counts_when_robots_txt_vouches_for_it(dig: Any) -> None:
    elsewhere = "https://files.example.org/press.xml"
    web = dig.web({f"{SITE}/robots.txt": f"Sitemap: {elsewhere}".encode(), elsewhere: urlset(f"{SITE}/1", "https://files.example.org/2")})
    dig.open(SITEMAP)
    dig.walk(web)
    assert dig.urls() == [f"{SITE}/1"]


def test_C18_killed_after_any_commit_the_walk_goes_on_and_repeats_nothing(dig: Any) -> None:
    dig.batch_size = 2
    dig.open(SITEMAP)
    web = dig.web(TREE)
    kills = 0
    while True:
        survived = _killed_after(dig, web, commits=1)
        if survived:
            break
        kills += 1
        dig.expire_leases()
    assert kills >= 8
    assert sorted(dig.urls()) == LISTED
    assert sum(leg.found_count for leg in dig.legs()) == 11
    assert {leg.state for leg in dig.legs()} == {"done"}


def _killed_after(dig: Any, web: Any, *, commits: int) -> bool:
    """Take one step and die in place after so many takings-in; return whether there was nothing left to die in."""
    taken, original = 0, backfills.take_in

    def take_in(*arguments: Any, **options: Any) -> backfills.Taken:
        nonlocal taken
        if taken == commits:
            raise SystemExit
        taken += 1
        return original(*arguments, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backfills, "take_in", take_in)
        try:
            return not dig.step(web).done
        except SystemExit:
            return False


def test_C20_two_overlapping_requests_share_their_work(dig: Any) -> None:
    dig.open(SITEMAP, request_id="one")
    dig.open(SITEMAP, request_id="two")
    dig.walk(dig.web(TREE), "one")
    dig.walk(dig.web(TREE), "two")
    assert sorted(dig.urls()) == LISTED
    assert sum(leg.found_count for leg in dig.legs("two")) == 11
    assert sum(leg.new_count for leg in dig.legs("two")) == 0


@pytest.mark.parametrize(
    ("outcome", "reason", "again"),
    [
        (Outcome.UNIQUE, None, False),
        (Outcome.REJECTED, Reason.TOO_SHORT, False),
        (Outcome.PENDING, None, False),
        (Outcome.FAILED, Reason.SERVER_ERROR, True),
        (Outcome.REJECTED, Reason.CANCELLED, True),
    ],
)
def test_what_failed_or_was_cancelled_may_be_asked_for_again(dig: Any, outcome: Outcome, reason: Reason | None, again: bool) -> None:
    web = dig.web(TREE)
    dig.open(SITEMAP, request_id="one")
    dig.walk(web, "one")
    dig.database.write(lambda session: session.execute(sa.update(Entry).values(outcome=outcome.value, reason=reason)))
    dig.open(SITEMAP, request_id="two")
    dig.walk(web, "two")
    assert sum(leg.new_count for leg in dig.legs("two")) == (10 if again else 0)


def test_a_request_stops_at_its_limit_and_goes_on_when_it_is_raised(dig: Any) -> None:
    dig.open(SITEMAP)
    web = dig.web(TREE)
    dig.walk(web, limit=7)
    assert len(dig.urls()) == 7
    assert [leg.reason for leg in dig.legs() if leg.state == "failed"] == [Reason.LIMIT_REACHED]
    assert dig.database.write(lambda session: history.resume(session, "request", NOW)) == (1, 0)
    dig.walk(web, limit=20)
    assert sorted(dig.urls()) == LISTED
    assert {leg.state for leg in dig.legs()} == {"done"}


def test_P42_a_chain_that_leads_back_into_itself_ends(sqlite_dig: Any) -> None:
    def answer(url: str) -> bytes:
        number = int(url.rpartition("/")[2] or 0) if url != FEED.target else 0
        older = f"{SITE}/archive/{number + 1}" if number < 99 else f"{SITE}/archive/50"
        return f"feed\n{SITE}/story/{number} {NOW - timedelta(days=number):%Y-%m-%dT%H:%M}Z\nolder {older}".encode()

    web = sqlite_dig.web(answer)
    sqlite_dig.open(FEED)
    sqlite_dig.walk(web)
    assert len(web.asked) == 100
    assert len(set(web.asked)) == 100
    assert len(sqlite_dig.urls()) == 100
    assert {leg.state for leg in sqlite_dig.legs()} == {"done"}


def test_P42_X01_the_chain_ends_at_a_link_to_another_host(dig: Any) -> None:
    web = dig.web({FEED.target: f"feed\n{SITE}/1 2026-03-01T00:00Z\nolder http://127.0.0.1/feed".encode()})
    dig.open(FEED)
    dig.walk(web)
    assert web.asked == [FEED.target]
    assert dig.urls() == [f"{SITE}/1"]


def test_a_paged_feed_ends_where_its_next_page_is_not_found(dig: Any) -> None:
    web = dig.web(
        {
            FEED.target: f"feed\n{SITE}/2 2026-03-02T00:00Z\nolder {SITE}/feed?paged=2".encode(),
            f"{SITE}/feed?paged=2": f"feed\n{SITE}/1 2026-03-01T00:00Z\nolder {SITE}/feed?paged=3".encode(),
        }
    )
    dig.open(FEED)
    dig.walk(web)
    assert dig.urls() == [f"{SITE}/2", f"{SITE}/1"]
    assert [leg.state for leg in dig.legs()] == ["done", "done", "done"]
    assert dig.entries()[0].published_at == datetime(2026, 3, 2, tzinfo=UTC)


def test_the_depth_of_a_walk_is_bounded(dig: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(walk._DEPTHS, "archive", 3)
    web = dig.web(lambda url: f"feed\n{url}/story 2026-03-01T00:00Z\nolder {url}x".encode())
    dig.open(FEED)
    dig.walk(web)
    assert len(web.asked) == 4
    with dig.database.read() as session:
        assert [one.reason for one in history.mishaps(session, "request", 9)] == [Reason.TOO_DEEP]


def test_a_failure_that_may_pass_is_tried_again_later_and_given_up_in_the_end(dig: Any) -> None:
    dig.attempts = 2
    web = dig.web({FEED.target: gone(Reason.SERVER_ERROR, 500, temporary=True)})
    dig.open(FEED)
    dig.walk(web)
    (leg,) = dig.legs()
    assert (leg.state, leg.attempt_count, len(web.asked)) == ("planned", 1, 1)
    assert leg.next_attempt_at > NOW + timedelta(minutes=4)
    dig.database.write(lambda session: session.execute(sa.text("UPDATE backfills SET next_attempt_at = created_at")))
    dig.walk(web)
    (leg,) = dig.legs()
    assert (leg.state, leg.reason, len(web.asked)) == ("failed", Reason.SERVER_ERROR, 2)


def test_a_refusal_that_stays_ends_the_leg(dig: Any) -> None:
    dig.open(FEED)
    dig.walk(dig.web({FEED.target: gone(Reason.REFUSED_ADDRESS)}))
    assert [(leg.state, leg.reason) for leg in dig.legs()] == [("failed", Reason.REFUSED_ADDRESS)]


def test_a_walk_that_is_broken_off_gives_leg_and_host_back(dig: Any) -> None:
    dig.open(FEED)

    def closed(_url: str) -> bytes:
        raise CopydeskError("closed")

    with pytest.raises(CopydeskError, match="closed"):
        dig.step(dig.web(closed))
    assert [(leg.state, leg.lease_until) for leg in dig.legs()] == [("planned", None)]
    with dig.database.read() as session:
        assert session.scalars(sa.select(Host.lease_owner)).all() == [None]


def test_a_host_that_somebody_holds_is_left_alone(dig: Any) -> None:
    dig.open(FEED)
    held = Host(host="press.example:443", domain="press.example", lease_until=NOW + timedelta(hours=1), lease_owner="live")
    dig.database.write(lambda session: session.add(held))
    web = dig.web({})
    assert dig.step(web).done == 0
    assert web.asked == []
    with dig.database.read() as session:
        assert backfills.waiting(session, "request", NOW) == 0
        assert history.outlook(session, "request").next_at == NOW + timedelta(hours=1)


def test_C13_a_leg_that_was_cancelled_meanwhile_takes_nothing_in(dig: Any) -> None:
    dig.open(SITEMAP)

    def answer(url: str) -> bytes | None:
        if url.endswith("b.xml"):
            dig.database.write(lambda session: history.cancel(session, "request", NOW))
        return TREE.get(url)

    dig.walk(dig.web(answer))
    assert sorted(dig.urls()) == [f"{SITE}/a/{number}" for number in range(5)]
    assert {entry.outcome for entry in dig.entries()} == {"rejected"}
    assert [leg.state for leg in dig.legs()] == ["done", "done", "done", "cancelled"]
    assert dig.database.write(lambda session: history.resume(session, "request", NOW)) == (1, 5)
    dig.walk(dig.web(TREE))
    assert sorted(dig.urls()) == LISTED
    assert {entry.outcome for entry in dig.entries()} == {"pending"}


def test_a_list_of_addresses_names_their_feeds(dig: Any, tmp_path: Path) -> None:
    dig.database.write(lambda session: feeds.sync_list(session, [Subscription(f"{SITE}/feed", title="The Press")], NOW))
    file = tmp_path / "list.csv"
    file.write_text(f"url,feed\n{SITE}/1,the press\nhttps://other.example/2,Nobody\nnonsense,\n{SITE}/3,\n")
    dig.open(LegPlan("list", str(file), trusted=True))
    dig.walk(dig.web({}))
    assert [(entry.url, entry.feed_id is not None) for entry in dig.entries()] == [
        (f"{SITE}/1", True),
        ("https://other.example/2", False),
        (f"{SITE}/3", True),
    ]
    with dig.database.read() as session:
        assert [one.reason for one in history.mishaps(session, "request", 9)] == [Reason.BAD_ROW]


def test_a_file_that_is_not_there_fails_its_leg_alone(dig: Any, tmp_path: Path) -> None:
    (tmp_path / "list").write_text(f"{SITE}/1\n")
    dig.open(LegPlan("warc", str(tmp_path / "none.warc")), LegPlan("list", str(tmp_path / "list")))
    dig.walk(dig.web({}))
    assert [leg.state for leg in dig.legs()] == ["failed", "done"]
    assert dig.urls() == [f"{SITE}/1"]


def _warc(path: Path, *urls: str) -> str:
    pytest.importorskip("warcio", reason="WARC files need the extra 'archive'")
    from domain.records import Page as Fetched
    from tasks.publish.warc import Writer

    with Writer(path, started_at=NOW, software="test") as writer:
        writer.write(Fetched(url, url, 200, (("content-type", "text/html"),), b"<html>" + url.encode(), NOW) for url in urls)
    return str(writer.files[0])


def test_pages_of_a_warc_file_are_stored_with_their_entries_and_never_asked_for(dig: Any, tmp_path: Path) -> None:
    dig.batch_size = 2
    file = _warc(tmp_path, *(f"{SITE}/{number}" for number in range(5)), f"{SITE}/1?utm_source=x")
    dig.open(LegPlan("warc", file))
    web = dig.web({})
    dig.walk(web)
    found = dig.entries()
    assert web.asked == []
    assert [(entry.url, entry.page_id is not None) for entry in found] == [(f"{SITE}/{number}", True) for number in range(5)]
    with dig.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Page)) == 5


def test_of_an_archive_of_everybody_only_the_outlets_asked_for_are_taken(dig: Any, tmp_path: Path) -> None:
    listed = [Subscription(f"{SITE}/feed"), Subscription("https://other.example/feed")]
    dig.database.write(lambda session: feeds.sync_list(session, listed, NOW))
    file = _warc(tmp_path, f"{SITE}/1", "https://other.example/2", "https://third.example/3")
    with dig.database.read() as session:
        found = feeds.find(session, f"{SITE}/feed")
    assert found is not None
    dig.open(LegPlan("warc", file, note=only([found.id])))
    dig.walk(dig.web({}))
    assert [(entry.url, entry.feed_id) for entry in dig.entries()] == [(f"{SITE}/1", found.id)]


def test_reading_an_archive_rests_while_the_desk_is_full(dig: Any, tmp_path: Path) -> None:
    from tasks.discover.task import discover_batch

    dig.batch_size = 2
    dig.open(LegPlan("warc", _warc(tmp_path, *(f"{SITE}/{number}" for number in range(5)))))
    quest = _FullOnceAsked("request", dig.parse_feed)
    seen = []
    while discover_batch.fn(dig.database, dig.settings, dig.web({}), dig.run, quest=quest).done:
        seen.append(len(dig.urls()))
        quest.asked = 0
    assert seen[:3] == [2, 4, 5], "one batch at a time"


class _FullOnceAsked(walk.Quest):
    """A desk that has room when a leg is claimed, and none when it is read."""

    asked = 0

    def has_room(self) -> bool:
        self.asked += 1
        return self.asked == 1


def test_a_full_desk_keeps_archives_waiting_and_nothing_that_only_lists(dig: Any, tmp_path: Path) -> None:
    dig.open(LegPlan("warc", _warc(tmp_path, f"{SITE}/1")), FEED)
    quest = walk.Quest("request", dig.parse_feed, ahead=1)
    for backlog, states in ((1, ["planned", "done"]), (0, ["done", "done"])):
        quest.backlog = backlog
        with dig.database.read() as session:
            assert backfills.waiting(session, "request", datetime.now(UTC), archives=quest.has_room()) == 1
        discover_batch.fn(dig.database, dig.settings, dig.web({FEED.target: b"feed"}), dig.run, quest=quest)
        assert [leg.state for leg in dig.legs()] == states


def test_a_full_desk_is_not_filled_up_again_page_by_page(dig: Any) -> None:
    quest = walk.Quest("request", dig.parse_feed, ahead=100)
    room = {}
    for backlog in (0, 99, 100, 99, 51, 50, 99):
        quest.backlog = backlog
        room[backlog] = quest.has_room()
        if backlog == 51:
            assert not room[99]
    assert room == {0: True, 99: True, 100: False, 51: False, 50: True}


def test_our_own_pages_without_an_article_are_taken_up_again(dig: Any, tmp_path: Path) -> None:
    file = _warc(tmp_path, f"{SITE}/1", f"{SITE}/2")
    dig.open(LegPlan("warc", file), request_id="first")
    dig.walk(dig.web({}), "first")
    dig.database.write(lambda session: session.execute(sa.update(Entry).values(outcome="rejected", reason="too_short")))
    dig.open(LegPlan("pages", "own pages"), request_id="second")
    dig.walk(dig.web({}), "second")
    again = [entry for entry in dig.entries() if entry.source == "pages"]
    assert [(entry.url, entry.outcome, entry.page_id is not None) for entry in again] == [
        (f"{SITE}/1", "pending", True),
        (f"{SITE}/2", "pending", True),
    ]
    dig.open(LegPlan("pages", "own pages"), request_id="third")
    dig.walk(dig.web({}), "third")
    assert len(dig.entries()) == 4, "what waits already is not taken up twice"


def test_one_leg_for_each_target_however_often_it_is_named(dig: Any) -> None:
    assert dig.open(FEED, FEED, LegPlan("archive", FEED.target + "?utm_source=x")) == 1
    assert dig.open(FEED) == 0
    march = Window(datetime(2026, 3, 1, tzinfo=UTC), None)
    assert dig.open(LegPlan("archive", FEED.target, march), LegPlan("sitemap", FEED.target)) == 2


def test_two_workers_share_a_request(dig: Any) -> None:
    dig.open(*(LegPlan("archive", f"https://press-{number}.example/feed") for number in range(6)))
    web = dig.web(lambda url: f"feed\n{url}/story 2026-03-01T00:00Z".encode())
    claims = []
    for worker in range(6):
        run = type(dig.run)(f"run-{worker}", f"w:{worker}", NOW)
        claims.append(dig.database.write(lambda session, run=run: backfills.claim(session, "request", run, seconds=60)))
    assert len({claim.leg.id for claim in claims}) == 6
    assert dig.database.write(lambda session: backfills.claim(session, "request", dig.run, seconds=60)) is None
    dig.expire_leases()
    dig.walk(web)
    assert len(dig.urls()) == 6


def test_addresses_that_are_never_fetched_are_left_out(dig: Any) -> None:
    dig.open(FEED)
    dig.walk(dig.web({FEED.target: f"feed\nhttps:///nowhere 2026-03-01T00:00Z\n{SITE}/1 2026-03-01T00:00Z".encode()}))
    assert dig.urls() == [f"{SITE}/1"]


def test_a_find_says_what_the_archive_said(dig: Any) -> None:
    from domain.history import Discovered

    one = Discovered(f"{SITE}/1?utm_source=x", 1, asked_url=f"https://archive.example/web/20260301000000id_/{SITE}/1")
    found = finds.prepare(one, None)
    assert found is not None
    assert (found.canonical_url, found.host) == (f"{SITE}/1", "archive.example:443")
    assert finds.prepare(Discovered("mailto:x", 1), None) is None


WAYBACK = "https://archive.example"


def _cdx(*rows: tuple[str, str]) -> bytes:
    import json

    return json.dumps([["timestamp", "original", "mimetype", "statuscode"], *([at, url, "text/html", "200"] for at, url in rows)]).encode()


def test_captures_are_asked_of_the_archive_and_stand_for_their_originals(dig: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from config.settings import BackfillSettings, Settings

    monkeypatch.setattr(type(dig), "settings", Settings(backfill=BackfillSettings(wayback_url=WAYBACK)))
    query = f"{WAYBACK}/cdx/search/cdx?url=press.example"
    dig.open(LegPlan("wayback", query, Window(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))))
    dig.walk(dig.web({query: _cdx(("20260305120000", f"{SITE}/1"), ("20260505120000", f"{SITE}/2"))}))
    (entry,) = dig.entries()
    assert entry.url == f"{WAYBACK}/web/20260305120000id_/{SITE}/1"
    assert (entry.canonical_url, entry.host, entry.source) == (f"{SITE}/1", "archive.example:443", "wayback")


def test_a_file_may_be_read_elsewhere_batch_by_batch_until_its_end_or_its_failure(dig: Any) -> None:
    started: list[tuple[str, int]] = []

    def read_file(plan: LegPlan, start: int) -> Iterator[list[Finding]]:
        started.append((plan.target, start))
        for at in (1, 2):
            yield [Discovered(f"{SITE}{plan.target}/{at}", at, page=Fetched(SITE, SITE, 200, (), b"<html>", NOW))]
        yield [Trouble(Reason.EXTRACTOR_KILLED, "as scripted", fatal=True)] if plan.target == "/bad" else []

    dig.open(LegPlan("warc", "/good"), LegPlan("warc", "/bad"))
    quest = Quest("request", lambda _: Reason.NOT_A_FEED, read_file=read_file)
    discover_batch.fn(dig.database, dig.settings, dig.web({}), dig.run, quest=quest)
    assert started == [("/good", 0), ("/bad", 0)]
    assert sorted(dig.urls()) == [f"{SITE}/{name}/{at}" for name in ("bad", "good") for at in (1, 2)]
    assert [(leg.state, leg.reason, leg.position, leg.new_count) for leg in dig.legs()] == [
        ("done", None, 2, 2),
        ("failed", "extractor_killed", 2, 2),
    ]


def test_a_file_whose_reader_is_lost_can_be_taken_up_at_once(dig: Any) -> None:
    def read_file(plan: LegPlan, start: int) -> Iterator[list[Finding]]:
        yield [Discovered(f"{SITE}/1", 1, page=Fetched(SITE, SITE, 200, (), b"<html>", NOW))]
        raise CopydeskError("lost")

    dig.open(LegPlan("warc", "/good"))
    quest = Quest("request", lambda _: Reason.NOT_A_FEED, read_file=read_file)
    with pytest.raises(CopydeskError, match="lost"):
        discover_batch.fn(dig.database, dig.settings, dig.web({}), dig.run, quest=quest)
    assert [(leg.state, leg.lease_until, leg.position) for leg in dig.legs()] == [("planned", None, 1)]
