"""When it was published: read strictly, in the order of who knows best, and never in the future (htmldate's only door).

Order by measurement: the feed, JSON-LD (right on 99.6 % of the news pages that have it), meta tags, marked `<time>` elements, and
only then a search through the page, which tells the day and never the time. Where all of them are silent, or tell the day alone, an
archive's word.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, timezone
from email.utils import parsedate_to_datetime

from htmldate import find_date
from lxml.html import HtmlElement

from domain.records import Expectation
from tasks.extract import calendar
from tasks.extract.json_ld import Statement
from tasks.extract.meta import Head

# Clocks of publishers run ahead, and embargoed pages carry the hour of their release.
_AHEAD = timedelta(hours=24)
_OLDEST = datetime(1990, 1, 1, tzinfo=UTC)
_APART = timedelta(hours=48)
_SAME_MINUTE = timedelta(minutes=1)

_PUBLISHED = (
    "article:published_time", "og:article:published_time", "og:published_time", "article:published", "datepublished", "pubdate",
    "publishdate", "publish-date", "publish_date", "published_time", "publication_date", "parsely-pub-date", "sailthru.date",
    "dc.date.issued", "dcterms.created", "dcterms.issued", "dc.date", "dc.date.created", "dcterms.date", "cxenseparse:recs:publishtime",
    "cxenseparse:publishtime", "article.published", "article_date_original", "originalpublicationdate", "vr:published_time",
    "rnews:datepublished", "iptc:created", "last-publish-date", "date",
)  # fmt: skip
_MODIFIED = (
    "article:modified_time", "og:updated_time", "og:modified_time", "datemodified", "last-modified", "lastmod", "revised",
    "dcterms.modified", "dc.date.modified", "article.updated",
)  # fmt: skip

_ISO = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})(?:(?:T|\s+)(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*(Z|UTC|GMT|[+-]\d{2}:?(?:\d{2})?)?)?",
    re.IGNORECASE,
)
_EPOCH = re.compile(r"\d{10}(?:\d{3})?")
_JAVASCRIPT = re.compile(r"\w{3} (\w{3}) (\d{1,2}) (\d{4}) (\d{2}:\d{2}:\d{2}) GMT([+-]\d{4})")
_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time as stated: `at` in UTC; `zoned` when the zone was stated too; `day_only` when no time of day was."""

    at: datetime
    zoned: bool
    day_only: bool


@dataclass(frozen=True, slots=True)
class Published:
    """What won: the time, its source, and when it was modified. `apart` when feed and page differ by more than 48 h."""

    at: datetime | None
    source: str | None
    modified_at: datetime | None
    apart: bool


def parse(text: str) -> Stamp | None:
    """Return the time a machine-readable string states, or None; a time without a zone is taken as UTC."""
    text = text.translate(_DIGITS).strip()[:80]
    if match := _ISO.match(text):
        return _from_iso(match)
    if _EPOCH.fullmatch(text):
        return Stamp(datetime.fromtimestamp(int(text[:10]), UTC), zoned=True, day_only=False)
    if match := _JAVASCRIPT.match(text):
        text = f"{match[2]} {match[1]} {match[3]} {match[4]} {match[5]}"
    if re.match(r"(?:\w{3}, )?\d{1,2} \w{3} \d{4} \d", text):
        try:
            at = parsedate_to_datetime(text)
        except (ValueError, IndexError):
            return None
        return Stamp(at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC), at.tzinfo is not None, day_only=False)
    spoken = calendar.find(text)
    return Stamp(spoken[0], zoned=False, day_only=not spoken[1]) if spoken else None


def decide(feed: datetime | None, statement: Statement, head: Head, *, now: datetime, prefer: str | None = None) -> Published:
    """Return when the article was published, and which of the statements said so; `at` is None when none did.

    `prefer` names the statement of the page that a site's rule trusts most.
    """
    told = {
        "json-ld": _stamps([statement.published], now),
        "meta": _stamps(head.all(*_PUBLISHED), now),
        "time": _stamps([time.value for time in head.times if time.published] or [time.value for time in head.times[:1]], now),
    }
    if prefer in told:
        told = {prefer: told[prefer], **told}
    everything = [stamp for stamps in told.values() for stamp in stamps]
    source, page = next(((name, _sharpened(stamps[0], everything)) for name, stamps in told.items() if stamps), (None, None))
    if feed is not None and not _OLDEST <= feed <= now + _AHEAD:
        feed = None
    modified = _stamps([statement.modified, *head.all(*_MODIFIED)], now)
    at = feed or (page.at if page else None)
    modified_at = next((stamp.at for stamp in modified if at is None or stamp.at > at), None)
    apart = bool(feed and page and abs(feed - page.at) > _APART)
    return Published(at, "feed" if feed else source, modified_at, apart)


