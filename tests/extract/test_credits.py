"""Closing credits become fields; closing sentences stay. All names invented."""

import pytest

from tasks.extract.credits import closing

STORY = ["The ferry runs again.", "Passengers were glad.", "The quay was repaired."]


@pytest.mark.parametrize(
    ("line", "editors", "contributors"),
    [
        ("Editing by Ada Moor", ("Ada Moor",), ()),
        ("Edited by Ada Moor and Ben Lund", ("Ada Moor", "Ben Lund"), ()),
        ("(Reporting by Ben Lund; Editing by Ada Moor)", ("Ada Moor",), ("Ben Lund",)),
        (
            "Reporting by Ben Lund in London and Cleo Finn; additional reporting by Dan Marsh; editing by Ada Moor",
            ("Ada Moor",),
            ("Ben Lund", "Cleo Finn", "Dan Marsh"),
        ),
        ("Additional reporting by Ben Lund", (), ("Ben Lund",)),
        ("With files from Ben Lund", (), ("Ben Lund",)),
        ("Ben Lund contributed to this report.", (), ("Ben Lund",)),
        ("Ben Lund and Cleo Finn contributed reporting", (), ("Ben Lund", "Cleo Finn")),
        ("Bearbeitet von Ada Moor", ("Ada Moor",), ()),
        ("Redaktion: Ada Moor", ("Ada Moor",), ()),
        ("Édité par Ada Moor", ("Ada Moor",), ()),
        ("Editado por Ada Moor", ("Ada Moor",), ()),
        ("A cura di Ada Moor", ("Ada Moor",), ()),
        ("Editör: Deniz Kaya", ("Deniz Kaya",), ()),
        ("Edîtor: Berfîn Azad", ("Berfîn Azad",), ()),
        ("Amadekar: Berfîn Azad", ("Berfîn Azad",), ()),
        ("تحرير: سارة أحمد", ("سارة أحمد",), ()),
        ("ویرایش: مریم رضایی", ("مریم رضایی",), ()),
        ("دەستکاری: شیرین ئەحمەد", ("شیرین ئەحمەد",), ()),
        ("ئامادەکردنی: ئازاد کەریم", (), ("ئازاد کەریم",)),
        ("Редактор: Анна Морская", ("Анна Морская",), ()),
        ("編集：山田太郎", ("山田太郎",), ()),
        ("责任编辑：王小明", ("王小明",), ()),
    ],
)
def test_credit_lines_become_names(line: str, editors: tuple[str, ...], contributors: tuple[str, ...]) -> None:
    kept, found, cut = closing([*STORY, line])
    assert (found.editors, found.contributors) == (editors, contributors)
    assert (kept, cut) == (STORY, [line])


@pytest.mark.parametrize("line", ["mit dpa", "(dpa)", "Quelle: dpa/afp", "Source: AFP", "Kaynak: AA", "المصدر: رويترز", "with AFP"])
def test_an_agency_alone_is_the_source(line: str) -> None:
    kept, found, _ = closing([*STORY, line])
    assert kept == STORY
    assert found.agency


@pytest.mark.parametrize(
    "line",
    [
        "Editing by hand took the team three weeks, she said, and it was worth every hour of it.",
        "The editor said the paper would appear again on Monday.",
        "Reporting by the islanders themselves made the difference this time around, the mayor said in his speech.",
        "Ada Moor said so.",
        "Editors of the local paper were not amused.",
        "Avec cette décision, le port retrouve son bac.",
    ],
)
def test_sentences_stay(line: str) -> None:
    kept, found, cut = closing([*STORY, line])
    assert kept == [*STORY, line]
    assert not found.editors
    assert not cut


def test_only_the_last_lines_are_looked_at_and_never_the_only_one() -> None:
    assert closing(["Editing by Ada Moor"])[0] == ["Editing by Ada Moor"]
    early = [STORY[0], "Editing by Ada Moor", *STORY * 3]
    assert closing(early)[0] == early
