"""Arranges stories anew: reads what is connected, asks the judge, writes the difference; always under the dedup lock."""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import MappingProxyType

from sqlalchemy.orm import Session

from db import clusters, rulings
from domain.records import Judge, Match, Member, Placed, Settlement, Story

_END = datetime.max.replace(tzinfo=UTC)
log = logging.getLogger("copydesk.store")


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Stories as they should be, with everything that `Judge.settle` needs to compare them with what is stored."""

    stories: tuple[Story, ...]
    members: Mapping[int, Member]
    placed: Mapping[int, Placed]


def place(
    session: Session, judge: Judge, newcomers: Sequence[Member], matches: Sequence[Match], *, revised: Collection[int], limit: int
) -> Arrangement:
    """Return where newcomers and revised articles belong, given the matches that were just verified.

    Only stories for which something can change are walked again; one that is connected with more than `limit` articles is
    not, and its newcomers attach to the representative they match best.
    """
    others = {one for match in matches for one in (match.article_id, match.other_id)} - {member.id for member in newcomers}
    placed = clusters.placed(session, others | set(revised))
    ruled = clusters.ruled_among(session, {there.cluster_id for there in placed.values()})
    stories, unsettled = judge.attach(newcomers, placed, matches, ruled)
    members = {member.id: member for member in newcomers} | {one: there.member for one, there in placed.items()}
    seeds = unsettled | set(revised)
    if not seeds:
        return Arrangement(stories, members, placed)
    whole = clusters.component(session, seeds, _links(matches), limit)
    if whole is None:
        log.warning("alarm=story_too_large limit=%d articles=%s", limit, sorted(seeds)[:5])
        # Whoever comes last overtakes nobody, so this asks for no walk.
        late = [replace(member, at=_END) if member.id in unsettled else member for member in newcomers]
        return Arrangement(judge.attach(late, placed, matches, frozenset())[0], members, placed)
    again, placed_again, walked = _walk(session, judge, whole, known=members, matches=matches)
    kept = [story for story in stories if not story.member_ids & whole]
    return Arrangement((*kept, *walked), members | again, placed | placed_again)


def rearrange(session: Session, judge: Judge, ids: Iterable[int], *, limit: int, now: datetime, ruled: bool) -> Settlement:
    """Walk the stories of these articles again, write what differs, and return it; nothing when they are too large to."""
    whole = clusters.component(session, ids, {}, limit)
    if whole is None:
        log.warning("alarm=story_too_large limit=%d articles=%s", limit, sorted(ids)[:5])
        return Settlement()
    members, placed, stories = _walk(session, judge, whole)
    settlement = judge.settle(stories, members, placed, new_ids=spare_ids(session, len(stories)), ruled=ruled)
    clusters.apply(session, settlement, now)
    return settlement


def connected(session: Session, ids: Sequence[int], limit: int) -> frozenset[int]:
    """Return everything connected with these articles; only themselves when that is too much."""
    return clusters.component(session, ids, {}, limit) or frozenset(ids)


def spare_ids(session: Session, count: int) -> Iterator[int]:
    """Yield at most `count` ids for new stories, reserved when the first is asked for."""
    yield from clusters.new_ids(session, count) if count else ()


def _walk(
    session: Session,
    judge: Judge,
    whole: frozenset[int],
    *,
    known: Mapping[int, Member] = MappingProxyType({}),
    matches: Sequence[Match] = (),
) -> tuple[dict[int, Member], dict[int, Placed], tuple[Story, ...]]:
    placed = clusters.placed(session, whole)
    members = {one: known[one] for one in whole if one in known} | {one: there.member for one, there in placed.items()}
    found = [*clusters.matches_among(session, whole), *(match for match in matches if {match.article_id, match.other_id} <= whole)]
    return members, placed, judge.arrange(list(members.values()), found, rulings.constraints(session, whole))


def _links(matches: Sequence[Match]) -> dict[int, set[int]]:
    links: dict[int, set[int]] = defaultdict(set)
    for match in matches:
        if match.comparison.verdict in {"exact_copy", "near_copy"}:
            links[match.article_id].add(match.other_id)
            links[match.other_id].add(match.article_id)
    return links
