"""Whether a publisher's articles come out worse than they used to: the sign of a changed template, a new wall or a lost byline.

A fall has to be large and more than chance, and both sides need enough entries to speak: on a small outlet this says nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt

# Below these a few odd pages look like a fall.
_WEEK, _HISTORY = 20, 50
# A share falls by a fifth of all, and by three standard errors, which one in 700 does by chance.
_SHARE, _ERRORS = 0.20, 3.0
# The mean of twenty lengths that spread as widely as their mean has an error of 22 %; a half is more than twice that.
_WORDS = 0.5

_NAMES = {
    "yield": "entries that became articles", "words": "mean words of an article", "author": "articles with an author",
    "date": "articles with a publication time",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Harvest:
    """What came of the entries of some days: how many ended, became articles, and what the articles hold; `words` is a sum."""

    ended: int = 0
    articles: int = 0
    words: int = 0
    with_author: int = 0
    with_date: int = 0

    def __add__(self, other: "Harvest") -> "Harvest":
        return Harvest(
            self.ended + other.ended, self.articles + other.articles, self.words + other.words,
            self.with_author + other.with_author, self.with_date + other.with_date,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fall:
    """One measure that fell: yield, author and date are shares, 0 to 1; words is a mean."""

    what: str
    before: float
    now: float

    def __str__(self) -> str:
        """Return the fall in words."""
        before, now = (f"{one:.0f}" if self.what == "words" else f"{100 * one:.0f} %" for one in (self.before, self.now))
        return f"{_NAMES[self.what]}: {now}, before {before}"


def falls(history: Harvest, week: Harvest) -> Iterator[Fall]:
    """Yield what fell markedly in a week against the history before it; nothing where either has too few to tell."""
    if _share_fell(history.articles, history.ended, week.articles, week.ended):
        yield Fall("yield", history.articles / history.ended, week.articles / week.ended)
    if week.articles < _WEEK or history.articles < _HISTORY:
        return
    before, now = history.words / history.articles, week.words / week.articles
    if now < before * _WORDS:
        yield Fall("words", before, now)
    for what, old, new in (("author", history.with_author, week.with_author), ("date", history.with_date, week.with_date)):
        if _share_fell(old, history.articles, new, week.articles):
            yield Fall(what, old / history.articles, new / week.articles)


def _share_fell(old: int, of_old: int, new: int, of_new: int) -> bool:
    """Return whether a share fell by enough, measured as two proportions are compared."""
    if of_old < _HISTORY or of_new < _WEEK:
        return False
    fall, pooled = old / of_old - new / of_new, (old + new) / (of_old + of_new)
    return fall >= _SHARE and fall >= _ERRORS * sqrt(pooled * (1 - pooled) * (1 / of_old + 1 / of_new))
