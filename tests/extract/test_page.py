"""From bytes to a tree: encodings, disarming, limits."""

import pytest

from domain.outcomes import Reason
from tasks.extract import page

ARABIC = "قال مسؤول في الميناء إن العبارة ستعود إلى العمل"
RUSSIAN = "Паром на остров снова ходит с понедельника, сообщили в порту. Пассажиры три недели ездили в объезд по мосту."


def text_of(body: bytes, content_type: str | None = None) -> str:
    return page.parse(page.read(body, content_type)).text_content().strip()


@pytest.mark.parametrize(
    ("body", "content_type", "why"),
    [
        (f"<p>{ARABIC}</p>".encode(), "text/html; charset=iso-8859-1", "valid UTF-8 beats a header that says otherwise"),
        (f"<meta charset=windows-1256><p>{ARABIC}</p>".encode(), None, "valid UTF-8 beats the page's own declaration"),
        (f"<p>{ARABIC}</p>".encode("cp1256"), "text/html; charset=windows-1256", "the header is believed next"),
        (f"<meta charset='windows-1256'><p>{ARABIC}</p>".encode("cp1256"), "text/html", "then the declaration"),
        (f"\ufeff<p>{ARABIC}</p>".encode(), None, "a UTF-8 mark is no text"),
        (f"\ufeff<p>{ARABIC}</p>".encode("utf-16-le"), "text/html; charset=utf-8", "a UTF-16 mark beats everything"),
    ],
)
def test_the_encoding_is_the_one_that_fits(body: bytes, content_type: str | None, why: str) -> None:
    assert text_of(body, content_type) == ARABIC, why


def test_an_undeclared_encoding_is_detected() -> None:
    assert text_of(f"<p>{RUSSIAN * 3}</p>".encode("cp1251")) == RUSSIAN * 3


def test_a_declaration_that_cannot_be_true_is_not_believed() -> None:
    assert "Паром" in text_of(f"<p>{RUSSIAN * 3}</p>".encode("cp1251"), "text/html; charset=utf-8")


def test_one_broken_byte_does_not_make_a_declaration_wrong() -> None:
    body = f"<meta charset=utf-8><p>{ARABIC}".encode() + b"\xff</p>"
    assert text_of(body) == ARABIC + "\ufffd"


def test_scripts_styles_drawings_and_comments_are_cut_and_json_ld_is_kept() -> None:
    body = (
        b"<p>One</p><!-- <p>Two</p> --><SCRIPT type='text/javascript'>document.write('<p>Three</p>')</SCRIPT><style>p{}</style>"
        b'<svg><title>Four</title></svg><script type=\'application/ld+json\'>{"a": "</p>"}</script><p>Five</p>'
    )
    markup = page.read(body, None)
    assert markup.json_ld == ('{"a": "</p>"}',)
    assert page.parse(markup).text_content().split() == ["One", "Five"]


def test_a_script_tag_inside_a_comment_opens_nothing() -> None:
    assert page.parse(page.read(b"<p>One</p><!-- <script> --><p>Two</p><script>x</script><p>Three</p>", None)).text_content().split() == [
        "One",
        "Two",
        "Three",
    ]


def test_an_unclosed_comment_does_not_swallow_the_page_twice() -> None:
    markup = page.read(b"<p>One</p>" + b"<!-- " * 20_000 + b"<script>x</script>", None)
    assert b"One" in markup.body


def test_X16_a_tag_with_thousands_of_attributes_keeps_its_name_only() -> None:
    attributes = " ".join(f"a{number}=1" for number in range(50_000))
    markup = page.read(f"<div {attributes}><p>Text</p></div>".encode(), None)
    assert markup.body == b"<div><p>Text</p></div>"


def test_pictures_inside_the_page_are_dropped() -> None:
    picture = "data:image/png;base64," + "A" * 100_000
    assert len(page.read(f"<p>Text</p><img src='{picture}'>".encode(), None).body) < 100


def test_short_attributes_and_the_word_data_stay() -> None:
    body = b"<p title='data: what it means'>The data: all of it</p>"
    assert page.read(body, None).body == body


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", Reason.EMPTY_PAGE),
        (b" \n\t ", Reason.EMPTY_PAGE),
        (b"<p>" + b"x" * page.MAX_BYTES, Reason.TOO_LARGE),
        (b"<p>x</p>" * (page.MAX_TAGS // 2 + 1), Reason.TOO_LARGE),
        (b"<" * 2_000_000, Reason.TOO_LARGE),
        (b"%PDF-1.7 <p>no page</p>", Reason.NOT_HTML),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 10, Reason.NOT_HTML),
        (b"\x00\x00\x00\x18ftypmp42", Reason.NOT_HTML),
        (bytes(range(32)) * 100 + b"<p>x</p>", Reason.NOT_HTML),
        (b"<?xml version='1.0'?>\n<rss><channel></channel></rss>", Reason.NOT_HTML),
        (b"<urlset></urlset>", Reason.NOT_HTML),
        (b"Only words, and many of them.", Reason.NOT_HTML),
    ],
)
def test_what_cannot_be_a_page_is_refused_with_its_reason(body: bytes, reason: Reason) -> None:
    with pytest.raises(page.UnreadablePageError) as caught:
        page.parse(page.read(body, "text/html"))
    assert caught.value.reason is reason
    assert str(caught.value)


def test_the_limits_let_a_page_just_below_them_pass() -> None:
    assert page.read(b"<p>x</p>" * (page.MAX_TAGS // 2 - 1), None).body


def test_X21_X22_controls_and_impossible_references_end_at_the_parser() -> None:
    text = text_of(b"<p>fer\x00ry \x08&#0;&#xD800;&#x110000;&#99999999999; runs</p>")
    assert text.startswith("ferry")
    assert text.endswith("runs")
    assert "\x00" not in text


def test_depth_is_the_longest_way_down() -> None:
    assert page.depth(page.parse(page.read(b"<html><body><div><p>x</p></div></body></html>", None))) == 4
