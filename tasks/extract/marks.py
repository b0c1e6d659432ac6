"""Marks on the page that tell which lines of its text are no part of the story: links, captions, headings. One walk over the tree."""

import re
from dataclasses import dataclass, field

from lxml.html import HtmlElement

_FOLD = re.compile(r"[\W_]+")
_MAX_LINKS = 3_000
_MIN_LINK = 12
_MAX_LINK = 400


@dataclass(slots=True)
class Marks:
    """Folded texts: `links` maps a link's text to its address; `captions` are the texts of captions."""

    links: dict[str, str] = field(default_factory=dict)
    captions: set[str] = field(default_factory=set)


def fold(text: str) -> str:
    """Return a text's letters and digits alone, for comparing lines that differ in dress."""
    return _FOLD.sub("", text).casefold()


def read(tree: HtmlElement) -> Marks:
    """Return the marks of a page."""
    marks = Marks()
    count = 0
    for element in tree.iter("a", "figcaption"):
        if element.tag == "a":
            count += 1
            href = element.get("href")
            if href and count <= _MAX_LINKS and not href.startswith(("#", "javascript:", "mailto:")):
                text = _folded(element)
                if _MIN_LINK <= len(text) <= _MAX_LINK:
                    marks.links.setdefault(text, href)
        else:
            _add_caption(element, marks)
    return marks


def _add_caption(element: HtmlElement, marks: Marks) -> None:
    whole = _folded(element)
    if whole:
        marks.captions.add(whole)
        for child in element:
            if part := _folded(child):
                marks.captions.add(part)


def _folded(element: HtmlElement) -> str:
    text = element.text if len(element) == 0 else "".join(element.itertext())
    return fold(text or "")
