"""Stories are a function of the matches: no order of arrival, no claimed date beyond its place in the order, changes them."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count, permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.records import Comparison, Constraints, Match, Member, Placed, Story
from tasks.deduplicate.clusters import arrange, attach, is_copy
from tasks.deduplicate.settle import settle

START = datetime(2026, 1, 1, tzinfo=UTC)
NONE = Constraints()


def member(number: int, *, at: int | None = None, text: str | None = None, withdrawn: bool = False) -> Member:
    when = START + timedelta(minutes=number if at is None else at)
    return Member(number, when, f"{number:064x}", text or f"text {number}", withdrawn=withdrawn)


def match(one: int, other: int, similarity: float = 0.6, verdict: str = "near_copy") -> Match:
    seen = Comparison(verdict, "resembles", similarity, similarity, 100)  # type: ignore[arg-type]
    return Match(max(one, other), min(one, other), "recipe", seen, "sketch")


def named(stories: Sequence[Story]) -> dict[int, set[int]]:
    return {story.representative_id: set(story.member_ids) for story in stories}


def test_copies_gather_under_the_earliest() -> None:
    stories = arrange([member(1), member(2), member(3)], [match(1, 2), match(1, 3), match(2, 3)], NONE)
    assert named(stories) == {1: {1, 2, 3}}


def test_a_weak_match_between_copies_chains_nothing() -> None:
    """A~B and B~C, but A and C differ: C is its own story, whatever order the three come in."""
    for order in permutations([member(1), member(2), member(3)]):
        assert named(arrange(order, [match(1, 2), match(2, 3)], NONE)) == {1: {1, 2}, 3: {3}}


def test_a_copy_goes_to_the_representative_it_matches_best() -> None:
    assert named(arrange([member(1), member(2), member(3)], [match(1, 3, 0.5), match(2, 3, 0.8)], NONE)) == {1: {1}, 2: {2, 3}}
    exact = [match(1, 3, 0.5, "exact_copy"), match(2, 3, 0.8)]
    assert named(arrange([member(1), member(2), member(3)], exact, NONE)) == {1: {1, 3}, 2: {2}}


def test_of_two_equal_matches_the_earlier_representative_wins() -> None:
    assert named(arrange([member(1), member(2), member(3)], [match(1, 3), match(2, 3)], NONE)) == {1: {1, 3}, 2: {2}}


def test_equal_times_are_ordered_by_the_hash_of_the_address() -> None:
    one, other = member(9, at=0), member(3, at=0)
    assert named(arrange([one, other], [match(3, 9)], NONE)) == {3: {3, 9}}


def test_related_pairs_are_not_one_story() -> None:
    assert named(arrange([member(1), member(2)], [match(1, 2, 0.9, "related")], NONE)) == {1: {1}, 2: {2}}


def test_articles_split_by_a_ruling_never_meet_again() -> None:
    rulings = Constraints(apart=frozenset({(1, 2)}))
    assert named(arrange([member(1), member(2)], [match(1, 2)], rulings)) == {1: {1}, 2: {2}}
    through_a_third = [match(1, 2), match(1, 3), match(2, 3)]
    assert named(arrange([member(3, at=-1), member(1), member(2)], through_a_third, rulings)) == {3: {3, 1}, 2: {2}}


def test_articles_joined_by_a_ruling_are_one_story_and_share_their_matches() -> None:
    rulings = Constraints(together=frozenset({(2, 3)}))
    assert named(arrange([member(1), member(2), member(3)], [match(1, 2)], rulings)) == {1: {1, 2, 3}}
    assert named(arrange([member(1), member(2), member(3)], [], rulings)) == {1: {1}, 2: {2, 3}}


def test_a_pinned_article_represents_its_story_and_changes_no_membership() -> None:
    rulings = Constraints(pinned=frozenset({3}))
    assert named(arrange([member(1), member(2), member(3)], [match(1, 2), match(1, 3)], rulings)) == {3: {1, 2, 3}}


def test_a_withdrawn_article_stands_alone_and_its_copies_find_another() -> None:
    members = [member(1, withdrawn=True), member(2), member(3)]
    assert named(arrange(members, [match(1, 2), match(1, 3), match(2, 3)], NONE)) == {2: {2, 3}, 1: {1}}


graphs = st.integers(2, 6).flatmap(
    lambda size: st.tuples(
        st.just(size),
        st.permutations(range(size)),
        st.dictionaries(
            st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)).filter(lambda pair: pair[0] < pair[1]),
            st.sampled_from([0.45, 0.6, 0.6, 0.8]),
        ),
    )
)


@settings(max_examples=150, deadline=None)
@given(graphs)
def test_every_order_of_arrival_ends_in_the_same_stories(graph: tuple[int, list[int], dict[tuple[int, int], float]]) -> None:
    size, times, edges = graph
    matches = [match(one, other, weight) for (one, other), weight in edges.items()]
    expected = named(arrange([member(one, at=times[one]) for one in range(size)], matches, NONE))
    orders = permutations(range(size)) if size <= 4 else [random.Random(seed).sample(range(size), size) for seed in range(12)]
    for order in orders:
        assert Archive(times, edges).receive([[one] for one in order]) == expected, order


@pytest.mark.parametrize("seed", range(25))
def test_large_sets_in_batches_of_any_size_end_in_the_same_stories(seed: int) -> None:
    rng = random.Random(seed)
    size = 60
    times = rng.sample(range(size), size)
    pairs = {tuple(sorted(rng.sample(range(size), 2))) for _ in range(rng.choice([40, 80, 200]))}
    edges = {(one, other): rng.choice([0.4, 0.5, 0.5, 0.9]) for one, other in pairs}
    matches = [match(one, other, weight) for (one, other), weight in edges.items()]
    expected = named(arrange([member(one, at=times[one]) for one in range(size)], matches, NONE))
    arrivals = rng.sample(range(size), size)
    batches = []
    while arrivals:
        taken = rng.randint(1, 12)
        batches.append(arrivals[:taken])
        arrivals = arrivals[taken:]
    assert Archive(times, edges).receive(batches) == expected


class Archive:
    """Articles stored in batches by the rules of the store, in memory: attach, walk what must be walked, settle."""

    def __init__(self, times: Sequence[int], edges: dict[tuple[int, int], float]) -> None:
        self.times, self.edges = times, edges
        self.members: dict[int, Member] = {}
        self.places: dict[int, tuple[int, str]] = {}
        self.clusters: dict[int, int] = {}
        self.matches: list[Match] = []
        self.ids = count(1)

    def receive(self, batches: Sequence[Sequence[int]]) -> dict[int, set[int]]:
        for batch in batches:
            self._store([member(one, at=self.times[one]) for one in batch])
        held: dict[int, set[int]] = {first: set() for first in self.clusters.values()}
        for one, (cluster, _) in self.places.items():
            held[self.clusters[cluster]].add(one)
        return held

    def _store(self, batch: Sequence[Member]) -> None:
        new = {one.id: one for one in batch}
        known = self.members.keys() | new.keys()
        fresh = [
            match(one, other, weight) for (one, other), weight in self.edges.items() if {one, other} <= known and {one, other} & new.keys()
        ]
        linked = {one for each in fresh for one in (each.article_id, each.other_id)} - new.keys()
        stories, unsettled = attach(list(new.values()), self._placed(linked), fresh, frozenset())
        self.matches += fresh
        whole = self._component(unsettled)
        walked = arrange(
            [(self.members | new)[one] for one in whole], [one for one in self.matches if {one.article_id, one.other_id} <= whole], NONE
        )
        kept = [story for story in stories if not story.member_ids & whole]
        placed = self._placed((linked | whole) - new.keys())
        settled = settle([*kept, *walked], self.members | new, placed, new_ids=self.ids)
        self.members |= new
        for one in settled.emptied:
            del self.clusters[one]
        self.clusters |= settled.clusters
        for place in settled.placements:
            self.places[place.article_id] = (place.cluster_id, place.kind)

    def _placed(self, ids: set[int]) -> dict[int, Placed]:
        return {
            one: Placed(self.members[one], self.places[one][0], self.clusters[self.places[one][0]], self.places[one][1])  # type: ignore[arg-type]
            for one in ids
        }

    def _component(self, seeds: frozenset[int]) -> set[int]:
        found, frontier = set(), set(seeds)
        while frontier:
            found |= frontier
            around = {
                one
                for each in self.matches
                if is_copy(each) and {each.article_id, each.other_id} & frontier
                for one in (each.article_id, each.other_id)
            }
            inside = {self.places[one][0] for one in frontier if one in self.places}
            around |= {one for one, (cluster, _) in self.places.items() if cluster in inside}
            frontier = around - found
        return found
