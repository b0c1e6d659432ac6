"""Authors, publisher, section, tags, image: from what feed and page state, the more reliable statement first.

The order of each field is by measurement on news pages; titles have a file of their own.
"""

import html
import re
from collections.abc import Callable, Iterable

from domain.records import Expectation
from domain.text import clean_line
from tasks.extract.json_ld import Statement
from tasks.extract.kinds import caption_of
from tasks.extract.marks import fold
from tasks.extract.meta import Head
from tasks.extract.names import people
from tasks.extract.titles import spell

_NAME, _URL, _CAPTION, _SECTION, _MAX_AUTHORS = 300, 2_048, 2_000, 80, 20
_TAG = re.compile(r"<[^<>]{1,300}>")
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


def authors_of(
    expected: Expectation, statement: Statement, head: Head, shown: Callable[[], Iterable[str]]
) -> tuple[tuple[str, ...], str | None]:
    """Return the authors and what told them: the feed, JSON-LD, meta tags, or a byline on the page, which `shown` looks for.

    A statement that names nobody but the publisher counts only when nothing names a person.
    """
    sites = {fold(site) for site in sites_of(expected, statement, head)}
    told = (
        ("feed", lambda: expected.authors),
        ("json-ld", lambda: statement.authors),
        ("meta", lambda: [value for name in _AUTHOR_TAGS for value in head.tags.get(name, ())][:_MAX_AUTHORS]),
        ("byline", lambda: tuple(shown())),
    )
    anonymous: tuple[tuple[str, ...], str | None] = ((), None)
    for source, texts in told:
        names = people(texts())
        persons = [name for name in names if fold(name) not in sites]
        if persons and (source != "byline" or not anonymous[0] or all(" " in name for name in persons)):
            return names, source
        if names and not anonymous[0]:
            anonymous = names, source
    return anonymous


def publisher_of(expected: Expectation, statement: Statement, head: Head) -> str | None:
    """Return the publisher's name: the operator's or the feed's, else what the page calls its site."""
    named = (expected.publisher or "", head.first("og:site_name", "application-name"), statement.publisher)
    return next((name for text in named if (name := spell(text)[:_NAME])), None)


def section_of(statement: Statement, head: Head) -> str | None:
    """Return the section of the site, or None."""
    stated = (head.first("article:section", "og:article:section", "parsely-section", "sailthru.section"), *statement.sections[:1])
    return next((section for text in stated if 0 < len(section := spell(text)) <= _SECTION), None)


def tags_of(expected: Expectation, statement: Statement, head: Head) -> tuple[str, ...]:
    """Return the publisher's keywords, each once, at most 50."""
    given = head.all("article:tag", "og:article:tag") or head.all(*_KEYWORDS) or list(statement.keywords) or list(expected.tags)
    parts = (spell(part) for text in given for part in (re.split(r"[,;،、；]", text) if len(given) <= 2 else [text]))
    return tuple({fold(tag): tag for tag in parts if 1 < len(tag) <= 100}.values())[:50]


def descriptions_of(expected: Expectation, statement: Statement, head: Head) -> list[str]:
    """Return what the page and the feed state as summary, without marks of being cut off."""
    stated = (statement.description, head.first("og:description"), head.first("description", "twitter:description"), expected.summary)
    texts = (_ELLIPSIS.sub("", spell(_TAG.sub(" ", html.unescape(text)))) for text in stated)
    return list(dict.fromkeys(text for text in texts if text))


def image_of(expected: Expectation, statement: Statement, head: Head, *, shown: str) -> tuple[str | None, str | None, str | None]:
    """Return the lead image's address (perhaps relative), caption and credit; `shown` is the page's first caption."""
    url = head.first("og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src") or statement.image_url
    url = clean_line(url or expected.image_url or "", limit=_URL)
    stated = html.unescape(statement.image_caption) or shown or html.unescape(head.first("og:image:alt"))
    caption, credit = caption_of(clean_line(stated, limit=_CAPTION))
    credit = clean_line(html.unescape(statement.image_credit) or credit, limit=_NAME)
    return url or None, caption or None, credit or None


def sites_of(expected: Expectation, statement: Statement, head: Head) -> list[str]:
    """Return the names that the page and the feed give the publisher."""
    apps = head.first("application-name", "apple-mobile-web-app-title")
    stated = (head.first("og:site_name"), statement.publisher, expected.publisher or "", apps)
    return [site for text in stated if (site := spell(text))]
