"""A batch of polls, from the claim to the commit, on both databases."""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from config.settings import FetchSettings, LeaseSettings, PollSettings, Settings
from db import clock, feeds, hosts, polls
from db.models import Article, Entry, Feed, Host
from db.models import Poll as PollRow
from domain.errors import CopydeskError, LeaseLostError
from domain.outcomes import Reason
from domain.records import Exchange, Fetched, HostReport, HostWork, Request, Subscription
from domain.urls import url_key

FEED = "https://news.example/feed.xml"
OTHER = "https://other.example/feed.xml"


def test_a_poll_records_entries_validators_and_the_next_poll(room: Any, make: Any) -> None:
    room.subscribe(Subscription(FEED, publisher="The Example Times"))
    room.visitor.serve(FEED, make.rss(make.item(1), make.item(2)), etag='W/"v1"')
    before = datetime.now(UTC)

    tally = room.poll()

    assert (tally.stage, tally.done, tally.failed, tally.outcomes) == ("poll", 1, 0, (("read", 1),))
    feed = room.feed()
    assert (feed.etag, feed.validators_url, feed.entry_count) == ('W/"v1"', FEED, 2)
    assert (feed.title, feed.publisher, feed.site_url) == ("The Example", "The Example Times", "https://news.example/")
    assert feed.next_poll_at >= before + timedelta(hours=1)
    assert {(entry.outcome, entry.canonical_url, entry.host, entry.run_id) for entry in room.entries()} == {
        ("pending", "https://news.example/story/1", "news.example:443", "run-1"),
        ("pending", "https://news.example/story/2", "news.example:443", "run-1"),
    }
    (row,) = room.rows(PollRow)
    assert (row.outcome, row.status, row.listed_count, row.new_count) == ("read", 200, 2, 2)


def test_what_the_feed_said_is_kept_with_the_entry(room: Any, make: Any) -> None:
    room.subscribe(FEED)
    at = make.now - timedelta(hours=1)
    room.visitor.serve(FEED, make.rss(make.item(1, at=at, category="Politics", author="A. Author")))
    room.poll()
    (entry,) = room.entries()
    assert (entry.title, entry.guid, entry.published_at, entry.source) == ("Story 1", "story-1", at, "feed")
    assert entry.listed == {"authors": ["A. Author"], "summary": "What happened in story 1.", "tags": ["Politics"]}


def test_nothing_due_is_nothing_done(sqlite_room: Any, make: Any) -> None:
    sqlite_room.subscribe(FEED)
    sqlite_room.visitor.serve(FEED, make.rss(make.item(1)))
    assert sqlite_room.poll().done == 1
    assert sqlite_room.poll().done == 0
    assert len(sqlite_room.visitor.asked) == 1


def test_a_second_round_is_conditional_and_changes_nothing(room: Any, make: Any) -> None:
    room.subscribe(FEED)
    room.visitor.serve(FEED, make.rss(make.item(1)), etag='"v1"')
    room.poll()
    room.make_due()
    assert room.poll().outcomes == (("unchanged", 1),)
    assert room.visitor.asked[1].validators.etag == '"v1"'
    assert len(room.entries()) == 1


def test_known_guids_drop_out_and_are_only_counted(room: Any, make: Any) -> None:
    room.subscribe(FEED)
    room.visitor.serve(FEED, make.rss(make.item(1)))
    room.poll()
    room.visitor.serve(FEED, make.rss(make.item(1, title="Retitled"), make.item(2)))
    room.make_due()
    room.poll()
    assert [entry.title for entry in room.entries()] == ["Story 1", "Story 2"]
    assert room.rows(PollRow, PollRow.listed_count, PollRow.new_count) == [(1, 1), (2, 1)]
    assert room.feed().entry_count == 2


def test_a_known_address_is_a_sighting(sqlite_room: Any, make: Any) -> None:
    sqlite_room.subscribe(FEED, OTHER)
    sqlite_room.visitor.serve(FEED, make.rss(make.item(1)))
    sqlite_room.visitor.serve(OTHER, make.rss(make.item(1, guid="theirs", link="https://news.example/story/1?utm_source=other")))
    sqlite_room.poll()
    assert sorted((entry.outcome, entry.reason) for entry in sqlite_room.entries()) == [("pending", None), ("unchanged", "known_url")]


