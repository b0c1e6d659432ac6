"""The headline: chosen among what the feed, JSON-LD, `og:title`, the headings and `<title>` say, and spelled as the page spells it.

JSON-LD's headline is the headline; `og:title` is often a teaser for social networks, and a third of them end in the site's name.
Three witnesses can outvote JSON-LD: a heading that agrees with `og:title` on the kicker, microdata's headline, and the page's
address, whose words were the headline when the article was published. Of several spellings of the same words `og:title`'s is
kept: it has the no-break spaces that typography wants and none of the marks that templates escape.
"""

import html
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from domain.records import Expectation
from domain.text import clean_text
from tasks.extract.json_ld import Statement
from tasks.extract.marks import fold
from tasks.extract.meta import Head

_LONGEST = 1_000
_SEPARATOR = re.compile(r"\s+[-–—|•·»«:/~]+\s+|\s*[|｜]\s*|\s+::\s+|:\s+")
_SITE_SEPARATOR = re.compile(r"\s+[-–—|•·»«:/~]+\s+|\s*[|｜]\s*|\s+::\s+")
_TAG = re.compile(r"<[^<>]{1,300}>")
# Soft hyphens and bidi controls; zero-width spaces and joiners are part of how some scripts are written.
_INVISIBLE = re.compile("[\u2060\u00ad\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufeff]")
_BREAKS = re.compile(r"[ \t\r\n\f\v]+")
_ELLIPSIS = re.compile(r"\s*(?:…|\.\.\.|\[…\]|\[\.\.\.\])$")
_SHARED = 20
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "o", "æ": "ae", "ı": "i"})


@dataclass(frozen=True, slots=True)
class Title:
    """The headline, what told it, and every spelling of it that the page has (for finding it in the body)."""

    text: str
    source: str | None
    spellings: tuple[str, ...]


def choose(expected: Expectation, statement: Statement, head: Head, *, sites: list[str], address: str) -> Title:
    """Return the headline; its text is empty and its source None when nothing states one.

    `sites` are the publisher's names, `address` is the page's own.
    """
    feed = spell(expected.title)
    stated = _without_site(spell(statement.headline), sites)
    shared = _without_site(spell(head.first("og:title", "twitter:title", "title", "headline")), sites)
    headings = [_without_site(spell(heading), sites) for heading in head.headings]
    whole = spell(head.title)
    titled = _without_site(whole, sites)
    heading = _heading(headings, (feed, stated, shared, whole))
    if heading and not stated:
        shared, heading = _without_kickers(shared, heading)
    source, text = _first(feed=feed, stated=stated, shared=shared, heading=heading, titled=titled, first=next(iter(headings), ""))
    if source == "json-ld" and shared and fold(stated) != fold(shared):
        witnesses = (address, *head.links.get("canonical", ()), head.first("og:url"))
        if _outvoted(stated, shared, heading, head.marked) or _spelled_out(stated, shared, witnesses):
            source, text = "meta", shared
    if source == "feed":
        text = _completed(text, (shared, stated, heading, titled))
    text = _spelled(text, (shared, stated, heading, titled), exactly=source == "feed")
    every = (feed, stated, shared, *headings, titled, whole, spell(statement.headline), *map(spell, head.headings))
    return Title(text[:_LONGEST].strip(), source, tuple(dict.fromkeys(filter(None, every))))


def spell(text: str) -> str:
    """Return a title as it is spelled: tags and invisible marks out, white space folded, the no-break spaces of typography kept."""
    text = _TAG.sub("", html.unescape(clean_text(text, limit=4 * _LONGEST)))
    return _BREAKS.sub(" ", _INVISIBLE.sub("", text)).strip()


def _first(*, feed: str, stated: str, shared: str, heading: str, titled: str, first: str) -> tuple[str | None, str]:
    if feed:
        return "feed", feed
    told = (("json-ld", stated), ("meta", shared), ("h1", heading), ("title", titled), ("h1", first))
    return next(((source, text) for source, text in told if text), (None, ""))


def _outvoted(stated: str, shared: str, heading: str, marked: list[str]) -> bool:
    """Return whether two statements agree against JSON-LD: on the kicker, or microdata's headline with `og:title`."""
    one, other = fold(stated), fold(shared)
    return any(fold(text) == other for text in marked) or (other == fold(heading) and (other in one or one in other))


def _spelled_out(stated: str, shared: str, addresses: tuple[str, ...]) -> bool:
    """Return whether an address spells out `shared`: most of its words, and two more than it has of `stated`."""
    slug = max((_latin(part) for address in addresses for part in unquote(urlsplit(address).path).split("/")), key=len, default=frozenset())
    known, other = len(slug & _latin(stated)), len(slug & _latin(shared))
    return other >= known + 2 and 2 * other > len(slug)


def _latin(text: str) -> frozenset[str]:
    """Return the words of a text as addresses spell them: in lower case, ä as ae, é as e."""
    plain = unicodedata.normalize("NFKD", text.lower().translate(_UMLAUTS))
    return frozenset(word for word in re.findall(r"[a-z]{2,}", "".join(letter for letter in plain if not unicodedata.combining(letter))))


def _without_site(title: str, sites: list[str]) -> str:
    """Cut the site's name off the end (or the start) of a title, once for each of its parts."""
    names = {fold(site) for site in sites}
    while (matches := list(_SITE_SEPARATOR.finditer(title))) and _names_site(title[matches[-1].end() :], names):
        title = title[: matches[-1].start()].rstrip()
    first = _SITE_SEPARATOR.search(title)
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


def _without_kickers(shared: str, heading: str) -> tuple[str, str]:
    """Return both without what stands before the headline, where they differ in nothing else."""
    if fold(shared) == fold(heading):
        return shared, heading
    theirs = {fold(tail): kicker for kicker, tail in _kickers(heading)}
    for kicker, tail in _kickers(shared):
        other = theirs.get(fold(tail))
        if other is not None and not _words(kicker) & _words(other):
            return tail, tail
    return shared, heading


def _kickers(title: str) -> list[tuple[str, str]]:
    parts = [(title[: match.start()], title[match.end() :]) for match in _SEPARATOR.finditer(title)]
    return [(kicker, tail) for kicker, tail in parts if len(tail) >= _SHARED]


def _words(text: str) -> set[str]:
    return {word for word in re.findall(r"\w+", text.casefold()) if len(word) > 3}


def _completed(feed: str, others: tuple[str, ...]) -> str:
    """Return the page's title when the feed's is only its beginning."""
    if not _ELLIPSIS.search(feed):
        return feed
    start = fold(_ELLIPSIS.sub("", feed))
    return next((text for text in others if len(start) > 10 and fold(text).startswith(start)), feed)


def _spelled(title: str, others: tuple[str, ...], *, exactly: bool) -> str:
    """Return the first of the other spellings of the same words (`exactly`: with the same punctuation too)."""
    if not exactly:
        folded = fold(title)
        title = next((text for text in others if fold(text) == folded), title)
    words = title.split()
    spaced = Counter(text for text in others if text.split() == words)
    return spaced.most_common(1)[0][0] if spaced else title
