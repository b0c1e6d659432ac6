"""WARC files on real servers: as if they lay here, in bounded memory, wherever a transfer or a worker ends."""

import asyncio
import gzip
import random
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from config.settings import BackfillSettings, FetchSettings
from db import backfills, feeds, history
from db.models import Host, Page
from domain.history import LegPlan, Trouble, Window
from domain.outcomes import Reason
from domain.records import FetchFailure, HostGrant, Response, Subscription
from domain.records import Page as Fetched
from newsroom.scripted import Server, closing, part, redirect, response, running, silent
from tasks.discover import scout, warc
from tasks.discover.owners import only
from tasks.discover.remote import Remote
from tasks.discover.remote import Server as Slow
from tasks.discover.scout import Means, Route, Terms
from tasks.fetch.client import Client
from tasks.publish.warc import Writer

pytest.importorskip("warcio", reason="WARC files need the extra 'archive'")

NOW = datetime(2026, 3, 5, 8, tzinfo=UTC)
SITE = "https://press.example"
PART = 10_000
MARCH = Window(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))


@pytest.fixture
def server() -> Iterator[Server]:
    with running() as one:
        yield one


@pytest.fixture
def client() -> Iterator[Client]:
    options: dict[str, Any] = {"allowed_networks": ["127.0.0.1/32"], "host_spacing": 0.0, "wire_limit": PART, "idle_seconds": 1.0}
    with Client(FetchSettings(**options)) as one:
        yield one


@pytest.fixture
def remote_dig(dig: Any) -> Any:
    """A database whose walks ask for parts of 10,000 bytes and commit three pages at a time."""
    dig.wire_limit, dig.batch_size = PART, 3
    return dig


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A WARC file of 60 pages, 80 kB, in records of 1 to 2 kB."""
    return _warc(tmp_path / "archive", *(f"{SITE}/{number}" for number in range(60)))


def _warc(path: Path, *urls: str, size: int = 1_000) -> Path:
    def page(number: int, url: str) -> Fetched:
        body = b"<html>" + random.Random(number).randbytes(size // 2 + number % 7).hex().encode() + b"</html>"
        return Fetched(url, url, 200, (("content-type", "text/html"),), body, NOW)

    with Writer(path, started_at=NOW, software="test") as writer:
        writer.write(page(number, url) for number, url in enumerate(urls))
    return writer.files[0]


def stored(dig: Any) -> list[tuple[str, bytes]]:
    """Return the address and the packed body of each entry's page, in the order in which they were found."""
    with dig.database.read() as session:
        bodies = dict(session.execute(sa.select(Page.id, Page.body)).all())
    return [(entry.url, bodies[entry.page_id]) for entry in dig.entries()]


def free_the_leg(dig: Any) -> None:
    """Let the pause after a failure be over."""
    dig.database.write(lambda session: session.execute(sa.text("UPDATE backfills SET next_attempt_at = created_at")))


@pytest.mark.parametrize("ranges", [True, False])
def test_a_file_gives_by_its_address_what_it_gives_by_its_path(
    remote_dig: Any, server: Server, client: Client, archive: Path, *, ranges: bool
) -> None:
    dig, url = remote_dig, server.lay("/a.warc.gz", archive.read_bytes(), ranges=ranges)
    dig.open(LegPlan("warc", str(archive), trusted=True), request_id="here")
    dig.walk(client, "here")
    expected = stored(dig)
    for table in ("entries", "pages"):
        dig.database.write(lambda session, table=table: session.execute(sa.text(f"DELETE FROM {table}")))
    dig.open(LegPlan("warc", url, trusted=True))
    dig.walk(client)
    assert len(expected) == 60
    assert stored(dig) == expected
    (leg,) = dig.legs()
    assert (leg.state, leg.found_count, leg.new_count, leg.host) == ("done", 60, 60, f"127.0.0.1:{server.port}")
    assert len(server.asked) >= archive.stat().st_size // PART


