"""Reads the addresses that a sitemap document lists, in whatever form: XML or text, packed or not, well-formed or nearly so.

In one pass and without a tree: fifty thousand addresses are a legal sitemap. Nothing is expanded and nothing is loaded; a
document type, which no sitemap has, ends the reading.
"""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from lxml import etree

from domain.outcomes import Reason

# The protocol allows 50,000 addresses and 50 MB (sitemaps.org); a little more is forgiven.
ADDRESSES: Final = 100_000
_BYTES: Final = 64 * 1024 * 1024
_STEP: Final = 65_536
_TEXT: Final = 4_096
_DEPTH: Final = 32
# An ampersand that begins no reference; and one at the end of a piece, of which nobody knows yet.
_STRAY: Final = re.compile(rb"&(?!(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,8});)")
_OPEN: Final = re.compile(rb"&[#\w]{0,9}\Z")
_CLOSED: Final = re.compile(rb"</(?:\w+:)?(?:urlset|sitemapindex)\s*>")
_WIDE: Final = (b"\xff\xfe", b"\xfe\xff")
_ROOTS: Final = {"urlset", "sitemapindex"}
_FIELDS: Final[dict[tuple[str, ...], str]] = {
    ("url", "loc"): "link",
    ("sitemap", "loc"): "link",
    ("url", "lastmod"): "modified",
    ("sitemap", "lastmod"): "modified",
    ("news", "publication_date"): "published",
    ("news", "title"): "title",
}


@dataclass(frozen=True, slots=True)
class Listed:
    """One element of a sitemap, as it stands there: `further` when it is another sitemap."""

    further: bool
    link: str = ""
    modified: str = ""
    published: str = ""
    title: str = ""


