"""What the newsroom's tests share: a press without sockets, and a measure of likeness of their own."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import pytest

from newsroom.grammar import grammar
from newsroom.press import Plan, Press
from newsroom.server import street

_FOLD = str.maketrans("يكىة٠١٢٣٤٥٦٧٨٩", "یکیه0123456789", "\u00adـ")


@dataclass(frozen=True)
class Likeness:
    """Exact Jaccard similarity and containment of two texts' shingles."""

    similarity: float
    containment: float
    is_copy: bool


def _shingles(text: str, language: str) -> frozenset[str]:
    words = re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold().translate(_FOLD))
    if not grammar(language).spaced:
        run = "".join(words)
        return frozenset(run[n : n + 5] for n in range(len(run) - 4))
    return frozenset(" ".join(words[n : n + 5]) for n in range(len(words) - 4))


def _likeness(one: frozenset[str], other: frozenset[str], *, characters: bool) -> Likeness:
    # The plain rule of near-duplicate news, with its two pairs of lines.
    least_similar, least_contained = (0.75, 0.85) if characters else (0.40, 0.60)
    shared = len(one & other)
    similarity, containment = shared / len(one | other), shared / min(len(one), len(other))
    return Likeness(similarity, containment, similarity >= least_similar or containment >= least_contained)


@pytest.fixture
def compare() -> Callable[[str, str, str], Likeness]:
    """Compares two texts of one language."""
    return lambda one, other, language: _likeness(
        _shingles(one, language), _shingles(other, language), characters=not grammar(language).spaced
    )


@pytest.fixture
def compare_all() -> Callable[[list[str], str], list[tuple[float, float]]]:
    """Compares every text with every other: (similarity, containment) of each pair."""

    def pairs(texts: list[str], language: str) -> list[tuple[float, float]]:
        sets = [_shingles(text, language) for text in texts]
        counts = Counter(shingle for one in sets for shingle in one)
        # Whole numbers as sets of bits: twenty times as fast as sets of strings, and only what is shared needs a bit.
        bits = {shingle: 1 << n for n, shingle in enumerate(shingle for shingle, count in counts.items() if count > 1)}
        masks = [(len(one), sum(bits[shingle] for shingle in one if shingle in bits)) for one in sets]
        shared = ((n, m, (one & other).bit_count()) for (n, one), (m, other) in combinations(masks, 2))
        return [(count / (n + m - count), count / min(n, m)) for n, m, count in shared]

    return pairs


@pytest.fixture
def press() -> Press:
    return Press(Plan(12, 100), street(12, 8000))
