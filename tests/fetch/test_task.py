"""The fetch stage: waiting entries become pages or reasons, in small commits, and nobody else's work is touched."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import zstandard

from config.settings import Settings
from db import hosts
from db.engine import Database
from db.models import Entry, Host, Page
from domain.outcomes import Outcome, Reason
from domain.records import Exchange, Fetched, FetchFailure, HostReport, HostWork, Response, RobotsRecord, Run, Tally
from domain.urls import canonical_url, host_of, url_key
from newsroom.scripted import Server, redirect, response
from tasks.fetch.client import Client
from tasks.fetch.task import fetch_batch

NOW = datetime.now(UTC)
RUN = Run("run-1", "one:1", NOW)
OTHER = Run("run-2", "two:2", NOW)
PAGE = b"<!doctype html><html><body><p>" + b"Words of an invented article. " * 40 + b"</p></body></html>"
SETTINGS = Settings(
    fetch={
        "allowed_networks": ["127.0.0.0/8"], "host_spacing": 0.0, "page_seconds": 10.0, "robots_seconds": 10.0, "connect_seconds": 5.0
    },
)  # fmt: skip


class FakeVisitor:
    """Answers from a table by URL; a callable is called with the request's URL."""

    def __init__(self, answers: dict[str, Any], default: Any = None) -> None:
        self.answers, self.default = answers, default
        self.asked: list[str] = []

    def visit(
        self, work: Sequence[HostWork], *, seconds: float, more: Callable[[int], Sequence[HostWork]] | None = None
    ) -> Iterator[Exchange | HostReport]:
        for one in work:
            for request in one.requests:
                self.asked.append(request.url)
                made = self.answers.get(request.url, self.default)
                fetched: Fetched = made(request.url) if callable(made) else made
                yield Exchange(one.grant.host, request, fetched)
            yield HostReport(one.grant.host, one.grant.fence, NOW)


def page(url: str, body: bytes = PAGE, **more: Any) -> Response:
    headers = (("content-type", "text/html"), ("x-robots-tag", "noai"), ("set-cookie", "a=b"))
    return Response(**({"url": url, "final_url": url, "status": 200, "headers": headers, "body": body, "fetched_at": NOW,
                       "seconds": 0.1, "wire_bytes": len(body)} | more))  # fmt: skip


def failure(reason: Reason, *, temporary: bool = True, **more: Any) -> Callable[[str], FetchFailure]:
    return lambda url: FetchFailure(url=url, reason=reason, detail=f"because {reason}", at=NOW, temporary=temporary, **more)


def add(database: Database, *urls: str, **values: Any) -> None:
    rows = [
        {
            "key": f"{number}-{url}", "url": url, "canonical_url": canonical_url(url), "url_key": url_key(canonical_url(url)),
            "host": host_of(url), "seen_at": NOW, "next_attempt_at": NOW, "run_id": "run-0", "trusted": True, "listed": {},
        } | values
        for number, url in enumerate(urls)
    ]  # fmt: skip
    database.write(lambda session: session.execute(sa.insert(Entry), rows))


def entries(database: Database) -> list[Any]:
    with database.read() as session:
        return list(session.execute(sa.select(Entry.__table__).order_by(Entry.id)).all())


def run(database: Database, visitor: Any, settings: Settings = SETTINGS, run: Run = RUN) -> Tally:
    return fetch_batch.fn(database, settings, visitor, run)


