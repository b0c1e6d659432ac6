"""The extract stage on a real database: what is claimed, handed on, finished, put back."""

import hashlib
import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
import zstandard
from sqlalchemy.orm import Session

from config.settings import ExtractSettings, Settings
from db import desk, leases, lines, outcomes
from db.engine import Database
from db.models import Article as StoredArticle
from db.models import Entry, Feed, Host, Page
from db.outcomes import Ending
from domain.lines import key
from domain.outcomes import Outcome, Reason
from domain.packing import unpack
from domain.records import Article, FetchedEntry, Refusal, Run, SiteLine
from tasks.extract.task import extract_batch

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
PAST = datetime(2020, 1, 1, tzinfo=UTC)
RUN = Run("run-1", "here:1", NOW)


def add_entry(session: Session, number: int, *, body: bytes | None = b"<html><p>text</p></html>", **values: object) -> int:
    url = f"https://news.example/{number}"
    page_id = None
    if body is not None:
        page = Page(
            url=url, url_key=hashlib.sha256(url.encode()).hexdigest(), final_url=url, status=200, headers=[["content-type", "text/html"]],
            body=zstandard.compress(body), body_hash="0", body_size=len(body), fetched_at=NOW,
        )  # fmt: skip
        session.add(page)
        session.flush()
        page_id = page.id
    row: dict[str, object] = {
        "key": str(number), "url": url, "canonical_url": url, "url_key": hashlib.sha256(url.encode()).hexdigest(), "host": "news.example:443",
        "seen_at": NOW, "run_id": "old", "next_attempt_at": PAST, "page_id": page_id,
    }  # fmt: skip
    entry = Entry(**(row | values))
    session.add(entry)
    session.flush()
    return entry.id


def claim(database: Database, *, limit: int = 10, seconds: float = 600) -> tuple[desk.Claim, ...]:
    return database.write(lambda session: desk.claim_to_extract(session, RUN, limit=limit, seconds=seconds))


def read(database: Database, entry_id: int) -> Entry:
    with database.read() as session:
        entry = session.scalar(sa.select(Entry).where(Entry.id == entry_id))
        assert entry is not None
        session.expunge(entry)
        return entry


def test_only_pending_entries_with_a_page_that_are_due_are_claimed(database: Database) -> None:
    def fill(session: Session) -> int:
        add_entry(session, 1, body=None)
        add_entry(session, 2, outcome="unique")
        add_entry(session, 3, next_attempt_at=datetime.now(UTC) + timedelta(hours=1))
        return add_entry(session, 4)

    wanted = database.write(fill)
    claims = claim(database)
    assert [one.entry_id for one in claims] == [wanted]
    entry = read(database, wanted)
    assert (entry.fence, entry.run_id) == (1, "run-1")


def test_a_claimed_entry_is_not_claimed_again_until_its_lease_ends(database: Database) -> None:
    database.write(lambda session: add_entry(session, 1))
    assert len(claim(database)) == 1
    assert claim(database) == ()


def test_an_entry_whose_lease_ended_is_claimed_with_a_higher_fence_and_the_old_claim_is_refused(database: Database) -> None:
    entry_id = database.write(lambda session: add_entry(session, 1))
    first = claim(database, seconds=-1)
    (second,) = claim(database)
    assert second.fence == first[0].fence + 1

    def finish(session: Session, fence: int) -> int:
        standing = outcomes.standing(session, {entry_id: fence})
        outcomes.finish(session, [Ending(one, Outcome.REJECTED, Reason.TOO_SHORT, "3 words") for one in standing], NOW)
        return len(standing)

    assert database.write(lambda session: desk.renew(session, first, seconds=9)) == 0
    assert database.write(lambda session: finish(session, first[0].fence)) == 0
    assert read(database, entry_id).outcome == "pending"
    assert database.write(lambda session: desk.renew(session, (second,), seconds=9)) == 1
    assert database.write(lambda session: finish(session, second.fence)) == 1
    entry = read(database, entry_id)
    assert (entry.outcome, entry.reason, entry.detail, entry.decided_at) == ("rejected", "too_short", "3 words", NOW)
    assert database.write(lambda session: finish(session, second.fence)) == 0
    assert database.write(lambda session: desk.renew(session, (second,), seconds=9)) == 0


