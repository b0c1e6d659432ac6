"""From a fetched page to an article: every reader of the page in turn, each decision with its source."""

import re
from urllib.parse import urljoin

from lxml.html import HtmlElement

from domain.records import Article, Extracted, FetchedEntry
from domain.text import clean_line, clean_text
from domain.urls import url_key
from tasks.extract import (
    article,
    bylines,
    canonical,
    dateline,
    dates,
    gate,
    json_ld,
    language,
    marks,
    meta,
    metadata,
    page,
    rescue,
    residue,
    rights,
    standfirst,
    titles,
)
from tasks.extract.names import people

_BODY, _SUMMARY, _LINE = 1_048_576, 65_536, 300
_DENSE = re.compile("[\u0e00-\u0e7f\u1000-\u109f\u3040-\u30ff\u3400-\u9fff]")
_WORD = re.compile(r"\w+")
# Raised whenever the same page would come out differently.
RULES = 1
VERSION = f"{article.VERSION}/{RULES}"


def compose(entry: FetchedEntry, *, min_words: int) -> Extracted:
    """Return the article that a page holds, or the refusal that says why it holds none.

    Raises `UnreadablePageError` when the page cannot be parsed at all.
    """
    source, expected = entry.page, entry.expected
    headers = dict(reversed(source.headers))
    markup = page.read(source.body, headers.get("content-type"))
    tree = page.parse(markup)
    statement, head = json_ld.read(markup.json_ld), meta.read(tree)
    signs = marks.read(tree, canonical.hosts_of(head, source.final_url))
    title = titles.choose(expected, statement, head, metadata.sites_of(expected, statement, head))
    authors, authors_source = metadata.authors_of(expected, statement, head, lambda: bylines.read(tree))
    body = _body(tree, statement.body, expected.content)
    cleaned = residue.clean(body.split("\n") if body else [], titles=title.spellings, authors=authors, marks=signs)
    lines, filed = dateline.read(cleaned.kept)
    summary = standfirst.find(tree, metadata.descriptions_of(expected, statement, head), lines, signs)
    if lines:
        lines = [*standfirst.missing(summary, lines), *lines]
    text = clean_text("\n".join(lines), limit=_BODY)
    words = count_words(text)
    refusal = gate.verdict(lines, words, min_words=min_words, statement=statement, head=head, title=title.text)
    if refusal:
        return refusal
    published = dates.decide(expected.published_at, statement, head, now=source.fetched_at)
    at, at_source = published.at, published.source
    if at is None:
        at, at_source = dates.search(tree, source.final_url, cleaned.dates, now=source.fetched_at)
    if not authors and (named := people(cleaned.bylines)):
        authors, authors_source = named, "byline"
    told, told_by = language.identify(text, hint=statement.language or head.language or expected.language)
    url = canonical.address_of(head, entry.canonical_url, source.final_url)
    image, caption, credit = metadata.image_of(expected, statement, head)
    return Article(
        url=entry.url,
        canonical_url=url,
        url_key=url_key(url),
        publisher=metadata.publisher_of(expected, statement, head),
        title=title.text,
        body=text,
        language=told,
        word_count=words,
        extractor_version=VERSION,
        standfirst=clean_line(" ".join(summary), limit=_SUMMARY) or None,
        authors=authors,
        editors=cleaned.credits.editors,
        contributors=cleaned.credits.contributors,
        dateline_place=filed.place,
        dateline_agency=filed.agency,
        section=metadata.section_of(statement, head),
        tags=metadata.tags_of(expected, statement, head),
        image_url=urljoin(source.final_url, image) if image else None,
        image_caption=caption,
        image_credit=credit,
        published_at=at,
        published_at_source=at_source,
        modified_at=published.modified_at,
        title_source=title.source,
        authors_source=authors_source,
        language_source=told_by,
        license=rights.license_of(statement, head, signs.licenses),
        tdm_reserved=rights.reserved_for_mining(head, headers),
        robots_directives=rights.directives_of(head, headers),
        paywalled=rights.paywalled(statement, head),
        source_agency=cleaned.credits.agency or filed.agency,
        related_urls=residue.resolve(cleaned.related, source.final_url),
        removed_lines=tuple(clean_line(cut.line, limit=_LINE) for cut in cleaned.cut if cut.line.strip()),
        flags=("date_differs",) if published.apart else (),
    )


def count_words(text: str) -> int:
    """Return the number of words; of characters for scripts that write none."""
    dense = len(_DENSE.findall(text))
    return dense if 5 * dense > len(text) else len(_WORD.findall(text))


def _body(tree: HtmlElement, stated: str, listed: str) -> str:
    article.strip(tree)
    body = article.text_of(tree, article.Options())
    good = article.prose(body)
    if 2 * good < article.paragraphs(tree):
        readable = rescue.readable(tree)
        if len(readable) > 2 * good or (2 * article.prose(readable) > 3 * good and rescue.contains(readable, body)):
            body = readable
    for other in (listed, stated):
        if fuller := rescue.fuller(body, other):
            body = fuller
    return body
