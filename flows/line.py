"""Keeps every stage of the line busy until the desk between them is empty.

A stage is a Prefect task that claims a batch, works it and returns how much it did. Stages do not call each other: each is
started again while the database says that work waits for it, so pages are extracted while others are still on the wire, and
a run that was killed goes on where the desk stands.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, wait
from concurrent.futures import Future as ThreadFuture
from dataclasses import dataclass, field
from typing import Any, Protocol

from domain.records import Tally

# How long the dispatcher waits for a batch to end before it looks at the desk again: pages land while their batch goes on. A
# look costs a few milliseconds of the one interpreter that the stages share.
_TICK = 0.5
# How long batches may take to give back what they hold when the run is interrupted.
_HALT_SECONDS = 30.0


class Future(Protocol):
    """What a submitted task run gives back (Prefect's future; its own `state` would ask the Prefect server at every look)."""

    @property
    def wrapped_future(self) -> ThreadFuture[Any]:
        """The thread's own future."""
        ...

    def result(self) -> Any:
        """The run's result; raises what the task raised."""
        ...


@dataclass
class Stage:
    """One stage: how to start a batch of it, and how many may be under way at once."""

    name: str
    start: Callable[[], Any]
    width: int = 1
    under_way: list[Future] = field(default_factory=list)
    # True after a batch found nothing to claim: not started again before something upstream has finished.
    dry: bool = False


@dataclass
class Progress:
    """How far a run is; handed to whoever wants to draw it."""

    done: dict[str, int] = field(default_factory=dict)
    failed: dict[str, int] = field(default_factory=dict)
    outcomes: dict[str, int] = field(default_factory=dict)
    waiting: Mapping[str, int] = field(default_factory=dict)
    started_at: float = field(default_factory=time.monotonic)
    ended_at: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """Seconds from the first batch's start to the last batch's commit."""
        return self.ended_at - self.started_at

    def add(self, tally: Tally) -> None:
        """Count a finished batch."""
        self.done[tally.stage] = self.done.get(tally.stage, 0) + tally.done
        self.failed[tally.stage] = self.failed.get(tally.stage, 0) + tally.failed
        for name, count in tally.outcomes:
            self.outcomes[name] = self.outcomes.get(name, 0) + count
        if tally.done:
            self.ended_at = time.monotonic()


def drain(
    stages: Sequence[Stage],
    waiting: Callable[[], Mapping[str, int]],
    *,
    deadline: float,
    on_progress: Callable[[Progress], None] | None = None,
    halt: Callable[[], object] | None = None,
) -> Progress:
    """Run the stages until no work waits and none is under way, or no new batch after `deadline` (monotonic seconds).

    Returns the progress at the end. What a batch raises is raised here, after the batches under way have ended. When the run is
    interrupted, `halt` makes them end at once, and they give back what they hold.
    """
    try:
        return _drained(stages, waiting, deadline, on_progress)
    except Exception:
        raise
    except BaseException:
        if halt:
            halt()
            wait(_under_way(stages), _HALT_SECONDS)
        raise


def _drained(
    stages: Sequence[Stage], waiting: Callable[[], Mapping[str, int]], deadline: float, on_progress: Callable[[Progress], None] | None
) -> Progress:
    progress = Progress()
    while True:
        changed = _collect(stages, progress)
        progress.waiting = waiting()
        if time.monotonic() < deadline:
            changed |= _start(stages, progress.waiting)
        if on_progress:
            on_progress(progress)
        if not any(stage.under_way for stage in stages):
            return progress
        if not changed:
            wait(_under_way(stages), _TICK, FIRST_COMPLETED)


def _under_way(stages: Sequence[Stage]) -> list[ThreadFuture[Any]]:
    return [future.wrapped_future for stage in stages for future in stage.under_way]


def _start(stages: Sequence[Stage], waiting: Mapping[str, int]) -> bool:
    started = False
    for stage in stages:
        # A second batch of the same stage only pays when the first cannot take everything that waits.
        while waiting.get(stage.name, 0) > 0 and not stage.dry and len(stage.under_way) < stage.width:
            stage.under_way.append(stage.start())
            started = True
    return started


def _collect(stages: Sequence[Stage], progress: Progress) -> bool:
    finished = [(stage, future) for stage in stages for future in stage.under_way if future.wrapped_future.done()]
    for stage, future in finished:
        stage.under_way.remove(future)
        tally: Tally = _result(stages, future)
        progress.add(tally)
        if tally.done:
            for other in stages:
                other.dry = False
        else:
            stage.dry = True
    return bool(finished)


def _result(stages: Sequence[Stage], future: Future) -> Any:
    try:
        return future.result()
    except Exception:
        # Let the other batches commit before the run ends: they hold leases and pages.
        wait(_under_way(stages))
        raise
