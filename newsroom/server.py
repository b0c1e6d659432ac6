"""The press on real HTTP: one loopback address per outlet, served by one asyncio loop, pages rendered as they are asked for."""

import asyncio
import contextlib
import socket
import threading
from dataclasses import replace
from http import HTTPStatus
from types import TracebackType
from typing import Self

from newsroom.site import Answer, Site

_HEAD_LIMIT = 16_384


class Kiosk:
    """Serves a press until it is closed; a context manager. `publish` moves it to a later edition while it serves."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.request_count = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="newsroom", daemon=True)
        self._ready = threading.Event()
        self._stop = asyncio.Event()
        self._trouble: OSError | None = None

    def __enter__(self) -> Self:
        """Start to serve; raises OSError when an address cannot be bound."""
        self.site.press.prepare(self.site.edition)
        self._thread.start()
        self._ready.wait()
        if self._trouble:
            raise self._trouble
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop serving and wait until every socket is closed."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def publish(self, edition: int) -> None:
        """Show another edition from now on."""
        self.site.press.prepare(edition)
        self.site = replace(self.site, edition=edition)

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._ready.set()
            self._loop.close()

    async def _serve(self) -> None:
        async with contextlib.AsyncExitStack() as stack:
            try:
                for outlet in self.site.press.outlets:
                    name, _, port = outlet.host.rpartition(":")
                    server = await self._loop.create_server(lambda number=outlet.number: _Visit(self, number), name, int(port), backlog=128)  # type: ignore[misc]
                    stack.callback(server.close)
            except OSError as error:
                self._trouble = error
                return
            self._ready.set()
            await self._stop.wait()


class _Visit(asyncio.Protocol):
    """One connection: GET and HEAD, one after the other, kept alive."""

    def __init__(self, kiosk: Kiosk, outlet: int) -> None:
        self.kiosk, self.outlet = kiosk, outlet
        self.transport: asyncio.Transport | None = None
        self.pending = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.pending += data
        while self.transport and not self.transport.is_closing() and b"\r\n\r\n" in self.pending:
            head, _, self.pending = self.pending.partition(b"\r\n\r\n")
            self._reply(head.decode("latin-1"))
        if len(self.pending) > _HEAD_LIMIT and self.transport:
            self.transport.close()

    def _reply(self, head: str) -> None:
        assert self.transport is not None
        request, *lines = head.split("\r\n")
        parts = request.split(" ")
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        self.kiosk.request_count += 1
        if len(parts) != 3 or parts[0] not in {"GET", "HEAD"}:
            answer = Answer(405, (("allow", "GET, HEAD"), ("connection", "close")))
        else:
            answer = self.kiosk.site.answer(self.outlet, parts[1], headers)
        self.transport.write(_wire(answer, with_body=parts[0] == "GET"))
        if headers.get("connection", "").lower() == "close" or answer.status == 405:
            self.transport.close()


def street(count: int, port: int = 0) -> tuple[str, ...]:
    """Return `count` hosts, `127.7.x.y:port` each; where only 127.0.0.1 exists (macOS), that with a port for each outlet.

    With port 0 one is chosen that is free now. Raises ValueError when there are more outlets than addresses.
    """
    if count > 60_000:
        raise ValueError("a street has at most 60,000 outlets")
    many = _binds("127.7.0.1")
    if not port:
        with socket.socket() as probe:
            probe.bind(("127.7.0.1" if many else "127.0.0.1", 0))
            port = int(probe.getsockname()[1])
    if not many:
        return tuple(f"127.0.0.1:{port + number}" for number in range(count))
    return tuple(f"127.7.{number // 250}.{number % 250 + 1}:{port}" for number in range(count))


def _binds(address: str) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
        return True


def _wire(answer: Answer, *, with_body: bool) -> bytes:
    body = answer.body
    lines = [f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}", *(f"{name}: {value}" for name, value in answer.headers)]
    if answer.status != 304:
        lines.append(f"content-length: {len(body)}")
    return "\r\n".join((*lines, "", "")).encode("latin-1") + (body if with_body else b"")
