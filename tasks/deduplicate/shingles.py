"""Shingles: every run of five tokens as one 64-bit number, computed for a whole text at once.

No token is hashed on its own. A text's code points, weighted by the powers of one odd number, are summed up once (modulo 2^64);
a word's hash is the difference of two sums over the power at its start, and five words are joined by a polynomial of the
second degree of the same kind. MurmurHash3's finaliser mixes both, which also makes "the smallest hashes" a fair sample. The
numbers are the same on every machine and in every version that reads the same recipe.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from tasks.deduplicate.dress import undress
from tasks.deduplicate.normalise import is_character, tokens
from tasks.deduplicate.recipe import Recipe

Hashes = npt.NDArray[np.uint64]
_BASE = 0x9E3779B97F4A7C15
_JOIN = np.uint64(0xC2B2AE3D27D4EB4F)
_MIX = (np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53))
_SHIFT = np.uint64(33)
# Tokens that tell whether a text's script has spaces.
_SAMPLE = 400


@dataclass(frozen=True, slots=True)
class Shingled:
    """A text as it is compared: `hashes` are its distinct shingles in ascending order, `positions` where each first stands.

    `vocabulary` are its distinct words as 32-bit hashes in ascending order, odd for words with a digit. `characters` is True
    when most tokens are single characters of a script without spaces.
    """

    words: Sequence[str]
    hashes: Hashes
    positions: npt.NDArray[np.int64]
    vocabulary: npt.NDArray[np.uint32]
    characters: bool


def shingle(text: str, recipe: Recipe) -> Shingled:
    """Return the text's tokens and shingles; a text shorter than one shingle has one, an empty text none."""
    folded = undress(text[: recipe.text_limit].encode("utf-8", "replace").decode())
    words = tokens(folded)
    hashed, figures = word_hashes(words)
    hashes, positions = distinct(hashed, recipe.shingle_size)
    vocabulary = np.unique((hashed.astype(np.uint32) & np.uint32(0xFFFFFFFE)) | figures)
    sample = [] if folded.isascii() else words[:_SAMPLE]
    return Shingled(words, hashes, positions, vocabulary, characters=2 * sum(map(is_character, sample)) > len(sample))


def word_hashes(words: Sequence[str]) -> tuple[Hashes, npt.NDArray[np.bool_]]:
    """Return a 64-bit hash of each word, and whether it has a digit."""
    codes = np.frombuffer(" ".join(words).encode("utf-32-le"), "<u4")
    if not len(codes):
        return np.empty(0, np.uint64), np.empty(0, np.bool_)
    blanks = np.flatnonzero(codes == ord(" "))
    starts, ends = np.concatenate(([0], blanks + 1)), np.concatenate((blanks, [len(codes)]))
    powers, inverses = _powers(1 << (len(codes) - 1).bit_length())
    sums = np.concatenate((np.zeros(1, np.uint64), np.cumsum(codes * powers[: len(codes)], dtype=np.uint64)))
    digits = np.concatenate(([0], np.cumsum((codes >= ord("0")) & (codes <= ord("9")))))
    return _mixed((sums[ends] - sums[starts]) * inverses[starts]), digits[ends] > digits[starts]


def distinct(hashed: Hashes, size: int) -> tuple[Hashes, npt.NDArray[np.int64]]:
    """Return the distinct runs of `size` among hashed words as hashes in ascending order, and where each first stands."""
    if not len(hashed):
        return hashed, np.empty(0, np.int64)
    size = min(size, len(hashed))
    runs = len(hashed) - size + 1
    joined = hashed[:runs].copy()
    for offset in range(1, size):
        joined *= _JOIN
        joined += hashed[offset : offset + runs]
    return np.unique(_mixed(joined), return_index=True)


def content_hash(words: Sequence[str]) -> str:
    """Return the BLAKE2b-128 of the tokens, hex."""
    return hashlib.blake2b(" ".join(words).encode(), digest_size=16).hexdigest()


@cache
def _powers(count: int) -> tuple[Hashes, Hashes]:
    """Return the first powers of the base and of its inverse, modulo 2^64."""
    first = (np.full(count, base % 2**64, np.uint64) for base in (_BASE, pow(_BASE, -1, 2**64)))
    powers, inverses = (np.cumprod(np.concatenate((np.ones(1, np.uint64), one[1:])), dtype=np.uint64) for one in first)
    return powers, inverses


def _mixed(values: Hashes) -> Hashes:
    for multiplier in _MIX:
        values = (values ^ (values >> _SHIFT)) * multiplier
    return values ^ (values >> _SHIFT)
