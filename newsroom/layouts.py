"""Six ways to lay out an article's page; each returns what stands inside `<body>`."""

from collections.abc import Iterable, Mapping
from html import escape
from itertools import zip_longest

from newsroom.printed import Printed


class Words:
    """The furniture words of a language, escaped: `words.share`."""

    def __init__(self, words: Mapping[str, str]) -> None:
        self._words = words

    def __getattr__(self, name: str) -> str:
        return escape(self._words[name])

    def sections(self) -> list[str]:
        """Return the names of a paper's sections."""
        return [escape(name) for name in self._words["sections"].split(" / ")]


def agency(piece: Printed, words: Words) -> str:
    """Return a wire agency's page: standfirst as a second heading, promos inside the text, the editor at the end."""
    return (
        f'<header class="masthead"><a href="/">{escape(piece.outlet.name)}</a>{_menu(words)}</header>\n'
        f'<div class="story-page"><h1 class="story-title">{escape(piece.title)}</h1>\n<h2 class="story-intro">{escape(piece.standfirst)}</h2>\n'
        f'<div class="story-date"><time datetime="{piece.piece.published.isoformat()}">{piece.piece.published:%Y-%m-%d %H:%M}</time></div>\n'
        f'{_figure(piece, words)}<div class="story-body">\n{_paragraphs(piece)}</div>\n{_tags(piece, words)}</div>\n'
        f'<aside class="most-read"><h3>{words.most_read}</h3>{_links(piece)}</aside>\n{_footer(piece, words)}'
    )


def broadsheet(piece: Printed, words: Words) -> str:
    """Return a large paper's page: everything in its semantic element, with comments under the text."""
    return (
        f'<header><a class="logo" href="/">{escape(piece.outlet.name)}</a>{_menu(words)}<form class="search"><input placeholder="{words.search}"></form>'
        f'</header>\n<main><article>\n<h1>{escape(piece.title)}</h1>\n<p class="standfirst">{escape(piece.standfirst)}</p>\n'
        f'<p class="byline">{words.by} <span class="author">{_names(piece)}</span></p>\n{_share(words)}{_figure(piece, words)}'
        f'<div class="article-body">\n{_paragraphs(piece)}</div>\n{_tags(piece, words)}'
        f'<aside class="newsletter"><h4>{words.subscribe}</h4><p>{words.newsletter}</p></aside>\n</article>\n'
        f'<aside class="related"><h3>{words.related}</h3>{_links(piece)}</aside>\n'
        f'<section id="comments" class="comments"><h3>{words.comments}</h3><p>{words.comment_prompt}</p>'
        f'<div class="comment"><p>{words.first_comment}</p></div></section></main>\n{_footer(piece, words)}'
    )


def magazine(piece: Printed, words: Words) -> str:
    """Return a page of nested boxes with the sidebar before the text."""
    return (
        f'<div class="cookie-banner">{words.cookies}</div>\n<div id="wrap"><div class="top">{_menu(words)}</div>\n'
        f'<div class="sidebar"><div class="widget"><h4>{words.latest}</h4>{_links(piece)}</div></div>\n'
        f'<div class="content post"><div class="entry-header"><h1 class="entry-title">{escape(piece.title)}</h1>'
        f'<div class="entry-meta"><span class="author vcard">{_names(piece)}</span> '
        f'<time class="published" datetime="{piece.piece.published.isoformat()}">{piece.piece.published:%d.%m.%Y}</time></div></div>\n'
        f'{_figure(piece, words)}<div class="entry-content">\n<p><strong>{escape(piece.standfirst)}</strong></p>\n{_paragraphs(piece)}</div>\n'
        f"{_share(words)}{_tags(piece, words)}</div></div>\n{_footer(piece, words)}"
    )


def portal(piece: Printed, words: Words) -> str:
    """Return a portal's page: microdata, and link lists on every side."""
    lists = f'<div class="box"><b>{words.most_read}</b>{_links(piece)}</div>'
    return (
        f'<div id="nav">{_menu(words)}</div><div id="left">{lists}</div>\n<div id="centre" itemscope itemtype="https://schema.org/NewsArticle">\n'
        f'<h1 itemprop="headline">{escape(piece.title)}</h1>\n<p itemprop="description" class="lede">{escape(piece.standfirst)}</p>\n'
        f'<meta itemprop="datePublished" content="{piece.piece.published.isoformat()}"><span itemprop="author">{_names(piece)}</span>\n'
        f'<div itemprop="articleBody" class="text">\n{_paragraphs(piece)}</div>\n{_share(words)}</div>\n'
        f'<div id="right">{lists}<p class="support">{words.support}</p></div>\n{_footer(piece, words)}'
    )