def test_a_sighting_names_the_article(room: Any, make: Any) -> None:
    key = url_key("https://news.example/story/1")
    article = Article(
        url="u", canonical_url="u", url_key=key, kind="unique", title="t", body="b", authors=[], editors=[], tags=[], word_count=1,
        extractor_version="1", content_hash="x", first_seen_at=make.now,
    )  # fmt: skip
    room.database.write(lambda session: session.add(article))
    room.subscribe(FEED)
    room.visitor.serve(FEED, make.rss(make.item(1)))
    room.poll()
    (entry,) = room.entries()
    assert (entry.outcome, entry.reason) == ("unchanged", "known_url")
    assert room.rows(Article, Article.id) == [(entry.article_id,)]
    assert entry.decided_at is not None


@pytest.mark.parametrize(("updated_after", "again"), [(timedelta(hours=1), True), (timedelta(hours=-1), False), (timedelta(days=2), False)])
def test_an_article_that_its_feed_says_was_updated_is_asked_again_once(room: Any, make: Any, updated_after: timedelta, again: bool) -> None:
    seen = datetime.now(UTC) - timedelta(hours=3)
    updated = (seen + updated_after).isoformat()
    room.subscribe(FEED)
    item = make.item(1).replace("<title>", f'<a:updated xmlns:a="http://www.w3.org/2005/Atom">{updated}</a:updated><title>')
    room.visitor.serve(FEED, make.rss(item))
    room.poll()
    article = Article(
        url="u", canonical_url="u", url_key="k", kind="unique", title="t", body="b", authors=[], editors=[], tags=[], word_count=1,
        extractor_version="1", content_hash="x", first_seen_at=seen,
    )  # fmt: skip
    room.database.write(lambda session: session.add(article))
    ((article_id,),) = room.rows(Article, Article.id)
    room.database.write(lambda session: session.execute(sa.update(Entry).values(article_id=article_id, seen_at=seen)))
    room.make_due()
    room.poll()
    ((due,),) = room.rows(Article, Article.next_visit_at)
    assert (due is not None) is again
    room.database.write(lambda session: session.execute(sa.update(Entry).values(seen_at=datetime.now(UTC))))
    room.database.write(lambda session: session.execute(sa.update(Article).values(next_visit_at=None)))
    room.make_due()
    room.poll()
    assert room.rows(Article, Article.next_visit_at) == [(None,)]


def test_entries_that_cannot_be_asked_end_at_once(sqlite_room: Any, make: Any) -> None:
    sqlite_room.subscribe(FEED)
    sqlite_room.visitor.serve(
        FEED, make.rss(make.item(1, link="ftp://x/"), make.item(2, link=""), make.item(3, link="https://x.example/" + "a" * 3_000))
    )
    sqlite_room.poll()
    assert sorted((entry.outcome, entry.reason) for entry in sqlite_room.entries()) == [
        ("rejected", "no_link"), ("rejected", "no_link"), ("rejected", "url_too_long"),
    ]  # fmt: skip


def test_X32_a_feed_that_renames_its_guids_does_not_grow(sqlite_room: Any, make: Any) -> None:
    sqlite_room.subscribe(FEED)
    for poll in range(4):
        sqlite_room.visitor.serve(FEED, make.rss(make.item(1, guid=f"random-{poll}")))
        sqlite_room.make_due()
        sqlite_room.poll()
    assert len(sqlite_room.entries()) == 1


def test_X32_a_feed_cannot_reach_into_anothers_entries(sqlite_room: Any, make: Any) -> None:
    sqlite_room.subscribe(FEED, OTHER)
    sqlite_room.visitor.serve(FEED, make.rss(make.item(1)))
    sqlite_room.visitor.serve(OTHER, make.rss(make.item(1, title="Fake", link="https://evil.example/")))
    sqlite_room.poll()
    assert {(entry.title, entry.url) for entry in sqlite_room.entries()} == {
        ("Story 1", "https://news.example/story/1"), ("Fake", "https://evil.example/"),
    }  # fmt: skip