def test_waiting_entries_become_pages(database: Database, server: Server) -> None:
    headers = ("X-Robots-Tag: noai", "TDM-Reservation: 1", "Set-Cookie: a=b", 'ETag: "v1"')
    good, moved, gone = server.on("/good", response(200, PAGE, *headers)), server.on("/moved", redirect("/good")), server.url("/gone")
    server.on("/gone", response(410))
    add(database, good, moved, gone)
    with Client(SETTINGS.fetch) as client:
        tally = run(database, client)
        assert run(database, client).done == 0
    assert (tally.stage, tally.done, tally.failed, tally.outcomes) == ("fetch", 3, 1, (("failed", 1),))
    first, second, third = entries(database)
    assert None not in {first.page_id, second.page_id}
    assert third.page_id is None
    assert (first.outcome, first.reason, first.run_id) == ("pending", None, RUN.id)
    assert (third.outcome, third.reason, third.detail) == ("failed", "gone", "status 410")
    assert third.decided_at is not None
    with database.read() as session:
        pages = {row.id: row for row in session.execute(sa.select(Page.__table__)).all()}
        host = session.execute(sa.select(Host.__table__)).one()
    stored = pages[first.page_id]
    assert zstandard.decompress(stored.body) == PAGE
    assert (stored.url, stored.final_url, stored.status, stored.body_size) == (good, good, 200, len(PAGE))
    assert {name for name, _ in stored.headers} == {"content-type", "x-robots-tag", "tdm-reservation", "etag"}
    assert (pages[second.page_id].url, pages[second.page_id].final_url) == (moved, good)
    assert (host.host, host.robots_status, host.lease_owner, host.private) == (host_of(good), 404, None, True)
    assert server.targets().count("/robots.txt") == 1


def test_C06_one_page_serves_every_entry_that_waits_for_it(database: Database) -> None:
    url = "http://a.example/story"
    add(database, url)
    add(database, url, key="another feed's")
    visitor = FakeVisitor({url: page(url)})
    assert run(database, visitor).done == 1
    assert visitor.asked == [url]
    first, second = entries(database)
    assert first.page_id == second.page_id is not None


@pytest.mark.parametrize(
    ("made", "outcome", "attempts"),
    [
        (failure(Reason.DEADLINE), None, 1),
        (failure(Reason.SERVER_ERROR, status=500), None, 1),
        (failure(Reason.NOT_FOUND, temporary=False, status=404), None, 1),
        (failure(Reason.CHALLENGE, temporary=False, status=403), None, 1),
        (failure(Reason.RATE_LIMITED, status=429, pause_seconds=7200.0), None, 0),
        (failure(Reason.GONE, temporary=False, status=410), Outcome.FAILED, 1),
        (failure(Reason.LEGAL, temporary=False, status=451), Outcome.FAILED, 1),
        (failure(Reason.NOT_HTML, temporary=False), Outcome.REJECTED, 1),
        (failure(Reason.TOO_LARGE, temporary=False), Outcome.REJECTED, 1),
        (failure(Reason.REFUSED_ADDRESS, temporary=False), Outcome.REJECTED, 1),
        (failure(Reason.ROBOTS, temporary=False), Outcome.REJECTED, 1),
        (failure(Reason.ROBOTS_UNREACHABLE), None, 1),
    ],
)
def test_each_failure_ends_or_postpones_its_entry(database: Database, made: Any, outcome: Outcome | None, attempts: int) -> None:
    add(database, "http://a.example/story")
    run(database, FakeVisitor({}, made))
    (entry,) = entries(database)
    assert entry.outcome == (outcome or Outcome.PENDING)
    assert (entry.attempt_count, entry.reason) == (attempts, made("x").reason)
    assert entry.detail == f"because {made('x').reason}"
    wait = entry.next_attempt_at - NOW
    if outcome is None:
        assert wait >= timedelta(seconds=made("x").pause_seconds or 300)


def test_a_page_is_given_up_after_its_tries(database: Database) -> None:
    add(database, "http://a.example/story")
    for attempt in range(1, 5):
        assert run(database, FakeVisitor({}, failure(Reason.DEADLINE))).failed == 1
        (entry,) = entries(database)
        assert (entry.attempt_count, entry.outcome) == (attempt, "failed" if attempt == 4 else "pending")
        database.write(lambda session: session.execute(sa.update(Entry).values(next_attempt_at=NOW)))


def test_P20_waiting_as_told_is_no_failed_try_but_ends_after_two_weeks(database: Database) -> None:
    add(database, "http://a.example/new")
    add(database, "http://a.example/old", seen_at=NOW - timedelta(days=15), attempt_count=3)
    run(database, FakeVisitor({}, failure(Reason.RATE_LIMITED, status=429, pause_seconds=60.0)))
    new, old = entries(database)
    assert (new.outcome, new.attempt_count) == ("pending", 0)
    assert (old.outcome, old.attempt_count) == ("failed", 4)


