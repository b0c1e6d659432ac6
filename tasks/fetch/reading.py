"""The answer to one request: is it content, and how much of it is taken, into how much memory."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from typing import Final, TypeAlias

import httpx2

from domain.outcomes import Reason
from domain.records import Request, RequestKind
from tasks.fetch import failures, headers, sniff
from tasks.fetch.coding import decoder_for
from tasks.fetch.failures import Stop
from tasks.fetch.terms import HEADER_BYTES, HEADER_LINES, Terms
from tasks.fetch.transport import settle, stream_of

Lines: TypeAlias = tuple[tuple[str, str], ...]

# Of an answer that is no content, so much is read, for so long: enough to tell a challenge and to keep the connection.
_GLIMPSE_BYTES: Final = 65_536
_GLIMPSE_SECONDS: Final = 2.0
# Bodies above this are held by a few exchanges at a time: the bound on memory when every server sends its worst.
_LARGE_BYTES: Final = 1_048_576
_LARGE_AT_ONCE: Final = 8
_TURN_PIECES: Final = 4_096
_PIECE_BYTES: Final = 16
# A server that knows no parts of files sends each from its beginning, for every part again: so many parts are worth that.
_PARTS_OF_WHOLE: Final = 16
_CONTENT_RANGE: Final = re.compile(r"bytes (\d{1,19})-\d{1,19}/(?:\d{1,19}|\*)")


class Reader:
    """Reads answers under the terms; one for all exchanges of a loop."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._large = asyncio.Semaphore(_LARGE_AT_ONCE)

    async def content(self, request: Request, url: str, answer: httpx2.Response, lines: Lines) -> bytes:
        """Return the body of an answer that is content, empty for the 304 that was asked for; raises `Stop` for any other."""
        status = answer.status_code
        if request.part is not None and status in {200, 206, 416}:
            return await self._part(request.part, answer, lines) if status != 416 else b""
        if status == 304 and headers.is_conditional(request, url):
            return await self._body(request.kind, answer, lines, limit=0)
        if status == 200 or (status == 226 and headers.takes_deltas(request, url)):
            return await self._document(request.kind, answer, lines)
        if status == 304:
            # Nothing was asked conditionally, so nothing can be "not modified" (RFC 9110 §15.4.5).
            raise Stop(Reason.PROTOCOL, "304 to a request without conditions")
        glimpse = await self._glimpse(request.kind, answer, lines)
        raise failures.of_status(status, dict(lines), glimpse)

    async def _document(self, kind: RequestKind, answer: httpx2.Response, lines: Lines) -> bytes:
        declared = headers.first(lines, "content-type")
        if kind == "page" and not sniff.may_be_html(declared):
            raise Stop(Reason.NOT_HTML, f"the page is {declared[:100]!r}")
        body = await self._body(kind, answer, lines, limit=self._terms.decoded_limit(kind))
        if "html" in declared.lower() and failures.is_challenge(dict(lines), body):
            raise Stop(Reason.CHALLENGE, "a browser challenge instead of content")
        if kind == "page" and not sniff.is_html(declared, body):
            raise Stop(Reason.NOT_HTML, "the page's bytes are not HTML")
        return body

    async def _body(self, kind: RequestKind, answer: httpx2.Response, lines: Lines, *, limit: int) -> bytes:
        """Return the decoded body; of a robots.txt the first `limit` bytes, of anything else all or nothing."""
        wire = stream_of(answer)
        wire.budget = self._terms.wire_limit
        length = headers.first(lines, "content-length")
        if length.isdecimal() and int(length[:20]) > wire.budget and kind != "robots":
            raise Stop(Reason.TOO_LARGE, f"{int(length[:20]):,} bytes announced, at most {wire.budget:,} are taken")
        decoder, pieces, size = decoder_for(headers.values(lines, "content-encoding")), list[bytes](), 0
        async with AsyncExitStack() as stack:
            async for data in _paced(answer.aiter_raw()):
                for piece in decoder.feed(data):
                    pieces.append(piece)
                    small, size = size <= _LARGE_BYTES, size + len(piece)
                    if size > limit and kind == "robots":
                        return b"".join(pieces)[:limit]
                    if size > limit:
                        raise Stop(Reason.TOO_LARGE, f"more than {limit:,} bytes of content")
                    if small and size > _LARGE_BYTES:
                        await stack.enter_async_context(self._large)
                    elif size > _LARGE_BYTES:
                        await asyncio.sleep(0)
            decoder.finish()
            settle(answer)
            return b"".join(pieces)

    async def _part(self, part: tuple[int, int], answer: httpx2.Response, lines: Lines) -> bytes:
        """Return the bytes of a part of a file as they came, undecoded; those that came before a transfer broke or its time was up."""
        skip, size = self._offset(part, answer.status_code, lines), part[1]
        stream_of(answer).budget = 2 * (skip + size) + HEADER_BYTES
        pieces, got = list[bytes](), -skip
        async with self._large:
            try:
                async with asyncio.timeout(self._terms.page_seconds):
                    async for data in _paced(answer.aiter_raw()):
                        got += len(data)
                        if got > 0:
                            pieces.append(data[-got:])
                        if got > size:
                            break
                    else:
                        settle(answer)
            except Exception as error:
                if got <= 0 or failures.of_exception(error) is None:
                    raise
        return b"".join(pieces)[:size]

    def _offset(self, part: tuple[int, int], status: int, lines: Lines) -> int:
        """Return how many bytes of an answer lie before the part that was asked for; raises `Stop` when they are too many."""
        start, limit = part[0], _PARTS_OF_WHOLE * self._terms.wire_limit
        if status == 206:
            told = headers.first(lines, "content-range")
            match = _CONTENT_RANGE.fullmatch(told)
            if match is None or int(match[1]) != start:
                raise Stop(Reason.PROTOCOL, f"asked for the bytes from {start:,} on, and was sent {told[:100]!r}")
            return 0
        length = headers.first(lines, "content-length")
        whole = max(start, int(length[:20]) if length.isdecimal() else 0)
        if whole > limit:
            raise Stop(
                Reason.TOO_LARGE, f"{whole:,} bytes, of which the server gives no parts (Range); up to {limit:,} are read so: download it"
            )
        return start

    async def _glimpse(self, kind: RequestKind, answer: httpx2.Response, lines: Lines) -> bytes:
        try:
            async with asyncio.timeout(_GLIMPSE_SECONDS):
                return await self._body(kind, answer, lines, limit=_GLIMPSE_BYTES)
        except Exception:  # noqa: BLE001  (the status has said it all; a body that cannot be read changes nothing)
            return b""


