"""The standfirst: the summary a newsroom prints under the headline. Found where the page shows it, put first in the body.

Extractors drop it as often as they keep it (on a quarter of news pages), because it lives outside the text's own container. What
the page merely declares (a description for search engines) is no standfirst unless the reader can see it too. It is looked for
by its declared words, then by its mark, then by its place: the one paragraph between headline and text.
"""

import re
from collections.abc import Iterator

from lxml.html import HtmlElement

from tasks.extract.kinds import ends_sentence, kind_of
from tasks.extract.marks import Marks, fold

_TAGS = ("p", "h2", "h3", "h4", "div", "span", "strong", "section", "em", "li", "b")
_BLOCKS = frozenset({"p", "div", "h2", "h3", "h4", "ul", "ol", "table", "section", "article", "figure", "blockquote"})
_ELSEWHERE = frozenset(
    {"a", "figcaption", "figure", "aside", "footer", "nav", "form", "button", "blockquote", "table", "noscript", "select"}
)
_MARK = re.compile(
    r"stand-?first|stand_first|sub-?(?:head(?:line)?|title)(?!s)|\bdek\b|\bdeck\b|__dek|-dek\b|\blede?\b|\blead\b|lead-?(?:text|paragraph|in)|"
    r"article-?lead|__lead|_lead|-lead\b|chapo|chapeau|\bintro\b|article-?intro|__intro|-intro\b|introduction|vorspann|\bingress\b|bajada|entradilla|"
    r"sommario|occhiello|perex|\bspot\b|\bsapo\b|linha-?fina|description|summary|excerpt|abstract|teaser-?text|synopsis",
    re.IGNORECASE,
)
_NOT_MARK = re.compile(
    r"related|comment|author|bio|newsletter|promo|caption|footer|card|list|sidebar|widget|recommend|share|social|nav|menu|cookie|modal|byline|credit|date",
    re.IGNORECASE,
)
_BOX = re.compile(r"related|recommend|newsletter|most-?read", re.IGNORECASE)
_NEAR = 2
_SHORTEST, _LONGEST, _MARKED_LONGEST = 30, 700, 500
_PLACED_SHORTEST = 60
_PROBE = 30
_DEEPEST = 14
_PARAGRAPHS = 4


def find(tree: HtmlElement, described: list[str], lines: list[str], marks: Marks) -> tuple[str, ...]:
    """Return the standfirst's paragraphs as shown on the page, mostly one; nothing when the page shows none.

    `described` are the page's declared descriptions, `lines` the body found so far.
    """
    declared = [text for text in described if len(text) >= _SHORTEST]
    return _shown(tree, declared) or _above(tree, lines, marks)


def missing(standfirst: tuple[str, ...], lines: list[str]) -> tuple[str, ...]:
    """Return those paragraphs of a standfirst that are not among the body's first lines."""
    head = [fold(line) for line in lines[:6]]
    return tuple(text for text in standfirst if not _is_among(fold(text), head))


def _is_among(folded: str, head: list[str]) -> bool:
    return any(line.startswith(folded) or (len(line) > 25 and line in folded) for line in head)


def _shown(tree: HtmlElement, declared: list[str]) -> tuple[str, ...]:
    """Return the first element that begins as one of the descriptions does, and what follows it of that description."""
    probes = {folded[:_PROBE]: folded for text in declared if (folded := fold(text))}
    for element in tree.iter(*_TAGS) if probes else ():
        text = element.text
        if not text or text.isspace():
            continue
        start = fold(text[: 3 * _PROBE])
        for probe, description in probes.items():
            if len(start) >= 3 and (start.startswith(probe) or probe.startswith(start)):
                # "<div><b>Three</b> weeks after": the words begin in a part of it.
                for part in (element, element.getparent()):
                    whole = _text(part)
                    if _SHORTEST <= len(whole) <= _LONGEST and _begins(fold(whole), description) and not _is_elsewhere(part):
                        return (whole, *_continued(part, description))
    return ()


def _begins(shown: str, description: str) -> bool:
    """Return whether what is shown begins with the description, or the description with all that is shown."""
    return shown.startswith(description[:_PROBE]) or (len(shown) >= _SHORTEST // 2 and description.startswith(shown))


def _continued(element: HtmlElement, description: str) -> Iterator[str]:
    for _, sibling in zip(range(_PARAGRAPHS - 1), element.itersiblings(), strict=False):
        whole = _text(sibling) if isinstance(sibling.tag, str) else ""
        if len(whole) < _SHORTEST or fold(whole) not in description:
            return
        yield whole


def _above(tree: HtmlElement, lines: list[str], marks: Marks) -> tuple[str, ...]:
    """Return the block between headline and body that is marked as a standfirst, else the first that reads like one."""
    first = fold(lines[0])[:_PROBE] if lines else ""
    placed: str | None = None
    for element in _after_heading(tree):
        whole = _text(element)
        fits = 40 <= len(whole) <= _MARKED_LONGEST and not _is_elsewhere(element)
        name = f"{element.get('class') or ''} {element.get('itemprop') or ''} {element.get('data-testid') or ''}"
        if fits and _MARK.search(name) and not _NOT_MARK.search(name):
            return (whole,)
        if first and element.text and fold(element.text[: 3 * _PROBE]).startswith(first):
            return (placed,) if placed else ()
        if not fits:
            continue
        if (
            placed is None
            and len(whole) >= _PLACED_SHORTEST
            and ends_sentence(whole)
            and not _NOT_MARK.search(name)
            and kind_of(whole, marks) is None
        ):
            placed = whole
    return ()


def _after_heading(tree: HtmlElement) -> Iterator[HtmlElement]:
    """Yield the blocks below the first heading that hold text and no other block."""
    below = False
    for element in tree.iter("h1", "p", "h2", "h3", "div"):
        if element.tag == "h1":
            below = True
        elif below and not any(child.tag in _BLOCKS for child in element):
            yield element


def _is_elsewhere(element: HtmlElement) -> bool:
    """Return whether the element is part of a link, a caption, a teaser list or a side column, or is mostly links itself."""
    for depth, ancestor in enumerate((element, *element.iterancestors())):
        if ancestor.tag in _ELSEWHERE or (depth < _NEAR and _BOX.search(ancestor.get("class") or "")):
            return True
        if depth > _DEEPEST:
            break
    linked = sum(len("".join(link.itertext())) for link in element.iter("a"))
    return 2 * linked > len("".join(element.itertext()))


def _text(element: HtmlElement) -> str:
    return " ".join("".join(element.itertext()).split())
