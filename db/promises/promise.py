"""What a promise is made of, and the two queries that most of them are."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from domain.outcomes import Outcome

# The outcomes of the entry that made an article, which are also the kinds of articles.
KINDS = (Outcome.UNIQUE.value, Outcome.EXACT_COPY.value, Outcome.NEAR_COPY.value)
COPIES = KINDS[1:]


@dataclass(frozen=True, slots=True)
class Terms:
    """What promises depend on.

    Since when articles keep their candidate keys; from how many articles on a key is crowded and no longer stored; how many
    distinct words make an exact copy more than coincidence; and the kind of database.
    """

    window_start: datetime
    key_limit: int
    min_exact_words: int
    sqlite: bool


@dataclass(frozen=True, slots=True)
class Promise:
    """What holds (`text`), how many rows it is about, and which rows break it."""

    code: str
    name: str
    text: str
    population: Select[tuple[int]]
    broken: Select[Any]


def rows(table: Any, *where: Any) -> Select[tuple[int]]:
    """Count the rows of a table."""
    return select(func.count()).select_from(table).where(*where)


def repeated(*columns: Any) -> Select[Any]:
    """Select the values that stand on more than one row."""
    return select(*columns, func.count().label("rows")).group_by(*columns).having(func.count() > 1)
