"""What an outlet publishes for machines: RSS 2.0, Atom and JSON feeds with their archives (RFC 5005), sitemaps, robots.txt, OPML."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from html import escape

MEDIA_TYPES = {"rss": "application/rss+xml", "atom": "application/atom+xml", "json": "application/feed+json"}
SITEMAP_LIMIT = 50_000  # sitemaps.org allows no more in one file
_PROLOGUE = '<?xml version="1.0" encoding="utf-8"?>\n'


@dataclass(frozen=True, slots=True)
class Listed:
    """What a feed says of one piece."""

    guid: str
    link: str
    title: str
    summary: str
    authors: tuple[str, ...]
    tags: tuple[str, ...]
    published: datetime
    modified: datetime


@dataclass(frozen=True, slots=True)
class Channel:
    """A feed's own facts. `older` is the address of the archive with what came before, `complete` marks such an archive."""

    title: str
    language: str
    home: str
    address: str
    updated: datetime
    older: str | None = None
    is_archive: bool = False


def document(form: str, channel: Channel, entries: Sequence[Listed]) -> str:
    """Return a feed document in the format `rss`, `atom` or `json`; the entries come newest first."""
    return {"rss": _rss, "atom": _atom, "json": _json}[form](channel, entries)


def sitemap(pages: Iterable[tuple[str, datetime]]) -> str:
    """Return a sitemap of addresses with the times of their last change."""
    rows = "".join(f"<url><loc>{escape(url)}</loc><lastmod>{at.isoformat()}</lastmod></url>\n" for url, at in pages)
    return f'{_PROLOGUE}<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{rows}</urlset>\n'


def sitemap_index(addresses: Iterable[str]) -> str:
    """Return an index of sitemaps."""
    rows = "".join(f"<sitemap><loc>{escape(url)}</loc></sitemap>\n" for url in addresses)
    return f'{_PROLOGUE}<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{rows}</sitemapindex>\n'


def robots(base: str) -> str:
    """Return a robots.txt (RFC 9309) that closes the paid and the search pages and names the sitemap."""
    return f"User-agent: *\nDisallow: /premium/\nDisallow: /search\nAllow: /\n\nSitemap: {base}/sitemap.xml\n"


def opml(feeds: Iterable[tuple[str, str, str, str]], title: str) -> str:
    """Return an OPML 2.0 list of feeds, each given as its name, its address, its site's address and its language."""
    rows = "".join(
        f'    <outline type="rss" text="{escape(name)}" title="{escape(name)}" xmlUrl="{escape(url)}" htmlUrl="{escape(site)}" language="{language}"/>\n'
        for name, url, site, language in feeds
    )
    return f'{_PROLOGUE}<opml version="2.0">\n  <head><title>{escape(title)}</title></head>\n  <body>\n{rows}  </body>\n</opml>\n'


def _rss(channel: Channel, entries: Sequence[Listed]) -> str:
    items = "".join(
        f'<item><guid isPermaLink="false">{escape(entry.guid)}</guid><title>{escape(entry.title)}</title><link>{escape(entry.link)}</link>'
        f"<pubDate>{format_datetime(entry.published)}</pubDate><atom:updated>{entry.modified.isoformat()}</atom:updated>"
        f"<description>{escape(entry.summary)}</description>{_each('dc:creator', entry.authors)}{_each('category', entry.tags)}</item>\n"
        for entry in entries
    )
    links = f'<atom:link rel="self" href="{escape(channel.address)}"/>' + _previous(channel, "atom:link")
    return (
        f'{_PROLOGUE}<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:fh="http://purl.org/syndication/history/1.0">\n'
        f"<channel><title>{escape(channel.title)}</title><link>{escape(channel.home)}</link><description>{escape(channel.title)}</description>"
        f"<language>{channel.language}</language><lastBuildDate>{format_datetime(channel.updated)}</lastBuildDate>{links}\n{items}</channel></rss>\n"
    )


def _atom(channel: Channel, entries: Sequence[Listed]) -> str:
    rows = "".join(
        f'<entry><id>{escape(entry.guid)}</id><title>{escape(entry.title)}</title><link rel="alternate" type="text/html" href="{escape(entry.link)}"/>'
        f"<published>{entry.published.isoformat()}</published><updated>{entry.modified.isoformat()}</updated>{_authors(entry)}"
        f"{_categories(entry.tags)}<summary>{escape(entry.summary)}</summary></entry>\n"
        for entry in entries
    )
    return (
        f'{_PROLOGUE}<feed xmlns="http://www.w3.org/2005/Atom" xmlns:fh="http://purl.org/syndication/history/1.0" xml:lang="{channel.language}">\n'
        f"<id>{escape(channel.address)}</id><title>{escape(channel.title)}</title><updated>{channel.updated.isoformat()}</updated>"
        f'<link rel="self" href="{escape(channel.address)}"/><link rel="alternate" href="{escape(channel.home)}"/>{_previous(channel, "link")}\n'
        f"{rows}</feed>\n"
    )


def _json(channel: Channel, entries: Sequence[Listed]) -> str:
    about = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": channel.title,
        "home_page_url": channel.home,
        "feed_url": channel.address,
        "language": channel.language,
        **({"next_url": channel.older} if channel.older else {}),
        "items": [
            {
                "id": entry.guid,
                "url": entry.link,
                "title": entry.title,
                "summary": entry.summary,
                "content_text": entry.summary,
                "date_published": entry.published.isoformat(),
                "date_modified": entry.modified.isoformat(),
                "authors": [{"name": name} for name in entry.authors],
                "tags": list(entry.tags),
            }
            for entry in entries
        ],
    }
    return json.dumps(about, ensure_ascii=False)


def _each(element: str, values: Iterable[str]) -> str:
    return "".join(f"<{element}>{escape(value)}</{element}>" for value in values)


def _authors(entry: Listed) -> str:
    return "".join(f"<author><name>{escape(name)}</name></author>" for name in entry.authors)


def _categories(tags: Iterable[str]) -> str:
    return "".join(f'<category term="{escape(tag)}"/>' for tag in tags)


def _previous(channel: Channel, element: str) -> str:
    link = f'<{element} rel="prev-archive" href="{escape(channel.older)}"/>' if channel.older else ""
    return link + ("<fh:archive/>" if channel.is_archive else "")
