"""Extraction processes that can be killed: one page that hangs, crashes or eats memory costs that page and nothing else.

Processes are forked from a clean server process that has imported the extractor once. A fresh interpreter needs more than a
second of processor time for that, and every process is replaced after some hundred pages. Neither the server nor its children
ever import the program's own `__main__`: a console script, or Prefect's engine, would cost each of them a hundred megabytes.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice
from multiprocessing import context, popen_forkserver
from types import ModuleType, TracebackType
from typing import Any, Protocol, Self, TypeVar

from pebble import ProcessExpired, ProcessPool

from domain.errors import CopydeskError
from domain.outcomes import Outcome, Reason
from domain.records import Extracted, FetchedEntry, Refusal
from tasks.extract import child
from tasks.extract.compose import Made

# Pages handed out ahead of each process, so that none waits for the next one to cross the pipe.
_AHEAD = 2
# A page that has killed two processes is given up.
_DEATHS = 2
_WARM_UP_SECONDS = 60.0

Work = child.Task
T = TypeVar("T")


class Limits(Protocol):
    """What the pool needs of the settings (`config.settings.ExtractSettings`)."""

    @property
    def workers(self) -> int:
        """Processes; 0 means one for each processor."""
        ...

    @property
    def seconds(self) -> float:
        """Time limit of one page."""
        ...

    @property
    def recycle_after(self) -> int:
        """Pages after which a process is replaced."""
        ...

    @property
    def memory_mb(self) -> int:
        """Memory a process may use for its pages, in MiB."""
        ...

    @property
    def min_words(self) -> int:
        """Words below which a text is no article."""
        ...


class ExtractionPool:
    """Extraction processes, shared by all batches of this process; a context manager. Threads may extract at the same time."""

    def __init__(self, limits: Limits, *, work: Work = child.extract, preload: str = "tasks.extract.preload") -> None:
        self.workers = limits.workers or processors()
        self._limits = limits
        self._work, self._preload = work, preload
        self._lock = threading.Lock()
        self._pool: ProcessPool | None = None
        self._scheduled: set[Future[Any]] = set()
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._closed = True
        self.rest()

    def rest(self) -> None:
        """End the processes; they are started again when a page comes, and pages they were at are begun anew."""
        with self._lock:
            self._end()

    def warm_up(self) -> None:
        """Start every process and wait until they can take a page."""
        pings = [self._schedule(child.ping) for _ in range(self.workers)]
        wait(pings, timeout=_WARM_UP_SECONDS)

    def extract(self, entries: Iterable[FetchedEntry]) -> Iterator[tuple[FetchedEntry, Extracted]]:
        """Yield each entry with its article or refusal, as they complete; every entry comes back exactly once.

        Raises `CopydeskError` when the pool is closed meanwhile.
        """
        source = iter(entries)
        under_way: dict[Future[Extracted], FetchedEntry] = {}
        broken: set[int] = set()
        try:
            while True:
                for entry in islice(source, _AHEAD * self.workers + 1 - len(under_way)):
                    under_way[self._submit(entry)] = entry
                if not under_way:
                    return
                done, _ = wait(under_way, return_when=FIRST_COMPLETED)
                for future in done:
                    entry = under_way.pop(future)
                    result = self._result(future, entry)
                    if result is None and entry.id not in broken:
                        # The pool itself broke (a process died outside any page): the page gets a second chance in a new one.
                        broken.add(entry.id)
                        under_way[self._submit(entry)] = entry
                        continue
                    yield entry, result or _killed(entry, "the extraction processes broke down")
        finally:
            for future in under_way:
                future.cancel()

    def examine(self, entry: FetchedEntry) -> Made:
        """Return what became of one page, and why; under the same limits as any other."""
        future = self._schedule(child.examine, entry, self._limits.min_words, timeout=self._limits.seconds)
        made = self._result(future, entry)
        return made if isinstance(made, Made) else Made(made or _killed(entry, "the extraction processes broke down"))

    def _submit(self, entry: FetchedEntry) -> Future[Extracted]:
        return self._schedule(child.work, entry, self._limits.min_words, timeout=self._limits.seconds)

    def _schedule(self, work: Callable[..., T], *given: object, timeout: float | None = None) -> Future[T]:
        with self._lock:
            future: Future[T] = self._running().schedule(work, args=given, timeout=timeout)
            self._scheduled.add(future)
        future.add_done_callback(self._scheduled.discard)
        return future

    def _result(self, future: Future[T], entry: FetchedEntry) -> T | Refusal | None:
        try:
            return future.result()
        except TimeoutError:
            return _killed(entry, f"took longer than {self._limits.seconds:g} s")
        except ProcessExpired as error:
            return _killed(entry, f"the process died ({_cause(error.exitcode)})")
        except (BrokenProcessPool, CancelledError):
            return None
        except Exception as error:  # noqa: BLE001  (what a page provokes, as re-raised by the pool)
            return Refusal(Outcome.FAILED, Reason.EXTRACTION_FAILED, f"{type(error).__name__}: {error}"[:300])

    def _running(self) -> ProcessPool:
        if self._closed:
            raise CopydeskError("The extraction processes were ended.")
        if self._pool is not None and not self._pool.active:
            self._end()
        if self._pool is None:
            mp_context = _Context()
            mp_context.set_forkserver_preload([self._preload])
            self._pool = ProcessPool(
                max_workers=self.workers,
                max_tasks=self._limits.recycle_after,
                initializer=child.prepare,
                initargs=(self._limits.memory_mb, self._work),
                context=mp_context,
            )
        return self._pool

    def _end(self) -> None:
        pool, self._pool = self._pool, None
        if pool is None:
            return
        pool.stop()  # type: ignore[no-untyped-call]
        pool.join()
        # The pool forgets what it had not finished, and whoever waits for that would wait for ever.
        for future in list(self._scheduled):
            if not future.done():
                future.cancel()
                future.set_running_or_notify_cancel()


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _killed(entry: FetchedEntry, cause: str) -> Refusal:
    return Refusal(Outcome.FAILED, Reason.EXTRACTOR_KILLED, cause, retry=entry.attempt_count + 1 < _DEATHS)


def _cause(exitcode: int | None) -> str:
    if exitcode is not None and exitcode < 0:
        try:
            return signal.Signals(-exitcode).name
        except ValueError:
            return f"signal {-exitcode}"
    return f"exit code {exitcode}"


_hiding = threading.Lock()


@contextmanager
def _main_hidden() -> Iterator[None]:
    """Let a process started inside believe that this program has no main module, so that it does not import it again."""
    with _hiding:
        main = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            yield
        finally:
            sys.modules["__main__"] = main


class _Popen(popen_forkserver.Popen):
    def _launch(self, process_obj: Any) -> None:
        with _main_hidden():
            super()._launch(process_obj)  # type: ignore[misc]


class _Process(context.ForkServerProcess):
    @staticmethod
    def _Popen(process_obj: Any) -> Any:  # noqa: N802  (multiprocessing's name)
        return _Popen(process_obj)


class _Context(context.ForkServerContext):
    Process = _Process
