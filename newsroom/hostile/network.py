"""H: servers that are slow, broken, endless, or lead astray. Each case misbehaves as a feed and, where that differs, as a page."""

import asyncio
import gzip
from collections.abc import Sequence
from typing import Final

import brotli  # type: ignore[import-untyped]

from newsroom.hostile.case import Answer, Case, good, page
from newsroom.scripted import closing, dripping, endless, redirect, response, silent

_HTML: Final = page("A page", "<p>" + "Words that nobody should store. " * 30 + "</p>")
_MEMBER: Final = gzip.compress(bytes(1_048_576))
_HINT: Final = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n"
_CHUNKED: Final = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"
_CHALLENGE: Final = b"<!doctype html><title>Just a moment...</title><script>window._cf_chl_opt={}</script>"

_SLOW: Final = frozenset({"deadline", "connect_timeout"})
_BROKEN: Final = frozenset({"broken_transfer", "protocol"})
_LARGE: Final = frozenset({"too_large"})
_STATUS: Final = frozenset({"unexpected_status", "protocol", "deadline"})
_LOST: Final = frozenset({"too_many_redirects", "bad_redirect", "refused_url", "url_too_long", "protocol"})
_CODED: Final = frozenset({"bad_encoding"})


def cases() -> Sequence[Case]:
    """Return the cases of group H, and those of group X that are a matter of size on the wire."""
    return [*_both(), *_feeds_only(), *_pages_only()]