def test_X13_two_thousand_entries_are_one_transaction(room: Any, make: Any) -> None:
    room.subscribe(FEED, OTHER)
    room.visitor.serve(FEED, make.rss(*(make.item(number) for number in range(2_500))))
    room.visitor.serve(OTHER, make.rss(make.item(9_999)))
    assert room.poll().done == 2
    assert len(room.entries()) == 2_001
    assert sorted(room.rows(PollRow, PollRow.listed_count, PollRow.dropped_count)) == [(1, 0), (2_000, 500)]


def test_X24_X25_long_and_odd_values_are_stored_alike(room: Any, make: Any) -> None:
    room.subscribe(FEED)
    odd = make.item(1, guid="g" * 1_000_000, title="x\x00y", description="d" * 100_000, link="https://news.example/" + "ä" * 300)
    room.visitor.serve(FEED, make.rss(odd), etag='"é"')
    assert room.poll().outcomes == (("read", 1),)
    (entry,) = room.entries()
    assert (entry.title, len(entry.guid), len(entry.listed["summary"]), entry.outcome) == ("xy", 512, 65_536, "pending")
    assert room.feed().etag == '"é"'


# ---------------------------------------------------------------- leases


def test_hosts_are_freed_after_the_batch(sqlite_room: Any, make: Any) -> None:
    sqlite_room.subscribe(FEED)
    sqlite_room.visitor.serve(FEED, make.rss(make.item(1)))
    sqlite_room.poll()
    assert sqlite_room.rows(Host, Host.lease_owner, Host.lease_until) == [(None, None)]


def test_P08_restarts_do_not_ask_again(sqlite_room: Any, make: Any) -> None:
    sqlite_room.subscribe(FEED)
    sqlite_room.visitor.serve(FEED, make.rss(make.item(1)))
    for _ in range(5):
        sqlite_room.subscribe(FEED)
        sqlite_room.poll()
    assert len(sqlite_room.visitor.asked) == 1


def test_P10_two_workers_send_one_request(room: Any, make: Any) -> None:
    room.subscribe(FEED)
    room.visitor.serve(FEED, make.rss(make.item(1)))
    barrier = threading.Barrier(4)

    def work() -> None:
        barrier.wait()
        room.poll()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(room.visitor.asked) == 1


def test_P11_a_feed_is_not_asked_before_it_is_due_unless_forced_once_a_run(
    sqlite_room: Any, make: Any, caplog: pytest.LogCaptureFixture
) -> None:
    sqlite_room.subscribe(FEED)
    sqlite_room.visitor.serve(FEED, make.rss(make.item(1)), etag='"v1"')
    sqlite_room.poll()
    for _ in range(10):
        assert sqlite_room.poll().done == 0
    run = sqlite_room.run()
    assert [sqlite_room.poll(run, force=True).done for _ in range(3)] == [1, 0, 0]
    assert [request.validators is not None for request in sqlite_room.visitor.asked] == [False, True]
    assert any("forced" in record.message for record in caplog.records)


def test_P16_a_host_on_pause_is_not_asked_even_by_force(room: Any, make: Any) -> None:
    room.subscribe(FEED, "https://news.example/other.xml", OTHER)
    until = datetime.now(UTC) + timedelta(hours=2)
    run = room.run()
    (grant,) = room.database.write(lambda session: hosts.claim(session, ["news.example:443"], run=run, seconds=60)).values()
    report = HostReport(grant.host, grant.fence, None, paused_until=until, pause_reason=Reason.RATE_LIMITED, pause_count=1)
    room.database.write(lambda session: hosts.release(session, report))
    with room.database.read() as session:
        assert feeds.count_due(session, run, force=True) == 1
    assert room.poll(force=True).done == 1
    assert [request.url for request in room.visitor.asked] == [OTHER]


