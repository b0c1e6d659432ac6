"""The standfirst: the summary a newsroom prints under the headline. Found where the page shows it, put first in the body.

Extractors drop it as often as they keep it (a quarter of news pages), because it lives outside the text's own container. What
the page merely declares (a description for search engines) is no standfirst unless the reader can see it too.
"""

import re

from lxml.html import HtmlElement

from tasks.extract.marks import fold

_TAGS = ("p", "h2", "h3", "h4", "div", "span", "strong", "section", "em", "li", "b")
_CLASS = re.compile(
    r"stand-?first|stand_first|sub-?(?:head(?:line)?|title)(?!s)|\bdek\b|\bdeck\b|__dek|-dek\b|\blede?\b|\blead\b|lead-?(?:text|paragraph|in)|article-?lead|__lead|-lead\b|chapo|chapeau|"
    r"\bintro\b|article-?intro|__intro|-intro\b|introduction|vorspann|\bingress\b|bajada|entradilla|sommario|occhiello|perex|\bspot\b|\bsapo\b|linha-?fina|description|summary|excerpt|abstract|teaser-?text|synopsis",
    re.IGNORECASE,
)
_NOT_CLASS = re.compile(
    r"related|comment|author|bio|newsletter|promo|caption|footer|card|list|sidebar|widget|teaser-?list|recommend|share|social|nav|menu|cookie|modal",
    re.IGNORECASE,
)
_SHORTEST, _LONGEST = 30, 700
_PROBE = 30


def find(tree: HtmlElement, described: list[str], lines: list[str]) -> str | None:
    """Return the standfirst as shown on the page, or None; `described` are the page's declared descriptions, `lines` its body."""
    probes = {fold(text)[:_PROBE]: text for text in described if len(text) >= _SHORTEST}
    shown = _shown(tree, probes)
    if shown:
        return shown
    return _marked(tree, lines)


def missing(standfirst: str, lines: list[str]) -> bool:
    """Return whether the body does not have the standfirst as (part of) one of its first lines."""
    folded = fold(standfirst)
    head = [fold(line) for line in lines[:6]]
    return not any(folded in line or (len(line) > 25 and line in folded) for line in head)


def _shown(tree: HtmlElement, probes: dict[str, str]) -> str | None:
    """Return the text of the first element that begins as one of the descriptions does."""
    if not probes:
        return None
    for element in tree.iter(*_TAGS):
        text = element.text
        if not text or len(text) < 4 or text.isspace():
            continue
        start = fold(text[: 3 * _PROBE])
        for probe in probes:
            if probe and (start.startswith(probe) or (len(start) >= 8 and probe.startswith(start))):
                whole = " ".join("".join(element.itertext()).split())
                if _SHORTEST <= len(whole) <= _LONGEST and fold(whole).startswith(probe) and not _is_elsewhere(element):
                    return whole
    return None


def _marked(tree: HtmlElement, lines: list[str]) -> str | None:
    """Return the text of an element that is marked as a standfirst and stands above the body's first line."""
    seen_heading = False
    first = fold(lines[0])[:_PROBE] if lines else ""
    for element in tree.iter("h1", "p", "h2", "h3", "div"):
        if element.tag == "h1":
            seen_heading = True
            continue
        if not seen_heading:
            continue
        marks = f"{element.get('class') or ''} {element.get('itemprop') or ''} {element.get('data-testid') or ''}"
        if element.tag == "p" and first and element.text and fold(element.text).startswith(first):
            return None
        if marks.strip() and _CLASS.search(marks) and not _NOT_CLASS.search(marks):
            whole = " ".join("".join(element.itertext()).split())
            if 40 <= len(whole) <= 500 and not _is_elsewhere(element):
                return whole
    return None


def _is_elsewhere(element: HtmlElement) -> bool:
    """Return whether the element is part of a link, a caption, a teaser list, or a side column."""
    for depth, ancestor in enumerate((element, *element.iterancestors())):
        if ancestor.tag in {"a", "figcaption", "figure", "aside", "footer", "nav", "form", "button"}:
            return True
        if depth > 12:
            break
    return next(element.iterdescendants("a"), None) is not None and _mostly_links(element)


def _mostly_links(element: HtmlElement) -> bool:
    linked = sum(len("".join(link.itertext())) for link in element.iter("a"))
    return 2 * linked > len("".join(element.itertext()))
