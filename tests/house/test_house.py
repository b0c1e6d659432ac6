"""The rules of the house that no linter knows: sizes, what the project may speak of, and set-up that works anywhere."""

import ast
import os
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("cli", "config", "db", "domain", "flows", "newsroom", "tasks")
MODULE, FUNCTION, POSITIONAL, TASK, FLOW = 250, 40, 4, 25, 50


def modules() -> Iterator[Path]:
    for package in PACKAGES:
        yield from (path for path in sorted((ROOT / package).rglob("*.py")) if "migrations" not in path.parts)


def functions() -> Iterator[tuple[Path, ast.FunctionDef]]:
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                yield path, node


def texts() -> Iterator[tuple[Path, str]]:
    """Every text file that git knows or would take."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    for name in sorted(set(filter(None, listed.split("\0")))):
        path = ROOT / name
        if path.is_file() and path.suffix not in {".png", ".der", ".pem"} and path != Path(__file__):
            yield path, path.read_text(encoding="utf-8", errors="replace")


def body_lines(node: ast.FunctionDef) -> int:
    """Lines of a function without its docstring, and without the inside of tables: a dozen values or arguments, one a line."""
    first = node.body[0]
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    start = first.end_lineno if documented else node.lineno
    table = {
        line
        for one in ast.walk(node)
        if isinstance(one, (ast.List, ast.Tuple, ast.Call)) and len(one.elts if not isinstance(one, ast.Call) else one.keywords) >= 12
        for line in range(one.lineno + 1, (one.end_lineno or 0) + 1)
    }
    return len(set(range((start or 0) + 1, (node.end_lineno or 0) + 1)) - table)


def decorated(node: ast.FunctionDef, name: str) -> bool:
    return any(isinstance(part, ast.Name) and part.id == name for one in node.decorator_list for part in ast.walk(one))


def test_modules_stay_readable() -> None:
    sizes = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in modules()}
    assert {name: size for name, size in sizes.items() if size > MODULE} == {}


def test_functions_stay_readable() -> None:
    found = {f"{path.relative_to(ROOT)}:{node.name}": body_lines(node) for path, node in functions()}
    # Tables of promises, one Promise after the other.
    tables = {name for name in found if name.startswith("db/promises/")}
    assert {name: size for name, size in found.items() if size > FUNCTION and name not in tables} == {}


def test_tasks_and_flows_are_thin() -> None:
    for path, node in functions():
        limit = TASK if decorated(node, "task") else FLOW if decorated(node, "flow") else None
        assert limit is None or body_lines(node) <= limit, f"{path}:{node.name}"


def test_the_repository_speaks_only_of_itself() -> None:
    machine = re.compile(r"/work/|/root/|/home/\w|/tmp/(?!copydesk|\w*\.sock)[a-z]|\.pyenv|localhost:\d{5}")
    others = re.compile(r"\b(claude|anthropic|chatgpt|copilot|openai|llm agent|subagent)\b", re.IGNORECASE)
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path, text in texts()
        for pattern in (machine, others)
        for match in [pattern.search(text)]
        if match
    ]
    assert found == []


def test_the_lock_names_no_index_and_pins_everything_with_hashes() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert not re.search(r"https?://|--index|--extra-index|--find-links", lock)
    pins = re.findall(r"^(\S+?)==\S+.*\\\n( +--hash=sha256:[0-9a-f]{64}.*\n)+", lock, re.MULTILINE)
    assert len(pins) == len(re.findall(r"^[A-Za-z0-9]", lock, re.MULTILINE)) > 100


def test_every_declared_dependency_is_in_the_lock() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8").lower().replace("_", "-")
    # `export` and `dask` are large, and neither the tests nor a run need them.
    extras = [one for name in ("postgres", "archive") for one in project["project"]["optional-dependencies"][name]]
    wanted = [*project["project"]["dependencies"], *extras, *project["dependency-groups"]["dev"]]
    names = [re.split(r"[\[<>=!~ ;]", one)[0].lower().replace("_", "-") for one in wanted]
    assert [name for name in names if f"\n{name}==" not in f"\n{lock}"] == []


def test_the_package_cannot_be_uploaded_by_accident() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert "Private :: Do Not Upload" in project["classifiers"]
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").lstrip().startswith("Apache License\n")


def test_tests_have_no_packages_of_their_own() -> None:
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def test_no_test_skips_without_a_reason() -> None:
    bare = re.compile(r"pytest\.(skip\(\)|mark\.skip\b(?!\(reason)|mark\.xfail\b(?!\())")
    assert [
        str(path) for path in (ROOT / "tests").rglob("*.py") if path != Path(__file__) and bare.search(path.read_text(encoding="utf-8"))
    ] == []


@pytest.mark.parametrize("target", ["setup", "demo", "test", "run", "up", "lint", "bench"])
def test_every_make_target_makes_the_environment_first_and_explains_itself(target: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    needs = "" if target == "setup" else " setup"
    assert re.search(rf"^{target}:{needs} ## \S", makefile, re.MULTILINE)


def make(*arguments: str, path: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(
        ["make", "--no-print-directory", *arguments], cwd=path, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_make_help_lists_the_targets(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text((ROOT / "Makefile").read_text(encoding="utf-8"), encoding="utf-8")
    done = make("help", path=tmp_path)
    assert done.returncode == 0
    assert "make demo" in done.stdout
    assert make(path=tmp_path).stdout == done.stdout


def test_a_python_that_is_too_old_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text((ROOT / "Makefile").read_text(encoding="utf-8"), encoding="utf-8")
    old = tmp_path / "python3.10"
    old.write_text('#!/bin/sh\n[ "$1" = -V ] && echo Python 3.10.1\nexit 1\n', encoding="utf-8")
    old.chmod(0o755)
    done = make("test", f"PYTHON={old}", path=tmp_path)
    assert done.returncode == 2
    assert f"Copydesk needs Python 3.11 or newer; {old} is Python 3.10.1." in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_the_environment_is_made_again_only_when_the_lock_or_the_python_changed(tmp_path: Path) -> None:
    """A stand-in for Python counts how often an environment and an installation were asked for."""
    for name in ("Makefile", "pyproject.toml"):
        (tmp_path / name).write_text((ROOT / name).read_text(encoding="utf-8"), encoding="utf-8")
    lock, calls = tmp_path / "requirements.lock", tmp_path / "calls"
    lock.write_text("one==1\n", encoding="utf-8")
    python = tmp_path / "python3.12"
    python.write_text(
        f'#!/bin/sh\ncase "$*" in -V) echo Python 3.12.0;; *venv*) echo venv >> {calls}; rm -rf .venv-3.12; mkdir -p .venv-3.12/bin;'
        f' ln -sf {python} .venv-3.12/bin/python;; *"-r requirements.lock") echo lock >> {calls};; *"-e .") echo project >> {calls};; esac\n',
        encoding="utf-8",
    )
    python.chmod(0o755)

    def asked() -> list[str]:
        calls.unlink(missing_ok=True)
        done = make("setup", f"PYTHON={python}", path=tmp_path)
        assert done.returncode == 0, done.stderr
        return calls.read_text(encoding="utf-8").split() if calls.exists() else []

    assert asked() == ["venv", "lock", "project"]
    assert asked() == []
    with (tmp_path / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write("\n")
    assert asked() == ["project"]
    lock.write_text("one==2\n", encoding="utf-8")
    assert asked() == ["venv", "lock", "project"]
