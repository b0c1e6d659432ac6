"""Stored articles and the pages they were made from: read together, compared elsewhere, replaced where they differ."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from db import changes, desk, locks
from db.models import Article, Entry, Feed, Page
from db.sets import among, insert_rows, update_rows
from domain.history import Leg, Window
from domain.outcomes import Outcome
from domain.records import Article as Extracted
from domain.records import Change, Expectation, FetchedEntry, Run
from domain.records import Page as FetchedPage
from domain.urls import host_of

_MADE = (Outcome.UNIQUE.value, Outcome.EXACT_COPY.value, Outcome.NEAR_COPY.value)


@dataclass(frozen=True, slots=True)
class Subject:
    """An article as stored, with its page as an extraction takes it; `entry.id` is the article's."""

    article_id: int
    stored: Extracted
    content_hash: str
    entry: FetchedEntry


@dataclass(frozen=True, slots=True)
class Scope:
    """Which articles: stored in the window, of these feeds (all when empty), not yet read by that version of the extractor."""

    window: Window
    feed_ids: tuple[int, ...] = ()
    other_than: str | None = None


def subjects(session: Session, after: int, scope: Scope, *, limit: int) -> tuple[Subject, ...]:
    """Return the next articles after an id whose pages are still there, by id."""
    rows = session.execute(
        sa.select(Article, Page, Feed.publisher, Feed.title, Feed.language)
        .join(Page, Page.id == Article.page_id)
        .outerjoin(Feed, Feed.id == Article.feed_id)
        .where(Article.id > after, *_chosen(scope))
        .order_by(Article.id)
        .limit(limit)
    ).all()
    said = _said(session, [row[0].id for row in rows])
    return tuple(_subject(row, said.get(row[0].id)) for row in rows)


def count(session: Session, scope: Scope) -> tuple[int, int]:
    """Return how many articles there are in the scope, and how many of them have no page any more."""
    chosen = sa.select(sa.func.count(), sa.func.count(Article.page_id)).select_from(Article).where(*_chosen(scope))
    total, with_page = session.execute(chosen).one()
    return int(total), int(total) - int(with_page)


def enqueue(session: Session, leg: Leg, found: Sequence[Subject], run: Run, *, now: datetime) -> int:
    """Put articles whose text differs back on the desk, with their page and what their feed said; return how many.

    The line ends them as revisions, or as unchanged when the difference is none after all.
    """
    said = _said(session, [one.article_id for one in found])
    common = {
        "source": "pages",
        "backfill_id": leg.id,
        "seen_at": now,
        "run_id": run.id,
        "outcome": Outcome.PENDING.value,
        "next_attempt_at": now,
    }
    rows = [_row(leg, one, said.get(one.article_id)) | common for one in found]
    waiting = set(
        session.scalars(
            sa.select(Entry.article_id).where(
                among(session, Entry.article_id, [one.article_id for one in found] or [0]), Entry.outcome == Outcome.PENDING.value
            )
        )
    )
    fresh = [row for row in rows if row["article_id"] not in waiting]
    insert_rows(session, Entry, fresh)
    return len(fresh)


def refresh(session: Session, found: Mapping[int, Extracted], fields: Sequence[str], now: datetime) -> None:
    """Give articles whose text is the same the metadata that their page gives now, and tell the change log.

    Order and story stay: who represents a story is decided once, by what was known then.
    """
    if not found:
        return
    locks.take_dedup_lock(session)
    rows = [{"id": article_id} | {name: _stored(getattr(one, name)) for name in fields} for article_id, one in found.items()]
    update_rows(session, Article, rows)
    changes.append(session, [Change(article_id, "revised", {"ratio": 0.0, "substantive": False}) for article_id in sorted(found)], now)


def mark_read(session: Session, ids: Iterable[int], version: str) -> None:
    """Note that articles read the same under this version of the extractor."""
    update_rows(session, Article, [{"id": one, "extractor_version": version} for one in ids])


def _chosen(scope: Scope) -> list[sa.ColumnElement[bool]]:
    window = scope.window
    at = sa.func.coalesce(Article.published_at, Article.first_seen_at)
    return [
        Article.withdrawn_at.is_(None),
        *([at >= sa.bindparam(None, window.since, Article.first_seen_at.type)] if window.since else []),
        *([at < sa.bindparam(None, window.until, Article.first_seen_at.type)] if window.until else []),
        *([Article.feed_id.in_(scope.feed_ids)] if scope.feed_ids else []),
        *([Article.extractor_version != scope.other_than] if scope.other_than else []),
    ]


def _said(session: Session, ids: Sequence[int]) -> dict[int, Any]:
    """Return the first entry of each article that made it: what its feed said."""
    if not ids:
        return {}
    rows = session.execute(
        sa.select(Entry.article_id, Entry.url, Entry.title, Entry.listed, Entry.published_at, Entry.trusted)
        .where(among(session, Entry.article_id, ids), Entry.outcome.in_(_MADE))
        .order_by(Entry.id.desc())
    )
    return {row.article_id: row for row in rows}


def _subject(row: Any, said: Any) -> Subject:
    article, page = row[0], row[1]
    names = Extracted.__dataclass_fields__
    stored = Extracted(**{name: _record(getattr(article, name)) for name in names})
    fetched = FetchedPage(
        page.url, page.final_url, page.status, tuple((str(one[0]), str(one[1])) for one in page.headers or ()),
        page.body, page.fetched_at, packed=True,
    )  # fmt: skip
    entry = FetchedEntry(
        id=article.id, feed_id=article.feed_id, page_id=page.id, url=article.url, canonical_url=article.canonical_url, fence=0,
        attempt_count=0, page=fetched, expected=_expectation(row, said), article_id=article.id,
    )  # fmt: skip
    return Subject(article.id, stored, article.content_hash, entry)


def _expectation(row: Any, said: Any) -> Expectation:
    publisher = row.publisher or row.title
    if said is None:
        return Expectation(publisher=publisher, language=row.language)
    listed = said.listed if isinstance(said.listed, dict) else {}
    return Expectation(
        title=said.title or "", authors=tuple(listed.get("authors", ())), summary=listed.get("summary", ""), content=listed.get("content", ""),
        published_at=said.published_at, updated_at=desk.time_of(listed, "updated_at"), captured_at=desk.time_of(listed, "captured_at"), language=listed.get("language") or row.language, publisher=publisher,
        tags=tuple(listed.get("tags", ())), image_url=listed.get("image_url"),
    )  # fmt: skip


def _row(leg: Leg, one: Subject, said: Any) -> dict[str, Any]:
    entry = one.entry
    return {
        "feed_id": entry.feed_id, "key": hashlib.sha256(f"{leg.request_id}\narticle {one.article_id}".encode()).hexdigest(),
        "url": entry.url, "canonical_url": entry.canonical_url, "url_key": one.stored.url_key, "host": host_of(entry.canonical_url),
        "trusted": bool(said and said.trusted), "title": said.title if said else None,
        "listed": said.listed if said else {}, "published_at": said.published_at if said else None,
        "article_id": one.article_id, "page_id": entry.page_id,
    }  # fmt: skip


def _record(value: object) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _stored(value: object) -> Any:
    return list(value) if isinstance(value, tuple) else value
