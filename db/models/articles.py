"""articles, revisions: the extracted text with its metadata, and what it read before."""

from datetime import datetime

from sqlalchemy import Boolean, Float, ForeignKey, Integer, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Json, primary_key


class Article(Base):
    """One row per canonical URL that became an article, unique or copy."""

    __tablename__ = "articles"
    __table_args__ = (
        UniqueConstraint("url_key"),
        {"comment": "One row per canonical URL that became an article, whether unique or a copy."},
    )

    id: Mapped[int] = primary_key("Surrogate key; grows in the order of storing.")
    url: Mapped[str] = mapped_column(Text, comment="Address as listed.")
    canonical_url: Mapped[str] = mapped_column(Text, comment="Canonical address.")
    url_key: Mapped[str] = mapped_column(Text, comment="SHA-256 of the canonical address, hex; unique.")
    feed_id: Mapped[int | None] = mapped_column(
        ForeignKey("feeds.id", ondelete="SET NULL"), index=True, comment="Feed that listed it first."
    )
    page_id: Mapped[int | None] = mapped_column(ForeignKey("pages.id", ondelete="SET NULL"), comment="Raw page it was extracted from.")
    cluster_id: Mapped[int | None] = mapped_column(
        index=True, comment="Story it belongs to (clusters.id; no foreign key, because the story names its representative here)."
    )
    kind: Mapped[str] = mapped_column(Text, index=True, comment="unique, exact_copy or near_copy.")
    publisher: Mapped[str | None] = mapped_column(Text, index=True, comment="Publisher's name.")
    title: Mapped[str] = mapped_column(Text, comment="Headline, without the site's name.")
    standfirst: Mapped[str | None] = mapped_column(Text, comment="Summary the newsroom put under the headline.")
    body: Mapped[str] = mapped_column(Text, comment="Clean text, paragraphs separated by a newline.")
    authors: Mapped[list[str]] = mapped_column(Json, comment="Names of the authors, a JSON array.")
    editors: Mapped[list[str]] = mapped_column(Json, comment="Names of the editors, a JSON array.")
    contributors: Mapped[list[str]] = mapped_column(
        Json, default=list, server_default=text("'[]'"), comment="Other credited names, a JSON array."
    )
    dateline_place: Mapped[str | None] = mapped_column(Text, comment="Place named in the dateline.")
    dateline_agency: Mapped[str | None] = mapped_column(Text, comment="Agency named in the dateline.")
    section: Mapped[str | None] = mapped_column(Text, comment="Section of the site.")
    tags: Mapped[list[str]] = mapped_column(Json, comment="The publisher's keywords, a JSON array.")
    image_url: Mapped[str | None] = mapped_column(Text, comment="Lead image.")
    image_caption: Mapped[str | None] = mapped_column(Text, comment="Caption of the lead image.")
    image_credit: Mapped[str | None] = mapped_column(Text, comment="Credit of the lead image.")
    language: Mapped[str | None] = mapped_column(Text, comment="Language of the text (BCP 47).")
    word_count: Mapped[int] = mapped_column(Integer, comment="Words of the body; characters for scripts without spaces.")
    published_at: Mapped[datetime | None] = mapped_column(index=True, comment="Publication time.")
    published_at_source: Mapped[str | None] = mapped_column(
        Text, comment="What told the publication time: feed, json-ld, meta, time, text, htmldate, lastmod or capture."
    )
    modified_at: Mapped[datetime | None] = mapped_column(comment="Last modification the publisher states.")
    title_source: Mapped[str | None] = mapped_column(Text, comment="What told the title.")
    authors_source: Mapped[str | None] = mapped_column(Text, comment="What told the authors.")
    language_source: Mapped[str | None] = mapped_column(Text, comment="What told the language.")
    license: Mapped[str | None] = mapped_column(Text, comment="Licence as found.")
    tdm_reserved: Mapped[bool | None] = mapped_column(Boolean, comment="True when text and data mining is reserved (TDMRep).")
    robots_directives: Mapped[list[str]] = mapped_column(
        Json, default=list, server_default=text("'[]'"), comment="noindex, noarchive … as the page or its headers say, a JSON array."
    )
    paywalled: Mapped[bool | None] = mapped_column(Boolean, comment="True when the text is behind a paywall or cut off.")
    source_agency: Mapped[str | None] = mapped_column(Text, comment="Agency a syndicated text is credited to.")
    related_urls: Mapped[list[str]] = mapped_column(
        Json, default=list, server_default=text("'[]'"), comment="Links of removed read-more lines, a JSON array."
    )
    removed_lines: Mapped[list[str]] = mapped_column(
        Json, default=list, server_default=text("'[]'"), comment="Lines cut from the body, a JSON array."
    )
    flags: Mapped[list[str]] = mapped_column(
        Json, default=list, server_default=text("'[]'"), comment="What looked odd, a JSON array of codes."
    )
    extractor_version: Mapped[str] = mapped_column(Text, comment="Version of the extractor that made this text.")
    content_hash: Mapped[str] = mapped_column(Text, index=True, comment="BLAKE2b-128 of the normalised words, hex.")
    lead_hash: Mapped[str | None] = mapped_column(Text, index=True, comment="BLAKE2b-128 of the first 25 normalised words, hex.")
    first_seen_at: Mapped[datetime] = mapped_column(index=True, comment="When it was stored.")
    ordered_at: Mapped[datetime | None] = mapped_column(
        comment="Publication time as far as our own polls bear it out; the earliest of a story represents it. Empty: first_seen_at."
    )
    fetched_at: Mapped[datetime | None] = mapped_column(comment="When its current text was fetched.")
    next_visit_at: Mapped[datetime | None] = mapped_column(index=True, comment="When it is asked again for a changed text.")
    visit_count: Mapped[int] = mapped_column(Integer, default=0, server_default=text("0"), comment="Times it was asked again.")
    withdrawn_at: Mapped[datetime | None] = mapped_column(comment="When it was withdrawn; its text is gone then.")


class Revision(Base):
    """One row per text a known URL had before its present one."""

    __tablename__ = "revisions"
    __table_args__ = ({"comment": "Former texts of articles whose text changed at the same URL."},)

    id: Mapped[int] = primary_key("Surrogate key.")
    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), index=True, comment="Article that was revised.")
    page_id: Mapped[int | None] = mapped_column(ForeignKey("pages.id", ondelete="SET NULL"), comment="Raw page of the former text.")
    title: Mapped[str] = mapped_column(Text, comment="Former headline.")
    body: Mapped[str] = mapped_column(Text, comment="Former text.")
    content_hash: Mapped[str] = mapped_column(Text, comment="Its BLAKE2b-128, hex.")
    change_ratio: Mapped[float] = mapped_column(Float, comment="Share of words that changed, 0 to 1.")
    substantive: Mapped[bool] = mapped_column(Boolean, comment="False when only spelling, punctuation or dress changed.")
    seen_at: Mapped[datetime] = mapped_column(comment="When the former text was first stored.")
    replaced_at: Mapped[datetime] = mapped_column(comment="When it was replaced.")
