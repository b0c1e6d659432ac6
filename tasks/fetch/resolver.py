"""Looks names up, without ever letting a name server that stalls hold the event loop or the process."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Sequence
from typing import Any, Final

from domain.outcomes import Reason
from tasks.fetch.failures import Stop
from tasks.fetch.guard import Address, parsed

_LOOKUPS: Final = 16


class Resolver:
    """Looks names up in a bounded number of threads, so that a name server that stalls stalls nobody else for long."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._places = asyncio.Semaphore(_LOOKUPS)

    async def addresses(self, host: str, port: int) -> list[Address]:
        """Return the addresses of a name, in the system's order; raises `Stop` when it has none or nobody answers."""
        if (literal := parsed(host)) is not None:
            return [literal]
        try:
            async with asyncio.timeout(self._seconds):
                await self._places.acquire()
                answers = await self._in_thread(host, port)
        except TimeoutError:
            raise Stop(Reason.DNS_TEMPORARY, f"no answer for {host} in {self._seconds:g} s", temporary=True) from None
        except socket.gaierror as error:
            raise _unresolved(host, error) from None
        except (OSError, UnicodeError) as error:
            raise Stop(Reason.DNS_UNKNOWN, f"{host} cannot be looked up: {error}") from None
        return list(dict.fromkeys(one for answer in answers if (one := parsed(str(answer[4][0]))) is not None))

    async def _in_thread(self, host: str, port: int) -> Sequence[tuple[Any, ...]]:
        # A daemon thread, not a pool: the pool would be waited for at exit, and getaddrinfo can take half a minute.
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Sequence[tuple[Any, ...]]] = loop.create_future()

        def deliver(result: Sequence[tuple[Any, ...]] | None, error: Exception | None) -> None:
            self._places.release()
            if not answer.done():
                answer.set_exception(error) if error else answer.set_result(result or ())

        def look_up() -> None:
            result, error = None, None
            try:
                result = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            except Exception as caught:  # noqa: BLE001  (handed to the waiting coroutine)
                error = caught
            with contextlib.suppress(RuntimeError):  # the loop may be closed by now
                loop.call_soon_threadsafe(deliver, result, error)

        threading.Thread(target=look_up, name="copydesk-dns", daemon=True).start()
        return await answer


def _unresolved(host: str, error: socket.gaierror) -> Stop:
    if error.errno in {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}:
        return Stop(Reason.DNS_UNKNOWN, f"{host} does not exist", temporary=True)
    return Stop(Reason.DNS_TEMPORARY, f"{host}: {error.strerror}", temporary=True)
