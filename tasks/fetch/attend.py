"""One host's visit: its requests in order, one at a time, until done, told to pause, out of reach, or out of time."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from domain.outcomes import NETWORK, Reason
from domain.records import Exchange, Fetched, FetchFailure, HostReport, HostWork, Request, Response
from tasks.fetch import budget, robots
from tasks.fetch.exchange import Exchanger
from tasks.fetch.failures import Stop
from tasks.fetch.guard import target_of

# A host that fails in one of these ways would fail the rest of its requests alike.
_OUT_OF_REACH: Final = NETWORK | {Reason.TLS}
_REFUSED: Final = frozenset({Reason.REFUSED_ADDRESS, Reason.REFUSED_URL})
_PAUSE: Final = {429: Reason.RATE_LIMITED, 503: Reason.UNAVAILABLE}
_SLOW_IN_A_ROW: Final = 2
# A time on a host's row that lies further ahead than any spacing comes from a clock that was wrong.
_LONGEST_WAIT: Final = 3_600.0

Deliver = Callable[[Exchange | HostReport], Awaitable[None]]


class Visit:
    """The state of one host's visit."""

    def __init__(self, work: HostWork, exchanger: Exchanger, *, until: float) -> None:
        self._work, self._exchanger, self._until = work, exchanger, until
        self._terms = exchanger.terms
        self._gate = exchanger.gates.of(work.grant.host)
        # By host: a page of another host than the one that was granted follows its own host's rules, which stay with this visit.
        self._robots = {work.grant.host: work.grant.robots}
        self._rules: dict[str, robots.Rules] = {}
        self._crawl_delay = work.grant.crawl_delay
        self._pause: tuple[float, Reason] | None = None
        self._fault: FetchFailure | None = None
        self._private, self._asked, self._answered, self._slow = False, False, False, 0

    async def run(self, deliver: Deliver) -> None:
        """Deliver an exchange for each request that was made or refused, and the host's report at the end."""
        self._catch_up()
        left = list(self._work.requests)
        while left:
            fetched = await self._attempt(left[0])
            if fetched is None:
                break
            request = left.pop(0)
            await deliver(Exchange(self._work.grant.host, request, fetched))
            if self._fault is not None:
                # A feed has a rhythm of its own, which slows down by itself.
                if request.kind not in {"feed", "site"}:
                    self._pause = budget.rest(self._work.grant.pause_count), self._fault.reason
                await self._fail_alike(left, deliver)
                left = []
        await deliver(self._report(tuple(left)))

    async def _attempt(self, request: Request) -> Fetched | None:
        """Return what came of a request, or None when the visit ends before it."""
        if not self._may_start():
            return None
        if request.kind == "page" and self._terms.robots:
            refusal = await self._refusal(request)
            if refusal is not None:
                return refusal
            if not self._may_start():
                return None
        fetched = await self._ask(request)
        if isinstance(fetched, FetchFailure) and fetched.reason in _OUT_OF_REACH and not fetched.redirects:
            return self._unreachable(_host(request), fetched)
        return fetched

    def _may_start(self) -> bool:
        return self._pause is None and self._slow < _SLOW_IN_A_ROW and max(self._gate.next_at, _time()) <= self._until

    async def _ask(self, request: Request) -> Fetched:
        spacing = budget.spacing(self._terms.host_spacing, self._crawl_delay, self._terms.crawl_delay_limit)
        rules = self._rules.get(_host(request) or "") if request.kind == "page" else None
        permits = rules.allows if rules else None
        fetched = await self._exchanger.ask(request, spacing, permits)
        self._asked = True
        if isinstance(fetched, Response):
            self._answered, self._slow = True, 0
            self._private = fetched.private
            return fetched
        self._slow = self._slow + 1 if fetched.reason is Reason.DEADLINE else 0
        return self._paused_by(fetched)

    def _paused_by(self, failure: FetchFailure) -> FetchFailure:
        """Pause the host when it asked for it; return the failure with the pause that follows from it."""
        if failure.status not in _PAUSE:
            return failure
        seconds = budget.pause(failure.pause_seconds, self._work.grant.pause_count)
        # One broken service of an intranet's host says little about the others (503); a rate limit always means the host.
        spared = failure.private and failure.status == 503
        own = target_of(failure.redirects[-1].target if failure.redirects else failure.url).name == self._work.grant.host
        if own and not spared:
            self._pause, self._private = (seconds, _PAUSE[failure.status]), failure.private
        return replace(failure, pause_seconds=seconds)

    async def _refusal(self, request: Request) -> FetchFailure | None:
        """Return why robots.txt keeps us from a page, reading it first where what is known of it is too old."""
        try:
            target = target_of(request.url)
        except Stop as stop:
            return _failure(request, stop.reason, stop.detail)
        now, host = datetime.now(UTC), target.name
        detail = "it could not be read a short while ago"
        if not robots.is_fresh(self._robots.get(host), now):
            self._rules.pop(host, None)
            fetched = await self._ask(self._robots_request(request))
            if isinstance(fetched, FetchFailure):
                detail = fetched.detail
                if fetched.reason in _REFUSED and not fetched.redirects:
                    return replace(fetched, url=request.url)
            record = self._robots[host] = robots.record_of(fetched, self._robots.get(host), now)
            if isinstance(fetched, FetchFailure) and fetched.reason in _OUT_OF_REACH and record.status is None:
                return self._unreachable(host, replace(fetched, url=request.url))
        rules = self._rules_of(host)
        if rules is None or not rules.reachable:
            return _failure(request, Reason.ROBOTS_UNREACHABLE, f"robots.txt: {detail}", temporary=True)
        if not rules.allows(target.url):
            return _failure(request, Reason.ROBOTS, "robots.txt disallows this page")
        return None

    def _unreachable(self, host: str | None, failure: FetchFailure) -> FetchFailure:
        """Note that the host itself is out of reach; another host that is says nothing of it. Return the failure."""
        if host == self._work.grant.host:
            self._fault = failure
        return failure

    def _rules_of(self, host: str) -> robots.Rules | None:
        """Return the rules of a host whose robots.txt is known; its wishes for our pace count where the host is ours."""
        record = self._robots.get(host)
        if host not in self._rules and record is not None:
            self._rules[host] = robots.Rules(record)
            if host == self._work.grant.host:
                self._crawl_delay = self._rules[host].crawl_delay
        return self._rules.get(host)

    def _robots_request(self, request: Request) -> Request:
        target = replace(target_of(request.url), rest="/robots.txt")
        return Request(key=request.key, url=target.url, kind="robots", trusted=request.trusted)

    async def _fail_alike(self, left: list[Request], deliver: Deliver) -> None:
        """Deliver the host's fault for the requests still waiting, so that each has its reason without asking a dead host again."""
        for request in left:
            assert self._fault is not None
            await deliver(Exchange(self._work.grant.host, request, replace(self._fault, url=request.url)))

    def _catch_up(self) -> None:
        """Carry the host's earliest next request over from the wall clock of its row to the event loop's."""
        if self._work.grant.next_request_at is not None:
            wait = (self._work.grant.next_request_at - datetime.now(UTC)).total_seconds()
            if 0 < wait <= _LONGEST_WAIT:
                self._gate.next_at = max(self._gate.next_at, _time() + wait)

    def _report(self, unattempted: tuple[Request, ...]) -> HostReport:
        now, grant = datetime.now(UTC), self._work.grant
        known = self._robots[grant.host]
        count = grant.pause_count + 1 if self._pause else 0 if self._answered else grant.pause_count
        return HostReport(
            host=grant.host,
            fence=grant.fence,
            next_request_at=now + timedelta(seconds=max(0.0, self._gate.next_at - _time())) if self._asked else grant.next_request_at,
            paused_until=now + timedelta(seconds=self._pause[0]) if self._pause else None,
            pause_reason=self._pause[1] if self._pause else None,
            crawl_delay=self._crawl_delay,
            robots=known if known is not grant.robots else None,
            unattempted=unattempted,
            pause_count=count,
            private=self._private,
        )


def _failure(request: Request, reason: Reason, detail: str, *, temporary: bool = False) -> FetchFailure:
    return FetchFailure(url=request.url, reason=reason, detail=detail, at=datetime.now(UTC), temporary=temporary)


def _host(request: Request) -> str | None:
    try:
        return target_of(request.url).name
    except Stop:
        return None


def _time() -> float:
    return asyncio.get_running_loop().time()
