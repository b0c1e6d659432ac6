"""The deduplicate room's judgement as one object, which a flow hands to the store."""

from collections.abc import Iterator, Mapping, Sequence

from domain.records import Comparison, Constraints, Match, Member, Placed, Settlement, Signature, Story, TextChange
from tasks.deduplicate import clusters, verdict, versions
from tasks.deduplicate.recipe import Choices, Recipe, chosen
from tasks.deduplicate.settle import settle
from tasks.deduplicate.signature import Signer


class TextJudge:
    """Signs, compares and arranges under one recipe; implements `domain.records.Judge`. Safe to share between threads."""

    def __init__(self, choices: Choices | None = None, *, recipe: Recipe | None = None) -> None:
        self.recipe = recipe or chosen(choices)
        self.recipe_id = self.recipe.id
        self._signer = Signer(self.recipe)

    @property
    def tag(self) -> int:
        """The seven bits that mark its recipe's candidate keys."""
        return self.recipe.tag

    @property
    def parameters(self) -> Mapping[str, object]:
        """Everything that makes up the recipe."""
        return self.recipe.parameters

    def sign(self, body: str) -> Signature:
        """Return the signature of a body."""
        return self._signer.sign(body)

    def compare(self, one: Signature, other: Signature) -> Comparison:
        """Return the verdict on two signatures. Raises `RecipeError` when their recipes differ."""
        return verdict.compare(one, other, self.recipe.thresholds)

    def arrange(self, members: Sequence[Member], matches: Sequence[Match], constraints: Constraints) -> tuple[Story, ...]:
        """Return the stories that the members form."""
        return clusters.arrange(members, matches, constraints)

    def attach(
        self, newcomers: Sequence[Member], placed: Mapping[int, Placed], matches: Sequence[Match], ruled: frozenset[int]
    ) -> tuple[tuple[Story, ...], frozenset[int]]:
        """Return where newcomers go, and those whose stories must be arranged anew."""
        return clusters.attach(newcomers, placed, matches, ruled)

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
        """Return what has to be written so that the stored stories become these."""
        return settle(stories, members, placed, new_ids=new_ids, matches=matches, ruled=ruled)

    def change(self, former: str, present: str) -> TextChange:
        """Return how much one text differs from its former version."""
        return versions.change(former, present)