class BrokenError(Exception):
    """The document is no sitemap, or ends early; its text says how."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def read(body: bytes) -> Iterator[Listed]:
    """Yield what is listed, in order; raises `BrokenError`, at the end when the document is only damaged."""
    pieces = _pieces(body)
    head = next(pieces, b"").removeprefix(b"\xef\xbb\xbf").lstrip()
    if not head:
        raise BrokenError(Reason.EMPTY_BODY, "the sitemap is empty")
    listed = _xml(head, pieces) if head.startswith((b"<", *_WIDE)) else _lines(head, pieces)
    yield from islice(listed, ADDRESSES)
    if next(listed, None) is not None:
        raise BrokenError(Reason.TOO_LARGE, f"more than {ADDRESSES:,} addresses")


def _pieces(body: bytes) -> Iterator[bytes]:
    """Yield the body in steps, unpacked if it is gzip, and never more than the limit."""
    if not body.startswith(b"\x1f\x8b"):
        yield from (body[at : at + _STEP] for at in range(0, len(body), _STEP))
        return
    size, inflate = 0, zlib.decompressobj(zlib.MAX_WBITS | 16)
    while body:
        try:
            piece = inflate.decompress(body, _STEP)
        except zlib.error as error:
            raise BrokenError(Reason.BAD_ENCODING, f"the packed sitemap is damaged: {error}") from None
        if (size := size + len(piece)) > _BYTES:
            raise BrokenError(Reason.TOO_LARGE, f"more than {_BYTES:,} bytes unpacked")
        yield piece
        body = inflate.unconsumed_tail
        if inflate.eof and inflate.unused_data.startswith(b"\x1f\x8b"):
            body, inflate = inflate.unused_data, zlib.decompressobj(zlib.MAX_WBITS | 16)
    if not inflate.eof:
        raise BrokenError(Reason.BROKEN_TRANSFER, "the packed sitemap ends early")


def _lines(head: bytes, pieces: Iterator[bytes]) -> Iterator[Listed]:
    """Yield the addresses of a text sitemap, one a line; the first has to be one."""
    rest, checked = head, False
    while rest:
        piece = next(pieces, b"")
        lines = (rest + piece).splitlines(keepends=True)
        rest = lines.pop() if piece else b""
        for line in lines:
            text = line.strip()[:_TEXT].decode("utf-8", "replace")
            if text and not checked and not text.startswith(("http://", "https://")):
                raise BrokenError(Reason.NOT_A_SITEMAP, "neither XML nor a list of addresses")
            if text:
                checked = True
                yield Listed(further=False, link=text)
        if len(rest) > 4 * _STEP:
            raise BrokenError(Reason.NOT_A_SITEMAP, "neither XML nor a list of addresses")


def _xml(head: bytes, pieces: Iterator[bytes]) -> Iterator[Listed]:
    """Yield the elements of an XML sitemap as they are complete."""
    target = _Target()
    # (The stubs ask for bytes as well, which lxml never reports.)
    parser = etree.XMLParser(target=target, recover=True, resolve_entities=False, no_network=True, huge_tree=False)  # type: ignore[arg-type]
    wide = head.startswith(_WIDE)
    rest, piece, tail = b"", head, b""
    try:
        while piece:
            data = rest + piece
            cut = None if wide else _OPEN.search(data[-12:])
            rest = cut[0] if cut else b""
            data = data[: len(data) - len(rest)]
            parser.feed(data if wide else _STRAY.sub(b"&amp;", data))
            yield from target.take()
            tail = (tail + data)[-_TEXT:]
            piece = next(pieces, b"")
        parser.close()
    except etree.LxmlError as error:
        raise BrokenError(Reason.NOT_A_SITEMAP, f"not XML: {str(error)[:200]}") from None
    target.finish()
    yield from target.take()
    if target.depth and not _CLOSED.search(tail):
        raise BrokenError(Reason.BROKEN_TRANSFER, "the sitemap ends early")


class _Target:
    """What the parser reports to: keeps the element being read and nothing else."""

    def __init__(self) -> None:
        self.depth = 0
        self._path: list[str] = []
        self._text: list[str] = []
        self._size = 0
        self._field: str | None = None
        self._current: dict[str, str] = {}
        self._further = False
        self._ready: list[Listed] = []

    def doctype(self, name: str | None, _public: str | None, _system: str | None) -> None:
        raise BrokenError(Reason.NOT_A_SITEMAP, _instead((name or "").lower(), "a document type"))

    def start(self, tag: str, _attributes: object) -> None:
        name = tag.rpartition("}")[2]
        self.depth += 1
        if self.depth == 1 and name not in _ROOTS:
            raise BrokenError(Reason.NOT_A_SITEMAP, _instead(name.lower(), f"<{name[:40]}>"))
        if self.depth <= _DEPTH:
            self._path.append(name)
        if name in {"url", "sitemap"}:
            self.finish()
            self._further = name == "sitemap"
        self._field = _FIELDS.get((*self._path[-2:-1], name))
        self._text, self._size = [], 0

    def data(self, text: str) -> None:
        if self._field and self._size < _TEXT:
            self._text.append(text)
            self._size += len(text)

    def end(self, tag: str) -> None:
        if self._field:
            self._current.setdefault(self._field, "".join(self._text).strip()[:_TEXT])
            self._field = None
        if self.depth <= len(self._path):
            self._path.pop()
        self.depth -= 1
        if tag.rpartition("}")[2] in {"url", "sitemap"}:
            self.finish()

    def close(self) -> None:
        """Return nothing: what was read has been taken."""

    def finish(self) -> None:
        """Put the element being read, if it names an address, to those that are complete."""
        if self._current.get("link"):
            self._ready.append(Listed(further=self._further, **self._current))
        self._current = {}

    def take(self) -> list[Listed]:
        """Return the elements that are complete, and forget them."""
        ready, self._ready = self._ready, []
        return ready


def _instead(name: str, otherwise: str) -> str:
    found = {"html": "HTML", "rss": "a feed", "feed": "a feed", "rdf": "a feed"}.get(name, otherwise)
    return f"{found} instead of a sitemap"
