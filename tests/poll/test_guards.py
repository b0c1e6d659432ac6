"""Each guard of this room is switched off once, and what it guards against then happens.

A test that passes without its guard shows nothing. Here every check is run twice: with the guard, where it must hold, and
without, where it must not.
"""

import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from db import hosts
from db.models import Feed
from domain.records import FeedDocument, Validators
from tasks.poll import addresses, dates, decide, document, encoding, entries, expat, fields, schedule
from tasks.poll.document import Reading

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
URL = "https://news.example/feed.xml"

Check = Callable[[], bool]
Patch = Callable[[pytest.MonkeyPatch], object]


def rss(inner: str) -> bytes:
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>T</title>{inner}</channel></rss>'.encode()


def read(inner: str | bytes, **known: Any) -> Any:
    body = inner if isinstance(inner, bytes) else rss(f"<item>{inner}</item>")
    return document.read(body, Reading(URL, NOW, **known))


def first(inner: str) -> Any:
    found = read(inner)
    assert isinstance(found, FeedDocument)
    return found.entries[0]


def never(pattern: str) -> re.Pattern[str]:
    """A pattern that no longer finds what `pattern` was there for."""
    return re.compile(f"(?!){pattern}")


def opens_nothing() -> bool:
    """X07: feedparser is given a stream, never the body itself."""
    opened: list[Any] = []
    real = document.feedparser.parse
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(document.feedparser, "parse", lambda source, **more: opened.append(source) or real(io.BytesIO(b"<rss/>"), **more))
        read(b"/etc/passwd")
    return all(hasattr(source, "read") for source in opened)


# name, what must hold, how the guard is switched off
PURE: list[tuple[str, Check, Patch]] = [
    (
        "X07 a body is a stream, not a path or an address",
        opens_nothing,
        lambda patched: patched.setattr(document.io, "BytesIO", lambda body: body),
    ),
    (
        "X13 titles are capped",
        lambda: len(first(f"<title>{'x' * 5_000}</title>").title) <= 1_000,
        lambda patched: patched.setattr(fields, "TITLE_LIMIT", 10**9),
    ),
    (
        "X13 summaries are capped",
        lambda: len(first(f"<description>{'x ' * 200_000}</description>").summary) <= 65_536,
        lambda patched: patched.setattr(fields, "SUMMARY_LIMIT", 10**9),
    ),
    (
        "X14 nesting is bounded",
        lambda: not isinstance(read(rss("<a>" * 2_000 + "</a>" * 2_000)), FeedDocument),
        lambda patched: patched.setattr(expat, "MAX_DEPTH", 10**9),
    ),
    (
        "X14 unclosed tags are bounded",
        lambda: not isinstance(read(rss("<item><title>T</title></item>" + "<a " * 12_000)), FeedDocument),
        lambda patched: patched.setattr(document, "_UNCLOSED_LIMIT", 10**9),
    ),
    (
        "X21 NUL and controls are mended",
        lambda: "\x00" not in encoding.mend("a\x00b").text,
        lambda patched: patched.setattr(encoding, "_FORBIDDEN", never("")),
    ),
    (
        "X22 impossible references are mended",
        lambda: isinstance(read("<title>a &#xD800; b</title>"), FeedDocument),
        lambda patched: patched.setattr(encoding, "_REFERENCE", never("()()")),
    ),
    (
        "X26 the future ends in 24 hours",
        lambda: first("<title>T</title><pubDate>Sun, 22 Nov 2099 12:00:00 GMT</pubDate>").published_at is None,
        lambda patched: patched.setattr(dates, "FUTURE", timedelta(days=99_999)),
    ),
    (
        "X26 slow parses are counted",
        lambda: dates.DateReader(NOW).read("March 2, 2026") is not None and _slow_parses() <= 50,
        lambda patched: patched.setattr(dates, "_SLOW_PARSES", 10**9),
    ),
    (
        "X27 tags never survive",
        lambda: "<" not in first("<title>&lt;img src=x onerror=alert(1)&gt;T</title>").title,
        lambda patched: patched.setattr(fields, "_TAG", never("")),
    ),
    (
        "X24 over-long links are refused",
        lambda: entries.to_record([first(f"<title>T</title><link>https://x.example/{'a' * 3_000}</link>")])[0].refusal is not None,
        lambda patched: patched.setattr("domain.urls.MAX_BYTES", 10**9),
    ),
    (
        "H20 UTF-7 is never decoded",
        lambda: encoding._known("utf-7") is None,
        lambda patched: (
            patched.setattr(encoding, "_NEVER", frozenset()),
            patched.setattr(encoding, "resolve_encoding", lambda label: label),
        ),
    ),
    (
        "P09 jitter only adds",
        lambda: all(
            (schedule.next_poll(schedule.Pace(), 3_600, document.ScheduleHints(), feed_id=n, now=NOW) - NOW).seconds >= 3_600
            for n in range(50)
        ),
        lambda patched: patched.setattr(schedule, "_JITTER", -0.1),
    ),
    (
        "P23 no wait is longer than the ceiling",
        lambda: schedule.interval(schedule.Pace(), 1e12, None) <= 7 * schedule.DAY and _waits_at_most_a_week(),
        lambda patched: patched.setattr(schedule, "min", lambda first_one, *_: first_one, raising=False),
    ),
]


