"""entries, pages: what was listed, how it ended, and the raw page behind it."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Index, Integer, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Json, primary_key

_OF_BACKFILLS = "backfill_id IS NOT NULL"


def _line(name: str, columns: tuple[str, ...], condition: str) -> Index:
    """Return the index over those that wait in one line of the desk.

    `outcome` is the same throughout a partial index; without it SQLite prefers the index over outcomes alone.
    """
    pending = text(f"outcome = 'pending' AND {condition}")
    return Index(name, "outcome", *columns, sqlite_where=pending, postgresql_where=pending)


class Entry(Base):
    """One row per entry ever listed by a feed, a sitemap or an archive."""

    __tablename__ = "entries"
    __table_args__ = (
        UniqueConstraint("feed_id", "key"),
        # News and history wait in lines of their own, so that neither has to be read to find the other.
        _line("ix_entries_to_fetch", ("host", "next_attempt_at"), "page_id IS NULL AND backfill_id IS NULL"),
        _line("ix_entries_to_fetch_history", ("host", "next_attempt_at"), "page_id IS NULL AND backfill_id IS NOT NULL"),
        _line("ix_entries_to_extract", ("page_id",), "page_id IS NOT NULL AND backfill_id IS NULL"),
        _line("ix_entries_to_extract_history", ("page_id",), "page_id IS NOT NULL AND backfill_id IS NOT NULL"),
        # Not for those of no backfill: PostgreSQL would look for live entries among all that ever were.
        Index("ix_entries_backfill_id", "backfill_id", sqlite_where=text(_OF_BACKFILLS), postgresql_where=text(_OF_BACKFILLS)),
        {"comment": "One row per entry ever listed; it ends in exactly one terminal outcome with a reason."},
    )

    id: Mapped[int] = primary_key("Surrogate key.")
    feed_id: Mapped[int | None] = mapped_column(
        ForeignKey("feeds.id", ondelete="SET NULL"), comment="Feed that listed it; empty for archives without one."
    )
    key: Mapped[str] = mapped_column(Text, comment="SHA-256 of the guid (else link, else title and date), hex; unique in its feed.")
    guid: Mapped[str | None] = mapped_column(Text, comment="The feed's own id of the entry, at most 512 characters.")
    url: Mapped[str] = mapped_column(Text, comment="Link as listed, absolute.")
    canonical_url: Mapped[str] = mapped_column(Text, comment="Canonical form of the link.")
    url_key: Mapped[str] = mapped_column(Text, index=True, comment="SHA-256 of the canonical URL, hex.")
    host: Mapped[str] = mapped_column(Text, comment="Host and port the page is fetched from.")
    trusted: Mapped[bool] = mapped_column(
        Boolean,
        default=False,
        server_default=text("false"),
        comment="True when the document that listed it came from an allowed private network; only then may its page be on one.",
    )
    source: Mapped[str] = mapped_column(
        Text, default="feed", server_default="feed", comment="feed, sitemap, archive, wayback, warc, list or pages."
    )
    backfill_id: Mapped[int | None] = mapped_column(ForeignKey("backfills.id", ondelete="SET NULL"), comment="Backfill that discovered it.")
    title: Mapped[str | None] = mapped_column(Text, comment="Title as the feed gave it.")
    listed: Mapped[dict[str, Any]] = mapped_column(
        Json,
        default=dict,
        server_default=text("'{}'"),
        comment="What the feed said: authors, summary, content, times, language, tags, image.",
    )
    published_at: Mapped[datetime | None] = mapped_column(comment="Publication time the feed gave.")
    seen_at: Mapped[datetime] = mapped_column(index=True, comment="When it was first listed to us.")
    run_id: Mapped[str] = mapped_column(Text, index=True, comment="The run that recorded it, or the later run that worked on it.")
    outcome: Mapped[str] = mapped_column(
        Text,
        default="pending",
        server_default="pending",
        index=True,
        comment="pending, unique, exact_copy, near_copy, revision, unchanged, rejected or failed.",
    )
    reason: Mapped[str | None] = mapped_column(Text, comment="Reason code of the outcome, or of the last failed attempt while pending.")
    detail: Mapped[str | None] = mapped_column(Text, comment="What exactly happened, in words.")
    decided_at: Mapped[datetime | None] = mapped_column(comment="When the outcome became terminal.")
    article_id: Mapped[int | None] = mapped_column(ForeignKey("articles.id", ondelete="SET NULL"), index=True, comment="Article it led to.")
    page_id: Mapped[int | None] = mapped_column(ForeignKey("pages.id", ondelete="SET NULL"), comment="Raw page fetched for it.")
    attempt_count: Mapped[int] = mapped_column(
        Integer, default=0, server_default=text("0"), comment="Tries of the current stage that failed."
    )
    next_attempt_at: Mapped[datetime] = mapped_column(comment="Not worked on before this.")
    lease_until: Mapped[datetime | None] = mapped_column(comment="End of the extraction lease.")
    fence: Mapped[int] = mapped_column(default=0, server_default=text("0"), comment="Fencing number of the extraction lease.")


class Page(Base):
    """One row per page that was fetched: the raw material of re-extraction."""

    __tablename__ = "pages"
    __table_args__ = ({"comment": "Raw pages, zstd-compressed, as the server sent them; deleted after the retention time."},)

    id: Mapped[int] = primary_key("Surrogate key.")
    url: Mapped[str] = mapped_column(Text, comment="Address that was asked.")
    url_key: Mapped[str] = mapped_column(Text, index=True, comment="SHA-256 of the canonical form of that address, hex.")
    final_url: Mapped[str] = mapped_column(Text, comment="Address that answered, after redirects.")
    status: Mapped[int] = mapped_column(Integer, comment="HTTP status.")
    headers: Mapped[list[str]] = mapped_column(Json, comment="Header lines that matter later, as [name, value] pairs.")
    body: Mapped[bytes] = mapped_column(LargeBinary, comment="Body after content decoding, zstd-compressed.")
    body_hash: Mapped[str] = mapped_column(Text, comment="XXH3-128 of the body, hex.")
    body_size: Mapped[int] = mapped_column(Integer, comment="Size of the body before compression (bytes).")
    fetched_at: Mapped[datetime] = mapped_column(index=True, comment="When it was fetched.")
