"""Networks and servers that fail in every way they do: each ends in time, in little memory, with its own reason."""

import asyncio
import gzip
import resource
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing as closed
from contextlib import contextmanager, suppress
from typing import Any

import brotli
import pytest

from domain.outcomes import Reason
from domain.records import FetchFailure, Redirect, Response, Validators
from newsroom.scripted import Server, closing, dripping, endless, redirect, response, silent
from tasks.fetch.failures import is_challenge

PAGE = b"<!doctype html><html><body><p>" + b"Words of an invented article. " * 40 + b"</p></body></html>"
ONE_MEMBER = gzip.compress(bytes(1_048_576))


@contextmanager
def bounded(*, seconds: float = 6.0, megabytes: int = 64) -> Iterator[None]:
    """Assert that what happens inside takes no longer and raises the process's peak of memory by no more."""
    began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    assert time.monotonic() - began < seconds
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < megabytes * 1_024


# ---------------------------------------------------------------- too slow


@pytest.mark.parametrize("kind", ["feed", "page", "robots"])
@pytest.mark.parametrize(
    "drip",
    [
        response(200, PAGE),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/html\r\n\r\n" + b"1\r\nx\r\n" * 400,
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + PAGE,
    ],
    ids=["length", "chunked", "until closed"],
)
def test_H01_H02_a_drip_ends_at_the_deadline(server: Server, asker: Any, kind: Any, drip: bytes) -> None:
    asker.impatient()
    url = server.on("/a", dripping(drip, seconds=0.05))
    with bounded():
        failure = asker.failure(url, kind)
    assert (failure.reason, failure.temporary) == (Reason.DEADLINE, True)
    assert "0.6 s" in failure.detail


def test_H01_the_deadline_covers_redirects_together(server: Server, asker: Any) -> None:
    asker.impatient()
    for hop in range(5):
        server.on(f"/{hop}", dripping(redirect(f"/{hop + 1}"), size=20, seconds=0.1))
    with bounded():
        assert asker.failure(server.url("/0")).reason is Reason.DEADLINE


def test_H03_interim_answers_without_end(server: Server, asker: Any) -> None:
    hint = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    with bounded():
        assert asker.failure(server.on("/fast", endless(hint, hint))).reason is Reason.PROTOCOL
    good = server.on("/good", hint * 3 + response(200, PAGE))
    assert asker.response(good).body == PAGE


def test_H03_interim_answers_that_come_slowly(server: Server, asker: Any) -> None:
    hint = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    asker.impatient()
    with bounded():
        assert asker.failure(server.on("/slow", dripping(hint * 1_000, size=len(hint), seconds=0.02))).reason is Reason.DEADLINE


@pytest.mark.parametrize("path", ["/silent", "/pause"])
def test_silence_ends_before_the_deadline_when_nothing_comes_for_long(server: Server, asker: Any, path: str) -> None:
    server.on("/silent", silent())
    server.on("/pause", endless_pause(response(200, PAGE)[:200]))
    asker.configure(idle_seconds=0.2, feed_seconds=5.0)
    with bounded():
        assert asker.failure(server.url(path)).reason is Reason.DEADLINE


def endless_pause(head: bytes) -> Any:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        await silent()(reader, writer)

    return answer


# ---------------------------------------------------------------- no connection