def test_P35_a_domain_on_pause_holds_up_nobody_else(room: Any, make: Any) -> None:
    names = [f"{letter}.paper.org:443" for letter in "abcd"]
    room.subscribe(*(f"https://d.paper.org/{number}.xml" for number in range(9)))
    room.make_due()
    room.subscribe(*(f"https://d.paper.org/{number}.xml" for number in range(9)), OTHER)
    room.settings = Settings(poll=PollSettings(batch_size=5))
    until, run = datetime.now(UTC) + timedelta(hours=2), room.run()
    grants = room.database.write(lambda session: hosts.claim(session, names, run=run, seconds=60))
    for name in names:
        paused = {"paused_until": until, "pause_reason": Reason.RATE_LIMITED, "pause_count": 1} if name != names[3] else {}
        report = HostReport(name, grants[name].fence, None, **paused)
        room.database.write(lambda session, report=report: hosts.release(session, report))
    with room.database.read() as session:
        assert feeds.count_due(session, run) == 1
    assert room.poll().done == 1
    assert [request.url for request in room.visitor.asked] == [OTHER]


def test_two_who_take_the_same_list_in_at_once_do_not_collide(room: Any) -> None:
    listed = tuple(Subscription(f"https://news.example/{number}.xml") for number in range(40))
    start = threading.Barrier(4)

    def take(_: int) -> None:
        start.wait()
        room.database.write(lambda session: feeds.sync_list(session, listed, datetime.now(UTC)))
        room.database.write(lambda session: feeds.add(session, Subscription(OTHER), datetime.now(UTC)))

    with ThreadPoolExecutor(4) as four:
        list(four.map(take, range(4)))
    assert len(room.rows(Feed)) == 41


def test_P34_a_batch_takes_a_fair_share_of_one_host(room: Any, make: Any) -> None:
    crowd = [f"https://news.example/{number}.xml" for number in range(50)]
    room.subscribe(*crowd, OTHER)
    room.settings = Settings(poll=PollSettings(batch_size=20))
    room.poll()
    asked = [request.url for request in room.visitor.asked]
    assert OTHER in asked
    assert len(asked) == 13  # a minute, five seconds apart, and the other host's


def test_a_host_that_another_worker_holds_is_left_alone(sqlite_room: Any) -> None:
    sqlite_room.subscribe(FEED)
    run = sqlite_room.run()
    sqlite_room.database.write(lambda session: hosts.claim(session, ["news.example:443"], run=run, seconds=60))
    assert sqlite_room.poll().done == 0


