"""Stories as stored: where articles are placed, what connects them, and how a new arrangement is written."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from db import changes
from db.ids import reserve
from db.models import Article, Cluster, Entry, Match, Ruling
from db.sets import among, insert_rows, parts, update_rows
from domain.outcomes import Outcome
from domain.records import Comparison, Member, Placed, Placement, Settlement
from domain.records import Match as Verified

_COPIES = ("exact_copy", "near_copy")
_STORED = (Outcome.UNIQUE.value, Outcome.EXACT_COPY.value, Outcome.NEAR_COPY.value)


def placed(session: Session, ids: Iterable[int]) -> dict[int, Placed]:
    """Return where articles are placed; unknown ones are absent."""
    found: dict[int, Placed] = {}
    at = sa.func.coalesce(Article.ordered_at, Article.first_seen_at, type_=Article.first_seen_at.type)
    for some in parts(ids):
        rows = session.execute(
            sa.select(
                Article.id, at.label("at"), Article.url_key, Article.content_hash, Article.withdrawn_at, Article.cluster_id,
                Article.kind, Cluster.representative_id,
            )
            .join(Cluster, Cluster.id == Article.cluster_id)
            .where(among(session, Article.id, some))
        )  # fmt: skip
        for row in rows:
            member = Member(row.id, row.at, row.url_key, row.content_hash, withdrawn=row.withdrawn_at is not None)
            found[row.id] = Placed(member, row.cluster_id, row.representative_id, row.kind)
    return found


def with_hash(member: Member, content_hash: str | None) -> Member:
    """Return the member as it will be when its text has another hash; itself when it keeps its own."""
    return member if content_hash is None else replace(member, content_hash=content_hash)


def component(session: Session, seeds: Iterable[int], fresh: Mapping[int, set[int]], limit: int) -> frozenset[int] | None:
    """Return every article that is connected with the seeds, or None when there are more than `limit`.

    Connected are articles by a stored copy match, by a link in `fresh` (not stored yet), by a ruling that joins them, and by
    being in one story now.
    """
    found: set[int] = set()
    frontier = set(seeds)
    while frontier:
        found |= frontier
        if len(found) > limit:
            return None
        frontier = (_neighbours(session, frontier) | {one for known in frontier for one in fresh.get(known, ())}) - found
    return frozenset(found)


def members_of(session: Session, stories: Iterable[int]) -> list[int]:
    """Return the articles of these stories."""
    found: list[int] = []
    for some in parts(stories):
        found += session.scalars(sa.select(Article.id).where(among(session, Article.cluster_id, some))).all()
    return found


def of_at_most(session: Session, stories: Iterable[int], limit: int) -> set[int]:
    """Return those of the stories that have no more than `limit` articles."""
    found: set[int] = set()
    for some in parts(stories):
        found |= set(session.scalars(sa.select(Cluster.id).where(among(session, Cluster.id, some), Cluster.member_count <= limit)))
    return found


def matches_among(session: Session, ids: frozenset[int]) -> list[Verified]:
    """Return the stored copy matches between these articles."""
    found: list[Verified] = []
    for some in parts(ids):
        rows = session.scalars(sa.select(Match).where(among(session, Match.article_id, some), Match.verdict.in_(_COPIES)))
        found += [record(row) for row in rows if row.other_id in ids]
    return found


def ruled_among(session: Session, clusters: Iterable[int]) -> frozenset[int]:
    """Return those of the clusters in which a standing ruling names a member."""
    if session.scalar(sa.select(Ruling.id).where(sa.not_(Ruling.revoked)).limit(1)) is None:
        return frozenset()
    found: set[int] = set()
    for some in parts(clusters):
        named = sa.or_(Ruling.article_id == Article.id, Ruling.other_id == Article.id)
        query = sa.select(Article.cluster_id).join(Ruling, named).where(among(session, Article.cluster_id, some), sa.not_(Ruling.revoked))
        found |= {one for one in session.scalars(query) if one is not None}
    return frozenset(found)


def add_matches(session: Session, matches: Sequence[Verified], now: datetime) -> None:
    """Store verified pairs."""
    insert_rows(session, Match, [_row(match, now) for match in matches])


def remove_matches(session: Session, article_id: int) -> None:
    """Delete the matches of an article whose text is another now."""
    session.execute(sa.delete(Match).where(sa.or_(Match.article_id == article_id, Match.other_id == article_id)))


def new_ids(session: Session, count: int) -> list[int]:
    """Return `count` ids for new clusters; call under the lock."""
    return reserve(session, Cluster.id, count)


def apply(session: Session, settlement: Settlement, now: datetime, *, new: frozenset[int] = frozenset()) -> None:
    """Write an arrangement: clusters, the articles' places and kinds, their entries' outcomes, and the change log.

    `new` articles were inserted with their place already. Call under the lock, after them.
    """
    moved = [one for one in settlement.placements if one.article_id not in new]
    left = _clusters_of(session, [one.article_id for one in moved])
    fresh = _write_clusters(session, settlement, now)
    update_rows(session, Article, [{"id": one.article_id, "cluster_id": one.cluster_id, "kind": one.kind} for one in moved])
    _follow(session, moved)
    touched = {one.cluster_id for one in settlement.placements} | left | set(settlement.clusters)
    _recount(session, touched - fresh - settlement.emptied, now)
    changes.append(session, settlement.changes, now)


def _write_clusters(session: Session, settlement: Settlement, now: datetime) -> set[int]:
    """Write new and changed clusters, delete the emptied; return the ids of the new ones.

    Changed rows are taken out and put back, because two stories may exchange representatives and each may have but one.
    """
    created: dict[int, datetime] = {}
    for some in parts({*settlement.clusters, *settlement.emptied}):
        created |= dict(session.execute(sa.select(Cluster.id, Cluster.created_at).where(among(session, Cluster.id, some))).tuples().all())
    for some in parts(created):
        session.execute(sa.delete(Cluster).where(among(session, Cluster.id, some)).execution_options(synchronize_session=False))
    counts = Counter(one.cluster_id for one in settlement.placements)
    rows = [
        {"id": one, "representative_id": first, "member_count": counts[one], "created_at": created.get(one, now), "updated_at": now}
        for one, first in settlement.clusters.items()
    ]
    insert_rows(session, Cluster, rows)
    return set(settlement.clusters) - set(created)


def _clusters_of(session: Session, ids: Sequence[int]) -> set[int]:
    found: set[int] = set()
    for some in parts(ids):
        found |= {one for one in session.scalars(sa.select(Article.cluster_id).where(among(session, Article.id, some))) if one is not None}
    return found


def _follow(session: Session, moved: Sequence[Placement]) -> None:
    """Let the entries that made these articles end as the articles now stand."""
    by_kind: dict[str, list[int]] = defaultdict(list)
    for one in moved:
        by_kind[one.kind].append(one.article_id)
    for kind, ids in by_kind.items():
        for some in parts(ids):
            made = sa.and_(among(session, Entry.article_id, some), Entry.outcome.in_(_STORED), Entry.outcome != kind)
            session.execute(sa.update(Entry).where(made).values(outcome=kind).execution_options(synchronize_session=False))


def _recount(session: Session, clusters: set[int], now: datetime) -> None:
    members = sa.select(sa.func.count()).where(Article.cluster_id == Cluster.id).scalar_subquery()
    for some in parts(clusters):
        counted = sa.update(Cluster).where(among(session, Cluster.id, some)).values(member_count=members, updated_at=now)
        session.execute(counted.execution_options(synchronize_session=False))


def _row(match: Verified, now: datetime) -> dict[str, object]:
    seen = match.comparison
    return {
        "article_id": match.article_id, "other_id": match.other_id, "recipe_id": match.recipe_id, "verdict": seen.verdict,
        "rule": seen.rule, "similarity": seen.similarity, "containment": seen.containment, "shared_count": seen.shared_count,
        "words": seen.words, "figures": seen.figures, "found_by": match.found_by, "at": now,
    }  # fmt: skip


def record(row: Match) -> Verified:
    """Return a stored match as the record that was handed in."""
    seen = Comparison(
        row.verdict, row.rule, row.similarity, row.containment, row.shared_count, row.words, row.figures,  # type: ignore[arg-type]
    )  # fmt: skip
    return Verified(row.article_id, row.other_id, row.recipe_id, seen, row.found_by)  # type: ignore[arg-type]


def _neighbours(session: Session, ids: set[int]) -> set[int]:
    found: set[int] = set()
    for some in parts(ids):
        for one, other in ((Match.article_id, Match.other_id), (Match.other_id, Match.article_id)):
            found |= set(session.scalars(sa.select(other).where(among(session, one, some), Match.verdict.in_(_COPIES))))
        stories = sa.select(Article.cluster_id).where(among(session, Article.id, some))
        found |= set(session.scalars(sa.select(Article.id).where(Article.cluster_id.in_(stories))))
        joins = sa.select(Ruling.article_id, Ruling.other_id).where(Ruling.kind == "join", sa.not_(Ruling.revoked))
        named = sa.or_(among(session, Ruling.article_id, some), among(session, Ruling.other_id, some))
        found |= {one for pair in session.execute(joins.where(named)) for one in pair if one is not None}
    return found
