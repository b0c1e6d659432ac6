"""What a feed lists, compared with what is known: new entries to fetch, and sightings of known addresses.

A feed's known entries drop out without a row: only the poll counts them. An address that another feed has listed, or that is an
article, is a sighting: it has an outcome from the start and is never fetched for it. One that only a backfill waits for is news:
the page is asked for once, and goes to both.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from db.models import Article, Entry
from domain.outcomes import Outcome, Reason
from domain.records import ListedEntry, NewEntry, Poll, Run

_CHUNK: Final = 500


def record(session: Session, poll: Poll, run: Run) -> int:
    """Record a poll's entries that are new to its feed and return how many those are.

    What is known by another feed or as an article ends at once as `unchanged`; what cannot be asked ends as `rejected`.
    """
    feed_id = poll.feed.id
    keys = [entry.key for entry in poll.entries]
    mine = sa.select(Entry.key).where(Entry.feed_id == feed_id)
    known = {key for chunk in _chunks(keys) for key in session.scalars(mine.where(Entry.key.in_(chunk)))}
    fresh = [entry for entry in poll.entries if entry.key not in known]
    _ask_again(session, [entry for entry in poll.entries if entry.key in known], poll)
    if not fresh:
        return 0
    articles, own = _known_addresses(session, feed_id, [entry.url_key for entry in fresh])
    # The same address under another guid of the same feed is the entry we have.
    rows = [_entry_row(entry, poll, run, articles) for entry in fresh if entry.url_key not in own]
    if rows:
        insert = postgresql.insert(Entry) if session.get_bind().dialect.name == "postgresql" else sqlite.insert(Entry)
        session.execute(insert.on_conflict_do_nothing(index_elements=["feed_id", "key"]), rows)
    return len(rows)


def _ask_again(session: Session, known: Sequence[NewEntry], poll: Poll) -> None:
    """Let articles be asked again at once whose feed says that they were updated since anyone last listed or asked for them."""
    updated = {one.key: one.listed.updated_at for one in known if one.listed.updated_at and one.listed.updated_at <= poll.at}
    changed: set[int] = set()
    last = sa.func.max(Entry.seen_at).label("last")
    seen = sa.select(Entry.article_id, last).where(Entry.article_id.is_not(None)).group_by(Entry.article_id)
    for chunk in _chunks(list(updated)):
        mine = sa.select(Entry.key, Entry.article_id).where(
            Entry.feed_id == poll.feed.id, Entry.key.in_(chunk), Entry.article_id.is_not(None)
        )
        articles = {article_id: updated[key] for key, article_id in session.execute(mine).tuples()}
        rows = session.execute(seen.where(Entry.article_id.in_(articles))).tuples()
        changed |= {article_id for article_id, at in rows if article_id is not None and at < articles[article_id]}
    if changed:
        due = sa.or_(Article.next_visit_at.is_(None), Article.next_visit_at > poll.at)
        session.execute(
            sa.update(Article).where(Article.id.in_(changed), due, Article.withdrawn_at.is_(None)).values(next_visit_at=poll.at)
        )


def _known_addresses(session: Session, feed_id: int, url_keys: Sequence[str]) -> tuple[dict[str, int | None], set[str]]:
    """Return the article (or None) of every address that is known, and the addresses this feed has listed before."""
    articles: dict[str, int | None] = {}
    own: set[str] = set()
    for chunk in _chunks(url_keys):
        entries = session.execute(sa.select(Entry.url_key, Entry.feed_id, Entry.article_id).where(Entry.url_key.in_(chunk), _BROUGHT))
        for key, owner, article_id in entries:
            articles[key] = article_id or articles.get(key)
            if owner == feed_id:
                own.add(key)
        articles |= dict(session.execute(sa.select(Article.url_key, Article.id).where(Article.url_key.in_(chunk))).tuples().all())
    return articles, own


# News does not wait for a backfill that has the address on its list, nor go without what one has asked for in vain.
_GIVEN_UP = sa.or_(
    Entry.outcome.in_((Outcome.PENDING.value, Outcome.FAILED.value)),
    sa.and_(Entry.outcome == Outcome.REJECTED.value, Entry.reason == Reason.CANCELLED.value),
)
_BROUGHT = sa.or_(Entry.backfill_id.is_(None), sa.not_(_GIVEN_UP))


def _entry_row(entry: NewEntry, poll: Poll, run: Run, articles: dict[str, int | None]) -> dict[str, Any]:
    outcome, reason = Outcome.PENDING, entry.refusal
    if entry.refusal:
        outcome = Outcome.REJECTED
    elif entry.url_key in articles:
        outcome, reason = Outcome.UNCHANGED, Reason.KNOWN_URL
    return {
        "feed_id": poll.feed.id, "key": entry.key, "guid": entry.guid or None, "url": entry.url,
        "canonical_url": entry.canonical_url, "url_key": entry.url_key, "host": entry.host, "source": "feed",
        "trusted": poll.private,
        "title": entry.listed.title or None, "listed": _listed(entry.listed), "published_at": entry.listed.published_at,
        "seen_at": poll.at, "run_id": run.id, "outcome": outcome.value, "reason": reason.value if reason else None,
        "decided_at": None if outcome is Outcome.PENDING else poll.at, "article_id": articles.get(entry.url_key),
        "next_attempt_at": poll.at,
    }  # fmt: skip


def _listed(entry: ListedEntry) -> dict[str, Any]:
    """Return what the feed said beyond title and publication time; empty fields are left out."""
    said = {
        "authors": list(entry.authors), "summary": entry.summary, "content": entry.content, "language": entry.language,
        "updated_at": entry.updated_at.isoformat() if entry.updated_at else None, "tags": list(entry.tags),
        "image_url": entry.image_url,
    }  # fmt: skip
    return {name: value for name, value in said.items() if value}


def _chunks(values: Sequence[str]) -> Iterator[Sequence[str]]:
    return (values[start : start + _CHUNK] for start in range(0, len(values), _CHUNK))
