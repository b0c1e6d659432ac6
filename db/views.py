"""The contract with downstream readers: views that stay when tables change.

They have their own MetaData, so that migrations of tables never see them; `db.schema` drops them before a migration and makes
them again after it. A change here needs a line in the changelog and in `docs/data-dictionary.md`.
"""

import hashlib
from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy import Connection, case, func, literal, null, select, text

from db.models import Article, Cluster, Entry, Feed, Match, Poll, Revision
from domain.outcomes import Outcome, Reason, words

NAMES = ("unique_articles", "article_sources", "feed_health", "daily_counts", "outcome_counts")


def unique_articles() -> sa.SelectBase:
    """One row per story: its representative, with the number of copies."""
    a = Article
    return (
        select(
            a.id, a.url, a.canonical_url, a.publisher, a.title, a.standfirst, a.body, a.authors, a.editors, a.dateline_place,
            a.dateline_agency, a.section, a.tags, a.image_url, a.language, a.word_count, a.published_at, a.published_at_source,
            a.modified_at, a.first_seen_at, (Cluster.member_count - 1).label("copy_count"), a.license, a.tdm_reserved,
            a.paywalled, a.extractor_version, a.cluster_id,
        )
        .join(Cluster, Cluster.representative_id == a.id)
        .where(a.withdrawn_at.is_(None))
    )  # fmt: skip


def article_sources() -> sa.SelectBase:
    """One row per outlet's version of a story: the unique article itself, its copies, and the former texts of each."""
    member, earlier, later = Article, sa.orm.aliased(Match), sa.orm.aliased(Match)
    members = (
        select(
            Cluster.representative_id.label("article_id"), member.url, member.publisher, member.title, member.published_at,
            member.first_seen_at.label("seen_at"), member.kind,
            func.coalesce(earlier.similarity, later.similarity).label("similarity"),
            func.coalesce(earlier.containment, later.containment).label("containment"),
        )
        .join(Cluster, Cluster.id == member.cluster_id)
        .outerjoin(earlier, sa.and_(earlier.article_id == member.id, earlier.other_id == Cluster.representative_id))
        .outerjoin(later, sa.and_(later.other_id == member.id, later.article_id == Cluster.representative_id))
        .where(member.withdrawn_at.is_(None))
    )  # fmt: skip
    revisions = (
        select(
            Cluster.representative_id, member.url, member.publisher, Revision.title, member.published_at, Revision.seen_at,
            literal("revision"), (1 - Revision.change_ratio), null(),
        )
        .join(member, member.id == Revision.article_id)
        .join(Cluster, Cluster.id == member.cluster_id)
        .where(member.withdrawn_at.is_(None))
    )  # fmt: skip
    return members.union_all(revisions)


def feed_health() -> sa.SelectBase:
    """One row per feed: whether it works, and if not, since when and why, in words."""
    poll_count = select(func.count()).where(Poll.feed_id == Feed.id).scalar_subquery()
    return select(
        Feed.id, Feed.url, Feed.title, Feed.publisher, Feed.tags, feed_status().label("status"), Feed.reason,
        _in_words(Feed.reason).label("reason_text"), Feed.detail, Feed.failing_since, Feed.polled_at, Feed.succeeded_at,
        Feed.last_entry_at, Feed.next_poll_at, Feed.interval_seconds, Feed.entry_count, poll_count.label("poll_count"),
        Feed.drift,
    )  # fmt: skip


def feed_status() -> sa.ColumnElement[str]:
    """Say in one word how a feed is: gone or paused, unlisted, new, failing, silent (it answers, but lists nothing new) or ok."""
    return case(
        (Feed.state != "active", Feed.state),
        (Feed.listed.is_(False), "unlisted"),
        (Feed.polled_at.is_(None), "new"),
        (Feed.failing_since.is_not(None), "failing"),
        (Feed.reason.in_([Reason.SILENT.value, Reason.EMPTY_FEED.value]), "silent"),
        else_="ok",
    )


def daily_counts(sqlite: bool) -> sa.SelectBase:
    """One row per day (UTC) on which entries were first seen, with how they ended."""
    day = func.substr(Entry.seen_at, 1, 10, type_=sa.Text) if sqlite else sa.cast(func.timezone("UTC", Entry.seen_at), sa.Date)
    counts = [func.count().filter(Entry.outcome == outcome.value).label(outcome.value) for outcome in Outcome]
    return select(day.label("day"), func.count().label("entries"), *counts).group_by(day)


def outcome_counts() -> sa.SelectBase:
    """One row per outcome and reason of all entries ever seen; the counts add up to their number."""
    return select(Entry.outcome, Entry.reason, _in_words(Entry.reason).label("reason_text"), func.count().label("entry_count")).group_by(
        Entry.outcome, Entry.reason
    )


def definitions(dialect: sa.Dialect) -> Mapping[str, str]:
    """Return each view's SQL for a dialect, by name, in the order of creation."""
    selects = (unique_articles(), article_sources(), feed_health(), daily_counts(dialect.name == "sqlite"), outcome_counts())
    compiled = (one.compile(dialect=dialect, compile_kwargs={"literal_binds": True}) for one in selects)
    return {name: f"CREATE VIEW {name} AS {str(sql).replace(chr(10), ' ')}" for name, sql in zip(NAMES, compiled, strict=True)}


def create_all(connection: Connection) -> None:
    """Create every view and note which definitions they have."""
    for statement in definitions(connection.dialect).values():
        connection.exec_driver_sql(statement.replace("%", "%%") if connection.dialect.name == "postgresql" else statement)
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"COMMENT ON VIEW {NAMES[0]} IS 'definitions {_digest(connection.dialect)}'")


def drop_all(connection: Connection) -> None:
    """Drop every view."""
    for name in reversed(NAMES):
        connection.exec_driver_sql(f"DROP VIEW IF EXISTS {name}")


def are_current(connection: Connection) -> bool:
    """Return whether the views in the database are the ones defined here."""
    if connection.dialect.name == "postgresql":
        comment = connection.scalar(text("SELECT obj_description(to_regclass(:name), 'pg_class')"), {"name": NAMES[0]})
        return bool(comment == f"definitions {_digest(connection.dialect)}")
    stored = {row.name: row.sql for row in connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'view'"))}
    return {name: stored.get(name) for name in NAMES} == dict(definitions(connection.dialect))


def _digest(dialect: sa.Dialect) -> str:
    return hashlib.blake2b("\n".join(definitions(dialect).values()).encode(), digest_size=16).hexdigest()


def _in_words(column: sa.ColumnElement[str | None] | sa.orm.InstrumentedAttribute[str | None]) -> sa.ColumnElement[str]:
    return case({reason.value: words(reason) for reason in Reason}, value=column, else_=column)
