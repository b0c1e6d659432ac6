"""The verdict on two texts: exact copy, near copy, related or different, and by which rule.

Pure arithmetic on two signatures, symmetric, in some tens of microseconds. Jaccard similarity alone misses a quarter of real
copies: a cut shares all it has with a text three times as long. Containment finds them. What remains are two kinds of error,
and figures tell them apart: reports from one template (yesterday's market, another company's quarter) share their words and
differ in their numbers; heavily edited copies share few runs of five words but keep their vocabulary and their numbers.
"""

from dataclasses import dataclass
from typing import Any, TypeAlias, TypedDict

import numpy as np
import numpy.typing as npt

from domain.errors import RecipeError
from domain.records import Comparison, Signature, Verdict
from tasks.deduplicate.recipe import Thresholds

Sorted: TypeAlias = npt.NDArray[np.unsignedinteger[Any]]


@dataclass(frozen=True, slots=True)
class _Common:
    """What two texts have in common, as shares and counts of the shorter one."""

    similarity: float
    containment: float
    words: float
    figures: int
    shared_figures: int


def compare(one: Signature, other: Signature, lines: Thresholds) -> Comparison:
    """Return the verdict with its evidence; the same for (a, b) and (b, a).

    Rules, in this order: `same_text`, `too_short`, `short_text`, `template`, `resembles`, `contained`, `edited`, `related`,
    `different`. Raises `RecipeError` when the two were made by different recipes.
    """
    if one.recipe_id != other.recipe_id:
        raise RecipeError(f"Signatures of the recipes {one.recipe_id} and {other.recipe_id} cannot be compared; run `copydesk recluster`.")
    small, large = sorted((one, other), key=lambda signature: (signature.shingle_count, len(signature.vocabulary), signature.content_hash))
    shared = _shared(small.shingles, large.shingles)
    union = small.shingle_count + large.shingle_count - shared
    common = _Common(
        similarity=shared / union if union else 0.0,
        containment=shared / small.shingle_count if small.shingle_count else 0.0,
        **_vocabulary(small.vocabulary, large.vocabulary),
    )
    verdict, rule = _decide(small, large, common, lines)
    figures = common.shared_figures / common.figures if common.figures >= lines.min_figures else None
    return Comparison(verdict, rule, common.similarity, common.containment, shared, common.words, figures)


def _decide(small: Signature, large: Signature, common: _Common, lines: Thresholds) -> tuple[Verdict, str]:
    if small.content_hash == large.content_hash:
        long_enough = len(small.vocabulary) // 4 >= lines.min_exact_words
        return ("exact_copy", "same_text") if long_enough else ("different", "too_short")
    if small.shingle_count < lines.short_min_shingles:
        return "different", "too_short"
    characters, short = small.characters or large.characters, small.shingle_count < lines.min_shingles
    resembles, contained = lines.similarity, lines.containment
    if characters:
        resembles, contained = lines.character_similarity, lines.character_containment
    if short:
        resembles, contained = lines.short_similarity, lines.short_containment
    alike = common.similarity >= resembles
    if alike or common.containment >= contained:
        if _template(common, lines):
            return "related", "template"
        return "near_copy", "short_text" if short else "resembles" if alike else "contained"
    if not characters and not short and _edited(common, lines):
        return "near_copy", "edited"
    return ("related", "related") if common.containment >= lines.related else ("different", "different")


def _template(common: _Common, lines: Thresholds) -> bool:
    """Return whether the figures tell of two reports from one template; one figure put right does not."""
    missing = common.figures - common.shared_figures
    return (
        common.figures >= lines.min_figures
        and missing >= lines.template_missing
        and common.shared_figures < lines.template_figures * common.figures
        and common.similarity < lines.template_similarity
    )


def _edited(common: _Common, lines: Thresholds) -> bool:
    """Return whether a heavy hand edited one text into the other: few fives left, but the words and the figures."""
    figures = common.figures < lines.min_figures or common.shared_figures >= lines.edited_figures * common.figures
    return (
        figures
        and common.similarity >= lines.edited_similarity
        and common.containment >= lines.edited_containment
        and common.words >= lines.edited_words
    )


class _Vocabulary(TypedDict):
    words: float
    figures: int
    shared_figures: int


def _vocabulary(small: bytes, large: bytes) -> _Vocabulary:
    one, other = np.frombuffer(small, "<u4"), np.frombuffer(large, "<u4")
    common = one[_found(one, other)]
    figures, shared = int(np.count_nonzero(one & 1)), int(np.count_nonzero(common & 1))
    return {"words": len(common) / max(1, len(one)), "figures": figures, "shared_figures": shared}


def _shared(small: bytes, large: bytes) -> int:
    one, other = np.frombuffer(small, "<u8"), np.frombuffer(large, "<u8")
    return int(np.count_nonzero(_found(one, other)))


def _found(one: Sorted, other: Sorted) -> npt.NDArray[np.bool_]:
    """Return which of one sorted set are in another: a binary search for each, without sorting again."""
    if not len(other):
        return np.zeros(len(one), np.bool_)
    places = np.searchsorted(other, one)
    places[places == len(other)] = 0
    found: npt.NDArray[np.bool_] = other[places] == one
    return found
