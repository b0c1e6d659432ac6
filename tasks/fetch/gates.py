"""Turns within one process: one request at a time to each host, spaced; a bounded number of requests in all.

Leases keep other workers away from a host; gates do the same for redirects that lead from one host to another. Waiting for a
turn costs nothing but the wait: a request takes one of the places in flight only while it is on the wire.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

# A request that is slower than this gives its place to the next one and goes on beside: slow hosts never hold up fast ones.
# So many times the places in flight may be slow at once, and never more than _SLOW_CEILING.
PATIENCE: Final = 3.0
_SLOW_SHARE: Final = 7
_SLOW_CEILING: Final = 256
_GATES_KEPT: Final = 20_000


@dataclass(slots=True)
class Gate:
    """One host's gate. `next_at` is the earliest start of its next request, on the event loop's clock."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    next_at: float = 0.0


class Gates:
    """The gates of all hosts this process has asked lately."""

    def __init__(self) -> None:
        self._gates: dict[str, Gate] = {}

    def of(self, host: str) -> Gate:
        """Return the host's gate."""
        gate = self._gates.get(host)
        if gate is None:
            if len(self._gates) >= _GATES_KEPT:
                self._prune()
            gate = self._gates[host] = Gate()
        return gate

    @asynccontextmanager
    async def turn(self, host: str, spacing: float, *, same: bool) -> AsyncIterator[None]:
        """Hold the host's gate for one request; wait for its spacing first, unless the `same` host just redirected to itself."""
        gate, loop = self.of(host), asyncio.get_running_loop()
        async with gate.lock:
            if not same and (wait := gate.next_at - loop.time()) > 0:
                await asyncio.sleep(wait)
            gate.next_at = loop.time() + spacing
            yield

    def _prune(self) -> None:
        now = asyncio.get_running_loop().time()
        self._gates = {host: gate for host, gate in self._gates.items() if gate.lock.locked() or gate.next_at > now}


class Places:
    """The requests in flight: `size` quick ones at once, and slow ones beside them."""

    def __init__(self, size: int) -> None:
        self._quick = asyncio.Semaphore(size)
        self._slow_free = max(0, min(size * _SLOW_SHARE, _SLOW_CEILING - size))
        self.connections = size + self._slow_free

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Hold a place for one request."""
        await self._quick.acquire()
        moved = False

        def step_aside() -> None:
            nonlocal moved
            if self._slow_free > 0:
                self._slow_free -= 1
                moved = True
                self._quick.release()

        timer = asyncio.get_running_loop().call_later(PATIENCE, step_aside)
        try:
            yield
        finally:
            timer.cancel()
            if moved:
                self._slow_free += 1
            else:
                self._quick.release()
