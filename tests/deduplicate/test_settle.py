"""What is written when stories change, and what readers of the change log are told."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import count

from domain.records import Member, Placed, Story
from tasks.deduplicate.settle import settle

START = datetime(2026, 1, 1, tzinfo=UTC)


def member(number: int, text: str = "") -> Member:
    return Member(number, START + timedelta(minutes=number), f"{number:064x}", text or f"text {number}")


def placed(clusters: Mapping[int, tuple[int, ...]]) -> dict[int, Placed]:
    """Return stored places: cluster id -> members, the representative first."""
    return {
        one: Placed(member(one), cluster, ids[0], "unique" if one == ids[0] else "near_copy")
        for cluster, ids in clusters.items()
        for one in ids
    }


def story(*ids: int) -> Story:
    return Story(ids[0], frozenset(ids))


MEMBERS = {number: member(number) for number in range(1, 9)}


def test_a_new_story_is_added() -> None:
    settled = settle([story(1)], MEMBERS, {}, new_ids=count(50))
    assert [(one.article_id, one.cluster_id, one.kind) for one in settled.placements] == [(1, 50, "unique")]
    assert settled.clusters == {50: 1}
    assert [(one.article_id, one.kind) for one in settled.changes] == [(1, "added")]


def test_a_copy_joins_a_stored_story_without_rewriting_it() -> None:
    settled = settle([story(1, 2)], {1: MEMBERS[1], 2: MEMBERS[2]}, placed({7: (1,)}), new_ids=count(50))
    assert [(one.article_id, one.cluster_id, one.kind) for one in settled.placements] == [(2, 7, "near_copy")]
    assert (settled.clusters, settled.emptied) == ({}, frozenset())
    assert [(one.article_id, one.kind, one.detail["copy"]) for one in settled.changes] == [(1, "copy_found", 2)]


def test_the_same_text_is_an_exact_copy() -> None:
    members = {1: member(1, "same"), 2: member(2, "same")}
    settled = settle([story(1, 2)], members, {}, new_ids=count(50))
    assert [one.kind for one in settled.placements] == ["unique", "exact_copy"]


def test_an_earlier_article_takes_the_story_over_under_its_id() -> None:
    members = {one: MEMBERS[one] for one in (1, 2, 3)}
    settled = settle([story(1, 2, 3)], members, placed({7: (2, 3)}), new_ids=count(50))
    assert settled.clusters == {7: 1}
    assert {(one.article_id, one.cluster_id, one.kind) for one in settled.placements} == {(1, 7, "unique"), (2, 7, "near_copy")}
    assert [(one.article_id, one.kind, one.detail) for one in settled.changes] == [
        (1, "representative_changed", {"former": 2, "ruled": False})
    ]


def test_two_stories_that_become_one_leave_one_id_and_say_so() -> None:
    members = {one: MEMBERS[one] for one in (1, 2, 3, 4)}
    settled = settle([story(1, 2, 3, 4)], members, placed({7: (1, 2), 8: (3, 4)}), new_ids=count(50))
    assert settled.emptied == {8}
    assert {(one.article_id, one.cluster_id) for one in settled.placements} == {(3, 7), (4, 7)}
    assert (1, "joined", 3) in [(one.article_id, one.kind, one.detail.get("former")) for one in settled.changes]


def test_a_member_that_leaves_becomes_a_story_of_its_own() -> None:
    members = {one: MEMBERS[one] for one in (1, 2)}
    settled = settle([story(1), story(2)], members, placed({7: (1, 2)}), new_ids=count(50), ruled=True)
    assert settled.clusters == {50: 2}
    assert [(one.article_id, one.kind, one.detail) for one in settled.changes] == [(2, "split", {"former": 1, "ruled": True})]


def test_nothing_changes_when_nothing_differs() -> None:
    members = {one: MEMBERS[one] for one in (1, 2, 3)}
    settled = settle([story(1, 2), story(3)], members, placed({7: (1, 2), 8: (3,)}), new_ids=count(50))
    assert (settled.placements, settled.changes, dict(settled.clusters), settled.emptied) == ((), (), {}, frozenset())


def test_two_stories_may_exchange_their_representatives() -> None:
    members = {one: MEMBERS[one] for one in (1, 2)}
    stored = {1: Placed(member(1), 7, 1, "unique"), 2: Placed(member(2), 8, 2, "unique")}
    settled = settle([Story(2, frozenset({1, 2}))], members, stored, new_ids=count(50))
    assert (dict(settled.clusters), settled.emptied) == ({}, {7})
    assert [(one.article_id, one.kind) for one in settled.changes if one.kind != "copy_found"] == [(2, "joined")]


def test_a_withdrawn_representative_leaves_the_story_and_its_id_to_the_next() -> None:
    gone = Member(1, START, f"{1:064x}", "withdrawn", withdrawn=True)
    settled = settle([story(2, 3), story(1)], {1: gone, 2: MEMBERS[2], 3: MEMBERS[3]}, placed({7: (1, 2, 3)}), new_ids=count(50))
    assert settled.clusters == {7: 2, 50: 1}
    assert [(one.article_id, one.kind, one.detail) for one in settled.changes] == [
        (2, "representative_changed", {"former": 1, "ruled": False})
    ]


def test_a_withdrawn_copy_leaves_without_a_word() -> None:
    gone = Member(2, START, f"{2:064x}", "withdrawn", withdrawn=True)
    settled = settle([story(1), story(2)], {1: MEMBERS[1], 2: gone}, placed({7: (1, 2)}), new_ids=count(50))
    assert (settled.clusters, settled.changes) == ({50: 2}, ())
