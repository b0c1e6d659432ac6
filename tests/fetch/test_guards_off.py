"""Each guard is worth its test: with the guard on the check passes, with the guard off the same check fails.

A check returns what went wrong, or nothing. What it sees must come from outside (a server that must not be reached, a clock, the
process's memory), never from the guard's own words.
"""

import asyncio
import gzip
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from ipaddress import ip_address
from typing import Any

import httpx2
import pytest

from domain.records import Response, Validators
from newsroom.scripted import Server, dripping, endless, redirect, response
from tasks.fetch import attend, coding, exchange, gates, guard, headers, reading, robots, transport, wire
from tasks.fetch.guard import Target
from tasks.fetch.resolver import Resolver

PAGE = b"<!doctype html><html><body><p>" + b"Words of an invented article. " * 40 + b"</p></body></html>"
Check = Callable[[Server, Server, Any], str | None]
Off = Callable[[pytest.MonkeyPatch], None]


def private_address(_server: Server, other: Server, asker: Any) -> str | None:
    asker.configure(allowed_networks=[], allowed_ports=[other.port])
    asker.ask(other.url("/secret"))
    return "the private server was reached" if other.connections else None


def redirect_inside(server: Server, other: Server, asker: Any) -> str | None:
    asker.configure(allowed_networks=["127.0.0.2/32"])
    server.on("/a", redirect(other.url("/secret")))
    asker.ask(server.url("/a", "127.0.0.2"))
    return "the redirect reached the private server" if other.connections else None


def mixed_answers(server: Server, _other: Server, asker: Any) -> str | None:
    asker.configure(allowed_networks=[], allowed_ports=[server.port])
    asker.ask(server.url("/a", "mixed.example"))
    return "one of two answers was private and the name was asked" if server.connections else None


def own_port(_server: Server, other: Server, asker: Any) -> str | None:
    asker.refused = frozenset({("127.0.0.1", other.port)})
    asker.ask(other.url("/api"))
    return "our own port was reached" if other.connections else None


def public_leads_inside(server: Server, other: Server, asker: Any) -> str | None:
    asker.configure(allowed_networks=["127.0.0.1/32"], allowed_ports=[server.port])
    server.on("/a", redirect(other.url("/secret")))
    asker.ask(server.url("/a", "127.0.0.9"), trusted=True)
    return "a public server led into the allowed network" if other.connections else None


def strict_host(_server: Server, other: Server, asker: Any) -> str | None:
    asker.ask(f"http://user@127.0.0.1:{other.port}/")
    return "a URL with a user name was asked" if other.connections else None


def deadline(server: Server, _other: Server, asker: Any) -> str | None:
    server.on("/a", dripping(response(200, PAGE), size=16, seconds=0.02))
    began = time.monotonic()
    asker.configure(page_seconds=0.3, idle_seconds=5.0).ask(server.url("/a"), "page")
    return "a drip outlasted the deadline" if time.monotonic() - began > 1.0 else None


def decoded_cap(server: Server, _other: Server, asker: Any) -> str | None:
    fetched = asker.configure(page_limit=100_000).ask(
        server.on("/a", response(200, gzip.compress(PAGE * 1_000), "Content-Encoding: gzip")), "page"
    )
    return "a bomb was content" if isinstance(fetched, Response) else None


