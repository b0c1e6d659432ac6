"""From a fetched page to an article: every reader of the page in turn, each decision with its source."""

import re
from dataclasses import dataclass
from urllib.parse import urljoin

from lxml.html import HtmlElement

from domain.lines import numbered, site_of
from domain.outcomes import Outcome, Reason
from domain.records import Article, Expectation, Extracted, FetchedEntry, Page, Refusal
from domain.text import clean_line, clean_text
from domain.urls import host_of, url_key
from tasks.extract import (
    article,
    bylines,
    canonical,
    dateline,
    dates,
    gate,
    joiners,
    json_ld,
    language,
    learned,
    marks,
    meta,
    metadata,
    page,
    rescue,
    residue,
    rights,
    sites,
    standfirst,
    titles,
)
from tasks.extract.names import people

# Raised whenever the same page would come out differently.
RULES = 3
VERSION = f"{article.VERSION}/{RULES}"

_BODY, _SUMMARY, _LINE, _HEADLESS, _SHOWN = 1_048_576, 65_536, 300, 120, 3_000
_DENSE = re.compile("[\u0e00-\u0e7f\u1000-\u109f\u3040-\u30ff\u3400-\u9fff]")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Made:
    """What came of a page: the article or refusal, and every line that was cut, with the kind of residue it was.

    `text` is what was judged, of a refused page as well; `text_source` says who found it, `site_rule` whose own rule was at work.
    """

    extracted: Extracted
    cuts: tuple[residue.Cut, ...] = ()
    text: str = ""
    text_source: str | None = None
    site_rule: str | None = None


@dataclass(frozen=True, slots=True)
class _Stated:
    """Everything a page states outside its text, read once."""

    source: Page
    expected: Expectation
    headers: dict[str, str]
    tree: HtmlElement
    statement: json_ld.Statement
    head: meta.Head
    signs: marks.Marks
    rule: sites.SiteRule
    site: str
    boilerplate: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Story:
    """The text, and what was learned while it was cleaned."""

    lines: list[str]
    source: str | None
    summary: tuple[str, ...]
    filed: dateline.Dateline
    cleaned: residue.Cleaned


def compose(entry: FetchedEntry, *, min_words: int) -> Made:
    """Return the article that a page holds, or the refusal that says why it holds none.

    Raises `UnreadablePageError` when the page cannot be parsed at all.
    """
    stated = _read(entry)
    names = [*metadata.sites_of(stated.expected, stated.statement, stated.head), *stated.rule.title_suffixes]
    title = titles.choose(stated.expected, stated.statement, stated.head, sites=names, address=entry.page.final_url)
    authors = metadata.authors_of(stated.expected, stated.statement, stated.head, lambda: bylines.read(stated.tree))
    story = _story(stated, title, authors[0], min_words=min_words)
    text = clean_text("\n".join(story.lines), limit=_BODY)
    words = count_words(text)
    # Where the body is next to nothing, what stands in its place is somewhere else on the page.
    shown = text if words >= min_words else " ".join(stated.tree.text_content().split())
    shown = f"{title.text}\n{shown[:_SHOWN]}"
    refusal = gate.verdict(story.lines, words, min_words=min_words, statement=stated.statement, head=stated.head, shown=shown)
    if refusal:
        lost = refusal.reason is Reason.EMPTY_PAGE and page.depth(stated.tree) > page.MAX_DEPTH
        refusal = Refusal(Outcome.FAILED, Reason.EXTRACTION_FAILED, "nested too deeply to be read") if lost else refusal
        return _made(refusal, stated, story, text)
    if not authors[0] and (named := people(story.cleaned.bylines)):
        authors = named, "byline"
    return _made(_article(entry, stated, story, text=text, words=words, title=title, authors=authors), stated, story, text)


def count_words(text: str) -> int:
    """Return the number of words; of characters for scripts that write none."""
    dense = len(_DENSE.findall(text))
    return dense if 5 * dense > len(text) else len(_WORD.findall(text))


def _made(extracted: Extracted, stated: _Stated, story: _Story, text: str) -> Made:
    return Made(extracted, tuple(story.cleaned.cut), text, story.source if text else None, stated.rule.domain or None)


def _read(entry: FetchedEntry) -> _Stated:
    source = entry.page
    headers = dict(reversed(source.headers))
    markup = page.read(source.body, headers.get("content-type"))
    tree = page.parse(markup)
    head = meta.read(tree)
    try:
        rule = sites.rule_for(host_of(source.final_url))
    except ValueError:
        rule = sites.NONE
    signs = marks.read(tree, canonical.hosts_of(head, source.final_url))
    statement = json_ld.read(markup.json_ld)
    return _Stated(source, entry.expected, headers, tree, statement, head, signs, rule, site_of(source.final_url), entry.boilerplate)


