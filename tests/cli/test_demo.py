"""`copydesk demo`: for real on a small press, and what it says when something differs from the truth."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli import demo, demo_report
from cli.demo import Kept, Visit
from cli.main import run
from db.stories import Carried, Corrected
from newsroom import truth
from newsroom.press import Plan, Press
from newsroom.server import street

ROOT = Path(__file__).resolve().parents[2]
ACCOUNT = {
    "feeds_polled": 18, "feeds_unchanged": 3, "entries_new": 150, "unique": 90, "exact_copy": 10, "near_copy": 30, "revision": 2,
    "rejected": 0, "failed": 0, "pending": 0, "seconds": 4.5,
}  # fmt: skip


@pytest.fixture
def press() -> Press:
    return Press(Plan(12, 60), street(12, 8000))


def perfect(press: Press) -> tuple[Carried, ...]:
    return tuple(
        Carried(
            story_id=int(str(line["cluster"])), canonical_url=str(line["url"]), publisher=str(line["outlet"]), title=str(line["title"]),
            language=str(line["language"]), kind="unique" if line["expected"] == "unique" else "near_copy",
            similarity=None if line["expected"] == "unique" else 0.62, containment=None if line["expected"] == "unique" else 0.98,
        )
        for line in truth.lines(press, 2) if line["expected"] != "no_article"
    )  # fmt: skip


def judge(press: Press, kept: Kept, **numbers: int) -> demo.Outcome:
    refused = truth.expected(press, 2).no_article
    visits = [Visit(2, ACCOUNT | {"rejected": refused} | numbers, 5.0)]
    return demo._judge(press, visits, kept, database="sqlite:///demo/copydesk.db", seconds=9.0)


def test_all_right_is_as_expected(press: Press, capsys: pytest.CaptureFixture[str]) -> None:
    kept = Kept(perfect(press), (), 0)
    outcome = judge(press, kept)
    assert outcome.as_expected
    demo_report.Report().closing(press, outcome, kept)
    printed = capsys.readouterr().out
    expected = truth.expected(press, 2)
    assert f"as expected: {expected.unique} unique, {expected.copies} copies" in printed.splitlines()[-1]
    assert "62% alike" in printed
    assert "(98% of the shorter text is in the longer)" in printed


def test_a_copy_taken_for_a_story_is_named_and_counted(press: Press, capsys: pytest.CaptureFixture[str]) -> None:
    *others, last = sorted(perfect(press), key=lambda one: one.kind)
    first = others[0]
    assert (first.kind, last.kind) == ("near_copy", "unique")
    taken = Carried(-1, first.canonical_url, first.publisher, first.title, first.language, "unique", None, None)
    kept = Kept((taken, *others[1:], last), (), 0)
    outcome = judge(press, kept)
    demo_report.Report().closing(press, outcome, kept)
    printed = capsys.readouterr().out
    assert not outcome.as_expected
    assert "split: one story is 2 articles" in printed
    assert first.canonical_url in printed
    assert "NOT as expected" in printed.splitlines()[-1]


@pytest.mark.parametrize(("numbers", "said"), [({"pending": 3}, "pending: 3 instead of 0"), ({"failed": 1}, "no article: ")])
def test_unfinished_and_failed_pages_are_differences(press: Press, numbers: dict[str, int], said: str) -> None:
    assert any(problem.startswith(said) for problem in judge(press, Kept(perfect(press), (), 0), **numbers).differences)


def test_corrections_must_be_noticed_where_articles_are_asked_again(press: Press, capsys: pytest.CaptureFixture[str]) -> None:
    due = truth.expected(press, 2).revised
    assert due
    assert judge(press, Kept(perfect(press), (), 0)).as_expected
    assert judge(press, Kept(perfect(press), (), 90)).differences == (f"corrections: 0 instead of {due}",)
    kept = Kept(perfect(press), (Corrected("http://a.example/1", "The Courier", "A title", 0.125, substantive=True),) * due, 90)
    outcome = judge(press, kept)
    assert outcome.as_expected
    demo_report.Report().closing(press, outcome, kept)
    assert f"Corrected at the same address: {due} of {due} noticed" in capsys.readouterr().out


def test_many_differences_are_cut_short_for_people_and_complete_for_programs(press: Press, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = judge(press, Kept((), (), 0))
    demo_report.Report().closing(press, outcome, Kept((), (), 0))
    printed = capsys.readouterr().out
    assert len(outcome.differences) > 40
    assert len(printed.splitlines()) < 40
    assert "more differences (--json lists all)" in printed


def test_a_title_cannot_command_the_terminal(press: Press, capsys: pytest.CaptureFixture[str]) -> None:
    first, *others = perfect(press)
    evil = Carried(first.story_id, first.canonical_url, "[red]Paper[/]\x1b[2J", "Title \x1b]0;owned\x07", "en", "unique", None, None)
    copies = [one for one in others if one.story_id == first.story_id] or [
        Carried(first.story_id, "u", "P", "T", "en", "near_copy", 0.5, 0.9)
    ]
    demo_report.Report()._copies(press, (evil, *copies))
    printed = capsys.readouterr().out
    assert "\x1b" not in printed
    assert "[red]Paper[/]" in printed


def test_a_database_with_articles_in_it_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.stories.count", lambda _session: 1_200)
    assert run(["demo", "--database", f"sqlite:///{tmp_path / 'archive.db'}"]) == 2
    assert "already holds 1,200 articles; name a new or an empty database" in capsys.readouterr().err


@pytest.mark.parametrize("stories", ["0", "-4", "many", "1000000"])
def test_a_number_of_stories_that_makes_no_press_is_refused(stories: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", "--stories", stories]) == 2
    assert capsys.readouterr().err.startswith("copydesk: ")


@pytest.mark.prefect
def test_the_demo_equals_the_truth(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "cli.main", "demo", "--stories", "24", "--json"]
    environment = {**os.environ, "PREFECT_HOME": str(tmp_path / "prefect"), "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    said = json.loads(ended.stdout.splitlines()[-1])
    assert said["as_expected"] is True
    assert said["differences"] == []
    assert (said["unique"], said["copies"]) == (said["expected"]["unique"], said["expected"]["copies"])
    assert said["copies"] > 5
    assert [visit["edition"] for visit in said["visits"]] == [1, 2]
    assert (tmp_path / "demo" / "copydesk.db").exists()