def test_H05_a_closed_port_is_refused_at_once(asker: Any) -> None:
    with closed(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    failure = asker.failure(f"http://127.0.0.1:{port}/")
    assert (failure.reason, failure.temporary) == (Reason.CONNECT_REFUSED, True)


def test_H05_a_black_hole_ends_at_the_connection_limit(asker: Any) -> None:
    asker.impatient()
    with closed(socket.socket()) as hole:
        hole.bind(("127.0.0.1", 0))
        hole.listen(0)
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            with suppress(BlockingIOError):
                filler.connect(hole.getsockname())
        with bounded():
            failure = asker.failure(f"http://127.0.0.1:{hole.getsockname()[1]}/")
        for filler in fillers:
            filler.close()
    assert (failure.reason, failure.temporary) == (Reason.CONNECT_TIMEOUT, True)


def test_H05_tls_that_is_never_answered_ends_at_the_connection_limit(server: Server, asker: Any) -> None:
    asker.impatient()
    with bounded():
        failure = asker.failure(server.url("/").replace("http:", "https:"))
    assert (failure.reason, failure.temporary) == (Reason.CONNECT_TIMEOUT, True)


def test_H05_tls_answered_in_plain_words(server: Server, asker: Any) -> None:
    with closed(socket.create_server(("127.0.0.1", 0))) as plain:
        thread = threading.Thread(target=_answer_once, args=(plain, b"HTTP/1.1 400 Bad Request\r\n\r\n"))
        thread.start()
        failure = asker.failure(f"https://127.0.0.1:{plain.getsockname()[1]}/")
        thread.join()
    assert failure.reason is Reason.TLS


def _answer_once(listener: socket.socket, data: bytes) -> None:
    connection, _ = listener.accept()
    connection.recv(1_000)
    connection.sendall(data)
    connection.close()


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), Reason.DNS_UNKNOWN),
        (socket.gaierror(socket.EAI_NODATA, "No address associated"), Reason.DNS_UNKNOWN),
        (socket.gaierror(socket.EAI_AGAIN, "Temporary failure"), Reason.DNS_TEMPORARY),
        (socket.gaierror(socket.EAI_FAIL, "Non-recoverable failure"), Reason.DNS_TEMPORARY),
        (OSError("no resolver"), Reason.DNS_UNKNOWN),
    ],
)
def test_H06_a_name_server_s_answers_are_told_apart(asker: Any, monkeypatch: pytest.MonkeyPatch, error: Exception, reason: Reason) -> None:
    def fail(*_args: Any, **_more: Any) -> Any:
        raise error

    monkeypatch.setattr("tasks.fetch.resolver.socket.getaddrinfo", fail)
    assert asker.failure("http://a.example/").reason is reason


def test_H06_a_stalling_name_server_stalls_its_own_name_only(server: Server, asker: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asker.configure(dns_seconds=1.0)
    freed, real = threading.Event(), socket.getaddrinfo

    def stall(host: str, *args: Any, **more: Any) -> Any:
        if host.endswith(".stalled.example"):
            freed.wait(20)
            raise socket.gaierror(socket.EAI_AGAIN, "too late")
        return real(host, *args, **more)

    monkeypatch.setattr("tasks.fetch.resolver.socket.getaddrinfo", stall)
    stalled = [asker.work([f"http://{number}.stalled.example/"], "feed") for number in range(10)]
    good = asker.work([server.on("/a", response(200, PAGE))], "feed")
    with bounded(seconds=9.0):
        fetched = [item.fetched for item in asker.visit(*stalled, good) if hasattr(item, "fetched")]
    freed.set()
    assert isinstance(fetched[0], Response), "the others were answered while the name server slept"
    assert {one.reason for one in fetched[1:]} == {Reason.DNS_TEMPORARY}


def test_H06_of_500_addresses_four_are_tried(server: Server, asker: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"127.9.{number // 250}.{number % 250 + 1}", 1)) for number in range(500)]
    monkeypatch.setattr("tasks.fetch.resolver.socket.getaddrinfo", lambda *_args, **_more: answers)
    tried: list[str] = []
    real = asker.client._loop.create_connection

    async def count(factory: Any, host: str, port: int) -> Any:
        tried.append(host)
        return await real(factory, host, port)

    monkeypatch.setattr(asker.client._loop, "create_connection", count)
    assert asker.failure("http://many.example:1/").reason is Reason.CONNECT_REFUSED
    assert tried == ["127.9.0.1", "127.9.0.2", "127.9.0.3", "127.9.0.4"]


