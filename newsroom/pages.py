"""A printed piece as HTML: what all layouts share, and the choice among them.

The layouts differ as real sites do: in how they state title, author and time (JSON-LD, Open Graph, microdata, a line of text or not
at all), in where the body stands, and in what stands around it.
"""

import json
from collections.abc import Callable
from html import escape

from newsroom import layouts
from newsroom.grammar import Grammar
from newsroom.layouts import Words
from newsroom.printed import Printed

_LAYOUTS: tuple[Callable[[Printed, Words], str], ...] = (
    layouts.agency, layouts.broadsheet, layouts.magazine, layouts.portal, layouts.regional, layouts.bare,
)  # fmt: skip


def page(piece: Printed) -> str:
    """Return the page of a printed piece in its outlet's layout."""
    words = Words(piece.language.words)
    if piece.piece.kind == "stub":
        return _document(piece, f'<main><h1>{escape(piece.title)}</h1><video src="/media/{piece.piece.number}.mp4"></video></main>', "")
    layout = _LAYOUTS[piece.outlet.layout]
    return _document(piece, layout(piece, words), _head(piece, layout.__name__))


def home(name: str, language: Grammar, feeds: list[tuple[str, str, str]], links: list[tuple[str, str]]) -> str:
    """Return a front page that names its feeds (media type, title, address) and links to the latest pieces (title, address)."""
    alternates = "".join(
        f'<link rel="alternate" type="{kind}" title="{escape(title)}" href="{escape(href)}">' for kind, title, href in feeds
    )
    rows = "".join(f'<li><a href="{escape(href)}">{escape(title)}</a></li>' for title, href in links)
    return (
        f'<!DOCTYPE html><html lang="{language.code}" dir="{language.direction}"><head><meta charset="utf-8"><title>{escape(name)}</title>'
        f"{alternates}</head><body><h1>{escape(name)}</h1><h2>{escape(language.words['latest'])}</h2><ul>{rows}</ul></body></html>"
    )


def _document(piece: Printed, body: str, head: str) -> str:
    language = piece.language
    return (
        f'<!DOCTYPE html>\n<html lang="{language.code}" dir="{language.direction}">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{escape(piece.title)} - {escape(piece.outlet.name)}</title>\n"
        f'<meta name="viewport" content="width=device-width">\n{head}</head>\n<body>\n{body}\n</body>\n</html>\n'
    )


def _head(piece: Printed, layout: str) -> str:
    lines: list[str] = []
    if layout in {"agency", "magazine", "regional"}:
        lines += _open_graph(piece)
    if layout in {"broadsheet", "regional", "magazine"}:
        lines.append(f'<link rel="canonical" href="{escape(piece.url)}">')
    if layout in {"broadsheet", "agency"}:
        lines.append(f'<script type="application/ld+json">{_json_ld(piece)}</script>')
    if layout == "portal":
        lines.append(f'<meta name="author" content="{escape(", ".join(piece.authors))}">')
        lines.append(f'<meta name="news_keywords" content="{escape(", ".join(piece.tags))}">')
    if layout != "bare":
        lines.append(f'<meta name="description" content="{escape(piece.standfirst)}">')
        lines.append('<link rel="stylesheet" href="/style.css">\n<script>window.metrics = {page: "article", queue: []};</script>')
    return "".join(f"{line}\n" for line in lines)


def _open_graph(piece: Printed) -> list[str]:
    properties = {
        "og:type": "article",
        "og:title": piece.title,
        "og:site_name": piece.outlet.name,
        "og:description": piece.standfirst,
        "og:url": piece.url,
        "og:image": f"http://{piece.outlet.host}/media/{piece.piece.number}.jpg",
        "article:published_time": piece.piece.published.isoformat(),
        "article:modified_time": piece.modified.isoformat(),
        "article:section": piece.section,
        "article:author": ", ".join(piece.authors),
    }
    tags = [f'<meta property="article:tag" content="{escape(tag)}">' for tag in piece.tags]
    return [f'<meta property="{name}" content="{escape(value)}">' for name, value in properties.items()] + tags


def _json_ld(piece: Printed) -> str:
    about = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": piece.title,
        "description": piece.standfirst,
        "inLanguage": piece.piece.language,
        "datePublished": piece.piece.published.isoformat(),
        "dateModified": piece.modified.isoformat(),
        "author": [{"@type": "Person" if len(name.split()) > 1 else "Organization", "name": name} for name in piece.authors],
        "publisher": {"@type": "NewsMediaOrganization", "name": piece.outlet.name},
        "keywords": list(piece.tags),
        "articleSection": piece.section,
        "image": f"http://{piece.outlet.host}/media/{piece.piece.number}.jpg",
        "mainEntityOfPage": piece.url,
    }
    return json.dumps(about, ensure_ascii=False).replace("</", "<\\/")
