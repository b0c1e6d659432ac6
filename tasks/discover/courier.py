"""Fetches documents for a plan: one request at a time of each host, and none more of a host that does not answer.

A plan asks many hosts side by side, and one web archive for many outlets. What it learns of a host is written nowhere, so it is
remembered here: an archive that cannot be reached, or has asked for a pause, is not asked again for the next outlet.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from domain.history import LegPlan
from domain.outcomes import Reason
from domain.records import FetchFailure, HostGrant, Request, Response, Visitor
from domain.urls import host_of
from tasks.discover.remote import ask

_LOOK_SECONDS: Final = 0.5
_PATIENCE_SECONDS: Final = 60.0
_REQUEST_SECONDS: Final = 300.0
# One request may go wrong by itself; the second in a row is the host's.
_STRIKES: Final = 2


class Courier:
    """Asks hosts; may be used by several threads. `grant` returns how a host wants to be asked, None while it must not be."""

    def __init__(self, visitor: Visitor, grant: Callable[[str], HostGrant | None]) -> None:
        self._visitor, self._grant = visitor, grant
        self._turns: dict[str, threading.Lock] = {}
        self._strikes: dict[str, int] = {}
        self._given_up: dict[str, FetchFailure] = {}
        self._closed = threading.Event()

    def ask(self, plan: LegPlan, *, part: tuple[int, int] | None = None) -> Response | FetchFailure:
        """Return the document of a leg (or a part of its file: offset and bytes), or why there is none."""
        host = host_of(plan.target)
        with self._turns.setdefault(host, threading.Lock()):
            if former := self._given_up.get(host):
                return replace(former, url=plan.target)
            fetched = self._fetch(plan, host, part)
            if isinstance(fetched, FetchFailure) and fetched.temporary and (fetched.status is None or fetched.pause_seconds is not None):
                self._strikes[host] = self._strikes.get(host, 0) + 1
                if self._strikes[host] >= _STRIKES or fetched.pause_seconds is not None:
                    self._given_up[host] = fetched
            else:
                self._strikes[host] = 0
            return fetched

    def close(self) -> None:
        """Let nobody wait any longer."""
        self._closed.set()

    def _fetch(self, plan: LegPlan, host: str, part: tuple[int, int] | None) -> Response | FetchFailure:
        ends = time.monotonic() + _PATIENCE_SECONDS
        while (grant := self._grant(host)) is None:
            if time.monotonic() >= ends or self._closed.wait(_LOOK_SECONDS):
                return _unasked(plan, Reason.UNAVAILABLE, f"{host} is being asked by another worker, or has asked for a pause")
        request = Request(0, plan.target, "file" if part else "archive", trusted=plan.trusted, part=part)
        fetched, _ = ask(self._visitor, grant, request, seconds=_REQUEST_SECONDS)
        return fetched or _unasked(plan, Reason.DEADLINE, f"{host} could not be asked in time")


def _unasked(plan: LegPlan, reason: Reason, detail: str) -> FetchFailure:
    return FetchFailure(plan.target, reason, detail, datetime.now(UTC), temporary=True, pause_seconds=0.0)
