"""Stories from matches: star-shaped clusters as a function of the matches alone, whatever order the articles came in.

All members of a component are walked in one total order (believed publication time, then the hash of the URL). Each attaches
to the best-matching representative before it, or becomes one. So every copy matches the representative itself, two stories are
never chained by one weak match between copies, and the same matches end in the same stories by every road.

People's rulings bend the same function. Articles joined by a ruling are walked as one; articles split are never put under
one representative; a pinned article represents the story it ends in without changing who belongs to it. A withdrawn article
stands alone.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from domain.records import Constraints, Match, Member, Placed, Story

Strength = tuple[bool, float, float]


@dataclass(slots=True)
class _Group:
    """Articles that go together: usually one, more when a ruling joins them. Under a root, its story's members gather."""

    members: list[Member]
    story: list[Member] = field(default_factory=list)

    @property
    def first(self) -> Member:
        return self.members[0]


def arrange(members: Sequence[Member], matches: Iterable[Match], constraints: Constraints) -> tuple[Story, ...]:
    """Return the stories, in the order of their representatives; every member is in exactly one.

    Matches that are merely related, that name an unknown or a withdrawn article, or that a ruling forbids, do not count.
    """
    live = sorted((member for member in members if not member.withdrawn), key=lambda member: member.order)
    groups = _groups(live, constraints.together)
    group_of = {member.id: group for group in groups for member in group.members}
    strengths = _strengths(matches, group_of)
    roots: dict[int, _Group] = {}
    for group in groups:
        root = _best_root(group, roots, strengths[id(group)], constraints.apart)
        if root is None:
            root = roots[id(group)] = group
        root.story.extend(group.members)
    stories = [_story(root.story, constraints.pinned) for root in roots.values()]
    alone = [Story(member.id, frozenset({member.id})) for member in members if member.withdrawn]
    return (*stories, *alone)


def attach(
    newcomers: Sequence[Member], placed: Mapping[int, Placed], matches: Iterable[Match], ruled: frozenset[int]
) -> tuple[tuple[Story, ...], frozenset[int]]:
    """Return where newcomers go when the stories of those they match need not be walked again, and those for whom they must be.

    The walk decides about each member from those before it alone. So a newcomer that attaches to a representative changes
    nothing for anybody, and neither does one that matches nothing; only one that becomes a representative before others it
    matches does. Stories named in `ruled` (cluster ids) are always walked again. The stories returned are partial: a
    representative and the newcomers that join it.
    """
    links: dict[int, dict[int, Strength]] = defaultdict(dict)
    for match in filter(is_copy, matches):
        links[match.article_id][match.other_id] = links[match.other_id][match.article_id] = strength(match)
    known = {one: there.member for one, there in placed.items()} | {member.id: member for member in newcomers}
    roots = {one for one, there in placed.items() if there.representative_id == one}
    joined: dict[int, set[int]] = {}
    unsettled: set[int] = set()
    for member in sorted(newcomers, key=lambda member: member.order):
        linked = {one: found for one, found in links[member.id].items() if one in known}
        before = [one for one in linked if one in roots and known[one].order < member.order]
        stored = [one for one in linked if one in placed]
        overtakes = not before and any(known[one].order > member.order for one in stored)
        if overtakes or any(one in unsettled for one in linked) or any(placed[one].cluster_id in ruled for one in stored):
            unsettled.add(member.id)
        elif before:
            best = min(before, key=lambda one: ([-part for part in linked[one]], known[one].order))
            joined.setdefault(best, {best}).add(member.id)
        else:
            roots.add(member.id)
            joined.setdefault(member.id, {member.id})
    return tuple(Story(first, frozenset(some)) for first, some in joined.items()), frozenset(unsettled)


def is_copy(match: Match) -> bool:
    """Return whether a match puts its two articles into one story."""
    return match.comparison.verdict in {"exact_copy", "near_copy"}


def strength(match: Match) -> Strength:
    """Return what decides between several representatives: the same text first, then similarity, then containment."""
    seen = match.comparison
    return seen.verdict == "exact_copy", seen.similarity, seen.containment


def _groups(live: Sequence[Member], together: Iterable[tuple[int, int]]) -> list[_Group]:
    known = {member.id for member in live}
    parent = {one: one for one in known}

    def top(one: int) -> int:
        while parent[one] != one:
            one = parent[one]
        return one

    for one, other in sorted(together):
        if one in known and other in known:
            parent[top(other)] = top(one)
    gathered: dict[int, list[Member]] = defaultdict(list)
    for member in live:
        gathered[top(member.id)].append(member)
    return sorted((_Group(some) for some in gathered.values()), key=lambda group: group.first.order)


def _strengths(matches: Iterable[Match], group_of: Mapping[int, _Group]) -> Mapping[int, dict[int, Strength]]:
    """Return, for each group, the strongest match with each other group (both by identity)."""
    found: dict[int, dict[int, Strength]] = defaultdict(dict)
    for match in matches:
        one, other = group_of.get(match.article_id), group_of.get(match.other_id)
        if one is None or other is None or one is other or not is_copy(match):
            continue
        best = max(strength(match), found[id(one)].get(id(other), (False, 0.0, 0.0)))
        found[id(one)][id(other)] = found[id(other)][id(one)] = best
    return found


def _best_root(
    group: _Group, roots: Mapping[int, _Group], strengths: Mapping[int, Strength], apart: frozenset[tuple[int, int]]
) -> _Group | None:
    """Return the root with the strongest match that no ruling forbids; the earlier one of two that are equal."""
    matched = [(found, roots[one]) for one, found in strengths.items() if one in roots]
    allowed = [(found, root) for found, root in matched if not _forbidden(group.members, root.story, apart)]
    if not allowed:
        return None
    strongest = max(found for found, _ in allowed)
    return min((root for found, root in allowed if found == strongest), key=lambda root: root.first.order)


def _forbidden(some: Iterable[Member], others: Sequence[Member], apart: frozenset[tuple[int, int]]) -> bool:
    if not apart:
        return False
    return any((min(one.id, other.id), max(one.id, other.id)) in apart for one in some for other in others)


def _story(members: Sequence[Member], pinned: frozenset[int]) -> Story:
    first = min(members, key=lambda member: (member.id not in pinned, member.order))
    return Story(first.id, frozenset(member.id for member in members))
