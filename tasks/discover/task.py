"""The discover stage: legs of a backfill are claimed, their documents asked for or opened, and what they list is recorded."""

import logging
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from prefect import task
from prefect.cache_policies import NO_CACHE

from config.settings import Settings
from db import backfills, finds, hosts, leases, outlets
from db.engine import Database
from db.session import Session
from domain.errors import CopydeskError, LeaseLostError
from domain.history import Discovered, Finding, Findings, Further, Leg, Trouble, Window
from domain.outcomes import Reason
from domain.records import FetchFailure, HostGrant, HostReport, Request, Response, Run, Tally, Visitor
from tasks.discover import batches, plan, scout, url_list, walk, warc
from tasks.discover import window as windows
from tasks.discover.owners import Owners
from tasks.discover.plan import Plan
from tasks.discover.remote import Remote, Server, ask
from tasks.discover.scout import Means, Route
from tasks.discover.walk import Answer, Quest

log = logging.getLogger("copydesk.discover")

# How long one task run takes up legs, and reads on in a file: Prefect records runs, not documents.
_SECONDS: Final = 20.0
_PAGES: Final = 500
# What can be put down and taken up again without another request.
_RESTING: Final = frozenset({"warc", "list", "pages"})
_FIRST_PAUSE: Final = 300.0


@task(name="discover", task_run_name="discover", cache_policy=NO_CACHE, persist_result=False)
def discover_batch(database: Database, settings: Settings, visitor: Visitor, run: Run, *, quest: Quest) -> Tally:
    """Walk legs of a backfill for some twenty seconds; return how many there were and what they listed, 0 when none was free."""
    walker = _Walker(database, settings, visitor, run, quest)
    while walker.walk_one() and walker.is_open():
        pass
    return walker.tally()


