"""Marks on the page that tell which lines of its text are no part of the story: links and captions. One walk over the tree."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from lxml.html import HtmlElement

_FOLD = re.compile(r"[\W_]+")
_CAPTION = re.compile("[cC]aption")
_CAPTION_TAGS = ("figcaption", "p", "div", "span", "small", "em")
_MAX_LINKS = 3_000
_MIN_LINK = 15
_MAX_LINK = 250
_MIN_ALT, _MAX_ALT = 15, 150


@dataclass(slots=True)
class Marks:
    """Texts as `plain` spells them: `links` maps those of links to their addresses, `teasers` are the links within the site.

    `captions` are the texts of captions and pictures, `first_caption` the first as it is written; `licenses` the addresses of
    links marked as the licence.
    """

    links: dict[str, str] = field(default_factory=dict)
    teasers: set[str] = field(default_factory=set)
    captions: set[str] = field(default_factory=set)
    licenses: list[str] = field(default_factory=list)
    first_caption: str = ""


def fold(text: str) -> str:
    """Return a text's letters and digits alone, for comparing lines that differ in dress."""
    return _FOLD.sub("", text.casefold())


def plain(text: str) -> str:
    """Return a text with its white space folded and its case ignored: the same words from the same place compare equal."""
    # Turkish İ folds to an i with a dot above it.
    return " ".join(text.split()).casefold().replace("i\u0307", "i")


def read(tree: HtmlElement, hosts: frozenset[str]) -> Marks:
    """Return the marks of a page; `hosts` are the names under which its site is known."""
    marks = Marks()
    for count, element in enumerate(tree.iter("a")):
        href = element.get("href")
        if not href or count > _MAX_LINKS:
            continue
        if "license" in (element.get("rel") or ""):
            marks.licenses.append(href)
        text = element.text if len(element) == 0 else "".join(element.itertext())
        if not text or len(text) < _MIN_LINK or href.startswith(("#", "javascript:", "mailto:")):
            continue
        key = plain(text)
        if _MIN_LINK <= len(key) <= _MAX_LINK:
            marks.links.setdefault(key, href)
            if _is_within(href, hosts):
                marks.teasers.add(key)
    for element in _captioned(tree):
        marks.first_caption = marks.first_caption or " ".join("".join(map(str, element.itertext())).split())
        for part in (element, *element):
            if caption := plain("".join(map(str, part.itertext()))):
                marks.captions.add(caption)
    marks.captions.update(plain(alt) for image in tree.iter("img") if (alt := image.get("alt")) and _MIN_ALT <= len(alt) <= _MAX_ALT)
    return marks


def _captioned(tree: HtmlElement) -> Iterator[HtmlElement]:
    for element in tree.iter(*_CAPTION_TAGS):
        if element.tag == "figcaption" or _CAPTION.search(element.get("class") or ""):
            yield element


def _is_within(href: str, hosts: frozenset[str]) -> bool:
    if not href.startswith(("http://", "https://", "//")):
        return True
    try:
        host = (urlsplit(href).hostname or "").removeprefix("www.")
    except ValueError:
        return False
    return any(host == known or host.endswith(f".{known}") for known in hosts)
