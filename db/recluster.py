"""A new recipe built beside the active one: what still needs a signature, what the archive looks like under it, and the switch."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from db import arrange, candidates, clusters, recipes, rulings
from db.models import Article, Cluster, Match, Signature
from db.sets import parts, update_rows
from domain.records import Judge, Settlement
from domain.records import Match as Verified
from domain.records import Signature as Signed


@dataclass(frozen=True, slots=True)
class Stored:
    """An article's text, and the hashes that the active recipe gave it."""

    id: int
    body: str
    content_hash: str
    lead_hash: str | None


def unsigned(session: Session, recipe_id: str, *, limit: int) -> list[Stored]:
    """Return the first articles that have no signature under this recipe; withdrawn ones never have."""
    signed = sa.select(Signature.article_id).where(Signature.article_id == Article.id, Signature.recipe_id == recipe_id)
    query = _stored().where(Article.withdrawn_at.is_(None), ~signed.exists()).order_by(Article.id).limit(limit)
    return [Stored(*row) for row in session.execute(query).tuples()]


def following(session: Session, after: int, *, limit: int) -> list[Stored]:
    """Return the next articles by id."""
    query = _stored().where(Article.id > after, Article.withdrawn_at.is_(None)).order_by(Article.id).limit(limit)
    return [Stored(*row) for row in session.execute(query).tuples()]


def named(session: Session, ids: Iterable[int]) -> list[Stored]:
    """Return these articles, without those that were withdrawn."""
    query = _stored().where(Article.id.in_(list(ids)), Article.withdrawn_at.is_(None)).order_by(Article.id)
    return [Stored(*row) for row in session.execute(query).tuples()]


def sign(session: Session, signed: Mapping[int, Signed]) -> None:
    """Store signatures of the new recipe, unless the article was signed or withdrawn meanwhile."""
    present = candidates.signatures(session, signed, next(iter(signed.values())).recipe_id) if signed else {}
    gone = set(session.scalars(sa.select(Article.id).where(Article.id.in_(signed), Article.withdrawn_at.is_not(None))))
    candidates.add(session, {one: text for one, text in signed.items() if one not in present and one not in gone})


def arranged(session: Session, judge: Judge, matches: Sequence[Verified], hashes: Mapping[int, str]) -> Settlement:
    """Return what would have to be written if these were all the matches; nothing is. `hashes` are changed content hashes."""
    linked = {one for match in matches for one in (match.article_id, match.other_id)}
    together = sa.select(Article.id).join(Cluster, Cluster.id == Article.cluster_id).where(Cluster.member_count > 1)
    concerned = linked | set(session.scalars(together))
    placed = clusters.placed(session, concerned)
    members = {one: clusters.with_hash(there.member, hashes.get(one)) for one, there in placed.items()}
    stories = judge.arrange(list(members.values()), matches, rulings.constraints(session, placed))
    spare = arrange.spare_ids(session, len(stories))
    return judge.settle(stories, members, placed, new_ids=spare, matches=matches)


def switch(
    session: Session, judge: Judge, matches: Sequence[Verified], changed: Iterable[tuple[int, str, str | None]], *, now: datetime
) -> Settlement:
    """Make the recipe the active one: its matches, hashes and stories replace the former ones. Call under the lock."""
    changed = list(changed)
    settlement = arranged(session, judge, matches, {one: content for one, content, _ in changed})
    update_rows(session, Article, [{"id": one, "content_hash": content, "lead_hash": lead} for one, content, lead in changed])
    session.execute(sa.delete(Match).execution_options(synchronize_session=False))
    clusters.add_matches(session, matches, now)
    clusters.apply(session, settlement, now)
    recipes.switch(session, judge.recipe_id)
    return settlement


def forget(session: Session, recipe_id: str, *, limit: int) -> int:
    """Delete up to `limit` signatures of recipes other than this one; return how many."""
    old = sa.select(Signature.article_id, Signature.recipe_id).where(Signature.recipe_id != recipe_id).limit(limit)
    rows = session.execute(old).all()
    for former in {row.recipe_id for row in rows}:
        for some in parts(row.article_id for row in rows if row.recipe_id == former):
            gone = sa.delete(Signature).where(Signature.recipe_id == former, Signature.article_id.in_(some))
            session.execute(gone.execution_options(synchronize_session=False))
    return len(rows)


def _stored() -> sa.Select[tuple[int, str, str, str | None]]:
    return sa.select(Article.id, Article.body, Article.content_hash, Article.lead_hash)
