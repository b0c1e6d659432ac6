"""Title, authors, publisher, section, tags, image: from what feed and page state, the more reliable statement first.

The order of each field is by measurement on news pages: JSON-LD's headline is the headline, `og:title` often the teaser for social
networks; a site's name at the end of a title is cut when the page itself says what its name is.
"""

import html
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from domain.records import Expectation
from domain.text import clean_line, clean_text
from tasks.extract.json_ld import Statement
from tasks.extract.marks import fold
from tasks.extract.meta import Head
from tasks.extract.names import people

_TITLE, _NAME, _URL, _CAPTION = 1_000, 300, 2_048, 2_000
_SEPARATOR = re.compile(r"\s+[-–—|•·»«:/~]+\s+|\s*[|｜]\s*|\s+::\s+")
_TAG = re.compile(r"<[^<>]{1,300}>")
_INVISIBLE = re.compile("[\u200b\u2060\u00ad\u202a-\u202e\u2066-\u2069\ufeff]")
_BREAKS = re.compile(r"[ \t\r\n\f\v]+")
_ELLIPSIS = re.compile(r"\s*(?:…|\.\.\.|\[…\]|\[\.\.\.\])$")
_AUTHOR_TAGS = (
    "author",
    "article:author",
    "parsely-author",
    "dc.creator",
    "dcterms.creator",
    "dc:creator",
    "sailthru.author",
    "byl",
    "cxenseparse:author",
    "article:author_name",
    "og:article:author",
)
_KEYWORDS = ("news_keywords", "keywords", "parsely-tags", "sailthru.tags")


@dataclass(frozen=True, slots=True)
class Title:
    """The headline, what told it, and every spelling of it that the page has (for finding it in the body)."""

    text: str
    source: str | None
    spellings: tuple[str, ...]


def title_of(expected: Expectation, statement: Statement, head: Head) -> Title:
    """Return the headline: the feed's, else JSON-LD's, else `og:title`, else the only (or first stated) heading, else `<title>`."""
    sites = _sites(expected, statement, head)
    feed = _spell(expected.title)
    stated = _without_site(_spell(statement.headline), sites)
    shared = _without_site(_spell(head.first("og:title", "twitter:title", "title", "headline")), sites)
    headings = [_spell(heading) for heading in head.headings]
    whole = _spell(head.title)
    titled = _without_site(whole, sites)
    heading = _heading(headings, (feed, stated, shared, whole))
    candidates = (("feed", feed), ("json-ld", stated), ("meta", shared), ("h1", heading), ("title", titled))
    spellings = tuple(dict.fromkeys(filter(None, (feed, stated, shared, *headings, titled, whole, _spell(statement.headline)))))
    source, text = next(((name, text) for name, text in candidates if text), (None, ""))
    if source == "feed":
        text = _completed(text, (stated, shared, heading, titled))
    text = _best_spelling(text, [text for _, text in candidates if text])
    return Title(text[:_TITLE], source, spellings)


def authors_of(expected: Expectation, statement: Statement, head: Head, bylines: Iterable[str]) -> tuple[tuple[str, ...], str | None]:
    """Return the authors and what told them: the feed, JSON-LD, meta tags, or the byline; a publisher's own name counts last."""
    sites = {fold(site) for site in _sites(expected, statement, head)}
    told = (
        ("feed", people(expected.authors)),
        ("json-ld", people(statement.authors)),
        ("meta", people([value for name in _AUTHOR_TAGS for value in head.tags.get(name, ())][:20])),
        ("byline", people(list(bylines))),
    )
    persons = ((source, tuple(name for name in names if fold(name) not in sites)) for source, names in told)
    best = next(((names, source) for source, names in persons if names), None)
    return best or next(((names, source) for source, names in told if names), ((), None))


def publisher_of(expected: Expectation, statement: Statement, head: Head) -> str | None:
    """Return the publisher's name: the operator's or the feed's, else what the page calls its site."""
    named = (expected.publisher or "", head.first("og:site_name", "application-name"), statement.publisher)
    return next((name for text in named if (name := _spell(text)[:_NAME])), None)


