"""Candidate keys: the few numbers by which two texts find each other among millions.

Two kinds, both one signed 64-bit number with recipe and kind folded in (the lowest bit is the kind), because an index over one
column answers thousands of look-ups a second where a pair of columns makes SQLite read the whole table.

*Bands* are slices of the MinHash, as datasketch's LSH cuts them: one in common suffices. They find texts that resemble each
other. *The sketch* is a sample of the shingles themselves: two in common suffice. It finds a short cut of a long text, whose
resemblance is small by definition. Samples must be nested to find each other, so a shingle is drawn by its own hash, by weight:
those of the lead weigh most, because cuts keep the lead, and a long text then needs no more keys than a short one.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import xxhash

from tasks.deduplicate.recipe import Recipe
from tasks.deduplicate.shingles import Hashes


def salts(recipe: Recipe) -> tuple[int, ...]:
    """Return the numbers that fold the recipe into the keys: one for each band, the last for the sketch."""
    return tuple(xxhash.xxh3_64_intdigest(recipe.digest + bytes([part])) for part in range(recipe.bands + 1))


def keys(bands: Sequence[bytes], sketch: Hashes, folded: Sequence[int]) -> tuple[int, ...]:
    """Return the distinct keys of a text, at most `bands + sketch_cap`: even for bands, odd for sampled shingles."""
    even = [xxhash.xxh3_64_intdigest(band, seed=salt) & ~1 for band, salt in zip(bands, folded, strict=False)]
    odd = ((sketch ^ np.uint64(folded[-1])) | np.uint64(1)).view(np.int64).tolist()
    return tuple(dict.fromkeys([*map(_signed, even), *odd]))


def of_sketch(key: int) -> bool:
    """Return whether a key is one of the containment sketch."""
    return bool(key & 1)


def sketch(hashes: Hashes, positions: npt.NDArray[np.int64], recipe: Recipe) -> Hashes:
    """Return the sampled shingles: those whose hash, divided by the weight of their place, is among the smallest."""
    if len(hashes) <= recipe.sketch_floor:
        return hashes
    weight = np.minimum(1.0, recipe.sketch_lead / np.maximum(positions, 1))
    rank = hashes.astype(np.float64) / (2.0**64 * weight)
    size = int(np.clip(np.count_nonzero(rank < 1 / recipe.sketch_rate), recipe.sketch_floor, recipe.sketch_cap))
    return hashes[np.argpartition(rank, size - 1)[:size]]


def _signed(value: int) -> int:
    return value - (1 << 64) if value >= 1 << 63 else value