def test_parts_begin_where_the_last_record_ended(remote_dig: Any, server: Server, client: Client, archive: Path) -> None:
    remote_dig.open(LegPlan("warc", server.lay("/a.warc.gz", archive.read_bytes()), trusted=True))
    remote_dig.walk(client)
    starts = [int((one.header("Range") or "").removeprefix("bytes=").split("-")[0]) for one in server.asked]
    with archive.open("rb") as file:
        ends = [0]
        list(warc.read(file, Window(), enough=lambda position: bool(ends.append(position))))
    assert starts == sorted(set(starts))
    assert set(starts) <= set(ends)
    assert sum(min(PART, archive.stat().st_size - start) for start in starts) < 1.3 * archive.stat().st_size


def test_the_host_is_given_back_after_each_part(remote_dig: Any, server: Server, client: Client, archive: Path) -> None:
    dig = remote_dig
    dig.open(LegPlan("warc", server.lay("/a.warc.gz", archive.read_bytes()), trusted=True))
    claim = dig.database.write(lambda session: backfills.claim(session, "request", dig.run, seconds=60))
    assert claim.grant is not None
    dig.expire_leases()
    dig.walk(client)
    with dig.database.read() as session:
        (host,) = session.scalars(sa.select(Host)).all()
        assert (host.lease_until, host.lease_owner, host.private) == (None, None, True)


def test_a_transfer_that_broke_is_taken_up_where_it_broke(remote_dig: Any, server: Server, client: Client, archive: Path) -> None:
    dig, data = remote_dig, archive.read_bytes()
    breaks = iter((4_000, 700, 0, 9_999, 30))
    taken, original = list[str](), backfills.take_in

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        whole = part(data, server.asked[-1].header("Range"))
        if (size := next(breaks, None)) is None:
            writer.write(whole)
        else:
            await closing(whole[: whole.index(b"\r\n\r\n") + 4 + size])(reader, writer)

    def take_in(session: Any, leg: Any, harvest: Any, run: Any, **options: Any) -> backfills.Taken:
        taken.extend(find.discovered.url for find in harvest.finds)
        return original(session, leg, harvest, run, **options)

    dig.open(LegPlan("warc", server.on("/a.warc.gz", answer), trusted=True))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backfills, "take_in", take_in)
        dig.walk(client)
        (leg,) = dig.legs()
        assert (leg.state, leg.reason, leg.attempt_count) == ("planned", "broken_transfer", 1), "nothing at all came"
        assert 0 < leg.position < 4_700
        free_the_leg(dig)
        dig.walk(client)
    (leg,) = dig.legs()
    assert (leg.state, leg.reason, leg.attempt_count) == ("done", None, 0)
    assert taken == [f"{SITE}/{number}" for number in range(60)], "each record once, in order"


def test_a_server_that_stalls_is_left_and_asked_again_until_its_tries_are_used_up(
    remote_dig: Any, server: Server, client: Client, archive: Path
) -> None:
    dig, whole = remote_dig, part(archive.read_bytes(), f"bytes=0-{PART - 1}")
    dig.attempts = 2

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(server.asked) == 1:
            writer.write(whole[:-5_000])
        await silent()(reader, writer)

    dig.open(LegPlan("warc", server.on("/a.warc.gz", answer), trusted=True))
    dig.walk(client)
    (leg,) = dig.legs()
    assert (leg.state, leg.reason, leg.attempt_count) == ("planned", "deadline", 1)
    assert 0 < leg.new_count == len(dig.urls()) < 10, "what came before the stall is kept"
    free_the_leg(dig)
    dig.walk(client)
    (leg,) = dig.legs()
    assert (leg.state, leg.reason) == ("failed", "deadline")


@pytest.mark.parametrize(("answer", "reason"), [(response(404), "not_found"), (response(403), "forbidden"), (response(410), "gone")])
def test_a_file_that_is_not_given_ends_its_leg_with_the_reason(
    remote_dig: Any, server: Server, client: Client, *, answer: bytes, reason: str
) -> None:
    remote_dig.open(LegPlan("warc", server.on("/a.warc.gz", answer), trusted=True))
    remote_dig.walk(client)
    (leg,) = remote_dig.legs()
    assert (leg.state, leg.reason, len(server.asked)) == ("failed", reason, 1)


