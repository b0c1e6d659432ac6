"""WARC files read and extracted on a Dask cluster, through prefect-dask, while everything else stays with this process.

A worker opens a file by its path, reads on from a record, extracts with processes of its own, and hands back a stretch: what the
walk would have found, and the articles made of it. The walk commits the findings as if it had read the file itself. The articles
wait on a shelf until their entries are claimed for extraction, under a fingerprint of all that an article is made of; whatever is
not there, because it was lost or because a feed or a site's lines have changed meanwhile, is extracted here. So the ledger, the
desk and the store know nothing of a cluster, and a worker knows nothing of the database.

Dask and prefect-dask are an extra, and imported late.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager, suppress
from contextvars import Context, copy_context
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from prefect import task
from prefect.cache_policies import NO_CACHE

from domain.errors import ConfigurationError, CopydeskError
from domain.history import Finding, LegPlan, Trouble
from domain.outcomes import Reason
from domain.records import Extracted, Extractor, FetchedEntry
from flows.errand import Errand, Stretch, carry_out, fingerprint, make_ready, pack, rest, unpack
from flows.workshop import Workshop, prefect_api
from tasks.discover.owners import Owners
from tasks.extract.compose import VERSION
from tasks.extract.pool import processors

if TYPE_CHECKING:
    from prefect_dask import DaskTaskRunner

Put: TypeAlias = Callable[[list[tuple[bytes, Extracted]]], None]

log = logging.getLogger("copydesk.cluster")

_LOCAL_LIMIT: Final = 64
_PATIENCE: Final = 10.0
# How long a cluster may be without any worker: a local one is started again within seconds.
_ALONE: Final = 60.0
# A stage of the line is a thread of this process; each takes one file at a time.
_FILES: Final = 100
_GROUP: Final = 32
_LOCAL: Final = {
    # Extraction processes are children of the workers, which daemons may not have.
    "distributed.worker.daemon": False,
    # A file whose workers have died twice is given up; one that only waited for them has no part in that.
    "distributed.scheduler.allowed-failures": 1,
    "distributed.scheduler.worker-saturation": 1.0,
}


@task(name="prepare worker", cache_policy=NO_CACHE, persist_result=False)
def prepare_worker(means: bytes) -> tuple[str, bool]:
    """Do what `make_ready` does, on a worker; a task, so that Prefect is loaded and reached there as well."""
    return make_ready(*unpack(means))


@task(name="extract file", task_run_name="extract {file} from {start}", cache_policy=NO_CACHE, persist_result=False)
def extract_file(file: str, start: int, errand: bytes) -> bytes:  # noqa: ARG001  (for the run's name)
    """Read and extract the next stretch of a file, on a worker; packed, so that neither Prefect nor Dask looks inside."""
    return pack(carry_out(unpack(errand)))


def check(cluster: str | None, source: str) -> None:
    """Raise `ConfigurationError` when a cluster cannot be meant, or cannot be had."""
    if not cluster:
        return
    if source != "warc":
        raise ConfigurationError(f"--cluster reads WARC files only: it goes with --source warc, not {source}.")
    if not (cluster.isdecimal() and 1 <= int(cluster) <= _LOCAL_LIMIT) and "://" not in cluster:
        raise ConfigurationError(
            f"--cluster {cluster!r} is neither a number of local processes (1 to {_LOCAL_LIMIT}) nor a scheduler's address like tcp://host:8786."
        )
    try:
        import prefect_dask  # noqa: F401
    except ImportError:
        raise ConfigurationError("--cluster needs Dask: install Copydesk with its extra, pip install 'copydesk[dask]'.") from None


@contextmanager
def joined(workshop: Workshop, cluster: str | None, source: str) -> Iterator[None]:
    """Have a cluster read the run's WARC files while the block lasts; does nothing when `cluster` is empty.

    Raises `ConfigurationError` when it cannot be reached or its workers cannot do it.
    """
    check(cluster, source)
    if not cluster:
        yield
        return
    from prefect.settings import PREFECT_API_URL, temporary_settings

    with ExitStack() as stack:
        workshop.doors.callback(stack.close)
        # Else each worker would start a temporary Prefect server of its own.
        with temporary_settings({PREFECT_API_URL: prefect_api()}):
            context = copy_context()
        runner = _runner(cluster, stack)
        threads = _reached(runner, cluster, context, workshop)
        shelf = Shelf(workshop.pool, room=workshop.settings.backfill.pages_ahead + 2 * threads * workshop.settings.backfill.batch_size)
        hands = _Hands(workshop, cluster, runner, context, put=shelf.put)
        stack.callback(hands.let_go)
        workshop.pool, workshop.read_file = shelf, hands.read
        # One more than there are hands for, so that none waits while a stretch is committed.
        workshop.files_at_once = min(threads + 1, _FILES)
        yield
        log.info("extracted cluster=%s there=%d here=%d", cluster, shelf.taken, shelf.missed)


class Shelf:
    """Articles that were made on a cluster, until they are asked for; an extraction pool for the rest. Threads may share it."""

    def __init__(self, pool: Extractor, *, room: int) -> None:
        self._pool, self._room = pool, room
        self._made: dict[bytes, Extracted] = {}
        self.taken = self.missed = 0
        self._lock = threading.Lock()

    def put(self, made: Iterable[tuple[bytes, Extracted]]) -> None:
        """Keep articles; the oldest are forgotten when there are too many, for nobody has asked for them."""
        with self._lock:
            self._made.update(made)
            for key in list(islice(self._made, max(0, len(self._made) - self._room))):
                del self._made[key]

    def extract(self, entries: Iterable[FetchedEntry]) -> Iterator[tuple[FetchedEntry, Extracted]]:
        """Yield each entry with its article or refusal, as `ExtractionPool.extract` does."""
        source = iter(entries)
        while some := list(islice(source, _GROUP)):
            rest = []
            for entry in some:
                made = self._take(entry)
                if made is None:
                    rest.append(entry)
                else:
                    yield entry, made
            yield from self._pool.extract(rest)

    def _take(self, entry: FetchedEntry) -> Extracted | None:
        try:
            key = fingerprint(entry)
        except ValueError:  # a damaged page: the pool says so
            key = b""
        with self._lock:
            made = self._made.pop(key, None)
            self.taken, self.missed = self.taken + (made is not None), self.missed + (made is None)
        return made


class _Hands:
    """A cluster at work for one run."""

    def __init__(self, workshop: Workshop, name: str, runner: "DaskTaskRunner", context: Context, *, put: Put) -> None:
        self._database, self._settings = workshop.database, workshop.settings
        self._recipe = workshop.judge.recipe
        self._name, self._runner, self._context, self._put = name, runner, context, put

    def read(self, plan: LegPlan, start: int) -> Iterator[list[Finding]]:
        """Yield what a file holds from an offset on, stretch by stretch (`tasks.discover.walk.ReadFile`)."""
        ended = False
        while not ended:
            stretch = self._stretch(plan, start)
            self._put(stretch.made)
            yield stretch.findings
            start, ended = stretch.position, stretch.ended

    def let_go(self) -> None:
        """Have the workers end their extraction processes."""
        with suppress(Exception):  # a cluster that is gone has none
            self._runner.client.run(rest, self._settings.extract, self._recipe)

    def _stretch(self, plan: LegPlan, start: int) -> Stretch:
        from distributed import KilledWorker

        parameters = {"file": Path(plan.target).name, "start": start, "errand": pack(self._errand(plan, start))}
        try:
            # In the context of the flow and not of the stage, whose parameters, the database among them, would travel with it.
            return self._awaited(self._context.copy().run(self._runner.submit, extract_file, parameters))
        except KilledWorker as error:
            died = f"{plan.target[:300]}: the workers that read it died, {error.allowed_failures + 1} in a row"
            return Stretch(start, ended=True, findings=[Trouble(Reason.EXTRACTOR_KILLED, died, fatal=True)])
        except (OSError, CancelledError) as error:
            raise CopydeskError(f"The Dask cluster {self._name} was lost; `copydesk backfill resume` goes on.") from error

    def _awaited(self, future: Any) -> Stretch:
        while True:
            with suppress(TimeoutError):
                stretch: Stretch = unpack(future.result(timeout=_ALONE))
                return stretch
            self._runner.client.wait_for_workers(1, timeout=_ALONE)

    def _errand(self, plan: LegPlan, start: int) -> Errand:
        from db import desk, lines, outlets

        extract = self._settings.extract
        with self._database.read() as session:
            return Errand(
                plan, start, pages=self._settings.backfill.batch_size, body_limit=self._settings.fetch.page_limit, extract=extract, recipe=self._recipe,
                owners=Owners(outlets.addresses(session), outlets.ids_by_name(session)), expected=desk.expected_by_feed(session),
                boilerplate=lines.flagged_everywhere(session) if extract.learn_lines else {},
            )  # fmt: skip


def _runner(cluster: str, stack: ExitStack) -> "DaskTaskRunner":
    """Return a task runner for a cluster, started; a local one lasts as long as the stack."""
    import dask
    from prefect_dask import DaskTaskRunner

    logging.getLogger("distributed").setLevel(logging.WARNING)
    if not cluster.isdecimal():
        return stack.enter_context(DaskTaskRunner(address=cluster, client_kwargs={"timeout": _PATIENCE}))
    stack.enter_context(dask.config.set(_LOCAL))
    count = int(cluster)
    # With certificates of its own: whoever may connect to a scheduler may run anything in its workers.
    kwargs = {
        "n_workers": count, "threads_per_worker": max(1, processors() // count), "processes": True, "security": True,
        "dashboard_address": None, "scheduler_kwargs": {"dashboard_address": "127.0.0.1:0"},
    }  # fmt: skip
    return stack.enter_context(DaskTaskRunner(cluster_class="distributed.LocalCluster", cluster_kwargs=kwargs))


def _reached(runner: "DaskTaskRunner", cluster: str, context: Context, workshop: Workshop) -> int:
    """Return how many files a cluster can read at a time: its workers' threads."""
    try:
        client = runner.client
        client.wait_for_workers(1, timeout=_PATIENCE)
    except OSError as error:  # a TimeoutError is one
        raise ConfigurationError(f"There is no Dask cluster with a worker at {cluster}: {error}.") from None
    threads: dict[str, int] = client.nthreads()
    asked = {"means": pack((workshop.settings.extract, workshop.judge.recipe))}
    try:
        readying = [context.copy().run(client.submit, prepare_worker, parameters=asked, workers=[name]) for name in threads]
        states: list[tuple[str, bool]] = client.gather(readying)
    except Exception as error:  # whatever a foreign environment raises
        raise ConfigurationError(
            f"The workers of {cluster} cannot run Copydesk ({error}); they need this version of it, and a Prefect server that they can reach, named by PREFECT_API_URL."
        ) from error
    for name, (version, may) in zip(threads, states, strict=True):
        if version != VERSION:
            raise ConfigurationError(f"The worker {name} extracts with {version}, this process with {VERSION}; they must be the same.")
        if not may:
            raise ConfigurationError(
                f"The worker {name} may have no child processes; start it with --no-nanny, or with DASK_DISTRIBUTED__WORKER__DAEMON=false."
            )
    return sum(threads.values())
