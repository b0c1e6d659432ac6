"""What a run did, counted from the database: nothing here is remembered, so a killed run counts the same."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from db.models import Entry, Feed, Poll
from domain.outcomes import Outcome, words


@dataclass(frozen=True, slots=True)
class Account:
    """A run's account. `entries_seen` is the sum of `outcomes`, pending included; `pending_total` is of the whole database."""

    feeds_polled: int
    feeds_unchanged: int
    feeds_failed: int
    entries_seen: int
    entries_new: int
    outcomes: dict[str, int]
    pending_total: int


@dataclass(frozen=True, slots=True)
class FailedFeed:
    """A feed that a run asked in vain."""

    url: str
    title: str
    reason: str
    reason_text: str
    detail: str
    failing_since: datetime | None


def account(session: Session, run_id: str) -> Account:
    """Return the account of one run.

    An entry belongs to the last run that worked on it. What a feed lists again is counted as seen and `unchanged` without
    being stored again.
    """
    ended = select(Poll.outcome, func.count()).where(Poll.id.in_(_last_polls(run_id))).group_by(Poll.outcome)
    polls = dict(session.execute(ended).tuples().all())
    listed, new = session.execute(
        select(func.coalesce(func.sum(Poll.listed_count), 0), func.coalesce(func.sum(Poll.new_count), 0)).where(Poll.run_id == run_id)
    ).one()
    rows = session.execute(select(Entry.outcome, func.count()).where(Entry.run_id == run_id).group_by(Entry.outcome)).tuples().all()
    outcomes = {outcome.value: 0 for outcome in Outcome} | dict(rows)
    outcomes[Outcome.UNCHANGED.value] += int(listed) - int(new)
    return Account(
        feeds_polled=sum(polls.values()),
        feeds_unchanged=polls.get("unchanged", 0),
        feeds_failed=polls.get("failed", 0),
        entries_seen=sum(outcomes.values()),
        entries_new=int(new),
        outcomes=outcomes,
        pending_total=session.scalar(select(func.count()).where(Entry.outcome == Outcome.PENDING.value)) or 0,
    )


def failed_feeds(session: Session, run_id: str, limit: int) -> tuple[FailedFeed, ...]:
    """Return the feeds whose last poll in this run failed, longest failing first."""
    rows = session.execute(
        select(Feed.url, Feed.title, Poll.reason, Poll.detail, Feed.failing_since)
        .join(Poll, Poll.feed_id == Feed.id)
        .where(Poll.id.in_(_last_polls(run_id)), Poll.outcome == "failed")
        .order_by(Feed.failing_since, Feed.url)
        .limit(limit)
    )
    return tuple(
        FailedFeed(url, title or "", reason or "", words(reason), detail or "", since) for url, title, reason, detail, since in rows
    )


def _last_polls(run_id: str) -> Select[tuple[int]]:
    """Select the last poll of each feed in the run: one that needed three addresses was asked three times, and works or not."""
    return select(func.max(Poll.id)).where(Poll.run_id == run_id).group_by(Poll.feed_id)
