"""Publishers whose last week came out worse than the four weeks before it: measured from the entries of their feeds, kept on the feeds.

Only what a feed listed counts: what a backfill finds is of other years and other templates.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from db.models import Article, Entry, Feed
from db.sets import update_rows
from domain.drift import Fall, Harvest, falls
from domain.outcomes import NETWORK, Outcome, Reason

_WEEK, _HISTORY = timedelta(days=7), timedelta(days=28)
_ARTICLE = (Outcome.UNIQUE.value, Outcome.EXACT_COPY.value, Outcome.NEAR_COPY.value)
_LOST = (Outcome.REJECTED.value, Outcome.FAILED.value)
# Neither our own network nor the operator says anything of a publisher's pages.
_NOT_THEIRS = sorted(reason.value for reason in NETWORK | {Reason.CANCELLED})
# One transcript of 20,000 words must not make a week look long, nor the next one short.
_LONG = 2_000


@dataclass(frozen=True, slots=True)
class Drift:
    """A publisher (or a feed without one) whose articles come out worse than before, and in what."""

    publisher: str
    feed_ids: tuple[int, ...]
    falls: tuple[Fall, ...]

    @property
    def words(self) -> str:
        """Return what fell, in words."""
        return "; ".join(map(str, self.falls))

    @property
    def lines(self) -> tuple[str, ...]:
        """Return one line for the log for each fall."""
        return tuple(f"alarm=drift publisher={self.publisher} what={one.what} from={one.before:.2f} to={one.now:.2f}" for one in self.falls)


def found(session: Session, now: datetime) -> list[Drift]:
    """Return the publishers that drift at a time, by name."""
    weeks, histories = _harvests(session, now - _WEEK, now), _harvests(session, now - _WEEK - _HISTORY, now - _WEEK)
    publishers: dict[str | int, list[tuple[int, str]]] = defaultdict(list)
    for feed_id, publisher, title, url in session.execute(sa.select(Feed.id, Feed.publisher, Feed.title, Feed.url).order_by(Feed.id)):
        publishers[publisher or feed_id].append((feed_id, publisher or title or url))
    drifts = []
    for feeds in publishers.values():
        ids = tuple(feed_id for feed_id, _ in feeds)
        history, week = (sum((some.get(one, Harvest()) for one in ids), Harvest()) for some in (histories, weeks))
        if fallen := tuple(falls(history, week)):
            drifts.append(Drift(feeds[0][1], ids, fallen))
    return sorted(drifts, key=lambda one: one.publisher)


def note(session: Session, drifts: Sequence[Drift]) -> None:
    """Write on every feed of a publisher how it drifts, and clear the feeds of all others."""
    words = {feed_id: one.words for one in drifts for feed_id in one.feed_ids}
    noted = dict(session.execute(sa.select(Feed.id, Feed.drift).where(Feed.drift.is_not(None))).tuples().all())
    changed = [{"id": one, "drift": words.get(one)} for one in sorted(words.keys() | noted) if words.get(one) != noted.get(one)]
    update_rows(session, Feed, changed)


def _harvests(session: Session, since: datetime, until: datetime) -> dict[int, Harvest]:
    """Return what came of each feed's entries first seen in a span of time."""
    became = Entry.outcome.in_(_ARTICLE)
    lost = sa.and_(Entry.outcome.in_(_LOST), sa.func.coalesce(Entry.reason, "").not_in(_NOT_THEIRS))

    def count(*which: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.count(sa.case((sa.and_(*which), 1)))

    words = sa.case((sa.not_(became), 0), (Article.word_count > _LONG, _LONG), else_=Article.word_count)
    # Outcomes are told apart in the counts alone: as a condition they lead PostgreSQL to the index over all that ever were.
    rows = session.execute(
        sa.select(
            Entry.feed_id, count(sa.or_(became, lost)), count(became), sa.func.coalesce(sa.func.sum(words), 0),
            count(became, sa.func.length(sa.cast(Article.authors, sa.Text)) > 2), count(became, Article.published_at.is_not(None)),
        )
        .outerjoin(Article, Article.id == Entry.article_id)
        .where(Entry.seen_at >= since, Entry.seen_at < until, Entry.feed_id.is_not(None), Entry.source == "feed")
        .where(Article.withdrawn_at.is_(None))  # a withdrawn text is empty by a person's will
        .group_by(Entry.feed_id)
    ).tuples()  # fmt: skip
    return {feed_id: Harvest(*map(int, counts)) for feed_id, *counts in rows if feed_id is not None}
