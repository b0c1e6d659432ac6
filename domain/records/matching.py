"""Deduplicating: signatures, verdicts, stories, and the judge that the store is handed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol, TypeAlias


@dataclass(frozen=True, slots=True)
class Signature:
    """What makes an article comparable under one recipe.

    `content_hash` and `lead_hash` are 128-bit BLAKE2b hex digests of the normalised words (all, the first 25);
    `minhash` is the permutations' uint32 values as little-endian bytes; `shingles` the distinct shingle hashes, sorted, as
    little-endian uint64 bytes; `vocabulary` the distinct words' hashes, sorted, as little-endian uint32 bytes, odd for words
    with a digit; `characters` is True for scripts without spaces; `keys` the candidate keys, signed 64-bit: the lowest bit is
    set for those of the containment sketch, the seven above it mark the recipe.
    """

    recipe_id: str
    content_hash: str
    lead_hash: str | None
    shingle_count: int
    minhash: bytes
    shingles: bytes
    keys: tuple[int, ...]
    vocabulary: bytes = b""
    characters: bool = False


Verdict: TypeAlias = Literal["exact_copy", "near_copy", "related", "different"]
Kind: TypeAlias = Literal["unique", "exact_copy", "near_copy"]
FoundBy: TypeAlias = Literal["content", "lead", "band", "sketch", "story"]
"""The strongest key that brought two articles together; "story" when one was compared because it is of the other's story."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two signatures have in common and what follows from it; the order of the two does not matter.

    `similarity` is the Jaccard similarity of their shingles, `containment` the shared ones over those of the shorter text,
    `words` the same over distinct words, `figures` over distinct numbers (None when the shorter has too few to tell).
    """

    verdict: Verdict
    rule: str
    similarity: float
    containment: float
    shared_count: int
    words: float = 0.0
    figures: float | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """A verified pair that is not different: `article_id` is the larger id, `other_id` the smaller."""

    article_id: int
    other_id: int
    recipe_id: str
    comparison: Comparison
    found_by: FoundBy


@dataclass(frozen=True, slots=True)
class Member:
    """An article as the clustering sees it: ordered by the publication time we believe, then by the hash of its URL."""

    id: int
    at: datetime
    tie: str
    content_hash: str
    withdrawn: bool = False

    @property
    def order(self) -> tuple[datetime, str]:
        """Return the key of the total order: who is first represents."""
        return self.at, self.tie


@dataclass(frozen=True, slots=True)
class Constraints:
    """What people ruled: pairs that stay apart, pairs that stay together (smaller id first), articles that represent."""

    apart: frozenset[tuple[int, int]] = frozenset()
    together: frozenset[tuple[int, int]] = frozenset()
    pinned: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Story:
    """One cluster as it should be: its representative and all its members, the representative included."""

    representative_id: int
    member_ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class Change:
    """A row of the change log to be; `seq` and `at` are given when it is written."""

    article_id: int
    kind: Literal["added", "revised", "copy_found", "representative_changed", "split", "joined", "withdrawn", "line_kept", "line_cut"]
    detail: Mapping[str, int | float | str | bool | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TextChange:
    """How a known article's text changed: share of words (0 to 1), and whether more than spelling or dress did."""

    ratio: float
    substantive: bool


@dataclass(frozen=True, slots=True)
class Placed:
    """A stored article as the clustering finds it: the member, and the story it is in now."""

    member: Member
    cluster_id: int
    representative_id: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class Placement:
    """Where an article belongs from now on."""

    article_id: int
    cluster_id: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class Settlement:
    """What differs between the stories as stored and as they should be: the rows to write, in one transaction.

    `clusters` maps cluster ids to representatives, new and changed ones; `emptied` are the clusters without members;
    `changes` come in the order in which a reader has to apply them.
    """

    placements: tuple[Placement, ...] = ()
    clusters: Mapping[int, int] = field(default_factory=dict)
    emptied: frozenset[int] = frozenset()
    changes: tuple[Change, ...] = ()


class Judge(Protocol):
    """The deduplicate room's judgement, handed to the store by the flow."""

    @property
    def recipe_id(self) -> str:
        """The recipe whose signatures it compares."""
        ...

    @property
    def tag(self) -> int:
        """The seven bits that mark its recipe's candidate keys."""
        ...

    @property
    def parameters(self) -> Mapping[str, object]:
        """Everything that makes up the recipe, for the record."""
        ...

    def sign(self, body: str) -> Signature:
        """Return the signature of a body."""
        ...

    def compare(self, one: Signature, other: Signature) -> Comparison:
        """Return the verdict on two signatures. Raises `RecipeError` when they were made by different recipes."""
        ...

    def arrange(self, members: Sequence[Member], matches: Sequence[Match], constraints: Constraints) -> tuple[Story, ...]:
        """Return the stories of one or more components; the same for any order of the arguments."""
        ...

    def attach(
        self, newcomers: Sequence[Member], placed: Mapping[int, Placed], matches: Sequence[Match], ruled: frozenset[int]
    ) -> tuple[tuple[Story, ...], frozenset[int]]:
        """Return the (partial) stories that newcomers join, and those for whom `arrange` must be asked instead."""
        ...

    def settle(
        self,
        stories: Sequence[Story],
        members: Mapping[int, Member],
        placed: Mapping[int, Placed],
        *,
        new_ids: Iterator[int],
        matches: Sequence[Match] = (),
        ruled: bool = False,
    ) -> Settlement:
        """Return what has to be written so that the stored stories become these; `ruled` when a person asked for it."""
        ...

    def change(self, former: str, present: str) -> TextChange:
        """Return how much one text differs from its former version."""
        ...