def test_the_limit_takes_the_oldest_first(database: Database) -> None:
    ids = database.write(lambda session: [add_entry(session, number) for number in range(5)])
    assert [one.entry_id for one in claim(database, limit=2)] == ids[:2]
    assert [one.entry_id for one in claim(database, limit=2)] == ids[2:4]


def test_an_entry_comes_with_its_page_and_what_its_feed_said(database: Database) -> None:
    body = b"<html><body><p>" + b"text " * 1000 + b"</p></body></html>"

    def fill(session: Session) -> int:
        feed = Feed(
            url="https://news.example/feed", url_key="f", host="news.example:443", title="News", publisher="The News", language="en",
            next_poll_at=NOW, created_at=NOW,
        )  # fmt: skip
        session.add(feed)
        session.flush()
        listed = {
            "authors": ["A. Name"],
            "summary": "Short.",
            "updated_at": "2026-11-20T11:00:00+01:00",
            "tags": ["one"],
            "image_url": None,
        }
        return add_entry(session, 1, body=body, feed_id=feed.id, listed=listed, title="A title", published_at=NOW)

    database.write(fill)
    claims = claim(database)
    with database.read() as session:
        (entry,) = desk.fetched(session, claims)
    assert unpack(entry.page.body) == body
    assert entry.page.headers == (("content-type", "text/html"),)
    assert entry.fence == 1
    said = entry.expected
    assert (said.title, said.authors, said.summary, said.content) == ("A title", ("A. Name",), "Short.", "")
    assert (said.published_at, said.updated_at) == (NOW, datetime(2026, 11, 20, 10, tzinfo=UTC))
    assert (said.publisher, said.language, said.tags, said.image_url) == ("The News", "en", ("one",), None)


@pytest.mark.parametrize(
    "listed", [{}, {"authors": "x", "tags": None, "updated_at": "soon", "summary": 3}, {"updated_at": "2026-01-01T00:00:00"}]
)
def test_odd_feed_statements_read_as_silence(database: Database, listed: dict[str, object]) -> None:
    database.write(lambda session: add_entry(session, 1, listed=listed))
    claims = claim(database)
    with database.read() as session:
        (entry,) = desk.fetched(session, claims)
    assert entry.expected.authors == entry.expected.tags == ()
    assert entry.expected.updated_at is None
    assert entry.expected.summary == ""


def test_a_postponed_entry_waits_and_counts_its_try(database: Database) -> None:
    entry_id = database.write(lambda session: add_entry(session, 1))
    claim(database)
    later = datetime.now(UTC) + timedelta(hours=1)
    postponed = Ending(entry_id, Outcome.FAILED, Reason.EXTRACTOR_KILLED, "slow", again_at=later)
    database.write(lambda session: outcomes.finish(session, [postponed], NOW))
    entry = read(database, entry_id)
    assert (entry.outcome, entry.attempt_count, entry.reason, entry.lease_until) == ("pending", 1, "extractor_killed", None)
    assert claim(database) == ()


def test_given_back_entries_are_free_at_once(database: Database) -> None:
    database.write(lambda session: add_entry(session, 1))
    held = claim(database)
    assert database.write(lambda session: desk.give_back(session, held)) == 1
    assert [one.fence for one in claim(database)] == [2]
    assert database.write(lambda session: desk.give_back(session, held)) == 0


