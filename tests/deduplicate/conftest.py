"""Invented prose: words of syllables, the same for the same seed."""

import random
from collections.abc import Callable

import pytest

_SYLLABLES = [
    "ka",
    "ro",
    "mi",
    "ten",
    "dal",
    "su",
    "vor",
    "ne",
    "li",
    "sha",
    "bur",
    "gan",
    "to",
    "pel",
    "zi",
    "har",
    "mo",
    "ded",
    "fal",
    "wen",
]


def words(seed: int, count: int) -> list[str]:
    rng = random.Random(seed)
    vocabulary = ["".join(rng.choices(_SYLLABLES, k=rng.randint(1, 3))) for _ in range(400)]
    return [rng.choice(vocabulary) for _ in range(count)]


@pytest.fixture
def prose() -> Callable[..., str]:
    """Return a function that gives a text: paragraphs of five sentences of twelve words."""

    def text(seed: int, count: int = 240) -> str:
        some = words(seed, count)
        sentences = [" ".join(some[start : start + 12]).capitalize() + "." for start in range(0, count, 12)]
        return "\n".join(" ".join(sentences[start : start + 5]) for start in range(0, len(sentences), 5))

    return text