def _slow_parses() -> int:
    asked: list[str] = []
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(dates.dateparser, "parse", lambda text, **_: asked.append(text))
        reader = dates.DateReader(NOW)
        for number in range(200):
            reader.read(f"{number} of nothing")
    return len(asked)


def _waits_at_most_a_week() -> bool:
    return schedule.next_poll(schedule.Pace(), 1e9, document.ScheduleHints(), feed_id=1, now=NOW) - NOW <= timedelta(days=7)


@pytest.mark.parametrize(("check", "switch_off"), [row[1:] for row in PURE], ids=[row[0] for row in PURE])
def test_a_guard_is_what_holds(check: Check, switch_off: Patch, monkeypatch: pytest.MonkeyPatch) -> None:
    assert check()
    switch_off(monkeypatch)
    assert not check()


def test_H18_without_the_reading_validators_of_nonsense_would_be_kept(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def kept() -> Validators | None:
        poll = make.decide(make.feed(), make.response(b"<!doctype html>maintenance", headers={"etag": '"bad"'}))
        return poll.validators

    assert kept() is None
    monkeypatch.setattr(decide.document, "read", lambda *_: FeedDocument("", "rss20", ()))
    assert kept() is not None


@pytest.mark.parametrize(("name", "value"), [("_SIGHTINGS", 1), ("_SIGHTED_FOR", timedelta(0))])
def test_P27_without_patience_a_portal_would_move_the_feed(make: Any, monkeypatch: pytest.MonkeyPatch, name: str, value: Any) -> None:
    portal = make.redirect("https://portal.example/")
    seen = {"_SIGHTINGS": {"redirect_count": 1, "days": 30}, "_SIGHTED_FOR": {"redirect_count": 50, "days": 0}}[name]
    feed = make.feed(
        redirect_target="https://portal.example/",
        redirect_count=seen["redirect_count"],
        redirect_since=make.now - timedelta(days=seen["days"]),
    )

    def moved() -> str | None:
        return make.decide(feed, make.response(redirects=portal)).url

    assert moved() is None
    monkeypatch.setattr(addresses, name, value)
    assert moved() == "https://portal.example/"


def test_P10_without_the_lease_two_workers_would_ask_twice(sqlite_room: Any, make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def asked_while_held() -> int:
        sqlite_room.make_due()
        return sqlite_room.poll().done

    sqlite_room.subscribe(URL)
    sqlite_room.visitor.serve(URL, make.rss(make.item(1)))
    run = sqlite_room.run()
    sqlite_room.database.write(lambda session: hosts.claim(session, ["news.example:443"], run=run, seconds=600))
    assert asked_while_held() == 0
    monkeypatch.setattr(hosts, "available", lambda _: sa.true())
    assert asked_while_held() == 1


def test_P11_without_the_due_time_every_run_would_ask(sqlite_room: Any, make: Any) -> None:
    sqlite_room.subscribe(URL)
    sqlite_room.visitor.serve(URL, make.rss(make.item(1)))
    sqlite_room.poll()
    assert sqlite_room.poll().done == 0
    sqlite_room.database.write(lambda session: session.execute(sa.update(Feed).values(next_poll_at=NOW - timedelta(days=999))))
    assert sqlite_room.poll().done == 1


def test_a_fence_is_what_refuses_late_work(sqlite_room: Any, make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def polled_after_losing_the_host() -> int:
        sqlite_room.make_due()
        visit = sqlite_room.visitor.visit

        def slow(work: Any, **options: Any) -> Any:
            for item in visit(work, **options):
                sqlite_room.database.write(lambda session: session.execute(sa.text("UPDATE hosts SET fence = fence + 1")))
                yield item

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(sqlite_room.visitor, "visit", slow)
            done = sqlite_room.poll().done
        sqlite_room.database.write(lambda session: session.execute(sa.text("UPDATE hosts SET lease_until = NULL")))
        return done

    sqlite_room.subscribe(URL)
    sqlite_room.visitor.serve(URL, make.rss(make.item(1)))
    assert polled_after_losing_the_host() == 0
    monkeypatch.setattr(hosts, "holds", lambda *_: True)
    assert polled_after_losing_the_host() == 1