def _story(stated: _Stated, title: titles.Title, authors: tuple[str, ...], *, min_words: int) -> _Story:
    described = metadata.descriptions_of(stated.expected, stated.statement, stated.head)
    article.strip(stated.tree)
    body, source = _body(stated)
    lines = [line for line in body.split("\n") if line.strip()]
    cleaned = residue.clean(lines, titles=title.spellings, authors=authors, marks=stated.signs, own=stated.rule.cut)
    rest, gone = learned.cut(cleaned.kept, stated.site, stated.boilerplate, lambda text: count_words(text) >= min_words)
    kept, filed = dateline.read(rest)
    found = standfirst.find(stated.tree, described, kept, stated.signs)
    theirs = frozenset(numbered(stated.site, found, stated.boilerplate).values())
    cleaned.cut += [*gone, *(residue.Cut("learned", line) for line in theirs if line not in {cut.line for cut in gone})]
    summary = tuple(line for line in found if line not in theirs)
    return _Story([*standfirst.missing(summary, kept), *kept] if kept else [], source, summary, filed, cleaned)


def _body(stated: _Stated) -> tuple[str, str | None]:
    """Return the body, and who found it: trafilatura, readability, the feed's full text or JSON-LD; None when nobody did."""
    options = article.Options(stated.rule.precision, stated.rule.prune_xpath)
    tree = joiners.hidden(stated.tree)
    written = article.paragraphs(tree)
    body, source = article.text_of(tree, options, written), "trafilatura"
    good = article.prose(body)
    if 2 * good < written and article.stories(tree) < 2:
        readable = rescue.readable(tree)
        if len(readable) > 2 * good or (2 * article.prose(readable) > 3 * good and rescue.contains(readable, body)):
            body, source = readable, "readability"
    body = joiners.shown(body)
    for name, other in (("feed", stated.expected.content), ("json-ld", stated.statement.body)):
        if fuller := rescue.fuller(body, other):
            body, source = fuller, name
    return body, source if body else None


def _published(stated: _Stated, cleaned: residue.Cleaned) -> dates.Published:
    now = stated.source.fetched_at
    told = dates.decide(stated.expected.published_at, stated.statement, stated.head, now=now, prefer=stated.rule.date_source)
    at, source = told.at, told.source
    if at is None:
        at, source = dates.search(stated.tree, stated.source.final_url, cleaned.dates, now=now)
    if source != "feed":
        at, source = dates.completed(at, source, stated.expected, now=now)
    modified_at = told.modified_at if at is None or told.modified_at is None or told.modified_at > at else None
    return dates.Published(at, source, modified_at, told.apart)


def _article(
    entry: FetchedEntry,
    stated: _Stated,
    story: _Story,
    *,
    text: str,
    words: int,
    title: titles.Title,
    authors: tuple[tuple[str, ...], str | None],
) -> Article:
    expected, statement, head, cleaned = stated.expected, stated.statement, stated.head, story.cleaned
    final = stated.source.final_url
    published = _published(stated, cleaned)
    told, told_by = language.identify(text, hint=statement.language or head.language or expected.language)
    url = canonical.address_of(head, entry.canonical_url, final)
    image, caption, credit = metadata.image_of(expected, statement, head, shown=stated.signs.first_caption)
    headline = title.text or _without_headline(story.lines)
    return Article(
        url=entry.url,
        canonical_url=url,
        url_key=url_key(url),
        publisher=metadata.publisher_of(expected, statement, head),
        title=headline,
        body=text,
        language=told,
        word_count=words,
        extractor_version=VERSION,
        standfirst=clean_line(" ".join(story.summary), limit=_SUMMARY) or None,
        authors=authors[0],
        editors=cleaned.credits.editors,
        contributors=cleaned.credits.contributors,
        dateline_place=story.filed.place,
        dateline_agency=story.filed.agency,
        section=metadata.section_of(statement, head),
        tags=metadata.tags_of(expected, statement, head),
        image_url=urljoin(final, image) if image else None,
        image_caption=caption,
        image_credit=credit,
        published_at=published.at,
        published_at_source=published.source,
        modified_at=published.modified_at,
        title_source=title.source if title.text else "text",
        authors_source=authors[1],
        language_source=told_by,
        license=rights.license_of(statement, head, stated.signs.licenses, stated.headers),
        tdm_reserved=rights.reserved_for_mining(head, stated.headers),
        robots_directives=rights.directives_of(head, stated.headers),
        paywalled=rights.paywalled(statement, head, [cut.line for cut in cleaned.cut]),
        source_agency=cleaned.credits.agency or story.filed.agency,
        related_urls=residue.resolve(cleaned.related, final),
        removed_lines=tuple(clean_line(cut.line, limit=_LINE) for cut in cleaned.cut if cut.line.strip()),
        flags=_flags(published, told, expected),
    )


def _without_headline(lines: list[str]) -> str:
    """Return the beginning of the text, for the rare article that nobody gave a headline."""
    return clean_line(lines[0], limit=_HEADLESS) if lines else ""


def _flags(published: dates.Published, told: str | None, expected: Expectation) -> tuple[str, ...]:
    found = (
        ("date_differs", published.apart),
        ("language_differs", not language.same(told, language.plain(expected.language))),
        ("undated", published.at is None),
    )
    return tuple(name for name, present in found if present)
