"""How an article differs from what its page gives today: nothing, its metadata, its text, or that it gives none any more."""

import difflib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from domain.outcomes import words
from domain.records import Article, Extracted, TextChange

Kind: TypeAlias = Literal["same", "metadata", "text", "lost"]

# What of an article is compared beside its text. Address and order in its story stay whatever the page says now.
FIELDS: Final = (
    "title", "standfirst", "authors", "editors", "contributors", "dateline_place", "dateline_agency", "section", "tags", "image_url",
    "image_caption", "image_credit", "language", "published_at", "modified_at", "license", "tdm_reserved", "paywalled", "source_agency",
)  # fmt: skip
# What is replaced with them when the text stays as it is.
REPLACED: Final = (
    *FIELDS, "body", "word_count", "publisher", "title_source", "authors_source", "language_source", "published_at_source",
    "related_urls", "removed_lines", "robots_directives", "flags", "extractor_version",
)  # fmt: skip
# Upper ends of the classes in which changed texts are counted: share of words that changed.
CLASSES: Final = ((0.01, "up to 1 %"), (0.05, "up to 5 %"), (0.2, "up to 20 %"), (1.0, "more than 20 %"))
_SAMPLES: Final = 20
_LINES: Final = 6
_LINE: Final = 200


@dataclass(frozen=True, slots=True)
class Difference:
    """What became of one article: `fields` that changed, `ratio` of its words, and the lines that went (-) and came (+)."""

    article_id: int
    url: str
    kind: Kind
    fields: tuple[str, ...] = ()
    ratio: float = 0.0
    lines: tuple[str, ...] = ()


@dataclass(slots=True)
class Findings:
    """A diff report in the making: counts by kind, by field, by size of change, and the largest changes as samples."""

    kinds: Counter[str] = field(default_factory=Counter)
    fields: Counter[str] = field(default_factory=Counter)
    sizes: Counter[str] = field(default_factory=Counter)
    samples: list[Difference] = field(default_factory=list)

    def add(self, differences: Iterable[Difference]) -> None:
        """Count differences."""
        for one in differences:
            self.kinds[one.kind] += 1
            self.fields.update(one.fields)
            if one.kind == "text":
                self.sizes[next(name for limit, name in CLASSES if one.ratio <= limit)] += 1
            if one.kind != "same":
                self.samples.append(one)
        weight = {"lost": 2.0, "text": 1.0, "metadata": 0.0, "same": 0.0}
        self.samples = sorted(self.samples, key=lambda one: (-weight[one.kind] - one.ratio, one.article_id))[:_SAMPLES]

    @property
    def compared(self) -> int:
        """Articles compared so far."""
        return self.kinds.total()


def difference(article_id: int, stored: Article, extracted: Extracted, change: TextChange | None) -> Difference:
    """Return how the stored article differs from what was extracted; `change` compares the texts where they are not equal."""
    if not isinstance(extracted, Article):
        why = f"{words(extracted.reason)}: {extracted.detail}"[:_LINE]
        return Difference(article_id, stored.url, "lost", lines=(why,))
    fields = tuple(name for name in FIELDS if _plain(getattr(stored, name)) != _plain(getattr(extracted, name)))
    if change is None:
        told = tuple(f"{name}: {_shown(getattr(stored, name))} → {_shown(getattr(extracted, name))}" for name in fields[:_LINES])
        return Difference(article_id, stored.url, "metadata" if fields else "same", fields, lines=told)
    return Difference(article_id, stored.url, "text", fields, change.ratio, _lines(stored.body, extracted.body))


def _plain(value: object) -> object:
    """Return a value as it compares: lists and tuples alike, nothing and empty alike."""
    return tuple(value) if isinstance(value, list | tuple) else value or None


def _shown(value: object) -> str:
    return str(value)[:_LINE] if value not in (None, "", ()) else "nothing"


def _lines(former: str, present: str) -> tuple[str, ...]:
    """Return the first lines that went or came."""
    changed = (line for line in difflib.ndiff(former.split("\n")[:400], present.split("\n")[:400]) if line[:2] in {"- ", "+ "})
    return tuple(line[:_LINE] for line, _ in zip(changed, range(_LINES), strict=False))
