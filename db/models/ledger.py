"""changes, backfills: what readers follow, and what engineers asked for."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, Text, text
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
    kind: Mapped[str] = mapped_column(Text, comment="added, revised, copy_found, representative_changed, split, joined or withdrawn.")
    at: Mapped[datetime] = mapped_column(index=True, comment="When.")
    detail: Mapped[dict[str, Any]] = mapped_column(Json, default=dict, server_default=text("'{}'"), comment="What exactly, a JSON object.")


class Backfill(Base):
    """One row per source and window of a backfill."""

    __tablename__ = "backfills"
    __table_args__ = (Index("ix_backfills_request", "request_id"), {"comment": "Ledger of backfills: one row per source and window."})

    id: Mapped[int] = primary_key("Surrogate key.")
    request_id: Mapped[str] = mapped_column(Text, comment="The request this row is a part of.")
    feed_id: Mapped[int | None] = mapped_column(ForeignKey("feeds.id", ondelete="SET NULL"), comment="Feed or outlet asked about.")
    source: Mapped[str] = mapped_column(Text, comment="sitemap, archive, wayback, warc, list or pages.")
    target: Mapped[str] = mapped_column(Text, comment="Address or file that is walked.")
    since: Mapped[datetime | None] = mapped_column(comment="Start of the window.")
    until: Mapped[datetime | None] = mapped_column(comment="End of the window.")
    state: Mapped[str] = mapped_column(Text, comment="planned, running, done, failed or cancelled.")
    position: Mapped[str | None] = mapped_column(Text, comment="Where to go on after an interruption.")
    found_count: Mapped[int] = mapped_column(Integer, default=0, server_default=text("0"), comment="Documents found.")
    new_count: Mapped[int] = mapped_column(Integer, default=0, server_default=text("0"), comment="Of them not known before.")
    reason: Mapped[str | None] = mapped_column(Text, comment="Reason code when it failed.")
    lease_until: Mapped[datetime | None] = mapped_column(comment="End of the worker's lease.")
    fence: Mapped[int] = mapped_column(default=0, server_default=text("0"), comment="Fencing number of the lease.")
    created_at: Mapped[datetime] = mapped_column(comment="When it was asked for.")
    updated_at: Mapped[datetime] = mapped_column(comment="Last progress.")
    detail: Mapped[dict[str, Any]] = mapped_column(
        Json, default=dict, server_default=text("'{}'"), comment="Parameters and findings, a JSON object."
    )
