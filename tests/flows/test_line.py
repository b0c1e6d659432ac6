"""The dispatcher: every stage is kept busy until nothing waits, and what a batch raises ends the run after the others."""

import time
from collections.abc import Callable
from concurrent.futures import Future
from threading import Timer

import pytest

from domain.records import Tally
from flows.line import Progress, Stage, drain


class FakeFuture:
    """A batch that ends after being looked at `looks` times."""

    def __init__(self, work: Callable[[], Tally], looks: int = 1) -> None:
        self.work, self.looks = work, looks
        self.thread: Future[Tally] = Future()

    @property
    def wrapped_future(self) -> "Future[Tally]":
        self.looks -= 1
        if self.looks < 0 and not self.thread.done():
            self.thread.set_result(Tally(""))
        return self.thread

    def result(self) -> Tally:
        return self.work()


class FakeDesk:
    """Feeds make pages, pages make articles; a batch moves up to its size."""

    def __init__(self, **waiting: int) -> None:
        self.counts = {"poll": 0, "fetch": 0, "extract": 0} | waiting
        self.log: list[str] = []

    def batch(self, stage: str, size: int, downstream: str | None = None) -> FakeFuture:
        self.log.append(stage)
        done = min(size, self.counts[stage])
        self.counts[stage] -= done

        def work() -> Tally:
            if downstream:
                self.counts[downstream] += done
            return Tally(stage, done=done, outcomes=(("unique", done),) if stage == "extract" else ())

        return FakeFuture(work, looks=2)

    def stages(self, width: int = 1) -> list[Stage]:
        return [
            Stage("poll", lambda: self.batch("poll", 5, "fetch"), width),
            Stage("fetch", lambda: self.batch("fetch", 4, "extract"), width),
            Stage("extract", lambda: self.batch("extract", 3), width),
        ]


def later() -> float:
    return time.monotonic() + 60


@pytest.mark.parametrize("width", [1, 3])
def test_everything_that_waits_passes_every_stage(width: int) -> None:
    desk = FakeDesk(poll=23)
    progress = drain(desk.stages(width), lambda: desk.counts, deadline=later())
    assert progress.done == {"poll": 23, "fetch": 23, "extract": 23}
    assert progress.outcomes == {"unique": 23}


def test_stages_overlap() -> None:
    desk = FakeDesk(poll=40)
    drain(desk.stages(), lambda: desk.counts, deadline=later())
    assert desk.log.index("extract") < len(desk.log) - 1 - desk.log[::-1].index("poll")


def test_a_run_goes_on_where_the_desk_stands() -> None:
    desk = FakeDesk(extract=7)
    progress = drain(desk.stages(), lambda: desk.counts, deadline=later())
    assert progress.done == {"extract": 7}


def test_no_batch_is_started_after_the_deadline() -> None:
    desk = FakeDesk(poll=10)
    drain(desk.stages(), lambda: desk.counts, deadline=time.monotonic() - 1)
    assert desk.log == []


def test_a_stage_that_finds_nothing_is_not_started_for_ever() -> None:
    """What waits may be held by another worker: one empty batch, then the run ends."""
    desk = FakeDesk()
    progress = drain(desk.stages(), lambda: {"fetch": 9}, deadline=later())
    assert desk.log == ["fetch"]
    assert progress.done == {"fetch": 0}


def test_what_a_batch_raises_ends_the_run_after_the_others_have_committed() -> None:
    desk = FakeDesk(fetch=4, poll=5)
    stages = desk.stages()
    fetching = FakeFuture(lambda: Tally("fetch"), looks=50)

    def failing() -> Tally:
        raise OSError("the disk is full")

    stages[0].start = lambda: FakeFuture(failing, looks=1)
    stages[1].start = lambda: fetching
    Timer(0.1, lambda: fetching.thread.set_result(Tally("fetch"))).start()
    with pytest.raises(OSError, match="disk is full"):
        drain(stages[:2], lambda: {"poll": 5, "fetch": 4}, deadline=later())
    assert fetching.thread.done()


def test_an_interrupted_run_halts_and_waits_for_what_its_batches_give_back() -> None:
    desk = FakeDesk(poll=5)
    stages, halted = desk.stages(), list[str]()
    fetching = FakeFuture(lambda: Tally("fetch"), looks=50)
    stages[1].start = lambda: fetching

    def halt() -> None:
        halted.append("halt")
        Timer(0.1, lambda: fetching.thread.set_result(Tally("fetch"))).start()

    def look(_progress: Progress) -> None:
        if stages[1].under_way:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        drain(stages, lambda: {"fetch": 4}, deadline=later(), on_progress=look, halt=halt)
    assert halted == ["halt"]
    assert fetching.thread.done()


def test_progress_is_reported_while_it_runs() -> None:
    desk = FakeDesk(poll=6)
    seen: list[int] = []

    def look(progress: Progress) -> None:
        seen.append(progress.done.get("extract", 0))

    drain(desk.stages(), lambda: desk.counts, deadline=later(), on_progress=look)
    assert seen == sorted(seen)
    assert seen[-1] == 6
