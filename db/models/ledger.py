"""changes, backfills: what readers follow, and what engineers asked for."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Index, Integer, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Json, Key, primary_key


class Change(Base):
    """One row per change that a reader of the unique articles must know of."""

    __tablename__ = "changes"
    __table_args__ = (
        {"comment": "Change log: a reader keeps the last seq it has seen and asks for the larger ones.", "sqlite_autoincrement": True},
    )

    seq: Mapped[int] = mapped_column(
        Key, primary_key=True, autoincrement=True, comment="Cursor: strictly increasing in commit order; gaps are allowed."
    )
    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id"), index=True, comment="The article that changed.")
    kind: Mapped[str] = mapped_column(
        Text, comment="added, revised, copy_found, representative_changed, split, joined, withdrawn, line_kept or line_cut."
    )
    at: Mapped[datetime] = mapped_column(index=True, comment="When.")
    detail: Mapped[dict[str, Any]] = mapped_column(Json, default=dict, server_default=text("'{}'"), comment="What exactly, a JSON object.")


class Backfill(Base):
    """One row per source and window of a backfill."""

    __tablename__ = "backfills"
    __table_args__ = (
        UniqueConstraint("request_id", "target_key"),
        Index("ix_backfills_open", "request_id", "state", "host"),
        {"comment": "Ledger of backfills: one row per source, document and window; documents that a document names get rows of their own."},
    )

    id: Mapped[int] = primary_key("Surrogate key.")
    request_id: Mapped[str] = mapped_column(Text, comment="The request this row is a part of.")
    feed_id: Mapped[int | None] = mapped_column(ForeignKey("feeds.id", ondelete="SET NULL"), comment="Feed or outlet asked about.")
    source: Mapped[str] = mapped_column(Text, comment="sitemap, archive, wayback, warc, list or pages.")
    target: Mapped[str] = mapped_column(Text, comment="Address or file that is walked.")
    target_key: Mapped[str] = mapped_column(
        Text, comment="SHA-256 of source, target and window, hex; unique in its request, so that no walk goes in circles."
    )
    host: Mapped[str | None] = mapped_column(
        Text, comment="Host and port the target is fetched from; empty for files of this machine and our own pages."
    )
    depth: Mapped[int] = mapped_column(
        Integer, default=0, server_default=text("0"), comment="Documents between this one and the one that was asked for."
    )
    trusted: Mapped[bool] = mapped_column(
        Boolean,
        default=False,
        server_default=text("false"),
        comment="True when the operator, or a document on an allowed private network, named the target.",
    )
    note: Mapped[str] = mapped_column(
        Text, default="", server_default="", comment="What its reader has to know of the document that named it."
    )
    since: Mapped[datetime | None] = mapped_column(comment="Start of the window.")
    until: Mapped[datetime | None] = mapped_column(comment="End of the window.")
    state: Mapped[str] = mapped_column(Text, comment="planned, running, done, failed or cancelled.")
    position: Mapped[int] = mapped_column(
        default=0, server_default=text("0"), comment="Where to go on after an interruption: a count, or a byte offset in a file."
    )
    attempt_count: Mapped[int] = mapped_column(Integer, default=0, server_default=text("0"), comment="Tries that failed and may pass.")
    next_attempt_at: Mapped[datetime] = mapped_column(comment="Not worked on before this.")
    found_count: Mapped[int] = mapped_column(Integer, default=0, server_default=text("0"), comment="Documents found.")
    new_count: Mapped[int] = mapped_column(Integer, default=0, server_default=text("0"), comment="Of them not known before.")
    reason: Mapped[str | None] = mapped_column(Text, comment="Reason code when it failed.")
    lease_until: Mapped[datetime | None] = mapped_column(comment="End of the worker's lease.")
    fence: Mapped[int] = mapped_column(default=0, server_default=text("0"), comment="Fencing number of the lease.")
    created_at: Mapped[datetime] = mapped_column(comment="When it was asked for.")
    updated_at: Mapped[datetime] = mapped_column(comment="Last progress.")
    detail: Mapped[dict[str, Any]] = mapped_column(
        Json, default=dict, server_default=text("'{}'"), comment="What was found and what went wrong, a JSON object."
    )
