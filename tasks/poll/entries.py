"""Turns what a feed lists into entries to record: each with one key in its feed and one canonical address.

The key is the guid, else the link, else title and date. It is scoped to the feed, so no feed can touch another's entries, and it
is a digest, so no length of guid can break an index. Within a document a key and an address count once: fifty guids on one
link are one article.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from domain.outcomes import Reason
from domain.records import ListedEntry, NewEntry
from domain.text import clean_line
from domain.urls import MAX_BYTES, canonical_url, host_of, url_key

_GUID_LIMIT: Final = 512
# Programs write the zero of their clocks for "unknown": the year 1, or 1970.
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_YEAR: Final = 1900


def to_record(listed: Iterable[ListedEntry]) -> tuple[NewEntry, ...]:
    """Return the entries in the order given, without those whose key or address an earlier one has."""
    keys: set[str] = set()
    found: list[NewEntry] = []
    for one in listed:
        entry = _entry(one)
        if entry.key not in keys and entry.url_key not in keys:
            keys |= {entry.key, entry.url_key}
            found.append(entry)
    return tuple(found)


def credible(moment: datetime | None) -> datetime | None:
    """Return a date unless it is one that programs write for "unknown"."""
    return None if moment is None or moment == _EPOCH or moment.year < _FIRST_YEAR else moment


def _entry(listed: ListedEntry) -> NewEntry:
    listed = replace(listed, published_at=credible(listed.published_at), updated_at=credible(listed.updated_at))
    guid = clean_line(listed.guid or "", limit=_GUID_LIMIT)
    try:
        url, canonical, refusal = _addresses(listed.link)
    except ValueError as error:
        refusal = Reason.URL_TOO_LONG if "longer" in str(error) else Reason.REFUSED_URL
        url, canonical = clean_line(listed.link or "", limit=MAX_BYTES), ""
    key = _key(listed, canonical or url)
    if refusal:
        # Entries without an address have none in common.
        return NewEntry(key, guid, url, canonical_url="", url_key=key, host="", listed=listed, refusal=refusal)
    return NewEntry(key, guid, url, canonical, url_key(canonical), host_of(canonical), listed)


def _addresses(link: str | None) -> tuple[str, str, Reason | None]:
    if not link:
        return "", "", Reason.NO_LINK
    canonical = canonical_url(link)
    if "@" in urlsplit(link).netloc:
        return clean_line(link, limit=MAX_BYTES), "", Reason.REFUSED_URL
    return clean_line(link, limit=MAX_BYTES), canonical, None


def _key(listed: ListedEntry, url: str) -> str:
    if listed.guid:
        text = f"guid {listed.guid}"
    elif url:
        text = f"link {url}"
    else:
        text = f"text {listed.title} {listed.published_at or listed.updated_at or ''}"
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
