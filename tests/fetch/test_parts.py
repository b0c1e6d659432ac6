"""Parts of files: the bytes as they lie there, never more than were asked for, and what servers make of it."""

import random
from typing import Any

import pytest

from domain.outcomes import Reason
from domain.records import Exchange, Fetched, FetchFailure, HostGrant, HostWork, Request, Response
from domain.urls import host_of
from newsroom.scripted import Server, closing, dripping, endless, part, redirect, response, silent

DATA = random.Random(1).randbytes(300_000)


def ask(asker: Any, url: str, start: int = 0, size: int = 100_000, *, trusted: bool = True) -> Fetched:
    request = Request(1, url, "file", trusted=trusted, part=(start, size))
    (exchange,), _ = asker.visit_one(HostWork(HostGrant(host_of(url), fence=1), (request,)))
    assert isinstance(exchange, Exchange)
    fetched: Fetched = exchange.fetched
    return fetched


def body(fetched: Fetched) -> bytes:
    assert isinstance(fetched, Response), fetched
    return fetched.body


def failure(fetched: Fetched) -> FetchFailure:
    assert isinstance(fetched, FetchFailure), fetched
    return fetched


@pytest.mark.parametrize("ranges", [True, False])
def test_a_part_is_what_lies_there_whether_or_not_the_server_gives_parts(server: Server, asker: Any, ranges: bool) -> None:
    url = server.lay("/file", DATA, ranges=ranges)
    for start in (0, 1, 99_999, 250_000):
        assert body(ask(asker, url, start)) == DATA[start : start + 100_000]
    assert body(ask(asker, url, len(DATA))) == b"", "nothing where the file has ended"
    assert {(one.header("Accept-Encoding"), one.header("Range")) for one in server.asked[:2]} == {
        ("identity", "bytes=0-99999"),
        ("identity", "bytes=1-100000"),
    }


def test_parts_of_one_file_come_over_one_connection(server: Server, asker: Any) -> None:
    url = server.lay("/file", DATA)
    for start in range(0, len(DATA), 100_000):
        ask(asker, url, start)
    assert server.connections == 1


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "br", "none of these"])
def test_what_a_server_says_of_its_coding_changes_no_byte(server: Server, asker: Any, coding: str) -> None:
    url = server.on("/file.warc.gz", response(200, DATA, f"Content-Encoding: {coding}"))
    assert body(ask(asker, url, 10)) == DATA[10:100_010]


@pytest.mark.parametrize("told", ["bytes 5-99/300000", "items 0-99/300000", "bytes */300000", None])
def test_another_part_than_was_asked_for_is_refused(server: Server, asker: Any, told: str | None) -> None:
    url = server.on("/file", response(206, DATA[:100], *([f"Content-Range: {told}"] if told else [])))
    assert failure(ask(asker, url)).reason is Reason.PROTOCOL


def test_more_than_was_asked_for_is_not_taken(server: Server, asker: Any) -> None:
    head = b"HTTP/1.1 206 Scripted\r\nContent-Range: bytes 0-99/*\r\n\r\n"
    url = server.on("/file", endless(head, b"x" * 10_000))
    found = ask(asker, url)
    assert body(found) == b"x" * 100_000
    assert isinstance(found, Response)
    assert found.wire_bytes < 200_000


def test_what_came_before_a_transfer_broke_counts(server: Server, asker: Any) -> None:
    url = server.on("/file", closing(part(DATA, "bytes=0-99999")[:-40_000]))
    assert body(ask(asker, url)) == DATA[:60_000]


def test_what_came_before_a_server_stalled_or_was_too_slow_counts(server: Server, asker: Any) -> None:
    asker.impatient()
    whole = part(DATA, "bytes=0-99999")
    half = len(whole) - 100_000 + 50_000

    async def stalls(reader: Any, writer: Any) -> None:
        writer.write(whole[:half])
        await silent()(reader, writer)

    assert body(ask(asker, server.on("/stalls", stalls))) == DATA[:50_000]
    drips = server.on("/drips", dripping(whole, size=2_000, seconds=0.05))
    came = body(ask(asker, drips))
    assert 0 < len(came) < 100_000
    assert came == DATA[: len(came)]


def test_a_server_that_sends_nothing_of_a_part_has_failed_for_now(server: Server, asker: Any) -> None:
    asker.impatient()
    found = failure(ask(asker, server.on("/silent", silent())))
    assert (found.reason, found.temporary) == (Reason.DEADLINE, True)
    broken = failure(ask(asker, server.on("/broken", closing(part(DATA, "bytes=0-99999")[:-100_000]))))
    assert (broken.reason, broken.temporary) == (Reason.BROKEN_TRANSFER, True)


@pytest.mark.parametrize(
    ("status", "reason", "temporary"),
    [
        (404, Reason.NOT_FOUND, False),
        (403, Reason.FORBIDDEN, False),
        (410, Reason.GONE, False),
        (500, Reason.SERVER_ERROR, True),
        (503, Reason.UNAVAILABLE, True),
        (429, Reason.RATE_LIMITED, True),
        (304, Reason.PROTOCOL, False),
    ],
)
def test_any_other_answer_says_why_there_is_no_part(server: Server, asker: Any, *, status: int, reason: Reason, temporary: bool) -> None:
    found = failure(ask(asker, server.on("/file", response(status, b"no"))))
    assert (found.reason, found.temporary) == (reason, temporary)


def test_of_a_server_that_gives_no_parts_only_short_files_are_read(server: Server, asker: Any) -> None:
    asker.configure(wire_limit=10_000)
    long = server.on("/long", response(200, DATA))
    found = failure(ask(asker, long, 0, 10_000))
    assert found.reason is Reason.TOO_LARGE
    assert "300,000 bytes, of which the server gives no parts (Range); up to 160,000 are read so" in found.detail
    assert body(ask(asker, server.on("/short", response(200, DATA[:160_000])), 150_001, 10_000)) == DATA[150_001:160_000]
    unsaid = b"HTTP/1.1 200 Scripted\r\n\r\n"
    assert body(ask(asker, server.on("/unsaid", endless(unsaid, b"y" * 5_000)), 100_000, 10_000)) == b"y" * 10_000
    assert failure(ask(asker, server.url("/unsaid"), 160_001, 10_000)).reason is Reason.TOO_LARGE


def test_a_redirect_is_followed_with_the_same_part(server: Server, asker: Any) -> None:
    server.lay("/moved", DATA)
    assert body(ask(asker, server.on("/file", redirect("/moved")), 7)) == DATA[7:100_007]


def test_X01_no_file_leads_into_a_private_network(server: Server, other: Server, asker: Any) -> None:
    asker.configure(allowed_networks=["127.0.0.1/32"])
    url = server.on("/file", redirect(other.url("/secret", host="127.0.0.2")))
    assert failure(ask(asker, url)).reason is Reason.REFUSED_ADDRESS
    assert failure(ask(asker, server.url("/file"), trusted=False)).reason is Reason.REFUSED_ADDRESS
    assert other.asked == []