def test_a_claim_whose_feeds_were_just_polled_frees_the_host(sqlite_room: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    sqlite_room.subscribe(FEED)
    claim = hosts.claim

    def slow_claim(session: Any, names: Any, **options: Any) -> Any:
        granted = claim(session, names, **options)
        session.execute(sa.update(Feed).values(next_poll_at=datetime.now(UTC) + timedelta(hours=1)))
        return granted

    monkeypatch.setattr(hosts, "claim", slow_claim)
    assert sqlite_room.poll().done == 0
    assert sqlite_room.rows(Host, Host.lease_until) == [(None,)]


def test_a_poll_under_a_stale_fence_is_refused(room: Any, make: Any) -> None:
    room.subscribe(FEED)
    run = room.run()
    ((_, (feed,)),) = room.database.write(lambda session: polls.claim_due(session, run, limit=10, seconds=60))
    poll = make.decide(feed, make.response())
    stale = replace(poll, feed=replace(feed, fence=feed.fence - 1))
    with pytest.raises(LeaseLostError, match=r"news\.example"):
        room.database.write(lambda session: polls.record(session, stale, run))
    assert room.entries() == []
    assert room.database.write(lambda session: polls.record(session, poll, run)) == 1


class Usurped:
    """A visitor that is so slow that another worker takes the host over while it asks."""

    def __init__(self, room: Any) -> None:
        self.room = room

    def visit(self, work: Sequence[HostWork], *, seconds: float, more: Any = None) -> Iterator[Exchange | HostReport]:
        def usurp(session: Any) -> None:
            session.execute(sa.update(Host).values(lease_until=clock.now(session) - timedelta(seconds=1)))
            hosts.claim(session, ["news.example:443"], run=self.room.run(), seconds=600)

        for item in self.room.visitor.visit(work, seconds=seconds, more=more):
            self.room.database.write(usurp)
            yield item


def test_work_done_under_a_lost_lease_is_discarded(room: Any, make: Any, caplog: pytest.LogCaptureFixture) -> None:
    room.subscribe(FEED)
    room.visitor.serve(FEED, make.rss(make.item(1)))
    usurped = replace(room, visitor=Usurped(room))
    assert usurped.poll().done == 0
    assert room.entries() == room.rows(PollRow) == []
    assert room.rows(Host, Host.lease_until) != [(None,)]
    assert any("lease lost" in record.message for record in caplog.records)


def test_a_batch_that_is_broken_off_keeps_what_it_brought_and_frees_its_hosts(room: Any, make: Any) -> None:
    other = "https://other.example/feed"
    room.subscribe(FEED, other)
    room.settings = Settings(fetch=FetchSettings(host_spacing=0))
    room.visitor.serve(FEED, make.rss(make.item(1)))

    def closed(_request: Request) -> Fetched:
        raise CopydeskError("closed")

    room.visitor.answers[other] = closed
    with pytest.raises(CopydeskError, match="closed"):
        room.poll()
    assert [entry.guid for entry in room.entries()] == ["story-1"]
    assert room.rows(Host, Host.lease_owner) == [(None,), (None,)]
    room.visitor.serve(other, make.rss(make.item(2)))
    assert room.poll().done == 1


def test_leases_are_kept_alive_while_the_batch_lasts(sqlite_room: Any, make: Any) -> None:
    sqlite_room.subscribe(FEED)
    sqlite_room.settings = Settings(lease=LeaseSettings(seconds=5))
    run = sqlite_room.run()
    sqlite_room.database.write(lambda session: polls.claim_due(session, run, limit=1, seconds=5))
    grants = tuple(sqlite_room.database.write(lambda session: hosts.claim(session, ["x.example:443"], run=run, seconds=1)).values())
    assert sqlite_room.database.write(lambda session: hosts.renew(session, grants, run=run, seconds=600)) == 1


# ---------------------------------------------------------------- one transaction


def test_validators_never_outlive_a_crash_without_their_entries(room: Any, make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    room.subscribe(FEED)
    room.visitor.serve(FEED, make.rss(make.item(1)), etag='"v1"')

    class KilledError(Exception):
        pass

    def die(*_: object) -> int:
        raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr(polls, "_next_state", die)
        with pytest.raises(KilledError):
            room.poll()
    assert room.entries() == room.rows(PollRow) == []
    assert room.feed().etag is None

    room.database.write(lambda session: session.execute(sa.update(Host).values(lease_until=None)))
    room.poll()
    assert len(room.entries()) == 1
    assert room.visitor.asked[-1].validators is None


# ---------------------------------------------------------------- failures


def test_a_failure_is_kept_with_its_reason(sqlite_room: Any, make: Any) -> None:
    sqlite_room.subscribe(FEED)
    sqlite_room.visitor.refuse(FEED, Reason.FORBIDDEN, status=403)
    assert (sqlite_room.poll().failed, sqlite_room.feed().reason, sqlite_room.feed().state) == (1, "forbidden", "active")
    assert sqlite_room.feed().failing_since is not None
    sqlite_room.visitor.serve(FEED, make.rss(make.item(1)))
    sqlite_room.make_due()
    sqlite_room.poll()
    assert (sqlite_room.feed().reason, sqlite_room.feed().failing_since, sqlite_room.feed().failure_weight) == (None, None, 0.0)


def test_P31_a_feed_that_is_gone_is_not_asked_again_until_resumed(sqlite_room: Any) -> None:
    sqlite_room.subscribe(FEED)
    sqlite_room.visitor.refuse(FEED, Reason.GONE, status=410)
    sqlite_room.poll()
    sqlite_room.make_due()
    assert (sqlite_room.feed().state, sqlite_room.feed().reason, sqlite_room.poll().done) == ("gone", "gone", 0)
    sqlite_room.database.write(lambda session: feeds.resume(session, sqlite_room.feed().id, datetime.now(UTC)))
    assert sqlite_room.poll().done == 1


def test_P30_a_move_to_a_feed_that_is_there_already_ends_one_of_the_two(room: Any, make: Any) -> None:
    room.subscribe(FEED, OTHER)
    run = room.run()
    claimed = {
        feed.url: feed for _, one in room.database.write(lambda session: polls.claim_due(session, run, limit=9, seconds=60)) for feed in one
    }
    poll = replace(make.decide(claimed[FEED], make.response()), url=OTHER)
    room.database.write(lambda session: polls.record(session, poll, run))
    moved, other = room.rows(Feed)
    assert (moved.url, moved.state, moved.reason, other.state) == (FEED, "gone", "moved", "active")
    assert f"feed {other.id}" in moved.detail


def test_P28_a_move_keeps_the_history_and_the_list_still_knows_the_feed(room: Any, make: Any) -> None:
    room.subscribe(FEED)
    run = room.run()
    ((_, (feed,)),) = room.database.write(lambda session: polls.claim_due(session, run, limit=9, seconds=60))
    poll = replace(make.decide(feed, make.response(headers={"etag": '"x"'})), url="https://new.example/rss", validators=None)
    room.database.write(lambda session: polls.record(session, poll, run))
    room.subscribe(FEED)
    moved = room.feed()
    assert (moved.url, moved.host, moved.former_urls, moved.etag, moved.listed) == (
        "https://new.example/rss",
        "new.example:443",
        [FEED],
        None,
        True,
    )
    room.visitor.serve("https://new.example/rss", make.rss(make.item(1)))
    room.make_due()
    room.database.write(lambda session: session.execute(sa.update(Host).values(lease_until=None)))
    room.poll()
    assert len(room.entries()) == 1


def test_H22_a_dead_network_blames_no_feed(sqlite_room: Any, make: Any) -> None:
    sqlite_room.subscribe(*(f"https://news{number}.example/feed.xml" for number in range(4)))
    for number in range(4):
        sqlite_room.visitor.refuse(f"https://news{number}.example/feed.xml", Reason.DNS_TEMPORARY, temporary=True)
    assert sqlite_room.poll().failed == 4
    assert {(feed.failure_weight, feed.failing_since, feed.reason) for feed in sqlite_room.rows(Feed)} == {(0.0, None, "dns_temporary")}
    assert sqlite_room.rows(Host, Host.lease_until) == [(None,)] * 4


def test_H22_one_answer_proves_that_the_network_works(sqlite_room: Any, make: Any) -> None:
    sqlite_room.subscribe(*(f"https://news{number}.example/feed.xml" for number in range(4)), FEED)
    for number in range(4):
        sqlite_room.visitor.refuse(f"https://news{number}.example/feed.xml", Reason.DNS_TEMPORARY, temporary=True)
    sqlite_room.visitor.serve(FEED, make.rss(make.item(1)))
    sqlite_room.poll()
    assert sorted(feed.failure_weight for feed in sqlite_room.rows(Feed)) == [0.0, 0.25, 0.25, 0.25, 0.25]


@pytest.mark.parametrize(("days", "conditional"), [(0, True), (7, False)])
def test_P44_a_feed_that_always_says_unchanged_can_be_verified(sqlite_room: Any, make: Any, days: int, conditional: bool) -> None:
    sqlite_room.settings = Settings(poll=PollSettings(verify_days=days))
    sqlite_room.subscribe(FEED)
    sqlite_room.visitor.serve(FEED, make.rss(make.item(1)), etag='"v1"')
    sqlite_room.poll()
    sqlite_room.make_due()
    sqlite_room.poll()
    past = datetime.now(UTC) - timedelta(days=8)
    sqlite_room.database.write(lambda session: session.execute(sa.update(PollRow).where(PollRow.outcome == "read").values(at=past)))
    for _ in range(2):
        sqlite_room.make_due()
        sqlite_room.poll()
    assert [request.validators is not None for request in sqlite_room.visitor.asked] == [False, True, conditional, True]


# ---------------------------------------------------------------- sites and lists

SITE = "https://news.example/en"


def poll_until_dry(room: Any) -> None:
    run = room.run()
    while room.poll(run).done:
        pass


def test_a_sites_feed_is_found_within_one_run_and_replaces_it(room: Any, make: Any) -> None:
    room.subscribe(Subscription(SITE, discover=True, title="Ours"))
    room.visitor.serve(SITE, b'<!doctype html><link rel=alternate type="application/rss+xml" href="https://feeds.example/en.xml">')
    room.visitor.serve("https://feeds.example/en.xml", make.rss(make.item(1)), etag='"v1"')
    poll_until_dry(room)
    feed = room.feed()
    assert (feed.url, feed.host, feed.discover, feed.former_urls) == ("https://feeds.example/en.xml", "feeds.example:443", False, [SITE])
    assert (feed.title, feed.site_url, feed.etag, len(room.entries())) == ("Ours", SITE, '"v1"', 1)
    assert [request.kind for request in room.visitor.asked] == ["site", "feed"]
    room.subscribe(Subscription(SITE, discover=True, title="Ours"))
    assert (room.feed().listed, room.feed().discover) == (True, False)


def test_a_site_that_names_no_feed_falls_back_to_the_operators_addresses(sqlite_room: Any, make: Any) -> None:
    sqlite_room.subscribe(Subscription(SITE, discover=True, fallbacks=("https://news.example/wrong", "https://news.example/feed/index/en")))
    sqlite_room.visitor.serve(SITE, b"<!doctype html><p>no links here")
    sqlite_room.visitor.serve("https://news.example/feed/index/en", make.rss(make.item(1)))
    poll_until_dry(sqlite_room)
    assert (sqlite_room.feed().url, sqlite_room.feed().former_urls) == ("https://news.example/feed/index/en", [SITE])
    assert [row.outcome for row in sqlite_room.rows(PollRow)] == ["read", "read", "read"]


def test_a_site_without_any_feed_says_so_once(sqlite_room: Any) -> None:
    sqlite_room.subscribe(Subscription(SITE, discover=True))
    sqlite_room.visitor.serve(SITE, b"<!doctype html><p>nothing")
    poll_until_dry(sqlite_room)
    feed = sqlite_room.feed()
    assert (feed.url, feed.discover, feed.reason, feed.former_urls) == (SITE, True, "no_feed_found", [])
    assert feed.next_poll_at > datetime.now(UTC) + timedelta(hours=1)
    assert [row.outcome for row in sqlite_room.rows(PollRow)].count("failed") == 1
    assert len(sqlite_room.visitor.asked) == len({request.url for request in sqlite_room.visitor.asked})


def test_X01_what_a_page_names_is_not_trusted_like_what_the_operator_named(sqlite_room: Any, make: Any) -> None:
    sqlite_room.subscribe(Subscription(SITE, discover=True))
    sqlite_room.visitor.serve(SITE, b'<!doctype html><link rel=alternate type="application/rss+xml" href="http://10.0.0.7/feed">')
    sqlite_room.visitor.serve("http://10.0.0.7/feed", make.rss(make.item(1)))
    poll_until_dry(sqlite_room)
    sqlite_room.make_due()
    sqlite_room.poll()
    assert [(request.url, request.trusted) for request in sqlite_room.visitor.asked] == [
        (SITE, True), ("http://10.0.0.7/feed", False), ("http://10.0.0.7/feed", False),
    ]  # fmt: skip


def test_only_listed_active_and_wanted_feeds_are_polled(room: Any) -> None:
    room.subscribe(FEED, OTHER, "https://third.example/", "https://fourth.example/")
    room.subscribe(OTHER, "https://third.example/", "https://fourth.example/")
    ids = {feed.url: feed.id for feed in room.rows(Feed)}
    room.database.write(lambda session: feeds.pause(session, ids["https://third.example/"]))
    run = room.run()
    with room.database.read() as session:
        assert feeds.count_due(session, run) == 2
        assert feeds.count_due(session, run, feed_ids=(ids[OTHER], ids[FEED])) == 1
    room.poll(run, feed_ids=(ids[OTHER], ids[FEED]))
    assert [request.url for request in room.visitor.asked] == [OTHER]
    assert room.rows(Entry) == []
