"""Lines learned of a site are cut near the ends of its texts, whole, and never so that no article is left."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from domain.lines import HEAD, LONGEST, TAIL, candidates, key, site_of
from domain.records import Article
from tasks.extract import learned
from tasks.extract.compose import compose

SITE = "news.example"
PROMO = "Our shop has fine papers in every colour"
STORY = [f"Sentence number {number} of a story that has enough of them to go on for a while." for number in range(12)]


def numbers(*lines: str) -> frozenset[int]:
    return frozenset(key(SITE, line) for line in lines)


def cut(lines: list[str], *known: str, words: int = 0) -> tuple[list[str], list[str]]:
    kept, gone = learned.cut(lines, SITE, numbers(*known), lambda text: len(text.split()) >= words)
    assert {one.kind for one in gone} <= {"learned"}
    return kept, [one.line for one in gone]


def test_a_line_goes_from_either_end() -> None:
    assert cut([PROMO, *STORY, PROMO.upper()], PROMO) == (STORY, [PROMO, PROMO.upper()])
    assert cut([*STORY, PROMO], "Another line") == ([*STORY, PROMO], [])


def test_a_footer_of_any_length_goes_from_outside_in() -> None:
    footer = [f"Notice {number} to our readers" for number in range(TAIL + 3)]
    long = [*STORY, *STORY]
    assert cut([*long, *footer], *footer)[0] == long


def test_what_recurs_in_the_middle_of_texts_stays() -> None:
    lines = [*STORY[:6], "What happens next?", *STORY[6:]]
    assert cut(lines, "What happens next?") == (lines, [])
    assert "What happens next?" not in candidates(SITE, "\n".join(lines)).values()


def test_no_part_of_a_paragraph_goes() -> None:
    lines = [*STORY, f"{PROMO}, the keeper said"]
    assert cut(lines, PROMO) == (lines, [])


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([PROMO], 0),
        ([PROMO, "Short."], 0),
        ([*STORY[:3], PROMO], 60),
    ],
)  # fmt: skip
def test_an_article_is_never_emptied_nor_made_too_short(lines: list[str], words: int) -> None:
    assert cut(lines, PROMO, words=words) == (lines, [])


def test_candidates_are_short_lines_near_the_ends() -> None:
    lines = ["—", "x" * (LONGEST + 1), "Listen to this article", *STORY]
    found = candidates(SITE, "\n".join(lines))
    assert list(found.values()) == ["Listen to this article", *STORY[-TAIL:]]
    assert list(found) == [key(SITE, line) for line in found.values()]
    assert len(candidates(SITE, "\n".join(STORY))) == HEAD + TAIL
    assert candidates(SITE, PROMO) == {}


def test_the_site_of_an_address_is_its_registrable_domain() -> None:
    assert site_of("https://www.harbour.co.uk:8443/a") == site_of("http://harbour.co.uk/b") == "harbour.co.uk"
    assert site_of("nonsense") == ""


def test_a_page_that_comes_with_learned_lines_loses_them_and_says_so(
    entry: Callable[..., Any], markup: Callable[..., str], story: tuple[str, ...]
) -> None:
    page = entry(markup(*story, f"{PROMO}."))
    before = compose(page, min_words=25).extracted
    made = compose(replace(page, boilerplate=numbers(PROMO)), min_words=25)
    assert isinstance(before, Article)
    assert before.body.split("\n")[-1] == f"{PROMO}."
    assert isinstance(made.extracted, Article)
    assert made.extracted.body.split("\n") == list(story)
    assert [(one.kind, one.line) for one in made.cuts] == [("learned", f"{PROMO}.")]
    assert made.extracted.removed_lines == (f"{PROMO}.",)


def test_a_learned_line_does_not_come_back_as_the_standfirst(
    entry: Callable[..., Any], markup: Callable[..., str], story: tuple[str, ...]
) -> None:
    told = "News Example brings the news of the islands to every house, every morning."
    page = entry(markup(*story, body=f"<h1>Ferry runs again</h1><p class='standfirst'>{told}</p>"), summary=told)
    before = compose(page, min_words=25).extracted
    made = compose(replace(page, boilerplate=numbers(told)), min_words=25).extracted
    assert isinstance(before, Article)
    assert isinstance(made, Article)
    assert before.standfirst == told
    assert (made.standfirst, told in made.body, told in made.removed_lines) == (None, False, True)