def test_X01_a_file_is_not_looked_for_on_private_networks_that_are_not_allowed(
    remote_dig: Any, server: Server, client: Client, archive: Path
) -> None:
    with running() as other:
        hidden = other.lay("/a.warc.gz", archive.read_bytes()).replace("127.0.0.1", "127.0.0.2")
        remote_dig.open(LegPlan("warc", server.on("/a.warc.gz", redirect(hidden)), trusted=True), LegPlan("warc", server.url("/b.warc.gz")))
        remote_dig.walk(client)
        assert {(leg.state, leg.reason) for leg in remote_dig.legs()} == {("failed", "refused_address")}
        assert other.asked == []


@pytest.mark.parametrize("data", [b"<html>Welcome</html>" * 2_000, b"", gzip.compress(random.Random(1).randbytes(50_000))])
def test_what_is_no_warc_file_says_so(remote_dig: Any, server: Server, client: Client, data: bytes) -> None:
    remote_dig.open(LegPlan("warc", server.lay("/a.warc.gz", data), trusted=True))
    remote_dig.walk(client)
    (leg,) = remote_dig.legs()
    assert (leg.state, leg.reason) == ("failed", "not_an_archive")


def test_a_file_that_ends_in_a_record_says_so_as_it_does_here(remote_dig: Any, server: Server, client: Client, archive: Path) -> None:
    dig, data = remote_dig, archive.read_bytes()[:-300]
    (archive.parent / "cut.warc.gz").write_bytes(data)
    dig.open(LegPlan("warc", str(archive.parent / "cut.warc.gz")), request_id="here")
    dig.walk(client, "here")
    dig.open(LegPlan("warc", server.lay("/a.warc.gz", data), trusted=True))
    dig.walk(client)
    (here,), (there,) = dig.legs("here"), dig.legs()
    assert (there.state, there.reason, there.found_count) == (here.state, here.reason, here.found_count)
    assert [one["reason"] for one in there.detail["troubles"]] == [one["reason"] for one in here.detail["troubles"]]


def test_records_larger_than_a_part_are_read_over_several_and_counted_once(
    remote_dig: Any, server: Server, client: Client, tmp_path: Path
) -> None:
    small, large = _warc(tmp_path / "small", f"{SITE}/1", f"{SITE}/2"), _warc(tmp_path / "large", f"{SITE}/large", size=6_000_000)
    last = _warc(tmp_path / "last", f"{SITE}/3")
    data = b"".join(one.read_bytes() for one in (small, large, large, last))
    remote_dig.wire_limit = 200_000
    remote_dig.open(LegPlan("warc", server.lay("/a.warc.gz", data), trusted=True))
    remote_dig.walk(client)
    assert remote_dig.urls() == [f"{SITE}/1", f"{SITE}/2", f"{SITE}/3"]
    with remote_dig.database.read() as session:
        first, second = history.mishaps(session, "request", 9)
    assert {first.reason, second.reason} == {Reason.TOO_LARGE}
    assert first.detail != second.detail
    assert all("1 pages of more than 5,242,880 bytes, from byte" in one.detail for one in (first, second))


def test_a_part_without_any_page_of_the_window_is_passed_all_the_same(
    remote_dig: Any, server: Server, client: Client, archive: Path
) -> None:
    may = Window(datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC))
    remote_dig.open(LegPlan("warc", server.lay("/a.warc.gz", archive.read_bytes()), may, trusted=True))
    remote_dig.walk(client)
    (leg,) = remote_dig.legs()
    assert (leg.state, leg.found_count) == ("done", 0)
    assert len({one.header("Range") for one in server.asked}) == len(server.asked) < 15


def test_a_record_that_does_not_come_whole_for_too_long_is_a_failure_that_may_pass(sqlite_dig: Any) -> None:
    web = sqlite_dig.web({})
    grant = HostGrant("press.example:443", fence=7, crawl_delay=3.0, pause_count=1)
    server = Slow(web, grant, LegPlan("warc", f"{SITE}/a.warc.gz"), size=PART, seconds=0.0)
    found = server.ask(0)
    assert isinstance(found, FetchFailure)
    assert (found.reason, found.temporary, web.asked) == (Reason.DEADLINE, True, [])
    assert (server.report.host, server.report.fence, server.report.crawl_delay, server.report.pause_count) == (
        "press.example:443",
        7,
        3.0,
        1,
    )


