"""Of a host that a backfill waits for in two ways, documents and pages have turns: neither keeps the other waiting for long."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from db import backfills, hosts, pages
from db.engine import Database
from db.models import Backfill, Entry, Host
from domain.history import LegPlan
from domain.records import HostReport, Run

NOW = datetime.now(UTC)
LIVE = Run("live", "one:1", NOW)
HISTORY = Run("history", "two:2", NOW, history=True, request_id="request")
HOST = "press.example:443"
EARLIER, LATER = NOW - timedelta(minutes=1), NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
def waiting(database: Database) -> None:
    """Two sitemaps of a request and a page that it has found wait for one host."""

    def unit(session: Session) -> None:
        plans = [LegPlan("sitemap", f"https://press.example/{name}.xml") for name in "ab"]
        backfills.open_legs(session, "request", plans, now=EARLIER)
        leg = session.scalars(sa.select(sa.func.min(Backfill.id))).one()
        row = {"key": "1", "url": "u", "canonical_url": "u", "url_key": "k", "host": HOST, "seen_at": NOW, "run_id": "r", "listed": {}}
        session.execute(sa.insert(Entry), [row | {"next_attempt_at": EARLIER, "backfill_id": leg}])

    database.write(unit)


def document(database: Database, request_id: str = "request") -> bool:
    """Ask the host for the next document, if it is a document's turn, and return whether it was."""
    claim = database.write(lambda session: backfills.claim(session, request_id, HISTORY, seconds=60))
    if claim is None or claim.grant is None:
        return False
    done = HostReport(HOST, claim.grant.fence, None)
    database.write(lambda session: (backfills.put_back(session, claim.leg), hosts.release(session, done)))
    return True


def visit(database: Database, run: Run = HISTORY) -> bool:
    """Visit the host for pages, if it is the pages' turn, and return whether it was; what the page is stays due."""
    with database.read() as session:
        names = pages.waiting_hosts(session, run, limit=9, seconds=0)
        assert pages.waiting(session, run) == len(names)
    granted = database.write(lambda session: hosts.claim(session, names, run=run, seconds=60, listed=False))
    database.write(lambda session: [hosts.release(session, HostReport(one.host, one.fence, None)) for one in granted.values()])
    return bool(granted)


def alter(database: Database, change: sa.Update) -> None:
    database.write(lambda session: session.execute(change))


def test_one_document_then_one_visit_for_pages_and_so_on(database: Database) -> None:
    taken = []
    for _ in range(3):
        # The pages are always quicker to ask for their turn, and documents ask twice.
        taken += [name for name, turn in (("pages", visit), ("document", document), ("document", document)) if turn(database)]
    assert taken == ["document", "pages", "document", "pages", "document"]


def test_documents_alone_and_pages_alone_wait_for_nobody(database: Database) -> None:
    alter(database, sa.update(Entry).values(next_attempt_at=LATER))
    assert document(database)
    assert document(database)
    alter(database, sa.update(Entry).values(next_attempt_at=EARLIER))
    alter(database, sa.update(Backfill).values(next_attempt_at=LATER))
    assert visit(database)
    assert visit(database)


@pytest.mark.parametrize("state", ["done", "failed", "cancelled"])
def test_documents_that_are_done_with_keep_no_pages_waiting(database: Database, state: str) -> None:
    alter(database, sa.update(Backfill).values(state=state))
    assert visit(database)


def test_a_run_leaves_the_host_to_the_documents_of_its_own_request_alone(database: Database) -> None:
    other = Run("other", "three:3", NOW, history=True, request_id="another")
    assert not visit(database)
    assert visit(database, other)
    assert visit(database, other)


def test_the_news_neither_waits_for_a_turn_nor_takes_one(database: Database) -> None:
    alter(database, sa.update(Entry).values(backfill_id=None))
    with database.read() as session:
        assert pages.waiting_hosts(session, LIVE, limit=9, seconds=0) == (HOST,)
    for turn in (True, False):
        alter(database, sa.insert(Host).values(host=HOST, domain="press.example") if turn else sa.update(Host).values(lease_until=None))  # type: ignore[arg-type]
        alter(database, sa.update(Host).values(listed_last=turn))
        database.write(lambda session: hosts.claim(session, [HOST], run=LIVE, seconds=60))
        with database.read() as session:
            assert session.scalar(sa.select(Host.listed_last)) is turn
