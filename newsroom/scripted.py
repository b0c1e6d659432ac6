"""A scripted server on raw sockets: it answers by path, as HTTP or as anything but, and remembers who asked for what.

The hostile press and the tests of the fetch room are made of it. No HTTP library could say most of what it says.
"""

import asyncio
import ssl
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True)
class Asked:
    """One request as it arrived; `at` is monotonic, `connection` counts the server's connections from 1."""

    host: str
    target: str
    headers: tuple[tuple[str, str], ...]
    connection: int
    at: float

    def header(self, name: str) -> str | None:
        """Return the first value of a header, or None."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass
class Server:
    """Answers by path: bytes are sent as they are, a callable does as it likes with the connection. `*` answers the rest."""

    answers: dict[str, bytes | Handler] = field(default_factory=dict)
    port: int = 0
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    open_now: int = 0
    open_most: int = 0

    def on(self, path: str, answer: bytes | Handler) -> str:
        """Answer so at this path from now on; return its URL."""
        self.answers[path] = answer
        return self.url(path)

    def lay(self, path: str, data: bytes, *, ranges: bool = True) -> str:
        """Lay a file at this path, given out in the parts that are asked for or, without `ranges`, always whole; return its URL."""

        async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(part(data, self.asked[-1].header("Range") if ranges else None))
            await writer.drain()

        return self.on(path, answer)

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        """Return the URL of a path; every address of 127.0.0.0/8 leads here."""
        return f"http://{host}:{self.port}{path}"

    def targets(self) -> list[str]:
        """Return what was asked for, in order."""
        return [one.target for one in self.asked]

    async def listen(self, *, port: int = 0, tls: ssl.SSLContext | None = None) -> asyncio.Server:
        """Start on all addresses of this machine; port 0 takes any free one."""
        listener = await asyncio.start_server(self._serve, "0.0.0.0", port, ssl=tls, backlog=1_000)  # noqa: S104  (addresses of 127/8 are outlets)
        self.port = listener.sockets[0].getsockname()[1]
        return listener

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open_now += 1
        number, self.open_most = self.connections, max(self.open_most, self.open_now)
        try:
            while True:
                asked = _parse((await reader.readuntil(b"\r\n\r\n")).decode("latin-1"), number)
                self.asked.append(asked)
                answer = self.answers.get(asked.target.partition("?")[0], self.answers.get("*", response(404)))
                if isinstance(answer, bytes):
                    writer.write(answer)
                    await writer.drain()
                else:
                    await answer(reader, writer)
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError, OSError):
            pass  # the client has gone, or the server ends
        finally:
            self.open_now -= 1
            writer.close()


@contextmanager
def running(tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """Yield a server that runs in a thread of its own."""
    server, started = Server(), threading.Event()
    stop: list[Callable[[], object]] = []

    async def main() -> None:
        listener, ended = await server.listen(tls=tls), asyncio.Event()
        loop = asyncio.get_running_loop()
        stop.append(lambda: loop.call_soon_threadsafe(ended.set))
        started.set()
        await ended.wait()
        listener.close()

    thread = threading.Thread(target=lambda: asyncio.run(main()), name="scripted", daemon=True)
    thread.start()
    started.wait(10)
    try:
        yield server
    finally:
        stop[0]()
        thread.join(10)


def response(status: int = 200, body: bytes = b"", *lines: str, kind: str | None = "text/html", length: bool = True) -> bytes:
    """Return an ordinary HTTP answer, with further header lines."""
    head = [f"HTTP/1.1 {status} Scripted", *lines]
    if kind is not None:
        head.append(f"Content-Type: {kind}")
    if length and status != 304:
        head.append(f"Content-Length: {len(body)}")
    return "\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + body


def part(data: bytes, asked: str | None) -> bytes:
    """Return the answer with the part of a file that a Range header asks for (`bytes=0-99`), or with all of it (RFC 9110 §14)."""
    if asked is None:
        return response(200, data, kind="application/octet-stream")
    first, last = (int(one) for one in asked.removeprefix("bytes=").split("-"))
    if first >= len(data):
        return response(416, b"", f"Content-Range: bytes */{len(data)}")
    some = data[first : last + 1]
    told = f"Content-Range: bytes {first}-{first + len(some) - 1}/{len(data)}"
    return response(206, some, told, kind="application/octet-stream")


def redirect(location: str, status: int = 302, body: bytes = b"") -> bytes:
    """Return a redirect; the location is sent as it is, as UTF-8."""
    head = f"HTTP/1.1 {status} Scripted\r\nLocation: {location}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode("utf-8", "surrogateescape") + body


def dripping(data: bytes, *, size: int = 1, seconds: float = 0.1) -> Handler:
    """Return an answer that comes a few bytes at a time."""

    async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for start in range(0, len(data), size):
            writer.write(data[start : start + size])
            await writer.drain()
            await asyncio.sleep(seconds)

    return answer


def endless(head: bytes, piece: bytes) -> Handler:
    """Return an answer that never ends, as fast as it is taken."""

    async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)  # drain returns at once to a peer that reads as fast

    return answer


def closing(data: bytes, *, reset: bool = False) -> Handler:
    """Return an answer after which the connection is closed, or reset."""

    async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()
        if reset:
            writer.transport.abort()
        raise ConnectionError

    return answer


def silent(seconds: float = 3_600.0) -> Handler:
    """Return an answer that does not come."""

    async def answer(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await reader.read()
        raise ConnectionError

    return answer


def _parse(head: str, number: int) -> Asked:
    first, *rest = head.split("\r\n")
    lines = tuple((name, value) for name, _, value in (line.partition(": ") for line in rest if line))
    host = next((value for name, value in lines if name.lower() == "host"), "")
    return Asked(host, first.split(" ")[1], lines, number, time.monotonic())
