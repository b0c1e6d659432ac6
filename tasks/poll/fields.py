"""Cleans the fields of an entry: plain text of bounded length, absolute links, names without repeats.

Feeds are not to be trusted with HTML, and a parser tree for each of 2,000 fragments costs more than the feed: what is needed here
is text to compare and to fall back on, so tags go by pattern, in linear time at any nesting.
"""

import html
import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import urljoin, urlsplit

from domain.text import clean_line, clean_text

TITLE_LIMIT: Final = 1_000
NAME_LIMIT: Final = 300
SUMMARY_LIMIT: Final = 65_536
CONTENT_LIMIT: Final = 1_048_576
_NAMES: Final = 50
# Longer than any guid, shorter than what would fill a disk: keys are digests of it, never the text itself.
_GUID_LIMIT: Final = 65_536
_LINK_LIMIT: Final = 65_536

# Each begins with its bracket alone, which lets the search jump from one to the next.
_DROPPED: Final = re.compile(
    r"<(?:(?P<name>(?i:script|style|svg|template|iframe|object))\b(?:[^<>]*/>|.*?(?:</(?P=name)\s*>|\Z))|!--.*?(?:-->|\Z))", re.DOTALL
)
# A tag begins with a letter right after the bracket; "5 < 6 and 7 > 3" has none.
_TAG: Final = re.compile(r"<(/?[A-Za-z][A-Za-z0-9]*|[!?])[^<>]*>")
_BLOCK_NAMES: Final = (
    "address article aside blockquote br dd div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre "
    "section table td th tr ul"
)
_BLOCKS: Final = frozenset(_BLOCK_NAMES.split())
_MAIL: Final = re.compile(r"[^\s<>()]{1,200}@[^\s<>()]{1,200}")


def title(markup: object) -> str:
    """Return a title's text on one line: tags out, then entities read once more."""
    return _line(markup, limit=TITLE_LIMIT)


def names(values: Iterable[object]) -> tuple[str, ...]:
    """Return names (of authors, of tags), each on one line, without empty ones and repeats, at most 50."""
    cleaned = (_line(value, limit=NAME_LIMIT) for value in values)
    return tuple(dict.fromkeys(name for name in cleaned if name))[:_NAMES]


def authors(values: Iterable[object]) -> tuple[str, ...]:
    """Return names of people: as `names`, without the mail addresses that RSS puts beside or instead of them."""
    return names(_MAIL.sub("", value).strip(" ()<>,;") if isinstance(value, str) and "@" in value else value for value in values)


def summary(markup: object) -> str:
    """Return the text of a summary, one paragraph a line, at most 64 K characters."""
    return _paragraphs(markup, limit=SUMMARY_LIMIT)


def content(markup: object) -> str:
    """Return the text of a full content, one paragraph a line, at most 1 M characters."""
    return _paragraphs(markup, limit=CONTENT_LIMIT)


def language(tag: object) -> str | None:
    """Return a language tag on one line, or None."""
    return (clean_line(tag, limit=35) or None) if isinstance(tag, str) else None


def guid(value: object) -> str | None:
    """Return a feed's own id of an entry, or None when it is empty."""
    text = value if isinstance(value, str) else "" if value is None else str(value)
    return clean_text(text, limit=_GUID_LIMIT).strip() or None


def link(base: str, value: object) -> str | None:
    """Return a link as an absolute http or https URL, joined with the document's, or None when it is none."""
    text = clean_text(value, limit=_LINK_LIMIT).strip() if isinstance(value, str) else ""
    try:
        joined = urljoin(base, text) if text else ""
    except ValueError:
        return None
    return joined if joined[:8].lower().startswith(("http://", "https://")) else None


def has_scheme(value: str) -> bool:
    """Return whether a link is absolute."""
    try:
        return bool(urlsplit(value.strip()).scheme)
    except ValueError:
        return False


def _line(markup: object, *, limit: int) -> str:
    text = markup[: 64 * limit] if isinstance(markup, str) else ""
    if "<" in text:
        text = _without_tags(text, block=" ")
    return clean_line(html.unescape(text) if "&" in text else text, limit=limit)


def _paragraphs(markup: object, *, limit: int) -> str:
    text = markup[: 4 * limit] if isinstance(markup, str) else ""
    if "<" in text:
        text = _without_tags(text.replace("\n", " "), block="\n")
    if "&" in text:
        text = html.unescape(text)
    lines = (" ".join(one.split()) for one in clean_text(text, limit=2 * limit).split("\n"))
    return "\n".join(one for one in lines if one)[:limit].rstrip()


def _without_tags(text: str, *, block: str) -> str:
    """Return the text between the tags, with `block` where one of a block was."""
    pieces = _TAG.split(_DROPPED.sub("", text))
    pieces[1::2] = [block if name.lstrip("/").lower() in _BLOCKS else "" for name in pieces[1::2]]
    return "".join(pieces)
