"""One TCP connection, plain or under TLS, whose received bytes are counted against a budget.

A protocol of its own rather than asyncio's streams: it can say, through public interfaces alone, whether an idle connection
has something to read, which is how httpcore2 finds out that a connection may not be used again.
"""

import asyncio
import ssl
from typing import Any, Final

import httpcore2

from domain.outcomes import Reason
from tasks.fetch.failures import Stop
from tasks.fetch.terms import HEADER_BYTES

# Before the headers are complete no answer has a claim to more than this: it ends floods of interim answers.
_PREAMBLE: Final = 4 * HEADER_BYTES
_HIGH_WATER: Final = 131_072


class Wire(asyncio.Protocol):
    """Collects what a peer sends, and makes the peer wait when it is not read."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.buffer = bytearray()
        self.ended = False
        self._error: Exception | None = None
        self._reader: asyncio.Future[None] | None = None
        self._paused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport (again, when TLS has begun)."""
        self.transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        """Keep the bytes; pause the transport when nobody reads them."""
        self.buffer += data
        self._wake()
        if len(self.buffer) > _HIGH_WATER and self.transport is not None and not self._paused:
            self.transport.pause_reading()
            self._paused = True

    def eof_received(self) -> bool:
        """Note the end; asyncio closes the transport."""
        self.ended = True
        self._wake()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Note the end, and the error if it was one."""
        self.ended, self._error = True, self._error or exc
        self._wake()

    async def read(self, limit: int) -> bytes:
        """Return at most `limit` bytes, empty at the end; raises the connection's error."""
        while not self.buffer:
            if self._error is not None:
                raise self._error
            if self.ended:
                return b""
            self._reader = asyncio.get_running_loop().create_future()
            await self._reader
        data = bytes(self.buffer[:limit])
        del self.buffer[:limit]
        if self._paused and self.transport is not None and not self.ended:
            self.transport.resume_reading()
            self._paused = False
        return data

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)


class Stream(httpcore2.AsyncNetworkStream):
    """A connection as httpcore2 uses it. `private` says that the peer is on an allowed private network."""

    def __init__(self, wire: Wire, *, private: bool, until: float) -> None:
        self._wire, self._until = wire, until
        self.private = private
        self.received = 0
        self.budget = _PREAMBLE
        self.spoiled = False

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109  (httpcore2's signature)
        """Return the next bytes, empty at the end; raises `Stop` when they exceed the budget."""
        try:
            async with asyncio.timeout(timeout):
                data = await self._wire.read(max_bytes)
        except TimeoutError:
            raise httpcore2.ReadTimeout(f"nothing came for {timeout:g} s") from None
        except OSError as error:
            raise httpcore2.ReadError(str(error)) from error
        self.received += len(data)
        if self.received > self.budget:
            if self.budget == _PREAMBLE:
                raise Stop(Reason.PROTOCOL, f"more than {_PREAMBLE:,} bytes before the headers were complete", temporary=True)
            raise Stop(Reason.TOO_LARGE, f"more than {self.budget:,} bytes on the wire")
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109, ARG002  (a request fits any buffer)
        """Send a request's bytes; what comes back is counted from here."""
        if not buffer:
            return
        self.received, self.budget = 0, _PREAMBLE
        if self._wire.transport is None or self._wire.transport.is_closing():
            raise httpcore2.WriteError("the server has closed the connection")
        self._wire.transport.write(buffer)

    async def aclose(self) -> None:
        """Close without waiting for the other side: a peer that never answers a TLS goodbye holds nothing."""
        if self._wire.transport is not None:
            self._wire.transport.abort()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109, ARG002  (the limit for connecting includes TLS, so it began earlier)
    ) -> httpcore2.AsyncNetworkStream:
        """Return the stream under TLS, the certificate checked against the name."""
        loop, plain = asyncio.get_running_loop(), self._wire.transport
        if plain is None:
            raise httpcore2.ConnectError("the server has closed the connection")
        try:
            async with asyncio.timeout_at(self._until):
                self._wire.transport = await loop.start_tls(plain, self._wire, ssl_context, server_hostname=server_hostname)
        except TimeoutError:
            plain.abort()
            raise httpcore2.ConnectTimeout("the TLS handshake was not completed in time") from None
        except ssl.SSLError as error:
            plain.abort()
            raise Stop(Reason.TLS, str(getattr(error, "verify_message", "") or error.reason or error)) from error
        except OSError as error:
            plain.abort()
            raise Stop(Reason.TLS, f"the server broke off the TLS handshake ({type(error).__name__})", temporary=True) from error
        except BaseException:
            plain.abort()
            raise
        return self

    def get_extra_info(self, info: str) -> Any:
        """Return what httpcore2 asks of a stream; one that is spoiled calls itself readable, and so is never used again."""
        if info == "is_readable":
            return self.spoiled or self._wire.ended or bool(self._wire.buffer)
        if self._wire.transport is None:
            return None
        return self._wire.transport.get_extra_info("peername" if info == "server_addr" else info)