def wire_cap(server: Server, _other: Server, asker: Any) -> str | None:
    asker.configure(wire_limit=100_000, page_limit=20_000_000, idle_seconds=0.5)
    server.on("/a", b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>" + b"x" * 3_000_000)
    failure = asker.failure(server.url("/a"), "page")
    return "more than the cap was taken" if failure.reason != "too_large" else None


def redirect_body(server: Server, _other: Server, asker: Any) -> str | None:
    server.on("/a", endless(b"HTTP/1.1 302 X\r\nLocation: /b\r\nTransfer-Encoding: chunked\r\n\r\n", b"1000\r\n" + b"x" * 4_096 + b"\r\n"))
    server.on("/b", response(200, PAGE))
    return None if isinstance(asker.impatient().ask(server.url("/a")), Response) else "the body of a redirect was read until the deadline"


def redirect_limit(server: Server, _other: Server, asker: Any) -> str | None:
    for hop in range(30):
        server.on(f"/{hop}", redirect(f"/{hop + 1}"))
    asker.ask(server.url("/0"))
    return "more redirects than the limit were followed" if len(server.asked) > 6 else None


def smuggled_answer(server: Server, _other: Server, asker: Any) -> str | None:
    server.on("/a", response(200, b"<p>Hi") + response(200, b"<p>smuggled"))
    server.on("/b", response(200, PAGE))
    asker.ask(server.url("/a"), "page")
    fetched = asker.ask(server.url("/b"), "page")
    return "the bytes behind one answer became the next" if not isinstance(fetched, Response) or fetched.body != PAGE else None


def truncated(server: Server, _other: Server, asker: Any) -> str | None:
    body = gzip.compress(PAGE * 9)
    fetched = asker.ask(server.on("/a", response(200, body[: len(body) // 2], "Content-Encoding: gzip")), "page")
    return "half an article was content" if isinstance(fetched, Response) else None


def cookies(server: Server, _other: Server, asker: Any) -> str | None:
    server.on("/a", response(200, PAGE, "Set-Cookie: a=b; Path=/"))
    asker.ask(server.url("/a"))
    return "a cookie was kept" if len(asker.client._exchanger._trusted.cookies.jar) else None


def foreign_validators(server: Server, _other: Server, asker: Any) -> str | None:
    server.on("/a", redirect("/b"))
    server.on("/b", response(200, PAGE))
    asker.ask(server.url("/a"), validators=Validators(server.url("/a"), '"of a"'))
    return "a validator went to a URL that never gave it" if server.asked[1].header("If-None-Match") else None


def pause(server: Server, _other: Server, asker: Any) -> str | None:
    server.on("*", response(429, b"", "Retry-After: 7200"))
    asker.visit(asker.work([server.url("/1"), server.url("/2")]))
    return "asked again after 429" if len(server.asked) > 1 else None


def one_at_a_time(server: Server, other: Server, asker: Any) -> str | None:
    async def slow(_reader: Any, writer: Any) -> None:
        await asyncio.sleep(0.05)
        writer.write(response(200, PAGE))

    other.on("*", slow)
    for number in range(4):
        server.on(f"/{number}", redirect(other.url(f"/{number}")))
    asker.visit(*(asker.work([server.url(f"/{number}", f"127.0.8.{number + 1}")]) for number in range(4)))
    return "a host was asked several times at once" if other.open_most > 1 else None


def disallowed(server: Server, _other: Server, asker: Any) -> str | None:
    server.on("/robots.txt", response(200, b"User-agent: *\nDisallow: /\n"))
    asker.configure(robots=True).ask(server.url("/a"), "page")
    return "a disallowed page was asked for" if "/a" in server.targets() else None


def closed_by_silence(server: Server, _other: Server, asker: Any) -> str | None:
    server.on("/robots.txt", response(500))
    asker.configure(robots=True).ask(server.url("/a"), "page")
    return "a page was asked for without its robots.txt" if "/a" in server.targets() else None


def huge_headers(server: Server, _other: Server, asker: Any) -> str | None:
    fetched = asker.ask(server.on("/a", response(200, PAGE, *(["X: y"] * 5_000))))
    return "5,000 header lines were taken" if isinstance(fetched, Response) else None


def patch(module: Any, name: str, value: Any) -> Off:
    return lambda monkeypatch: monkeypatch.setattr(module, name, value)


def trusting_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "judge", lambda _addresses, _port, _rules: True)


def first_answer_only(monkeypatch: pytest.MonkeyPatch) -> None:
    real = guard.judge
    monkeypatch.setattr(transport, "judge", lambda addresses, port, rules: real(addresses[:1], port, rules))


def loose_target(url: str) -> Target:
    parts = httpx2.URL(url)
    return Target(parts.scheme, parts.host, parts.port or 80, parts.raw_path.decode())


def always_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    real = exchange.Exchanger._next

    def following(self: Any, course: Any, target: Target) -> Target:
        to = real(self, course, target)
        course.trusted = course.request.trusted
        return to

    monkeypatch.setattr(exchange.Exchanger, "_next", following)


async def never_refuse(_self: Any, _addresses: Sequence[Any], _port: int) -> None:
    return


def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    class Timeout(asyncio.Timeout):
        def __init__(self, when: float | None) -> None:
            super().__init__(None if when is None else when + 60.0)

        def reschedule(self, when: float | None) -> None:
            super().reschedule(None if when is None else when + 60.0)

    monkeypatch.setattr(exchange.asyncio, "timeout", lambda seconds: Timeout(asyncio.get_running_loop().time() + seconds))


def unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange.Terms, "decoded_limit", lambda _self, _kind: 1_000_000_000)


def unmetered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire.Stream, "received", property(lambda _self: 0, lambda _self, _value: None), raising=False)


def reads_redirects(monkeypatch: pytest.MonkeyPatch) -> None:
    real = exchange.Exchanger._send

    async def send(self: Any, course: Any, target: Target) -> httpx2.Response:
        answer = await real(self, course, target)
        async for _ in answer.aiter_raw():
            pass
        return answer

    monkeypatch.setattr(exchange.Exchanger, "_send", send)


def fifty_redirects(monkeypatch: pytest.MonkeyPatch) -> None:
    real = exchange.Terms.of
    from dataclasses import replace

    monkeypatch.setattr(exchange.Terms, "of", classmethod(lambda _cls, options: replace(real(options), redirect_limit=50)))


@asynccontextmanager
async def open_gate(_self: Any, _host: str, _spacing: float, *, same: bool) -> AsyncIterator[None]:
    assert same in {True, False}
    yield


def keeps_cookies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "_no_cookies", lambda: None)


GUARDS: list[tuple[Check, Off]] = [
    (private_address, trusting_rules),
    (redirect_inside, trusting_rules),
    (mixed_answers, first_answer_only),
    (own_port, patch(transport.GuardedBackend, "_refuse_own", never_refuse)),
    (public_leads_inside, always_trusted),
    (strict_host, patch(exchange, "target_of", loose_target)),
    (deadline, patient),
    (decoded_cap, unlimited),
    (wire_cap, unmetered),
    (redirect_body, reads_redirects),
    (redirect_limit, fifty_redirects),
    (smuggled_answer, patch(reading, "settle", lambda _answer: None)),
    (truncated, patch(coding.Decoder, "finish", lambda _self: None)),
    (cookies, keeps_cookies),
    (foreign_validators, patch(headers, "is_conditional", lambda request, _url: request.validators is not None)),
    (pause, patch(attend, "_PAUSE", {})),
    (one_at_a_time, patch(gates.Gates, "turn", open_gate)),
    (disallowed, patch(robots.Rules, "allows", lambda _self, _url: True)),
    (closed_by_silence, patch(robots, "_is_absent", lambda _failure: True)),
    (huge_headers, patch(reading, "HEADER_LINES", 10_000)),
]


@pytest.fixture(autouse=True)
def outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """127.0.0.9 counts as public, and mixed.example has it and a private address."""
    real, look_up = guard.refusal, Resolver.addresses

    async def addresses(self: Resolver, host: str, port: int) -> list[guard.Address]:
        return [ip_address("127.0.0.9"), ip_address("127.0.0.1")] if host == "mixed.example" else await look_up(self, host, port)

    monkeypatch.setattr(guard, "refusal", lambda one: None if str(one) == "127.0.0.9" else real(one))
    monkeypatch.setattr(Resolver, "addresses", addresses)


@pytest.mark.parametrize("check", [check for check, _ in GUARDS], ids=lambda check: check.__name__)
def test_the_guard_holds(check: Check, server: Server, other: Server, asker: Any) -> None:
    assert check(server, other, asker) is None


@pytest.mark.parametrize(("check", "off"), GUARDS, ids=lambda one: getattr(one, "__name__", ""))
def test_without_the_guard_the_check_fails(
    server: Server, other: Server, asker: Any, *, check: Check, off: Off, monkeypatch: pytest.MonkeyPatch
) -> None:
    off(monkeypatch)
    assert check(server, other, asker) is not None
