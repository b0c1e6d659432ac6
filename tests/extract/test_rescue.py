"""A fuller telling of the same story is taken by ratio, never by length."""

from collections.abc import Callable

from domain.records import Article
from tasks.extract import rescue


def test_only_more_than_twice_as_much_is_fuller() -> None:
    assert rescue.fuller("x" * 100, "y" * 200) is None
    assert rescue.fuller("x" * 100, "y" * 201) == "y" * 201
    assert rescue.fuller("x" * 100, "<p>" * 100 + "y") is None


def test_html_becomes_lines() -> None:
    assert rescue.plain_lines("<p>One &amp; <b>two</b></p><ul><li>Three</li></ul>Four<br/>Five") == "One & two\nThree\nFour\nFive"
    assert rescue.plain_lines("&lt;p&gt;One&lt;/p&gt;&lt;p&gt;Two&lt;/p&gt;") == "One\nTwo"


def test_a_text_contains_another_line_by_line() -> None:
    lines = ["A first line that is long enough to count.", "A second line that is long enough to count."]
    assert rescue.contains("\n".join([*lines, "More."]), "\n".join(lines))
    assert not rescue.contains(lines[0], "\n".join(lines))
    assert not rescue.contains("anything", "short")


def test_the_feed_s_full_text_completes_a_page_that_has_only_its_beginning(
    markup: Callable[..., str], article: Callable[..., Article], story: tuple[str, ...]
) -> None:
    full = "".join(f"<p>{text}</p>" for text in story)
    assert article(markup(story[0]), content=full).body.split("\n") == list(story)
    assert article(markup(*story), content=full[:300]).body.split("\n") == list(story)


def test_json_ld_s_body_completes_it_too(markup: Callable[..., str], article: Callable[..., Article], story: tuple[str, ...]) -> None:
    whole = "\\n".join(story)
    head = f'<script type="application/ld+json">{{"@type": "NewsArticle", "headline": "Ferry", "articleBody": "{whole}"}}</script>'
    assert article(markup(story[0], head=head)).body.split("\n") == list(story)


def test_a_text_split_over_several_boxes_is_put_together(
    markup: Callable[..., str], article: Callable[..., Article], story: tuple[str, ...]
) -> None:
    first = "".join(f"<p>{text}</p>" for text in story)
    second = "".join(f"<p>{text}</p>" for text in reversed([f"Later, {text[0].lower()}{text[1:]}" for text in story * 2]))
    page = markup(
        body=f"<h1>Ferry</h1><div class='article-body'>{first}</div><div class='ad'>x</div><div class='article-body-2'>{second}</div>"
    )
    assert article(page).word_count > 200


def test_a_page_that_carries_on_with_the_next_story_gives_only_the_first(
    markup: Callable[..., str], article: Callable[..., Article], story: tuple[str, ...]
) -> None:
    other = [
        f"In other news, matter number {number} was settled by the council after long talks on a cold and rainy evening."
        for number in range(20)
    ]
    page = markup(*story, body="<h1>Ferry runs again</h1>").replace(
        "</main>", f"<article><h1>Other news</h1>{''.join(f'<p>{text}</p>' for text in other)}</article></main>"
    )
    body = article(page, title="Ferry runs again").body
    assert body.split("\n")[:4] == list(story)
    assert "matter number 7" not in body
