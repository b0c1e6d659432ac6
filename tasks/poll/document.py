"""Reads a feed document: feedparser's only door.

feedparser is given a `BytesIO` (given text or bytes it would open what looks like a path and fetch what looks like a URL), UTF-8 that
was decoded by our own rule, and neither sanitises nor resolves: both cost more than all the rest. What it calls `bozo` is
no error; one real feed in eight is. Dates, titles and links are read by ourselves, see `dates` and `markup`.
"""

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import feedparser
import feedparser.api
from feedparser.mixin import _FeedParserMixin

from domain.outcomes import Reason
from domain.records import FeedDocument, ListedEntry, ScheduleHints
from tasks.poll import encoding, fields, json_feed
from tasks.poll.dates import DateReader
from tasks.poll.expat import LongTexts, long_texts

# feedparser's own setting for the SAX driver: it imports the module of that name and calls its `create_parser`.
feedparser.api.PREFERRED_XML_PARSERS[:] = ["tasks.poll.expat"]

# Far more "<" than ">": millions of unclosed tags, for which feedparser's forgiving parser takes seconds a megabyte; and the most
# tags that it is given at all, some 20 microseconds each.
_UNCLOSED_LIMIT: Final = 10_000
_TAG_LIMIT: Final = 600_000
_LONG_TAG: Final = re.compile(r"<[A-Za-z][^<>]{65536}")
_CATEGORY_LIMIT: Final = 100
_AUTHOR_LIMIT: Final = 1_000
# Of a longer list, the first and the last so many of the wanted entries are parsed: whichever end is the newest.
_SPARE_ENTRIES: Final = 2.5
_ENTRY_END: Final = re.compile(r"</(?:item|entry)\s*>", re.IGNORECASE)
_CDATA: Final = re.compile(r"<!\[CDATA\[.*?\]\]>", re.DOTALL)

