"""Stories as a reader sees them: which article stands for which story, who else carried it, what was corrected since."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from db.models import Article, Cluster, Entry, Match, Revision


@dataclass(frozen=True, slots=True)
class Carried:
    """One outlet's version of a story; `story_id` is what its versions have in common.

    `similarity` and `containment` (0 to 1) compare a copy with the unique article; they are None on that itself.
    """

    story_id: int
    canonical_url: str
    publisher: str | None
    title: str
    language: str | None
    kind: str
    similarity: float | None
    containment: float | None


@dataclass(frozen=True, slots=True)
class Corrected:
    """A text that replaced another at the same address; `change_ratio` is the share of words that differ, 0 to 1."""

    canonical_url: str
    publisher: str | None
    title: str
    change_ratio: float
    substantive: bool


def carried(session: Session) -> tuple[Carried, ...]:
    """Return every article that is not withdrawn, story by story, the unique one first. Loads them all: for small databases."""
    earlier, later = aliased(Match), aliased(Match)
    rows = session.execute(
        sa.select(
            Cluster.id, Article.canonical_url, Article.publisher, Article.title, Article.language, Article.kind,
            sa.func.coalesce(earlier.similarity, later.similarity), sa.func.coalesce(earlier.containment, later.containment),
        )
        .join(Cluster, Cluster.id == Article.cluster_id)
        .outerjoin(earlier, sa.and_(earlier.article_id == Article.id, earlier.other_id == Cluster.representative_id))
        .outerjoin(later, sa.and_(later.other_id == Article.id, later.article_id == Cluster.representative_id))
        .where(Article.withdrawn_at.is_(None))
        .order_by(Cluster.id, Article.kind != "unique", Article.id)
    )  # fmt: skip
    return tuple(Carried(*row) for row in rows.tuples())


def corrected(session: Session) -> tuple[Corrected, ...]:
    """Return every revision with the title that stands now, oldest first."""
    rows = session.execute(
        sa.select(Article.canonical_url, Article.publisher, Article.title, Revision.change_ratio, Revision.substantive)
        .join(Article, Article.id == Revision.article_id)
        .order_by(Revision.id)
    )
    return tuple(Corrected(*row) for row in rows.tuples())


def asked_again(session: Session) -> int:
    """Return how often a known article was asked again for a changed text."""
    return session.scalar(sa.select(sa.func.count()).select_from(Entry).where(Entry.source == "revisit")) or 0


def count(session: Session) -> int:
    """Return how many articles there are, copies included."""
    return session.scalar(sa.select(sa.func.count()).select_from(Article)) or 0
