"""A short line for tests: entries with texts in, stored stories out, through the real stages on a real database."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from config.settings import DeduplicateSettings, Settings
from db.engine import Database
from db.models import Article, Base, Change, Cluster, Entry, Feed, Poll
from domain.records import Article as Extracted
from domain.records import ExtractedEntry, JudgedEntry, Refusal, Run, Tally
from tasks.deduplicate.judge import TextJudge
from tasks.deduplicate.task import deduplicate_batch
from tasks.store.task import store_batch

START = datetime(2026, 3, 1, 8, tzinfo=UTC)


def key(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class Line:
    """Lists entries, extracts nothing (texts are given), judges and stores them."""

    def __init__(self, database: Database, **options: Any) -> None:
        self.database = database
        self.settings = Settings(deduplicate=DeduplicateSettings(**options))
        self.judge = TextJudge(self.settings.deduplicate)
        self.run = Run("run", "worker", START)

    def feed(self, name: str, *polled: datetime) -> int:
        """Record a feed and its polls; return its id."""
        url = f"https://{name}.example/feed"

        def unit(session: Any) -> int:
            feed = Feed(
                url=url, url_key=key(url), host=f"{name}.example:443", publisher=name, next_poll_at=START, created_at=START,
            )  # fmt: skip
            session.add(feed)
            session.flush()
            session.add_all(Poll(feed_id=feed.id, run_id="run", at=at, outcome="read") for at in polled)
            return int(feed.id)

        return self.database.write(unit)

    def listed(
        self, name: str, *, seen: datetime = START, feed_id: int | None = None, article_id: int | None = None, source: str = "feed"
    ) -> int:
        """Record a pending entry at https://paper.example/<name>; return its id."""
        url = f"https://paper.example/{name}"
        row = {
            "feed_id": feed_id, "key": key(f"{name} {seen} {article_id} {feed_id}"), "guid": name, "url": url, "canonical_url": url, "url_key": key(url),
            "host": "paper.example:443", "seen_at": seen, "run_id": "run", "next_attempt_at": seen, "listed": {}, "article_id": article_id, "source": source,
        }  # fmt: skip
        return self.database.write(lambda session: session.execute(sa.insert(Entry).values(row).returning(Entry.id)).scalar_one())

    def extracted(self, name: str, body: str, *, published: datetime | None = None, seen: datetime = START, **more: Any) -> ExtractedEntry:
        """List an entry and return it as if its text had been extracted."""
        url = f"https://paper.example/{name}"
        article = Extracted(
            url=url, canonical_url=url, url_key=key(url), publisher=more.pop("publisher", "Paper"), title=f"About {name}", body=body,
            language="en", word_count=len(body.split()), extractor_version="1", published_at=published, authors=("A. Reporter",),
        )  # fmt: skip
        entry_id = self.listed(name, seen=seen, **more)
        return ExtractedEntry(entry_id, more.get("feed_id"), None, 0, 0, seen, article, article_id=more.get("article_id"))  # type: ignore[arg-type]

    def refused(self, name: str, refusal: Refusal, *, attempt_count: int = 0, article_id: int | None = None) -> ExtractedEntry:
        """List an entry and return it as if extraction had refused it."""
        entry_id = self.listed(name, article_id=article_id)
        return ExtractedEntry(entry_id, None, 0, 0, attempt_count, START, refusal, article_id=article_id)

    def store(self, *entries: ExtractedEntry) -> Tally:
        """Judge and store entries as one batch."""
        judged = deduplicate_batch.fn(self.database, self.settings, entries)
        return store_batch.fn(self.database, self.settings, judged, self.run, self.judge)

    def judged(self, *entries: ExtractedEntry) -> tuple[JudgedEntry, ...]:
        """Judge entries without storing them."""
        return deduplicate_batch.fn(self.database, self.settings, entries)

    def file(self, database: Database, judged: tuple[JudgedEntry, ...], judge: TextJudge | None = None) -> Tally:
        """Store judged entries through a connection of their own."""
        return store_batch.fn(database, self.settings, judged, self.run, judge or self.judge)

    def minute(self, number: int) -> datetime:
        """Return a publication time."""
        return START - timedelta(days=1) + timedelta(minutes=number)

    def put(self, texts: Mapping[str, str], *, minutes: Mapping[str, int] | None = None) -> None:
        """Store texts one at a time in this order; `minutes` says when each was published."""
        for name, body in texts.items():
            at = START - timedelta(days=1) + timedelta(minutes=(minutes or {}).get(name, 0))
            self.store(self.extracted(name, body, published=at))

    def stories(self) -> dict[str, set[str]]:
        """Return the stories by name: representative -> members."""
        first, member = sa.orm.aliased(Article), Article
        query = (
            sa.select(first.url, member.url)
            .join(Cluster, Cluster.representative_id == first.id)
            .join(member, member.cluster_id == Cluster.id)
        )
        held: dict[str, set[str]] = {}
        with self.database.read() as session:
            for one, other in session.execute(query):
                held.setdefault(one.rsplit("/", 1)[1], set()).add(other.rsplit("/", 1)[1])
        return held

    def rows(self, model: type[Base], *columns: str) -> list[tuple[Any, ...]]:
        """Return columns of a table in the order of its key."""
        with self.database.read() as session:
            order = list(model.__table__.primary_key)
            return [tuple(row) for row in session.execute(sa.select(*(getattr(model, name) for name in columns)).order_by(*order))]

    def id_of(self, name: str) -> int:
        with self.database.read() as session:
            return int(session.scalar(sa.select(Article.id).where(Article.url == f"https://paper.example/{name}")) or 0)

    def changes(self) -> list[str]:
        return [kind for (kind,) in self.rows(Change, "kind")]

    def everything(self) -> dict[str, list[Any]]:
        """Return every row of every table: what a run that changes nothing must leave alone."""
        with self.database.read() as session:
            return {name: sorted(map(repr, session.execute(sa.select(table)).all())) for name, table in Base.metadata.tables.items()}

    def check(self) -> None:
        """Assert what must hold after every transaction: stories, kinds, counts and entries agree."""
        with self.database.read() as session:
            articles = {
                row.id: row for row in session.execute(sa.select(Article.id, Article.cluster_id, Article.kind, Article.content_hash))
            }
            clusters = {row.id: row for row in session.execute(sa.select(Cluster.id, Cluster.representative_id, Cluster.member_count))}
            entries = session.execute(sa.select(Entry.article_id, Entry.outcome)).all()
        members: dict[int, list[Any]] = {}
        for one in articles.values():
            members.setdefault(one.cluster_id, []).append(one)
        assert members.keys() == clusters.keys()
        for cluster_id, story in clusters.items():
            first = articles[story.representative_id]
            assert (first.cluster_id, first.kind, story.member_count) == (cluster_id, "unique", len(members[cluster_id]))
            for one in members[cluster_id]:
                expected = "unique" if one.id == first.id else "exact_copy" if one.content_hash == first.content_hash else "near_copy"
                assert one.kind == expected
        made = {"unique", "exact_copy", "near_copy"}
        assert all(articles[article_id].kind == outcome for article_id, outcome in entries if outcome in made)


@pytest.fixture
def line(database: Database) -> Line:
    return Line(database)


@pytest.fixture
def line_with(database: Database) -> Callable[..., Line]:
    """Return a function that opens a line with options of the `deduplicate` settings."""
    return lambda **options: Line(database, **options)
