"""Finds the files of CC-NEWS, Common Crawl's daily news crawl: one list a month, the time of crawling in each file's name."""

import re
import zlib
from datetime import UTC, datetime, timedelta
from typing import Final

from domain.history import Findings, Further, Trouble, Window
from domain.outcomes import Reason
from tasks.discover import window as windows

_NAME: Final = re.compile(r"CC-NEWS-(\d{14})-\d+\.warc(?:\.gz)?$")
# A file holds what was crawled within some hours of its time, and an article is crawled within a day of its publication.
_BEFORE: Final = timedelta(hours=6)
_AFTER: Final = timedelta(days=1)
_LIST: Final = 4 * 1024 * 1024
_LISTED: Final = "/warc.paths.gz"
# What a file holds where no server says so.
FILE_BYTES: Final = 1_000_000_000


def lists(base: str, window: Window, *, now: datetime) -> tuple[str, ...]:
    """Return the addresses of the monthly lists that cover the window; without a beginning there are none."""
    if window.since is None:
        return ()
    until = min((window.until or now) + _AFTER, now)
    months = windows.months(Window(window.since - _BEFORE, until), now=now)
    return tuple(f"{base.rstrip('/')}/crawl-data/CC-NEWS/{one.since:%Y/%m}{_LISTED}" for one in months if one.since)


def read(body: bytes, base: str, window: Window) -> Findings:
    """Yield the files of a monthly list that may hold articles of the window."""
    unpacked = _unpacked(body)
    if unpacked is None:
        yield Trouble(Reason.BAD_ENCODING, "the list of files is damaged", fatal=True)
        return
    lines = (line.strip().lstrip("/") for line in unpacked.decode("ascii", "replace").splitlines())
    yield from (Further(f"{base.rstrip('/')}/{name}") for name in lines if name and may_hold(name, window))


def is_list(target: str) -> bool:
    """Return whether an address is that of a monthly list."""
    return target.endswith(_LISTED)


def _unpacked(body: bytes) -> bytes | None:
    if not body.startswith(b"\x1f\x8b"):
        return body[:_LIST]
    inflate = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        unpacked = inflate.decompress(body, _LIST)
    except zlib.error:
        return None
    return unpacked if inflate.eof else None


def may_hold(name: str, window: Window) -> bool:
    """Return whether a WARC file may hold articles of the window, by the time in its name; a file named otherwise may."""
    match = _NAME.search(name)
    if match is None:
        return True
    try:
        at = datetime.strptime(match[1], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return True
    early = window.since is not None and at < window.since - _BEFORE
    late = window.until is not None and at > window.until + _AFTER
    return not early and not late
