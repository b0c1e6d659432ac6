"""Bylines as the page shows them: what stands in elements marked as the author's, near the top."""

import re
from functools import lru_cache

from lxml.html import HtmlElement

_TAGS = ("a", "span", "p", "div", "address", "li", "strong", "em", "b", "cite", "small", "h3", "h4")
_MARKED = re.compile(
    r"\bauthors?\b|author-?name|authors?__?name|byline|by-line|\bautor(?:en|in|a|es)?\b|auteur|writer|reporter|signature|creator|journalist|firma\b",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"bio|image|avatar|photo|social|follow|comment|related|newsletter|date|time|role|title|description|card-?list|meta__|-meta\b|box|info",
    re.IGNORECASE,
)
_LONGEST = 120
_NAME = 400
_MAX = 6


def read(tree: HtmlElement) -> tuple[str, ...]:
    """Return the texts of elements that are marked as naming the author, most specific first."""
    linked: list[str] = []
    marked: list[str] = []
    for element in tree.iter(*_TAGS):
        if len(marked) + len(linked) >= _MAX:
            break
        rel, itemprop = element.get("rel") or "", element.get("itemprop") or ""
        if "author" in rel.lower().split() or "author" in itemprop.lower().split():
            _add(element, linked)
        elif _is_marked(f"{element.get('class') or ''} {element.get('id') or ''} {element.get('data-testid') or ''}"[:_NAME]):
            _add(element, marked)
    return tuple(dict.fromkeys(linked)) or tuple(dict.fromkeys(marked))[:1]


@lru_cache(maxsize=4096)  # a page repeats its names, and so do the pages of a site
def _is_marked(name: str) -> bool:
    return bool(_MARKED.search(name)) and not _NOT.search(name)


def _add(element: HtmlElement, found: list[str]) -> None:
    text = " ".join("".join(element.itertext()).split())
    if 2 < len(text) <= _LONGEST:
        found.append(text)
