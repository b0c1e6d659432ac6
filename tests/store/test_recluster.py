"""A new recipe is built beside the old one and takes over at once; a broken-off build changes nothing for anybody."""

from collections.abc import Callable
from typing import Any

import pytest

from db import recipes, rulings
from db.models import Article, LshKey, Match, Recipe, Signature
from domain.errors import RecipeError
from tasks.recluster.task import recluster_archive

Prose = Callable[..., str]


def texts(prose: Prose) -> dict[str, str]:
    """Return a wire and a half-copied version of it (similarity about 0.45), and others."""
    wire = prose(1, 300)
    half = " ".join(wire.split()[:190]) + "\n" + prose(2, 120)
    return {"wire": wire, "half": half, "copy": wire, "other": prose(3)}


MINUTES = {"wire": 0, "half": 1, "copy": 2, "other": 3}


def test_a_stricter_recipe_takes_apart_what_a_looser_one_joined(line_with: Callable[..., Any], prose: Prose) -> None:
    old = line_with()
    old.put(texts(prose), minutes=MINUTES)
    assert old.stories() == {"wire": {"wire", "half", "copy"}, "other": {"other"}}
    new = line_with(similarity=0.8, containment=0.9)
    done = recluster_archive.fn(new.database, new.settings, new.judge)
    assert (done.switched, done.article_count, done.changes) == (True, 3, {"split": 1})
    assert new.stories() == {"wire": {"wire", "copy"}, "half": {"half"}, "other": {"other"}}
    new.check()
    assert new.rows(Recipe, "id", "state") == sorted([(old.judge.recipe_id, "retired"), (new.judge.recipe_id, "active")])
    assert {recipe for (recipe,) in new.rows(Signature, "recipe_id")} == {new.judge.recipe_id}
    assert {recipe for (recipe,) in new.rows(Match, "recipe_id")} == {new.judge.recipe_id}
    expected = sorted((key, one) for one, body in enumerate(texts(prose).values(), start=1) for key in new.judge.sign(body).keys)
    assert new.rows(LshKey, "key", "article_id") == expected
    new.put({"late": prose(3)}, minutes={"late": 9})
    assert new.stories()["other"] == {"other", "late"}
    with pytest.raises(RecipeError):
        old.store(old.extracted("x", prose(4)))


def test_there_and_back_again_ends_where_it_began(line_with: Callable[..., Any], prose: Prose) -> None:
    old = line_with()
    old.put(texts(prose), minutes=MINUTES)
    before = (old.stories(), old.rows(Match, "article_id", "other_id", "rule"), old.rows(LshKey, "key", "article_id"))
    new = line_with(similarity=0.8, containment=0.9)
    recluster_archive.fn(new.database, new.settings, new.judge)
    recluster_archive.fn(old.database, old.settings, old.judge)
    assert (old.stories(), sorted(old.rows(Match, "article_id", "other_id", "rule")), old.rows(LshKey, "key", "article_id")) == (
        before[0], sorted(before[1]), before[2],
    )  # fmt: skip
    old.check()


def test_a_dry_run_says_what_would_change_and_changes_no_story(line_with: Callable[..., Any], prose: Prose) -> None:
    old = line_with()
    old.put(texts(prose), minutes=MINUTES)
    before = old.everything()
    new = line_with(similarity=0.8, containment=0.9)
    said = recluster_archive.fn(new.database, new.settings, new.judge, dry_run=True)
    assert (said.switched, said.changes, said.moved_count) == (False, {"split": 1}, 1)
    after = old.everything()
    assert {name for name in before if before[name] != after[name]} == {"recipes", "signatures", "lsh_keys"}
    old.put({"late": prose(3)}, minutes={"late": 9})
    assert old.stories()["other"] == {"other", "late"}
    assert recluster_archive.fn(new.database, new.settings, new.judge).changes == {"split": 1}
    assert new.stories() == {"wire": {"wire", "copy"}, "half": {"half"}, "other": {"other", "late"}}
    new.check()


def test_what_comes_during_the_build_is_part_of_it(line_with: Callable[..., Any], prose: Prose, monkeypatch: pytest.MonkeyPatch) -> None:
    old = line_with()
    old.put(texts(prose), minutes=MINUTES)
    new = line_with(similarity=0.8, containment=0.9)
    import tasks.recluster.task as room

    matched = room._match
    came: list[bool] = []

    def late(*given: Any) -> bool:
        more = matched(*given)
        if not more and not came:
            came.append(True)
            old.put({"late": prose(3)}, minutes={"late": 9})
            old.store(old.extracted("copy", prose(3) + " And more.", article_id=old.id_of("copy")))
        return more

    monkeypatch.setattr(room, "_match", late)
    recluster_archive.fn(new.database, new.settings, new.judge)
    assert new.stories() == {"wire": {"wire"}, "half": {"half"}, "copy": {"copy", "other", "late"}}
    new.check()
    assert len(new.rows(Signature, "article_id")) == len(new.rows(Article, "id")) == 5


def test_rulings_outlive_the_recipe(line_with: Callable[..., Any], prose: Prose) -> None:
    old = line_with()
    old.put(texts(prose), minutes=MINUTES)
    one, other = old.id_of("other"), old.id_of("wire")
    now = old.minute(10)
    old.database.write(lambda session: rulings.rule(session, old.judge, "join", one, other_id=other, limit=100, now=now))
    old.database.write(lambda session: rulings.rule(session, old.judge, "split", old.id_of("copy"), limit=100, now=now))
    new = line_with(similarity=0.8, containment=0.9)
    recluster_archive.fn(new.database, new.settings, new.judge)
    assert new.stories() == {"wire": {"wire", "other"}, "copy": {"copy"}, "half": {"half"}}
    new.check()


def test_the_active_recipe_is_not_built_again(line_with: Callable[..., Any], prose: Prose) -> None:
    line = line_with()
    assert not recluster_archive.fn(line.database, line.settings, line.judge).switched
    line.put(texts(prose), minutes=MINUTES)
    before = line.everything()
    assert not recluster_archive.fn(line.database, line.settings, line.judge).switched
    assert line.everything() == before
    with line.database.read() as session:
        assert recipes.active(session) == line.judge.recipe_id
