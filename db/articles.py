"""Articles as stored: which addresses are known, how new ones are written, and what they read before."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from db.ids import reserve
from db.models import Article, Revision
from db.sets import among, insert_rows, parts, update_rows
from domain.records import Article as Extracted
from domain.records import Kind, Placement, Signature, TextChange


@dataclass(frozen=True, slots=True)
class NewArticle:
    """An article about to be stored, with everything that is not in its text."""

    place: Placement
    article: Extracted
    signature: Signature
    feed_id: int | None
    page_id: int | None
    fetched_at: datetime
    ordered_at: datetime
    next_visit_at: datetime | None


@dataclass(frozen=True, slots=True)
class Present:
    """What an article reads now, and the columns that a new text replaces."""

    id: int
    title: str
    body: str
    page_id: int | None
    content_hash: str
    first_seen_at: datetime
    fetched_at: datetime | None
    ordered_at: datetime
    cluster_id: int
    kind: Kind
    withdrawn: bool


def known(session: Session, url_keys: Iterable[str]) -> dict[str, int]:
    """Return the articles that these URL keys name already."""
    found: dict[str, int] = {}
    for some in parts(url_keys):
        found |= dict(session.execute(sa.select(Article.url_key, Article.id).where(among(session, Article.url_key, some))).tuples().all())
    return found


def new_ids(session: Session, count: int) -> list[int]:
    """Return `count` ids for new articles; call under the lock."""
    return reserve(session, Article.id, count)


def insert(session: Session, new: Sequence[NewArticle], now: datetime) -> None:
    """Store new articles under their reserved ids."""
    insert_rows(
        session, Article, [_row(one) | {"id": one.place.article_id, "url_key": one.article.url_key} | _story(one, now) for one in new]
    )


def present(session: Session, ids: Iterable[int]) -> dict[int, Present]:
    """Return what articles read now."""
    names = [one.name for one in fields(Present) if one.name not in {"withdrawn", "ordered_at"}]
    columns = [*(getattr(Article, name) for name in names), Article.ordered_at, Article.withdrawn_at]
    found: dict[int, Present] = {}
    for some in parts(ids):
        for row in session.execute(sa.select(*columns).where(among(session, Article.id, some))):
            values = {name: getattr(row, name) for name in names}
            withdrawn = row.withdrawn_at is not None
            found[row.id] = Present(**values, ordered_at=row.ordered_at or row.first_seen_at, withdrawn=withdrawn)
    return found


def revise(session: Session, former: Present, revised: NewArticle, change: TextChange, *, now: datetime) -> None:
    """Keep the former text as a revision and put the new one in its place; address, order and story stay."""
    insert_rows(
        session,
        Revision,
        [
            {
                "article_id": former.id, "page_id": former.page_id, "title": former.title, "body": former.body,
                "content_hash": former.content_hash, "change_ratio": change.ratio, "substantive": change.substantive,
                "seen_at": former.fetched_at or former.first_seen_at, "replaced_at": now,
            }
        ],
    )  # fmt: skip
    kept = {"url", "canonical_url", "feed_id", "next_visit_at"}
    update_rows(session, Article, [{name: value for name, value in _row(revised).items() if name not in kept} | {"id": former.id}])


def visited(session: Session, ids: Iterable[int], now: datetime) -> None:
    """Note that articles were asked again and read the same."""
    update_rows(session, Article, [{"id": one, "fetched_at": now} for one in ids])


def withdraw(session: Session, article_id: int, now: datetime) -> None:
    """Remove an article's text, former texts included; its row stays, so that nothing points into the void."""
    session.execute(sa.delete(Revision).where(Revision.article_id == article_id))
    empty = {"title": "", "body": "", "standfirst": None, "image_url": None, "image_caption": None, "word_count": 0, "page_id": None}
    lists: dict[str, list[str]] = {
        name: [] for name in ("authors", "editors", "contributors", "tags", "related_urls", "removed_lines", "flags")
    }
    hashes = {"content_hash": f"withdrawn:{article_id}", "lead_hash": None}
    update_rows(session, Article, [{"id": article_id, "withdrawn_at": now, "next_visit_at": None} | empty | lists | hashes])


def find(session: Session, named: str, url_key: str | None) -> int | None:
    """Return the id of the article that a person names by id or by address (`url_key` of its canonical form)."""
    if named.isdecimal():
        return session.scalar(sa.select(Article.id).where(Article.id == int(named)))
    by_address = sa.select(Article.id).where(sa.or_(Article.url == named, Article.canonical_url == named, Article.url_key == url_key))
    return session.scalar(by_address.order_by(Article.id).limit(1))


def _row(one: NewArticle) -> dict[str, Any]:
    """Return the columns that come from the text and its page."""
    article = one.article
    stored = Article.__table__.columns.keys()
    values: dict[str, Any] = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in ((part.name, getattr(article, part.name)) for part in fields(Extracted))
        if name in stored and name != "url_key"
    }
    return values | {
        "feed_id": one.feed_id, "page_id": one.page_id, "fetched_at": one.fetched_at,
        "content_hash": one.signature.content_hash, "lead_hash": one.signature.lead_hash,
    }  # fmt: skip


def _story(one: NewArticle, now: datetime) -> dict[str, Any]:
    return {
        "cluster_id": one.place.cluster_id, "kind": one.place.kind, "first_seen_at": now, "ordered_at": one.ordered_at,
        "next_visit_at": one.next_visit_at,
    }  # fmt: skip