_HTML: Final = re.compile(r"\s*(?:<!--.*?-->\s*|<\?xml[^>]*\?>\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
# What pages that check the browser say about themselves; looked for in the first 20 KB of HTML only.
_CHALLENGE: Final = re.compile(
    r"challenge-platform|cf-browser-verification|cf_chl_|<title>Just a moment|Attention Required! \| Cloudflare|_Incapsula_Resource|"
    r"DDoS-Guard|px-captcha|geo\.captcha-delivery\.com|awsWafCookieDomainList|Checking your browser",
    re.IGNORECASE,
)
_SKIPPED: Final = {name: re.compile(rf"<skip{name}s>(.*?)</skip{name}s>", re.IGNORECASE | re.DOTALL) for name in ("hour", "day")}
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_PERIODS: Final = {"hourly": 3_600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000, "yearly": 31_536_000}


# feedparser compares each category with all before it, and searches an author's text for a mail address in quadratic time. There
# is no other way to bound either.
_add_tag, _sync_author = _FeedParserMixin._add_tag, _FeedParserMixin._sync_author_detail  # noqa: SLF001


def _add_few_tags(self: Any, term: str | None, scheme: str | None, label: str | None) -> None:
    if len(self._get_context().get("tags", ())) < _CATEGORY_LIMIT:
        _add_tag(self, term, scheme, label)


def _sync_short_author(self: Any, key: str = "author") -> None:
    if len(self._get_context().get(key) or "") <= _AUTHOR_LIMIT:
        _sync_author(self, key)


_FeedParserMixin._add_tag = _add_few_tags  # noqa: SLF001
_FeedParserMixin._sync_author_detail = _sync_short_author  # noqa: SLF001


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known of a document before it is read. `url` is the address that answered; links are resolved against it."""

    url: str
    now: datetime
    content_type: str | None = None
    language: str | None = None
    entry_limit: int = 2_000


def read(body: bytes, reading: Reading) -> FeedDocument | Reason:
    """Return the feed, or why the body is none: empty, HTML, a browser challenge, or nothing known."""
    if not body.strip():
        return Reason.EMPTY_BODY
    decoded = encoding.decode(body, reading.content_type)
    text, mended = encoding.mend(decoded.text)
    if text.lstrip("\ufeff \t\r\n").startswith("{"):
        found = json_feed.read(text, DateReader(reading.now, reading.language), reading.url)
        return _document(*found, reading) if found else Reason.NOT_A_FEED
    if _HTML.match(text[:20_000]):
        return Reason.CHALLENGE if _CHALLENGE.search(text[:20_000]) else Reason.HTML_NOT_FEED
    text, cut = _shortened(text, round(_SPARE_ENTRIES * reading.entry_limit))
    with long_texts() as texts:
        parsed = _parse(text)
    if parsed is None or not (parsed.version or parsed.entries):
        return Reason.NOT_A_FEED
    feed = _feed(parsed, text, reading.url) | {"repaired": decoded.replaced or mended}
    dates = DateReader(reading.now, feed.get("language") or reading.language)
    whole = _document(feed, _entries(parsed.entries, dates, (texts, reading.url)), reading)
    return replace(whole, dropped_count=whole.dropped_count + cut)


def _shortened(text: str, kept: int) -> tuple[str, int]:
    """Return the document without the middle of a list of more than twice `kept` entries, and how many those were."""
    if text.count("</") <= 2 * kept:
        return text, 0
    ends = [match.end() for match in _ENTRY_END.finditer(text)]
    cut = len(ends) - 2 * kept
    return (text[: ends[kept - 1]] + text[ends[-kept - 1] :], cut) if cut > 0 else (text, 0)


def _parse(text: str) -> Any:
    if _is_costly(_CDATA.sub("", text)):
        return None
    headers = {"content-type": "application/xml; charset=utf-8"}
    try:
        return feedparser.parse(
            io.BytesIO(encoding.as_utf8(text)), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except Exception:  # noqa: BLE001 - feedparser raises whatever its handlers stumble over, on input from anywhere
        return None


def _is_costly(markup: str) -> bool:
    """Return whether feedparser's forgiving parser would take more time or memory for it than any feed is worth."""
    opened = markup.count("<")
    return opened > _TAG_LIMIT or opened > 2 * markup.count(">") + _UNCLOSED_LIMIT or bool(_LONG_TAG.search(markup))


def _document(feed: Mapping[str, Any], entries: Iterable[ListedEntry], reading: Reading) -> FeedDocument:
    newest, limit = _newest_first(list(entries)), reading.entry_limit
    return FeedDocument(**feed, entries=tuple(newest[:limit]), dropped_count=max(0, len(newest) - limit))


def _newest_first(entries: list[ListedEntry]) -> list[ListedEntry]:
    """Return the entries sorted by date; one without a date stays behind the one it was listed after."""
    moments: list[datetime | None] = []
    for entry in entries:
        moments.append(entry.published_at or entry.updated_at or (moments[-1] if moments else None))
    dated = [moment for moment in moments if moment]
    if not dated:
        return entries
    order = sorted(range(len(entries)), key=lambda position: moments[position] or max(dated), reverse=True)
    return [entries[position] for position in order]


def _feed(parsed: Any, text: str, url: str) -> dict[str, Any]:
    feed: Mapping[str, Any] = parsed.feed
    start = re.search(r"<(?:item|entry)[\s>]", text)
    head = text[: start.start() if start else 20_000][:200_000]
    links = {one.get("rel"): one.get("href") for one in reversed(feed.get("links", ())) if isinstance(one, dict)}
    return {
        "title": fields.title(feed.get("title")),
        "format": parsed.version or "unknown",
        "site_url": fields.link(url, feed.get("link")),
        "language": fields.language(feed.get("language")),
        "hints": _hints(feed, head),
        "hub_url": fields.link(url, links.get("hub")),
        "previous_url": fields.link(url, links.get("prev-archive") or links.get("next")),
    }


def _hints(feed: Mapping[str, Any], head: str) -> ScheduleHints:
    hours = {int(one) % 24 for one in _skipped("hour", head) if one.isdecimal() and int(one) <= 24}
    days = {_DAYS.index(one.lower()) for one in _skipped("day", head) if one.lower() in _DAYS}
    period = _PERIODS.get(str(feed.get("sy_updateperiod") or "").strip().lower())
    frequency = _positive(feed.get("sy_updatefrequency") or "1")
    return ScheduleHints(
        ttl_minutes=_positive(feed.get("ttl")),
        skip_hours=frozenset(hours),
        skip_days=frozenset(days),
        update_seconds=period / frequency if period and frequency else None,
    )


def _skipped(name: str, head: str) -> list[str]:
    block = _SKIPPED[name].search(head)
    return re.findall(rf"<{name}>\s*(\w{{1,9}})\s*</{name}>", block.group(1), re.IGNORECASE) if block else []


def _positive(value: object) -> float | None:
    try:
        number = float(str(value)[:20])
    except ValueError:
        return None
    return number if 0 < number < float("inf") else None


def _entries(parsed: Iterable[Any], dates: DateReader, source: tuple[LongTexts, str]) -> Iterator[ListedEntry]:
    texts, url = source
    for one in parsed:
        best = max(one.get("content") or [{}], key=lambda content: len(texts.restore(content.get("value") or "")))
        content, summary = texts.restore(best.get("value") or ""), texts.restore(one.get("summary") or "")
        yield ListedEntry(
            guid=fields.guid(one.get("id")),
            link=_link(one, url),
            title=fields.title(one.get("title")),
            authors=fields.authors(_people(one)),
            # feedparser calls a content that has no summary beside it the summary, too
            summary=fields.summary(summary if summary != content else ""),
            content=fields.content(content),
            # dict's own get: feedparser's makes an updated of a published, with a warning
            published_at=dates.read(dict.get(one, "published") or dict.get(one, "created")),
            updated_at=dates.read(dict.get(one, "updated")),
            language=fields.language(best.get("language")),
            tags=fields.names(tag.get("label") or tag.get("term") for tag in one.get("tags", ())),
            image_url=_image(one, url),
        )


def _people(one: Any) -> list[Any]:
    people = [author.get("name") for author in one.get("authors", ())]
    # feedparser takes "mail (name)" apart itself, but knows top-level domains of up to four letters only.
    return people if any(people) and (len(people) > 1 or "@" not in str(one.get("author"))) else [one.get("author")]


def _link(one: Any, url: str) -> str | None:
    # FeedBurner's redirector is going away; it leaves the real address beside.
    link = one.get("feedburner_origlink") or one.get("link") or ""
    if one.get("guidislink") and link == one.get("id") and not fields.has_scheme(link):
        return None  # a guid whose feed only forgot to say that it is no link
    return fields.link(url, link)


def _image(one: Any, url: str) -> str | None:
    shown = [media for media in one.get("media_content", ()) if _is_image(media)] + list(one.get("media_thumbnail", ()))
    enclosed = [link for link in one.get("links", ()) if link.get("rel") == "enclosure" and _is_image(link)]
    addresses = (fields.link(url, media.get("url") or media.get("href")) for media in shown + enclosed)
    return next((address for address in addresses if address), None)


def _is_image(media: Mapping[str, Any]) -> bool:
    return media.get("medium") == "image" or str(media.get("type") or "").startswith("image/")