async def _paced(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield the pieces of a body; let others have the loop now and then; raise `Stop` when they are absurdly small."""
    count = size = 0
    async for piece in pieces:
        count, size = count + 1, size + len(piece)
        if count % _TURN_PIECES == 0:
            # A chunk of one byte costs as much work as one of 64 KiB, and a buffer full of them is read without a pause.
            if size < count * _PIECE_BYTES:
                raise Stop(Reason.PROTOCOL, f"{count:,} chunks of {size / count:.0f} bytes", temporary=True)
            await asyncio.sleep(0)
        yield piece


def header_lines(answer: httpx2.Response) -> Lines:
    """Return the header lines of an answer, names in lower case; raises `Stop` when they are too many or contradict each other."""
    raw: Sequence[tuple[bytes, bytes]] = answer.headers.raw
    if len(raw) > HEADER_LINES or sum(len(name) + len(value) for name, value in raw) > HEADER_BYTES:
        raise Stop(Reason.PROTOCOL, f"more than {HEADER_LINES} header lines or {HEADER_BYTES:,} bytes of them", temporary=True)
    lines = tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in raw)
    names = {name for name, _ in lines}
    if "content-length" in names and "transfer-encoding" in names:
        # RFC 9112 §6.3: an attempt to smuggle one answer inside another.
        raise Stop(Reason.PROTOCOL, "both Content-Length and Transfer-Encoding", temporary=True)
    return lines
