"""Which pairs a batch makes: its texts with what is stored and with each other, verified; always under the dedup lock."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from sqlalchemy.orm import Session

from config.settings import DeduplicateSettings
from db import candidates, clusters
from domain.records import Comparison, FoundBy, Judge, JudgedEntry, Match, Member, Signature

Pair: TypeAlias = tuple[int, int, Comparison, FoundBy]
Subjects: TypeAlias = Mapping[int, tuple[JudgedEntry, Signature]]
"""New and changed texts by the id that each has or will have: as judged before the lock was taken, and its signature."""


def matches(session: Session, judge: Judge, limits: DeduplicateSettings, subjects: Subjects, *, newcomers: Sequence[Member]) -> list[Match]:
    """Return the verified pairs: those found before the lock, those with what was stored since, those within the batch.

    `newcomers` are those of the subjects that are not stored yet.
    """
    if not subjects:
        return []
    seen = min((judged.seen for judged, _ in subjects.values()), key=lambda mark: mark.article_id)
    stale = candidates.rewritten_since(session, seen.seq)
    found: dict[tuple[int, int], Match] = {}
    _keep(found, judge, _before(subjects, stale))
    if stale or candidates.watermark(session).article_id > seen.article_id:
        texts = [signature for _, signature in subjects.values()]
        late = candidates.look_up(session, texts, limits, only=stale, after=seen.article_id)
        _keep(found, judge, _since(session, judge, subjects, late))
    _keep(found, judge, _within(judge, subjects))
    stories = _to_represent(session, subjects, _copies(found), newcomers=newcomers, key_limit=limits.key_limit)
    _keep(found, judge, _beside(session, judge, subjects, stories, limit=limits.cluster_limit))
    return list(found.values())


def _keep(found: dict[tuple[int, int], Match], judge: Judge, pairs: Iterator[Pair]) -> None:
    for one, other, comparison, found_by in pairs:
        if comparison.verdict != "different" and one != other:
            pair = (max(one, other), min(one, other))
            found[pair] = Match(*pair, judge.recipe_id, comparison, found_by)


def _before(subjects: Subjects, stale: frozenset[int]) -> Iterator[Pair]:
    for one, (judged, _) in subjects.items():
        yield from ((one, each.other_id, each.comparison, each.found_by) for each in judged.found if each.other_id not in stale)


def _since(session: Session, judge: Judge, subjects: Subjects, late: Sequence[candidates.LookUp]) -> Iterator[Pair]:
    stored = candidates.signatures(session, {other for looked_up in late for other in looked_up.hits}, judge.recipe_id)
    for (one, (_, text)), looked_up in zip(subjects.items(), late, strict=True):
        for other, found_by in looked_up.hits.items():
            if other in stored:
                yield one, other, judge.compare(text, stored[other]), found_by


def _within(judge: Judge, subjects: Subjects) -> Iterator[Pair]:
    ids, texts = list(subjects), [signature for _, signature in subjects.values()]
    for (one, other), found_by in candidates.pairs_within(texts).items():
        yield ids[one], ids[other], judge.compare(texts[one], texts[other]), found_by


def _beside(session: Session, judge: Judge, subjects: Subjects, stories: Mapping[int, set[int]], *, limit: int) -> Iterator[Pair]:
    """Yield the pairs of texts with all members of stories, unless those have more than `limit`."""
    small = clusters.of_at_most(session, {story for some in stories.values() for story in some}, limit)
    stored = {story: candidates.signatures(session, clusters.members_of(session, [story]), judge.recipe_id) for story in small}
    for one, some in stories.items():
        for story in some & small:
            # What is stored of another subject is its former text.
            for other in stored[story].keys() - subjects.keys():
                yield one, other, judge.compare(subjects[one][1], stored[story][other]), "story"


def _to_represent(
    session: Session, subjects: Subjects, copies: Mapping[int, set[int]], *, newcomers: Sequence[Member], key_limit: int
) -> dict[int, set[int]]:
    """Return the stories that texts represent, or will if nobody comes before them, where their look-ups were cut short.

    A look-up finds some members of a large story and its representative, which is enough for one that attaches. One that was
    published before the representative, or is the representative and has changed, must match the others too: else they fall out.
    """
    cut = {one for one, (judged, _) in subjects.items() if judged.crowded_keys or len(judged.found) >= key_limit}
    if not cut:
        return {}
    order = {member.id: member.order for member in newcomers}
    placed = clusters.placed(session, cut.union(*(copies.get(one, ()) for one in cut)))
    firsts = clusters.placed(session, {there.representative_id for there in placed.values()})
    found: dict[int, set[int]] = {}
    for one in cut:
        there = [placed[other] for other in copies.get(one, ()) if other in placed]
        if one in order:
            found[one] = {each.cluster_id for each in there if order[one] < firsts[each.representative_id].member.order}
        elif one in placed and placed[one].representative_id == one:
            found[one] = {placed[one].cluster_id}
    return found


def _copies(found: Mapping[tuple[int, int], Match]) -> dict[int, set[int]]:
    copies: dict[int, set[int]] = {}
    for (one, other), match in found.items():
        if match.comparison.verdict in {"exact_copy", "near_copy"}:
            copies.setdefault(one, set()).add(other)
            copies.setdefault(other, set()).add(one)
    return copies
