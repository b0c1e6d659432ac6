"""recipes, signatures, lsh_keys, clusters, matches, rulings: how copies are found, what was found, what people decided."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Float, ForeignKey, Index, Integer, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Json, Key, primary_key


class Recipe(Base):
    """One row per set of parameters that makes signatures comparable."""

    __tablename__ = "recipes"
    __table_args__ = ({"comment": "Every set of parameters under which signatures were made."},)

    id: Mapped[str] = mapped_column(Text, primary_key=True, comment="Name derived from the parameters.")
    parameters: Mapped[dict[str, Any]] = mapped_column(Json, comment="All parameters, a JSON object.")
    state: Mapped[str] = mapped_column(Text, comment="building, active or retired.")
    created_at: Mapped[datetime] = mapped_column(comment="When it was first used.")


class Signature(Base):
    """One row per article and recipe."""

    __tablename__ = "signatures"
    __table_args__ = ({"comment": "MinHash signature and shingles of each article under a recipe."},)

    article_id: Mapped[int] = mapped_column(
        Key, ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, comment="The article."
    )
    recipe_id: Mapped[str] = mapped_column(ForeignKey("recipes.id"), primary_key=True, comment="The recipe.")
    shingle_count: Mapped[int] = mapped_column(Integer, comment="Distinct shingles.")
    minhash: Mapped[bytes] = mapped_column(LargeBinary, comment="MinHash values, little-endian uint32.")
    shingles: Mapped[bytes] = mapped_column(LargeBinary, comment="Sorted hashes of the distinct shingles, little-endian uint64.")
    vocabulary: Mapped[bytes] = mapped_column(
        LargeBinary, comment="Sorted hashes of the distinct words, little-endian uint32; odd for words with a digit."
    )
    characters: Mapped[bool] = mapped_column(
        Boolean, comment="True when the text's script has no spaces, so that shingles are of characters."
    )


class LshKey(Base):
    """One row per article and candidate key."""

    __tablename__ = "lsh_keys"
    __table_args__ = ({"comment": "Candidate keys: articles that share enough of them are compared.", "sqlite_with_rowid": False},)

    key: Mapped[int] = mapped_column(
        Key,
        primary_key=True,
        autoincrement=False,
        comment="Recipe, band and hash folded into 64 bits, signed; odd for the containment sketch.",
    )
    article_id: Mapped[int] = mapped_column(
        Key, primary_key=True, autoincrement=False, comment="The article; ids grow with time, so old rows are those with small ids."
    )


class Cluster(Base):
    """One row per story."""

    __tablename__ = "clusters"
    # AUTOINCREMENT: the id of a story that was merged away never names another.
    __table_args__ = ({"comment": "Stories: a representative and its copies.", "sqlite_autoincrement": True},)

    id: Mapped[int] = primary_key("Surrogate key.")
    representative_id: Mapped[int] = mapped_column(ForeignKey("articles.id"), unique=True, comment="The member that is the unique article.")
    member_count: Mapped[int] = mapped_column(Integer, comment="Articles in the story, the representative included.")
    created_at: Mapped[datetime] = mapped_column(comment="When the story was first seen.")
    updated_at: Mapped[datetime] = mapped_column(comment="When its members last changed.")


class Match(Base):
    """One row per verified pair."""

    __tablename__ = "matches"
    __table_args__ = (
        UniqueConstraint("article_id", "other_id"),
        Index("ix_matches_other", "other_id"),
        {"comment": "Verified pairs, those below the line (related) included; article_id is the later-stored one."},
    )

    id: Mapped[int] = primary_key("Surrogate key.")
    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), comment="The article with the larger id.")
    other_id: Mapped[int] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), comment="The article with the smaller id.")
    recipe_id: Mapped[str] = mapped_column(ForeignKey("recipes.id"), comment="Recipe under which they were compared.")
    verdict: Mapped[str] = mapped_column(Text, comment="exact_copy, near_copy or related.")
    rule: Mapped[str] = mapped_column(Text, comment="The rule that decided.")
    similarity: Mapped[float] = mapped_column(Float, comment="Jaccard similarity of the shingles, 0 to 1.")
    containment: Mapped[float] = mapped_column(Float, comment="Shared shingles over those of the shorter text, 0 to 1.")
    shared_count: Mapped[int] = mapped_column(Integer, comment="Shingles in common.")
    words: Mapped[float] = mapped_column(Float, comment="Share of the shorter text's distinct words that the longer has, 0 to 1.")
    figures: Mapped[float | None] = mapped_column(Float, comment="The same for its numbers; empty when it has too few to tell.")
    found_by: Mapped[str] = mapped_column(
        Text, comment="What brought them together: the candidate key content, lead, band or sketch, or that they were of one story."
    )
    at: Mapped[datetime] = mapped_column(comment="When they were compared.")


class Ruling(Base):
    """One row per decision of a person."""

    __tablename__ = "rulings"
    __table_args__ = ({"comment": "Decisions of people that every later run respects."},)

    id: Mapped[int] = primary_key("Surrogate key.")
    kind: Mapped[str] = mapped_column(Text, comment="split (never together), join (always together), pin (representative) or withdraw.")
    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), index=True, comment="The article ruled on.")
    other_id: Mapped[int | None] = mapped_column(
        ForeignKey("articles.id", ondelete="CASCADE"), index=True, comment="The other article of a split or join."
    )
    note: Mapped[str | None] = mapped_column(Text, comment="Why.")
    at: Mapped[datetime] = mapped_column(comment="When.")
    revoked: Mapped[bool] = mapped_column(Boolean, default=False, comment="True when taken back.")
