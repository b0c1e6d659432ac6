"""The client as its callers see it: results as they come, hosts apart, threads, budgets, a clean end."""

import asyncio
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing as closed
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from typing import Any

import pytest

from config.settings import FetchSettings
from domain.errors import CopydeskError
from domain.records import Exchange, HostGrant, HostReport, HostWork, Request, Response
from newsroom.scripted import Server, closing, response, silent
from tasks.fetch.client import Client

PAGE = b"<!doctype html><html><body><p>" + b"Words of an invented article. " * 40 + b"</p></body></html>"


def test_an_answer_comes_back_whole(server: Server, asker: Any) -> None:
    url = server.on("/a", response(200, PAGE, "X-Robots-Tag: noai", "x-robots-tag: noindex"))
    got = asker.response(url, "page")
    assert (got.status, got.url, got.final_url, got.body, got.redirects) == (200, url, url, PAGE, ())
    assert [value for name, value in got.headers if name == "x-robots-tag"] == ["noai", "noindex"]
    assert got.wire_bytes > len(PAGE)
    assert got.private


def test_P34_one_host_is_asked_one_at_a_time_in_order_and_spaced(server: Server, asker: Any) -> None:
    server.on("*", response(200, PAGE))
    asker.configure(host_spacing=0.3)
    urls = [server.url(f"/{number}") for number in range(3)]
    other = [server.url(f"/other/{number}", "127.0.0.2") for number in range(3)]
    asker.visit(asker.work(urls), asker.work(other))
    starts = [one.at for one in server.asked if one.host.startswith("127.0.0.1:")]
    assert [one.target for one in server.asked if one.host.startswith("127.0.0.1:")] == ["/0", "/1", "/2"]
    assert all(later - earlier >= 0.15 for earlier, later in pairwise(starts))
    assert server.open_most == 2, "one connection a host"
    assert server.connections == 2, "kept open and used again"


def test_the_row_s_next_request_is_waited_for_and_a_new_one_reported(server: Server, asker: Any) -> None:
    url = server.on("/a", response(200, PAGE))
    began, now = time.monotonic(), datetime.now(UTC)
    work = asker.configure(host_spacing=3.0).work([url], next_request_at=now + timedelta(seconds=0.2))
    _, report = asker.visit_one(work)
    assert server.asked[0].at - began >= 0.19
    assert report.next_request_at is not None
    assert timedelta(seconds=2.5) < report.next_request_at - now < timedelta(seconds=5)


def test_what_cannot_start_in_time_is_given_back_at_once(server: Server, asker: Any) -> None:
    server.on("*", response(200, PAGE))
    urls = [server.url(f"/{number}") for number in range(5)]
    began = time.monotonic()
    exchanges, report = asker.configure(host_spacing=60.0).visit_one(asker.work(urls), seconds=2.0)
    assert time.monotonic() - began < 1.5, "nobody waits for a turn that comes too late"
    assert len(exchanges) == 1
    assert [request.url for request in report.unattempted] == urls[1:]


