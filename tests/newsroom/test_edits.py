"""What outlets do to a text: each kind of edit leaves what it should, and is found again by the plain rule of copies."""

import random
from collections.abc import Callable
from typing import Protocol

import pytest

from newsroom import edits, stories
from newsroom.grammar import codes, grammar

LANGUAGES = codes()


class Likeness(Protocol):
    similarity: float
    containment: float
    is_copy: bool


Compare = Callable[[str, str, str], Likeness]


def text_of(language: str, number: int = 0) -> str:
    return stories.write(language, random.Random(f"edits {language} {number}")).text


@pytest.mark.parametrize("kind", edits.REPRINTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_an_outlet_does_to_a_story_leaves_a_copy_of_it(language: str, kind: str, compare: Compare) -> None:
    for number in range(25):
        text = text_of(language, number)
        found = compare(text, edits.edit(text, kind, random.Random(number), language), language)
        assert found.is_copy, (language, kind, number, found)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_cut_is_a_beginning(language: str, compare: Compare) -> None:
    for number in range(10):
        text = text_of(language, number)
        cut = edits.edit(text, "cut", random.Random(number), language)
        assert text.startswith(cut[:80])
        assert len(cut) < len(text)
        assert compare(text, cut, language).containment == 1.0


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_extension_keeps_the_whole_text_and_adds_its_own(language: str) -> None:
    text = text_of(language)
    extended = edits.edit(text, "extended", random.Random(1), language)
    assert extended.startswith(f"{text}\n")


@pytest.mark.parametrize("language", LANGUAGES)
def test_dress_adds_lines_and_touches_none(language: str) -> None:
    text = text_of(language)
    words = grammar(language).words
    dressed = edits.edit(text, "dressed", random.Random(2), language).split("\n")
    assert f"({words['agency']}) {words['dash']}" in dressed[0]
    assert text.split("\n")[0] in dressed[0]
    assert set(text.split("\n")[1:]) <= set(dressed)
    assert any(line.startswith(words["read_more"]) for line in dressed)
    assert any(line.startswith(words["editing"]) for line in dressed)


@pytest.mark.parametrize("language", LANGUAGES)
def test_copy_editing_changes_words_and_keeps_most(language: str, compare: Compare) -> None:
    for number in range(10):
        text = text_of(language, number)
        edited = edits.edit(text, "copy_edited", random.Random(number), language)
        found = compare(text, edited, language)
        assert 0.5 < found.similarity < 1.0


@pytest.mark.parametrize("language", LANGUAGES)
def test_typography_changes_the_characters_and_not_the_words(language: str, compare: Compare) -> None:
    text = text_of(language, 3)
    assert edits.edit(text, "typography", random.Random(3), language) != text
    assert compare(text, edits.edit(text, "typography", random.Random(3), language), language).similarity == 1.0


@pytest.mark.parametrize("kind", edits.KINDS)
def test_an_edit_depends_on_its_generator_alone(kind: str) -> None:
    text = text_of("de")
    assert edits.edit(text, kind, random.Random(4), "de") == edits.edit(text, kind, random.Random(4), "de")


@pytest.mark.parametrize("kind", edits.KINDS)
@pytest.mark.parametrize("text", ["", "One.", "One sentence.\nAnother one."])
def test_edits_bear_texts_that_have_hardly_anything_to_edit(kind: str, text: str) -> None:
    edited = edits.edit(text, kind, random.Random(5), "en")
    assert edited or not text


def test_a_language_without_a_grammar_is_edited_as_english() -> None:
    assert "Larkwire" in edits.edit("Een verhaal.\nNog een regel.", "dressed", random.Random(6), "nl")


def test_an_unknown_kind_is_an_error() -> None:
    with pytest.raises(KeyError):
        edits.edit("text", "mangled", random.Random(7), "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_correction_changes_one_figure_and_nothing_else(language: str) -> None:
    paragraphs = text_of(language, 8).split("\n")
    corrected = edits.correct(paragraphs, random.Random(8), grammar(language))
    changed = [(old, new) for old, new in zip(paragraphs, corrected, strict=True) if old != new]
    assert len(changed) == 1
    old, new = changed[0]
    assert [letter for letter in old if not letter.isdigit()] == [letter for letter in new if not letter.isdigit()]