@pytest.mark.parametrize(("answering", "counted"), [(False, 0), (True, 1)])
def test_H22_when_no_host_answers_nobody_s_tries_are_counted(database: Database, answering: bool, counted: int) -> None:
    for number in range(4):
        add(database, f"http://h{number}.example/a", f"http://h{number}.example/b")
    unreachable = failure(Reason.NETWORK_UNREACHABLE)
    answers = {"http://h2.example/b": page("http://h2.example/b")} if answering else {}
    run(database, FakeVisitor(answers, unreachable))
    left = [entry for entry in entries(database) if entry.page_id is None]
    assert len(left) == 8 - answering
    assert {(entry.outcome, entry.attempt_count, entry.reason) for entry in left} == {("pending", counted, "network_unreachable")}
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).where(Host.lease_owner.is_not(None))) == 0


def test_C13_what_was_fetched_under_a_lost_lease_is_dropped(database: Database) -> None:
    add(database, "http://a.example/1", "http://b.example/2")

    def steal(url: str) -> Fetched:
        database.write(lambda session: session.execute(sa.update(Host).where(Host.host == "a.example:80").values(lease_until=NOW)))
        assert database.write(lambda session: hosts.claim(session, ["a.example:80"], run=OTHER, seconds=600))
        return page(url)

    tally = run(database, FakeVisitor({"http://a.example/1": steal, "http://b.example/2": page("http://b.example/2")}))
    assert tally.done == 1
    first, second = entries(database)
    assert first.page_id is None
    assert second.page_id is not None
    with database.read() as session:
        assert session.scalar(sa.select(Host.lease_owner).where(Host.host == "a.example:80")) == OTHER.worker


def test_P10_P40_workers_share_hosts_pages_and_robots_txt(database: Database, server: Server) -> None:
    server.on("/robots.txt", response(200, b"User-agent: *\nDisallow: /no\n"))
    server.on("*", response(200, PAGE))
    hosts_asked = [f"127.0.9.{number}" for number in range(1, 7)]
    add(database, *(server.url(f"/{number}", host) for host in hosts_asked for number in range(5)))

    def worker(number: int) -> int:
        with Client(SETTINGS.fetch) as client:
            return run(database, client, run=Run(f"run-{number}", f"worker:{number}", NOW)).done

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(worker, range(4))) == 30
    asked = [(one.host, one.target) for one in server.asked]
    assert len(asked) == len(set(asked)) == 36
    assert None not in {entry.page_id for entry in entries(database)}


def test_a_visit_that_is_broken_off_keeps_what_it_brought_and_frees_its_hosts(database: Database) -> None:
    add(database, "http://a.example/1", "http://b.example/2", "http://c.example/3")

    def broken(_url: str) -> Fetched:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(database, FakeVisitor({"http://a.example/1": page("http://a.example/1"), "http://b.example/2": broken}))
    assert [entry.page_id is not None for entry in entries(database)] == [True, False, False]
    with database.read() as session:
        assert session.scalars(sa.select(Host.lease_owner)).all() == [None] * 3
    assert run(database, FakeVisitor({}, page)).done == 2


def test_pages_are_committed_while_others_are_still_on_the_wire(database: Database) -> None:
    urls = [f"http://a.example/{number}" for number in range(30)]
    add(database, *urls)
    seen: list[int] = []

    def last(url: str) -> Fetched:
        seen.append(sum(entry.page_id is not None for entry in entries(database)))
        return page(url)

    run(database, FakeVisitor({urls[-1]: last}, page))
    assert seen == [25]


def test_a_revisit_asks_for_changes_only_and_304_ends_it(database: Database, server: Server) -> None:
    url = server.on("/a", response(200, PAGE, 'ETag: "v1"', "Last-Modified: yesterday, more or less"))
    add(database, url)
    with Client(SETTINGS.fetch) as client:
        run(database, client)
        database.write(lambda session: session.execute(sa.update(Entry).values(outcome="unique")))
        add(database, url, key="again", source="revisit")
        server.on("/a", response(304))
        tally = run(database, client)
    assert server.asked[-1].header("If-None-Match") == '"v1"'
    assert server.asked[-1].header("If-Modified-Since") == "yesterday, more or less"
    _, again = entries(database)
    assert (again.outcome, again.reason, again.page_id) == ("unchanged", "same_text", None)
    assert tally.outcomes == (("unchanged", 1),)