def test_waiting_counts_only_what_could_be_done_now(database: Database) -> None:
    now = datetime.now(UTC)

    def fill(session: Session) -> None:
        session.add(Host(host="held.example:443", domain="held.example", lease_until=now + timedelta(hours=1)))
        session.add(Host(host="paused.example:443", domain="paused.example", paused_until=now + timedelta(hours=1)))
        session.add(Host(host="free.example:443", domain="free.example", lease_until=now - timedelta(hours=1)))
        for number, host in enumerate(("held", "paused", "free", "new")):
            add_entry(session, number, body=None, host=f"{host}.example:443")
        add_entry(session, 10, body=None, host="new.example:443", next_attempt_at=now + timedelta(hours=1))
        add_entry(session, 11)
        add_entry(session, 12, lease_until=now + timedelta(hours=1))
        add_entry(session, 13, outcome="rejected")

    database.write(fill)
    with database.read() as session:
        assert dict(desk.waiting(session, RUN)) == {"fetch": 2, "extract": 1}


class FakePool:
    """Refuses every second entry."""

    def extract(self, entries: tuple[FetchedEntry, ...]) -> list[tuple[FetchedEntry, Article | Refusal]]:
        article = Article("u", "u", "k", None, "A title", "Text.", "en", 1, "test")
        refusal = Refusal(Outcome.REJECTED, Reason.TOO_SHORT, "1 word")
        return [(entry, article if entry.id % 2 else refusal) for entry in entries]


def test_a_batch_that_fails_gives_its_entries_back(database: Database) -> None:
    class BrokenPool:
        def extract(self, entries: tuple[FetchedEntry, ...]) -> list[tuple[FetchedEntry, Refusal]]:
            raise RuntimeError("no processes")

    database.write(lambda session: add_entry(session, 1))
    with pytest.raises(RuntimeError, match="no processes"):
        extract_batch.fn(database, Settings(), BrokenPool(), RUN)
    assert [one.fence for one in claim(database)] == [2]


def test_a_batch_returns_every_claimed_entry_with_what_came_of_it(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="copydesk.extract")
    ids = database.write(lambda session: [add_entry(session, number) for number in range(4)])
    settings = Settings()
    done = extract_batch.fn(database, settings, FakePool(), RUN)
    assert [one.entry_id for one in done] == ids
    assert [isinstance(one.extracted, Article) for one in done] == [bool(entry_id % 2) for entry_id in ids]
    assert {one.fence for one in done} == {1}
    assert {one.fetched_at for one in done} == {NOW}
    assert "pages=4 refused=2" in caplog.text
    assert extract_batch.fn(database, settings, FakePool(), RUN) == ()


class SteppingPool(FakePool):
    """Does something after so many entries."""

    def __init__(self, after: int, step: Callable[[], None]) -> None:
        self.after, self.step = after, step

    def extract(self, entries: Iterator[FetchedEntry]) -> Iterator[tuple[FetchedEntry, Article | Refusal]]:  # type: ignore[override]
        for number, entry in enumerate(entries, 1):
            if number == self.after:
                self.step()
            yield from super().extract((entry,))


