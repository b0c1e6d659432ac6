"""The fetch stage: pages of claimed hosts, fetched politely, committed as they land."""

import logging
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, Self

from prefect import task
from prefect.cache_policies import NO_CACHE

from config.settings import Settings
from db import hosts, leases, pages
from db.engine import Database
from db.packed import PackedPage, pack
from domain.errors import CopydeskError
from domain.outcomes import NETWORK, Outcome, Reason
from domain.records import Exchange, Fetched, HostGrant, HostReport, HostWork, PendingEntry, Request, Response, Run, Tally, Visitor
from tasks.fetch import budget, failures, headers

log = logging.getLogger("copydesk.fetch")

HOSTS: Final = 128
PAGES: Final = 1000
SECONDS: Final = 60.0
# A backfill gives a host back after so long, or so many pages, and lets it rest without holding it: a poll that comes meanwhile
# waits no longer than for a page or two. So often it looks whether a host has rested.
_HISTORY_SECONDS: Final = 2.0
_HISTORY_PAGES: Final = 25
_NAP: Final = 0.25
# Pages of one transaction, and how long the first of them waits for it: extraction begins while others are on the wire.
_COMMIT_PAGES: Final = 25
_COMMIT_SECONDS: Final = 1.0
# When so many hosts fail and none answers, it is our network: nobody's tries are counted.
_DARK_HOSTS: Final = 3
_DARK_SECONDS: Final = 60.0
# Another lane may have leased every host between our look and our claim.
_CLAIM_TRIES: Final = 3
_POSTPONED: Final = "postponed"


@task(name="fetch", task_run_name="fetch", cache_policy=NO_CACHE, persist_result=False)
def fetch_batch(database: Database, settings: Settings, visitor: Visitor, run: Run) -> Tally:
    """Fetch pages of up to 128 waiting hosts for up to a minute; return how many pages were fetched, ended or put off.

    0 means that nothing could be fetched now. A backfill visits a host briefly, and within its minute again when it has rested.
    """
    batch = _Batch(database, settings, run)
    work = batch.claim(HOSTS)
    if not work:
        return Tally("fetch")
    with leases.kept_alive(batch.renew, settings.lease.seconds), batch:
        while work:
            for item in visitor.visit(work, seconds=batch.left(), more=batch.tend):
                batch.take(item)
            work = batch.again() if run.history else []
    return batch.tally()


