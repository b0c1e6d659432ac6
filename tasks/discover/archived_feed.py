"""Walks a feed into its past: RFC 5005 archives (`prev-archive`) and pages (`next`), and WordPress's `?paged=`.

A chain of documents, newest first. It ends where no older document is named, where everything on a page is older than what was
asked for, where a page repeats the one before (a theme that ignores `paged`), and at a link to another host.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from typing import Final, TypeAlias
from urllib.parse import parse_qsl, urlencode, urlsplit

from domain.history import Discovered, Finding, Findings, Further, Trouble, Window
from domain.outcomes import Reason
from domain.records import FeedDocument, ListedEntry
from domain.urls import canonical_url, host_of
from tasks.discover import window as windows

Parse: TypeAlias = Callable[[], FeedDocument | Reason]
"""Reads the document as a feed: the poll room's reader, with everything it needs already given."""

# No archive known is longer; WordPress serves ten entries a page.
DEPTH: Final = 20_000
_HEAD: Final = 20_000
_WORDPRESS: Final = re.compile(rb"<generator>\s*https?://(?:www\.)?wordpress\.(?:org|com)/", re.IGNORECASE)


def read(body: bytes, url: str, window: Window, parse: Parse, *, start: int = 0, note: str = "") -> Findings:
    """Yield a feed document's entries in the window, from the `start`-th on, and the next older document.

    `note` is what the document that led here had to say (`Further.note`): a digest of its entries.
    """
    document = parse()
    if isinstance(document, Reason):
        yield Trouble(document, "", fatal=True)
        return
    print_ = _digest(document)
    if print_ == note:
        # The same entries again: this site has no older pages.
        return
    for position, entry in enumerate(document.entries):
        if position >= start and entry.link:
            yield from _entry(entry, entry.link, window, position + 1)
    if document.entries and not _is_past(document, window):
        yield from _older(document.previous_url or _paged(body, url), url, print_)


def _entry(entry: ListedEntry, link: str, window: Window, position: int) -> Iterator[Finding]:
    if windows.place(window, link, published=entry.published_at, modified=entry.updated_at) != "outside":
        yield Discovered(
            url=link, position=position, published_at=entry.published_at, modified_at=entry.updated_at, title=entry.title, listed=entry
        )


def _older(link: str | None, url: str, digest: str) -> Iterator[Finding]:
    if link is None:
        return
    try:
        same, known = host_of(link) == host_of(url), canonical_url(link) == canonical_url(url)
    except ValueError as error:
        yield Trouble(Reason.REFUSED_URL, f"the older document {link[:200]!r}: {error}")
        return
    if known:
        yield Trouble(Reason.LOOP, f"{url[:200]} names itself as its older document")
    elif not same:
        yield Trouble(Reason.OFF_HOST, f"the older document {link[:200]} is on another host")
    else:
        yield Further(link, note=digest)


def _paged(body: bytes, url: str) -> str | None:
    """Return the next page of a WordPress feed, None for other feeds."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    page = next((int(value) for name, value in query if name == "paged" and value.isascii() and value.isdigit()), 1)
    if page == 1 and not _WORDPRESS.search(body[:_HEAD]):
        return None
    kept = [(name, value) for name, value in query if name != "paged"]
    return parts._replace(query=urlencode([*kept, ("paged", str(page + 1))]), fragment="").geturl()


def _is_past(document: FeedDocument, window: Window) -> bool:
    """Return whether every entry is older than the window: what lies beyond is older still."""
    if window.since is None:
        return False
    return all((at := entry.published_at or entry.updated_at) is not None and at < window.since for entry in document.entries)


def _digest(document: FeedDocument) -> str:
    names = "\n".join(entry.guid or entry.link or entry.title for entry in document.entries)
    return hashlib.sha256(names.encode("utf-8", "replace")).hexdigest()[:32]
