"""Stories in every language: what they are made of, and that no two are alike."""

import random
from collections.abc import Callable

import pytest

from newsroom import stories
from newsroom.grammar import Number, Slot, codes, grammar, parse
from newsroom.stories import Story

LANGUAGES = codes()
CompareAll = Callable[[list[str], str], list[tuple[float, float]]]


def some(language: str, count: int, *, bulletin: bool | None = None) -> list[Story]:
    return [stories.write(language, random.Random(f"{language} {number}"), bulletin=bulletin) for number in range(count)]


def test_the_languages_of_the_newsroom_are_there() -> None:
    assert {"en", "ar", "ckb", "ku", "tr", "de", "ja"} <= set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_what_english_has(language: str) -> None:
    ours, english = grammar(language), grammar("en")
    assert ours.topics == english.topics
    assert {word for word in english.words if word not in ours.words} == set()
    missing = {name for name in english.lists if name not in ours.lists}
    assert missing <= {"given", "said", "role", "pre", "suf", "higher"}, "lists that a language may do without"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_slot_names_a_list_and_a_form_that_exist(language: str) -> None:
    ours = grammar(language)
    known = {name.partition(" ")[0] for name in ours.lists}
    slots = {part for phrases in ours.lists.values() for phrase in phrases for form in phrase for part in form if isinstance(part, Slot)}
    assert {slot.name for slot in slots} <= known
    assert [slot for slot in slots if slot.form and slot.form not in ours.forms.get(slot.name, ())] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_phrase_has_all_forms_of_its_list(language: str) -> None:
    ours = grammar(language)
    short = [
        (name, phrase) for name, phrases in ours.lists.items() for phrase in phrases
        if name != "synonyms" and len(phrase) != 1 + len(ours.forms.get(name.partition(" ")[0], ()))
    ]  # fmt: skip
    assert short == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_stories_are_as_long_as_news_and_leave_no_slot_open(language: str) -> None:
    ours = grammar(language)
    for story in some(language, 40):
        assert 140 <= stories.size(ours, story.text) <= 650
        assert not set("{}|[]@") & set("".join((story.text, *story.titles, story.standfirst, *story.reserve, story.caption)))
        assert len(set(story.titles)) == len(story.titles) >= 3
        assert len(set(story.paragraphs)) == len(story.paragraphs)


@pytest.mark.parametrize("language", LANGUAGES)
def test_different_stories_share_little(language: str, compare_all: CompareAll) -> None:
    pairs = compare_all([story.text for story in some(language, 250)], language)
    assert max(similarity for similarity, _ in pairs) < 0.2
    assert max(containment for _, containment in pairs) < 0.35
    assert sorted(pairs)[len(pairs) // 2][0] < 0.05


@pytest.mark.parametrize("language", LANGUAGES)
def test_market_bulletins_from_one_template_are_different_stories(language: str, compare_all: CompareAll) -> None:
    pairs = compare_all([story.text for story in some(language, 120, bulletin=True)], language)
    assert max(similarity for similarity, _ in pairs) < 0.2
    assert max(containment for _, containment in pairs) < 0.35


@pytest.mark.parametrize("language", LANGUAGES)
def test_titles_differ_between_stories(language: str) -> None:
    titles = [story.titles[0] for story in some(language, 100)]
    assert len(set(titles)) >= 95


def test_the_same_seed_writes_the_same_story_and_another_seed_another() -> None:
    assert stories.write("en", random.Random(7)) == stories.write("en", random.Random(7))
    assert stories.write("en", random.Random(7)) != stories.write("en", random.Random(8))


def test_the_head_is_the_head_of_the_whole_story() -> None:
    for number in range(30):
        head, story = stories.head("tr", random.Random(number)), stories.write("tr", random.Random(number))
        assert (head.titles, head.standfirst, head.authors, head.tags) == (story.titles, story.standfirst, story.authors, story.tags)


def test_a_grammar_file_is_read_as_described() -> None:
    ours = parse(
        "xx",
        "# a comment\n[words]\nname = Test = 1\n[place | in]\nRom | in Rom / Ulm | in Ulm\n[lead]\n{place.in:1}, {3-9} {1.5-2.5} {y1990-1990}\n",
    )
    assert ours.words["name"] == "Test = 1"
    assert ours.forms["place"] == ("in",)
    assert len(ours.lists["place"]) == 2
    slots = [part for part in ours.lists["lead"][0][0] if not isinstance(part, str)]
    assert slots == [Slot("place", "in", "1"), Number(3, 9, 0, False, ""), Number(15, 25, 1, False, ""), Number(1990, 1990, 0, True, "")]


def test_a_line_outside_every_list_is_an_error() -> None:
    with pytest.raises(ValueError, match="before the first list: lost"):
        parse("xx", "lost\n[words]\n")


@pytest.mark.parametrize(("language", "written"), [("en", "1,250"), ("de", "1.250"), ("tr", "1.250"), ("ja", "1,250")])
def test_numbers_are_written_as_the_language_does(language: str, written: str) -> None:
    assert grammar(language).number(1250) == written
    assert grammar(language).number(1250, plain=True) == "1250"


def test_a_sentence_begins_with_a_capital_in_turkish_too() -> None:
    assert stories.capital("ince bir iş", "tr") == "İnce bir iş"
    assert stories.capital("“kein Wort", "de") == "“Kein Wort"
    assert stories.capital("12 houses", "en") == "12 houses"
