"""Shows how far a run is: bars with rate and remaining time on a terminal, a plain line now and then elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flows.line import Progress

# What is shown, which stage counts it, and which stage's waiting work is still to come.
Rows = tuple[tuple[str, str, str], ...]
_ROWS: Rows = (("feeds polled", "poll", "poll"), ("pages fetched", "fetch", "fetch"), ("articles decided", "store", "extract"))
_PLAIN_SECONDS = 10.0
_OUTCOMES = ("unique", "exact_copy", "near_copy", "rejected", "failed")


@contextmanager
def shown(*, quiet: bool, rows: Rows = _ROWS) -> Iterator[Callable[["Progress"], None]]:
    """Yield a callback that draws a run's progress on standard error, row by row; it draws nothing when `quiet`."""
    if quiet:
        yield lambda _progress: None
    elif sys.stderr.isatty():
        with _bars(rows) as draw:
            yield draw
    else:
        yield _lines(rows)


@contextmanager
def _bars(rows: Rows) -> Iterator[Callable[["Progress"], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description:<17}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks = [(bars.add_task(words, total=None, rate="", visible=False), done, waiting) for words, done, waiting in rows]

        def draw(progress: "Progress") -> None:
            seconds = max(0.001, time.monotonic() - progress.started_at)
            for task, counted, awaited in tasks:
                done = progress.done.get(counted, 0)
                total = done + progress.waiting.get(awaited, 0)
                bars.update(task, completed=done, total=total or None, rate=f"{done / seconds:,.1f}/s", visible=total > 0)

        yield draw


def _lines(rows: Rows) -> Callable[["Progress"], None]:
    last = time.monotonic()

    def draw(progress: "Progress") -> None:
        nonlocal last
        if time.monotonic() - last < _PLAIN_SECONDS:
            return
        last = time.monotonic()
        shown = [(words, progress.done.get(counted, 0), progress.waiting.get(awaited, 0)) for words, counted, awaited in rows]
        parts = [f"{words} {done}" for words, done, waiting in shown if done or waiting]
        parts += [f"{name} {progress.outcomes[name]}" for name in _OUTCOMES if progress.outcomes.get(name)]
        print(", ".join(parts) or "waiting for hosts on pause and tries put off", file=sys.stderr, flush=True)

    return draw
