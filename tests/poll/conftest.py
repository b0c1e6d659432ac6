"""Feeds, answers and a visitor that hands them out without a network: what the tests of this room are made of."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from config.settings import Settings
from db import feeds
from db.engine import Database
from db.models import Entry, Feed
from domain.outcomes import Reason
from domain.records import (
    DueFeed,
    Exchange,
    Fetched,
    FetchFailure,
    HostReport,
    HostWork,
    Poll,
    Redirect,
    Request,
    Response,
    Run,
    Subscription,
    Tally,
)
from tasks.poll.decide import Rules, decide
from tasks.poll.task import poll_batch

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
URL = "https://news.example/feed.xml"


def rss_item(number: int, *, at: datetime | None = None, **fields: str) -> str:
    parts = {
        "title": f"Story {number}",
        "link": f"https://news.example/story/{number}",
        "guid": f"story-{number}",
        "pubDate": f"{at:%a, %d %b %Y %H:%M:%S} +0000" if at else "",
        "description": f"What happened in story {number}.",
    } | fields
    attributes = {"guid": ' isPermaLink="false"'}
    inner = "".join(f"<{name}{attributes.get(name, '')}>{text}</{name}>" for name, text in parts.items() if text)
    return f"<item>{inner}</item>"


def rss(*items: str, head: str = "", title: str = "The Example") -> bytes:
    channel = f"<title>{title}</title><link>https://news.example/</link><description>News</description>{head}"
    return f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>{channel}{"".join(items)}</channel></rss>'.encode()


class Maker:
    """Makes the records that decisions are made of; everything can be overridden."""

    now = NOW
    url = URL
    item = staticmethod(rss_item)
    rss = staticmethod(rss)

    def feed(self, **changes: Any) -> DueFeed:
        return replace(
            DueFeed(
                id=7, url=URL, host="news.example:443", fence=1, title=None, site_url=None, publisher=None, language=None, tags=(),
                fallbacks=(), discover=False, validators=None, interval_seconds=3_600, failure_weight=0.0, failing_since=None,
                last_entry_at=None, redirect_target=None, redirect_count=0, redirect_since=None, had_entries=False,
            ),
            **changes,
        )  # fmt: skip

    def response(self, body: bytes | None = None, *, status: int = 200, headers: dict[str, str] | None = None, **changes: Any) -> Response:
        body = rss(rss_item(1, at=NOW - timedelta(hours=1))) if body is None else body
        answer = Response(
            url=URL, final_url=URL, status=status, headers=tuple((headers or {}).items()), body=b"" if status == 304 else body,
            fetched_at=NOW, seconds=0.1, wire_bytes=len(body),
        )  # fmt: skip
        return replace(answer, **changes)

    def failure(self, reason: Reason, **changes: Any) -> FetchFailure:
        return replace(FetchFailure(url=URL, reason=reason, detail="", at=NOW, temporary=False), **changes)

    def redirect(self, target: str, status: int = 301) -> tuple[Redirect, ...]:
        return (Redirect(status, URL, target),)

    def decide(self, feed: DueFeed, fetched: Fetched, now: datetime = NOW, rules: Rules | None = None) -> Poll:
        return decide(feed, fetched, now, rules or Rules())

    def after(self, feed: DueFeed, poll: Poll) -> DueFeed:
        """Return the feed as the next poll finds it."""
        return replace(
            feed, url=poll.url or feed.url, validators=poll.validators, interval_seconds=poll.interval_seconds,
            failure_weight=poll.failure_weight, failing_since=poll.failing_since, redirect_target=poll.redirect_target,
            redirect_count=poll.redirect_count, redirect_since=poll.redirect_since, rhythm_seconds=poll.rhythm_seconds,
            last_entry_at=poll.last_entry_at, hints=poll.hints, discover=poll.discover, fallbacks=poll.fallbacks,
            site_url=poll.site_url or feed.site_url, had_entries=feed.had_entries or bool(poll.entries),
        )  # fmt: skip


@pytest.fixture
def make() -> Maker:
    return Maker()


Answer = Callable[[Request], Fetched]


@dataclass
class FakeVisitor:
    """Answers by URL from a table of callables and keeps what it was asked; unknown addresses are not found."""

    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[Request] = field(default_factory=list)
    fences: dict[str, int] = field(default_factory=dict)

    def visit(
        self, work: Sequence[HostWork], *, seconds: float, more: Callable[[int], Sequence[HostWork]] | None = None
    ) -> Iterator[Exchange | HostReport]:
        assert seconds > 0
        for one in work:
            self.fences[one.grant.host] = one.grant.fence
            for request in one.requests:
                self.asked.append(request)
                yield Exchange(one.grant.host, request, self.answers.get(request.url, _not_found)(request))
            yield HostReport(one.grant.host, one.grant.fence, next_request_at=None, pause_count=0)

    def serve(self, url: str, body: bytes, *, etag: str | None = None, headers: dict[str, str] | None = None) -> None:
        """Answer a URL with a document, and 304 to whoever sends its ETag back."""
        offered = {"etag": etag} if etag else {}

        def answer(request: Request) -> Fetched:
            known = request.validators.etag if request.validators and request.validators.url == url else None
            status = 304 if etag and known == etag else 200
            return Response(
                url=url, final_url=url, status=status, headers=tuple((offered | (headers or {})).items()),
                body=b"" if status == 304 else body, fetched_at=datetime.now(UTC), seconds=0.01, wire_bytes=len(body),
            )  # fmt: skip

        self.answers[url] = answer

    def refuse(self, url: str, reason: Reason, **changes: Any) -> None:
        """Answer a URL with a failure."""
        at = datetime.now(UTC)
        self.answers[url] = lambda request: replace(FetchFailure(request.url, reason, "", at, temporary=False), **changes)


def _not_found(request: Request) -> Fetched:
    return FetchFailure(request.url, Reason.NOT_FOUND, "", datetime.now(UTC), temporary=False, status=404)


@dataclass
class Newsroom:
    """A database with subscriptions, polled through the real task body."""

    database: Database
    visitor: FakeVisitor
    settings: Settings = field(default_factory=Settings)
    runs: int = 0

    def subscribe(self, *listed: Subscription | str) -> None:
        rows = tuple(one if isinstance(one, Subscription) else Subscription(one) for one in listed)
        self.database.write(lambda session: feeds.sync_list(session, rows, datetime.now(UTC)))

    def run(self) -> Run:
        self.runs += 1
        return Run(f"run-{self.runs}", "worker-1", datetime.now(UTC))

    def poll(self, run: Run | None = None, **options: Any) -> Tally:
        return poll_batch.fn(self.database, self.settings, self.visitor, run or self.run(), **options)

    def make_due(self) -> None:
        """Let every feed be due again, as if its interval had passed."""
        past = datetime.now(UTC) - timedelta(days=1)
        self.database.write(lambda session: session.execute(sa.update(Feed).values(next_poll_at=past, polled_at=past)))

    def rows(self, model: Any, *columns: Any) -> list[Any]:
        with self.database.read() as session:
            if columns:
                return [tuple(row) for row in session.execute(sa.select(*columns).order_by(*model.__table__.primary_key))]
            found = list(session.scalars(sa.select(model).order_by(*model.__table__.primary_key)))
            session.expunge_all()
            return found

    def feed(self) -> Feed:
        (only,) = self.rows(Feed)
        return only

    def entries(self) -> list[Entry]:
        return self.rows(Entry)


@pytest.fixture
def room(database: Database) -> Newsroom:
    return Newsroom(database, FakeVisitor())


@pytest.fixture
def sqlite_room(sqlite_url: str) -> Iterator[Newsroom]:
    database = Database(sqlite_url)
    yield Newsroom(database, FakeVisitor())
    database.close()
