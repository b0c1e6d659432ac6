"""feeds, polls, hosts: whom we ask, what came of each asking, and how each host wants to be treated."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Float, ForeignKey, Index, Integer, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Json, primary_key


class Feed(Base):
    """One row per subscription."""

    __tablename__ = "feeds"
    __table_args__ = (
        UniqueConstraint("url_key"),
        Index("ix_feeds_due", "state", "next_poll_at"),
        {"comment": "One row per subscription: a feed, or a site whose feed is still to be discovered."},
    )

    id: Mapped[int] = primary_key("Surrogate key.")
    url: Mapped[str] = mapped_column(Text, comment="Address that is asked; changed only when a permanent redirect has proved itself.")
    url_key: Mapped[str] = mapped_column(Text, comment="SHA-256 of the canonical form of the address, hex; unique.")
    host: Mapped[str] = mapped_column(Text, index=True, comment="Host and port of the address: the unit of politeness.")
    title: Mapped[str | None] = mapped_column(Text, comment="Title given by the operator, else by the feed.")
    site_url: Mapped[str | None] = mapped_column(Text, comment="The site's own page.")
    publisher: Mapped[str | None] = mapped_column(Text, comment="Publisher's name: the operator's, else the feed's title.")
    language: Mapped[str | None] = mapped_column(Text, comment="Declared language (BCP 47).")
    tags: Mapped[list[str]] = mapped_column(Json, default=list, server_default=text("'[]'"), comment="The operator's tags, a JSON array.")
    fallbacks: Mapped[list[str]] = mapped_column(
        Json, default=list, server_default=text("'[]'"), comment="Addresses to try when this one is no feed, a JSON array."
    )
    discover: Mapped[bool] = mapped_column(
        Boolean, default=False, server_default=text("false"), comment="True while the address is a site whose feed is to be found."
    )
    state: Mapped[str] = mapped_column(
        Text, default="active", server_default="active", comment="active, paused (by the operator), or gone (the server said 410)."
    )
    listed: Mapped[bool] = mapped_column(
        Boolean, default=True, server_default=text("true"), comment="True while the feed list names it; an unlisted feed is not polled."
    )
    etag: Mapped[str | None] = mapped_column(Text, comment="ETag of the last document read, byte for byte.")
    last_modified: Mapped[str | None] = mapped_column(Text, comment="Last-Modified of the last document read, byte for byte.")
    validators_url: Mapped[str | None] = mapped_column(
        Text, comment="Address whose answer carried the validators; they are sent nowhere else."
    )
    interval_seconds: Mapped[int] = mapped_column(
        Integer, default=3600, server_default=text("3600"), comment="Current polling interval, learned from the feed's rhythm (s)."
    )
    rhythm_seconds: Mapped[float | None] = mapped_column(Float, comment="Mean time between two of its entries, as last seen (s).")
    hints: Mapped[dict[str, Any]] = mapped_column(
        Json, default=dict, server_default=text("'{}'"), comment="What its document asks of pollers: ttl, period, skipped hours and days."
    )
    next_poll_at: Mapped[datetime] = mapped_column(comment="Earliest time of the next poll.")
    polled_at: Mapped[datetime | None] = mapped_column(comment="Last poll, whatever came of it.")
    succeeded_at: Mapped[datetime | None] = mapped_column(comment="Last poll that was answered with a feed or 'not modified'.")
    last_entry_at: Mapped[datetime | None] = mapped_column(comment="Time of its newest entry: as dated, else when it was found.")
    failure_weight: Mapped[float] = mapped_column(
        Float, default=0.0, server_default=text("0"), comment="Weighted failures since the last success: temporary 0.25, soft 0.5, hard 1."
    )
    failing_since: Mapped[datetime | None] = mapped_column(comment="First failure since the last success.")
    reason: Mapped[str | None] = mapped_column(Text, comment="Reason code of the last failure; empty after a success.")
    detail: Mapped[str | None] = mapped_column(Text, comment="What exactly failed, in words.")
    redirect_target: Mapped[str | None] = mapped_column(Text, comment="Target of the permanent redirect seen at recent polls.")
    redirect_count: Mapped[int] = mapped_column(
        Integer, default=0, server_default=text("0"), comment="Consecutive polls that saw that permanent redirect."
    )
    redirect_since: Mapped[datetime | None] = mapped_column(comment="First of those polls.")
    former_urls: Mapped[list[str]] = mapped_column(
        Json, default=list, server_default=text("'[]'"), comment="Addresses this feed had before, a JSON array."
    )
    hub_url: Mapped[str | None] = mapped_column(Text, comment="WebSub hub named by the feed.")
    entry_count: Mapped[int] = mapped_column(Integer, default=0, server_default=text("0"), comment="Entries recorded from this feed.")
    created_at: Mapped[datetime] = mapped_column(comment="When the feed was subscribed to.")
    drift: Mapped[str | None] = mapped_column(
        Text, comment="How its publisher's last 7 days came out worse than the 28 before, in words; empty when they did not."
    )


class Poll(Base):
    """One row per request to a feed."""

    __tablename__ = "polls"
    __table_args__ = (Index("ix_polls_feed_at", "feed_id", "at"), {"comment": "One row per poll of a feed, with what it brought."})

    id: Mapped[int] = primary_key("Surrogate key.")
    feed_id: Mapped[int] = mapped_column(ForeignKey("feeds.id", ondelete="CASCADE"), comment="The feed that was asked.")
    run_id: Mapped[str] = mapped_column(Text, index=True, comment="The run that asked.")
    at: Mapped[datetime] = mapped_column(index=True, comment="When the poll was decided.")
    status: Mapped[int | None] = mapped_column(Integer, comment="HTTP status, if there was an answer.")
    outcome: Mapped[str] = mapped_column(Text, comment="read, unchanged (304), or failed.")
    reason: Mapped[str | None] = mapped_column(Text, comment="Reason code of a failure.")
    detail: Mapped[str | None] = mapped_column(Text, comment="What exactly failed, in words.")
    listed_count: Mapped[int] = mapped_column(
        Integer, default=0, server_default=text("0"), comment="Entries the document listed and that were looked at."
    )
    new_count: Mapped[int] = mapped_column(Integer, default=0, server_default=text("0"), comment="Entries recorded for the first time.")
    dropped_count: Mapped[int] = mapped_column(
        Integer, default=0, server_default=text("0"), comment="Entries beyond the limit that were not looked at."
    )
    wire_bytes: Mapped[int] = mapped_column(Integer, default=0, server_default=text("0"), comment="Bytes received.")
    seconds: Mapped[float] = mapped_column(Float, default=0.0, server_default=text("0"), comment="Duration of the request (s).")


class Host(Base):
    """One row per host: its lease, its pace, its robots.txt."""

    __tablename__ = "hosts"
    __table_args__ = ({"comment": "One row per host (name and port): whoever holds its lease may ask it, one request at a time."},)

    host: Mapped[str] = mapped_column(Text, primary_key=True, comment="Host name and port as in URLs, lower case.")
    domain: Mapped[str] = mapped_column(Text, index=True, comment="Registrable domain of the host.")
    lease_owner: Mapped[str | None] = mapped_column(Text, comment="Worker that holds the host.")
    lease_until: Mapped[datetime | None] = mapped_column(comment="End of the lease; free again after it.")
    fence: Mapped[int] = mapped_column(
        default=0, server_default=text("0"), comment="Fencing number: grows with every claim; a commit with an older one is refused."
    )
    next_request_at: Mapped[datetime | None] = mapped_column(comment="Earliest next request, from the spacing.")
    listed_last: Mapped[bool] = mapped_column(
        Boolean,
        default=False,
        server_default=text("false"),
        comment="True when a backfill came last for a document that lists pages, false when it came for pages: they take turns.",
    )
    paused_until: Mapped[datetime | None] = mapped_column(comment="No request before this: the host asked for it (429, 503).")
    pause_reason: Mapped[str | None] = mapped_column(Text, comment="Reason code of the pause.")
    pause_count: Mapped[int] = mapped_column(Integer, default=0, server_default=text("0"), comment="Pauses in a row.")
    private: Mapped[bool] = mapped_column(
        Boolean,
        default=False,
        server_default=text("false"),
        comment="True when it answered from an allowed private network; its pauses never spread to its domain.",
    )
    crawl_delay: Mapped[float | None] = mapped_column(Float, comment="Crawl-delay of robots.txt (s).")
    robots_status: Mapped[int | None] = mapped_column(Integer, comment="Status of the last robots.txt; empty when it was unreachable.")
    robots_body: Mapped[str | None] = mapped_column(Text, comment="The last robots.txt, at most 512 KiB.")
    robots_fetched_at: Mapped[datetime | None] = mapped_column(comment="When robots.txt was last asked for.")