def test_H27_slow_hosts_do_not_hold_up_fast_ones(server: Server, asker: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.fetch.gates.PATIENCE", 0.1)
    server.on("/slow", silent())
    server.on("/fast", response(200, PAGE))
    asker.configure(in_flight=4, page_seconds=10.0)
    slow = [asker.work([server.url("/slow", f"127.0.1.{number}")]) for number in range(1, 21)]
    fast = [asker.work([server.url("/fast", f"127.0.2.{number}")]) for number in range(1, 41)]
    with closed(asker.client.visit([*slow, *fast], seconds=5.0)) as visit:
        first = list(islice((item for item in visit if isinstance(item, Exchange)), 40))
    assert all(isinstance(item.fetched, Response) for item in first)
    assert server.targets().count("/slow") == 20


def test_in_flight_bounds_what_is_on_the_wire(server: Server, asker: Any) -> None:
    server.on("/slow", silent(0.1))
    asker.configure(in_flight=3, page_seconds=0.3)
    asker.visit(*(asker.work([server.url("/slow", f"127.0.3.{number}")]) for number in range(1, 13)))
    assert server.open_most <= 3


def test_further_hosts_are_asked_for_while_slow_ones_are_waited_for(server: Server, asker: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.fetch.client._STALL", 0.05)
    server.on("/slow", silent())
    server.on("/fast", response(200, PAGE))
    asker.configure(page_seconds=1.5)
    further = [asker.work([server.url("/fast", f"127.0.4.{number}")]) for number in range(2, 5)]

    def more(count: int) -> list[HostWork]:
        return [further.pop()] if further and count else []

    items = list(asker.client.visit([asker.work([server.url("/slow", "127.0.4.1")])], seconds=5.0, more=more))
    assert sum(isinstance(item, HostReport) for item in items) == 4
    assert isinstance(items[0], Exchange)
    assert isinstance(items[0].fetched, Response)


def test_O13_a_guard_that_lets_everything_through_is_loud(caplog: pytest.LogCaptureFixture) -> None:
    for networks, loud in ((["10.0.0.0/8"], False), (["0.0.0.0/0"], True), (["::/0"], True)):
        caplog.clear()
        with Client(FetchSettings(allowed_networks=networks, allow_whole_internet=True)):
            assert ("guard off" in caplog.text) is loud


def test_the_decoded_size_of_a_feed_is_the_caller_s_to_say(server: Server) -> None:
    url = server.on("/a", response(200, b"x" * 20_000))
    work = HostWork(HostGrant(f"127.0.0.1:{server.port}", 1), (Request(1, url, "feed", trusted=True),))
    for limit, taken in ((10_000, False), (None, True)):
        with Client(FetchSettings(allowed_networks=["127.0.0.0/8"]), feed_limit=limit) as client:
            exchange, _ = client.visit([work], seconds=5.0)
            assert isinstance(exchange, Exchange)
            assert isinstance(exchange.fetched, Response) is taken


def test_several_threads_visit_at_once(server: Server, asker: Any) -> None:
    server.on("*", response(200, PAGE))
    client = asker.client

    def visit(number: int) -> int:
        works = [asker.work([server.url(f"/{one}", f"127.0.5.{number * 5 + one}")]) for one in range(1, 6)]
        return sum(isinstance(item, HostReport) for item in client.visit(works, seconds=5.0))

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(visit, range(8))) == [5] * 8


def test_leaving_a_visit_early_ends_its_requests(server: Server, asker: Any) -> None:
    server.on("/fast", response(200, PAGE))
    server.on("/slow", silent())
    asker.configure(page_seconds=60.0, idle_seconds=60.0)
    works = [asker.work([server.url("/fast")]), asker.work([server.url("/slow", "127.0.0.2")])]
    with closed(asker.client.visit(works, seconds=5.0)) as visit:
        next(visit)
        _wait(lambda: "/slow" in server.targets())
    _wait(lambda: server.open_now <= 1)


def test_closing_the_client_ends_a_visit_with_an_error(server: Server) -> None:
    server.on("/slow", silent())
    client = Client(FetchSettings(allowed_networks=["127.0.0.0/8"], robots=False)).__enter__()
    work = HostWork(HostGrant(f"127.0.0.1:{server.port}", 1), (Request(1, server.url("/slow"), "page", trusted=True),))
    closer = threading.Thread(target=lambda: (_wait(lambda: bool(server.asked)), client.__exit__(None, None, None)))
    closer.start()
    with pytest.raises(CopydeskError, match="closed"):
        list(client.visit([work], seconds=5.0))
    closer.join()


def test_a_visit_cancelled_before_its_first_step_ends_with_an_error(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.fetch.client._STALL", 0.05)
    with Client(FetchSettings(allowed_networks=["127.0.0.0/8"], robots=False)) as client:

        async def never(*_: object) -> None:
            raise asyncio.CancelledError

        monkeypatch.setattr(client, "_attend", never)
        work = HostWork(HostGrant(f"127.0.0.1:{server.port}", 1), (Request(1, server.url("/a"), "page", trusted=True),))
        with pytest.raises(CopydeskError, match="closed"):
            list(client.visit([work], seconds=5.0))


def test_a_client_that_is_not_open_says_so() -> None:
    with pytest.raises(CopydeskError, match="not open"):
        list(Client(FetchSettings()).visit([], seconds=1.0))


def test_H25_nothing_stays_open(server: Server, asker: Any) -> None:
    server.on("*", response(200, PAGE))
    server.on("/cut", closing(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\nshort"))
    server.on("/gone", response(302, b"", "Location: /x"))
    server.on("/x", response(404, b"x" * 99_999))
    before = _descriptors()
    for _ in range(3):
        with Client(asker.settings) as client:
            works = [
                asker.work([server.url(path, f"127.0.6.{number}") for path in ("/a", "/cut", "/gone", "/b")]) for number in range(1, 31)
            ]
            assert sum(isinstance(item, Exchange) for item in client.visit(works, seconds=5.0)) == 120
    _wait(lambda: server.open_now == 0)
    _wait(lambda: _descriptors() <= before)


def test_a_slow_consumer_holds_back_new_requests_not_memory(server: Server, asker: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.fetch.client._WAITING_BYTES", 3 * len(PAGE))
    server.on("*", response(200, PAGE))
    visit = asker.client.visit([asker.work([server.url(f"/{number}") for number in range(30)])], seconds=5.0)
    next(visit)
    time.sleep(0.2)
    assert len(server.asked) <= 6
    assert sum(isinstance(item, Exchange) for item in visit) == 29


@pytest.mark.parametrize("noticed", [True, False])
def test_a_deadline_missed_by_our_own_fault_is_not_the_server_s(
    server: Server, asker: Any, monkeypatch: pytest.MonkeyPatch, noticed: bool
) -> None:
    asker.configure(page_seconds=1.0)
    if not noticed:
        monkeypatch.setattr("tasks.fetch.exchange._STALLED_SHARE", 100.0)
    loop = asker.client._loop

    async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(server.asked) == 1:
            loop.call_soon_threadsafe(time.sleep, 1.3)
        await asyncio.sleep(0.1)
        writer.write(response(200, PAGE))

    fetched = asker.ask(server.on("/a", answer), "page")
    assert isinstance(fetched, Response) is noticed
    assert len(server.asked) == 1 + noticed


def _descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208  (a Path would hold one open)


def _wait(true: Callable[[], bool], seconds: float = 5.0) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until
        time.sleep(0.01)
