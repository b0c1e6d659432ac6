"""What is remembered of the lines that a site puts around its texts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

LineState: TypeAlias = Literal["seen", "flagged", "kept", "site"]


@dataclass(frozen=True, slots=True)
class SiteLine:
    """A line of a site under its number: in how many stories it stood, in which of them first, when, and what became of it.

    `line` is kept once it is flagged. `since_count` is how many articles of the site were stored before the line first stood;
    the row of state `site` counts them all.
    """

    key: int
    site: str
    state: LineState
    story_count: int
    stories: tuple[int, ...]
    since_count: int
    first_day: date
    last_day: date
    article_id: int
    line: str | None = None


@dataclass(frozen=True, slots=True)
class Sighting:
    """The lines of one new article that its site may have put there, by number, and the story that it belongs to."""

    site: str
    lines: Mapping[int, str]
    story: int
    article_id: int
