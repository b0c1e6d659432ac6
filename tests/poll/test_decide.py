"""What an answer means for its feed: the politeness cases of the catalogue, decided on a fake clock."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.outcomes import Reason
from domain.records import Validators
from tasks.poll.decide import Rules, spared

URL = "https://news.example/feed.xml"
MOVED = "https://www.news.example/rss"
DAY = timedelta(days=1)

# ---------------------------------------------------------------- conditional requests


ODD = ['"abc"', 'W/"abc"', "abc", '"a b"', "\"é\xa0'", 'W/"', "0"]


@pytest.mark.parametrize("etag", ODD)
@pytest.mark.parametrize("modified", ["Sun, 22 Nov 2026 10:00:00 GMT", "sunday  22.11.26 10h", "Sun, 22 Nov 2026 13:00:00 +0300"])
def test_P01_P02_validators_are_kept_byte_for_byte(make: Any, etag: str, modified: str) -> None:
    poll = make.decide(make.feed(), make.response(headers={"etag": etag, "last-modified": modified}))
    assert poll.validators == Validators(URL, etag, modified)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"etag": '"a"'}, Validators(URL, '"a"', None)),
        ({"last-modified": "x"}, Validators(URL, None, "x")),
        ({}, None),
        ({"etag": "", "last-modified": ""}, None),
        ({"etag": '"' + "a" * 5_000 + '"'}, None),
    ],
)
def test_P03_only_what_was_offered_is_kept(make: Any, headers: dict[str, str], expected: Validators | None) -> None:
    assert make.decide(make.feed(), make.response(headers=headers)).validators == expected


def test_P04_new_validators_on_the_same_body_replace_the_old(make: Any) -> None:
    feed = make.feed(validators=Validators(URL, '"old"', "old"))
    assert make.decide(feed, make.response(headers={"etag": '"new"'})).validators == Validators(URL, '"new"', None)


@pytest.mark.parametrize(
    ("offered", "expected"),
    [
        ({}, Validators(URL, '"old"', "then")),
        ({"etag": '"new"'}, Validators(URL, '"new"', "then")),
        ({"last-modified": "now"}, Validators(URL, '"old"', "now")),
    ],
)
def test_P05_a_304_refreshes_validators_and_ends_failures(make: Any, offered: dict[str, str], expected: Validators) -> None:
    feed = make.feed(validators=Validators(URL, '"old"', "then"), failure_weight=3.0, failing_since=make.now - DAY)
    poll = make.decide(feed, make.response(status=304, headers=offered | {"cache-control": "max-age=43200"}))
    assert (poll.outcome, poll.validators, poll.failure_weight, poll.failing_since) == ("unchanged", expected, 0.0, None)
    assert poll.next_poll_at - make.now >= timedelta(hours=12)


def test_P06_validators_that_are_no_longer_offered_are_dropped(make: Any) -> None:
    assert make.decide(make.feed(validators=Validators(URL, '"old"')), make.response()).validators is None


def test_P07_a_304_that_was_not_asked_for_is_a_protocol_error_and_changes_nothing(make: Any) -> None:
    poll = make.decide(make.feed(had_entries=True), make.response(status=304, headers={"etag": '"x"'}))
    assert (poll.outcome, poll.reason, poll.validators, poll.url, poll.entries) == ("failed", Reason.PROTOCOL, None, None, ())


@pytest.mark.parametrize("body", [b"", b"<!doctype html><p>maintenance", b"oops", b'{"error": 1}'])
def test_H18_validators_of_what_is_no_feed_are_not_kept(make: Any, body: bytes) -> None:
    old = Validators(URL, '"good"')
    poll = make.decide(make.feed(validators=old, had_entries=True), make.response(body, headers={"etag": '"bad"'}))
    assert (poll.outcome, poll.validators) == ("failed", old)
    assert poll.failure_weight == 0.5
    assert poll.next_poll_at > make.now + timedelta(hours=1)


# ---------------------------------------------------------------- redirects


def test_P27_one_permanent_redirect_changes_nothing(make: Any) -> None:
    feed = make.feed()
    poll = make.decide(feed, make.response(final_url=MOVED, redirects=make.redirect(MOVED)))
    assert poll.url is None
    again = make.decide(make.after(feed, poll), make.response())
    assert (again.url, again.redirect_count, again.redirect_target) == (None, 0, None)


@pytest.mark.parametrize("status", [301, 308])
def test_P28_a_permanent_redirect_seen_ten_times_in_a_week_is_believed(make: Any, status: int) -> None:
    feed, urls = make.feed(), []
    for number in range(10):
        response = make.response(final_url=MOVED, redirects=make.redirect(MOVED, status), headers={"etag": '"at the new place"'})
        poll = make.decide(feed, response, make.now + number * DAY)
        urls.append(poll.url)
        feed = make.after(feed, poll)
    assert urls == [None] * 9 + [MOVED]
    assert poll.validators is None


@pytest.mark.parametrize(("polls", "gap"), [(9, DAY), (200, timedelta(minutes=45))])
def test_P28_too_few_or_too_soon_is_not_believed(make: Any, polls: int, gap: timedelta) -> None:
    feed = make.feed()
    for number in range(polls):
        poll = make.decide(feed, make.response(final_url=MOVED, redirects=make.redirect(MOVED)), make.now + number * gap)
        assert poll.url is None
        feed = make.after(feed, poll)


def test_P28_another_target_begins_anew(make: Any) -> None:
    feed = make.feed(redirect_target="https://portal.example/", redirect_count=50, redirect_since=make.now - 30 * DAY)
    poll = make.decide(feed, make.response(final_url=MOVED, redirects=make.redirect(MOVED)))
    assert (poll.url, poll.redirect_count, poll.redirect_since) == (None, 1, make.now)


def test_P28_a_target_that_is_no_feed_teaches_nothing(make: Any) -> None:
    feed = make.feed(redirect_target=MOVED, redirect_count=50, redirect_since=make.now - 30 * DAY, had_entries=True)
    poll = make.decide(feed, make.response(b"<html>sign in", final_url=MOVED, redirects=make.redirect(MOVED)))
    assert (poll.outcome, poll.url) == ("failed", None)


@pytest.mark.parametrize("status", [302, 303, 307])
def test_P29_a_temporary_redirect_is_never_learned_and_its_validators_are_the_targets(make: Any, status: int) -> None:
    feed = make.feed(redirect_target=MOVED, redirect_count=50, redirect_since=make.now - 30 * DAY)
    poll = make.decide(feed, make.response(final_url=MOVED, redirects=make.redirect(MOVED, status), headers={"etag": '"x"'}))
    assert (poll.url, poll.redirect_count) == (None, 0)
    assert poll.validators == Validators(MOVED, '"x"')


def test_P29_one_temporary_hop_makes_the_chain_temporary(make: Any) -> None:
    feed = make.feed(redirect_target=MOVED, redirect_count=50, redirect_since=make.now - 30 * DAY)
    chain = make.redirect("https://mid.example/", 301) + make.redirect(MOVED, 302)
    assert make.decide(feed, make.response(final_url=MOVED, redirects=chain)).url is None


# ---------------------------------------------------------------- failures


def test_P31_gone_is_gone(make: Any) -> None:
    poll = make.decide(make.feed(had_entries=True), make.failure(Reason.GONE, status=410))
    assert (poll.gone, poll.next_poll_at, poll.reason) == (True, None, Reason.GONE)


def test_P32_not_found_decays_to_weekly_and_recovers(make: Any) -> None:
    feed, now, polls = make.feed(had_entries=True), make.now, 0
    while now < make.now + 40 * DAY:
        poll = make.decide(feed, make.failure(Reason.NOT_FOUND, status=404), now)
        feed, wait, polls = make.after(feed, poll), poll.next_poll_at - now, polls + 1
        now = poll.next_poll_at
        assert not poll.gone
    assert wait >= 6.9 * DAY
    assert polls < 30
    back = make.decide(feed, make.response(make.rss(make.item(1, at=now))), now)
    assert (back.outcome, back.failure_weight, back.failing_since) == ("read", 0.0, None)
    assert back.next_poll_at - now < timedelta(hours=2)


@pytest.mark.parametrize("reason", [Reason.UNAUTHORISED, Reason.FORBIDDEN, Reason.LEGAL, Reason.CHALLENGE])
def test_P33_refusals_back_off_hard(make: Any, reason: Reason) -> None:
    poll = make.decide(make.feed(had_entries=True), make.failure(reason))
    assert (poll.outcome, poll.reason, poll.failure_weight) == ("failed", reason, 1.0)
    assert poll.next_poll_at - make.now >= timedelta(hours=2)


def test_P33_a_challenge_is_known_by_its_header(make: Any) -> None:
    response = make.response(b"<!doctype html><title>One moment</title>", headers={"cf-mitigated": "challenge"})
    assert make.decide(make.feed(), response).reason is Reason.CHALLENGE


def test_H22_when_our_network_is_down_no_feed_collects_failures(make: Any) -> None:
    feed = make.feed(failure_weight=0.5, failing_since=make.now - DAY, fallbacks=("https://b.example/",))
    poll = spared(make.decide(feed, make.failure(Reason.DNS_UNKNOWN)))
    assert (poll.failure_weight, poll.failing_since, poll.url, poll.fallbacks) == (0.5, make.now - DAY, None, feed.fallbacks)


# ---------------------------------------------------------------- the schedule in a decision


def test_P21_max_age_and_age_set_the_earliest_next_poll(make: Any) -> None:
    poll = make.decide(make.feed(), make.response(headers={"cache-control": "max-age=43200", "age": "3600"}))
    assert timedelta(hours=11) <= poll.next_poll_at - make.now <= timedelta(hours=12.1)


def test_P23_absurd_max_age_is_capped_at_a_week(make: Any) -> None:
    poll = make.decide(make.feed(), make.response(headers={"cache-control": "max-age=999999999"}))
    assert poll.next_poll_at - make.now == 7 * DAY
    assert poll.detail == "the server calls its answer fresh for 11574 days; it is asked again after 7 days"


@pytest.mark.parametrize("reason", [Reason.BROKEN_TRANSFER, Reason.DEADLINE, Reason.BAD_ENCODING, Reason.TOO_LARGE])
def test_H23_an_answer_that_breaks_off_counts_and_backs_off(make: Any, reason: Reason) -> None:
    old = Validators(URL, '"x"')
    temporary = reason in {Reason.BROKEN_TRANSFER, Reason.DEADLINE}
    poll = make.decide(make.feed(validators=old, had_entries=True), make.failure(reason, temporary=temporary, status=200))
    assert (poll.outcome, poll.validators, poll.failing_since) == ("failed", old, make.now)
    assert poll.failure_weight > 0
    assert poll.next_poll_at - make.now > timedelta(hours=1)


def test_P24_P25_what_the_document_asked_for_holds_for_a_304_too(make: Any) -> None:
    feed = make.feed()
    head = "<ttl>300</ttl><skipHours><hour>17</hour></skipHours>"
    first = make.decide(feed, make.response(make.rss(make.item(1), head=head), headers={"etag": '"x"'}))
    second = make.decide(make.after(feed, first), make.response(status=304))
    for poll in (first, second):
        assert poll.next_poll_at - make.now >= timedelta(hours=5)
        assert poll.next_poll_at.hour != 17


def test_the_interval_follows_the_feed_and_a_304_never_shortens_it(make: Any) -> None:
    busy = [make.item(number, at=make.now - timedelta(minutes=40 * number)) for number in range(20)]
    feed = make.feed()
    poll = make.decide(feed, make.response(make.rss(*busy), headers={"etag": '"x"'}))
    assert (poll.interval_seconds, poll.rhythm_seconds) == (1_200, 2_400.0)
    quiet = make.decide(make.after(feed, poll), make.response(status=304), make.now + 8 * timedelta(hours=8))
    assert quiet.interval_seconds == 8 * 3_600


def test_the_floor_of_the_operator_is_kept(make: Any) -> None:
    feed = make.feed(interval_seconds=60, validators=Validators(URL, '"x"'))
    assert make.decide(feed, make.response(status=304)).interval_seconds >= 900
    assert make.decide(feed, make.failure(Reason.DEADLINE, temporary=True)).next_poll_at - make.now >= timedelta(minutes=15)


def test_silence_is_told_in_words(make: Any) -> None:
    items = [make.item(number, at=make.now - 9 * DAY - timedelta(hours=2 * number)) for number in range(20)]
    feed = make.feed()
    poll = make.decide(feed, make.response(make.rss(*items), headers={"etag": '"x"'}))
    assert (poll.outcome, poll.reason, poll.detail) == ("read", Reason.SILENT, "silent for 9 days, normally an entry every 2 hours")
    later = make.decide(make.after(feed, poll), make.response(status=304), make.now + DAY)
    assert (later.outcome, later.reason, later.detail[:18]) == ("unchanged", Reason.SILENT, "silent for 10 days")


def test_a_feed_that_lists_nothing_any_more_is_named(make: Any) -> None:
    empty = make.response(make.rss())
    assert make.decide(make.feed(had_entries=True), empty).reason is Reason.EMPTY_FEED
    assert make.decide(make.feed(), empty).reason is None


def test_X13_the_limit_is_the_operators_and_the_rest_is_counted(make: Any) -> None:
    poll = make.decide(make.feed(), make.response(make.rss(*(make.item(number) for number in range(9)))), make.now, Rules(entry_limit=4))
    assert (len(poll.entries), poll.dropped_count) == (4, 5)


def test_P41_226_is_read_like_a_feed(make: Any) -> None:
    poll = make.decide(make.feed(had_entries=True), make.response(status=226, headers={"im": "feed", "etag": '"x"'}))
    assert (poll.outcome, len(poll.entries), poll.validators) == ("read", 1, Validators(URL, '"x"'))


def test_X26_a_future_entry_neither_hides_silence_nor_leads(make: Any) -> None:
    future: datetime = make.now + timedelta(hours=20)
    poll = make.decide(make.feed(), make.response(make.rss(make.item(1, at=future), make.item(2, at=make.now - DAY))))
    assert poll.last_entry_at == make.now - DAY


# ---------------------------------------------------------------- finding the address


SITE = "https://news.example/en"


def test_a_site_is_searched_and_its_candidates_are_tried_in_turn(make: Any) -> None:
    feed = make.feed(url=SITE, site_url=SITE, discover=True, fallbacks=("https://news.example/hint.xml",))
    page = b'<!doctype html><link rel="alternate" type="application/rss+xml" href="/en/feed.xml">'
    poll = make.decide(feed, make.response(page, url=SITE, final_url=SITE))
    assert (poll.outcome, poll.url, poll.discover, poll.next_poll_at) == ("read", "https://news.example/en/feed.xml", True, make.now)
    assert poll.fallbacks[0] == "https://news.example/hint.xml"

    feed = make.after(feed, poll)
    poll = make.decide(feed, make.failure(Reason.NOT_FOUND))
    assert (poll.outcome, poll.url, poll.next_poll_at) == ("read", "https://news.example/hint.xml", make.now)

    feed = make.after(feed, poll)
    poll = make.decide(feed, make.response(url=feed.url, final_url=feed.url))
    assert (poll.outcome, poll.url, poll.discover, len(poll.entries)) == ("read", None, False, 1)


def test_an_address_that_turns_out_to_be_a_page_is_searched_as_a_site(make: Any) -> None:
    page = b'<!doctype html><link rel="alternate" type="application/rss+xml" href="/feed.xml">'
    poll = make.decide(make.feed(url=SITE), make.response(page, url=SITE, final_url=SITE))
    assert (poll.outcome, poll.url, poll.discover, poll.site_url) == ("read", "https://news.example/feed.xml", True, SITE)


@pytest.mark.parametrize("known", [{"had_entries": True}, {"validators": Validators(URL, '"x"')}])
def test_H18_a_feed_that_answers_with_a_page_today_stays_a_feed(make: Any, known: dict[str, Any]) -> None:
    poll = make.decide(make.feed(**known), make.response(b"<!doctype html>maintenance"))
    assert (poll.outcome, poll.reason, poll.url, poll.discover) == ("failed", Reason.HTML_NOT_FEED, None, False)


def test_a_site_without_a_feed_ends_at_the_site_again_with_patience(make: Any) -> None:
    feed, asked = make.feed(url=SITE, site_url=SITE, discover=True), []
    for _ in range(20):
        poll = make.decide(feed, make.failure(Reason.NOT_FOUND))
        asked.append(feed.url)
        feed = make.after(feed, poll)
        if poll.outcome == "failed":
            break
    assert (poll.reason, feed.url, poll.discover) == (Reason.NO_FEED_FOUND, SITE, True)
    assert poll.next_poll_at >= make.now + timedelta(hours=2)
    assert len(set(asked)) == len(asked) <= 13


def test_a_candidate_that_is_down_for_now_is_waited_for(make: Any) -> None:
    feed = make.feed(url="https://news.example/en/feed.xml", site_url=SITE, discover=True, fallbacks=("https://news.example/b",))
    poll = make.decide(feed, make.failure(Reason.UNAVAILABLE, temporary=True))
    assert (poll.outcome, poll.url, poll.fallbacks) == ("failed", None, feed.fallbacks)


def test_a_site_that_is_a_feed_is_taken(make: Any) -> None:
    poll = make.decide(make.feed(url=SITE, site_url=SITE, discover=True), make.response(url=SITE, final_url=SITE))
    assert (poll.discover, len(poll.entries), poll.url) == (False, 1, None)


def test_fallbacks_are_tried_once_each_at_once_and_then_with_patience(make: Any) -> None:
    feed = make.feed(fallbacks=("https://news.example/b", "https://news.example/c"))
    due, urls = [], []
    for _ in range(4):
        poll = make.decide(feed, make.failure(Reason.NOT_FOUND))
        due.append(poll.next_poll_at == make.now)
        urls.append(poll.url)
        feed = make.after(feed, poll)
    assert urls == ["https://news.example/b", "https://news.example/c", URL, "https://news.example/b"]
    assert due == [True, True, False, False]


def test_a_feed_that_worked_keeps_its_address(make: Any) -> None:
    poll = make.decide(make.feed(fallbacks=("https://news.example/b",), had_entries=True), make.failure(Reason.NOT_FOUND))
    assert poll.url is None
