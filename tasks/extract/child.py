"""What runs in an extraction process: one page in, one article or refusal out, and nothing that outlives the page.

Kept light on purpose: it must never import Prefect, SQLAlchemy or the settings, because every extraction process pays for them.
"""

import gc
import resource
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from domain.outcomes import Outcome, Reason
from domain.packing import body_of
from domain.records import Extracted, FetchedEntry, Refusal
from tasks.extract.compose import Made, compose
from tasks.extract.page import UnreadablePageError

Task = Callable[[FetchedEntry, int], Extracted]

_MEBIBYTE = 1024 * 1024
# A page makes some 50,000 objects that reference counting frees; looking for cycles every 700 of them costs 5 % of the time.
_PAGES_PER_COLLECTION = 50
_pages = 0


def prepare(memory_mb: int, task: Task) -> None:
    """Limit this process to `memory_mb` MiB on top of what it has now, and take the collector out of the pages' way.

    `task` is what `work` will do: handed over once, because with every page it would cost more than the page's address.
    """
    global _task  # noqa: PLW0603  (this process's own task)
    _task = task
    used = _virtual_bytes()
    with suppress(ValueError, OSError):  # macOS knows the limit and does not keep it
        resource.setrlimit(resource.RLIMIT_AS, (used + memory_mb * _MEBIBYTE, resource.RLIM_INFINITY))
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    gc.collect()
    gc.freeze()
    gc.disable()


def extract(entry: FetchedEntry, min_words: int) -> Extracted:
    """Return the article of an entry's page, or the refusal that says why there is none; raises nothing."""
    global _pages  # noqa: PLW0603  (this process's own count)
    _pages += 1
    if _pages % _PAGES_PER_COLLECTION == 0:
        gc.collect()
    return examine(entry, min_words).extracted


def work(entry: FetchedEntry, min_words: int) -> Extracted:
    """Do this process's task with a page."""
    return _task(entry, min_words)


def examine(entry: FetchedEntry, min_words: int) -> Made:
    """Return what `extract` does, with what was cut and why; raises nothing."""
    try:
        return compose(_unpacked(entry), min_words=min_words)
    except UnreadablePageError as error:
        return Made(Refusal(Outcome.REJECTED, error.reason, str(error)))
    except MemoryError:
        return Made(Refusal(Outcome.FAILED, Reason.EXTRACTOR_KILLED, "needed more memory than extract.memory_mb allows", retry=True))
    except Exception as error:  # noqa: BLE001  (whatever a hostile page provokes costs that page only)
        return Made(Refusal(Outcome.FAILED, Reason.EXTRACTION_FAILED, f"{type(error).__name__}: {error}"[:300]))


def _unpacked(entry: FetchedEntry) -> FetchedEntry:
    return replace(entry, page=replace(entry.page, body=body_of(entry.page), packed=False))


_task: Task = extract


def ping() -> bool:
    """Return True: this process is up."""
    return True


def _virtual_bytes() -> int:
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except (OSError, ValueError):
        return 0
