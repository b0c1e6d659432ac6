"""What holds for entries: each ends once, with a reason, and leads to one article; and no poll vouches for what is not stored."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Select, and_, exists, func, or_, select

from db.models import Article, Entry, Feed, Poll, Revision
from db.promises.promise import KINDS, Promise, repeated, rows
from domain.outcomes import TERMINAL, Outcome


def accounting() -> tuple[Promise, ...]:
    """Return the promises that make the counts add up."""
    known = [outcome.value for outcome in Outcome]
    decided = Entry.outcome.in_([outcome.value for outcome in TERMINAL])
    reasoned = Entry.outcome.in_((Outcome.UNCHANGED.value, Outcome.REJECTED.value, Outcome.FAILED.value))
    shown = (Entry.id, Entry.feed_id, Entry.url, Entry.outcome)
    return (
        Promise(
            "A1", "outcomes", "Every entry is pending or in one of the seven terminal outcomes, so their counts add up to all entries seen.",
            rows(Entry), select(*shown).where(Entry.outcome.not_in(known)),
        ),
        Promise(
            "A2", "decided", "An entry has a time of decision exactly when its outcome is terminal.",
            rows(Entry), select(*shown, Entry.decided_at).where(decided == Entry.decided_at.is_(None)),
        ),
        Promise(
            "A3", "reasons", "Every entry that ended without an article of its own says why.",
            rows(Entry, reasoned), select(*shown).where(reasoned, or_(Entry.reason.is_(None), Entry.reason == "")),
        ),
    )  # fmt: skip


def articles(*, sqlite: bool) -> tuple[Promise, ...]:
    """Return the promises that tie entries to articles."""
    made = Entry.outcome.in_(KINDS)
    led = Entry.outcome.in_((*KINDS, Outcome.REVISION.value))
    makers = select(Entry.article_id, func.count().label("entries")).where(made).group_by(Entry.article_id).subquery()
    ended = and_(Entry.outcome.in_((Outcome.REJECTED.value, Outcome.FAILED.value)), Entry.source != "revisit")
    # PostgreSQL never lets go of a foreign key; SQLite does for any program that does not ask for them.
    dangling: Select[Any] = select(sa.literal(1)).where(sa.false())
    if sqlite:
        dangling = select(sa.text('"table", rowid AS row, parent')).select_from(sa.text("pragma_foreign_key_check()"))
    return (
        Promise(
            "I1", "one-article", "Every entry that ended as an article or a revision leads to one article.",
            rows(Entry, led),
            select(Entry.id, Entry.url, Entry.outcome, Entry.article_id)
            .outerjoin(Article, Article.id == Entry.article_id)
            .where(led, Article.id.is_(None)),
        ),
        Promise(
            "I1", "one-entry", "Every article was made by exactly one entry.",
            rows(Article),
            select(Article.id, Article.url, func.coalesce(makers.c.entries, 0).label("entries"))
            .outerjoin(makers, makers.c.article_id == Article.id)
            .where(func.coalesce(makers.c.entries, 0) != 1),
        ),
        Promise(
            "I1", "entry-kind", "The entry that made an article has the article's kind as its outcome.",
            rows(Entry, made),
            select(Entry.id, Entry.outcome, Article.id.label("article_id"), Article.kind)
            .join(Article, Article.id == Entry.article_id)
            .where(made, Entry.outcome != Article.kind),
        ),
        Promise(
            "I1", "no-article", "No entry that was rejected or failed has an article.",
            rows(Entry, ended), select(Entry.id, Entry.url, Entry.outcome, Entry.article_id).where(ended, Entry.article_id.is_not(None)),
        ),
        Promise(
            "I1", "revisions", "Every revision keeps the text it replaced, until its article is withdrawn.",
            rows(Entry, Entry.outcome == Outcome.REVISION.value),
            select(Entry.id, Entry.url, Entry.article_id)
            .join(Article, Article.id == Entry.article_id)
            .where(Entry.outcome == Outcome.REVISION.value, Article.withdrawn_at.is_(None))
            .where(~exists().where(Revision.article_id == Article.id)),
        ),
        Promise("I1", "references", "No row refers to a row that is not there.", rows(Entry), dangling),
    )  # fmt: skip


def addresses() -> tuple[Promise, ...]:
    """Return the promises of identity: a listed entry is one row, a URL is one article."""
    return (
        Promise(
            "I2", "entry-keys", "A feed lists an entry once: (feed, key) is unique.",
            rows(Entry), repeated(Entry.feed_id, Entry.key).where(Entry.feed_id.is_not(None)),
        ),
        Promise("I2", "url-keys", "A canonical URL is one article: its hash is unique.", rows(Article), repeated(Article.url_key)),
        Promise("I2", "urls", "Equal canonical URLs have equal hashes.", rows(Article), repeated(Article.canonical_url)),
    )  # fmt: skip


def polls() -> tuple[Promise, ...]:
    """Return the promises of feeds: validators vouch for what is stored, and counters are right."""
    vouched = or_(Feed.etag.is_not(None), Feed.last_modified.is_not(None))
    # Old polls are forgotten after a while; what is older than the oldest one cannot be proved by them.
    kept_since = select(func.min(Poll.at)).scalar_subquery()
    succeeded = exists().where(Poll.feed_id == Feed.id, Poll.outcome.in_(("read", "unchanged")))
    stored = select(Entry.feed_id, func.count().label("entries")).where(Entry.source == "feed").group_by(Entry.feed_id).subquery()
    told = select(Poll.feed_id, func.sum(Poll.new_count).label("told")).group_by(Poll.feed_id).subquery()
    return (
        Promise(
            "I5", "validators", "A feed has validators only when a poll of it succeeded.",
            rows(Feed, vouched),
            select(Feed.id, Feed.url, Feed.etag, Feed.last_modified, Feed.succeeded_at)
            .where(vouched, or_(Feed.succeeded_at.is_(None), and_(Feed.succeeded_at >= kept_since, ~succeeded))),
        ),
        Promise(
            "I5", "vouched-entries", "Every entry that a poll reported as new is stored.",
            rows(Poll),
            select(told.c.feed_id, told.c.told, func.coalesce(stored.c.entries, 0).label("stored"))
            .outerjoin(stored, stored.c.feed_id == told.c.feed_id)
            .where(told.c.told > func.coalesce(stored.c.entries, 0)),
        ),
        Promise(
            "I7", "entry-counts", "A feed's counter equals its entries.",
            rows(Feed),
            select(Feed.id, Feed.url, Feed.entry_count, func.coalesce(stored.c.entries, 0).label("rows"))
            .outerjoin(stored, stored.c.feed_id == Feed.id)
            .where(Feed.entry_count != func.coalesce(stored.c.entries, 0)),
        ),
    )  # fmt: skip
