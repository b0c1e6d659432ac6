"""Bylines in many languages, and what is no name."""

import pytest

from tasks.extract.names import byline, people


@pytest.mark.parametrize(
    ("raw", "names"),
    [
        (["Ada Moor"], ("Ada Moor",)),
        (["By Ada Moor and Ben Lund"], ("Ada Moor", "Ben Lund")),
        (["Ada Moor, Ben Lund, Cleo Finn and Dan Marsh"], ("Ada Moor", "Ben Lund", "Cleo Finn", "Dan Marsh")),
        (["Von Ada Moor und Ben Lund"], ("Ada Moor", "Ben Lund")),
        (["Par Ada Moor avec AFP"], ("Ada Moor", "AFP")),
        (["Por Ada Moor y Ben Lund"], ("Ada Moor", "Ben Lund")),
        (["di Ada Moor"], ("Ada Moor",)),
        (["Door Ada Moor en Ben Lund"], ("Ada Moor", "Ben Lund")),
        (["Автор: Анна Морская"], ("Анна Морская",)),
        (["Анна Морская и Борис Полев"], ("Анна Морская", "Борис Полев")),
        (["بقلم: سارة أحمد"], ("سارة أحمد",)),
        (["سارة أحمد و كريم علي"], ("سارة أحمد", "كريم علي")),
        (["نووسینی: شیرین ئەحمەد"], ("شیرین ئەحمەد",)),
        (["Amadekar: Berfîn Azad û Rojda Kaya"], ("Berfîn Azad", "Rojda Kaya")),
        (["Haber: Deniz Kaya ve Ege Su"], ("Deniz Kaya", "Ege Su")),
        (["نوشته: مریم رضایی"], ("مریم رضایی",)),
        (["記者：山田太郎"], ("山田太郎",)),
        (["山田太郎、鈴木花子"], ("山田太郎", "鈴木花子")),
        (["Ada Moor, Senior Editor"], ("Ada Moor",)),
        (["Ada Moor (London)"], ("Ada Moor",)),
        (["Martin Moor, Jr."], ("Martin Moor, Jr.",)),
        (["Ada Moor", "ada-moor", "ADA MOOR"], ("Ada Moor",)),
        (["https://news.example/ada"], ()),
        (["ada@news.example"], ()),
        (["(Image: Cam Era)"], ()),
        (["", "  ", "12", "-"], ()),
        (["Associated Press writer Ada Moor"], ("Ada Moor",)),
    ],
)
def test_names_are_told_from_what_stands_around_them(raw: list[str], names: tuple[str, ...]) -> None:
    assert people(raw) == names


def test_names_are_capped_in_length_and_number() -> None:
    assert len(people([f"Name{number} Surname" for number in range(500)])) == 50
    assert people(["A" * 400]) == ()


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("By Ada Moor", ("Ada Moor",)),
        ("Von Ada Moor", ("Ada Moor",)),
        ("By the time the ferry came, the harbour was full.", ()),
        ("Von hier aus fährt die Fähre.", ()),
        ("Ada Moor", ()),
    ],
)
def test_a_byline_is_told_from_a_sentence(line: str, names: tuple[str, ...]) -> None:
    assert byline(line) == names


def test_X18_a_long_stammer_ends() -> None:
    assert people(["by " * 100_000]) == ()
