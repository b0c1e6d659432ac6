"""Rulings are kept, respected by everything that comes later, told to readers, and taken back."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from db import rulings
from db.models import Article, Change, Entry, LshKey, Match, Revision, Ruling, Signature
from domain.errors import ConfigurationError

Prose = Callable[..., str]
NOW = datetime(2026, 3, 2, tzinfo=UTC)


def rule(line: Any, kind: str, name: str, other: str | None = None, *, note: str | None = None) -> Any:
    one, second = line.id_of(name), line.id_of(other) if other else None
    return line.database.write(
        lambda session: rulings.rule(session, line.judge, kind, one, other_id=second, note=note, limit=1_000, now=NOW)  # type: ignore[arg-type]
    )


def revoke(line: Any, number: int) -> Any:
    return line.database.write(lambda session: rulings.revoke(session, line.judge, number, limit=1_000, now=NOW))


@pytest.fixture
def family(line: Any, prose: Prose) -> Any:
    """a is the wire, b and c its copies, x another story."""
    line.put({"a": prose(1), "b": f"{prose(1)} One more line.", "c": prose(1), "x": prose(2)}, minutes={"a": 0, "b": 1, "c": 2, "x": 3})
    return line


def test_a_split_article_stands_alone_and_readers_are_told(family: Any) -> None:
    rule(family, "split", "b", note="another event")
    assert family.stories() == {"a": {"a", "c"}, "b": {"b"}, "x": {"x"}}
    family.check()
    assert family.rows(Ruling, "kind", "article_id", "other_id", "note") == [("split", 2, 1, "another event")]
    assert family.rows(Change, "kind", "article_id")[-1] == ("split", 2)
    assert family.rows(Entry, "outcome") == [("unique",), ("unique",), ("exact_copy",), ("unique",)]


def test_later_copies_respect_a_split(family: Any, prose: Prose) -> None:
    rule(family, "split", "b")
    family.put({"d": f"{prose(1)} One more line."}, minutes={"d": 9})
    assert family.stories() == {"a": {"a", "c"}, "b": {"b", "d"}, "x": {"x"}}
    family.put({"first": prose(1)}, minutes={"first": -5})
    parted = [members for members in family.stories().values() if "b" in members]
    assert "a" not in parted[0]
    family.check()


def test_joined_articles_are_one_story_for_good(family: Any, prose: Prose) -> None:
    rule(family, "join", "x", "a")
    assert family.stories() == {"a": {"a", "b", "c", "x"}}
    assert "joined" in family.changes()
    family.put({"y": prose(2)}, minutes={"y": 20})
    assert family.stories() == {"a": {"a", "b", "c", "x", "y"}}
    family.check()


def test_a_pinned_article_represents_and_stays_when_an_earlier_one_comes(family: Any, prose: Prose) -> None:
    rule(family, "pin", "c")
    assert family.stories() == {"c": {"a", "b", "c"}, "x": {"x"}}
    family.put({"first": prose(1)}, minutes={"first": -5})
    assert family.stories() == {"c": {"first", "a", "b", "c"}, "x": {"x"}}
    rule(family, "pin", "b")
    assert family.stories() == {"b": {"first", "a", "b", "c"}, "x": {"x"}}
    assert family.changes().count("representative_changed") == 2
    family.check()


def test_a_withdrawn_text_is_gone_and_a_copy_takes_over(family: Any, prose: Prose) -> None:
    story = family.rows(Article, "cluster_id")[0]
    family.store(family.extracted("a", prose(1) + " Corrected at noon.", article_id=family.id_of("a")))
    rule(family, "withdraw", "a")
    assert family.stories() == {"b": {"b", "c"}, "a": {"a"}, "x": {"x"}}
    assert family.rows(Article, "cluster_id")[1] == story
    assert family.rows(Article, "title", "body", "withdrawn_at")[0] == ("", "", NOW)
    assert family.rows(Revision, "id") == []
    for table in (Signature, LshKey):
        assert 1 not in {article for (article,) in family.rows(table, "article_id")}
    assert not [pair for pair in family.rows(Match, "article_id", "other_id") if 1 in pair]
    assert family.rows(Change, "kind", "article_id")[-2:] == [("withdrawn", 1), ("representative_changed", 2)]
    family.check()
    family.store(family.extracted("a", prose(1), article_id=1))
    assert family.rows(Entry, "outcome", "reason")[-1] == ("unchanged", "same_text")
    family.put({"late": prose(1)}, minutes={"late": -60})
    assert family.stories() == {"late": {"late", "b", "c"}, "a": {"a"}, "x": {"x"}}


def test_a_ruling_taken_back_leaves_the_stories_as_if_it_had_never_been(family: Any) -> None:
    before = family.stories()
    for number, (kind, name, other) in enumerate([("split", "b", None), ("join", "x", "a"), ("pin", "c", None)], start=1):
        rule(family, kind, name, other)
        assert family.stories() != before
        revoke(family, number)
        assert family.stories() == before
        family.check()


def test_a_ruling_replaces_the_contrary_one(family: Any) -> None:
    rule(family, "split", "b", "a")
    rule(family, "join", "a", "b")
    assert family.stories() == {"a": {"a", "b", "c"}, "x": {"x"}}
    assert family.rows(Ruling, "kind", "revoked") == [("split", True), ("join", False)]


def test_a_ruling_that_changes_nothing_is_still_told(family: Any) -> None:
    count = len(family.changes())
    rule(family, "pin", "a")
    rule(family, "split", "a", "x")
    assert family.changes()[count:] == ["representative_changed", "split"]


@pytest.mark.parametrize(
    ("kind", "name", "other", "sentence"),
    [
        ("split", "a", None, "represents its story"),
        ("split", "a", "a", "two different"),
        ("join", "a", None, "two different"),
    ],
)
def test_a_ruling_without_sense_is_refused(family: Any, *, kind: str, name: str, other: str | None, sentence: str) -> None:
    with pytest.raises(ConfigurationError, match=sentence):
        rule(family, kind, name, other)
    assert family.rows(Ruling, "id") == []


def test_a_withdrawal_cannot_be_taken_back(family: Any) -> None:
    rule(family, "withdraw", "b")
    with pytest.raises(ConfigurationError, match="text is gone"):
        revoke(family, 1)
    with pytest.raises(ConfigurationError, match="no standing ruling 7"):
        revoke(family, 7)
