"""What an extraction process does with a page when a flow runs: makes the article of it, and signs its text.

Signing is arithmetic over whole texts. In the main process it waits for the one interpreter that every stage shares, and makes them
wait: it took twice the processor time there. Kept as light as `tasks.extract.child`, for the same reason.
"""

from dataclasses import fields
from functools import cache, partial
from typing import TYPE_CHECKING

from domain.records import Article, Extracted, FetchedEntry, SignedArticle
from tasks.deduplicate.judge import TextJudge
from tasks.deduplicate.recipe import Recipe
from tasks.extract import child

if TYPE_CHECKING:
    from tasks.extract.pool import Work

_NAMES = [one.name for one in fields(Article)]


def signing(recipe: Recipe) -> "Work":
    """Return what extraction processes do for flows that judge texts under this recipe."""
    return partial(extract_and_sign, recipe=recipe)


def extract_and_sign(entry: FetchedEntry, min_words: int, *, recipe: Recipe) -> Extracted:
    """Return the signed article of an entry's page, or the refusal that says why there is none."""
    made = child.extract(entry, min_words)
    if not isinstance(made, Article):
        return made
    return SignedArticle(**{name: getattr(made, name) for name in _NAMES}, signature=_judge(recipe).sign(made.body))


@cache
def _judge(recipe: Recipe) -> TextJudge:
    return TextJudge(recipe=recipe)
