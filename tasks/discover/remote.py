"""A file on a server, read part by part as if it lay here.

Each part is an ordinary request (`Request.part`) and is let go once it is read, so a file of any size takes the memory of one.
Reading pauses where a part ends, as soon as a record was completed: what is left of the part is asked for again, with the next.
A record that is larger than a part is read over several.
"""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, TypeAlias

from domain.history import LegPlan
from domain.outcomes import Reason
from domain.records import Exchange, FetchFailure, HostGrant, HostReport, HostWork, Request, Response, Visitor
from tasks.discover.warc import Paused

Ask: TypeAlias = Callable[[int], Response | FetchFailure | None]
"""Asks for the part of the file that begins at an offset; None when it could not be asked for now."""

_TOTAL: Final = re.compile(r"bytes \d{1,19}-\d{1,19}/(\d{1,19})")


def ask(
    visitor: Visitor, grant: HostGrant, request: Request, *, seconds: float
) -> tuple[Response | FetchFailure | None, HostReport | None]:
    """Return what came of one request, None when it could not be made in time, and what was learned of the host."""
    fetched: Response | FetchFailure | None = None
    report: HostReport | None = None
    for item in visitor.visit([HostWork(grant, (request,))], seconds=seconds):
        if isinstance(item, Exchange):
            fetched = item.fetched
        else:
            report = item
    return fetched, report


class Server:
    """Gives out the parts of one file, of `size` bytes, for at most `seconds`. `report` is what was learned of its host."""

    def __init__(self, visitor: Visitor, grant: HostGrant, plan: LegPlan, *, size: int, seconds: float) -> None:
        self._visitor, self._grant, self._plan, self._size, self._seconds = visitor, grant, plan, size, seconds
        self._until = time.monotonic() + seconds
        self.report = _untouched(grant)

    def ask(self, start: int) -> Response | FetchFailure | None:
        """Return the part that begins at an offset, or why there is none."""
        url, trusted = self._plan.target, self._plan.trusted
        if time.monotonic() >= self._until:
            slow = f"in {self._seconds:g} s not one record came whole"
            return FetchFailure(url, Reason.DEADLINE, slow, datetime.now(UTC), temporary=True)
        request = Request(0, url, "file", trusted=trusted, part=(start, self._size))
        fetched, report = ask(self._visitor, self._grant, request, seconds=self._seconds)
        self.report = report or self.report
        return fetched


class Remote:
    """A file that can be read onwards from an offset (`tasks.discover.warc.File`).

    `position` is the offset behind the last record that was completed, `size` that of the file once a server has said so. After
    reading `is_paused` tells whether there may be more, and `failure` why it could not be had.
    """

    def __init__(self, ask: Ask, start: int) -> None:
        self._ask, self._start, self._offset = ask, start, start
        self._part = memoryview(b"")
        self.position = start
        self.size: int | None = None
        self.failure: FetchFailure | None = None
        self.is_paused = False

    def passed(self, position: int) -> bool:
        """Note that a record was completed, and where the next begins; False, for reading may go on."""
        self.position = position
        return False

    def tell(self) -> int:
        """Return the offset of the next byte."""
        return self._offset

    def seek(self, offset: int) -> None:
        """Go on at an offset, before anything was read."""
        self._offset = offset

    def read(self, size: int) -> bytes:
        """Return the next bytes, at most `size`, empty at the end of the file. Raises `Paused`."""
        if not self._part and self._offset != self.size:
            self._part = memoryview(self._next())
        data, self._part = bytes(self._part[:size]), self._part[size:]
        self._offset += len(data)
        return data

    def _next(self) -> bytes:
        answer = self._ask(self._offset) if self.position == self._start else None
        if not isinstance(answer, Response):
            self.is_paused, self.failure = True, answer
            raise Paused
        self.size = _size(answer)
        return answer.body


def _untouched(grant: HostGrant) -> HostReport:
    """Return the report on a host that was asked for nothing."""
    return HostReport(grant.host, grant.fence, grant.next_request_at, crawl_delay=grant.crawl_delay, pause_count=grant.pause_count)


def _size(answer: Response) -> int | None:
    """Return how large the file is whose part an answer holds, None where that is not said."""
    if answer.status == 206:
        match = _TOTAL.fullmatch(answer.header("content-range") or "")
        return int(match[1]) if match else None
    length = answer.header("content-length") or ""
    return int(length) if answer.status == 200 and length.isdecimal() and len(length) < 20 else None