def regional(piece: Printed, words: Words) -> str:
    """Return a small paper's page, with a plea for members under the text."""
    return (
        f'<nav class="crumbs"><a href="/">{words.home}</a> › <a href="/section">{escape(piece.section)}</a></nav>\n<article class="article">\n'
        f'<header><h1>{escape(piece.title)}</h1><div class="meta">{words.published} '
        f'<time datetime="{piece.piece.published.isoformat()}">{piece.piece.published:%Y-%m-%d}</time> · <span rel="author">{_names(piece)}</span>'
        f'{_updated(piece, words)}</div></header>\n<section class="article__body">\n<p class="intro">{escape(piece.standfirst)}</p>\n{_paragraphs(piece)}</section>\n'
        f'<div class="membership-box">{words.support}</div>\n<div class="related-articles"><h3>{words.also_read}</h3>{_links(piece)}</div>\n'
        f"</article>\n{_footer(piece, words)}"
    )


def bare(piece: Printed, words: Words) -> str:
    """Return a page that says nothing in its head: headline, a line with the date, the text."""
    return (
        f'<p><a href="/">{escape(piece.outlet.name)}</a></p>\n<hr>\n<h1>{escape(piece.title)}</h1>\n'
        f'<p class="date">{piece.piece.published:%Y-%m-%d}</p>\n<p class="intro">{escape(piece.standfirst)}</p>\n{_paragraphs(piece)}<hr>\n'
        f"<p><small>© {piece.piece.published:%Y} {escape(piece.outlet.name)}. {words.copyright}</small></p>"
    )


def _updated(piece: Printed, words: Words) -> str:
    if piece.modified == piece.piece.published:
        return ""
    return f' · {words.updated} <time datetime="{piece.modified.isoformat()}">{piece.modified:%Y-%m-%d}</time>'


def _paragraphs(piece: Printed) -> str:
    """The body, with the promos between its paragraphs and the credits after it."""
    words = piece.language.words
    promos = [
        f'<p class="read-more"><strong>{escape(words["read_more"])}</strong> <a href="{escape(url)}">{escape(title)}</a></p>\n'
        for title, url in piece.promos
    ]
    body = [f"<p>{escape(text, quote=False)}</p>\n" for text in piece.paragraphs]
    closing = [f'<p class="credit"><em>{escape(text)}</em></p>\n' for text in piece.credits]
    mixed = (part for pair in zip_longest(body[1:], promos, fillvalue="") for part in pair)
    return "".join((body[0], *mixed, *closing))


def _menu(words: Words) -> str:
    return (
        "<nav><ul>"
        + "".join(f'<li><a href="/s/{n}">{name}</a></li>' for n, name in enumerate((words.home, *words.sections())))
        + "</ul></nav>"
    )


def _share(words: Words) -> str:
    return f'<ul class="share"><li><a href="#">{words.share}</a></li><li><a href="#">{words.print}</a></li></ul>\n'


def _figure(piece: Printed, words: Words) -> str:
    return (
        f'<figure><img src="/media/{piece.piece.number}.jpg" alt=""><figcaption>{escape(piece.caption)} '
        f"({words.photo}: {escape(piece.outlet.name)})</figcaption></figure>\n"
    )


def _tags(piece: Printed, words: Words) -> str:
    return f'<div class="tags">{words.tags}: ' + _anchors((tag, "/tag") for tag in piece.tags) + "</div>\n"


def _links(piece: Printed) -> str:
    return "<ul>" + "".join(f"<li>{_anchors([link])}</li>" for link in piece.related) + "</ul>"


def _anchors(links: Iterable[tuple[str, str]]) -> str:
    return " ".join(f'<a href="{escape(href)}">{escape(text)}</a>' for text, href in links)


def _names(piece: Printed) -> str:
    return escape(", ".join(piece.authors))


def _footer(piece: Printed, words: Words) -> str:
    links = _anchors((text, "/page") for text in (words.about, words.contact, words.privacy, words.advertise))
    return f"<footer>{links} <p>© {piece.piece.published:%Y} {escape(piece.outlet.name)}. {words.copyright}</p></footer>"
