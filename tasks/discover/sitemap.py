"""Walks sitemaps: index, plain, news and text, packed or not, from robots.txt or from where they usually lie."""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urljoin

from domain.history import Discovered, Finding, Findings, Further, Trouble, Window
from domain.outcomes import Reason
from domain.text import clean_line
from domain.urls import host_of, registrable_domain
from tasks.discover import addresses
from tasks.discover import window as windows
from tasks.discover.addresses import BrokenError, Listed

# Where sitemaps lie when robots.txt names none, most common first.
USUAL_PLACES: Final = ("/sitemap.xml", "/sitemap_index.xml", "/wp-sitemap.xml", "/sitemap-index.xml", "/sitemap.xml.gz")
_ROBOTS: Final = re.compile(r"^[ \t]*sitemap[ \t]*:[ \t]*(\S+)", re.IGNORECASE | re.MULTILINE)


def from_robots(body: str, url: str) -> tuple[str, ...]:
    """Return the sitemaps that a robots.txt names, absolute, in its order and without repeats."""
    found = (_join(url, match[1]) for match in _ROBOTS.finditer(body))
    return tuple(dict.fromkeys(one for one in found if one.startswith(("http://", "https://"))))


def read(body: bytes, url: str, window: Window, *, site: str | None = None, start: int = 0) -> Findings:
    """Yield what a sitemap lists for the window: documents from the `start`-th address on, and further sitemaps.

    Only addresses of `site` count, the sitemap's own when none is given: a robots.txt may vouch for a sitemap that lies elsewhere. A fatal `Trouble` comes last, when the document ends early or is
    none at all.
    """
    own, strangers = site_of(site or url), 0
    try:
        for position, one in enumerate(addresses.read(body)):
            link = _join(url, one.link)
            if site_of(link) != own and not (one.further and site_of(link) == site_of(url)):
                strangers += 1
            elif position >= start or one.further:
                yield from _finding(one, link, window, position + 1)
    except BrokenError as broken:
        yield Trouble(broken.reason, str(broken), fatal=True)
    if strangers:
        yield Trouble(Reason.OFF_HOST, f"{strangers:,} addresses that belong to another site, or are none")


def _finding(one: Listed, link: str, window: Window, position: int) -> Iterator[Finding]:
    modified = windows.parse(one.modified)
    if one.further:
        if windows.may_hold(window, link, modified):
            yield Further(link)
        return
    published = windows.parse(one.published)
    if windows.place(window, link, published=published, modified=modified) != "outside":
        title = clean_line(one.title, limit=1_000)
        yield Discovered(url=link, position=position, published_at=published, modified_at=modified, title=title)


def site_of(url: str) -> str:
    """Return what is one site to us: the registrable domain, without `www.` where none is registered; empty for no URL."""
    try:
        return registrable_domain(host_of(url)).removeprefix("www.")
    except ValueError:
        return ""


def _join(base: str, link: str) -> str:
    try:
        return urljoin(base, link)
    except ValueError:
        return ""
