"""How a batch of entries ends: checked against their fences, written at once, and what our polls know of when they appeared."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from db.models import Entry, Poll
from db.sets import among, parts, update_rows
from domain.outcomes import Outcome, Reason

# A feed is served from caches that lag behind; a poll this short before an entry appeared proves nothing.
_LAG_MINUTES = 30
_DETAIL = 500


@dataclass(frozen=True, slots=True)
class Standing:
    """A claimed entry that is still ours: when it was first listed, and the last poll of its feed that did not list it.

    Only for what a feed listed: that a sitemap's or an archive's page is not in the feed proves nothing.
    """

    entry_id: int
    canonical_url: str
    url_key: str
    seen_at: datetime
    polled_before: datetime | None


@dataclass(frozen=True, slots=True)
class Ending:
    """How one entry ends. With `again_at` it does not end: it stays pending, one failed attempt older."""

    entry_id: int
    outcome: Outcome
    reason: Reason | None = None
    detail: str | None = None
    article_id: int | None = None
    again_at: datetime | None = None


def standing(session: Session, fences: Mapping[int, int]) -> dict[int, Standing]:
    """Return the entries that are pending and still held under these fences; they stay locked until the transaction ends."""
    found: dict[int, Standing] = {}
    before = (
        sa.select(sa.func.max(Poll.at))
        .where(Poll.feed_id == Entry.feed_id, Entry.source == "feed", Poll.outcome.in_(("read", "unchanged")), Poll.at < _lagging(session))
        .scalar_subquery()
    )
    columns = (
        Entry.id,
        Entry.fence,
        Entry.canonical_url,
        Entry.url_key,
        Entry.seen_at,
        sa.type_coerce(before, Poll.at.type).label("polled_before"),
    )
    for some in parts(fences):
        query = sa.select(*columns).where(among(session, Entry.id, some), Entry.outcome == Outcome.PENDING.value)
        for row in session.execute(query.with_for_update(of=Entry)):
            if row.fence == fences[row.id]:
                found[row.id] = Standing(row.id, row.canonical_url, row.url_key, row.seen_at, row.polled_before)
    return found


def finish(session: Session, endings: Sequence[Ending], now: datetime) -> None:
    """Write how entries end; those with `again_at` go back to the desk. Call in the transaction that found them standing."""
    ended = [one for one in endings if one.again_at is None]
    update_rows(
        session,
        Entry,
        [
            {
                "id": one.entry_id, "outcome": one.outcome.value, "reason": one.reason, "detail": _cut(one.detail),
                "article_id": one.article_id, "decided_at": now, "lease_until": None,
            }
            for one in ended
        ],
    )  # fmt: skip
    for one in endings:
        if one.again_at is not None:
            values = {"attempt_count": Entry.attempt_count + 1, "next_attempt_at": one.again_at, "reason": one.reason}
            postponed = sa.update(Entry).where(Entry.id == one.entry_id).values(**values, detail=_cut(one.detail), lease_until=None)
            session.execute(postponed.execution_options(synchronize_session=False))


def link_sightings(session: Session, articles: Mapping[str, int]) -> None:
    """Tell other entries of the same address which article it became; `articles` maps URL keys to articles."""
    rows: list[dict[str, int]] = []
    # A pending entry is left alone: with an article it would be one that is asked again.
    unlinked = (Entry.article_id.is_(None), Entry.outcome == Outcome.UNCHANGED.value)
    for some in parts(articles):
        query = sa.select(Entry.id, Entry.url_key).where(among(session, Entry.url_key, some), *unlinked)
        rows += [{"id": row.id, "article_id": articles[row.url_key]} for row in session.execute(query)]
    update_rows(session, Entry, rows)


def was_refused(error: BaseException) -> bool:
    """Return whether a database refused the data themselves: the same rows will never be taken."""
    causes: Iterable[BaseException | None] = (error, error.__cause__)
    return any(isinstance(one, (sa.exc.DataError, sa.exc.IntegrityError, UnicodeError, OverflowError)) for one in causes)


def _lagging(session: Session) -> sa.ColumnElement[datetime]:
    if session.get_bind().dialect.name == "postgresql":
        return Entry.seen_at - sa.literal_column(f"interval '{_LAG_MINUTES} minutes'")
    shifted = sa.func.strftime("%Y-%m-%dT%H:%M:%fZ", sa.type_coerce(Entry.seen_at, sa.Text), f"-{_LAG_MINUTES} minutes")
    return sa.type_coerce(shifted, Poll.at.type)


def _cut(detail: str | None) -> str | None:
    return detail[:_DETAIL] if detail else None
