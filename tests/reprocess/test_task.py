"""Reprocessing on real databases: the report writes nothing, the switch writes what differs and nothing else."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
import zstandard

from config.settings import DeduplicateSettings, Settings
from db import backfills, history, lines
from db.audit import audit
from db.engine import Database
from db.models import Article as Row
from db.models import Change, Entry, Page, Revision
from db.reprocess import Scope
from domain.errors import LeaseLostError
from domain.history import Leg, LegPlan, Window
from domain.lines import key
from domain.outcomes import Outcome, Reason
from domain.packing import unpack
from domain.records import Article, Extracted, ExtractedEntry, FetchedEntry, Refusal, Run, SiteLine
from tasks.deduplicate.judge import TextJudge
from tasks.deduplicate.task import deduplicate_batch
from tasks.extract import child
from tasks.reprocess.task import Compared, Tools, compare_batch
from tasks.store.task import store_batch

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
RUN = Run("run", "worker", NOW)
WORDS = [
    "harbour", "council", "ferry", "school", "budget", "storm", "river", "market", "bridge", "teacher",
    "doctor", "winter", "summer", "road", "village", "tax", "vote", "court",
]  # fmt: skip


def text(number: int) -> str:
    return " ".join(f"{WORDS[(number * 7 + at * at) % len(WORDS)]}{number * 31 + at}" for at in range(60))


class Processes:
    """Extracts by a function instead of in processes."""

    def __init__(self, rule: Callable[[FetchedEntry], Extracted]) -> None:
        self.rule = rule

    def extract(self, entries: Iterable[FetchedEntry]) -> Iterator[tuple[FetchedEntry, Extracted]]:
        return ((entry, self.rule(entry)) for entry in reversed(list(entries)))


def extracted(entry: FetchedEntry, *, version: str = "new", **fields: Any) -> Article:
    """Return what a page of these tests reads as: its body is the article's."""
    made = Article(
        url=entry.url, canonical_url=entry.canonical_url, url_key=hashlib.sha256(entry.canonical_url.encode()).hexdigest(), publisher="Press",
        title=entry.expected.title, body=unpack(entry.page.body).decode(), language="en", word_count=60, extractor_version=version, published_at=NOW,
    )  # fmt: skip
    return replace(made, **fields)


class House:
    """Stored articles with their pages."""

    def __init__(self, database: Database, count: int) -> None:
        self.database, self.settings = database, Settings()
        self.judge = TextJudge(self.settings.deduplicate)
        rows = list(self._rows(count))
        # Pages first: entries point at them.
        database.write(lambda session: session.add_all([row for row in rows if isinstance(row, Page)]))
        database.write(lambda session: session.add_all([row for row in rows if isinstance(row, Entry)]))
        self.store(lambda entry: extracted(entry, version="old"))

    def _rows(self, count: int) -> Iterator[Any]:
        for number in range(1, count + 1):
            url, body = f"https://press.example/{number}", text(number).encode()
            key = hashlib.sha256(url.encode()).hexdigest()
            yield Page(
                id=number, url=url, url_key=key, final_url=url, status=200, headers=[], body=zstandard.compress(body), body_hash="", body_size=len(body),
                fetched_at=NOW,
            )  # fmt: skip
            yield Entry(
                key=key, url=url, canonical_url=url, url_key=key, host="press.example:443", title=f"Title {number}", seen_at=NOW, run_id="run",
                page_id=number, next_attempt_at=NOW,
            )  # fmt: skip

    def store(self, rule: Callable[[FetchedEntry], Extracted]) -> None:
        """Take everything that waits through extraction by a rule, deduplication, and the store."""
        from db import desk

        def claim(session: Any) -> list[desk.Claim]:
            both = (self.run, replace(self.run, history=True))
            return [one for run in both for one in desk.claim_to_extract(session, run, limit=500, seconds=60)]

        claims = self.database.write(claim)
        with self.database.read() as session:
            entries = desk.fetched(session, claims)
        made = tuple(
            ExtractedEntry(one.id, one.feed_id, one.page_id, one.fence, 0, one.page.fetched_at, rule(one), one.article_id)
            for one in entries
        )
        judged = deduplicate_batch.fn(self.database, self.settings, made)
        store_batch.fn(self.database, self.settings, judged, RUN, self.judge)

    run = RUN

    def compare(self, rule: Callable[[FetchedEntry], Extracted], *, leg: Leg | None = None, after: int = 0, **scope: Any) -> Compared:
        tools = Tools(Processes(rule), self.judge)
        return compare_batch.fn(self.database, tools, Scope(Window(), **scope), RUN, after=after, size=100, leg=leg)

    def leg(self) -> Leg:
        def unit(session: Any) -> Leg:
            backfills.open_legs(session, "request", [LegPlan("pages", "all articles")], now=NOW)
            claim = backfills.claim(session, "request", RUN, seconds=600)
            assert claim
            return claim.leg

        return self.database.write(unit)

    def count(self, table: Any, *where: Any) -> int:
        with self.database.read() as session:
            return session.scalar(sa.select(sa.func.count()).select_from(table).where(*where)) or 0

    def article(self, number: int) -> Row:
        with self.database.read() as session:
            row = session.scalars(sa.select(Row).where(Row.url == f"https://press.example/{number}")).one()
            session.expunge_all()
            return row


