"""Why an article is where it is: its place, what it was compared with, what people ruled, how its text changed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from db import recipes, rulings
from db.models import Article, Change, Cluster, Match, Revision, Signature
from db.rulings import Ruled


@dataclass(frozen=True, slots=True)
class Explained:
    """An article and its story."""

    id: int
    url: str
    publisher: str | None
    title: str
    kind: str
    withdrawn_at: datetime | None
    published_at: datetime | None
    published_at_source: str | None
    first_seen_at: datetime
    ordered_at: datetime
    story_id: int
    representative_id: int
    member_count: int
    shingle_count: int | None


@dataclass(frozen=True, slots=True)
class Compared:
    """A pair that was verified: the other article, the evidence, and the rule that decided."""

    article_id: int
    url: str
    publisher: str | None
    title: str
    same_story: bool
    represents: bool
    verdict: str
    rule: str
    similarity: float
    containment: float
    shared_count: int
    words: float
    figures: float | None
    found_by: str
    contained: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Version:
    """A former text of the article; `body` is what it read until `replaced_at`."""

    title: str
    body: str
    change_ratio: float
    substantive: bool
    seen_at: datetime
    replaced_at: datetime


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that `copydesk explain` shows; `body` is the present text, for comparison with `versions`."""

    article: Explained
    compared: tuple[Compared, ...]
    rulings: tuple[Ruled, ...]
    versions: tuple[Version, ...]
    changes: tuple[tuple[int, str, datetime, dict[str, Any]], ...]
    recipe_id: str | None
    thresholds: dict[str, Any]
    body: str


def explain(session: Session, article_id: int) -> Explanation | None:
    """Return why this article is where it is, None when there is no such article."""
    article, body = _article(session, article_id)
    if article is None:
        return None
    recipe_id = recipes.active(session)
    parameters: Any = recipes.parameters(session, recipe_id) if recipe_id else {}
    log = session.execute(
        sa.select(Change.seq, Change.kind, Change.at, Change.detail)
        .where(
            Change.article_id.in_((article_id, article.representative_id)),
            sa.or_(Change.article_id == article_id, Change.detail["copy"].as_integer() == article_id),
        )
        .order_by(Change.seq)
        .limit(100)
    )
    return Explanation(
        article,
        _compared(session, article),
        tuple(rulings.standing(session, [article_id], revoked=True)),
        _versions(session, article_id),
        tuple(tuple(row) for row in log),
        recipe_id,
        dict(parameters.get("thresholds", {})),
        body,
    )


def _article(session: Session, article_id: int) -> tuple[Explained | None, str]:
    row = session.execute(
        sa.select(
            Article.id, Article.url, Article.publisher, Article.title, Article.kind, Article.withdrawn_at, Article.published_at,
            Article.published_at_source, Article.first_seen_at, Article.ordered_at, Article.body, Cluster.id.label("story_id"),
            Cluster.representative_id, Cluster.member_count, Signature.shingle_count,
        )
        .join(Cluster, Cluster.id == Article.cluster_id)
        .outerjoin(Signature, Signature.article_id == Article.id)
        .where(Article.id == article_id)
        .limit(1)
    ).one_or_none()  # fmt: skip
    if row is None:
        return None, ""
    return Explained(
        row.id, row.url, row.publisher, row.title, row.kind, row.withdrawn_at, row.published_at, row.published_at_source,
        row.first_seen_at, row.ordered_at or row.first_seen_at, row.story_id, row.representative_id, row.member_count, row.shingle_count,
    ), row.body  # fmt: skip


def _compared(session: Session, article: Explained) -> tuple[Compared, ...]:
    """Return the pairs of an article, copies before related ones, the most alike first."""
    found: list[Compared] = []
    for mine, theirs in ((Match.article_id, Match.other_id), (Match.other_id, Match.article_id)):
        rows = session.execute(
            sa.select(Match, Article.id, Article.url, Article.publisher, Article.title, Article.cluster_id, Signature.shingle_count)
            .join(Article, Article.id == theirs)
            .outerjoin(Signature, sa.and_(Signature.article_id == Article.id, Signature.recipe_id == Match.recipe_id))
            .where(mine == article.id)
        )
        for match, one, url, publisher, title, story, size in rows:
            shorter = "this in the other" if (article.shingle_count or 0) <= (size or 0) else "the other in this"
            found.append(
                Compared(
                    one, url, publisher, title, story == article.story_id, one == article.representative_id, match.verdict, match.rule,
                    match.similarity, match.containment, match.shared_count, match.words, match.figures, match.found_by, shorter, match.at,
                )
            )  # fmt: skip
    return tuple(sorted(found, key=lambda one: (one.verdict == "related", -one.similarity, -one.containment, one.article_id)))


def _versions(session: Session, article_id: int) -> tuple[Version, ...]:
    rows = session.execute(
        sa.select(Revision.title, Revision.body, Revision.change_ratio, Revision.substantive, Revision.seen_at, Revision.replaced_at)
        .where(Revision.article_id == article_id)
        .order_by(Revision.id)
    )
    return tuple(Version(*row) for row in rows.tuples())
