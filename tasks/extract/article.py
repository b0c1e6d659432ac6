"""The body of a page as lines of text: trafilatura's only door.

trafilatura's default mode runs readability over every page to check itself. Its quick mode gives the same text on 95 of 100
pages for two thirds of the time, and on half of the others the better one; so the quick mode runs first and the default mode
only where the quick text looks wrong: when it is far shorter than the page's paragraphs, or is not prose. Comments are off
(F1 -0.007 with them), `deduplicate` is never on (the same page gave 2,179 characters, then 0).
"""

import logging
import re
from dataclasses import dataclass
from functools import cache

import trafilatura
from lxml.etree import strip_elements
from lxml.html import HtmlElement
from trafilatura.settings import Extractor

VERSION = f"trafilatura-{trafilatura.__version__}"

# The library reports every page it finds nothing in; that is an outcome here, not news.
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)

# Never part of a text (an aside is, on some sites). trafilatura drops these as well, but only after it has copied and searched the whole
# page several times.
_OFF_TEXT = (
    "head", "nav", "footer", "noscript", "iframe", "select", "button", "audio", "canvas", "object", "embed", "map", "area", "input",
    "textarea", "link", "template", "dialog", "picture", "video", "param", "source", "track", "datalist", "menu",
)  # fmt: skip
# A quarter of what remains holds nothing: spacers, icons, pictures, places that scripts fill. Every pass over the tree pays for them.
_HOLLOW = ("div", "section", "aside", "figure", "ul", "li", "p", "span", "a", "i", "img")
# What holds nothing else is hollow in turn; three levels find most of it.
_HOLLOW_LEVELS = 3
_INLINE = frozenset({"span", "a", "i", "img"})

_PROSE = 60
_PROSE_DENSE = 20
_STORY = 500
_DENSE = re.compile("[\u0e00-\u0e7f\u1000-\u109f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


@dataclass(frozen=True, slots=True)
class Options:
    """What a site's rules may change."""

    precision: bool = False
    prune: tuple[str, ...] = ()


def strip(tree: HtmlElement) -> None:
    """Cut what is never part of a text out of a tree, in place; whatever else is to be read from it must have been read."""
    strip_elements(tree, *_OFF_TEXT, with_tail=False)
    # A page that carries on with the next story, headline and all.
    headed = [element for element in _outermost(tree) if next(element.iter("h1"), None) is not None]
    for element in headed[1:]:
        element.drop_tree()
    for _ in range(_HOLLOW_LEVELS):
        for element in [one for one in tree.iter(*_HOLLOW) if len(one) == 0 and _is_hollow(one)]:
            element.drop_tree()


def _is_hollow(leaf: HtmlElement) -> bool:
    # White space alone parts words in a line, and nothing elsewhere.
    return not leaf.text or (leaf.tag not in _INLINE and leaf.text.isspace())


def text_of(tree: HtmlElement, options: Options, written: int) -> str:
    """Return the body's text, one block a line; empty when nothing was found. The tree is not changed.

    `written` is how much stands in its paragraphs, as `paragraphs` counts it.
    """
    quick = _run(tree, options, fast=True)
    good = prose(quick)
    if 2 * good >= written and 2 * good >= len(quick) and quick:
        return quick
    whole = _run(tree, options, fast=False)
    if not quick or not whole:
        return quick or whole
    if 2 * good < len(quick):
        # Menus and lists came along: take the text of which more is prose.
        return whole if prose(whole) * len(quick) > good * len(whole) else quick
    # A page that carries on with the next story has more paragraphs than this one.
    return whole if 2 * prose(whole) > 3 * good and stories(tree) < 2 else quick


def prose(text: str) -> int:
    """Return how many characters of a text stand in lines long enough to be sentences."""
    return sum(len(line) for line in text.split("\n") if len(line) >= _PROSE or (len(line) >= _PROSE_DENSE and _DENSE.search(line)))


def stories(tree: HtmlElement) -> int:
    """Return how many stories a page carries: outermost `article` elements with text of some length in paragraphs."""
    return sum(sum(len(paragraph.text_content()) for paragraph in element.iter("p")) > _STORY for element in _outermost(tree))


def _outermost(tree: HtmlElement) -> list[HtmlElement]:
    return [element for element in tree.iter("article") if next(element.iterancestors("article"), None) is None]


def paragraphs(tree: HtmlElement) -> int:
    """Return how many characters stand in paragraphs long enough to be sentences, wherever on the page."""
    texts = (" ".join(element.text_content().split()) for element in tree.iter("p"))
    return prose("\n".join(texts))


@cache
def _extractor(*, fast: bool, precision: bool) -> Extractor:
    return Extractor(fast=fast, precision=precision, comments=False, dedup=False, with_metadata=False, output_format="python")


def _run(tree: HtmlElement, options: Options, *, fast: bool) -> str:
    try:
        found = trafilatura.bare_extraction(
            tree,
            prune_xpath=list(options.prune) or None,
            options=_extractor(fast=fast, precision=options.precision),
        )
    except (RecursionError, MemoryError):
        raise
    except Exception:  # noqa: BLE001  (a page that the library cannot take is a page without text)
        return ""
    return str(getattr(found, "text", None) or "")
