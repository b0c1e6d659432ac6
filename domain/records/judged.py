"""From extraction to the store: entries with what was made of their pages, and what was found of it among what is stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from domain.records.matching import Comparison, FoundBy, Signature
from domain.records.pages import Article, Extracted


@dataclass(frozen=True, slots=True)
class SignedArticle(Article):
    """An article with its signature, as it comes from a process that also signs what it extracts."""

    signature: Signature | None = None


@dataclass(frozen=True, slots=True)
class ExtractedEntry:
    """A claimed entry after extraction: the article, or the refusal that ends (or postpones) it.

    `article_id` is set when a known article was asked again, for a revision or the same; `lines`, by number, may be its `site`'s.
    """

    entry_id: int
    feed_id: int | None
    page_id: int
    fence: int
    attempt_count: int
    fetched_at: datetime
    extracted: Extracted
    article_id: int | None = None
    site: str = ""
    lines: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Watermark:
    """What a look-up has seen: articles up to `article_id`, revisions up to `seq` of the change log."""

    article_id: int
    seq: int


@dataclass(frozen=True, slots=True)
class Found:
    """A stored article that a newcomer was compared with and does not differ from."""

    other_id: int
    comparison: Comparison
    found_by: FoundBy


@dataclass(frozen=True, slots=True)
class JudgedEntry:
    """An extracted entry with its signature and the verdicts on everything stored up to `seen`; a refusal has neither.

    `crowded_keys` are candidate keys that so many articles have already that no more are stored under them.
    """

    entry: ExtractedEntry
    signature: Signature | None
    found: tuple[Found, ...] = ()
    seen: Watermark = Watermark(0, 0)
    crowded_keys: frozenset[int] = frozenset()