def test_H06_a_dead_first_address_leaves_time_for_the_second(server: Server, asker: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asker.configure(connect_seconds=1.0)
    answers = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"127.0.0.{number}", 1)) for number in (8, 1)]
    monkeypatch.setattr("tasks.fetch.resolver.socket.getaddrinfo", lambda *_args, **_more: answers)
    server.on("/a", response(200, PAGE))
    real = asker.client._loop.create_connection

    async def hang(factory: Any, host: str, port: int) -> Any:
        return await (asyncio.sleep(60) if host == "127.0.0.8" else real(factory, host, port))

    monkeypatch.setattr(asker.client._loop, "create_connection", hang)
    assert isinstance(asker.ask(server.url("/a", "half.example")), Response)


def test_an_unreachable_network_is_its_own_reason(asker: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def unreachable(*_args: Any) -> Any:
        raise OSError(101, "Network is unreachable")

    monkeypatch.setattr(asker.client._loop, "create_connection", unreachable)
    assert asker.failure("http://127.0.0.1:9/").reason is Reason.NETWORK_UNREACHABLE


# ---------------------------------------------------------------- not HTTP, or not all of it


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (closing(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n12345"), Reason.BROKEN_TRANSFER),
        (closing(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n12345", reset=True), Reason.BROKEN_TRANSFER),
        (closing(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"), Reason.BROKEN_TRANSFER),
        (closing(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel"), Reason.BROKEN_TRANSFER),
        (closing(b""), Reason.BROKEN_TRANSFER),
        (closing(b"", reset=True), Reason.BROKEN_TRANSFER),
        (closing(b"HTTP/1.1 200 OK\r\nContent-"), Reason.BROKEN_TRANSFER),
        (closing(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n"), Reason.PROTOCOL),
        (closing(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffffffffff\r\nhello"), Reason.PROTOCOL),
        (closing(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"), Reason.PROTOCOL),
        (closing(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!"), Reason.PROTOCOL),
        (closing(b"HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\nhello!"), Reason.PROTOCOL),
        (closing(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello"), Reason.PROTOCOL),
        (closing(b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nhello"), Reason.PROTOCOL),
        (closing(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), Reason.PROTOCOL),
        (closing(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n5\r\nhello\r\n0\r\n\r\n"), Reason.PROTOCOL),
        (closing(b"<html>an answer as of 1991"), Reason.BROKEN_TRANSFER),
        (closing(b"<html>an answer as of 1991\r\n\r\n</html>"), Reason.PROTOCOL),
        (closing(b"HTTP/1.1 OK\r\n\r\n"), Reason.PROTOCOL),
        (closing(b"HTTP/1.1 200 OK\r\nbad header line\r\n\r\n"), Reason.PROTOCOL),
        (closing(b"HTTP/1.1 200 OK\r\nX: a\x00b\r\n\r\n"), Reason.PROTOCOL),
        (closing(b"\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x80\x00\x04\x00\x01\x00\x00"), Reason.PROTOCOL),
        (closing(b"SSH-2.0-OpenSSH_9.9\r\n"), Reason.BROKEN_TRANSFER),
        (closing(b"220 mail.example ESMTP\r\n\r\n"), Reason.PROTOCOL),
    ],
)
@pytest.mark.parametrize("kind", ["feed", "page"])
def test_H08_H10_H11_H17_H23_H24_broken_answers(server: Server, asker: Any, *, answer: Any, reason: Reason, kind: Any) -> None:
    failure = asker.failure(server.on("/a", answer), kind)
    assert (failure.reason, failure.temporary) == (reason, True)
    assert server.connections == 1, "a fresh connection that breaks is not tried again at once"


@pytest.mark.parametrize(
    "extra", [b"x" * 5_000, b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\n<b>No", response(200, b"<p>smuggled")]
)
@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\n<p>Hi",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<p>Hi\r\n0\r\n\r\n",
        b"HTTP/1.1 304 Not Modified\r\n\r\n",
    ],
    ids=["length", "chunked", "304"],
)
def test_H09_more_than_was_announced_is_not_the_next_answer(server: Server, asker: Any, head: bytes, extra: bytes) -> None:
    url, good = server.on("/a", head + extra), server.on("/b", response(200, PAGE))
    known = Validators(url, '"x"')
    assert asker.response(url, validators=known).body == (b"" if b"304" in head else b"<p>Hi")
    assert asker.response(good).body == PAGE
    assert [one.connection for one in server.asked] == [1, 2]


def test_a_kept_connection_that_the_server_closed_is_opened_again_once(server: Server, asker: Any) -> None:
    url = server.on("/a", response(200, PAGE))
    asker.response(url)
    times: list[int] = []

    async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        times.append(1)
        if len(times) == 1:
            raise ConnectionError
        writer.write(response(200, PAGE))

    assert asker.response(server.on("/b", hang_up)).body == PAGE
    assert (len(times), server.connections) == (2, 2)
    server.on("/c", closing(b""))
    assert asker.failure(server.url("/c")).reason is Reason.BROKEN_TRANSFER
    assert server.targets().count("/c") == 2


@pytest.mark.parametrize("status", [100, 101, 102, 199, 201, 202, 203, 204, 205, 206, 300, 305, 306, 399, 402, 418, 600, 999])
@pytest.mark.parametrize("kind", ["feed", "page"])
def test_H04_P07_other_statuses_carry_no_content(server: Server, asker: Any, status: int, kind: Any) -> None:
    asker.impatient()
    body = b"" if status == 204 or status < 200 else PAGE
    failure = asker.failure(server.on("/a", response(status, body, length=status != 204)), kind)
    if status < 200:
        assert failure.reason in {Reason.DEADLINE, Reason.PROTOCOL}
    else:
        assert (failure.status, failure.reason) == (status, Reason.UNEXPECTED_STATUS if status < 500 else Reason.SERVER_ERROR)


def test_P41_226_is_content_only_when_it_was_asked_for(server: Server, asker: Any) -> None:
    url = server.on("/a", response(226, PAGE, "IM: feed"))
    assert asker.response(url, validators=Validators(url, '"x"')).status == 226
    assert server.asked[-1].header("A-IM") == "feed"
    for kind, known in (("feed", None), ("feed", Validators(url, None, "yesterday")), ("page", Validators(url, '"x"'))):
        assert asker.failure(url, kind, validators=known).reason is Reason.UNEXPECTED_STATUS
        assert server.asked[-1].header("A-IM") is None


@pytest.mark.parametrize(
    ("status", "reason", "temporary"),
    [
        (400, Reason.UNEXPECTED_STATUS, False), (401, Reason.UNAUTHORISED, False), (403, Reason.FORBIDDEN, False),
        (404, Reason.NOT_FOUND, False), (408, Reason.SERVER_ERROR, True), (410, Reason.GONE, False), (425, Reason.SERVER_ERROR, True),
        (429, Reason.RATE_LIMITED, True), (451, Reason.LEGAL, False), (500, Reason.SERVER_ERROR, True), (502, Reason.SERVER_ERROR, True),
        (503, Reason.UNAVAILABLE, True), (504, Reason.SERVER_ERROR, True), (520, Reason.SERVER_ERROR, True),
    ],
)  # fmt: skip
def test_P33_each_refusal_has_its_reason(server: Server, asker: Any, *, status: int, reason: Reason, temporary: bool) -> None:
    failure = asker.failure(server.on("/a", response(status, b"<p>No.</p>")), "page")
    assert (failure.status, failure.reason, failure.temporary) == (status, reason, temporary)
    server.on("/b", response(200, PAGE))
    asker.response(server.url("/b"))
    assert server.connections == 1, "a small refusal is read, and the connection used again"


CHALLENGE = b"<!doctype html><title>Just a moment...</title><script>window._cf_chl_opt={}</script>"


@pytest.mark.parametrize("status", [200, 403, 429, 503])
@pytest.mark.parametrize("kind", ["feed", "page"])
def test_P33_a_browser_challenge_is_recognised_and_never_answered(server: Server, asker: Any, status: int, kind: Any) -> None:
    failure = asker.failure(server.on("/a", response(status, CHALLENGE, "Server: cloudflare")), kind)
    assert (failure.reason, failure.temporary, failure.status) == (Reason.CHALLENGE, False, status)
    assert asker.failure(server.on("/b", response(403, b"", "cf-mitigated: challenge")), kind).reason is Reason.CHALLENGE
    assert {one.header("User-Agent") for one in server.asked} == {server.asked[0].header("User-Agent")}
    assert len(server.asked) == 2


def test_P33_an_article_about_challenges_is_none() -> None:
    assert is_challenge({}, CHALLENGE)
    assert not is_challenge({}, b"<title>Just a moment: a novel</title>" + PAGE)
    assert not is_challenge({}, PAGE + b"<code>_cf_chl_opt</code>")
    assert not is_challenge({}, CHALLENGE + b" " * 100_000)


# ---------------------------------------------------------------- too much


@pytest.mark.parametrize(
    "answer",
    [
        endless(b"HTTP/1.1 200 OK\r\n", b"X-Line: y\r\n" * 1_000),
        b"HTTP/1.1 200 OK\r\n" + b"X-Line: y\r\n" * 200_000 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 5_000_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 201 + b"Content-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 " + b"O" * 300_000 + b"\r\n\r\n",
        endless(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;ext=", b"x" * 10_000),
        endless(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 5_000),
    ],
    ids=["endless lines", "200,000 lines", "one line", "201 lines", "70 KB", "status line", "chunk extension", "tiny chunks"],
)
def test_H11_H12_headers_and_chunks_are_bounded(server: Server, asker: Any, answer: Any) -> None:
    url = server.on("/a", answer)
    with bounded(seconds=9.0, megabytes=32):
        assert asker.failure(url).reason is Reason.PROTOCOL


@pytest.mark.parametrize("kind", ["feed", "page", "site", "archive"])
@pytest.mark.parametrize("head", [b"Transfer-Encoding: chunked\r\n\r\n", b"\r\n", b"Content-Length: 99999999999999\r\n\r\n"])
def test_X11_an_endless_body_stops_at_the_cap(server: Server, asker: Any, kind: Any, head: bytes) -> None:
    piece = b"10000\r\n" + b"x" * 65_536 + b"\r\n" if b"chunked" in head else b"x" * 65_536
    asker.configure(page_limit=1_000_000, wire_limit=2_000_000)
    url = server.on("/a", endless(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" + head, piece))
    with bounded(seconds=9.0):
        failure = asker.failure(url, kind)
    assert (failure.reason, failure.temporary) == (Reason.TOO_LARGE, False)


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", ONE_MEMBER * 512),
        ("gzip, gzip", gzip.compress(ONE_MEMBER * 512)),
        ("br", brotli.compress(bytes(100_000_000), quality=2)),
        ("br, gzip", gzip.compress(brotli.compress(bytes(100_000_000), quality=2))),
    ],
    ids=["gzip", "gzip twice", "br", "br in gzip"],
)
@pytest.mark.parametrize("kind", ["feed", "page", "robots"])
def test_X10_bombs_stop_at_the_cap(server: Server, asker: Any, *, encoding: str, body: bytes, kind: Any) -> None:
    url = server.on("/a", response(200, body, f"Content-Encoding: {encoding}"))
    with bounded(seconds=9.0):
        if kind == "robots":
            assert len(asker.response(url, kind).body) == 524_288
        else:
            assert asker.failure(url, kind).reason is Reason.TOO_LARGE


@pytest.mark.parametrize("status", [200, 403, 404, 500])
def test_X10_the_bomb_of_a_refusal_is_not_inflated_either(server: Server, asker: Any, status: int) -> None:
    url = server.on("/a", response(status, ONE_MEMBER * 512, "Content-Encoding: gzip"))
    with bounded():
        assert asker.failure(url, "page").status == status


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_H16_the_body_of_a_redirect_is_never_read(server: Server, asker: Any, status: int) -> None:
    head = f"HTTP/1.1 {status} X\r\nLocation: /b\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    url = server.on("/a", endless(head, b"10000\r\n" + b"x" * 65_536 + b"\r\n"))
    server.on("/b", response(200, PAGE))
    with bounded(megabytes=16):
        got = asker.response(url)
    assert got.redirects == (Redirect(status, url, server.url("/b")),)
    assert got.wire_bytes < 400_000


def test_the_cap_is_for_the_answer_s_own_bytes_too(server: Server, asker: Any) -> None:
    asker.configure(wire_limit=50_000)
    assert asker.failure(server.on("/a", response(200, b"x" * 60_000))).reason is Reason.TOO_LARGE
    assert len(asker.response(server.on("/b", response(200, b"x" * 40_000))).body) == 40_000


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", PAGE), ("gzip", gzip.compress(PAGE)[:-20]), ("br", PAGE), ("gzip, gzip, gzip", PAGE), ("x-unknown", PAGE),
        (", ".join(["gzip"] * 2_000), PAGE), ("zstd", PAGE), ("gzip, br", gzip.compress(PAGE)),
    ],
)  # fmt: skip
def test_H19_a_body_not_coded_as_declared_is_never_content(server: Server, asker: Any, encoding: str, body: bytes) -> None:
    url = server.on("/a", response(200, body, f"Content-Encoding: {encoding}"))
    assert asker.failure(url, "page").reason is Reason.BAD_ENCODING


@pytest.mark.parametrize("encoding", ["gzip", "br", "gzip, br", "GZIP", "identity"])
def test_declared_codings_are_undone(server: Server, asker: Any, encoding: str) -> None:
    body = {"gzip": gzip.compress(PAGE), "GZIP": gzip.compress(PAGE), "br": brotli.compress(PAGE), "identity": PAGE}.get(
        encoding, brotli.compress(gzip.compress(PAGE))
    )
    assert asker.response(server.on("/a", response(200, body, f"Content-Encoding: {encoding}")), "page").body == PAGE


# ---------------------------------------------------------------- redirects


@pytest.mark.parametrize("kind", ["feed", "page", "robots"])
def test_H13_loops_and_long_chains_end_at_the_limit(server: Server, asker: Any, kind: Any) -> None:
    for hop in range(100):
        server.on(f"/{hop}", redirect(f"/{hop + 1}"))
    server.on("/loop", redirect("/pool"))
    server.on("/pool", redirect("/loop"))
    server.on("/self", redirect("/self"))
    chain = asker.failure(server.url("/0"), kind)
    assert (chain.reason, len(chain.redirects)) == (Reason.TOO_MANY_REDIRECTS, 5)
    assert server.targets() == [f"/{hop}" for hop in range(6)]
    for path in ("/loop", "/self"):
        assert asker.failure(server.url(path), kind).reason is Reason.TOO_MANY_REDIRECTS
    server.on("/99", response(200, PAGE))
    server.answers["/5"] = response(200, PAGE)
    assert len(asker.response(server.url("/0"), kind).redirects) == 5


@pytest.mark.parametrize(
    ("location", "reasons"),
    [
        (None, {Reason.BAD_REDIRECT}), ("", {Reason.BAD_REDIRECT}), ("   ", {Reason.BAD_REDIRECT}),
        ("http://[::1", {Reason.BAD_REDIRECT}), ("http://[x]/", {Reason.BAD_REDIRECT, Reason.REFUSED_URL}),
        ("http://", {Reason.TOO_MANY_REDIRECTS}), ("javascript:alert(1)", {Reason.REFUSED_URL}),
        ("data:text/html,x", {Reason.REFUSED_URL}), ("ftp://a.example/", {Reason.REFUSED_URL}), ("http://a b/", {Reason.REFUSED_URL}),
        ("/" + "x" * 50_000, {Reason.URL_TOO_LONG}), ("http://a.example:99999/", {Reason.REFUSED_URL, Reason.BAD_REDIRECT}),
        ("http://user:pass@127.0.0.1/", {Reason.REFUSED_URL}), ("mailto:a@b.example", {Reason.REFUSED_URL}),
        ("http:\\\\127.0.0.1", {Reason.BAD_REDIRECT}), ("//", {Reason.TOO_MANY_REDIRECTS}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("status", [301, 302, 308])
def test_H14_bad_targets_are_classified(server: Server, asker: Any, *, location: str | None, reasons: set[Reason], status: int) -> None:
    answer = response(status, b"") if location is None else redirect(location, status)
    failure = asker.failure(server.on("/a", answer), "page")
    assert failure.reason in reasons, failure
    assert len(server.asked) == 1


def test_H14_a_location_of_a_megabyte_is_refused_with_its_headers(server: Server, asker: Any) -> None:
    assert asker.failure(server.on("/a", redirect("/" + "x" * 1_000_000))).reason is Reason.PROTOCOL


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/b", "/b"), ("b", "/x/b"), ("../b", "/b"), ("?q=1", "/x/a?q=1"), ("//127.0.0.1:{port}/b", "/b"), (" /b ", "/b"),
        ("/caf\u00e9", "/caf%C3%A9"), ("/caf%C3%A9", "/caf%C3%A9"), ("/b#part", "/b"), ("http://127.0.0.1:{port}", "/"), ("/a b", "/a%20b"),
        ("HTTP://127.0.0.1:{port}/b", "/b"),
    ],
)  # fmt: skip
def test_H14_good_targets_are_followed(server: Server, asker: Any, location: str, target: str) -> None:
    server.on("*", response(200, PAGE))
    url = server.on("/x/a", redirect(location.format(port=server.port)))
    if target == "/x/a?q=1":
        server.on("/x/a", redirect_once(location))
    asker.response(url)
    assert server.targets() == ["/x/a", target]


def redirect_once(location: str) -> Any:
    answers = [redirect(location), response(200, PAGE)]

    async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answers.pop(0))

    return answer


# ---------------------------------------------------------------- pages


@pytest.mark.parametrize("kind", ["application/pdf", "image/png", "video/mp4", "application/zip", "multipart/related", "application/json"])
def test_H21_a_page_that_is_no_html_is_refused_after_its_headers(server: Server, asker: Any, kind: str) -> None:
    url = server.on("/a", endless(f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n\r\n".encode(), b"x" * 65_536))
    with bounded(megabytes=16):
        assert asker.failure(url, "page").reason is Reason.NOT_HTML
    assert asker.response(server.on("/b", response(200, PAGE, kind=kind)), "feed").body == PAGE, "a feed is known by its content"


@pytest.mark.parametrize(
    "body", [b"%PDF-1.7\n%", b"PK\x03\x04mimetypeapplication/epub+zip", b"MIME-Version: 1.0\r\n", b"\x89PNG\r\n\x1a\n"]
)
def test_X36_a_page_that_only_claims_to_be_html_is_refused(server: Server, asker: Any, body: bytes) -> None:
    assert asker.failure(server.on("/a", response(200, body)), "page").reason is Reason.NOT_HTML


@pytest.mark.parametrize("kind", [None, "text/plain", "application/octet-stream", "TEXT/HTML ;charset=x", "application/xhtml+xml"])
def test_H21_html_under_another_name_is_html(server: Server, asker: Any, kind: str | None) -> None:
    assert asker.response(server.on("/a", response(200, PAGE, kind=kind)), "page").body == PAGE


def test_H18_an_empty_answer_is_an_answer_for_its_reader_to_judge(server: Server, asker: Any) -> None:
    for kind in ("feed", "page"):
        assert asker.response(server.on("/a", response(200, b"")), kind).body == b""


def test_what_nobody_expected_ends_one_exchange_and_is_logged(
    server: Server, asker: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def surprise(*_args: Any) -> Any:
        raise ZeroDivisionError("a fault of our own")

    monkeypatch.setattr("tasks.fetch.reading.decoder_for", surprise)
    failure = asker.failure(server.on("/a", response(200, PAGE)))
    assert (failure.reason, failure.detail) == (Reason.PROTOCOL, "unexpected ZeroDivisionError")
    assert "a fault of our own" in caplog.text
    assert isinstance(failure, FetchFailure)
