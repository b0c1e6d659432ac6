"""What a page's head and visible marks say: meta tags, links, titles, times. One walk over the tree."""

import re
from dataclasses import dataclass, field
from typing import cast

from lxml.etree import XPath, iterwalk
from lxml.html import HtmlElement

_KEYS = ("property", "name", "itemprop", "http-equiv")
_MAX_TIMES = 12
_HEADLINE = XPath("(.//*[@itemprop='headline'])[position() <= 3]")
# Line breaks and runs of spaces are the markup's; no-break and ideographic spaces are the writer's.
_BREAKS = re.compile(r"[ \t\r\n\f\v]+")
_PARTING = {"br", "div", "p", "li", "h2", "h3"}


@dataclass(frozen=True, slots=True)
class Time:
    """A `<time>` element: its machine-readable value and whether it is marked as the publication."""

    value: str
    published: bool


@dataclass(slots=True)
class Head:
    """Everything found, as written. `tags` maps lower-case names to contents in order; `links` maps rel to hrefs.

    `headings` are the texts of h1 elements, `marked` those of elements that microdata calls the headline.
    """

    tags: dict[str, list[str]] = field(default_factory=dict)
    links: dict[str, list[str]] = field(default_factory=dict)
    title: str = ""
    headings: list[str] = field(default_factory=list)
    marked: list[str] = field(default_factory=list)
    times: list[Time] = field(default_factory=list)
    language: str = ""

    def first(self, *names: str) -> str:
        """Return the first non-empty content among the named tags, in the order of the names."""
        return next((content for name in names for content in self.tags.get(name, ()) if content), "")

    def all(self, *names: str) -> list[str]:
        """Return every content of the named tags."""
        return [content for name in names for content in self.tags.get(name, ()) if content]


def read(tree: HtmlElement) -> Head:
    """Return what the head and the headings of a page say."""
    head = Head(language=(tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or "").strip())
    for element in tree.iter("meta", "link", "title", "h1", "time"):
        match element.tag:
            case "meta":
                _meta(element, head)
            case "link":
                for rel in (element.get("rel") or "").lower().split():
                    head.links.setdefault(rel, []).append((element.get("href") or "").strip())
            case "title":
                head.title = head.title or text_of(element)
            case "h1":
                if heading := text_of(element):
                    head.headings.append(heading)
            case "time" if len(head.times) < _MAX_TIMES:
                value = (element.get("datetime") or element.get("content") or "").strip()
                marks = f"{element.get('itemprop') or ''} {element.get('class') or ''}".lower()
                head.times.append(Time(value, "pubdate" in element.attrib or "publish" in marks))
    head.marked.extend(filter(None, map(text_of, cast("list[HtmlElement]", _HEADLINE(tree)))))
    return head


def text_of(element: HtmlElement) -> str:
    """Return the element's text on one line; what stands in blocks or is parted by a break is parted by a space."""
    pieces: list[str] = []
    for event, node in iterwalk(element, events=("start", "end")):
        if node is not element and node.tag in _PARTING:
            pieces.append(" ")
        if event == "start":
            pieces.append(node.text or "")
        elif node is not element:
            pieces.append(node.tail or "")
    return _BREAKS.sub(" ", "".join(pieces)).strip()


def _meta(element: HtmlElement, head: Head) -> None:
    content = (element.get("content") or "").strip()
    if not content:
        return
    for key in _KEYS:
        name = element.get(key)
        if name:
            head.tags.setdefault(name.strip().lower(), []).append(content)
