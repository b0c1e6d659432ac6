"""What holds for stories: one live representative each, no two alike, every copy with its evidence, every article comparable."""

from typing import Any

from sqlalchemy import and_, except_, exists, func, or_, select
from sqlalchemy.orm import aliased

from db.models import Article, Cluster, LshKey, Match, Recipe, Ruling, Signature
from db.promises.promise import COPIES, KINDS, Promise, Terms, rows


def copies(terms: Terms) -> tuple[Promise, ...]:
    """Return the promises that no story is there twice, and that nothing is a copy without a reason."""
    one, other = aliased(Article), aliased(Article)
    unique = (one.kind == KINDS[0], one.withdrawn_at.is_(None), other.kind == KINDS[0], other.withdrawn_at.is_(None))
    present = (Article.kind == KINDS[0], Article.withdrawn_at.is_(None))
    # The first and the last of those that share their words stand for all: pairs of them may be many.
    first, last = func.min(Article.id).label("first"), func.max(Article.id).label("last")
    alike = (
        select(first, last, func.count().label("articles"))
        .where(*present)
        .group_by(Article.content_hash)
        .having(func.count() > 1)
        .subquery()
    )
    pair = (one.id.label("article_id"), one.url, other.id.label("other_id"), other.url.label("other_url"))
    copy = and_(Article.kind.in_(COPIES), Article.withdrawn_at.is_(None))
    leader, earlier, later = aliased(Article), aliased(Match), aliased(Match)
    matched = func.coalesce(earlier.verdict, later.verdict, "").in_(COPIES)
    return (
        Promise(
            "I3", "exact-copies", "No two unique articles have the same words, unless these are few or a ruling split them.",
            rows(Article, *present),
            select(*pair, alike.c.articles)
            .join_from(alike, one, one.id == alike.c.first)
            .join(other, other.id == alike.c.last)
            .join(Signature, and_(Signature.article_id == one.id, Signature.recipe_id == _active()))
            .where(func.length(Signature.vocabulary) >= 4 * terms.min_exact_words, ~_ruled(one, other)),
        ),
        Promise(
            "I3", "near-copies", "No two unique articles were found to be copies of each other, unless a ruling split them.",
            rows(Match, Match.verdict.in_(COPIES)),
            select(*pair, Match.verdict, Match.similarity, Match.containment)
            .join_from(Match, one, one.id == Match.article_id)
            .join(other, other.id == Match.other_id)
            .where(Match.verdict.in_(COPIES), Match.recipe_id == _active(), *unique, ~_ruled(one, other)),
        ),
        Promise(
            "I4", "evidence", "Every copy was found to match its representative, unless a ruling put it there.",
            rows(Article, copy),
            select(Article.id, Article.url, Article.kind, leader.id.label("representative_id"), leader.url.label("representative_url"))
            .join(Cluster, Cluster.id == Article.cluster_id)
            .join(leader, leader.id == Cluster.representative_id)
            .outerjoin(earlier, and_(earlier.article_id == Article.id, earlier.other_id == leader.id, earlier.recipe_id == _active()))
            .outerjoin(later, and_(later.article_id == leader.id, later.other_id == Article.id, later.recipe_id == _active()))
            .where(copy, ~matched, ~_ruled(Article, leader)),
        ),
    )  # fmt: skip