class _Walker:
    """One task run's legs, and what came of them."""

    def __init__(self, database: Database, settings: Settings, visitor: Visitor, run: Run, quest: Quest) -> None:  # noqa: PLR0917  (what a stage is given)
        self._database, self._settings, self._visitor, self._run, self._quest = database, settings, visitor, run, quest
        self._began = time.monotonic()
        self._counts: Counter[str] = Counter()
        with database.read() as session:
            self._owners = Owners(outlets.addresses(session), outlets.ids_by_name(session))

    def is_open(self) -> bool:
        """Return whether there is time to take up more."""
        return time.monotonic() - self._began < min(_SECONDS, self._settings.lease.seconds)

    def _should_rest(self) -> bool:
        return not (self.is_open() and self._quest.has_room())

    def tally(self) -> Tally:
        """Return what was done; a leg that lists nothing counts too, so that it is not taken for idling."""
        counts = tuple(sorted(self._counts.items()))
        seconds = time.monotonic() - self._began
        return Tally("discover", self._counts["found"] + self._counts["legs"], self._counts["failed"], counts, seconds)

    def walk_one(self) -> bool:
        """Claim a leg and walk it; False when none is free. What brings whole pages waits while the desk is full."""
        lease, run, request, room = self._settings.lease.seconds, self._run, self._quest.request_id, self._quest.has_room()
        claim = self._database.write(lambda session: backfills.claim(session, request, run, seconds=lease, archives=room))
        if claim is None:
            return False
        self._counts["legs"] += 1
        leg, grant = claim.leg, claim.grant

        def renew() -> None:
            self._database.write(lambda session: backfills.renew(session, leg, grant, run=run, seconds=lease))

        try:
            with leases.kept_alive(renew, lease):
                if grant is None:
                    self._open(leg)
                else:
                    (self._download if walk.is_file(leg.plan) else self._ask)(leg, grant)
        except LeaseLostError as error:
            log.warning("discarded leg=%d error=%s", leg.id, error)
        except CopydeskError:
            # Whoever asks or reads is gone: let the next run go on at once.
            with suppress(CopydeskError):
                self._database.write(lambda session: self._give_back(session, leg, grant))
            raise
        return True

    def _give_back(self, session: Session, leg: Leg, grant: HostGrant | None) -> None:
        if grant:
            hosts.give_back(session, [grant], self._settings.fetch)
        backfills.put_back(session, leg)

    def _ask(self, leg: Leg, grant: HostGrant) -> None:
        """Ask for a leg's document, give the host back, and take in what the document holds."""
        request = Request(leg.id, leg.plan.target, "archive", trusted=leg.plan.trusted)
        fetched, report = ask(self._visitor, grant, request, seconds=self._settings.lease.seconds)
        self._release(report)
        if isinstance(fetched, Response):
            answer = Answer(fetched, self._quest.parse_feed)
            self._take_in(leg, walk.read(leg.plan, answer, self._settings.backfill, start=leg.position), trusted=fetched.private)
        elif fetched is not None:
            self._fail(leg, fetched)
        else:
            self._database.write(lambda session: backfills.put_back(session, leg, after=1.0))

    def _download(self, leg: Leg, grant: HostGrant) -> None:
        """Read the next part of a file, give the host back, and put the leg back for the part after it."""
        settings = self._settings
        server = Server(self._visitor, grant, leg.plan, size=settings.fetch.wire_limit, seconds=settings.lease.seconds)
        file = Remote(server.ask, leg.position)
        found = warc.read(file, leg.plan.window, start=leg.position, body_limit=settings.fetch.page_limit, enough=file.passed)
        try:
            # A part is large: what may bring nothing new is not asked for.
            fatal = self._exhausted(leg) or self._commit_each(leg, batches.of(found, settings.backfill.batch_size), may_rest=False)[0]
        finally:
            self._release(server.report)
        if fatal or not file.is_paused:
            self._end(leg, fatal)
        elif file.failure is not None:
            self._fail(leg, file.failure)
        else:
            self._database.write(lambda session: backfills.go_on(session, leg, file.position))

    def _exhausted(self, leg: Leg) -> Trouble | None:
        """Return the trouble of a request that has brought all it may, None while it has not."""
        if not self._quest.limit:
            return None
        with self._database.read() as session:
            is_full = backfills.new_count(session, leg.request_id) >= self._quest.limit
        return _limit_reached(self._quest.limit) if is_full else None

    def _release(self, report: HostReport | None) -> None:
        if report is not None:
            self._database.write(lambda session: hosts.release(session, report))

    def _open(self, leg: Leg) -> None:
        """Open a leg's file, or our own archive, and take in what it holds."""
        asked = leg.plan
        if asked.source == "pages":
            self._take_in(leg, own_pages(self._database, leg.plan.window, start=leg.position))
            return
        if asked.source == "warc" and self._quest.read_file:
            self._commit_all(leg, self._quest.read_file(asked, leg.position))
            return
        try:
            with Path(asked.target).open("rb") as file:
                if asked.source == "warc":
                    self._take_in(leg, warc.read(file, asked.window, start=leg.position, body_limit=self._settings.fetch.page_limit))
                else:
                    lines = (line.decode("utf-8", "replace") for line in file)
                    # Whoever hands us a list has named what is on it.
                    self._take_in(leg, url_list.read(lines, asked.window, start=leg.position), trusted=True)
        except OSError as error:
            self._end(leg, Trouble(Reason.NOT_AN_ARCHIVE, f"{asked.target}: {error.strerror or error}", fatal=True))

    def _take_in(self, leg: Leg, findings: Findings, *, trusted: bool = False) -> None:
        self._commit_all(leg, batches.of(findings, self._settings.backfill.batch_size), trusted=trusted)

    def _commit_all(self, leg: Leg, found: Iterator[list[Finding]], *, trusted: bool = False) -> None:
        """Commit batch by batch; end the leg, or put it back when its time is up and reading on costs no request."""
        fatal, rests = self._commit_each(leg, found, trusted=trusted, may_rest=leg.plan.source in _RESTING)
        if rests:
            self._database.write(lambda session: backfills.put_back(session, leg))
        else:
            self._end(leg, fatal)

    def _commit_each(
        self, leg: Leg, found: Iterator[list[Finding]], *, trusted: bool = False, may_rest: bool
    ) -> tuple[Trouble | None, bool]:
        """Commit batch by batch; return what ends the leg, and whether it rests instead because its time is up."""
        fatal: Trouble | None = None
        for batch in found:
            fatal = next((one for one in batch if isinstance(one, Trouble) and one.fatal), fatal)
            taken = self._commit(leg, batch, trusted=trusted)
            self._counts.update(found=taken.found, new=taken.new)
            if taken.full:
                return _limit_reached(self._quest.limit), False
            if may_rest and any(isinstance(one, Discovered) for one in batch) and self._should_rest():
                return None, True
        return fatal, False

    def _commit(self, leg: Leg, batch: Sequence[Finding], *, trusted: bool) -> backfills.Taken:
        listed = [one for one in batch if isinstance(one, Discovered)]
        prepared = (finds.prepare(one, feed_id) for one, feed_id in self._owners.sort(leg.plan, listed))
        harvest = backfills.Harvest(
            position=listed[-1].position if listed else leg.position,
            trusted=trusted,
            finds=[find for find in prepared if find is not None],
            further=[walk.following(leg.plan, one, trusted=trusted) for one in batch if isinstance(one, Further)],
            troubles=[one for one in batch if isinstance(one, Trouble) and not one.fatal],
        )
        return self._database.write(lambda session: backfills.take_in(session, leg, harvest, self._run, limit=self._quest.limit))

    def _fail(self, leg: Leg, failure: FetchFailure) -> None:
        """Decide what a failed request means: the end of a chain, another try, or the end of the leg."""
        follows = walk.after_failure(leg.plan, failure)
        if follows is not None:
            self._take_in(leg, iter(follows), trusted=failure.private)
            return
        trouble = Trouble(failure.reason, f"{leg.plan.target[:300]}: {failure.detail}", fatal=True)
        if failure.temporary and leg.attempt_count + 1 < self._settings.fetch.attempts:
            after = max(failure.pause_seconds or 0.0, _FIRST_PAUSE * 4.0**leg.attempt_count)
            self._database.write(lambda session: backfills.put_back(session, leg, trouble=trouble, after=after))
        else:
            self._end(leg, trouble)

    def _end(self, leg: Leg, trouble: Trouble | None) -> None:
        self._database.write(lambda session: backfills.finish(session, leg, trouble=trouble))
        self._counts["failed"] += trouble is not None
        log.info("walked leg=%d source=%s target=%s trouble=%s", leg.id, leg.plan.source, leg.plan.target, trouble and trouble.reason)


def _limit_reached(limit: int) -> Trouble:
    return Trouble(Reason.LIMIT_REACHED, f"{limit:,} new documents", fatal=True)


def own_pages(database: Database, window: Window, *, start: int = 0) -> Iterator[Discovered]:
    """Yield the pages of our own archive, within a window, that no article was made of; from the page after `start` on."""
    position = start
    while True:
        with database.read() as session:
            pages = finds.own_pages(session, position, limit=_PAGES)
        for page in pages:
            if windows.place(window, page.url, modified=page.fetched_at) != "outside":
                yield Discovered(page.url, page.id, page_id=page.id)
        if not pages:
            return
        position = pages[-1].id


@task(name="plan", task_run_name="plan", cache_policy=NO_CACHE, persist_result=False)
def plan_batch(routes: Sequence[Route], means: Means) -> Plan:
    """Return what a backfill along these routes would take. Asks and reads, and writes nothing anywhere."""
    return plan.total(scout.survey(routes, means))
