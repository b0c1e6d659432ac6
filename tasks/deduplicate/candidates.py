"""Candidate keys: the few numbers by which two texts find each other among millions.

Two kinds, both one signed 64-bit number with recipe and kind folded in, because an index over one column answers thousands of
look-ups a second where a pair of columns makes SQLite read the whole table. The lowest bit is the kind, the seven above it name
the recipe, so that the keys of a former one can be told and deleted.

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


def keys(bands: Sequence[bytes], sketch: Hashes, folded: Sequence[int], tag: int) -> tuple[int, ...]:
    """Return the distinct keys of a text, at most `bands + sketch_cap`: even for bands, odd for sampled shingles."""
    whole = [xxhash.xxh3_64_intdigest(band, seed=salt) for band, salt in zip(bands, folded, strict=False)]
    mixed = np.concatenate((np.array(whole, np.uint64), sketch ^ np.uint64(folded[-1])))
    low = np.full(len(mixed), tag << 1, np.uint64)
    low[len(whole) :] |= np.uint64(1)
    return tuple(dict.fromkeys(((mixed & np.uint64(2**64 - 256)) | low).view(np.int64).tolist()))


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