def test_memory_holds_a_part_and_never_the_file() -> None:
    size, given = 1_048_576, list[int]()
    head, tail = _giant(250_000_000)

    def ask(start: int) -> Response:
        end = min(len(head) + 250_000_000 + len(tail), start + size)
        given.append(start)
        body = b"".join(
            (
                head[start:end],
                b"x" * (min(end, len(head) + 250_000_000) - max(start, len(head))),
                tail[: max(0, end - len(head) - 250_000_000)],
            )
        )
        total = len(head) + 250_000_000 + len(tail)
        return Response("", "", 206, (("content-range", f"bytes {start}-{end - 1}/{total}"),), body, NOW, 0.0, len(body))

    remote = Remote(ask, 0)
    tracemalloc.start()
    found = list(warc.read(remote, Window(), enough=remote.passed))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found == [Trouble(Reason.TOO_LARGE, "1 pages of more than 5,242,880 bytes")]
    assert len(given) > 230
    assert peak < 40_000_000


def _giant(size: int) -> tuple[bytes, bytes]:
    """Return what stands before and after the body of a plain WARC record with a page of so many bytes."""
    http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
    lines = (
        "WARC/1.0", "WARC-Type: response", f"WARC-Target-URI: {SITE}/giant", "WARC-Date: 2026-03-05T08:00:00Z",
        "WARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-000000000001>", "Content-Type: application/http; msgtype=response",
        f"Content-Length: {size + len(http)}", "", "",
    )  # fmt: skip
    return "\r\n".join(lines).encode() + http, b"\r\n\r\n"


def test_C18_killed_after_any_commit_a_file_goes_on_and_repeats_nothing(
    remote_dig: Any, server: Server, client: Client, archive: Path
) -> None:
    dig, original, kills = remote_dig, backfills.take_in, 0
    dig.open(LegPlan("warc", server.lay("/a.warc.gz", archive.read_bytes()), trusted=True))
    while True:
        taken = 0

        def take_in(*arguments: Any, **options: Any) -> backfills.Taken:
            nonlocal taken
            taken += 1
            if taken == 3:
                raise SystemExit
            return original(*arguments, **options)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(backfills, "take_in", take_in)
            try:
                if not dig.step(client).done:
                    break
            except SystemExit:
                kills += 1
        dig.expire_leases()
    (leg,) = dig.legs()
    assert kills >= 8
    assert (leg.state, leg.found_count, leg.new_count) == ("done", 60, 60)
    assert dig.urls() == [f"{SITE}/{number}" for number in range(60)]


def test_a_request_that_may_bring_nothing_new_asks_for_no_more_parts(
    remote_dig: Any, server: Server, client: Client, archive: Path
) -> None:
    dig = remote_dig
    dig.open(*(LegPlan("warc", server.lay(f"/{name}.warc.gz", archive.read_bytes()), trusted=True) for name in "abc"))
    dig.walk(client, limit=5)
    assert len(dig.urls()) == 5
    assert {(leg.state, leg.reason) for leg in dig.legs()} == {("failed", "limit_reached")}
    assert len(server.asked) == 1
    with dig.database.read() as session:
        assert session.scalars(sa.select(Host.lease_until)).all() == [None]
    dig.database.write(lambda session: history.resume(session, "request", datetime.now(UTC)))
    dig.walk(client)
    assert len(dig.urls()) == 60


def test_reading_rests_while_the_desk_is_full(remote_dig: Any, server: Server, client: Client, archive: Path) -> None:
    from tasks.discover.task import discover_batch
    from tasks.discover.walk import Quest

    dig = remote_dig
    dig.open(LegPlan("warc", server.lay("/a.warc.gz", archive.read_bytes()), trusted=True))
    quest = Quest("request", dig.parse_feed, ahead=1)
    quest.backlog = 1
    discover_batch.fn(dig.database, dig.settings, client, dig.run, quest=quest)
    assert server.asked == []
    quest.backlog = 0
    discover_batch.fn(dig.database, dig.settings, client, dig.run, quest=quest)
    assert server.asked


