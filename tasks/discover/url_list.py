"""Reads a list of addresses: one a line, or CSV with a column `url` and, where known, `title`, `published_at` and `feed`."""

import csv
from collections.abc import Iterable, Iterator
from typing import Final

from domain.history import Discovered, Finding, Findings, Trouble, Window
from domain.outcomes import Reason
from domain.text import clean_line
from domain.urls import canonical_url
from tasks.discover import window as windows

# Headers that mean the same, in lower case.
_COLUMNS: Final = {
    "url": ("url", "link", "address", "loc"),
    "title": ("title", "headline"),
    "published_at": ("published_at", "published", "date", "publish_date"),
    "feed": ("feed", "source", "outlet", "publisher"),
}
# A longer line is not a row of any list; the field limit keeps csv from collecting a file without line ends.
_LINE: Final = 65_536
_SHOWN: Final = 3


def read(lines: Iterable[str], window: Window, *, start: int = 0) -> Findings:
    """Yield the listed addresses of the window, from line `start` on (0 is the first); say at the end which lines were none."""
    rows = _rows(iter(lines))
    bad: list[int] = []
    for number, row in rows:
        if number < start:
            continue
        found = _finding(number, row, window)
        if found is None:
            bad.append(number + 1)
        else:
            yield from found
    if bad:
        shown = ", ".join(map(str, bad[:_SHOWN])) + (" …" if len(bad) > _SHOWN else "")
        yield Trouble(Reason.BAD_ROW, f"{len(bad):,} lines name no http or https address: {shown}")


def _finding(number: int, row: dict[str, str], window: Window) -> tuple[Finding, ...] | None:
    try:
        canonical_url(row["url"])
    except ValueError:
        return None
    published = windows.parse(row.get("published_at", ""))
    if windows.place(window, row["url"], published=published) == "outside":
        return ()
    title = clean_line(row.get("title", ""), limit=1_000)
    return (Discovered(url=row["url"], position=number + 1, published_at=published, title=title, feed=row.get("feed") or None),)


def _rows(lines: Iterator[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield each row that is not empty or a comment, with its line number; a header decides whether the list is CSV."""
    first = next(lines, "").removeprefix("\ufeff")
    header = [one.strip().lower() for one in next(csv.reader([first[:_LINE]], delimiter=_delimiter(first)), [])]
    columns = {name: header.index(one) for name, known in _COLUMNS.items() for one in known if one in header}
    if "url" not in columns:
        yield from _plain([(0, first)])
        yield from _plain(enumerate(lines, 1))
        return
    delimiter = _delimiter(first)
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.startswith("#"):
            cells = next(csv.reader([line[:_LINE].replace("\x00", "")], delimiter=delimiter), [])
            yield number, {name: cells[at].strip() if at < len(cells) else "" for name, at in columns.items()}


def _plain(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, dict[str, str]]]:
    return ((number, {"url": line.strip()[:_LINE]}) for number, line in lines if line.strip() and not line.startswith("#"))


def _delimiter(header: str) -> str:
    return next((one for one in ("\t", ";") if one in header), ",")
