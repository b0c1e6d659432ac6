"""From the stories as they should be to what has to be written: placements, clusters and the rows of the change log.

Pure: it is handed what is stored and what should be, and returns the difference. A story keeps its id as long as its
representative stays; when another member takes over, the id stays too, and readers are told who stepped back.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from domain.records import Change, Kind, Match, Member, Placed, Placement, Settlement, Story

Detail = dict[str, int | float | str | bool | None]


def settle(
    stories: Sequence[Story],
    members: Mapping[int, Member],
    placed: Mapping[int, Placed],
    *,
    new_ids: Iterator[int],
    matches: Sequence[Match] = (),
    ruled: bool = False,
) -> Settlement:
    """Return what has to be written so that the stored stories become these.

    `members` are all articles of the stories, `placed` those of them that have a place already; `new_ids` yields ids for new
    stories; `matches` lend the change log their figures; `ruled` says that a person asked for it.
    """
    ids = _ids(stories, members, placed, new_ids)
    evidence = {(match.article_id, match.other_id): match for match in matches}
    placements: list[Placement] = []
    changes: list[Change] = []
    for story, cluster_id in zip(stories, ids, strict=True):
        first = members[story.representative_id]
        changes.extend(_about_representative(story, cluster_id, members, placed, ruled=ruled))
        for member in sorted((members[one] for one in story.member_ids), key=lambda member: member.order):
            placement = Placement(member.id, cluster_id, kind(member, first))
            before = placed.get(member.id)
            if before is None or (before.cluster_id, before.kind) != (cluster_id, placement.kind):
                placements.append(placement)
            if member.id != first.id and (before is None or before.cluster_id != cluster_id):
                changes.append(_about_copy(placement, first.id, before, evidence, ruled=ruled))
    clusters = {one: story.representative_id for story, one in zip(stories, ids, strict=True) if _is_news(story, one, placed)}
    # Only of the articles in these stories: `members` may name others, that were merely compared with a newcomer.
    left = {placed[one].cluster_id for story in stories for one in story.member_ids if one in placed}
    return Settlement(tuple(placements), clusters, frozenset(left - set(ids)), tuple(changes))


def kind(member: Member, first: Member) -> Kind:
    """Return what a member of a story is beside its representative."""
    if member.id == first.id:
        return "unique"
    return "exact_copy" if member.content_hash == first.content_hash else "near_copy"


def _ids(stories: Sequence[Story], members: Mapping[int, Member], placed: Mapping[int, Placed], new_ids: Iterator[int]) -> list[int]:
    """Return each story's id: its representative's own, else that of a story whose representative it succeeds, else a new one.

    A withdrawn article leaves the id of its story to those who stay.
    """
    live = [story for story in stories if not members[story.representative_id].withdrawn]
    ids = {
        story.representative_id: placed[story.representative_id].cluster_id
        for story in live
        if _represented(story.representative_id, placed)
    }
    taken = set(ids.values())
    for story in (*live, *(story for story in stories if members[story.representative_id].withdrawn)):
        first = story.representative_id
        if first not in ids:
            before = [one for one in (first, *_stepped_back(story, placed)) if one in placed]
            orphaned = (placed[one].cluster_id for one in before if _is_vacant(placed[one], members, story))
            ids[first] = next(chain((one for one in orphaned if one not in taken), new_ids))
            taken.add(ids[first])
    return [ids[story.representative_id] for story in stories]


def _is_vacant(there: Placed, members: Mapping[int, Member], story: Story) -> bool:
    """Return whether the representative of the place that an article had is in this story too, or is gone."""
    former = there.representative_id
    return former in story.member_ids or former not in members or members[former].withdrawn


def _represented(one: int, placed: Mapping[int, Placed]) -> bool:
    return one in placed and placed[one].representative_id == one


def _stepped_back(story: Story, placed: Mapping[int, Placed]) -> list[int]:
    return sorted(one for one in story.member_ids if one != story.representative_id and _represented(one, placed))


def _is_news(story: Story, cluster_id: int, placed: Mapping[int, Placed]) -> bool:
    return not _represented(story.representative_id, placed) or placed[story.representative_id].cluster_id != cluster_id


def _about_representative(
    story: Story, cluster_id: int, members: Mapping[int, Member], placed: Mapping[int, Placed], *, ruled: bool
) -> Iterator[Change]:
    """Yield what readers of the unique articles must know: who is new among them, and who is no more."""
    first = story.representative_id
    if members[first].withdrawn:
        return
    firsts = {there.cluster_id: there.representative_id for there in placed.values()}
    successor_of = firsts.get(cluster_id, first)
    if successor_of != first:
        yield Change(first, "representative_changed", {"former": successor_of, "ruled": ruled})
    elif first not in placed:
        yield Change(first, "added")
    elif not _represented(first, placed):
        yield Change(first, "split", {"former": placed[first].representative_id, "ruled": ruled})
    for one in _stepped_back(story, placed):
        if one != successor_of:
            yield Change(first, "joined", {"former": one, "ruled": ruled})


def _about_copy(
    placement: Placement, first: int, before: Placed | None, evidence: Mapping[tuple[int, int], Match], *, ruled: bool
) -> Change:
    detail: Detail = {"copy": placement.article_id, "kind": placement.kind}
    match = evidence.get((max(placement.article_id, first), min(placement.article_id, first)))
    if match is not None:
        detail |= {"similarity": round(match.comparison.similarity, 4), "containment": round(match.comparison.containment, 4)}
    if before is not None:
        detail |= {"former": before.representative_id, "ruled": ruled}
    return Change(first, "copy_found", detail)
