"""One request from its URL to a `Response` or a `FetchFailure`: redirects by hand, every hop judged, every byte counted."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Final
from urllib.parse import urljoin

import httpx2

from domain.outcomes import Reason
from domain.records import Fetched, FetchFailure, Redirect, Request, Response
from tasks.fetch import budget, failures, headers, sniff
from tasks.fetch.coding import decoder_for
from tasks.fetch.failures import Stop
from tasks.fetch.gates import Gates, Places
from tasks.fetch.guard import Rules, Target, target_of
from tasks.fetch.resolver import Resolver
from tasks.fetch.terms import HEADER_BYTES, HEADER_LINES, Terms
from tasks.fetch.transport import GuardedBackend, Transport, settle, stream_of
from tasks.fetch.wire import Stream

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
# Of an answer that is no content, so much is read, for so long: enough to tell a challenge and to keep the connection.
_GLIMPSE_BYTES: Final = 65_536
_GLIMPSE_SECONDS: Final = 2.0


@dataclass(slots=True)
class _Course:
    """What an exchange has seen so far."""

    request: Request
    trusted: bool
    private: bool = True
    redirects: list[Redirect] = field(default_factory=list)
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    wire_bytes: int = 0
    host: str = ""
    permits: Callable[[str], bool] | None = None

    def first(self, name: str) -> str:
        """Return the first value of a header of the latest answer, empty without one."""
        return next((value for key, value in self.headers if key == name), "")

    def values(self, name: str) -> list[str]:
        """Return all values of a header of the latest answer."""
        return [value for key, value in self.headers if key == name]


class Exchanger:
    """Makes exchanges; owns the two connection pools. To be made and used on one running event loop."""

    def __init__(self, terms: Terms, *, tls: ssl.SSLContext, refused: frozenset[tuple[str, int]]) -> None:
        self.terms = terms
        self.gates = Gates()
        self._places = Places(terms.in_flight)
        self._agent = headers.user_agent(terms.contact)
        resolver = Resolver(terms.dns_seconds)

        def client(rules: Rules) -> httpx2.AsyncClient:
            backend = GuardedBackend(rules, terms, resolver=resolver, refused=refused)
            transport = Transport(backend, tls, connections=2 * self._places.connections)
            timeout = httpx2.Timeout(terms.idle_seconds)
            return httpx2.AsyncClient(transport=transport, trust_env=False, follow_redirects=False, timeout=timeout, cookies=_no_cookies())

        # Two pools, because a connection that a trusted request opened into a private network must never carry another's.
        self._public = client(Rules(ports=terms.allowed_ports))
        self._trusted = client(Rules(networks=terms.allowed_networks, ports=terms.allowed_ports))

    async def aclose(self) -> None:
        """Close all connections."""
        await self._public.aclose()
        await self._trusted.aclose()

    async def ask(self, request: Request, spacing: float, permits: Callable[[str], bool] | None = None) -> Fetched:
        """Return what came of a request; never raises but when cancelled. `permits` is asked where a host redirects to itself."""
        course = _Course(request, request.trusted, permits=permits)
        try:
            course.request = _normalised(request)
            return await self._ask(course, spacing)
        except TimeoutError:
            stop = Stop(Reason.DEADLINE, f"not complete after {self.terms.seconds(request.kind):g} s", temporary=True)
        except Exception as error:  # noqa: BLE001  (whatever a server provokes ends its own exchange and no other)
            stop = failures.of_exception(error)
        now = datetime.now(UTC)
        asked = budget.retry_after(course.values("retry-after"), course.first("date"), now) if course.status else None
        return FetchFailure(
            url=request.url, reason=stop.reason, detail=stop.detail, at=now, temporary=stop.temporary, status=course.status,
            pause_seconds=asked, headers=course.headers, redirects=tuple(course.redirects),
            private=course.private and course.status is not None,
        )  # fmt: skip

    async def _ask(self, course: _Course, spacing: float) -> Response:
        request, loop = course.request, asyncio.get_running_loop()
        target = target_of(request.url)
        async with asyncio.timeout(self.terms.seconds(request.kind)) as deadline:
            began = loop.time()
            while True:
                async with self._turn(course, target.name, spacing=spacing, deadline=deadline) as waited:
                    began += waited
                    body = await self._hop(course, target)
                if body is not None:
                    break
                target = self._next(course, target)
        return Response(
            url=request.url, final_url=target.url, status=course.status or 0, headers=course.headers, body=body,
            fetched_at=datetime.now(UTC), seconds=loop.time() - began, wire_bytes=course.wire_bytes,
            redirects=tuple(course.redirects), private=course.private,
        )  # fmt: skip

    @asynccontextmanager
    async def _turn(self, course: _Course, host: str, *, spacing: float, deadline: asyncio.Timeout) -> AsyncIterator[float]:
        """Wait for the host's gate and a place in flight, while the deadline stands still; yield the seconds waited."""
        loop, left = asyncio.get_running_loop(), (deadline.when() or 0.0)
        asked = loop.time()
        # The first turn was planned by whoever sent us; the turn at a host that we were led to may be far down a queue.
        deadline.reschedule(asked + self.terms.seconds(course.request.kind) if course.redirects else None)
        async with self.gates.turn(host, spacing, same=host == course.host), self._places.place():
            waited = loop.time() - asked
            deadline.reschedule(left + waited)
            yield waited

    async def _hop(self, course: _Course, target: Target) -> bytes | None:
        """Ask one URL; return the body of an answer that is content, None for a redirect. Raises `Stop` for anything else."""
        client = self._trusted if course.trusted else self._public
        request = httpx2.Request("GET", target.url, headers=headers.of_request(course.request, target.url, self._agent))
        course.host, course.status, course.headers = target.name, None, ()
        answer = await client.send(request, stream=True)
        stream: Stream | None = None
        try:
            stream = stream_of(answer)
            course.private = course.private and stream.private
            course.status, course.headers = answer.status_code, _header_lines(answer)
            return await self._content(course, target, answer)
        finally:
            course.wire_bytes += stream.received if stream else 0
            await answer.aclose()

    async def _content(self, course: _Course, target: Target, answer: httpx2.Response) -> bytes | None:
        status = answer.status_code
        if status in _REDIRECTS:
            return None
        if status == 304 and headers.is_conditional(course.request, target.url):
            return await self._body(course, answer, limit=0)
        if status in {200, 226}:
            return await self._document(course, answer)
        glimpse = await self._glimpse(course, answer)
        raise failures.of_status(status, dict(course.headers), glimpse)

    async def _document(self, course: _Course, answer: httpx2.Response) -> bytes:
        kind, declared = course.request.kind, course.first("content-type")
        if kind == "page" and not sniff.may_be_html(declared):
            raise Stop(Reason.NOT_HTML, f"the page is {declared[:100]!r}")
        body = await self._body(course, answer, limit=self.terms.decoded_limit(kind))
        if "html" in declared.lower() and failures.is_challenge(dict(course.headers), body):
            raise Stop(Reason.CHALLENGE, "a browser challenge instead of content")
        if kind == "page" and not sniff.is_html(declared, body):
            raise Stop(Reason.NOT_HTML, "the page's bytes are not HTML")
        return body

    async def _body(self, course: _Course, answer: httpx2.Response, *, limit: int) -> bytes:
        """Return the decoded body; of a robots.txt the first `limit` bytes, of anything else all or nothing."""
        wire = stream_of(answer)
        wire.budget = self.terms.wire_limit
        length = course.first("content-length")
        if length.isdecimal() and int(length[:20]) > wire.budget and course.request.kind != "robots":
            raise Stop(Reason.TOO_LARGE, f"{int(length[:20]):,} bytes announced, at most {wire.budget:,} are taken")
        decoder, pieces, size, received = decoder_for(course.values("content-encoding")), [], 0, 0
        async for data in answer.aiter_raw():
            received += len(data)
            for piece in decoder.feed(data):
                pieces.append(piece)
                size += len(piece)
                if size > limit and course.request.kind == "robots":
                    return b"".join(pieces)[:limit]
                if size > limit:
                    raise Stop(Reason.TOO_LARGE, f"more than {limit:,} bytes of content")
        decoder.finish(received)
        settle(answer)
        return b"".join(pieces)

    async def _glimpse(self, course: _Course, answer: httpx2.Response) -> bytes:
        try:
            async with asyncio.timeout(_GLIMPSE_SECONDS):
                return await self._body(course, answer, limit=_GLIMPSE_BYTES)
        except Exception:  # noqa: BLE001  (the status has said it all; a body that cannot be read changes nothing)
            return b""

    def _next(self, course: _Course, target: Target) -> Target:
        """Return where a redirect leads; raises `Stop` when it is not followed."""
        if len(course.redirects) >= self.terms.redirect_limit:
            raise Stop(Reason.TOO_MANY_REDIRECTS, f"more than {self.terms.redirect_limit} redirects", temporary=True)
        location = _utf8(course.first("location")).strip()
        if not location:
            raise Stop(Reason.BAD_REDIRECT, f"status {course.status} without a Location")
        try:
            following = target_of(urljoin(target.url, location))
        except ValueError:
            raise Stop(Reason.BAD_REDIRECT, f"the redirect's target is not a URL: {location[:100]!r}") from None
        course.redirects.append(Redirect(course.status or 0, target.url, following.url))
        if any(hop.url == following.url for hop in course.redirects):
            raise Stop(Reason.TOO_MANY_REDIRECTS, "the redirects lead back to where they began", temporary=True)
        if course.permits is not None and following.name == target_of(course.request.url).name and not course.permits(following.url):
            raise Stop(Reason.ROBOTS, f"robots.txt disallows {following.url[:200]}")
        # A public server never leads into a private network, whoever named the server.
        course.trusted = course.trusted and course.private
        return following


def _header_lines(answer: httpx2.Response) -> tuple[tuple[str, str], ...]:
    raw: Sequence[tuple[bytes, bytes]] = answer.headers.raw
    if len(raw) > HEADER_LINES or sum(len(name) + len(value) for name, value in raw) > HEADER_BYTES:
        raise Stop(Reason.PROTOCOL, f"more than {HEADER_LINES} header lines or {HEADER_BYTES:,} bytes of them")
    lines = tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in raw)
    names = {name for name, _ in lines}
    if "content-length" in names and "transfer-encoding" in names:
        # RFC 9112 §6.3: an attempt to smuggle one answer inside another.
        raise Stop(Reason.PROTOCOL, "both Content-Length and Transfer-Encoding")
    return lines


def _normalised(request: Request) -> Request:
    """Return the request with its validators' URL spelled as URLs are asked, so that it is recognised when it is."""
    known = request.validators
    return replace(request, validators=replace(known, url=target_of(known.url).url)) if known else request


def _utf8(value: str) -> str:
    # Header values were read as latin-1; what servers put into Location beyond ASCII is UTF-8.
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value


def _no_cookies() -> CookieJar:
    return CookieJar(policy=DefaultCookiePolicy(allowed_domains=()))