@pytest.fixture
def house(database: Database) -> House:
    return House(database, 5)


def damage(database: Database, page_id: int) -> None:
    """Cut the last bytes off a stored page."""

    def unit(session: Any) -> None:
        page = session.get(Page, page_id)
        page.body = page.body[:-5]

    database.write(unit)


def improved(entry: FetchedEntry) -> Extracted:
    """Read 1 as ever, 2 with another title, 3 with more text, 4 with a punctuation mark more, 5 not at all."""
    number = int(entry.url.rpartition("/")[2])
    if number == 5:
        return Refusal(Outcome.REJECTED, Reason.NOT_AN_ARTICLE, "a list")
    changes: dict[int, dict[str, Any]] = {2: {"title": "Better"}, 3: {"body": text(3) + " " + text(33)}, 4: {"body": text(4) + "."}}
    return extracted(entry, **changes.get(number, {}))


def test_the_report_says_what_would_change_and_writes_nothing(house: House) -> None:
    before = [house.count(table) for table in (Entry, Revision, Change)]
    found = house.compare(improved)
    assert [one.kind for one in found.differences] == ["same", "metadata", "text", "text", "lost"]
    assert 0.4 < found.differences[2].ratio < 0.6
    assert [house.count(table) for table in (Entry, Revision, Change)] == before
    assert house.article(2).title == "Title 2"


def test_the_switch_replaces_what_differs_and_keeps_what_was(house: House) -> None:
    leg = house.leg()
    house.compare(improved, leg=leg)
    assert house.article(2).title == "Better"
    assert house.article(4).body.endswith(".")
    assert house.count(Entry, Entry.outcome == "pending") == 1
    house.store(improved)
    assert house.article(3).body.endswith(text(33))
    assert house.count(Revision) == 1
    assert house.article(5).title == "Title 5", "an article is never lost by reading it anew"
    assert house.count(Change, Change.kind == "revised") == 3
    assert [one.promise for one in audit(house.database, datetime.now(UTC), limits=DeduplicateSettings()) if one.broken_count] == []
    assert [one.kind for one in house.compare(improved).differences] == ["same", "same", "same", "same", "lost"]


def test_what_this_version_has_read_is_left_out(house: House) -> None:
    house.compare(improved, leg=house.leg())
    house.store(improved)
    assert [one.article_id for one in house.compare(improved, other_than="new").differences] == [house.article(5).id]


def test_a_run_goes_on_behind_the_last_article(house: House) -> None:
    second = house.article(2).id
    assert len(house.compare(improved, after=second).differences) == 3
    assert house.compare(improved, after=house.article(5).id).last_id is None


def test_a_cancelled_run_writes_nothing_more(house: House) -> None:
    leg = house.leg()
    house.database.write(lambda session: history.cancel(session, "request", NOW))
    with pytest.raises(LeaseLostError):
        house.compare(improved, leg=leg)
    assert house.article(2).title == "Title 2"
    assert house.count(Entry, Entry.outcome == "pending") == 0


def test_doing_it_twice_puts_an_article_back_once(house: House) -> None:
    leg = house.leg()
    house.compare(improved, leg=leg)
    house.compare(improved, leg=replace(leg, request_id="other"))
    assert house.count(Entry, Entry.outcome == "pending") == 1


def test_earlier_articles_are_read_without_the_lines_that_were_learned_since(house: House) -> None:
    day, line = NOW.date(), "Visit our shop"
    row = SiteLine(key("press.example", line), "press.example", "flagged", 5, (1,), 0, day, day, 1, line)
    house.database.write(lambda session: lines.write(session, [row]))
    seen: list[frozenset[int]] = []

    def read(entry: FetchedEntry) -> Extracted:
        seen.append(entry.boilerplate)
        return extracted(entry)

    house.compare(read)
    assert set(seen) == {frozenset({row.key})}
    house.database.write(lambda session: lines.rule(session, "press.example", line, "kept", now=NOW))
    house.compare(read)
    assert seen[-1] == frozenset()


def test_a_damaged_page_costs_its_article_nothing(house: House) -> None:
    damage(house.database, 2)
    before = house.article(2)
    found = house.compare(lambda entry: child.extract(entry, 0), leg=house.leg()).differences
    assert [one.article_id for one in found if "cannot be unpacked" in one.lines[0]] == [before.id]
    after = house.article(2)
    assert (after.body, after.content_hash, after.extractor_version) == (before.body, before.content_hash, before.extractor_version)
