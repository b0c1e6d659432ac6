"""Lists of addresses: plain, CSV, and neither."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.history import Discovered, Finding, Trouble, Window
from domain.outcomes import Reason
from tasks.discover import url_list

ALWAYS = Window()


def read(text: str, window: Window = ALWAYS, **options: int) -> list[Finding]:
    return list(url_list.read(text.splitlines(keepends=True), window, **options))


def test_one_address_a_line_with_comments_and_empty_lines() -> None:
    found = read("# March\nhttps://press.example/1\n\n  https://press.example/2  \n")
    assert [(one.url, one.position) for one in found if isinstance(one, Discovered)] == [
        ("https://press.example/1", 2),
        ("https://press.example/2", 4),
    ]


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_csv_tells_title_date_and_feed(mark: str) -> None:
    text = f'\ufeffTitle{mark}URL{mark}Date{mark}Feed\n"Bread{mark} Roses"{mark}https://press.example/1{mark}2026-03-05{mark}The Press\n{mark}https://press.example/2{mark}{mark}\n'
    first, second = read(text)
    assert first == Discovered(
        "https://press.example/1", 2, datetime(2026, 3, 5, tzinfo=UTC), title=" ".join(f"Bread{mark} Roses".split()), feed="The Press"
    )
    assert second == Discovered("https://press.example/2", 3)


def test_rows_that_name_nothing_are_counted_and_the_first_are_named() -> None:
    found = read(
        "url,title\nhttps://press.example/1,A\nnot an address,B\n,C\nftp://press.example/x,D\nhttps://press.example/2,E\nmailto:x,F\n"
    )
    assert [one.url for one in found if isinstance(one, Discovered)] == ["https://press.example/1", "https://press.example/2"]
    assert found[-1] == Trouble(Reason.BAD_ROW, "4 lines name no http or https address: 3, 4, 5 …")


def test_a_dated_row_outside_the_window_is_left_out() -> None:
    window = Window(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))
    text = "url,date\nhttps://press.example/1,2026-03-05\nhttps://press.example/2,2026-05-05\nhttps://press.example/3,\n"
    assert [one.url[-1] for one in read(text, window) if isinstance(one, Discovered)] == ["1", "3"]


def test_reading_goes_on_where_it_was_interrupted() -> None:
    text = "url\n" + "".join(f"https://press.example/{number}\n" for number in range(10))
    whole = [one for one in read(text) if isinstance(one, Discovered)]
    for at, one in enumerate(whole, 1):
        assert read(text, start=one.position) == whole[at:]


def test_an_empty_list_lists_nothing() -> None:
    assert read("") == []
    assert read("url,title\n") == []


@given(st.text(max_size=300))
def test_any_text_gives_findings_and_no_exception(text: str) -> None:
    assert isinstance(read(text), list)
    assert isinstance(read("url,title\n" + text), list)
