"""A scripted server to ask, a second one that must not be reached, and a client that asks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from config.settings import FetchSettings
from domain.records import Exchange, Fetched, FetchFailure, HostGrant, HostReport, HostWork, Request, RequestKind, Response, Validators
from domain.urls import host_of
from newsroom.scripted import Server, running
from tasks.fetch.client import Client

# As the tests use them: loopback allowed, no spacing, robots.txt off, and limits that a busy machine does not reach.
_OPTIONS: dict[str, Any] = {
    "allowed_networks": ["127.0.0.0/8"], "host_spacing": 0.0, "robots": False, "dns_seconds": 5.0, "connect_seconds": 5.0,
    "idle_seconds": 8.0, "feed_seconds": 10.0, "page_seconds": 10.0, "robots_seconds": 10.0,
}  # fmt: skip


# For tests that wait for a limit to be reached.
_IMPATIENT: dict[str, Any] = {
    "dns_seconds": 0.3, "connect_seconds": 0.4, "idle_seconds": 0.5, "feed_seconds": 0.6, "page_seconds": 0.6, "robots_seconds": 0.6,
}  # fmt: skip


@dataclass
class Asker:
    """Asks through a client of its own, which is opened at the first question; configure it before that."""

    settings: FetchSettings = field(default_factory=lambda: FetchSettings(**_OPTIONS))
    refused: frozenset[tuple[str, int]] = frozenset()
    tls: Any = None
    _client: Client | None = None

    def configure(self, **changes: Any) -> "Asker":
        self.settings = FetchSettings(**(_OPTIONS | changes))
        return self

    def impatient(self, **changes: Any) -> "Asker":
        return self.configure(**(_IMPATIENT | changes))

    @property
    def client(self) -> Client:
        if self._client is None:
            self._client = Client(self.settings, refused=self.refused, tls=self.tls).__enter__()
        return self._client

    def close(self) -> None:
        if self._client is not None:
            self._client.__exit__(None, None, None)

    def work(self, urls: Sequence[str], kind: RequestKind = "page", *, trusted: bool = True, **grant: Any) -> HostWork:
        requests = (Request(number, url, kind, trusted=trusted) for number, url in enumerate(urls))
        return HostWork(HostGrant(host_of(urls[0]), fence=1, **grant), tuple(requests))

    def visit(self, *work: HostWork, seconds: float = 5.0) -> list[Exchange | HostReport]:
        return list(self.client.visit(work, seconds=seconds))

    def visit_one(self, work: HostWork, seconds: float = 5.0) -> tuple[list[Exchange], HostReport]:
        *exchanges, report = self.visit(work, seconds=seconds)
        assert isinstance(report, HostReport)
        return [one for one in exchanges if isinstance(one, Exchange)], report

    def ask(self, url: str, kind: RequestKind = "feed", *, trusted: bool = True, validators: Validators | None = None) -> Fetched:
        try:
            host = host_of(url)
        except ValueError:
            host = "nowhere:80"
        work = HostWork(HostGrant(host, fence=1), (Request(7, url, kind, validators, trusted),))
        (exchange,), report = self.visit_one(work)
        assert exchange.request is work.requests[0]
        assert (report.host, report.fence) == (host, 1)
        return exchange.fetched

    def failure(self, url: str, kind: RequestKind = "feed", **more: Any) -> FetchFailure:
        fetched = self.ask(url, kind, **more)
        assert isinstance(fetched, FetchFailure), fetched
        return fetched

    def response(self, url: str, kind: RequestKind = "feed", **more: Any) -> Response:
        fetched = self.ask(url, kind, **more)
        assert isinstance(fetched, Response), fetched
        return fetched


@pytest.fixture
def server() -> Iterator[Server]:
    with running() as one:
        yield one


@pytest.fixture
def other() -> Iterator[Server]:
    """A second server: whatever must not be reached."""
    with running() as one:
        yield one


@pytest.fixture
def asker() -> Iterator[Asker]:
    made = Asker()
    yield made
    made.close()
