"""What tests and benchmarks of history share: a press that counts what it gives out, worker processes, and what came of their work."""

import os
import signal
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from config.settings import DeduplicateSettings, Settings
from db import feeds
from db.audit import audit
from db.engine import Database
from db.models import Article, Cluster
from domain.records import Subscription
from flows.history import open_request
from flows.plan import ways_for
from flows.question import Asked, Question
from newsroom.press import Plan, Press
from newsroom.printed import find
from newsroom.server import Kiosk, street
from newsroom.site import Answer, Site, feed_url

_WORKER = Path(__file__).with_name("worker_process.py")
_ROOT = _WORKER.parents[1]
_PATIENCE = 3_600.0


@dataclass(frozen=True, slots=True)
class CountingSite(Site):
    """Sites that note how often each piece was given out, under whatever address it was asked for."""

    given: "Counter[int]" = field(default_factory=Counter)

    def answer(self, outlet: int, target: str, headers: Mapping[str, str]) -> Answer:
        """Return what an outlet answers."""
        answer = Site.answer(self, outlet, target, headers)
        if answer.status == 200 and (piece := find(self.press, outlet, target, self.edition)):
            self.given[piece.number] += 1
        return answer

    @property
    def pages_given(self) -> int:
        """The number of pages given out so far."""
        return self.given.total()

    @property
    def pages_given_again(self) -> int:
        """The number of pages given out more than once."""
        return sum(count > 1 for count in self.given.values())


@contextmanager
def press(plan: Plan, *, edition: int = 1) -> Iterator[tuple[Kiosk, CountingSite]]:
    """Serve a press whose feeds are short, so that most of it is history."""
    site = CountingSite(Press(plan, street(plan.outlets)), edition, feed_length=5)
    with Kiosk(site) as kiosk:
        yield kiosk, site


def subscribe(database: Database, site: Site) -> None:
    """Subscribe to all feeds of a press."""
    listed = tuple(Subscription(feed_url(outlet, language)) for outlet, language in site.press.feeds())
    database.write(lambda session: feeds.sync_list(session, listed, datetime.now(UTC)))


def request(database: Database, site: Site, source: Asked) -> str:
    """Subscribe to a press and ask for all its history; return the request's name."""
    subscribe(database, site)
    asked = Question(source=source)
    return open_request(database, asked, ways_for(database, Settings(), asked))


class Worker:
    """A worker in a process group of its own, ready to begin."""

    def __init__(self, database: str, request: str, settings: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(_WORKER), database, *filter(None, [request])],
            cwd=_ROOT,
            env={**os.environ, "PYTHONPATH": str(_ROOT), **settings},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        if self._process.stdout.readline() != "ready\n":
            raise RuntimeError(f"the worker ended with {self._process.wait()} before it was ready")

    def begin(self) -> None:
        """Let it work; one that follows the news polls all feeds once more."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def is_at_work(self) -> bool:
        """Return whether it has not ended."""
        return self._process.poll() is None

    def wait(self, seconds: float = _PATIENCE) -> None:
        """Wait for its end; raises `RuntimeError` when that is not a good one."""
        if code := self._process.wait(seconds):
            raise RuntimeError(f"the worker ended with {code}")

    def close(self) -> None:
        """Let a worker that follows the news end, and wait for it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self.wait()

    def kill(self) -> None:
        """Kill it and all its processes, wherever they are."""
        if self.is_at_work():
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


@contextmanager
def worker(database: Database, request: str = "", **settings: str) -> Iterator[Worker]:
    """Start a worker for a request, or for the news, and kill it at the end if it has not ended. `settings` are environment variables."""
    one = Worker(database.url.render_as_string(hide_password=False), request, settings)
    try:
        yield one
    finally:
        one.kill()


def finish(*workers: Worker, seconds: float = _PATIENCE) -> None:
    """Let workers that are ready begin, and wait for their end."""
    for one in workers:
        one.begin()
    for one in workers:
        one.wait(seconds)


def stories(database: Database) -> dict[str, frozenset[str]]:
    """Return each story as the addresses of all its versions, by that of its representative."""
    with database.read() as session:
        rows = session.execute(
            sa.select(Article.id, Article.canonical_url, Article.cluster_id, Cluster.representative_id).join(
                Cluster, Cluster.id == Article.cluster_id
            )
        ).all()
    versions: defaultdict[int, set[str]] = defaultdict(set)
    for row in rows:
        versions[row.cluster_id].add(row.canonical_url)
    return {row.canonical_url: frozenset(versions[row.cluster_id]) for row in rows if row.id == row.representative_id}


def broken(database: Database) -> list[object]:
    """Return the promises of the database that do not hold."""
    return [one for one in audit(database, datetime.now(UTC), limits=DeduplicateSettings()) if one.broken_count]
