"""The recipe: every parameter that makes two signatures comparable, and the id that stands on each of them.

Two signatures may be compared only when their recipes are one, because a hash value carries no trace of how it was made:
datasketch 2.0 changed its default permutations, and old and new values look alike and compare wrongly. So the id is derived
from all parameters, stored with every signature, and checked before anything is compared.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Protocol

from domain.errors import RecipeError


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where the verdict draws its lines; `verdict` says what each of them decides and `docs/duplicates.md` what it was measured on."""

    similarity: float = 0.40
    containment: float = 0.60
    # A text with fewer shingles than this is short: it must be nearly the same, or nearly all in the other. One with fewer
    # than the second number is no evidence of anything.
    min_shingles: int = 30
    short_min_shingles: int = 8
    short_similarity: float = 0.80
    short_containment: float = 0.90
    # Exact copies shorter than this many words are coincidence: "This page is being updated".
    min_exact_words: int = 10
    # Five characters say less than five words, and are shared by chance more often.
    character_similarity: float = 0.60
    character_containment: float = 0.70
    # Reports from one template share words and differ in figures; re-sends, cuts and edits keep them.
    min_figures: int = 3
    template_figures: float = 0.75
    template_missing: int = 2
    template_similarity: float = 0.90
    # A heavily edited copy shares few fives, but its words and its figures.
    edited_similarity: float = 0.20
    edited_containment: float = 0.45
    edited_words: float = 0.80
    edited_figures: float = 0.90
    # Below this nothing is recorded.
    related: float = 0.25


@dataclass(frozen=True, slots=True)
class Recipe:
    """All parameters of a signature.

    `normalisation` and `dress` are versions: raise them when `normalise`, `dress` or `phrases` would read any text otherwise.
    `sketch_*` shape the containment sketch (see `candidates`): between `sketch_floor` and `sketch_cap` sampled shingles, one
    in `sketch_rate` of the first `sketch_lead`, ever fewer of those behind them.
    """

    normalisation: int = 2
    dress: int = 1
    shingle_size: int = 5
    text_limit: int = 200_000
    lead_words: int = 25
    permutations: int = 128
    scheme: str = "affine32"
    seed: int = 1
    bands: int = 16
    rows: int = 4
    sketch_rate: int = 12
    sketch_floor: int = 16
    sketch_cap: int = 32
    sketch_lead: int = 256
    sketch_shared: int = 2
    thresholds: Thresholds = field(default_factory=Thresholds)

    def __post_init__(self) -> None:
        if self.bands * self.rows > self.permutations:
            raise RecipeError(
                f"{self.bands} bands of {self.rows} rows need {self.bands * self.rows} permutations; the recipe has {self.permutations}."
            )
        if not 0 < self.sketch_floor <= self.sketch_cap:
            raise RecipeError(f"The sketch floor {self.sketch_floor} must be at least 1 and at most the sketch cap {self.sketch_cap}.")

    @property
    def id(self) -> str:
        """Return the recipe's name: the shape of its keys, readable, and eight hex digits of all its parameters."""
        return f"{self.shingle_size}gram-{self.scheme}-{self.permutations}-{self.bands}x{self.rows}-{self.digest.hex()[:8]}"

    @property
    def digest(self) -> bytes:
        """Return 8 bytes that differ when any parameter does."""
        return hashlib.blake2b(json.dumps(asdict(self), sort_keys=True).encode(), digest_size=8).digest()

    @property
    def tag(self) -> int:
        """Return the seven bits that mark this recipe's candidate keys."""
        return self.digest[0] & 0x7F

    @property
    def parameters(self) -> dict[str, object]:
        """Return all parameters as one JSON object, with the tag that marks the recipe's keys."""
        return asdict(self) | {"tag": self.tag}


class Choices(Protocol):
    """What an operator may choose of a recipe: the `deduplicate` group of the settings."""

    @property
    def similarity(self) -> float:
        """Jaccard similarity from which two texts are copies."""
        ...

    @property
    def containment(self) -> float:
        """Containment from which the shorter text is a cut of the longer."""
        ...


def chosen(choices: Choices | None = None) -> Recipe:
    """Return the recipe with an operator's choices, or the standard one."""
    return Recipe() if choices is None else strict(choices.similarity, choices.containment)


def strict(similarity: float, containment: float) -> Recipe:
    """Return the recipe with these lines; that for edited copies moves with them, at half the one and three quarters of the other."""
    edited_similarity, edited_containment = round(similarity / 2, 4), round(containment * 0.75, 4)
    return Recipe(
        thresholds=Thresholds(similarity, containment, edited_similarity=edited_similarity, edited_containment=edited_containment)
    )


def from_parameters(parameters: Mapping[str, object]) -> Recipe:
    """Return the recipe that `parameters` describe. Raises `RecipeError` when this version cannot read them."""
    try:
        values = {name: value for name, value in parameters.items() if name != "tag"}
        return Recipe(thresholds=Thresholds(**values.pop("thresholds")), **values)  # type: ignore[arg-type]
    except (TypeError, KeyError) as error:
        raise RecipeError(f"The stored recipe was made by another version of Copydesk: {error}.") from None
