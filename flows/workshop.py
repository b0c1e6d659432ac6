"""What one run of a flow works with: settings, database, client, extraction processes; opened together, closed together."""

import ctypes
import gc
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from config import logging
from config.settings import Settings, load
from domain.errors import CopydeskError
from domain.records import Extractor, Run, Subscription

if TYPE_CHECKING:
    from db.engine import Database
    from flows.line import Progress
    from tasks.deduplicate.judge import TextJudge
    from tasks.discover.plan import Plan
    from tasks.discover.walk import ReadFile
    from tasks.fetch.client import Client


@dataclass
class InProcess:
    """What a caller in this process hands to a flow beside its parameters, and gets back from it.

    A deployment's run has none: its settings come from the environment, and what it found is in the database.
    """

    settings: Settings
    subscriptions: tuple[Subscription, ...] | None = None
    on_progress: Callable[["Progress"], None] | None = None
    account: dict[str, int | float] = field(default_factory=dict)
    failing: tuple[dict[str, str], ...] = ()
    trouble: CopydeskError | None = None
    plan: "Plan | None" = None
    request_id: str = ""


_in_process: ContextVar[InProcess | None] = ContextVar("in_process", default=None)


@contextmanager
def in_process(given: InProcess) -> Iterator[InProcess]:
    """Let the flows called inside see `given`."""
    token = _in_process.set(given)
    try:
        yield given
    finally:
        _in_process.reset(token)


def current() -> InProcess:
    """Return what the caller handed over, or the settings of the environment. Raises `ConfigurationError`.

    A deployment's run starts its logging here, as the command line does for its own.
    """
    if given := _in_process.get():
        return given
    settings = load()
    logging.configure(settings.log_level)
    return InProcess(settings)


class Workshop:
    """An open database, HTTP client and extraction pool. Not a dataclass, so that Prefect passes it through untouched.

    With a Dask cluster, `read_file` has it read WARC files, `files_at_once` of them.
    """

    read_file: "ReadFile | None" = None
    files_at_once = 0

    def __init__(self, settings: Settings, run: Run, *, parts: tuple["Database", "Client", Extractor, "TextJudge"]) -> None:
        self.settings = settings
        self.run = run
        self.database, self.client, self.pool, self.judge = parts
        self.doors = ExitStack()

    def halt(self) -> None:
        """Close all but the database: batches under way end with an error at once, and give back what they hold."""
        self.doors.close()


@contextmanager
def open_workshop(settings: Settings, *, history: bool = False) -> Iterator[Workshop]:
    """Open everything a run needs; the extraction processes are started and warm when this yields. `history` as in `Run`.

    Raises `DatabaseError` or `SchemaError` before any request is made.
    """
    from db import schema
    from db.engine import Database
    from flows.signing import signing
    from tasks.deduplicate.judge import TextJudge
    from tasks.extract.pool import ExtractionPool
    from tasks.fetch.client import Client

    _frugal_malloc()
    with ExitStack() as stack:
        stack.enter_context(_settled_heap())
        database = Database(settings.database_url)
        stack.callback(database.close)
        schema.ready(database)
        _free_the_dead(database)
        judge = TextJudge(settings.deduplicate)
        doors = stack.enter_context(ExitStack())
        pool = doors.enter_context(ExtractionPool(settings.extract, work=signing(judge.recipe), preload="flows.preload"))
        pool.warm_up()
        client = doors.enter_context(Client(settings.fetch, feed_limit=settings.poll.body_limit, refused=own_endpoints(settings)))
        workshop = Workshop(settings, new_run(history=history), parts=(database, client, pool, judge))
        workshop.doors = doors
        yield workshop


def prefect_api() -> str:
    """Return the address of the server this flow run is recorded by: a temporary one has a port of its own."""
    from prefect.context import FlowRunContext

    context = FlowRunContext.get()
    return str(context.client.api_url) if context else ""


def _frugal_malloc() -> None:
    """Have glibc give memory back: pages and feeds come and go by the hundred megabytes.

    Every thread would get an arena of its own, which none gives back (measured: 600 MB instead of 350), and once a large block was
    freed, blocks of its size would come from the heap and tear holes into it (another 50 MB).
    """
    with suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None)
        libc.mallopt(-8, 2)  # M_ARENA_MAX
        libc.mallopt(-3, 128 * 1024)  # M_MMAP_THRESHOLD: its usual value, but fixed


@contextmanager
def _settled_heap() -> Iterator[None]:
    """Have the collector leave alone what was there before, and come less often: it took a tenth of this process's time.

    Prefect's 300,000 objects live as long as the process, and what a batch makes goes when its last reference does.
    """
    thresholds = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()


def _free_the_dead(database: "Database") -> None:
    """Free the hosts held by processes of this machine that are no more: the run after a kill need not wait for their leases."""
    from db import orphans

    with database.read() as session:
        held = orphans.owners(session)
    for owner in held:
        node, _, pid = owner.rpartition(":")
        if node == os.uname().nodename and pid.isdecimal() and not _lives(int(pid)):
            database.write(partial(orphans.free, owner=owner))


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def new_run(*, history: bool = False) -> Run:
    """Return a new run, named so that runs sort by time."""
    now = datetime.now(UTC)
    name = f"{now:%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:8]}"
    return Run(id=name, worker=f"{os.uname().nodename}:{os.getpid()}", started_at=now, history=history)


def own_endpoints(settings: Settings) -> frozenset[tuple[str, int]]:
    """Return the (host, port) pairs that no feed or page may lead to: our own database and Prefect's API."""
    from db.engine import Database

    found = {("127.0.0.1", 4200)}
    database = Database(settings.database_url)
    if database.endpoint:
        found.add(database.endpoint)
    database.close()
    for url in (os.environ.get("PREFECT_API_URL", ""), prefect_api()):
        # An address that cannot be read is Prefect's to complain about.
        with suppress(ValueError):
            api = urlsplit(url)
            if api.hostname:
                found.add((api.hostname, api.port or (443 if api.scheme == "https" else 80)))
    return frozenset(found | {(address, port) for name, port in found if name == "localhost" for address in ("127.0.0.1", "::1")})


def starter_list() -> Path:
    """Return the path of the feed list that comes with Copydesk."""
    return Path(__file__).parent.parent / "config" / "feeds.toml"
