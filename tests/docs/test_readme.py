"""What README and the pages in docs/ tell people to type works: commands, options, targets, settings, links and SQL."""

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from cyclopts import App

from cli.main import NAMES, build
from config.options import options
from config.settings import Settings
from db.engine import Database

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/operations.md", "docs/architecture.md")]
PAGES += sorted((ROOT / "docs" / "decisions").glob("*.md"))


def blocks(language: str) -> list[str]:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def commands() -> Iterator[tuple[str, list[str]]]:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        typed = [*re.findall(r"`([^`\n]+)`", text), *(line for block in blocks("") for line in block.splitlines())]
        for line in typed:
            words = line.partition("#")[0].strip().removeprefix(".venv/bin/")
            if re.match(r"copydesk [a-z]", words):
                yield page.name, shlex.split(words)[1:]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not link.startswith("http") and not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_make_targets_and_settings_that_are_named_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"(?:`|^)make ([a-z]+)", text, re.MULTILINE)) <= targets
    known = {one.name for one in options(Settings)}
    named = {name for name in re.findall(r"COPYDESK_[A-Z_]+[A-Z]", text) if not name.startswith("COPYDESK_TEST_")}
    assert named - known == set()


def test_every_command_that_is_shown_parses() -> None:
    shown = list(commands())
    assert len(shown) > 20
    for page, words in shown:
        app: App = build(*NAMES)
        if len(words) == 1 and words[0] in NAMES:
            continue  # a verb that is only named
        filled = ["1" if word in {"ID", "URL"} else word for word in words]
        app.parse_args(filled, exit_on_error=False, print_error=False), page


def test_the_sql_runs(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    shown = blocks("sql")
    assert len(shown) == 2
    with database.read() as session:
        for statement in shown:
            session.execute(sa.text(statement.strip().rstrip(";")), {"last_seq": 0} if ":last_seq" in statement else {})
    database.close()


def test_the_python_is_python() -> None:
    shown = blocks("python")
    assert len(shown) == 1
    ast.parse(shown[0])


def test_decisions_are_short_numbered_and_of_one_form() -> None:
    records = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [int(path.name[:4]) for path in records] == list(range(1, len(records) + 1))
    for path in records:
        text = path.read_text(encoding="utf-8")
        assert text.startswith(f"# {int(path.name[:4])}. "), path.name
        assert [line for line in text.splitlines() if line.startswith("## ")] == ["## Context", "## Choice", "## Consequence"], path.name
        assert len(text.splitlines()) <= 24, path.name
