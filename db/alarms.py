"""Stories that have grown suspiciously: so large, or so much of one publisher, that a person should look at them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from db.models import Article, Cluster
from db.sets import among, parts
from domain.records import Placement

# A wire story in fifty outlets is news; each doubling after that is worth a line in the log.
SIZE = 50
# A story is of many outlets; a feed that republishes itself is of one.
SHARE = 0.8


@dataclass(frozen=True, slots=True)
class Alarm:
    """A story that a person should look at; `share` is the part of its articles that `publisher`, its largest source, has."""

    story_id: int
    representative_id: int
    member_count: int
    publisher: str | None
    share: float

    @property
    def one_source(self) -> bool:
        """Return whether the story is mostly one publisher's."""
        return self.share >= SHARE

    def __str__(self) -> str:
        name = "one_source" if self.one_source else "story_grows"
        return f"alarm={name} story={self.story_id} articles={self.member_count} publisher={self.publisher} share={self.share:.2f}"


def grown(session: Session, placements: Sequence[Placement]) -> Iterator[Alarm]:
    """Yield the stories whose size passed 50, 100, 200 … with these placements."""
    added = Counter(one.cluster_id for one in placements if one.kind != "unique")
    for some in parts(added):
        large = sa.select(Cluster.id, Cluster.member_count).where(among(session, Cluster.id, some), Cluster.member_count >= SIZE)
        for story, count in session.execute(large):
            if _step(count) > _step(count - added[story]):
                yield from of_stories(session, [story])


def of_stories(session: Session, stories: Sequence[int]) -> list[Alarm]:
    """Return size and largest source of these stories."""
    return [one for some in parts(stories) for one in _read(session, among(session, Cluster.id, some))]


def largest(session: Session, *, limit: int = 20) -> list[Alarm]:
    """Return the largest stories with at least 50 articles."""
    ids = session.scalars(
        sa.select(Cluster.id).where(Cluster.member_count >= SIZE).order_by(Cluster.member_count.desc()).limit(limit)
    ).all()
    return sorted(of_stories(session, ids), key=lambda one: -one.member_count)


def _read(session: Session, which: sa.ColumnElement[bool]) -> Iterator[Alarm]:
    count = sa.func.count()
    place = sa.func.row_number().over(partition_by=Article.cluster_id, order_by=(count.desc(), Article.publisher))
    sources = (
        sa.select(Article.cluster_id, Article.publisher, count.label("held"), place.label("place"))
        .where(Article.cluster_id.in_(sa.select(Cluster.id).where(which)))
        .group_by(Article.cluster_id, Article.publisher)
        .subquery()
    )
    rows = session.execute(
        sa.select(Cluster.id, Cluster.representative_id, Cluster.member_count, sources.c.publisher, sources.c.held)
        .join(sources, sources.c.cluster_id == Cluster.id)
        .where(sources.c.place == 1)
    )
    for row in rows:
        yield Alarm(row.id, row.representative_id, row.member_count, row.publisher, row.held / max(1, row.member_count))


def _step(count: int) -> int:
    """Return how many of 50, 100, 200 … a size has reached."""
    return (count // SIZE).bit_length()
