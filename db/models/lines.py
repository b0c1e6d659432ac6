"""site_lines: what is remembered of the lines that a site puts around its texts."""

from datetime import date

from sqlalchemy import Date, Index, Integer, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Key


class SiteLine(Base):
    """One row per short line near an end of a site's texts."""

    __tablename__ = "site_lines"
    __table_args__ = (
        Index("ix_site_lines_told", "site", "last_day", sqlite_where=text("line IS NOT NULL"), postgresql_where=text("line IS NOT NULL")),
        {"comment": "Short lines near the ends of a site's texts: those that recur are flagged and cut from later articles."},
    )

    key: Mapped[int] = mapped_column(
        Key, primary_key=True, autoincrement=False, comment="Site and the line's letters and digits folded into 64 bits, signed."
    )
    site: Mapped[str] = mapped_column(Text, comment="Registrable domain of the pages.")
    line: Mapped[str | None] = mapped_column(Text, comment="The line itself; empty until it is flagged.")
    state: Mapped[str] = mapped_column(
        Text,
        comment="seen, flagged (cut from now on), kept (a person said that it stays), or site (the row that counts the site's articles).",
    )
    story_count: Mapped[int] = mapped_column(Integer, comment="Stories it stood in; copies of one story count once until it is flagged.")
    stories: Mapped[str] = mapped_column(Text, comment="The first of them (clusters.id), separated by spaces.")
    since_count: Mapped[int] = mapped_column(Integer, comment="Articles of the site stored before the line first stood.")
    first_day: Mapped[date] = mapped_column(Date, comment="Day (UTC) on which it was first seen.")
    last_day: Mapped[date] = mapped_column(Date, comment="Day (UTC) on which it was last seen.")
    article_id: Mapped[int] = mapped_column(Key, comment="An article it stood in, the last (articles.id).")
