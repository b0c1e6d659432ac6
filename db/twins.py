"""Pairs of unique articles that share candidate keys and are two stories all the same: what an audit compares once more."""

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy import Integer, func, select
from sqlalchemy.orm import Session, aliased

from db.candidates import SHARED, signatures
from db.models import Article, Cluster, LshKey, Ruling
from domain.records import Signature

_BATCH = 5_000
Pair = tuple[int, Signature, int, Signature]


def twins(session: Session, recipe_id: str, *, key_limit: int) -> Iterator[Pair]:
    """Yield every pair of unique articles that a look-up would compare, with their signatures.

    Crowded keys bring nobody together, and pairs with a standing ruling on either article are what a person wanted.
    """
    pairs = session.execute(_pairs(key_limit)).tuples().all()
    for start in range(0, len(pairs), _BATCH):
        some = pairs[start : start + _BATCH]
        stored = signatures(session, {one for pair in some for one in pair}, recipe_id)
        for one, other in some:
            if one in stored and other in stored:
                yield one, stored[one], other, stored[other]


def _pairs(key_limit: int) -> sa.Select[tuple[int, int]]:
    known = select(LshKey.key).group_by(LshKey.key).having(func.count().between(2, key_limit - 1)).subquery()
    held = (
        select(LshKey.key, LshKey.article_id)
        .join(known, known.c.key == LshKey.key)
        .join(Cluster, Cluster.representative_id == LshKey.article_id)
        .join(Article, Article.id == LshKey.article_id)
        .where(Article.withdrawn_at.is_(None))
        .cte("held")
    )
    one, other = aliased(held), aliased(held)
    # Even keys are bands, of which one suffices; odd ones are sampled shingles.
    sampled = func.sum(one.c.key.bitwise_and(1), type_=Integer)
    ruled = (
        select(Ruling.article_id)
        .where(Ruling.revoked.is_(False))
        .union(select(Ruling.other_id).where(Ruling.revoked.is_(False), Ruling.other_id.is_not(None)))
    )
    return (
        select(one.c.article_id, other.c.article_id)
        .join(other, sa.and_(other.c.key == one.c.key, other.c.article_id > one.c.article_id))
        .where(one.c.article_id.not_in(ruled), other.c.article_id.not_in(ruled))
        .group_by(one.c.article_id, other.c.article_id)
        .having(sa.or_(sampled >= SHARED, func.count() > sampled))
    )
