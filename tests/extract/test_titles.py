"""The headline: which statement wins, and how it is spelled."""

import pytest

from domain.records import Expectation
from tasks.extract import titles
from tasks.extract.json_ld import Statement
from tasks.extract.meta import Head

ADDRESS = "https://news.example/2026/11/20/ferry-to-the-island-runs-again-12345.html"


def choose(
    *,
    feed: str = "",
    stated: str = "",
    shared: str = "",
    headings: tuple[str, ...] = (),
    whole: str = "",
    marked: tuple[str, ...] = (),
    address: str = "",
) -> titles.Title:
    head = Head(tags={"og:title": [shared]}, headings=list(headings), title=whole, marked=list(marked))
    return titles.choose(Expectation(title=feed), Statement(headline=stated), head, sites=["The Harbour News"], address=address)


FERRY = "Ferry to the island runs again"


@pytest.mark.parametrize(
    ("statements", "text", "source", "why"),
    [
        ({"feed": FERRY, "stated": "Other"}, FERRY, "feed", "the feed's title is the newsroom's own"),
        ({"stated": FERRY, "shared": "You will not believe this ferry"}, FERRY, "json-ld", "og:title is often a teaser"),
        ({"shared": FERRY, "headings": ("Ferry again",)}, FERRY, "meta", "without JSON-LD, og:title"),
        ({"headings": (FERRY,)}, FERRY, "h1", "the only heading"),
        ({"headings": ("Log in", FERRY), "whole": f"{FERRY} - The Harbour News"}, FERRY, "h1", "the heading that <title> confirms"),
        ({"whole": f"{FERRY} | The Harbour News"}, FERRY, "title", "last of all <title>"),
        ({"headings": ("One", "Two")}, "One", "h1", "any heading is better than none"),
        ({}, "", None, "nothing is said"),
        ({"shared": f"{FERRY} - The Harbour News"}, FERRY, "meta", "the site's name goes"),
        ({"shared": f"{FERRY} – Sport – The Harbour News"}, f"{FERRY} – Sport", "meta", "but only the site's name"),
        ({"shared": f"The Harbour News: {FERRY}"}, f"The Harbour News: {FERRY}", "meta", "a colon belongs to the headline"),
        ({"shared": f"The Harbour News | {FERRY}"}, FERRY, "meta", "the name may stand first"),
        ({"feed": "Ferry to the island…", "stated": FERRY}, FERRY, "feed", "a feed's cut title is completed"),
        ({"stated": f"Storm damage: {FERRY}", "shared": FERRY, "headings": (FERRY,)}, FERRY, "meta", "two of three agree that the kicker is none"),
        ({"stated": FERRY, "shared": f"Harbour: {FERRY}", "headings": (f"Harbour: {FERRY}",)}, f"Harbour: {FERRY}", "meta", "or that it is one"),
        ({"stated": "Another headline altogether", "shared": FERRY, "headings": (FERRY,)}, "Another headline altogether", "json-ld", "unlike headlines are no vote"),
        ({"stated": "Another headline", "shared": FERRY, "marked": (FERRY,)}, FERRY, "meta", "microdata's headline and og:title outvote JSON-LD"),
        ({"stated": "Boats sail once more", "shared": FERRY, "address": ADDRESS}, FERRY, "meta", "the address was made from the headline"),
        ({"stated": "Ferry to the island runs", "shared": FERRY + " now", "address": ADDRESS}, "Ferry to the island runs", "json-ld", "one word more is no proof"),
        ({"stated": "Another headline", "shared": "A ferry teaser", "address": ADDRESS}, "Another headline", "json-ld", "an address that spells neither"),
        ({"shared": f"At sea: {FERRY}", "headings": (f"Island news - {FERRY}",)}, FERRY, "meta", "two kickers before one headline are dropped"),
        ({"stated": "He said “yes” again", "shared": 'He said "yes" again'}, 'He said "yes" again', "json-ld", "og:title's marks"),
        ({"feed": "Salut : oui", "shared": "Salut\u00a0: oui"}, "Salut\u00a0: oui", "feed", "the page's no-break spaces"),
        ({"stated": "A &amp; B"}, "A & B", "json-ld", "entities are resolved once"),
        ({"stated": "<b>Bold</b> news"}, "Bold news", "json-ld", "tags are no text"),
        ({"stated": "Two\n  lines"}, "Two lines", "json-ld", "breaks are folded"),
    ],
)  # fmt: skip
def test_the_best_statement_wins(statements: dict[str, object], text: str, source: str | None, why: str) -> None:
    found = choose(**statements)  # type: ignore[arg-type]
    assert (found.text, found.source) == (text, source), why


def test_X23_bidi_controls_and_soft_hyphens_stay_out_and_joiners_stay_in() -> None:
    assert choose(stated="\u202eevil\u202c ti\u00adtle \u2067x\u2069").text == "evil title x"
    assert choose(stated="می\u200cرود").text == "می\u200cرود"


def test_a_title_is_capped() -> None:
    assert len(choose(stated="word " * 1_000).text) <= 1_000


def test_every_spelling_is_kept_for_finding_the_headline_in_the_body() -> None:
    found = choose(feed="A headline", stated="Another", headings=("Third",), whole="Fourth - The Harbour News")
    assert set(found.spellings) >= {"A headline", "Another", "Third", "Fourth", "Fourth - The Harbour News"}
