"""What holds for the change log: whoever follows it knows the unique articles without ever reading them all."""

from sqlalchemy import Integer, and_, func, literal, or_, select, union_all

from db.models import Article, Change
from db.promises.promise import KINDS, Promise, repeated, rows

_KINDS = ("added", "revised", "copy_found", "representative_changed", "split", "joined", "withdrawn", "line_kept", "line_cut")
# What makes the named article one of the unique, and what ends that for the one the change calls the former. A ruling that
# changed nothing is told too, and names no former.
_BEGINS = ("representative_changed", "split")
_ENDS = ("representative_changed", "joined")


def log() -> tuple[Promise, ...]:
    """Return the promises of the change log."""
    former = Change.detail["former"].as_integer()
    steps = union_all(
        select(Change.article_id.label("article_id"), literal(1, Integer).label("step")).where(
            or_(Change.kind == "added", and_(Change.kind.in_(_BEGINS), former.is_not(None)))
        ),
        select(Change.article_id, literal(-1, Integer)).where(Change.kind == "withdrawn"),
        select(former, literal(-1, Integer)).where(Change.kind.in_(_ENDS), former.is_not(None)),
    ).subquery()
    followed = select(steps.c.article_id, func.sum(steps.c.step).label("standing")).group_by(steps.c.article_id).subquery()
    standing = func.coalesce(followed.c.standing, 0)
    unique = and_(Article.kind == KINDS[0], Article.withdrawn_at.is_(None))
    return (
        Promise(
            "C1", "followed", "A reader who follows the change log from its start knows exactly the unique articles.",
            rows(Change),
            select(Article.id, Article.url, Article.kind, standing.label("standing"))
            .outerjoin(followed, followed.c.article_id == Article.id)
            .where(or_(and_(unique, standing != 1), and_(~unique, standing != 0))),
        ),
        Promise(
            "C2", "added-once", "No article is announced as added twice.",
            rows(Change, Change.kind == "added"), repeated(Change.article_id).where(Change.kind == "added"),
        ),
        Promise(
            "C3", "change-kinds", "Every change is of a kind that readers know.",
            rows(Change), select(Change.seq, Change.article_id, Change.kind).where(Change.kind.not_in(_KINDS)),
        ),
    )  # fmt: skip
