"""Signatures are datasketch's, keys are bounded, and recipes never mix."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from datasketch import MinHash
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import RecipeError
from tasks.deduplicate import candidates
from tasks.deduplicate.judge import TextJudge
from tasks.deduplicate.recipe import Recipe, Thresholds, from_parameters, strict
from tasks.deduplicate.shingles import distinct, shingle
from tasks.deduplicate.signature import Signer

RECIPE = Recipe()
SIGNER = Signer(RECIPE)
# What the first version signed. When this changes, stored signatures are comparable no more: raise the recipe's versions.
GOLDEN = ("3fd6ce96c4f53a761f4d265439b61ab5", 236, "b7a84601524da200")


def test_the_minhash_is_datasketchs_own_bit_for_bit(prose: Callable[..., str]) -> None:
    text = prose(1)
    slow = MinHash(num_perm=128, seed=1, scheme="affine32", hashfunc=lambda value: value)
    for value in shingle(text, RECIPE).hashes:
        slow.update(int(value) & 0xFFFFFFFF)
    assert np.array_equal(np.frombuffer(SIGNER.sign(text).minhash, "<u4"), slow.hashvalues)


def test_a_signature_is_the_same_on_every_machine(prose: Callable[..., str]) -> None:
    signature = SIGNER.sign(prose(1))
    assert (signature.content_hash, signature.shingle_count, signature.minhash[:8].hex()) == GOLDEN


def test_equal_texts_have_equal_keys_and_their_order_is_not_chance(prose: Callable[..., str]) -> None:
    assert SIGNER.sign(prose(2)).keys == Signer(Recipe()).sign(prose(2).upper()).keys
    assert len(set(SIGNER.sign(prose(2)).keys)) == len(SIGNER.sign(prose(2)).keys)


@pytest.mark.parametrize("count", [0, 1, 4, 5, 30, 200, 1_000, 5_000])
def test_keys_are_at_most_48_however_long_the_text(prose: Callable[..., str], count: int) -> None:
    signature = SIGNER.sign(prose(3, count))
    assert len(signature.keys) <= 48
    assert bool(signature.keys) == (count > 0)
    assert signature.shingle_count == (0 if count == 0 else max(1, len(set(range(count - 4)))) if count >= 5 else 1)


@pytest.mark.parametrize("count", [120, 300, 1_000, 4_000])
def test_a_cut_of_any_text_shares_two_sampled_shingles_with_it(prose: Callable[..., str], count: int) -> None:
    shared = []
    for seed in range(40):
        words = prose(seed, count).split()
        whole, cut = SIGNER.sign(" ".join(words)), SIGNER.sign(" ".join(words[: max(60, count // 3)]))
        shared.append(len({key for key in whole.keys if candidates.of_sketch(key)} & set(cut.keys)))
    assert sum(one >= 2 for one in shared) >= 39


def test_one_token_ten_megabytes_long_is_bounded() -> None:
    signature = SIGNER.sign("news " * 2_000_000)
    assert signature.shingle_count == 1
    assert len(signature.keys) <= 48


def test_texts_without_a_word_have_no_keys() -> None:
    for text in ("", " \n ", "!!! ... ---", "\u200b\u00ad"):
        assert SIGNER.sign(text).keys == ()


def test_a_script_without_spaces_is_told() -> None:
    assert SIGNER.sign("議会は新しい橋に合意した。" * 5).characters
    assert not SIGNER.sign("the council agreed on 東京 bridge " * 5).characters


def test_the_id_of_a_recipe_follows_every_parameter() -> None:
    other = [
        replace(RECIPE, dress=2), replace(RECIPE, normalisation=3), replace(RECIPE, seed=2), replace(RECIPE, sketch_cap=30),
        replace(RECIPE, thresholds=Thresholds(similarity=0.5)),
    ]  # fmt: skip
    assert len({RECIPE.id, *(one.id for one in other)}) == 6
    assert from_parameters(RECIPE.parameters) == RECIPE == strict(0.40, 0.60)


def test_an_impossible_recipe_is_refused() -> None:
    with pytest.raises(RecipeError, match="130 permutations"):
        Recipe(bands=26, rows=5)
    with pytest.raises(RecipeError, match="sketch"):
        Recipe(sketch_floor=40)
    with pytest.raises(RecipeError, match="another version"):
        from_parameters({"shingle_size": 5, "teapot": 1})


def test_keys_of_two_recipes_never_meet(prose: Callable[..., str]) -> None:
    other = Signer(Recipe(dress=2)).sign(prose(4))
    assert not set(other.keys) & set(SIGNER.sign(prose(4)).keys)


def test_signatures_of_two_recipes_are_never_compared(prose: Callable[..., str]) -> None:
    judge, other = TextJudge(), TextJudge(recipe=Recipe(dress=2))
    with pytest.raises(RecipeError, match="recluster"):
        judge.compare(judge.sign(prose(5)), other.sign(prose(5)))


@settings(max_examples=50)
@given(st.lists(st.sampled_from(["alpha", "beta", "gamma", "delta", "epsilon", "zeta"]), max_size=40))
def test_shingles_are_the_distinct_runs_of_five(words: list[str]) -> None:
    hashes, positions = distinct(np.array([hash(word) % 2**64 for word in words], np.uint64), 5)
    size = min(5, len(words))
    runs = [tuple(words[at : at + size]) for at in range(len(words) - size + 1)] if words else []
    assert len(hashes) == len(set(runs))
    assert sorted(hashes.tolist()) == hashes.tolist()
    assert {runs[at] for at in positions} == set(runs)
