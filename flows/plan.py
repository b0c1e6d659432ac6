"""The plan of a backfill: what its sources list, what is known of it, and what the rest would take. Nothing is written."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config.settings import Settings
from domain.history import Discovered, LegPlan, Outlet
from domain.outcomes import Reason
from domain.records import FeedDocument, HostGrant, Response, Subscription
from flows.line import Progress
from flows.question import Question, routes
from flows.workshop import InProcess, own_endpoints, starter_list

if TYPE_CHECKING:
    from db.engine import Database
    from tasks.discover.plan import Plan
    from tasks.discover.scout import Route


def look_ahead(given: InProcess, asked: Question) -> "Plan":
    """Return the plan of a dry run: without a lock, a lease, or a database where there is none yet."""
    from db import schema
    from db.engine import Database
    from tasks.fetch.client import Client

    settings = given.settings
    with ExitStack() as stack:
        database = None
        opened = Database(settings.database_url)
        stack.callback(opened.close)
        if not opened.is_sqlite or Path(opened.url.database or "").exists():
            schema.check(opened)
            database = opened
        client = stack.enter_context(Client(settings.fetch, refused=own_endpoints(settings)))
        return make_plan(database, given, client, ways_for(database, settings, asked, listed=_listed(given, database)))


def ways_for(
    database: "Database | None", settings: Settings, asked: Question, *, listed: tuple[Subscription, ...] = ()
) -> tuple["Route", ...]:
    """Return the ways to what is asked. `listed` are feeds that a list names and the database does not know yet.

    Raises `ConfigurationError` for an outlet or a file that there is not.
    """
    from db import outlets

    chosen: tuple[Outlet, ...] = ()
    if asked.source not in {"warc", "list", "cc-news"} or asked.feeds or asked.tags:
        if listed or database is None:
            chosen = outlets.of_list(listed, asked.feeds, asked.tags)
        else:
            with database.read() as session:
                chosen = outlets.find(session, asked.feeds, asked.tags)
    return routes(asked, chosen, settings)


def _listed(given: InProcess, database: "Database | None") -> tuple[Subscription, ...]:
    """Return the feeds that a run would begin with, as far as it would not find them in the database."""
    from config import feedlist

    if given.subscriptions is not None:
        return given.subscriptions
    if given.settings.feeds_file:
        return feedlist.load(given.settings.feeds_file)
    return () if database is not None else feedlist.load(starter_list())


def parse_feed(response: Response) -> FeedDocument | Reason:
    """Read an answer as a feed document: the poll room's reader, for the discover room."""
    from tasks.poll.document import Reading, read

    return read(response.body, Reading(response.final_url, datetime.now(UTC), response.header("content-type")))


def make_plan(database: "Database | None", given: InProcess, client: Any, ways: Sequence["Route"]) -> "Plan":
    """Return what a backfill along these ways would take; nothing is written, nothing is kept. How far it is, is drawn."""
    from db import outlets
    from tasks.discover.scout import Means, Terms
    from tasks.discover.task import plan_batch

    settings, eyes, delays, size = given.settings, Eyes(database), dict[str, float](), 25_000
    if database is not None:
        with database.read() as session:
            delays, size = outlets.crawl_delays(session), outlets.page_bytes(session)
    fetch, spacing = settings.fetch, settings.fetch.host_spacing
    terms = Terms(
        places=settings.backfill, documents=settings.backfill.plan_documents, page_limit=fetch.page_limit, page_bytes=size,
        part_bytes=fetch.wire_limit,
        spacing=lambda host: max(spacing, min(delays.get(host, 0.0), fetch.crawl_delay_limit)),
    )  # fmt: skip
    return plan_batch(ways, Means(client, eyes, parse_feed, terms=terms, tell=_drawing(given)))


def _drawing(given: InProcess) -> Callable[[int, int], None]:
    """Return what draws how many outlets are explored."""
    progress = Progress()

    def draw(done: int, count: int) -> None:
        progress.done, progress.waiting = {"plan": done}, {"plan": count - done}
        if given.on_progress:
            given.on_progress(progress)

    return draw


class Eyes:
    """What a scout sees of the database (`tasks.discover.scout.Eyes`); without one, nothing is known and everybody is free."""

    def __init__(self, database: "Database | None") -> None:
        self._database = database

    def grant(self, host: str) -> HostGrant | None:
        """Return how a host wants to be asked, None while somebody holds it or it is on pause."""
        from db import outlets

        if self._database is None:
            return HostGrant(host, fence=-1)
        with self._database.read() as session:
            return outlets.look(session, host)

    def known(self, keys: Sequence[str]) -> set[str]:
        """Return those of the URL keys that a backfill would not ask for."""
        from db import finds

        if self._database is None:
            return set()
        with self._database.read() as session:
            return finds.known(session, "", keys)

    def own_pages(self, plan: LegPlan) -> Iterator[Discovered]:
        """Yield the pages of our own archive that no article was made of."""
        from tasks.discover.task import own_pages

        if self._database is not None:
            yield from own_pages(self._database, plan.window)
