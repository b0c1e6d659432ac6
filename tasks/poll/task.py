"""The poll stage: due feeds are claimed by host, asked, decided on, and committed as the answers come."""

import logging
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, NamedTuple, Self

from prefect import task
from prefect.cache_policies import NO_CACHE

from config.settings import PollSettings, Settings
from db import hosts, leases, polls
from db.engine import Database
from domain.errors import CopydeskError
from domain.outcomes import NETWORK
from domain.records import DueFeed, Exchange, Fetched, HostGrant, HostReport, HostWork, Poll, Request, Response, Run, Tally, Visitor
from tasks.poll import addresses
from tasks.poll.decide import Rules, decide, spared
from tasks.poll.schedule import Pace

log = logging.getLogger("copydesk.poll")

# No request of a batch starts later than this after its first; what is left is claimed again.
_SECONDS: Final = 60.0
# Polls of one transaction, and how long the first of them waits for it.
_COMMIT_POLLS: Final = 25
_COMMIT_SECONDS: Final = 0.5
# When so many hosts fail as they do without a network and none answers, no feed is to blame.
_DARK_HOSTS: Final = 3


@task(name="poll", task_run_name="poll", cache_policy=NO_CACHE, persist_result=False)
def poll_batch(
    database: Database, settings: Settings, visitor: Visitor, run: Run, *, force: bool = False, feed_ids: tuple[int, ...] | None = None
) -> Tally:
    """Poll a batch of due feeds and return how many were polled; 0 means that none was due and free to be asked.

    `force` polls feeds that are not due as well, once in this run; requests stay conditional, and pauses that hosts asked for are
    kept. `feed_ids` narrows to those feeds.
    """
    batch = _Batch(database, settings, run, Scope(force=force, feed_ids=feed_ids))
    first = batch.claim(settings.poll.batch_size)
    if not first:
        return Tally("poll")
    with leases.kept_alive(batch.renew, settings.lease.seconds), batch:
        for item in visitor.visit(first, seconds=batch.seconds, more=batch.tend):
            batch.take(item)
    return batch.tally()


class Scope(NamedTuple):
    """Which feeds a batch may claim."""

    force: bool
    feed_ids: tuple[int, ...] | None


class _Batch:
    """One task run's claims, and what came of them."""

    def __init__(self, database: Database, settings: Settings, run: Run, scope: Scope) -> None:
        self._database, self._settings, self._run, self._scope = database, settings, run, scope
        self._rules = _rules(settings.poll)
        self._began = self._flushed = time.monotonic()
        self.seconds = min(_SECONDS, settings.lease.seconds)
        self._grants: dict[str, HostGrant] = {}
        self._feeds: dict[int, DueFeed] = {}
        self._ready: list[Poll | HostReport] = []
        # Hosts that failed as they do when our own network is down wait here until one host has answered.
        self._doubtful: dict[str, list[Poll | HostReport]] = {}
        self._answered = False
        self._counts: Counter[str] = Counter()

    def claim(self, limit: int) -> list[HostWork]:
        """Lease hosts with up to `limit` due feeds and return what to ask them."""
        if limit <= 0 or time.monotonic() - self._began >= self.seconds:
            return []
        settings, scope = self._settings, self._scope
        spacing = settings.fetch.host_spacing
        claimed = self._database.write(
            lambda session: polls.claim_due(
                session, self._run, limit=limit, seconds=settings.lease.seconds, force=scope.force, feed_ids=scope.feed_ids,
                # as many of one host as can be asked before the batch ends
                per_host=max(1, min(limit, int(self.seconds / spacing) if spacing else limit)),
                verify_days=settings.poll.verify_days,
            )
        )  # fmt: skip
        if scope.force and claimed:
            log.warning("forced run=%s feeds=%d", self._run.id, sum(len(feeds) for _, feeds in claimed))
        self._grants |= {grant.host: grant for grant, _ in claimed}
        self._feeds |= {feed.id: feed for _, feeds in claimed for feed in feeds}
        return [HostWork(grant, tuple(map(_request, feeds))) for grant, feeds in claimed]

    def tend(self, limit: int) -> Sequence[HostWork]:
        """Commit what waits; lease further hosts. Called when nothing has come for a while."""
        self._flush()
        return self.claim(limit)

    def take(self, item: Exchange | HostReport) -> None:
        """Decide what an answer means; commit from time to time."""
        answered = isinstance(item, Exchange) and _is_answer(item.fetched)
        if answered and not self._answered:
            self._answered = True
            self._ready.extend(one for held in self._doubtful.values() for one in held)
            self._doubtful.clear()
        poll = self._decide(item) if isinstance(item, Exchange) else item
        if self._answered or (isinstance(item, HostReport) and item.host not in self._doubtful):
            self._ready.append(poll)
        else:
            self._doubtful.setdefault(item.host, []).append(poll)
        if len(self._ready) >= _COMMIT_POLLS or time.monotonic() - self._flushed >= _COMMIT_SECONDS:
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
        """Commit what is left; when the network was down, without blame for the feeds."""
        dark = len(self._doubtful) >= _DARK_HOSTS
        if dark:
            log.warning("network down hosts=%d", len(self._doubtful))
        held = [one for host in self._doubtful.values() for one in host]
        self._ready.extend(spared(one) if dark and isinstance(one, Poll) else one for one in held)
        self._flush()

    def renew(self) -> None:
        """Extend the leases that are held."""
        grants = tuple(self._grants.values())
        self._database.write(lambda session: hosts.renew(session, grants, run=self._run, seconds=self._settings.lease.seconds))

    def tally(self) -> Tally:
        """Return what the batch did."""
        outcomes = tuple(sorted(self._counts.items()))
        return Tally("poll", self._counts.total(), self._counts["failed"], outcomes, time.monotonic() - self._began)

    def _decide(self, item: Exchange) -> Poll:
        return decide(self._feeds[item.request.key], item.fetched, datetime.now(UTC), self._rules)

    def _flush(self) -> None:
        """Commit what is ready in one transaction; what belongs to a host that is no longer ours is dropped."""
        ready, self._ready, self._flushed = self._ready, [], time.monotonic()
        if not ready:
            return
        committed = self._database.write(lambda session: polls.commit(session, ready, self._run))
        for poll, new in committed:
            self._counts[poll.outcome] += 1
            log.info(
                "polled feed=%d outcome=%s reason=%s listed=%d new=%d", poll.feed.id, poll.outcome, poll.reason, len(poll.entries), new
            )
        if lost := sum(isinstance(one, Poll) for one in ready) - len(committed):
            log.warning("discarded polls=%d error=lease lost", lost)
        for report in (one for one in ready if isinstance(one, HostReport)):
            self._grants.pop(report.host, None)


def _request(feed: DueFeed) -> Request:
    return Request(feed.id, feed.url, "site" if addresses.is_site(feed) else "feed", feed.validators, trusted=feed.trusted)


def _is_answer(fetched: Fetched) -> bool:
    """Return whether an exchange proves that the network works."""
    return isinstance(fetched, Response) or fetched.reason not in NETWORK


def _rules(options: PollSettings) -> Rules:
    return Rules(Pace(60.0 * options.floor_minutes, 60.0 * options.default_minutes, 60.0 * options.ceiling_minutes), options.entry_limit)
