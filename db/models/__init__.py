"""The tables. The comment on every column is its entry in the data dictionary."""

from db.models.articles import Article, Revision
from db.models.base import Base, UtcDateTime
from db.models.desk import Entry, Page
from db.models.feeds import Feed, Host, Poll
from db.models.ledger import Backfill, Change
from db.models.lines import SiteLine
from db.models.matching import Cluster, LshKey, Match, Recipe, Ruling, Signature

__all__ = [
    "Article", "Backfill", "Base", "Change", "Cluster", "Entry", "Feed", "Host", "LshKey", "Match", "Page", "Poll", "Recipe",
    "Revision", "Ruling", "Signature", "SiteLine", "UtcDateTime",
]  # fmt: skip
