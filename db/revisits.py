"""Known articles that are due to be asked again for a changed text."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.orm import Session

from db.models import Article, Entry
from domain.records import Run
from domain.urls import host_of


def enqueue(session: Session, run: Run, now: datetime, *, hours: Sequence[float], limit: int) -> int:
    """Record an entry of source `revisit` for each article that is due, at most `limit`; return how many.

    `hours` are the ages at which an article is asked again, growing. An article belongs here from the moment it was stored
    until it has reached the last age; the visit is counted in the same transaction, so a crash neither repeats nor skips one.
    """
    # What an allowed private network listed may lie on it; a copy of that word is the entry that made the article.
    trusted = select(Entry.id).where(Entry.article_id == Article.id, Entry.trusted).exists()
    due = session.execute(
        select(
            Article.id,
            Article.feed_id,
            Article.url,
            Article.canonical_url,
            Article.url_key,
            Article.title,
            Article.visit_count,
            Article.first_seen_at,
            trusted.label("trusted"),
        )
        .where(Article.next_visit_at <= now, Article.withdrawn_at.is_(None))
        .order_by(Article.next_visit_at)
        .limit(limit)
        # Another run that looks at the same moment takes the next ones.
        .with_for_update(skip_locked=True, of=Article)
    ).all()
    if not due:
        return 0
    session.execute(insert(Entry), [_entry(row, run, now) for row in due])
    for row in due:
        visits = row.visit_count + 1
        session.execute(
            update(Article)
            .where(Article.id == row.id)
            .values(visit_count=visits, next_visit_at=next_visit(row.first_seen_at, hours, visits=visits, now=now))
        )
    return len(due)


def next_visit(first_seen_at: datetime, hours: Sequence[float], *, visits: int, now: datetime) -> datetime | None:
    """Return when an article with so many visits behind it is asked next, or None when it is left alone."""
    for age in hours[visits:]:
        at = first_seen_at + timedelta(hours=age)
        if at > now:
            return at
    return None


def _entry(row: Row[Any], run: Run, now: datetime) -> dict[str, object]:
    return {
        "feed_id": row.feed_id,
        "key": hashlib.sha256(f"revisit {row.id} {row.visit_count + 1}".encode()).hexdigest(),
        "url": row.url,
        "canonical_url": row.canonical_url,
        "url_key": row.url_key,
        "host": _host(row),
        "source": "revisit",
        "title": row.title,
        "listed": {},
        "seen_at": now,
        "run_id": run.id,
        "article_id": row.id,
        "trusted": row.trusted,
        "next_attempt_at": now,
    }


def _host(row: Row[Any]) -> str:
    """Return the host of the page that is asked, which need not be the one that the article's canonical address names."""
    try:
        return host_of(row.url)
    except ValueError:
        return host_of(row.canonical_url)