def test_a_file_on_a_server_is_read_here_whoever_reads_the_others(remote_dig: Any, server: Server, client: Client, archive: Path) -> None:
    from tasks.discover.task import discover_batch
    from tasks.discover.walk import Quest

    dig, given = remote_dig, list[str]()

    def read_file(plan: LegPlan, _start: int) -> Iterator[list[Any]]:
        given.append(plan.target)
        yield []

    dig.open(LegPlan("warc", server.lay("/a.warc.gz", archive.read_bytes()), trusted=True), LegPlan("warc", "/here.warc.gz"))
    quest = Quest("request", dig.parse_feed, read_file=read_file)
    while discover_batch.fn(dig.database, dig.settings, client, dig.run, quest=quest).done:
        pass
    assert given == ["/here.warc.gz"]
    assert len(dig.urls()) == 60


def test_a_leg_that_was_cancelled_meanwhile_takes_nothing_in(remote_dig: Any, server: Server, client: Client, archive: Path) -> None:
    dig, data = remote_dig, archive.read_bytes()

    async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        dig.database.write(lambda session: history.cancel(session, "request", NOW))
        writer.write(part(data, server.asked[-1].header("Range")))

    dig.open(LegPlan("warc", server.on("/a.warc.gz", answer), trusted=True))
    dig.walk(client)
    assert dig.urls() == []
    assert [leg.state for leg in dig.legs()] == ["cancelled"]


# CC-NEWS: a monthly list, and the files it names.

FILES = {
    "/crawl-data/CC-NEWS/2026/03/CC-NEWS-20260101000000-00001.warc.gz": 1,
    "/crawl-data/CC-NEWS/2026/03/CC-NEWS-20260305000000-00002.warc.gz": 2,
    "/crawl-data/CC-NEWS/2026/03/CC-NEWS-20260306000000-00003.warc.gz": 3,
    "/crawl-data/CC-NEWS/2026/03/CC-NEWS-20260601000000-00004.warc.gz": 4,
}
LIST = "/crawl-data/CC-NEWS/2026/03/warc.paths.gz"


@pytest.fixture
def commons(server: Server, tmp_path: Path) -> Server:
    """Common Crawl on loopback: a list of four files, of which two are of the days asked for."""
    server.on(LIST, response(200, gzip.compress("".join(f"{name[1:]}\n" for name in FILES).encode())))
    for name, number in FILES.items():
        urls = [f"https://{site}.example/2026/03/{number}-{at}" for at in range(9) for site in ("press", "other")]
        server.lay(name, _warc(tmp_path / str(number), *urls).read_bytes())
    return server


def test_of_cc_news_the_files_of_the_days_are_read_for_the_outlets_asked(remote_dig: Any, commons: Server, client: Client) -> None:
    dig = remote_dig
    dig.commons_url = commons.url("")
    dig.database.write(lambda session: feeds.sync_list(session, [Subscription(f"{SITE}/feed")], NOW))
    with dig.database.read() as session:
        found = feeds.find(session, f"{SITE}/feed")
    assert found is not None
    dig.open(LegPlan("warc", commons.url(LIST), MARCH, note=only([found.id]), trusted=True))
    dig.walk(client)
    assert set(commons.targets()) == {LIST, *list(FILES)[1:3]}
    assert [(leg.state, leg.depth, leg.trusted, leg.note) for leg in dig.legs()] == [
        ("done", 0, True, f"feeds {found.id}"),
        ("done", 1, True, f"feeds {found.id}"),
        ("done", 1, True, f"feeds {found.id}"),
    ]
    assert sorted(dig.urls()) == sorted(f"{SITE}/2026/03/{number}-{at}" for number in (2, 3) for at in range(9))
    assert {entry.feed_id for entry in dig.entries()} == {found.id}


