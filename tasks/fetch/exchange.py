"""One request from its URL to a `Response` or a `FetchFailure`: redirects by hand, every hop judged, every byte counted."""

import asyncio
import logging
import re
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Final
from urllib.parse import urljoin

import httpx2

from domain.outcomes import Reason
from domain.records import Fetched, FetchFailure, Redirect, Request, Response
from tasks.fetch import budget, failures, headers
from tasks.fetch.failures import Stop
from tasks.fetch.gates import Gates, Places
from tasks.fetch.guard import Rules, Target, target_of
from tasks.fetch.pulse import Pulse
from tasks.fetch.reading import Reader, header_lines
from tasks.fetch.resolver import Resolver
from tasks.fetch.terms import Terms
from tasks.fetch.transport import GuardedBackend, Transport, connections_opened, stream_of

log = logging.getLogger("copydesk.fetch")

# Browsers read it as a slash and libraries as a letter: two opinions on where the host ends.
_BACKSLASH: Final = re.compile(r"^[^?#]*\\")
# A deadline that was missed while the loop itself stood still for so much of it was not the server's to meet.
_LATE: Final = frozenset({Reason.DEADLINE, Reason.CONNECT_TIMEOUT})
_STALLED_SHARE: Final = 0.25
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


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


class Exchanger:
    """Makes exchanges; owns the two connection pools. To be made and used on one running event loop."""

    def __init__(self, terms: Terms, *, tls: ssl.SSLContext, refused: frozenset[tuple[str, int]]) -> None:
        self.terms = terms
        self.gates = Gates()
        self.pulse = Pulse()
        self._places = Places(terms.in_flight)
        self._reader = Reader(terms)
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
        stalled = self.pulse.stalled
        fetched = await self._try(request, spacing, permits)
        if isinstance(fetched, FetchFailure) and fetched.reason in _LATE:
            await asyncio.sleep(0)  # the pulse, if it is late too, beats in this turn of the loop
            limit = self.terms.connect_seconds if fetched.reason is Reason.CONNECT_TIMEOUT else self.terms.seconds(request.kind)
            if self.pulse.stalled - stalled > _STALLED_SHARE * limit:
                return await self._try(request, spacing, permits)
        return fetched

    async def _try(self, request: Request, spacing: float, permits: Callable[[str], bool] | None) -> Fetched:
        course = _Course(request, request.trusted, permits=permits)
        try:
            course.request = _normalised(request)
            return await self._ask(course, spacing)
        except TimeoutError:
            stop = Stop(Reason.DEADLINE, f"not complete after {self.terms.seconds(request.kind):g} s", temporary=True)
        except Exception as error:  # whatever a server provokes ends its own exchange and no other
            stop = failures.of_exception(error) or Stop(Reason.PROTOCOL, f"unexpected {type(error).__name__}", temporary=True)
            if failures.of_exception(error) is None:
                log.exception("unexpected url=%r", request.url)
        now = datetime.now(UTC)
        asked = budget.retry_after(headers.values(course.headers, "retry-after"), headers.first(course.headers, "date"), now)
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
        course.host, course.status, course.headers = target.name, None, ()
        answer = await self._send(course, target)
        try:
            stream = stream_of(answer)
            course.private = course.private and stream.private
            course.status = answer.status_code
            course.headers = header_lines(answer)
            try:
                if answer.status_code in _REDIRECTS:
                    return None
                return await self._reader.content(course.request, target.url, answer, course.headers)
            finally:
                course.wire_bytes += stream.received
        finally:
            await answer.aclose()

    async def _send(self, course: _Course, target: Target) -> httpx2.Response:
        """Return the answer with its body unread; ask once more where a kept connection had been closed by the other side."""
        client = self._trusted if course.trusted else self._public
        opened: list[str] = []
        connections_opened.set(opened)
        for _ in range(2):
            lines = headers.of_request(course.request, target.url, self._agent)
            request = httpx2.Request("GET", target.url, headers=lines)
            try:
                return await client.send(request, stream=True)
            except Exception as error:
                stop = failures.of_exception(error)
                if opened or stop is None or stop.reason is not Reason.BROKEN_TRANSFER:
                    raise
        raise Stop(Reason.BROKEN_TRANSFER, "kept connections were closed twice", temporary=True)

    def _next(self, course: _Course, target: Target) -> Target:
        """Return where a redirect leads; raises `Stop` when it is not followed."""
        if len(course.redirects) >= self.terms.redirect_limit:
            raise Stop(Reason.TOO_MANY_REDIRECTS, f"more than {self.terms.redirect_limit} redirects", temporary=True)
        location = _utf8(headers.first(course.headers, "location")).strip()
        if not location:
            raise Stop(Reason.BAD_REDIRECT, f"status {course.status} without a Location")
        if _BACKSLASH.search(location):
            raise Stop(Reason.BAD_REDIRECT, f"the redirect's target has a backslash: {location[:100]!r}")
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
