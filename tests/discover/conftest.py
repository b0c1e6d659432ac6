"""A small web of archives in memory, asked through the fetch room's protocol, and a database that walks it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from config.settings import BackfillSettings, FetchSettings, Settings
from db import backfills
from db.engine import Database
from db.models import Backfill, Entry
from domain.history import LegPlan
from domain.outcomes import Reason
from domain.records import Exchange, FeedDocument, FetchFailure, HostReport, HostWork, ListedEntry, Response, Run, Tally
from tasks.discover.task import discover_batch
from tasks.discover.walk import Quest

NOW = datetime.now(UTC)
Answers = Mapping[str, bytes | FetchFailure] | Callable[[str], bytes | FetchFailure | None]


@dataclass
class Web:
    """Answers by URL: bytes, or a failure; anything else is not found. Knows what it was asked, in order."""

    answers: Answers
    asked: list[str] = field(default_factory=list)

    def visit(self, work: Sequence[HostWork], *, seconds: float, more: object = None) -> Iterator[Exchange | HostReport]:
        for host in work:
            for request in host.requests:
                self.asked.append(request.url)
                yield Exchange(host.grant.host, request, self.answer(request.url))
            yield HostReport(host.grant.host, host.grant.fence, None)

    def answer(self, url: str) -> Response | FetchFailure:
        found = self.answers(url) if callable(self.answers) else self.answers.get(url)
        if isinstance(found, bytes):
            return Response(url, url, 200, (), found, NOW, 0.0, len(found))
        return found or FetchFailure(url, Reason.NOT_FOUND, "not found", NOW, temporary=False, status=404)


def parse_feed(response: Response) -> FeedDocument | Reason:
    """Read a feed of this web: `feed`, then `address date` a line, then perhaps `older address`."""
    lines = response.body.decode().splitlines()
    if not lines or lines[0] != "feed":
        return Reason.NOT_A_FEED
    older = next((line.split()[1] for line in lines if line.startswith("older ")), None)
    rows = [line.split() for line in lines[1:] if not line.startswith("older ")]
    entries = tuple(ListedEntry(row[0], row[0], row[0], published_at=datetime.fromisoformat(row[1])) for row in rows)
    return FeedDocument("A feed", "test", entries, previous_url=older)


@dataclass
class Dig:
    """Requests for history on one database."""

    database: Database
    run: Run = field(default_factory=lambda: Run("run-1", "one:1", NOW))
    batch_size: int = 500
    attempts: int = 4
    wire_limit: int = 8_388_608
    commons_url: str = "https://commons.example"
    parse_feed = staticmethod(parse_feed)

    @property
    def settings(self) -> Settings:
        return Settings(
            fetch=FetchSettings(host_spacing=0, attempts=self.attempts, wire_limit=self.wire_limit),
            backfill=BackfillSettings(batch_size=self.batch_size, commons_url=self.commons_url),
        )

    def web(self, answers: Answers) -> Web:
        return Web(answers)

    def open(self, *plans: LegPlan, request_id: str = "request") -> int:
        return self.database.write(lambda session: backfills.open_legs(session, request_id, plans, now=NOW))

    def step(self, web: Web, request_id: str = "request", *, limit: int = 0) -> Tally:
        quest = Quest(request_id, parse_feed, limit=limit)
        # As if a fetcher had come between, whose turn it is after each document.
        self.database.write(lambda session: session.execute(sa.text("UPDATE hosts SET listed_last = false")))
        return discover_batch.fn(self.database, self.settings, web, self.run, quest=quest)

    def walk(self, web: Web, request_id: str = "request", *, limit: int = 0) -> None:
        while self.step(web, request_id, limit=limit).done:
            pass

    def legs(self, request_id: str = "request") -> list[Backfill]:
        return self._rows(sa.select(Backfill).where(Backfill.request_id == request_id).order_by(Backfill.id))

    def entries(self) -> list[Entry]:
        return self._rows(sa.select(Entry).order_by(Entry.id))

    def urls(self) -> list[str]:
        return [entry.url for entry in self.entries()]

    def expire_leases(self) -> None:
        """Let the time of every lease be over, as after a worker's death."""

        def unit(session: sa.orm.Session) -> None:
            session.execute(
                sa.update(Backfill).where(Backfill.lease_until.is_not(None)).values(lease_until=datetime(2000, 1, 1, tzinfo=UTC))
            )
            session.execute(sa.text("UPDATE hosts SET lease_until = NULL"))

        self.database.write(unit)

    def _rows(self, query: sa.Select[tuple[sa.Any]]) -> list[sa.Any]:  # type: ignore[name-defined]
        with self.database.read() as session:
            rows = list(session.scalars(query).all())
            session.expunge_all()
        return rows


@pytest.fixture
def dig(database: Database) -> Dig:
    """Requests for history on an empty database of each kind."""
    return Dig(database)


@pytest.fixture
def sqlite_dig(sqlite_url: str) -> Iterator[Dig]:
    """The same on SQLite alone, for walks that are long."""
    opened = Database(sqlite_url)
    yield Dig(opened)
    opened.close()