@pytest.mark.parametrize("revisit_first", [True, False])
def test_304_ends_the_revisit_alone_and_others_wait_for_the_text(database: Database, server: Server, revisit_first: bool) -> None:
    url = server.on("/a", response(200, PAGE, 'ETag: "v1"'))
    add(database, url)
    waits = {True: NOW - timedelta(hours=1), False: NOW}
    with Client(SETTINGS.fetch) as client:
        run(database, client)
        database.write(lambda session: session.execute(sa.update(Entry).values(outcome="unique")))
        add(database, url, key="again", source="revisit", next_attempt_at=waits[revisit_first])
        add(database, url, key="other", next_attempt_at=waits[not revisit_first])
        server.on("/a", response(304 if revisit_first else 200, PAGE))
        run(database, client)
        _, again, other = entries(database)
        if not revisit_first:
            assert server.asked[-1].header("If-None-Match") is None
            assert (again.outcome, again.page_id, other.outcome) == ("pending", other.page_id, "pending"), "the whole page serves both"
            return
        assert (again.outcome, again.reason, again.page_id) == ("unchanged", "same_text", None)
        assert (other.outcome, other.page_id) == ("pending", None)
        server.on("/a", response(200, PAGE))
        run(database, client)
    assert server.asked[-1].header("If-None-Match") is None
    assert entries(database)[2].page_id is not None


def test_an_untrusted_entry_never_reaches_an_allowed_network(database: Database, server: Server) -> None:
    add(database, server.on("/a", response(200, PAGE)), trusted=False)
    with Client(SETTINGS.fetch) as client:
        run(database, client)
    (entry,) = entries(database)
    assert (entry.outcome, entry.reason) == ("rejected", "refused_address")
    assert server.connections == 0


def test_hosts_on_pause_are_not_asked_and_others_are(database: Database) -> None:
    add(database, "http://a.example/1", "http://b.example/2")
    database.write(lambda session: hosts.claim(session, ["a.example:80"], run=OTHER, seconds=-1))
    until = datetime.now(UTC) + timedelta(hours=1)
    report = HostReport("a.example:80", 1, None, paused_until=until, pause_reason=Reason.RATE_LIMITED, pause_count=1)
    assert database.write(lambda session: hosts.release(session, report))
    visitor = FakeVisitor({}, page)
    run(database, visitor)
    assert visitor.asked == ["http://b.example/2"]


def test_hosts_have_equal_shares_and_the_longest_unasked_goes_first(database: Database) -> None:
    add(database, *(f"http://big.example/{number}" for number in range(400)))
    add(database, *(f"http://h{number:03}.example/a" for number in range(150)))
    visitor = FakeVisitor({}, page)
    run(database, visitor)
    asked = [host_of(url) for url in visitor.asked]
    assert len(set(asked)) == 128
    assert asked.count("big.example:80") <= 8
    visitor.asked.clear()
    run(database, visitor)
    assert {f"h{number:03}.example:80" for number in range(127, 150)} <= set(map(host_of, visitor.asked))


def test_P40_robots_txt_is_kept_with_the_host_and_asked_once_a_day(database: Database, server: Server) -> None:
    server.on("/robots.txt", response(200, b"User-agent: *\nDisallow: /no\nCrawl-delay: 0.5\n", kind="text/plain"))
    server.on("/yes", response(200, PAGE))
    add(database, server.url("/no"), server.url("/yes"))
    with Client(SETTINGS.fetch) as client:
        run(database, client)
        add(database, server.url("/no/more"), key="later")
        database.write(lambda session: session.execute(sa.update(Host).values(next_request_at=NOW)))
        run(database, client)
    assert server.targets() == ["/robots.txt", "/yes"]
    assert [(entry.outcome, entry.reason) for entry in entries(database)] == [
        ("rejected", "robots"), ("pending", None), ("rejected", "robots"),
    ]  # fmt: skip
    grants = database.write(lambda session: hosts.claim(session, [host_of(server.url())], run=RUN, seconds=60))
    grant = grants[host_of(server.url())]
    assert grant.crawl_delay == 0.5
    assert isinstance(grant.robots, RobotsRecord)
    assert grant.robots.body.startswith("User-agent")
