"""What the benchmarks share: a temporary database, entries with ready texts, and the two stages that judge and store them."""

import hashlib
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from config.settings import Settings
from db import schema
from db.engine import Database
from db.models import Article as Row
from db.models import Entry
from db.sets import insert_rows
from domain.records import Article, ExtractedEntry, Run
from tasks.deduplicate.judge import TextJudge
from tasks.deduplicate.task import deduplicate_batch
from tasks.store.task import store_batch

START = datetime(2026, 1, 1, tzinfo=UTC)


@contextmanager
def temporary(kind: str = "sqlite") -> Iterator[Database]:
    """Yield an empty database that is gone afterwards: a file, or a database of the server that $COPYDESK_TEST_POSTGRESQL_URL names."""
    if kind == "sqlite":
        folder = Path(tempfile.mkdtemp(prefix="copydesk-"))
        opened = Database(f"sqlite:///{folder / 'bench.db'}")
    else:
        server = sa.make_url(os.environ.get("COPYDESK_TEST_POSTGRESQL_URL", "postgresql+psycopg:///postgres"))
        admin, name = sa.create_engine(server, isolation_level="AUTOCOMMIT"), f"copydesk_bench_{uuid.uuid4().hex[:8]}"
        with admin.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        opened = Database(server.set(database=name).render_as_string(hide_password=False))
    try:
        schema.upgrade(opened)
        yield opened
    finally:
        opened.close()
        if kind == "sqlite":
            shutil.rmtree(folder)
        else:
            with admin.connect() as connection:
                connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            admin.dispose()


class Desk:
    """Takes texts through the real stages."""

    def __init__(self, database: Database) -> None:
        self.database, self.settings = database, Settings()
        self.judge = TextJudge(self.settings.deduplicate)
        self.run = Run("bench", "bench", START)
        self._listed = 0

    def list(self, texts: Iterable[tuple[str, str]]) -> Sequence[ExtractedEntry]:
        """Record an entry for each (name, body), published a minute apart in this order, and return them as extracted."""
        entries = [self._entry(name, body) for name, body in texts]
        rows = [self._row(entry) for entry in entries]
        self.database.write(lambda session: insert_rows(session, Entry, rows))
        return entries

    def store(self, entries: Sequence[ExtractedEntry]) -> None:
        """Judge and store a batch."""
        judged = deduplicate_batch.fn(self.database, self.settings, tuple(entries))
        store_batch.fn(self.database, self.settings, judged, self.run, self.judge)

    def warm_up(self) -> None:
        """Do what is done once: import, compile patterns, open a connection."""
        self.judge.sign("A first sentence that is thrown away.")
        deduplicate_batch.fn(self.database, self.settings, ())

    def stories(self) -> dict[str, int]:
        """Return the story of each text by name."""
        with self.database.read() as session:
            return {url.split("/", 3)[3]: story for url, story in session.execute(sa.select(Row.url, Row.cluster_id))}

    def _entry(self, name: str, body: str) -> ExtractedEntry:
        self._listed += 1
        at, url = START + timedelta(minutes=self._listed), f"https://bench.example/{name}"
        article = Article(
            url=url, canonical_url=url, url_key=_key(url), publisher="Bench", title=name, body=body, language=None,
            word_count=len(body.split()), extractor_version="bench", published_at=at,
        )  # fmt: skip
        return ExtractedEntry(self._listed, None, None, 0, 0, at, article)  # type: ignore[arg-type]

    def _row(self, entry: ExtractedEntry) -> dict[str, object]:
        article = entry.extracted
        assert isinstance(article, Article)
        return {
            "id": entry.entry_id, "key": article.url_key, "url": article.url, "canonical_url": article.url, "url_key": article.url_key,
            "host": "bench.example:443", "source": "list", "listed": {}, "seen_at": entry.fetched_at + timedelta(days=1), "run_id": "bench",
            "next_attempt_at": START, "outcome": "pending", "attempt_count": 0, "fence": 0,
        }  # fmt: skip


def _key(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()
