"""Subscriptions: the list and the table kept in step, and the verbs that act on one feed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from db import feeds
from db.engine import Database
from db.models import Entry, Feed
from domain.errors import ConfigurationError
from domain.records import Run, Subscription

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
A, B, C = (f"https://{name}.example/feed.xml" for name in "abc")


def sync(database: Database, *listed: Subscription | str) -> None:
    rows = [one if isinstance(one, Subscription) else Subscription(one) for one in listed]
    database.write(lambda session: feeds.sync_list(session, rows, NOW))


def rows(database: Database) -> list[feeds.FeedState]:
    with database.read() as session:
        return list(feeds.listing(session))


def change(database: Database, **values: Any) -> None:
    database.write(lambda session: session.execute(sa.update(Feed).values(**values)))


def test_a_list_becomes_rows_that_are_due(database: Database) -> None:
    sync(database, Subscription(A, title="A", publisher="P", language="ckb", tags=("x",), fallbacks=(B,)), Subscription(C, discover=True))
    first, second = rows(database)
    assert (first.url, first.title, first.publisher, first.language, first.tags) == (A, "A", "P", "ckb", ("x",))
    assert (second.discover, second.site_url, second.state, second.listed, second.next_poll_at) == (True, C, "active", True, NOW)


def test_the_same_list_again_writes_nothing(database: Database) -> None:
    sync(database, A, Subscription(B, tags=("x",), fallbacks=(C,)))
    statements: list[str] = []
    sa.event.listen(database.engine, "before_cursor_execute", lambda _c, _u, statement, *_: statements.append(statement))
    sync(database, A, Subscription(B, tags=("x",), fallbacks=(C,)))
    assert not [one for one in statements if one.startswith(("UPDATE", "INSERT", "DELETE"))]


def test_what_is_unlisted_rests_and_comes_back_with_its_history(database: Database) -> None:
    sync(database, A, B)
    change(database, entry_count=5, etag='"x"', next_poll_at=NOW + timedelta(days=1))
    sync(database, B)
    assert [(one.url, one.listed) for one in rows(database)] == [(A, False), (B, True)]
    sync(database, B, A)
    assert [(one.listed, one.entry_count) for one in rows(database)] == [(True, 5), (True, 5)]


def test_what_the_operator_writes_wins_and_what_he_leaves_out_stays(database: Database) -> None:
    sync(database, Subscription(A, title="Old", tags=("x",)))
    change(database, publisher="Said by the feed", language="en")
    sync(database, Subscription(A, title="New", tags=()))
    (feed,) = rows(database)
    assert (feed.title, feed.publisher, feed.language, feed.tags) == ("New", "Said by the feed", "en", ())


def test_O11_another_spelling_is_the_same_feed_and_is_taken_over(database: Database) -> None:
    sync(database, "http://a.example/feed")
    sync(database, "https://A.example:443/feed/")
    (feed,) = rows(database)
    assert feed.url == "https://A.example:443/feed/"


def test_a_feed_that_moved_is_known_by_its_former_addresses(database: Database) -> None:
    sync(database, A)
    change(database, url=B, former_urls=[A])
    sync(database, A)
    assert [(one.url, one.listed) for one in rows(database)] == [(B, True)]


def test_a_present_address_is_worth_more_than_anothers_former_one(database: Database) -> None:
    sync(database, A, B)
    database.write(lambda session: session.execute(sa.update(Feed).where(Feed.url == A).values(former_urls=[B])))
    sync(database, B)
    assert [(one.url, one.listed) for one in rows(database)] == [(A, False), (B, True)]


def test_a_list_that_names_a_feed_twice_makes_one(database: Database) -> None:
    sync(database, A, A.replace("https", "http"))
    assert len(rows(database)) == 1


def test_a_site_that_is_being_searched_is_left_alone(database: Database) -> None:
    site = Subscription(C, discover=True, fallbacks=(A,))
    sync(database, site)
    change(database, url=B, former_urls=[C], fallbacks=["https://b.example/next"])
    sync(database, site)
    with database.read() as session:
        assert session.execute(sa.select(Feed.url, Feed.fallbacks, Feed.discover)).one() == (B, ["https://b.example/next"], True)


def test_paused_and_gone_feeds_stay_so(database: Database) -> None:
    sync(database, A, B)
    first, second = rows(database)
    assert database.write(lambda session: feeds.pause(session, first.id))
    database.write(lambda session: session.execute(sa.update(Feed).where(Feed.id == second.id).values(state="gone")))
    sync(database, A, B)
    assert [one.state for one in rows(database)] == ["paused", "gone"]


def test_add_pause_resume_remove(database: Database) -> None:
    feed_id = database.write(lambda session: feeds.add(session, Subscription(A), NOW))
    assert database.write(lambda session: feeds.add(session, Subscription("http://a.example/feed.xml/"), NOW)) == feed_id
    change(database, state="gone", failing_since=NOW, failure_weight=4.0, listed=False)
    later = NOW + timedelta(days=1)
    assert database.write(lambda session: feeds.resume(session, feed_id, later))
    (feed,) = rows(database)
    assert (feed.state, feed.listed, feed.next_poll_at, feed.failing_since) == ("active", True, later, None)
    assert database.write(lambda session: feeds.remove(session, feed_id))
    assert rows(database) == []


VERBS: list[Callable[[Any], bool]] = [
    lambda session: feeds.pause(session, 99),
    lambda session: feeds.resume(session, 99, NOW),
    lambda session: feeds.remove(session, 99),
]


@pytest.mark.parametrize("verb", VERBS)
def test_verbs_say_when_there_is_no_such_feed(database: Database, verb: Callable[[Any], bool]) -> None:
    assert not database.write(verb)


def test_a_removed_feeds_entries_stay(database: Database) -> None:
    feed_id = database.write(lambda session: feeds.add(session, Subscription(A), NOW))
    entry = Entry(feed_id=feed_id, key="k", url="u", canonical_url="u", url_key="u", host="h", seen_at=NOW, run_id="r", next_attempt_at=NOW)
    database.write(lambda session: session.add(entry))
    database.write(lambda session: feeds.remove(session, feed_id))
    with database.read() as session:
        assert session.execute(sa.select(Entry.feed_id, Entry.key)).one() == (None, "k")


def test_feeds_are_found_by_number_and_by_any_spelling(database: Database) -> None:
    feed_id = database.write(lambda session: feeds.add(session, Subscription(A), NOW))
    change(database, former_urls=[B])
    with database.read() as session:
        for name in (str(feed_id), A, "HTTP://a.example/feed.xml/", B):
            found = feeds.find(session, name)
            assert found is not None
            assert found.id == feed_id
        for name in ("99", "9" * 30, C, "nonsense", "", "-1", "²"):
            assert feeds.find(session, name) is None


@pytest.mark.parametrize("url", ["nonsense", "ftp://a.example/", "https://" + "a" * 3_000])
def test_an_address_that_is_none_is_refused_in_one_sentence(database: Database, url: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot be a feed's address") as caught:
        sync(database, url)
    assert len(str(caught.value)) < 400


def test_what_was_subscribed_to_can_be_exported(database: Database) -> None:
    listed = (
        Subscription(A, title="A", site_url="https://a.example/", publisher="P", language="en", tags=("x", "y"), fallbacks=(B,)),
        Subscription(C, site_url=C, discover=True),
    )
    sync(database, *listed)
    with database.read() as session:
        assert feeds.subscriptions(session) == listed


def test_due_feeds_and_tags_are_counted(database: Database) -> None:
    sync(database, Subscription(A, tags=("x",)), Subscription(B, tags=("x", "y")), C)
    run = Run("r", "w", datetime.now(UTC))
    with database.read() as session:
        assert (feeds.count(session), feeds.count_due(session, run)) == (3, 3)
        assert len(feeds.ids_with_tags(session, ["x"])) == 2
        assert feeds.ids_with_tags(session, ["z"]) == ()
        assert feeds.count_due(session, run, feed_ids=feeds.ids_with_tags(session, ["y"])) == 1
    change(database, next_poll_at=datetime.now(UTC) + timedelta(hours=1), polled_at=datetime.now(UTC) - timedelta(minutes=1))
    with database.read() as session:
        assert feeds.count_due(session, run) == 0
        assert feeds.count_due(session, run, force=True) == 3
        assert feeds.count_due(session, Run("r", "w", datetime.now(UTC) - timedelta(hours=1)), force=True) == 0
