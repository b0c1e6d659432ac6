"""A newcomer that is merely related to an article leaves that article's story alone."""

from datetime import UTC, datetime

from domain.records import Member, Placed, Story
from tasks.deduplicate.settle import settle

AT = datetime(2026, 11, 22, tzinfo=UTC)


def test_a_story_that_was_only_compared_is_not_emptied() -> None:
    stranger, newcomer = Member(1, AT, "a", "x"), Member(2, AT, "b", "y")
    placed = {1: Placed(stranger, 65, 1, "unique")}
    settlement = settle([Story(2, frozenset({2}))], {1: stranger, 2: newcomer}, placed, new_ids=iter([66]))
    assert settlement.emptied == frozenset()
    assert settlement.clusters == {66: 2}
