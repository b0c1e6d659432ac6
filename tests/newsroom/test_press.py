"""The plan of a press: who prints what, and when."""

import pytest

from newsroom import edits, printed
from newsroom.press import FAULTS, Plan, Press
from newsroom.server import street


def test_the_same_plan_is_the_same_press_whatever_is_asked_first(press: Press) -> None:
    again = Press(press.plan, street(12, 8000))
    numbers = [piece.number for story in press.stories(1) for piece in press.pieces(story)]
    backwards = [printed.printed(again, piece, 1) for number in reversed(numbers) if (piece := again.piece(number))]
    forwards = [printed.printed(press, piece, 1) for number in numbers if (piece := press.piece(number))]
    assert forwards == backwards[::-1]


def test_another_seed_is_another_press(press: Press) -> None:
    other = Press(Plan(12, 100, seed=2), street(12, 8000))
    assert press.head(0) != other.head(0)


def test_the_agency_prints_in_every_language_of_the_press(press: Press) -> None:
    agency, *papers = press.outlets
    assert agency.is_agency
    assert set(agency.languages) == {paper.languages[0] for paper in papers}
    assert not any(paper.is_agency for paper in papers)


def test_outlets_differ_in_layout_feed_and_address(press: Press) -> None:
    assert {outlet.layout for outlet in press.outlets} == set(range(6))
    assert {outlet.feed_format for outlet in press.outlets} == {"rss", "atom", "json"}
    assert len({outlet.addresses for outlet in press.outlets}) == 5
    assert len({outlet.host for outlet in press.outlets}) == 12


def test_reprints_stand_in_papers_of_the_language_after_the_original(press: Press) -> None:
    for story in press.stories(1):
        first, *others = press.pieces(story)
        assert first.kind in {"original", *FAULTS}
        assert first.outlet == 0 or not others
        for piece in others:
            assert piece.kind in edits.REPRINTS
            assert press.outlets[piece.outlet].languages == (first.language,)
            assert piece.published > first.published
        assert len({piece.outlet for piece in (first, *others)}) == 1 + len(others)


def test_every_kind_of_reprint_and_of_fault_occurs() -> None:
    press = Press(Plan(12, 300), street(12, 8000))
    kinds = {piece.kind for story in press.stories(1) for piece in press.pieces(story)}
    assert kinds == {"original", *edits.REPRINTS, *FAULTS}


def test_a_press_without_faults_has_none() -> None:
    press = Press(Plan(12, 300, faults=False), street(12, 8000))
    assert not {piece.kind for story in press.stories(1) for piece in press.pieces(story)} & set(FAULTS)


def test_a_later_edition_only_adds(press: Press) -> None:
    for outlet, language in press.feeds():
        first, second = press.listed(outlet.number, language, 1), press.listed(outlet.number, language, 2)
        assert not set(first) & set(second)
    second = [press.piece(n) for outlet, language in press.feeds() for n in press.listed(outlet.number, language, 2)]
    assert {piece.story in press.stories(1) for piece in second if piece} == {True, False}, "late reprints and new stories"


def test_later_editions_are_as_large_as_planned() -> None:
    press = Press(Plan(6, 50, later=3), street(6, 8000))
    assert [len(press.stories(edition)) for edition in (1, 2, 3)] == [50, 3, 3]
    assert {press.edition_of(story) for story in press.stories(3)} == {3}


def test_what_is_listed_is_what_is_printed(press: Press) -> None:
    listed = sorted(n for outlet, language in press.feeds() for n in press.listed(outlet.number, language, 1))
    assert listed == sorted(p.number for story in press.stories(1) for p in press.pieces(story) if p.edition == 1)


def test_nothing_of_an_edition_is_dated_after_its_end(press: Press) -> None:
    for edition in (1, 2, 3):
        latest = max(p.published for story in press.stories(edition) for p in press.pieces(story) if p.edition == edition)
        assert latest < press.opening(edition + 1)


def test_a_corrected_piece_keeps_its_address_and_title_and_changes_its_text(press: Press) -> None:
    corrected = [p for story in press.stories(1) for p in press.pieces(story) if p.revised == 2]
    assert corrected
    for piece in corrected:
        before, after = printed.printed(press, piece, 1), printed.printed(press, piece, 2)
        assert (before.url, before.title) == (after.url, after.title)
        assert before.body != after.body
        assert after.body.endswith(after.language.words["correction"])
        assert before.modified == piece.published < after.modified


def test_a_piece_that_is_not_there_is_none(press: Press) -> None:
    assert press.piece(-1) is None
    assert press.piece(15) is None


@pytest.mark.parametrize(("outlets", "stories"), [(1, 10), (12, 0)])
def test_a_press_needs_an_agency_a_paper_and_a_story(outlets: int, stories: int) -> None:
    with pytest.raises(ValueError, match="at least 2 outlets"):
        Press(Plan(outlets, stories), street(12, 8000))


def test_a_press_of_many_outlets_and_stories_is_planned_without_writing_them() -> None:
    press = Press(Plan(400, 20_000), street(400, 8000))
    assert sum(len(press.listed(outlet.number, language, 1)) for outlet, language in press.feeds()) > 20_000
    assert press.story.cache_info().currsize == 0