class _Batch:
    """One task run's claims, and what came of them."""

    def __init__(self, database: Database, settings: Settings, run: Run) -> None:
        self._database, self._settings, self._run = database, settings, run
        self._began = self._flushed = time.monotonic()
        self._seconds = min(SECONDS, settings.lease.seconds)
        self._grants: dict[str, HostGrant] = {}
        self._entries: dict[int, PendingEntry] = {}
        self._ready: list[Exchange | HostReport] = []
        # Hosts that failed as they do when our own network is down wait here until one host has answered.
        self._doubtful: dict[str, list[Exchange | HostReport]] = {}
        self._answered = False
        self._came = False
        self._counts: Counter[str] = Counter()

    def left(self) -> float:
        """Return for how many seconds requests may still be started."""
        return self._seconds - (time.monotonic() - self._began)

    def claim(self, limit: int) -> list[HostWork]:
        """Lease up to `limit` waiting hosts and return what to ask them."""
        left = self.left()
        if limit <= 0 or left <= 0:
            return []
        granted = self._lease(limit, left)
        limits = {host: self._limit(grant, PAGES // len(granted), left) for host, grant in granted.items()}
        with self._database.read() as session:
            entries = {host: pages.due_entries(session, self._run, host, limit=count) for host, count in limits.items()}
        self._entries |= {entry.id: entry for waiting in entries.values() for entry in waiting}
        return [HostWork(grant, tuple(map(_request, entries[host]))) for host, grant in granted.items()]

    def tend(self, limit: int) -> Sequence[HostWork]:
        """Commit what waits; lease further hosts. Called when nothing has come for a while."""
        self._flush()
        return self.claim(limit)

    def again(self) -> list[HostWork]:
        """Return what hosts that have rested are asked next, having waited for it; nothing when none will have rested in time."""
        self._flush()
        # Where nothing came, what is left of the minute is too short for anyone's spacing.
        came, self._came = self._came, False
        while came and (left := self.left()) > 0:
            if work := self.claim(HOSTS):
                return work
            with self._database.read() as session:
                if not pages.waiting_hosts(session, self._run, limit=1, seconds=left):
                    break
            time.sleep(_NAP)
        return []

    def take(self, item: Exchange | HostReport) -> None:
        """Take what a visit yielded; commit from time to time."""
        self._came |= isinstance(item, Exchange)
        if isinstance(item, Exchange) and _is_answer(item.fetched) and not self._answered:
            self._answered = True
            self._ready.extend(one for held in self._doubtful.values() for one in held)
            self._doubtful.clear()
        if not self._answered and (item.host in self._doubtful or (isinstance(item, Exchange) and not _is_answer(item.fetched))):
            self._doubtful.setdefault(item.host, []).append(item)
        else:
            self._ready.append(item)
        if len(self._ready) >= _COMMIT_PAGES or time.monotonic() - self._flushed >= _COMMIT_SECONDS:
            self._flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is None:
            self._close()
            return
        with suppress(CopydeskError):  # the first error is the one to tell
            self._flush()
            left, pace = tuple(self._grants.values()), self._settings.fetch
            self._database.write(lambda session: hosts.give_back(session, left, pace))

    def _close(self) -> None:
        """Commit what is left, and decide whether the network was down."""
        self._flush()
        dark = len(self._doubtful) >= _DARK_HOSTS
        if dark:
            log.warning("network down hosts=%d", len(self._doubtful))
        self._ready = [_unpaused(one) if dark else one for held in self._doubtful.values() for one in held]
        self._flush(dark=dark)

    def renew(self) -> None:
        """Extend the leases that are held."""
        grants = tuple(self._grants.values())
        self._database.write(lambda session: hosts.renew(session, grants, run=self._run, seconds=self._settings.lease.seconds))

    def tally(self) -> Tally:
        """Return what the batch did."""
        ended = tuple((name, count) for name, count in sorted(self._counts.items()) if name in set(Outcome))
        return Tally(
            stage="fetch",
            done=self._counts.total(),
            failed=self._counts[Outcome.FAILED] + self._counts[_POSTPONED],
            outcomes=ended,
            seconds=time.monotonic() - self._began,
        )

    def _lease(self, limit: int, left: float) -> dict[str, HostGrant]:
        lease, run = self._settings.lease.seconds, self._run
        listed = False if run.history else None
        for _ in range(_CLAIM_TRIES):
            with self._database.read() as session:
                # History lets a host rest without holding it, so that a poll or a page of the news comes between.
                names = pages.waiting_hosts(session, run, limit=limit, seconds=0 if run.history else left)
            if not names:
                break
            granted = self._database.write(lambda session, names=names: hosts.claim(session, names, run=run, seconds=lease, listed=listed))  # type: ignore[misc]
            if granted:
                self._grants |= granted
                return granted
        return {}

    def _limit(self, grant: HostGrant, share: int, left: float) -> int:
        """Return how many pages of a host can be asked for in the time that is left."""
        options = self._settings.fetch
        spacing = budget.spacing(options.host_spacing, grant.crawl_delay, options.crawl_delay_limit)
        if self._run.history:
            left, share = min(left, _HISTORY_SECONDS), min(share, _HISTORY_PAGES)
        return max(1, min(share, int(left / spacing) + 1 if spacing else share))

    def _flush(self, *, dark: bool = False) -> None:
        """Commit what is ready in one transaction; what belongs to a host that is no longer ours is dropped."""
        ready, self._ready, self._flushed = self._ready, [], time.monotonic()
        if not ready:
            return
        arrived = [(item.host, self._packed(item)) for item in ready if isinstance(item, Exchange) and _is_page(item.fetched)]
        ended = [(item.host, self._ending(item, dark=dark)) for item in ready if isinstance(item, Exchange) and not _is_page(item.fetched)]
        reports = [item for item in ready if isinstance(item, HostReport)]
        fences = {item.host: self._grants[item.host].fence for item in ready}
        landed = pages.Landed(fences, arrived, ended, reports)
        ours = self._database.write(lambda session: pages.record(session, self._run, landed))
        self._counts["fetched"] += sum(host in ours for host, _ in arrived)
        self._counts.update(ending.outcome or _POSTPONED for host, ending in ended if host in ours)
        for report in reports:
            self._grants.pop(report.host, None)

    def _packed(self, item: Exchange) -> PackedPage:
        assert isinstance(item.fetched, Response)
        return pack(self._entries[item.request.key], item.fetched, headers.kept(item.fetched.headers))

    def _ending(self, item: Exchange, *, dark: bool) -> pages.Ending:
        entry, fetched, now = self._entries[item.request.key], item.fetched, datetime.now(UTC)
        if isinstance(fetched, Response):
            return pages.Ending(
                url_key=entry.url_key, outcome=Outcome.UNCHANGED, reason=Reason.SAME_TEXT, detail="not modified (304)",
                attempt_count=entry.attempt_count, wait=0.0,
            )  # fmt: skip
        attempts = entry.attempt_count + failures.counts(fetched, entry.seen_at, now, dark=dark)
        wait = _DARK_SECONDS if dark else max(fetched.pause_seconds or 0.0, budget.attempt_after(attempts))
        return pages.Ending(
            url_key=entry.url_key, outcome=failures.settled(fetched, attempts, self._settings.fetch.attempts), reason=fetched.reason,
            detail=fetched.detail, attempt_count=attempts, wait=wait,
        )  # fmt: skip


def _request(entry: PendingEntry) -> Request:
    return Request(key=entry.id, url=entry.url, kind="page", validators=entry.validators, trusted=entry.trusted)


def _unpaused(item: Exchange | HostReport) -> Exchange | HostReport:
    return replace(item, paused_until=None, pause_reason=None, pause_count=0) if isinstance(item, HostReport) else item


def _is_page(fetched: Fetched) -> bool:
    return isinstance(fetched, Response) and fetched.status != 304


def _is_answer(fetched: Fetched) -> bool:
    """Return whether an exchange proves that the network works: whatever did not fail for want of one."""
    return isinstance(fetched, Response) or fetched.reason not in NETWORK