class Blind:
    """Knows nothing, and lets everybody be asked."""

    def grant(self, host: str) -> Any:
        return HostGrant(host, fence=0)

    def known(self, keys: Any) -> set[str]:
        return set()

    def own_pages(self, plan: LegPlan) -> Iterator[Any]:
        return iter(())


Look = Callable[..., Any]


@pytest.fixture
def look(client: Client, server: Server) -> Look:
    """Return a function that plans a walk from a leg."""

    def estimate(plan: LegPlan) -> Any:
        terms = Terms(
            BackfillSettings(commons_url=server.url("")), 50, lambda host: 5.0, page_limit=1_000_000, page_bytes=20_000, part_bytes=PART
        )
        means = Means(client, Blind(), lambda _: Reason.NOT_A_FEED, terms=terms)
        (one,) = scout.survey([Route("files", ((plan,),))], means)
        return one

    return estimate


def test_a_plan_of_cc_news_says_how_many_files_there_are_and_reads_the_beginning_of_one(
    commons: Server, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scout, "_GLANCE_BYTES", 6_000)
    found = look(LegPlan("warc", commons.url(LIST), MARCH, trusted=True))
    assert (found.file_count, found.documents, found.to_fetch, found.exact) == (2, 3, 0, False)
    assert 30_000 < found.download_bytes < 60_000
    assert 25 <= found.found <= 50
    assert found.seconds == 5.0 * -(-found.download_bytes // PART)
    assert [one.header("Range") for one in commons.asked] == [None, "bytes=0-5999"]


def test_a_plan_of_cc_news_whose_files_cannot_be_looked_at_takes_them_for_a_gigabyte_each(commons: Server, look: Look) -> None:
    for name in FILES:
        commons.on(name, response(403))
    found = look(LegPlan("warc", commons.url(LIST), MARCH, trusted=True))
    assert (found.file_count, found.download_bytes, found.found) == (2, 2_000_000_000, 0)
    assert [one.reason for one in found.troubles] == [Reason.FORBIDDEN]


def test_a_plan_of_a_short_file_is_exact(server: Server, look: Look, archive: Path) -> None:
    found = look(LegPlan("warc", server.lay("/a.warc.gz", archive.read_bytes()), trusted=True))
    assert (found.file_count, found.found, found.exact, found.troubles) == (1, 60, True, ())
    assert found.download_bytes == archive.stat().st_size


def test_a_plan_reads_on_for_the_first_record_alone(server: Server, look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scout, "_GLANCE_BYTES", 10_000)
    monkeypatch.setattr(scout, "_LONGEST_GLANCE", 40_000)
    head, tail = _giant(500_000)
    found = look(LegPlan("warc", server.lay("/a.warc", head + b"x" * 500_000 + tail), trusted=True))
    assert (found.found, found.exact, len(server.asked)) == (0, False, 4)


def test_a_file_that_fails_between_parts_forgets_its_failures(remote_dig: Any, server: Server, client: Client, archive: Path) -> None:
    dig, data = remote_dig, archive.read_bytes()
    dig.attempts = 2

    async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = server.asked[-1].header("Range")
        fails = len(server.asked) % 2 == 0
        writer.write(response(500) if fails else part(data, asked))

    dig.open(LegPlan("warc", server.on("/a.warc.gz", answer), trusted=True))
    for _ in range(20):
        dig.walk(client)
        free_the_leg(dig)
    (leg,) = dig.legs()
    assert (leg.state, leg.new_count) == ("done", 60)


def test_what_a_remote_file_says_of_its_failure() -> None:
    failed = FetchFailure("", Reason.SERVER_ERROR, "status 500", NOW, temporary=True)
    remote = Remote(lambda _: failed, 7)
    assert list(warc.read(remote, Window(), start=7, enough=remote.passed)) == []
    assert (remote.is_paused, remote.failure, remote.position) == (True, failed, 7)
    unasked = Remote(lambda _: None, 0)
    assert list(warc.read(unasked, Window(), enough=unasked.passed)) == [], "a file that nobody asked for is not called damaged"
    assert (unasked.is_paused, unasked.failure) == (True, None)