def completed(at: datetime | None, source: str | None, expected: Expectation, *, now: datetime) -> tuple[datetime | None, str | None]:
    """Return what the page told, or when it was there at the latest and who says so: where it told nothing, or that day alone.

    A day alone is its midnight, by which a copy of the evening would come before the original of the morning. What the sitemap or
    feed said of the last change (`lastmod`) is nearer than the time at which an archive captured the page (`capture`).
    """
    said = {"lastmod": expected.updated_at, "capture": expected.captured_at}
    latest = ((late, name) for name, late in said.items() if late and _OLDEST <= late <= now + _AHEAD and _is_within(late, at))
    return next(latest, (at, source))


def search(tree: HtmlElement, url: str, lines: list[str], *, now: datetime) -> tuple[datetime | None, str | None]:
    """Return the time that the page's own words tell, and its source; the last resort.

    `lines` are the date lines above the text; then htmldate looks at the URL and at marked elements, for the day alone. Its
    extensive search is off: it loads the month names of 200 languages (1.7 s, once a process) and takes any date for the page's.
    """
    read = [found[0] for line in lines if (found := calendar.find(line)) and _OLDEST <= found[0] <= now + _AHEAD]
    if read:
        return min(read), "text"
    try:
        day = find_date(tree, url=url, original_date=True, extensive_search=False, max_date=now.strftime("%Y-%m-%d"))
    except Exception:  # noqa: BLE001  (htmldate on hostile markup; no date is a fine answer)
        return None, None
    return (datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC), "htmldate") if day else (None, None)


def _is_within(at: datetime, day: datetime | None) -> bool:
    """Return whether a time lies in a day (UTC); in any when there is none, and in none when `day` is a time itself."""
    return day is None or (day.time() == time.min and day <= at < day + timedelta(days=1))


def _stamps(texts: list[str], now: datetime) -> list[Stamp]:
    parsed = (parse(text) for text in texts)
    return [stamp for stamp in parsed if stamp and _OLDEST <= stamp.at <= now + _AHEAD]


def _sharpened(stamp: Stamp, others: list[Stamp]) -> Stamp:
    """Return a better statement of the same time: one with the time of day, or with the zone that this one lacks."""
    if stamp.day_only:
        return next((one for one in others if not one.day_only and abs(one.at - stamp.at) < timedelta(hours=38)), stamp)
    if not stamp.zoned:
        # The same clock time with a zone: 18:41 and 18:41+02:00 are one statement, made twice.
        return next((one for one in others if one.zoned and not one.day_only and _same_clock(stamp, one)), stamp)
    return stamp


def _same_clock(naive: Stamp, zoned: Stamp) -> bool:
    offset = naive.at - zoned.at
    quarters = round(offset / timedelta(minutes=15))
    return abs(offset) <= timedelta(hours=14) and abs(offset - quarters * timedelta(minutes=15)) < _SAME_MINUTE


def _from_iso(match: re.Match[str]) -> Stamp | None:
    year, month, day, hour, minute, second, zone = match.groups()
    try:
        at = datetime(int(year), int(month), int(day), int(hour or 0) % 24, int(minute or 0), min(int(second or 0), 59), tzinfo=_zone(zone))
        at = at.astimezone(UTC) + timedelta(days=1 if hour == "24" else 0)
    except (ValueError, OverflowError):
        return None
    return Stamp(at, zoned=zone is not None, day_only=hour is None)


def _zone(text: str | None) -> timezone:
    if not text or text.upper() in {"Z", "UTC", "GMT"}:
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    return timezone((1 if text[0] == "+" else -1) * timedelta(hours=int(digits[:2]), minutes=int(digits[2:])))
