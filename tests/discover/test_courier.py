"""How a plan asks: outlets side by side, a host once at a time, and nobody again who does not answer."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from config.settings import BackfillSettings
from domain.history import Discovered, LegPlan
from domain.outcomes import Reason
from domain.records import Exchange, FetchFailure, HostGrant, HostReport, HostWork, Response
from tasks.discover import courier, scout
from tasks.discover.courier import Courier
from tasks.discover.scout import Means, Route, Terms

NOW = datetime.now(UTC)
PATIENCE = 20.0
LOST = FetchFailure("", Reason.CONNECT_TIMEOUT, "no answer", NOW, temporary=True)
GONE = FetchFailure("", Reason.NOT_FOUND, "not found", NOW, temporary=False, status=404)
BROKEN = FetchFailure("", Reason.SERVER_ERROR, "500", NOW, temporary=True, status=500)
LIMITED = FetchFailure("", Reason.RATE_LIMITED, "429", NOW, temporary=True, status=429, pause_seconds=60.0)


@dataclass
class Crowd:
    """Answers everybody alike, and knows who was asked beside whom."""

    answer: FetchFailure | bytes
    meets: threading.Barrier | None = None
    asked: list[str] = field(default_factory=list)
    at_once: dict[str, int] = field(default_factory=dict)
    most: int = 0

    def visit(self, work: Sequence[HostWork], *, seconds: float, more: object = None) -> Iterator[Exchange | HostReport]:
        (host,) = work
        (request,) = host.requests
        self.asked.append(request.url)
        self.at_once[host.grant.host] = self.at_once.get(host.grant.host, 0) + 1
        self.most = max(self.most, self.at_once[host.grant.host])
        if self.meets:
            self.meets.wait(PATIENCE)
        self.at_once[host.grant.host] -= 1
        if isinstance(self.answer, bytes):
            yield Exchange(host.grant.host, request, Response(request.url, request.url, 200, (), self.answer, NOW, 0.0, len(self.answer)))
        else:
            yield Exchange(host.grant.host, request, replace(self.answer, url=request.url))


class Eyes:
    """Lets everybody be asked, and knows nothing."""

    def __init__(self, *, free: bool = True) -> None:
        self.free = free

    def grant(self, host: str) -> HostGrant | None:
        return HostGrant(host, fence=0) if self.free else None

    def known(self, keys: Sequence[str]) -> set[str]:
        return set()

    def own_pages(self, plan: LegPlan) -> Iterator[Discovered]:
        return iter(())


def route(url: str) -> Route:
    return Route(url, ((LegPlan("sitemap", url),),))


def survey(web: Any, *urls: str, **more: Any) -> list[Any]:
    terms = Terms(BackfillSettings(), 50, lambda host: 5.0, page_limit=1_000_000, page_bytes=20_000, part_bytes=1_000_000)
    return scout.survey([route(url) for url in urls], Means(web, Eyes(), lambda response: Reason.NOT_A_FEED, terms=terms, **more))


def listing(url: str) -> bytes:
    return f"<urlset><url><loc>{url}</loc></url></urlset>".encode()


def test_outlets_are_explored_side_by_side_and_told_one_by_one() -> None:
    told: list[tuple[int, int]] = []
    # Nobody gets an answer before four are asked.
    web = Crowd(listing("https://a.example/1"), threading.Barrier(4))
    found = survey(web, *(f"https://{name}.example/map.xml" for name in "abcd"), tell=lambda done, count: told.append((done, count)))
    assert [one.outlet for one in found] == [f"https://{name}.example/map.xml" for name in "abcd"]
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_one_host_is_asked_once_at_a_time() -> None:
    web = Crowd(listing("https://a.example/1"))
    survey(web, *(f"https://a.example/{number}.xml" for number in range(30)))
    assert (len(web.asked), web.most) == (30, 1)


@pytest.mark.parametrize(("answer", "times"), [(LOST, 2), (LIMITED, 1), (GONE, 9), (BROKEN, 9)])
def test_a_host_that_does_not_answer_or_wants_a_pause_is_not_asked_for_the_next_outlet(answer: FetchFailure, times: int) -> None:
    web = Crowd(answer)
    found = survey(web, *(f"https://archive.example/{number}" for number in range(9)))
    assert len(web.asked) == times
    # Whoever was not asked for is told why all the same, under its own address.
    assert [one.troubles[0].reason for one in found] == [answer.reason] * 9
    assert all(one.troubles[0].detail.startswith(f"https://archive.example/{number}: ") for number, one in enumerate(found))


def test_one_lost_request_does_not_speak_for_the_host() -> None:
    answers: list[FetchFailure | bytes] = [LOST, b"x", LOST, b"x", LOST, LOST, b"x"]
    web = Crowd(LOST)
    asks = Courier(web, Eyes().grant)
    for number, answer in enumerate(answers):
        web.answer = answer
        asks.ask(LegPlan("sitemap", f"https://a.example/{number}"))
    assert web.asked == [f"https://a.example/{number}" for number in range(6)]


def test_whoever_waits_for_a_host_stops_when_the_plan_is_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courier, "_PATIENCE_SECONDS", 3_600.0)
    web = Crowd(b"x")
    asks = Courier(web, Eyes(free=False).grant)
    found: list[Response | FetchFailure] = []
    waiting = threading.Thread(target=lambda: found.append(asks.ask(LegPlan("sitemap", "https://a.example/1"))))
    waiting.start()
    asks.close()
    waiting.join(PATIENCE)
    assert not waiting.is_alive()
    assert isinstance(found[0], FetchFailure)
    assert (found[0].reason, web.asked) == (Reason.UNAVAILABLE, [])
