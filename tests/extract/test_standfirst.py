"""The standfirst: found by its words, its mark or its place, and put first. All pages invented."""

from collections.abc import Callable

import pytest

from domain.records import Article

SUMMARY = "Three weeks after the storm the island has its boat again, and the baker has sold all his bread."
DECLARED = f'<meta property="og:description" content="{SUMMARY}">'
H1 = "<h1>Ferry runs again</h1>"


@pytest.mark.parametrize(
    ("head", "body", "why"),
    [
        (DECLARED, f"{H1}<h2>{SUMMARY}</h2>", "declared and shown"),
        (DECLARED.replace(SUMMARY, SUMMARY[:60] + "…"), f"{H1}<h3>{SUMMARY}</h3>", "declared in part, shown whole"),
        (DECLARED, f"{H1}<div><span>Three weeks</span> after the storm{SUMMARY[len('Three weeks after the storm') :]}</div>", "shown in pieces"),
        ("", f"{H1}<div class='article__standfirst'>{SUMMARY}</div>", "marked by its class"),
        ("", f"{H1}<h2 itemprop='description'>{SUMMARY}</h2>", "marked by microdata"),
    ],
)  # fmt: skip
def test_it_is_found_and_stands_first(
    markup: Callable[..., str], article: Callable[..., Article], story: tuple[str, ...], *, head: str, body: str, why: str
) -> None:
    made = article(markup(*story, head=head, body=body))
    assert made.standfirst == SUMMARY, why
    assert made.body.split("\n") == [SUMMARY, *story], why


def test_a_summary_in_the_feed_helps_to_find_it(
    markup: Callable[..., str], article: Callable[..., Article], story: tuple[str, ...]
) -> None:
    page = markup(*story, body=f"{H1}<div>{SUMMARY}</div><div>Other words that come before the text</div>")
    assert article(page, summary=SUMMARY[:50]).standfirst == SUMMARY


def test_what_is_only_declared_is_none(markup: Callable[..., str], article: Callable[..., Article], story: tuple[str, ...]) -> None:
    made = article(markup(*story, head=DECLARED, body=H1))
    assert made.standfirst is None
    assert made.body.split("\n") == list(story)


def test_a_lead_paragraph_that_is_declared_is_the_standfirst_and_stands_once(
    markup: Callable[..., str], article: Callable[..., Article], story: tuple[str, ...]
) -> None:
    made = article(markup(*story, head=f'<meta name="description" content="{story[0]}">', body=H1))
    assert made.standfirst == story[0]
    assert made.body.split("\n") == list(story)


def test_a_standfirst_of_two_paragraphs_is_kept_whole(
    markup: Callable[..., str], article: Callable[..., Article], story: tuple[str, ...]
) -> None:
    first, second = "The island has its boat again since Monday morning.", "The baker has sold all of his bread before seven."
    head = f'<meta name="description" content="{first} {second}">'
    made = article(markup(*story, head=head, body=f"{H1}<header><p class='lead'>{first}</p><p class='lead'>{second}</p></header>"))
    assert made.standfirst == f"{first} {second}"
    assert made.body.split("\n") == [first, second, *story]


@pytest.mark.parametrize(
    "body",
    [
        f"<aside><p>{SUMMARY}</p></aside>",
        f"<figure><img src='/boat.jpg'><figcaption>{SUMMARY}</figcaption></figure>",
        f"<div class='teaser'><a href='/other'>{SUMMARY}</a></div>",
        f"<div class='related-summary'>{SUMMARY}</div>",
    ],
)
def test_the_words_of_another_box_are_none(
    markup: Callable[..., str], article: Callable[..., Article], story: tuple[str, ...], *, body: str
) -> None:
    assert article(markup(*story, head=DECLARED, body=H1 + body)).body.split("\n")[-4:] == list(story)
    assert article(markup(*story, head=DECLARED, body=H1 + body)).standfirst is None
