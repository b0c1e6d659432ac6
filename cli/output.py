"""What verbs print: JSON for programs, and tables that are laid out on a terminal and plain everywhere else."""

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, is_dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from config.logging import escape


def print_json(value: object) -> None:
    """Print a record, or a list or mapping of them, as one line of JSON; times as ISO-8601 in UTC."""
    print(json.dumps(value, default=_plain, ensure_ascii=False))


def print_table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows under their headers: folded to the terminal's width, or aligned and never cut where there is none."""
    rows = list(rows)
    cells = [[safe(cell) for cell in row] for row in rows]
    # Columns of numbers line up at their right.
    numbers = [bool(rows) and all(isinstance(row[column], int) for row in rows) for column in range(len(headers))]
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False, header_style="bold")
        for header, number in zip(headers, numbers, strict=True):
            table.add_column(header, justify="right" if number else "left", overflow="fold")
        for row in cells:
            table.add_row(*(Text(cell) for cell in row))
        Console().print(table)
        return
    from rich.cells import cell_len

    widths = [max([cell_len(header), *(cell_len(row[column]) for row in cells)]) for column, header in enumerate(headers)]
    for row in [list(headers), *cells]:
        gaps = (" " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True))
        laid = zip(row, gaps, numbers, strict=True)
        print("  ".join(gap + cell if number else cell + gap for cell, gap, number in laid).rstrip())


def safe(value: object) -> str:
    """Return a value as text that a terminal shows and never obeys; None is a dash, times lose their seconds."""
    if value is None or value == "":
        return "-"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    text = str(value)
    return text if text.isprintable() else escape(text).strip('"')


def ago(moment: datetime | None, now: datetime) -> str:
    """Return how long ago, or in how long, in the largest fitting unit: "3 h ago", "in 12 min"."""
    if moment is None:
        return "never"
    distance = abs(now - moment)
    words = next(
        f"{distance // unit} {name}"
        for unit, name in (
            (timedelta(days=1), "d"),
            (timedelta(hours=1), "h"),
            (timedelta(minutes=1), "min"),
            (timedelta(seconds=1), "s"),
            (timedelta(microseconds=1), "µs"),
        )
        if distance >= unit or unit == timedelta(microseconds=1)
    )
    if distance < timedelta(seconds=1):
        return "now"
    return f"in {words}" if moment > now else f"{words} ago"


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return str(value)