def test_claims_are_renewed_while_pages_are_extracted(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    renewals: list[Callable[[], object]] = []

    def noted(renew: Callable[[], object], seconds: float) -> AbstractContextManager[None]:
        renewals.append(renew)
        return nullcontext()

    def long_page() -> None:
        database.write(lambda session: session.execute(sa.update(Entry).values(lease_until=PAST)))
        renewals[0]()
        assert claim(database) == (), "nobody else takes what is being worked on"

    monkeypatch.setattr(leases, "kept_alive", noted)
    database.write(lambda session: [add_entry(session, number) for number in range(3)])
    assert len(extract_batch.fn(database, Settings(), SteppingPool(2, long_page), RUN)) == 3
    assert claim(database) == (), "what follows has a whole lease"


def test_what_cannot_be_finished_within_a_lease_is_given_back(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("tasks.extract.task.time", SimpleNamespace(monotonic=lambda: now[0], perf_counter=lambda: now[0]))
    monkeypatch.setattr(leases, "kept_alive", lambda renew, seconds: nullcontext())
    ids = database.write(lambda session: [add_entry(session, number) for number in range(20)])
    pool = SteppingPool(3, lambda: now.__setitem__(0, Settings().lease.seconds / 2 + 1))
    done = [one.entry_id for one in extract_batch.fn(database, Settings(), pool, RUN)]
    assert done == ids[: len(done)]
    assert 0 < len(done) < 20
    assert [one.entry_id for one in claim(database, limit=20)] == ids[len(done) :]


def test_a_batch_that_breaks_off_gives_everything_back(database: Database) -> None:
    def fail() -> None:
        raise RuntimeError("no memory")

    database.write(lambda session: [add_entry(session, number) for number in range(3)])
    with pytest.raises(RuntimeError, match="no memory"):
        extract_batch.fn(database, Settings(), SteppingPool(2, fail), RUN)
    assert [one.fence for one in claim(database)] == [2, 2, 2]


PROMO = "Visit our shop of fine papers."


def flag(session: Session) -> None:
    number, site = key("news.example", PROMO), key("news.example", "")
    common = {
        "site": "news.example",
        "story_count": 5,
        "stories": (1, 2),
        "since_count": 0,
        "first_day": NOW.date(),
        "last_day": NOW.date(),
    }
    rows = [SiteLine(number, state="flagged", line=PROMO, article_id=1, **common), SiteLine(site, state="site", article_id=1, **common)]
    lines.write(session, rows)


class SeeingPool(FakePool):
    """Keeps what it was given; cuts what it was told to cut."""

    def __init__(self) -> None:
        self.seen: list[FetchedEntry] = []

    def extract(self, entries: Iterator[FetchedEntry]) -> Iterator[tuple[FetchedEntry, Article | Refusal]]:  # type: ignore[override]
        for entry in entries:
            self.seen.append(entry)
            cut = (PROMO,) if entry.boilerplate else ()
            yield (
                entry,
                Article("u", "u", "k", None, "A title", "First line.\nLast line.", "en", 4, "test", removed_lines=("By A. Name", *cut)),
            )


def test_pages_come_with_the_lines_learned_of_their_site(database: Database) -> None:
    def fill(session: Session) -> None:
        flag(session)
        add_entry(session, 1)
        add_entry(session, 2)

    database.write(fill)
    pool = SeeingPool()
    done = extract_batch.fn(database, Settings(), pool, RUN)
    assert {one.boilerplate for one in pool.seen} == {frozenset({key("news.example", PROMO)})}
    assert {one.site for one in done} == {"news.example"}
    assert [list(one.lines.values()) for one in done] == [["First line.", "Last line.", PROMO]] * 2


def test_learning_can_be_switched_off(database: Database) -> None:
    database.write(lambda session: (flag(session), add_entry(session, 1)))
    pool = SeeingPool()
    (done,) = extract_batch.fn(database, Settings(extract=ExtractSettings(learn_lines=False)), pool, RUN)
    assert (pool.seen[0].boilerplate, done.site, done.lines) == (frozenset(), "", {})


@pytest.mark.parametrize(("source", "cut"), [("revisit", False), ("pages", True)])
def test_an_article_asked_again_keeps_the_lines_it_has_until_it_is_reprocessed(database: Database, source: str, cut: bool) -> None:
    def fill(session: Session) -> None:
        flag(session)
        session.add(
            StoredArticle(
                id=7, url="u", canonical_url="u", url_key="u", cluster_id=7, kind="unique", title="T", body=f"Words.\n{PROMO}", authors=[],
                editors=[], tags=[], word_count=6, extractor_version="1", content_hash="c", first_seen_at=NOW,
            )
        )  # fmt: skip
        session.flush()
        add_entry(session, 1, source=source, article_id=7)

    database.write(fill)
    pool = SeeingPool()
    extract_batch.fn(database, Settings(), pool, RUN)
    assert bool(pool.seen[0].boilerplate) is cut
