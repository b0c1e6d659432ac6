"""explain, split, join, pin, withdraw and rulings: what a person sees and decides."""

import json

import pytest

from benchmarks.bench import Desk
from cli import rulings
from cli.explain import difference, explain
from cli.recluster import recluster
from db.engine import Database
from domain.errors import ConfigurationError, RecipeError

WIRE = (
    "The council agreed on the new bridge on Monday after nine hours of talks behind closed doors. It will cost 120 million crowns and "
    "open in three years, the mayor told reporters. Opponents of the plan said they would go to court because of the noise. The old "
    "bridge was built 50 years ago and lorries have not been allowed on it since the spring. Work is to begin in June."
)


@pytest.fixture
def desk(sqlite_url: str) -> Desk:
    desk = Desk(Database(sqlite_url))
    desk.store(
        desk.list([("wire", WIRE), ("copy", f"PARIS (Agency) – {WIRE}\nAnglers welcomed the plan in a letter."), ("other", WIRE[::-1])])
    )
    return desk


def shown(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out


def test_explain_names_the_rule_and_the_evidence(desk: Desk, sqlite_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    explain("https://bench.example/copy", database=sqlite_url)
    text = shown(capsys)
    assert "near copy of article 1" in text
    assert "near copy  resembles" in text
    assert "the other in this" in text
    assert "represents this story" in text
    explain("3", database=sqlite_url)
    assert "nothing shares enough keys" in shown(capsys)


def test_explain_speaks_json(desk: Desk, sqlite_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    explain("2", database=sqlite_url, as_json=True)
    found = json.loads(shown(capsys))
    assert found["article"]["kind"] == "near_copy"
    assert found["compared"][0]["rule"] == "resembles"
    assert found["thresholds"]["similarity"] == 0.4


def test_explain_shows_what_changed_at_the_same_address(desk: Desk, sqlite_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    (entry,) = desk.list([("wire?again", WIRE.replace("120 million", "180 million"))])
    desk.store([entry.__class__(**{name: getattr(entry, name) for name in entry.__slots__} | {"article_id": 1})])
    explain("1", database=sqlite_url)
    text = shown(capsys)
    assert "substantive" in text
    assert "    - It will cost 120 million crowns and open in three years, the mayor told reporters." in text
    assert "    + It will cost 180 million crowns" in text


def test_an_unknown_article_is_named_in_one_sentence(desk: Desk, sqlite_url: str) -> None:
    with pytest.raises(ConfigurationError, match="no article https://nowhere"):
        explain("https://nowhere.example/", database=sqlite_url)


def test_rulings_are_made_listed_and_taken_back(desk: Desk, sqlite_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    rulings.split("2", note="another bridge", database=sqlite_url)
    assert "Article 2 is a story of its own (former 1)" in shown(capsys)
    rulings.listing(database=sqlite_url)
    assert "another bridge" in shown(capsys)
    rulings.revoke(1, database=sqlite_url)
    assert "Article 1 took in (former 2)" in shown(capsys)
    rulings.join("3", "1", database=sqlite_url, as_json=True)
    assert json.loads(shown(capsys))["moved"] == [3]
    rulings.pin("3", database=sqlite_url)
    assert "Article 3 represents (former 1)" in shown(capsys)
    rulings.withdraw("3", database=sqlite_url)
    assert "Article 1 represents (former 3)" in shown(capsys)
    rulings.listing(every=True, database=sqlite_url)
    assert "taken back" in shown(capsys)


def test_a_database_of_another_recipe_is_not_ruled_on(desk: Desk, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COPYDESK_DEDUPLICATE__SIMILARITY", "0.5")
    with pytest.raises(RecipeError, match="recluster"):
        rulings.pin("2", database=sqlite_url)


def test_a_difference_is_told_by_sentences() -> None:
    assert list(difference("One. Two. Three.", "One. Two and a half. Three.")) == ["- Two.", "+ Two and a half."]


def test_recluster_says_what_would_change_and_then_does_it(
    desk: Desk, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    recluster(database=sqlite_url)
    assert "active one already" in shown(capsys)
    monkeypatch.setenv("COPYDESK_DEDUPLICATE__SIMILARITY", "0.99")
    monkeypatch.setenv("COPYDESK_DEDUPLICATE__CONTAINMENT", "1.0")
    recluster(dry_run=True, database=sqlite_url)
    assert shown(capsys).startswith("A switch to the recipe")
    with pytest.raises(RecipeError):
        rulings.pin("2", database=sqlite_url)
    recluster(database=sqlite_url, as_json=True)
    assert json.loads(shown(capsys))["switched"] is True
    rulings.pin("2", database=sqlite_url)