def stories() -> tuple[Promise, ...]:
    """Return the promises of clusters and their members."""
    copy = and_(Article.kind.in_(COPIES), Article.withdrawn_at.is_(None))
    leader = aliased(Article)
    members = select(Article.cluster_id, func.count().label("articles")).group_by(Article.cluster_id).subquery()
    return (
        Promise(
            "I4", "stories", "Every article belongs to a story that is there.",
            rows(Article),
            select(Article.id, Article.url, Article.cluster_id)
            .outerjoin(Cluster, Cluster.id == Article.cluster_id)
            .where(Cluster.id.is_(None)),
        ),
        Promise(
            "I4", "representatives", "Every story's representative is one of its members and of kind unique.",
            rows(Cluster),
            select(Cluster.id, Cluster.representative_id, Article.cluster_id, Article.kind)
            .outerjoin(Article, Article.id == Cluster.representative_id)
            .where(or_(Article.id.is_(None), Article.cluster_id.is_distinct_from(Cluster.id), Article.kind != KINDS[0])),
        ),
        Promise(
            "I4", "kinds", "An article is unique exactly when it represents its story; all others are exact or near copies.",
            rows(Article),
            select(Article.id, Article.url, Article.kind, Article.cluster_id)
            .outerjoin(Cluster, Cluster.representative_id == Article.id)
            .where(or_(Article.kind.not_in(KINDS), (Article.kind == KINDS[0]) == Cluster.id.is_(None))),
        ),
        Promise(
            "I4", "live-representatives", "No copy points to a representative that was withdrawn.",
            rows(Article, copy),
            select(Article.id, Article.url, Cluster.representative_id)
            .join(Cluster, Cluster.id == Article.cluster_id)
            .join(leader, leader.id == Cluster.representative_id)
            .where(copy, leader.withdrawn_at.is_not(None)),
        ),
        Promise(
            "I7", "member-counts", "A story's counter equals its articles.",
            rows(Cluster),
            select(Cluster.id, Cluster.member_count, func.coalesce(members.c.articles, 0).label("articles"))
            .outerjoin(members, members.c.cluster_id == Cluster.id)
            .where(Cluster.member_count != func.coalesce(members.c.articles, 0)),
        ),
    )  # fmt: skip


def signatures(terms: Terms) -> tuple[Promise, ...]:
    """Return the promises that make every article comparable."""
    present = Article.withdrawn_at.is_(None)
    active = _active()
    # A key that many articles have is stored no more; a story that popular is found by its first members.
    crowded = select(LshKey.key).group_by(LshKey.key).having(func.count() >= terms.key_limit)
    popular = select(Article.cluster_id).join(LshKey, LshKey.article_id == Article.id).where(LshKey.key.in_(crowded))
    recent = and_(present, Article.first_seen_at >= terms.window_start)
    # Differences of sets, because PostgreSQL takes anti-joins for one row each and then walks every key for each article.
    excused = select(Article.id).where(Article.cluster_id.in_(popular))
    keyless = except_(select(Article.id).where(recent), select(LshKey.article_id), excused).subquery()
    return (
        Promise(
            "I6", "one-recipe", "Exactly one recipe is active once there are articles.",
            rows(Recipe),
            select(func.count().label("active")).select_from(Recipe).where(Recipe.state == "active")
            .having(and_(func.count() != 1, exists(select(Article.id)))),
        ),
        Promise(
            "I6", "signatures", "Every article has a signature under the active recipe.",
            rows(Article, present),
            select(Article.id, Article.url)
            .where(present, ~exists().where(Signature.article_id == Article.id, Signature.recipe_id == active)),
        ),
        Promise(
            "I6", "shingles", "Every signature holds as many shingles as it says.",
            rows(Signature),
            select(Signature.article_id, Signature.shingle_count, func.length(Signature.shingles).label("bytes"))
            .where(func.length(Signature.shingles) != 8 * Signature.shingle_count),
        ),
        Promise(
            "I6", "keys", "Every article within the window has its candidate keys, unless its story crowds them.",
            rows(Article, recent),
            select(Article.id, Article.url)
            .join(keyless, keyless.c.id == Article.id)
            .join(Signature, Signature.article_id == Article.id)
            .where(Signature.recipe_id == active, Signature.shingle_count > 0)
        ),
    )  # fmt: skip


def _ruled(one: Any, other: Any) -> Any:
    """Say whether a ruling in force, which may keep articles apart or bring them together, names a member of either story."""
    member = aliased(Article)
    return exists().where(
        member.cluster_id.in_((one.cluster_id, other.cluster_id)),
        or_(Ruling.article_id == member.id, Ruling.other_id == member.id),
        Ruling.revoked.is_(False),
    )


def _active() -> Any:
    return select(Recipe.id).where(Recipe.state == "active").scalar_subquery()
