"""Where a site keeps its feed: what its page links to, what the operator suggested, and where feeds commonly are."""

import html
import re
from typing import Final
from urllib.parse import urljoin, urlsplit

from domain.urls import canonical_url
from tasks.poll import fields

# Each is one polite request to the site, so few, and the likelier first.
MAX_CANDIDATES: Final = 12
_HEAD: Final = 1_048_576
_LINK: Final = re.compile(r"<(?:link|a)\s[^<>]{1,2000}>", re.IGNORECASE)
_ATTRIBUTE: Final = re.compile(r"""([a-z-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_TYPES: Final = (
    "application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml", "application/json", "text/xml",
    "application/xml",
)  # fmt: skip
_NEAR: Final = ("feed", "rss", "rss.xml", "feed.xml")
_COMMON: Final = ("feed", "rss", "rss.xml", "feed.xml", "atom.xml", "index.xml", "feed.json", "?feed=rss2")
_ASIDE: Final = re.compile(r"comments?\b|/oembed|replies", re.IGNORECASE)
_ANCHOR: Final = re.compile(r"(?:^|[/._-])(?:rss|feed|atom)(?:$|[/._?-])", re.IGNORECASE)


def candidates(page: str, url: str, suggested: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return addresses to try, likeliest first: declared by the page, suggested by the operator, linked, then common ones.

    `url` is the address that gave the page. Feeds of comments come last among the declared ones, feeds below the page's own
    path (an edition) before the others. At most twelve, none twice, never the page itself.
    """
    declared, linked = _links(page[:_HEAD], url)
    section = urlsplit(url).path.rstrip("/")
    declared.sort(key=lambda link: (bool(_ASIDE.search(link)), bool(section) and not urlsplit(link).path.startswith(f"{section}/")))
    folder = url.split("?", maxsplit=1)[0].split("#", maxsplit=1)[0].rstrip("/") + "/"
    near = [urljoin(folder, name) for name in _NEAR] if section else []
    common = [urljoin(folder, f"/{name}") for name in _COMMON]
    seen = {_spelling(url)}
    found: list[str] = []
    for link in (*declared, *suggested, *linked[:3], *near, *common):
        spelling = _spelling(link)
        if spelling and spelling not in seen:
            seen.add(spelling)
            found.append(link)
    return tuple(found[:MAX_CANDIDATES])


def _links(page: str, url: str) -> tuple[list[str], list[str]]:
    declared: list[str] = []
    linked: list[str] = []
    for tag in _LINK.findall(page):
        attributes = {name.lower(): html.unescape(a or b or c) for name, a, b, c in _ATTRIBUTE.findall(tag)}
        target = fields.link(url, attributes.get("href"))
        if not target:
            continue
        kind = attributes.get("type", "").split(";")[0].strip().lower()
        if kind in _TYPES and "alternate" in attributes.get("rel", "").lower().split():
            declared.append(target)
        elif tag[1] in "aA" and _ANCHOR.search(urlsplit(target).path) and urlsplit(target).hostname == urlsplit(url).hostname:
            linked.append(target)
    return declared, linked


def _spelling(url: str) -> str | None:
    try:
        return canonical_url(url)
    except ValueError:
        return None