def _both() -> list[Case]:
    """What misbehaves in the same way whether a feed or a page was asked for."""
    bomb = _MEMBER * 512
    made: list[tuple[str, str, Answer, frozenset[str]]] = [
        ("H01", "drips its body", dripping(good(_HTML), seconds=0.3), _SLOW),
        ("H01", "drips its chunks", dripping(_CHUNKED + b"1\r\nx\r\n" * 900, size=6, seconds=0.3), _SLOW),
        ("H02", "drips its headers", dripping(b"HTTP/1.1 200 OK\r\n" + b"X-Slow: y\r\n" * 900, seconds=0.3), _SLOW),
        ("H03", "hints for ever", endless(_HINT, _HINT), _BROKEN | _SLOW),
        ("H03", "hints slowly", dripping(_HINT * 2_000, size=len(_HINT), seconds=0.2), _SLOW),
        ("H05", "says nothing", silent(), _SLOW),
        ("H08", "promises more than it has", closing(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n12345"), _BROKEN),
        ("H10", "has two lengths", closing(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!"), _BROKEN),
        ("H10", "has length and chunks", closing(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), _BROKEN),
        ("H11", "ends without its last chunk", closing(_CHUNKED + b"5\r\nhello\r\n"), _BROKEN),
        ("H11", "counts chunks badly", closing(_CHUNKED + b"zz\r\nhello\r\n0\r\n\r\n"), _BROKEN),
        ("H11", "extends a chunk for ever", endless(_CHUNKED + b"5;x=", b"y" * 9_000), _BROKEN),
        ("H11", "sends chunks of one byte", endless(_CHUNKED, b"1\r\nx\r\n" * 2_000), _BROKEN | _LARGE),
        ("H12", "has 200000 headers", endless(b"HTTP/1.1 200 OK\r\n", b"X-Line: y\r\n" * 900), _BROKEN),
        ("H12", "has a header of 50 MB", endless(b"HTTP/1.1 200 OK\r\nX: ", b"y" * 65_536), _BROKEN),
        ("H13", "redirects to itself", redirect("?"), _LOST | _SLOW),
        ("H13", "redirects without end", _ever_further, _LOST | _SLOW),
        ("H14", "redirects nowhere", response(302, b""), _LOST),
        ("H14", "redirects to half an address", redirect("http://[::1"), _LOST),
        ("H14", "redirects a megabyte away", redirect("/" + "x" * 1_000_000), _LOST),
        ("H14", "redirects to a script", redirect("javascript:alert(1)"), _LOST),
        ("H16", "redirects with a bomb", _bomb_in_redirect, frozenset({"not_found"}) | _SLOW),
        ("H17", "resets in the middle", closing(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n" + b"x" * 999, reset=True), _BROKEN),
        ("H17", "hangs up", closing(b""), _BROKEN),
        ("H17", "speaks as of 1991", closing(b"<html>An answer without headers.\r\n\r\n</html>"), _BROKEN),
        ("H19", "says gzip and means text", good(_HTML, "Content-Encoding: gzip"), _CODED),
        ("H19", "cuts its gzip short", good(gzip.compress(_HTML)[:-9], "Content-Encoding: gzip"), _CODED),
        ("H19", "codes 2000 times", good(_HTML, "Content-Encoding: " + ", ".join(["gzip"] * 2_000)), _CODED),
        ("H19", "codes in an unknown way", good(_HTML, "Content-Encoding: x-unknown"), _CODED),
        ("H24", "speaks HTTP 2 only", closing(b"\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x80\x00\x04\x00\x01\x00\x00"), _BROKEN),
        ("P33", "challenges browsers", response(403, _CHALLENGE, "Server: cloudflare"), frozenset({"challenge"})),
        ("P33", "challenges with 200", good(_CHALLENGE, "Server: cloudflare"), frozenset({"challenge"})),
        ("X10", "is a gzip bomb", good(bomb, "Content-Encoding: gzip"), _LARGE | _SLOW),
        ("X10", "is a double gzip bomb", good(gzip.compress(bomb), "Content-Encoding: gzip, gzip"), _LARGE | _SLOW),
        ("X10", "is a brotli bomb", good(brotli.compress(bytes(100_000_000), quality=1), "Content-Encoding: br"), _LARGE | _SLOW),
        ("X11", "never ends", endless(_CHUNKED, b"10000\r\n" + b"x" * 65_536 + b"\r\n"), _LARGE | _SLOW),
    ]  # fmt: skip
    statuses = [Case("H04", f"answers {status}", feed=response(status, b""), reasons=_STATUS) for status in (199, 204, 205, 206)]
    return statuses + [
        case
        for id_, about, answer, reasons in made
        for case in (
            Case(id_, about, feed=answer, reasons=reasons),
            Case(id_, f"{about} as a page", pages={"bad": answer}, links=("bad",), reasons=reasons),
        )
    ]


def _feeds_only() -> list[Case]:
    maintenance = page("Maintenance", "<p>We are back soon.</p>")
    return [
        Case("H05", "is a closed port", url="http://127.0.0.1:9/feed.xml", reasons=frozenset({"connect_refused"})),
        Case(
            "H06",
            "is a name that is not",
            url="http://no-such-outlet.invalid/feed.xml",
            reasons=frozenset({"dns_unknown", "dns_temporary"}),
        ),
        Case("H07", "speaks plainly to TLS", url="https://{host}/feed.xml", reasons=frozenset({"tls", "connect_timeout"})),
        Case("H18", "is an empty feed", feed=good(b"", kind="application/rss+xml"), reasons=frozenset({"empty_body"})),
        Case("H18", "is under maintenance", feed=good(maintenance), reasons=frozenset({"html_not_feed", "not_a_feed", "no_feed_found"})),
        Case("P31", "is gone", feed=response(410), reasons=frozenset({"gone"})),
        Case("P33", "is forbidden", feed=response(403), reasons=frozenset({"forbidden"})),
        Case("P33", "is withheld by law", feed=response(451), reasons=frozenset({"legal"})),
        Case("P16", "asks for two hours", feed=response(429, b"", "Retry-After: 7200"), reasons=frozenset({"rate_limited"})),
    ]


def _pages_only() -> list[Case]:
    no_html = frozenset({"not_html"})
    return [
        Case("H09", "sends more than it announced", pages={"bad": good(_HTML[:99]) + good(_HTML)}, links=("bad",)),
        Case("H21", "lists a film", pages={"bad": endless(b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\n\r\n", b"x" * 65_536)},
             links=("bad",), reasons=no_html),
        Case("X36", "lists a PDF that says HTML", pages={"bad": good(b"%PDF-1.7\n" + b"x" * 900)}, links=("bad",), reasons=no_html),
        Case("X36", "lists a zip that says HTML", pages={"bad": good(b"PK\x03\x04mimetypeapplication/epub+zip")}, links=("bad",),
             reasons=no_html),
        Case("H04", "lists a page without content", pages={"bad": response(204, b"", length=False)}, links=("bad",), reasons=_STATUS),
        Case("H12", "sets 150 cookies", pages={}, links=(), headers=tuple(f"Set-Cookie: c{number}=x" for number in range(150))),
    ]  # fmt: skip


async def _ever_further(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(redirect(f"?{id(writer)}"))


async def _bomb_in_redirect(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 302 Found\r\nLocation: /nowhere\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(512):
        writer.write(b"%x\r\n" % len(_MEMBER) + _MEMBER + b"\r\n")
        await writer.drain()
