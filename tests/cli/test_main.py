"""The command line's frame: light to import, quiet in failure, one sentence and an exit code for everything."""

import ast
import importlib.util
import io
import os
import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from cli import main
from cli.main import VERBS, build, run, summary
from domain.errors import CopydeskError, DatabaseError, LeaseLostError

ROOT = Path(__file__).parents[2]


def copydesk(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cli.main", *arguments],
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


@pytest.fixture
def raising(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    """Makes `copydesk init` end with an error."""

    def arrange(error: BaseException) -> None:
        def verb() -> None:
            raise error

        monkeypatch.setattr("cli.init.init", verb)

    return arrange


def test_help_imports_neither_prefect_nor_the_database() -> None:
    code = "import sys; from cli.main import run; run(['--help']); print(sorted({name.split('.')[0] for name in sys.modules}))"
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60, check=True
    )
    loaded = done.stdout.splitlines()[-1]
    assert "'cyclopts'" in loaded
    assert [
        name for name in ("prefect", "sqlalchemy", "alembic", "trafilatura", "lxml", "numpy", "pydantic") if f"'{name}'" in loaded
    ] == []


def test_a_spawned_process_may_import_the_main_module_without_running_it() -> None:
    code = "import runpy; runpy.run_module('cli.main', run_name='__mp_main__')"
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_every_verb_is_there_and_documents_itself(verb: main.Verb, capsys: pytest.CaptureFixture[str]) -> None:
    module, _, attribute = verb.target.partition(":")
    assert importlib.util.find_spec(module), f"{module} is missing"
    target = getattr(importlib.import_module(module), attribute)
    documented = target.help if verb.target.endswith(":app") else target.__doc__
    assert documented.splitlines()[0] == summary(verb) != ""
    assert run([verb.name, "--help"]) == 0
    assert " ".join(summary(verb).split()[:4]) in capsys.readouterr().out


def test_every_verb_that_has_a_file_can_be_called() -> None:
    written = [ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or "" for file in (ROOT / "cli").glob("*.py")]
    named = {name for text in written for name in re.findall(r"^`?copydesk ([a-z]+)", text)}
    assert named - {verb.name for verb in VERBS} == set()
    assert len(named) > 10


def test_a_verb_that_cannot_be_imported_leaves_the_others_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = main.Verb("broken", "cli.not_there:nothing", main.VERBS[0].group)
    monkeypatch.setattr(main, "VERBS", (*main.VERBS, broken))
    assert run(["--help"]) == 0
    assert run(["init", "--help"]) == 0
    assert "broken" in capsys.readouterr().out


def test_the_whole_docstring_is_shown_by_the_verb_and_its_line_by_the_list() -> None:
    assert "Needed once on PostgreSQL" not in build()["init"].help
    assert "Needed once on PostgreSQL" in build("init")["init"].help


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (CopydeskError("It is so."), 1, "It is so."),
        (DatabaseError("No database."), 3, "No database."),
        (LeaseLostError("Taken over."), 5, "Taken over."),
        (KeyboardInterrupt(), 130, "Stopped. What was finished is stored; the next run takes up the rest."),
        (PermissionError(13, "Permission denied", "list.toml"), 1, "Permission denied: list.toml."),
    ],
)
def test_errors_are_one_sentence_and_an_exit_code(raising: Any, error: BaseException, code: int, sentence: str) -> None:
    raising(error)
    with redirect_stderr(io.StringIO()) as err, redirect_stdout(io.StringIO()) as out:
        assert run(["init"]) == code
    assert (out.getvalue(), err.getvalue()) == ("", f"copydesk: {sentence}\n")


def test_a_fault_of_ours_is_not_hidden(raising: Any) -> None:
    raising(ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        run(["init"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["statsu"], "did you mean 'status'?"),
        (["xyzzy"], "There is no command 'xyzzy'; there are demo, ingest,"),
        (["init", "--nonsense"], "--nonsense"),
        (["init", "--database"], "--database"),
        (["init", "extra"], "extra"),
    ],
)
def test_a_wrong_command_line_is_exit_code_2(capsys: pytest.CaptureFixture[str], arguments: list[str], words: str) -> None:
    assert run(arguments) == 2
    captured = capsys.readouterr()
    assert words in captured.err
    assert captured.err.startswith("copydesk: ")
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 1


def test_a_reader_that_leaves_is_no_error() -> None:
    code = "import cli.init, sys; cli.init.init = lambda: [print('x' * 1000) for _ in range(1000)]; from cli.main import run; sys.exit(run(['init']))"
    done = subprocess.run(
        ["bash", "-c", '"$0" -c "$1" | true; exit ${PIPESTATUS[0]}', sys.executable, code],
        env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (141, "")


def test_the_version_is_that_of_the_package() -> None:
    assert copydesk("--version").stdout.startswith("0.")


@pytest.mark.parametrize(
    ("url", "code", "words"),
    [
        ("postgresql://desk:canary@127.0.0.1:1/news", 3, "cannot be reached"),
        ("postgresql://desk@127.0.0.1:1/news?password=canary", 2, "among its query parameters"),
        ("postgresql://desk:can%2Fary%40canary@127.0.0.1:1/news", 3, "cannot be reached"),
        ("mysql://desk:canary@127.0.0.1/news", 2, "allowed are sqlite and postgresql"),
        ("sqlite://news.db", 2, "lacks a slash"),
        ("sqlite:////no/such/folder/news.db", 3, "folder exists"),
        ("nonsense", 2, "not a database URL"),
    ],
)
def test_a_wrong_database_is_told_without_a_traceback_or_its_password(url: str, code: int, words: str) -> None:
    done = copydesk("init", "--database", url)
    assert done.returncode == code
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "canary" not in done.stderr + done.stdout


def test_a_wrong_setting_is_told_before_anything_is_done(tmp_path: Path) -> None:
    done = copydesk("init", COPYDESK_FETCH__HOST_SPACING="fast")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "COPYDESK_FETCH__HOST_SPACING is 'fast'" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_every_command_that_a_text_or_a_message_names_is_there() -> None:
    files = [ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")]
    for folder in ("cli", "config", "db", "domain", "flows", "tasks", "newsroom"):
        files += (ROOT / folder).rglob("*.py")
    named = {
        (match[1], str(file.relative_to(ROOT)))
        for file in files
        for match in re.finditer(r"`copydesk ([a-z]+)", file.read_text(encoding="utf-8"))
    }
    assert len({name for name, _ in named}) > 10
    assert {(name, file) for name, file in named if name not in main.NAMES} == set()


def test_no_switch_is_offered_twice_and_no_empty_default_is_told() -> None:
    told = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert "--no-" not in told
    assert not re.findall(r"default: (?:None|False|\(\))", told)
