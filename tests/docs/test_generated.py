"""What docs/ says is what the code does: generated pages are current, and nothing of the contract goes unexplained."""

from pathlib import Path

import pytest

from config.options import options
from config.settings import Settings
from db import views
from db.models import Base
from docs import generate
from tasks.extract.residue import WHY

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["settings.md", "cli.md", "data-dictionary.md"])
def test_a_generated_page_is_current(name: str) -> None:
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == generate.pages()[name], "run `make docs`"


def test_a_page_that_is_not_current_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(generate, "HERE", tmp_path)
    assert generate.main(["--check"]) == 1
    assert "docs/settings.md is not current; run `make docs`." in capsys.readouterr().err
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0


def test_every_option_is_in_the_settings_page() -> None:
    page = generate.settings_page()
    assert [one.name for one in options(Settings) if f"`{one.name}`" not in page] == []


def test_every_column_of_every_table_and_view_is_explained() -> None:
    page = generate.dictionary_page()
    assert [name for name in (*views.NAMES, *Base.metadata.tables) if f"### {name}\n" not in page] == []
    assert [line for line in page.splitlines() if line.startswith("| `") and line.endswith("|  |")] == []


def test_every_command_is_in_the_command_page() -> None:
    page = generate.cli_page()
    for name in generate.cli.NAMES:
        assert f"\n## copydesk {name}\n" in page
    assert "[default: <" not in page
    for hidden in ("/tmp", "0x7f", "site-packages"):
        assert hidden not in page


def test_every_kind_of_residue_is_explained() -> None:
    page = (ROOT / "docs" / "extraction.md").read_text(encoding="utf-8")
    assert [kind for kind in WHY if f"| `{kind}`" not in page and f"`{kind}`," not in page and f", `{kind}`" not in page] == []
