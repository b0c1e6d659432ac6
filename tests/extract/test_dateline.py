"""Datelines in many hands; the text keeps them."""

import pytest

from tasks.extract.dateline import Dateline, read

REST = "The ferry to the island runs again from Monday."


@pytest.mark.parametrize(
    ("opening", "place", "agency"),
    [
        ("ERBIL (Kurdistan 24) –", "ERBIL", "Kurdistan 24"),
        ("ERBIL (Kurdistan24) -", "ERBIL", "Kurdistan24"),
        ("ERBIL, Kurdistan Region (Kurdistan 24) —", "ERBIL, Kurdistan Region", "Kurdistan 24"),
        ("SAN FRANCISCO (AP) —", "SAN FRANCISCO", "AP"),
        ("LONDON, Nov 20 (Reuters) -", "LONDON", "Reuters"),
        ("Berlin (dpa) -", "Berlin", "dpa"),
        ("Berlin/München (dpa) –", "Berlin/München", "dpa"),
        ("PARIS (AFP) -", "PARIS", "AFP"),
        ("WASHINGTON —", "WASHINGTON", None),
        ("BUFFALO, N.Y. —", "BUFFALO, N.Y.", None),
        ("Madrid, 20 nov (EFE).-", "Madrid", "EFE"),
        ("ANKARA (AA) -", "ANKARA", "AA"),
        ("МОСКВА (Интерфакс) —", "МОСКВА", "Интерфакс"),
        ("هەولێر (کوردستان 24) -", "هەولێر", "کوردستان 24"),
        ("أربيل (كوردستان 24) –", "أربيل", "كوردستان 24"),
        ("تهران (ایرنا) -", "تهران", "ایرنا"),
        ("Hewlêr (Kurdistan 24) –", "Hewlêr", "Kurdistan 24"),
        ("（東京＝港新聞）", "東京", "港新聞"),
    ],
)
def test_place_and_agency_are_read_and_stay_in_the_text(opening: str, place: str, agency: str | None) -> None:
    line = f"{opening} {REST}"
    assert read([line, "More."]) == ([line, "More."], Dateline(place, agency))


@pytest.mark.parametrize("date", ["date 2023-10-31 ", "2023-10-31 ", "date: 2023-10-31 09:41 ", "31.10.2023 "])
def test_a_template_s_date_before_the_dateline_goes(date: str) -> None:
    kept, found = read([f"{date}ERBIL (Kurdistan 24) – {REST}"])
    assert kept == [f"ERBIL (Kurdistan 24) – {REST}"]
    assert found == Dateline("ERBIL", "Kurdistan 24")


def test_a_dateline_under_the_standfirst_is_found() -> None:
    lines = ["A summary of it all.", f"ERBIL (Kurdistan 24) – {REST}"]
    assert read(lines) == (lines, Dateline("ERBIL", "Kurdistan 24"))


@pytest.mark.parametrize(
    "line",
    [
        REST,
        "The minister (an old sailor) – he is 70 – came by boat.",
        "Nobody knows – not even the captain – when it sails.",
        "2023-10-31 was the day of the storm.",
        "She said (twice): never again.",
        "A – B",
        "",
        "قال الوزير (وهو بحار سابق) إن القارب سيعود.",
    ],
)
def test_sentences_have_no_dateline_and_lose_nothing(line: str) -> None:
    assert read([line]) == ([line], Dateline())
