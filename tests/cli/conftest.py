"""The command line in this process, and a database with something in it."""

import hashlib
import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from cli.main import run
from db import feeds
from db.engine import Database
from db.models import Article, Cluster, Entry
from domain.records import Subscription

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Given:
    """What a command gave back."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The last line of standard output, as the JSON that it is."""
        return json.loads(self.out.splitlines()[-1])


Invoke = Callable[..., Given]


@pytest.fixture
def invoke(capsys: pytest.CaptureFixture[str]) -> Iterator[Invoke]:
    """Runs `copydesk` with arguments; logging is as before afterwards."""
    logger = logging.getLogger("copydesk")
    before = (logger.handlers[:], logger.level, logger.propagate)

    def call(*arguments: object) -> Given:
        code = run([str(one) for one in arguments])
        return Given(code, *capsys.readouterr())

    yield call
    logger.handlers[:], logger.propagate = before[0], before[2]
    logger.setLevel(before[1])


@pytest.fixture
def stocked(database: Database) -> Database:
    """Three feeds; one unique article without the signature that it must have, and one entry that is pending."""

    def fill(session: Any) -> None:
        for name in ("one", "two", "three"):
            feeds.add(session, Subscription(url=f"https://{name}.example/feed", title=f"The {name.title()}", tags=("world",)), NOW)
        url = "https://one.example/story"
        key = hashlib.sha256(url.encode()).hexdigest()
        common = {"url": url, "canonical_url": url, "url_key": key, "feed_id": 1}
        session.add(
            Article(
                **common, id=1, cluster_id=1, kind="unique", title="A storm\u202e passes", body="Words.", authors=[], editors=[], tags=[],
                publisher="The One", word_count=1, extractor_version="1", content_hash="c", first_seen_at=NOW,
            )
        )  # fmt: skip
        session.flush()
        session.add(Cluster(id=1, representative_id=1, member_count=1, created_at=NOW, updated_at=NOW))
        entry = common | {"host": "one.example:443", "seen_at": NOW, "run_id": "r", "next_attempt_at": NOW}
        session.add(Entry(**entry, key="1", outcome="unique", article_id=1, decided_at=NOW))
        session.add(Entry(**(entry | {"url_key": "2", "key": "2"}), outcome="pending"))

    database.write(fill)
    return database
