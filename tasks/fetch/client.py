"""The client that flows share: ordinary calls outside, one event loop in one background thread inside.

All requests of a process go through one client, so that their number, their spacing and their connections are one budget.
Several threads may visit at once.
"""

import asyncio
import logging
import queue
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from functools import cache
from types import TracebackType
from typing import Final, Self

import httpx2

from domain.errors import CopydeskError
from domain.records import Exchange, HostReport, HostWork, Response
from tasks.fetch.attend import Visit
from tasks.fetch.exchange import Exchanger
from tasks.fetch.terms import Terms

log = logging.getLogger("copydesk.fetch")

# Bodies that wait to be taken by a slow consumer; above this no request is started.
_WAITING_BYTES: Final = 8_388_608
# Nothing for so long, and the visit looks for further hosts; of those it may hold so many times its first number.
_STALL: Final = 1.0
_STALLED_HOSTS: Final = 8
_CLOSED: Final = "The client was closed during a visit."


class Client:
    """Asks servers. A context manager; implements `domain.records.Visitor`.

    `options` names the limits (`FetchSettings`). `refused` are the (host, port) pairs of Copydesk's own database and Prefect's
    API, which stay closed inside allowed networks too. `feed_limit` is how many decoded bytes of a feed are taken. `tls` replaces the certificates of the system's trust store.
    """

    def __init__(
        self,
        options: object,
        *,
        refused: frozenset[tuple[str, int]] = frozenset(),
        feed_limit: int | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        terms = Terms.of(options)
        self._terms = replace(terms, feed_limit=feed_limit) if feed_limit else terms
        self._refused, self._tls = refused, tls
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="copydesk-fetch", daemon=True)
        self._exchanger: Exchanger | None = None
        self._pulse: asyncio.Task[None] | None = None
        self._sending, self._closing = threading.Lock(), False

    def __enter__(self) -> Self:
        if any(network.prefixlen == 0 for network in self._terms.allowed_networks):
            log.warning("guard off: fetch.allowed_networks spans every address")
        self._thread.start()
        self._exchanger = asyncio.run_coroutine_threadsafe(self._open(), self._loop).result()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with self._sending:
            self._closing = True
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def visit(
        self, work: Sequence[HostWork], *, seconds: float, more: Callable[[int], Sequence[HostWork]] | None = None
    ) -> Iterator[Exchange | HostReport]:
        """Yield each exchange as it completes and, last for each host, its report; start no request after `seconds`.

        What is left then stands in the report's `unattempted`. `more(n)` is asked for up to n further hosts whenever nothing has
        come for a second, so that slow hosts never keep the caller waiting; it is called in the caller's thread. Leaving the
        iteration early cancels what is under way; those hosts get no report.
        """
        if self._exchanger is None:
            raise CopydeskError("The client is not open; use it in a with statement.")
        outbox = _Outbox(self._loop)
        until = self._loop.time() + seconds
        futures: list[Future[None]] = []

        def send(hosts: Sequence[HostWork]) -> int:
            with self._sending:
                if self._closing:
                    raise CopydeskError(_CLOSED)
                futures.extend(asyncio.run_coroutine_threadsafe(self._attend(one, until, outbox), self._loop) for one in hosts)
            return len(hosts)

        try:
            size = active = send(work)
            while active:
                item = outbox.take(_STALL)
                if item is None and self._is_over(futures):
                    raise CopydeskError(_CLOSED)
                if item is None and more is not None:
                    room = min(size, _STALLED_HOSTS * size - active) if self._loop.time() < until else 0
                    active += send(more(room))
                elif isinstance(item, BaseException):
                    raise item
                elif item is not None:
                    active -= isinstance(item, HostReport)
                    yield item
        finally:
            # A client that closes cancels them itself, and its loop may be closed already.
            for future in () if self._closing else futures:
                future.cancel()

    def _is_over(self, futures: Sequence[Future[None]]) -> bool:
        """Return whether a visit will never report: cancelled before its first step, it had no way to say so."""
        return not self._thread.is_alive() or any(future.cancelled() for future in futures)

    async def _attend(self, work: HostWork, until: float, outbox: "_Outbox") -> None:
        assert self._exchanger is not None
        try:
            await Visit(work, self._exchanger, until=until).run(outbox.put)
        except asyncio.CancelledError:
            outbox.fail(CopydeskError(_CLOSED))
            raise
        except Exception as error:
            log.exception("visit host=%s", work.grant.host)
            outbox.fail(error)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    async def _open(self) -> Exchanger:
        exchanger = Exchanger(self._terms, tls=self._tls or _system_trust(), refused=self._refused)
        self._pulse = asyncio.create_task(exchanger.pulse.beat())
        return exchanger

    async def _close(self) -> None:
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        if self._exchanger is not None:
            await self._exchanger.aclose()
        await self._loop.shutdown_asyncgens()
        # Transports close in callbacks of their own; two rounds of the loop let them.
        for _ in range(2):
            await asyncio.sleep(0)


@cache
def _system_trust() -> ssl.SSLContext:
    """Return the TLS settings for the certificates this system trusts; reading them takes longer than a request."""
    return httpx2.create_ssl_context(trust_env=False)


class _Outbox:
    """What the loop's thread hands to one consumer, bounded by making the senders wait."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._items: queue.SimpleQueue[Exchange | HostReport | BaseException] = queue.SimpleQueue()
        self._bytes = 0
        self._room = asyncio.Event()
        self._room.set()

    async def put(self, item: Exchange | HostReport) -> None:
        """Hand an item over; wait, having done so, while too much waits to be taken."""
        self._bytes += _weight(item)
        self._items.put(item)
        if self._bytes > _WAITING_BYTES:
            self._room.clear()
        await self._room.wait()

    def fail(self, error: BaseException) -> None:
        """End the consumer's iteration with an error."""
        self._items.put(error)

    def take(self, seconds: float) -> Exchange | HostReport | BaseException | None:
        """Return the next item, or None when none comes for so long. Called from the consumer's thread."""
        try:
            item = self._items.get(timeout=seconds)
        except queue.Empty:
            return None
        if (weight := _weight(item)) > 0:
            with suppress(RuntimeError):  # the loop is closed when the client is
                self._loop.call_soon_threadsafe(self._taken, weight)
        return item

    def _taken(self, weight: int) -> None:
        self._bytes -= weight
        if self._bytes <= _WAITING_BYTES:
            self._room.set()


def _weight(item: object) -> int:
    return len(item.fetched.body) if isinstance(item, Exchange) and isinstance(item.fetched, Response) else 0
