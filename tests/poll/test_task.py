"""A batch of polls, from the claim to the commit, on both databases."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from db import feeds, hosts, polls
from db.models import Entry, Feed, Host
from db.models import Poll as PollRow
from domain.errors import LeaseLostError
from domain.outcomes import Reason
from domain.records import HostReport, Subscription

FEED = "https://news.example/feed.xml"


def test_a_poll_records_entries_validators_and_the_next_poll(room, make):
    room.subscribe(Subscription(FEED, publisher="The Example Times"))
    room.visitor.serve(FEED, make.rss(make.item(1), make.item(2)), etag='W/"v1"')
    before = datetime.now(UTC)

    tally = room.poll()

    assert (tally.done, tally.failed, tally.outcomes) == (1, 0, (("read", 1),))
    feed = room.feed()
    assert (feed.etag, feed.validators_url, feed.title, feed.publisher, feed.entry_count) == (
        'W/"v1"',
        FEED,
        "The Example",
        "The Example Times",
        2,
    )
    assert feed.next_poll_at >= before + timedelta(hours=1)
    assert {(entry.outcome, entry.canonical_url, entry.host, entry.run_id) for entry in room.entries()} == {
        ("pending", "https://news.example/story/1", "news.example:443", "run-1"),
        ("pending", "https://news.example/story/2", "news.example:443", "run-1"),
    }
    (row,) = room.rows(PollRow)
    assert (row.outcome, row.status, row.listed_count, row.new_count) == ("read", 200, 2, 2)


def test_nothing_due_is_nothing_done(room, make):
    room.subscribe(FEED)
    room.visitor.serve(FEED, make.rss(make.item(1)))
    assert room.poll().done == 1
    assert room.poll().done == 0
    assert len(room.visitor.asked) == 1


def test_a_second_round_is_conditional_and_changes_nothing(room, make):
    room.subscribe(FEED)
    room.visitor.serve(FEED, make.rss(make.item(1)), etag='"v1"')
    room.poll()
    room.make_due()
    tally = room.poll()
    assert tally.outcomes == (("unchanged", 1),)
    assert room.visitor.asked[1].validators.etag == '"v1"'
    assert len(room.entries()) == 1


def test_hosts_are_freed_after_the_batch(room, make):
    room.subscribe(FEED)
    room.visitor.serve(FEED, make.rss(make.item(1)))
    room.poll()
    assert room.rows(Host, Host.lease_owner, Host.lease_until) == [(None, None)]
