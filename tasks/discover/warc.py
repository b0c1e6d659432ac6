"""Reads pages out of WARC files: warcio's door for reading.

Record by record, never the file as a whole, from any record's offset on; plain or packed record by record, as the standard has it
(ISO 28500) and as CC-NEWS is laid out. Only answers with status 200 whose content is HTML are pages.
"""

import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from domain.errors import ConfigurationError
from domain.history import Discovered, Findings, Trouble, Window
from domain.outcomes import Reason
from domain.records import Page
from domain.urls import canonical_url
from tasks.discover import window as windows

_HTML: Final = ("text/html", "application/xhtml+xml")
# A field of our own exports: the address that was asked, where another answered after redirects.
_ASKED: Final = "Copydesk-Asked-URI"
# What an answer says of its type, its dates, its rights and its relations: what is kept of pages that we fetch ourselves.
_KEPT: Final = frozenset(
    {
        "content-type", "content-language", "content-location", "content-usage", "date", "etag", "expires", "last-modified", "license",
        "link", "tdm-policy", "tdm-reservation", "x-robots-tag",
    }
)  # fmt: skip
_LINE: Final = 2_000
# What is read and unpacked at a time: warcio's own 16 KiB make a dozen steps of a page.
_BLOCK: Final = 131_072


class Paused(Exception):  # noqa: N818  (not an error: the way reading ends early)
    """Raised by a file whose next bytes are to be had another time."""


class File(Protocol):
    """What is read: an open binary file, or one that lies elsewhere."""

    def tell(self) -> int:
        """Return the offset of the next byte."""
        ...

    def seek(self, offset: int, /) -> object:
        """Go to an offset."""
        ...

    def read(self, size: int, /) -> bytes:
        """Return the next bytes, empty at the end. May raise `Paused`."""
        ...


def read(
    file: File, window: Window, *, start: int = 0, body_limit: int = 5_242_880, enough: Callable[[int], bool] = lambda _: False
) -> Findings:
    """Yield the pages of a WARC file that were captured in the window, from the record at offset `start` on.

    A page above `body_limit` decoded bytes, or one that is damaged, is counted and left out. A fatal `Trouble` comes last when the
    file ends early or is no WARC file. `enough` is asked after each record, with the offset of the next: once there is, or the file
    pauses, reading stops, and what was counted so far comes last as well.
    """
    archive_iterator, failures = _warcio()
    file.seek(start)
    counts, paused = Counter[str](), False
    try:
        records = archive_iterator(file, block_size=_BLOCK)
        for record in records:
            counts["records"] += 1
            page = _page(record, body_limit, failures)
            position = _end(records, record)
            if isinstance(page, str):
                counts[page] += 1
            elif page is not None and windows.place(window, page.url, modified=page.fetched_at) != "outside":
                yield Discovered(url=page.url, position=position, page=page)
            if enough(position):
                break
    except Paused:
        paused = True
    except failures as error:
        counts["records"] += 1
        yield Trouble(Reason.NOT_AN_ARCHIVE, " ".join(str(error).split())[:300] or type(error).__name__, fatal=True)
    if not counts["records"] and start == 0 and not paused:
        yield Trouble(Reason.NOT_AN_ARCHIVE, "no record in it can be read", fatal=True)
    since = f", from byte {start:,} on" if start else ""
    if counts["too_large"]:
        yield Trouble(Reason.TOO_LARGE, f"{counts['too_large']:,} pages of more than {body_limit:,} bytes{since}")
    if counts["damaged"]:
        yield Trouble(Reason.BROKEN_TRANSFER, f"{counts['damaged']:,} records that are damaged or cut off{since}")


def _warcio() -> tuple[Any, tuple[type[Exception], ...]]:
    """Return warcio's iterator and what it raises over bytes that are no WARC; raises `ConfigurationError` without warcio."""
    try:
        from warcio.archiveiterator import ArchiveIterator
        from warcio.bufferedreaders import ChunkedDataException
        from warcio.exceptions import ArchiveLoadFailed
        from warcio.statusandheaders import StatusAndHeadersParserException
    except ImportError:
        raise ConfigurationError("WARC files need warcio: install Copydesk with its extra, pip install 'copydesk[archive]'.") from None
    broken = (ArchiveLoadFailed, ChunkedDataException, StatusAndHeadersParserException, EOFError, ValueError, zlib.error, AttributeError)
    return ArchiveIterator, (*broken, AssertionError, IndexError, TypeError)


def _end(records: Any, record: Any) -> int:
    """Read to the end of a record and return the offset of the next."""
    records.read_to_end(record)
    return int(records.offset)


def _page(record: Any, limit: int, failures: tuple[type[Exception], ...]) -> Page | str | None:
    """Return the page of a record, or None when it is none; "damaged" or "too_large" for a page that is not taken."""
    if record.rec_type != "response" or record.http_headers is None or record.http_headers.get_statuscode() != "200":
        return None
    kind = (record.http_headers.get_header("Content-Type") or "").partition(";")[0].strip().lower()
    at = _time(record.rec_headers.get_header("WARC-Date"))
    url = (record.rec_headers.get_header("WARC-Target-URI") or "").strip("<> ")
    if kind not in _HTML or at is None or not _is_url(url):
        return None
    try:
        body = record.content_stream().read(limit + 1)
    except failures:
        return "damaged"
    if len(body) > limit:
        return "too_large"
    if len(body) < limit and getattr(record.raw_stream, "limit", 0) > 0 and not record.http_headers.get_header("Content-Encoding"):
        # The record promised more than the file holds.
        return "damaged"
    asked = (record.rec_headers.get_header(_ASKED) or "").strip()
    return Page(
        url=asked if asked and _is_url(asked) else url, final_url=url, status=200, headers=tuple(_headers(record)), body=body, fetched_at=at
    )


def _headers(record: Any) -> Iterator[tuple[str, str]]:
    for name, value in record.http_headers.headers:
        if (lower := str(name).strip().lower()) in _KEPT:
            yield lower, str(value).strip().replace("\x00", "")[:_LINE]


def _is_url(url: str) -> bool:
    try:
        return bool(canonical_url(url))
    except ValueError:
        return False


def _time(text: str | None) -> datetime | None:
    # A WARC-Date may lie ahead by a wrong clock; it may not be absent. Parts of a second tell two captures of a page apart.
    try:
        at = datetime.fromisoformat(text or "")
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return windows.parse(text or "")
