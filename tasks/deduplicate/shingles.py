"""Shingles: every run of five tokens as one 64-bit number, computed for a whole text at once.

The numbers are final: the same on every machine and in every version with the same recipe. Each distinct token is hashed
once (xxh3), five neighbours are joined by a polynomial and mixed by MurmurHash3's finaliser, which also makes "smallest
hashes" a fair sample. Against a Python set of joined strings this costs a third.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xxhash

from tasks.deduplicate.dress import undress
from tasks.deduplicate.normalise import is_character, tokens
from tasks.deduplicate.recipe import Recipe

Hashes = npt.NDArray[np.uint64]
_BASE = np.uint64(0x9E3779B97F4A7C15)
_MIX = (np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53))
_SHIFT = np.uint64(33)


@dataclass(frozen=True, slots=True)
class Shingled:
    """A text as it is compared: `hashes` are its distinct shingles in ascending order, `positions` where each first stands.

    `characters` is True when most tokens are single characters of a script without spaces.
    """

    words: Sequence[str]
    hashes: Hashes
    positions: npt.NDArray[np.int64]
    characters: bool


def shingle(text: str, recipe: Recipe) -> Shingled:
    """Return the text's tokens and shingles; a text shorter than one shingle has one, an empty text none."""
    words = tokens(undress(text[: recipe.text_limit]))
    hashes, positions = distinct(words, recipe.shingle_size)
    single = sum(map(is_character, words[:400]))
    return Shingled(words, hashes, positions, characters=2 * single > min(len(words), 400))


def distinct(words: Sequence[str], size: int) -> tuple[Hashes, npt.NDArray[np.int64]]:
    """Return the distinct shingle hashes in ascending order, and the position at which each first stands."""
    if not words:
        return np.empty(0, np.uint64), np.empty(0, np.int64)
    known = {word: xxhash.xxh3_64_intdigest(_bytes(word)) for word in set(words)}
    hashed = np.fromiter((known[word] for word in words), np.uint64, len(words))
    size = min(size, len(words))
    joined = hashed[: len(words) - size + 1].copy()
    for offset in range(1, size):
        joined *= _BASE
        joined += hashed[offset : len(words) - size + 1 + offset]
    return np.unique(_mixed(joined), return_index=True)


def vocabulary(words: Sequence[str]) -> npt.NDArray[np.uint32]:
    """Return the distinct words' 32-bit hashes in ascending order, odd for words with a digit."""
    hashed = [xxhash.xxh3_64_intdigest(_bytes(word)) & 0xFFFFFFFE | any(map(str.isdigit, word)) for word in set(words)]
    return np.unique(np.array(hashed, np.uint32))


def content_hash(words: Sequence[str]) -> str:
    """Return the BLAKE2b-128 of the tokens, hex."""
    return hashlib.blake2b(_bytes(" ".join(words)), digest_size=16).hexdigest()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _mixed(values: Hashes) -> Hashes:
    for multiplier in _MIX:
        values = (values ^ (values >> _SHIFT)) * multiplier
    return values ^ (values >> _SHIFT)