def section_of(statement: Statement, head: Head) -> str | None:
    """Return the section of the site, or None."""
    stated = (head.first("article:section", "og:article:section", "parsely-section", "sailthru.section"), *statement.sections[:1])
    return next((section for text in stated if (section := _spell(text)[:_NAME])), None)


def tags_of(expected: Expectation, statement: Statement, head: Head) -> tuple[str, ...]:
    """Return the publisher's keywords, each once, at most 50."""
    given = head.all("article:tag", "og:article:tag") or head.all(*_KEYWORDS) or list(statement.keywords) or list(expected.tags)
    parts = (_spell(part) for text in given for part in (re.split(r"[,;،、；]", text) if len(given) <= 2 else [text]))
    return tuple({fold(tag): tag for tag in parts if 1 < len(tag) <= 100}.values())[:50]


def descriptions_of(expected: Expectation, statement: Statement, head: Head) -> list[str]:
    """Return what the page and the feed state as summary, without marks of being cut off."""
    stated = (statement.description, head.first("og:description"), head.first("description", "twitter:description"), expected.summary)
    texts = (_ELLIPSIS.sub("", _spell(_TAG.sub(" ", html.unescape(text)))) for text in stated)
    return list(dict.fromkeys(text for text in texts if text))


def image_of(expected: Expectation, statement: Statement, head: Head) -> tuple[str | None, str | None, str | None]:
    """Return the lead image's address (perhaps relative), caption and credit."""
    url = head.first("og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src") or statement.image_url
    url = clean_line(url or expected.image_url or "", limit=_URL)
    caption = clean_line(html.unescape(statement.image_caption), limit=_CAPTION) or clean_line(head.first("og:image:alt"), limit=_CAPTION)
    return url or None, caption or None, clean_line(html.unescape(statement.image_credit), limit=_NAME) or None


def _spell(text: str) -> str:
    """Return a title as it is spelled: tags and invisible marks out, white space folded, the no-break spaces of typography kept."""
    text = _TAG.sub("", html.unescape(clean_text(text, limit=4 * _TITLE)))
    return _BREAKS.sub(" ", _INVISIBLE.sub("", text)).strip()


def _sites(expected: Expectation, statement: Statement, head: Head) -> list[str]:
    stated = (
        head.first("og:site_name"),
        statement.publisher,
        expected.publisher or "",
        head.first("application-name", "apple-mobile-web-app-title"),
    )
    return [site for text in stated if (site := _spell(text))]


def _without_site(title: str, sites: list[str]) -> str:
    """Cut the site's name off the end (or the start) of a title, once for each of its parts."""
    names = {fold(site) for site in sites}
    while (matches := list(_SEPARATOR.finditer(title))) and _names_site(title[matches[-1].end() :], names):
        title = title[: matches[-1].start()].rstrip()
    first = _SEPARATOR.search(title)
    if first and fold(title[: first.start()]) in names and len(title) - first.end() > 15:
        title = title[first.end() :]
    return title


def _names_site(tail: str, names: set[str]) -> bool:
    folded = fold(tail)
    return bool(folded) and any(
        folded == name or (len(folded) > 3 and len(name) > 3 and (folded in name or name in folded)) for name in names
    )


def _heading(headings: list[str], stated: tuple[str, ...]) -> str:
    """Return the only distinct heading, or the first that another statement confirms."""
    distinct = list(dict.fromkeys(headings))
    if len(distinct) == 1:
        return distinct[0]
    known = [fold(text) for text in stated if text]
    return next((heading for heading in distinct if any(fold(heading) in text for text in known)), "")


def _completed(feed: str, others: tuple[str, ...]) -> str:
    """Return the page's title when the feed's is only its beginning."""
    if not _ELLIPSIS.search(feed):
        return feed
    start = fold(_ELLIPSIS.sub("", feed))
    return next((text for text in others if len(start) > 10 and fold(text).startswith(start)), feed)


def _best_spelling(title: str, others: list[str]) -> str:
    """Return the most common spelling of the same words (typographic spaces differ between a page's statements of one title)."""
    same = [text for text in others if " ".join(text.split()) == " ".join(title.split())]
    return Counter(same).most_common(1)[0][0] if same else title
