"""What people decided about articles; every later run respects it, and every ruling is a row of the change log."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import Session

from db import arrange, articles, candidates, changes, clusters, locks
from db.models import Ruling
from db.sets import among, parts
from domain.errors import ConfigurationError
from domain.records import Change, Constraints, Judge, Settlement

RulingKind: TypeAlias = Literal["split", "join", "pin", "withdraw"]
_TOLD_BY: dict[RulingKind, Literal["split", "joined", "representative_changed", "withdrawn"]] = {
    "split": "split",
    "join": "joined",
    "pin": "representative_changed",
    "withdraw": "withdrawn",
}


@dataclass(frozen=True, slots=True)
class Ruled:
    """A ruling as it stands: for `explain` and for lists."""

    id: int
    kind: RulingKind
    article_id: int
    other_id: int | None
    note: str | None
    at: datetime
    revoked: bool


def rule(
    session: Session,
    judge: Judge,
    kind: RulingKind,
    article_id: int,
    *,
    other_id: int | None = None,
    note: str | None = None,
    limit: int,
    now: datetime,
) -> Settlement:
    """Record a ruling, arrange the stories that it touches, and return what changed.

    `split` without another article parts one from its story's representative. A standing ruling that says the contrary is
    taken back. Raises `ConfigurationError` when the ruling makes no sense.
    """
    locks.take_dedup_lock(session)
    other_id = _sensible(session, kind, article_id, other_id)
    touched = [one for one in (article_id, other_id) if one is not None]
    _take_back_contrary(session, kind, touched)
    session.add(Ruling(kind=kind, article_id=article_id, other_id=other_id, note=note, at=now))
    session.flush()
    if kind == "withdraw":
        _empty(session, judge, article_id, now)
    settlement = arrange.rearrange(session, judge, touched, limit=limit, now=now, ruled=True)
    told = _TOLD_BY[kind]
    if kind != "withdraw" and told not in {change.kind for change in settlement.changes}:
        changes.append(session, [Change(article_id, told, {"other": other_id, "ruled": True})], now)
    return settlement


def revoke(session: Session, judge: Judge, ruling_id: int, *, limit: int, now: datetime) -> Settlement:
    """Take a ruling back, arrange its stories anew, and return what changed. Raises `ConfigurationError` when it cannot be."""
    locks.take_dedup_lock(session)
    ruling = session.get(Ruling, ruling_id)
    if ruling is None or ruling.revoked:
        raise ConfigurationError(f"There is no standing ruling {ruling_id}; `copydesk rulings` lists them.")
    if ruling.kind == "withdraw":
        raise ConfigurationError("A withdrawal cannot be taken back: the text is gone.")
    touched = [one for one in (ruling.article_id, ruling.other_id) if one is not None]
    ids = arrange.connected(session, touched, limit)
    ruling.revoked = True
    session.flush()
    return arrange.rearrange(session, judge, ids, limit=limit, now=now, ruled=True)


def standing(session: Session, ids: Iterable[int] | None = None, *, revoked: bool = False) -> list[Ruled]:
    """Return the rulings that stand, or with `revoked` all, oldest first; of these articles if they are named."""
    query = sa.select(Ruling).order_by(Ruling.id)
    if not revoked:
        query = query.where(sa.not_(Ruling.revoked))
    if ids is not None:
        named = list(ids)
        query = query.where(sa.or_(Ruling.article_id.in_(named), Ruling.other_id.in_(named)))
    return [
        Ruled(one.id, one.kind, one.article_id, one.other_id, one.note, one.at, one.revoked)  # type: ignore[arg-type]
        for one in session.scalars(query)
    ]


def constraints(session: Session, ids: Iterable[int]) -> Constraints:
    """Return the standing rulings that name any of these articles."""
    apart, together, pinned = set(), set(), set()
    for some in parts(ids):
        named = sa.or_(among(session, Ruling.article_id, some), among(session, Ruling.other_id, some))
        rows = session.execute(sa.select(Ruling.kind, Ruling.article_id, Ruling.other_id).where(named, sa.not_(Ruling.revoked)))
        for row in rows:
            pair = (min(row.article_id, row.other_id), max(row.article_id, row.other_id)) if row.other_id else None
            if row.kind == "split" and pair:
                apart.add(pair)
            elif row.kind == "join" and pair:
                together.add(pair)
            elif row.kind == "pin":
                pinned.add(row.article_id)
    return Constraints(frozenset(apart), frozenset(together), frozenset(pinned))


def _sensible(session: Session, kind: RulingKind, article_id: int, other_id: int | None) -> int | None:
    """Return the other article of the ruling, found or given. Raises `ConfigurationError`."""
    named = [one for one in (article_id, other_id) if one is not None]
    places = clusters.placed(session, named)
    missing = [one for one in named if one not in places]
    if missing:
        raise ConfigurationError(f"There is no article {missing[0]}.")
    if any(places[one].member.withdrawn for one in named):
        raise ConfigurationError("A withdrawn article has no story any more.")
    if kind == "split" and other_id is None:
        other_id = places[article_id].representative_id
        if other_id == article_id:
            raise ConfigurationError(f"Article {article_id} represents its story; name the article that it is to be split from.")
    if kind in {"split", "join"} and (other_id is None or other_id == article_id):
        raise ConfigurationError(f"A {kind} needs two different articles.")
    return other_id


def _take_back_contrary(session: Session, kind: RulingKind, touched: Sequence[int]) -> None:
    """Take back a join of what is split now, a split of what is joined, and the pins of a story that gets another one."""
    if kind == "pin":
        places = clusters.placed(session, touched)
        mates = clusters.members_of(session, {there.cluster_id for there in places.values()})
        _revoke(session, sa.and_(Ruling.kind == "pin", Ruling.article_id.in_(mates)))
    elif len(touched) == 2:
        contrary = "join" if kind == "split" else "split"
        _revoke(session, sa.and_(Ruling.kind == contrary, Ruling.article_id.in_(touched), Ruling.other_id.in_(touched)))


def _empty(session: Session, judge: Judge, article_id: int, now: datetime) -> None:
    """Remove a withdrawn article's text, signature, keys and matches, and say so before its story is arranged anew."""
    former = articles.present(session, [article_id])[article_id]
    candidates.remove(session, article_id, judge.sign(former.body).keys)
    clusters.remove_matches(session, article_id)
    articles.withdraw(session, article_id, now)
    changes.append(session, [Change(article_id, "withdrawn", {"ruled": True})], now)


def _revoke(session: Session, which: sa.ColumnElement[bool]) -> None:
    session.execute(
        sa.update(Ruling).where(which, sa.not_(Ruling.revoked)).values(revoked=True).execution_options(synchronize_session=False)
    )
