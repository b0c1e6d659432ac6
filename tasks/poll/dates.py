"""Reads the dates that feeds really send, or says None; never guesses a day.

feedparser's own parsing is not used: it makes 2026-11-01 of `2026/3/2`, the year 1772 of a Unix time, and forgets zones it does
not know. The chain is RFC 822 (strictly shaped), ISO 8601, Unix time, then dateparser with the feed's language, whose calls are
counted because a hostile feed could ask for thousands of them (0.5 to 140 ms each).
"""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from email.utils import parsedate_tz
from typing import Any, Final

import dateparser  # type: ignore[import-untyped]

# Later than this after now, a date is a mistake or a trick to stay on top.
FUTURE: Final = timedelta(hours=24)
_LONGEST: Final = 100
_SLOW_PARSES: Final = 50

_RFC822: Final = re.compile(r"(?:[A-Za-z]{2,9}\.?,?\s+)?\d{1,2}[\s-]+[A-Za-z]{3,9}\.?[\s-]+(\d{2,4})[\s,]+\d{1,2}:\d{2}(?::\d{2})?\s*(.*)")
_OFFSET: Final = re.compile(r"[+-]\d{4}\b")
_ISO: Final = re.compile(r"\d{4}-?\d{2}-?\d{2}(?!\d)")
_UNIX: Final = re.compile(r"\d{10}(?:\d{3})?")
# Hours east of Greenwich, in the sense newsrooms use the names; email.utils reads those it does not know as Greenwich.
_ZONES: Final = {
    "Z": 0, "UT": 0, "UTC": 0, "GMT": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
    "WET": 0, "WEST": 1, "BST": 1, "IST": 5.5, "CET": 1, "CEST": 2, "MEZ": 1, "MESZ": 2, "EET": 2, "EEST": 3, "SAST": 2, "MSK": 3,
    "TRT": 3, "AST": 3, "IRST": 3.5, "GST": 4, "PKT": 5, "WIB": 7, "HKT": 8, "SGT": 8, "JST": 9, "KST": 9, "AEST": 10, "AEDT": 11,
    "NZST": 12, "NZDT": 13, "AKST": -9, "AKDT": -8, "HST": -10, "": 0,
}  # fmt: skip


class DateReader:
    """Reads the dates of one document: knows its language and the time, and counts slow parses."""

    def __init__(self, now: datetime, language: str | None = None) -> None:
        self._now = now
        self._language = (language or "").split("-")[0].split("_")[0].lower()
        self._slow_parses = 0

    def read(self, text: str | None) -> datetime | None:
        """Return the moment in UTC, or None when the text is no full date or lies more than a day ahead.

        A time without a zone is taken as UTC, a date without a time as its midnight.
        """
        text = " ".join((text or "")[: _LONGEST + 1].split())
        if not text or len(text) > _LONGEST:
            return None
        try:
            moment = _rfc822(text) or _iso(text) or _unix(text) or self._any_language(text)
            moment = moment and (moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC))
        except (ValueError, OverflowError):
            return None
        return moment if moment and moment <= self._now + FUTURE else None

    def _any_language(self, text: str) -> datetime | None:
        self._slow_parses += 1
        if self._slow_parses > _SLOW_PARSES or not any(letter.isdigit() for letter in text):
            return None
        # Relative phrases ("2 hours ago") would change at every poll, and parts of a date would be filled in from today.
        settings: Any = {
            "TIMEZONE": "UTC",
            "RETURN_AS_TIMEZONE_AWARE": True,
            "PARSERS": ["absolute-time"],
            "REQUIRE_PARTS": ["day", "month", "year"],
            "RELATIVE_BASE": self._now.replace(tzinfo=None),
        }
        for languages in ([self._language, "en"], ["en"]):
            try:
                found: datetime | None = dateparser.parse(text, languages=[one for one in languages if one], settings=settings)
            except ValueError:  # a language that dateparser does not know
                continue
            return found
        return None


def _rfc822(text: str) -> datetime | None:
    shaped = _RFC822.fullmatch(text)
    parts = shaped and parsedate_tz(text)
    if not shaped or not parts:
        return None
    zone = shaped.group(2).strip(" ()").upper()
    if zone in _ZONES:
        offset = timedelta(hours=_ZONES[zone])
    elif _OFFSET.match(zone):
        offset = timedelta(seconds=parts[9] or 0)
    else:
        return None
    _, month, day, hour, minute, second = parts[:6]
    # email.utils makes 2001 of 0001, which is how some programs write "never".
    year = int(shaped.group(1)) if len(shaped.group(1)) == 4 else parts[0]
    # A leap second is its minute's last second; hour 24 is midnight at the end of the day.
    midnight = hour == 24 and minute == second == 0
    moment = datetime(year, month, day, 0 if midnight else hour, minute, min(second, 59), tzinfo=timezone(offset))
    return moment + timedelta(days=1) if midnight else moment


def _iso(text: str) -> datetime | None:
    day = _ISO.match(text)
    if not day:
        return None
    date.fromisoformat(day.group())  # a month 13 is a mistake, not a day
    text = re.sub(r"\s*(?:Z|UTC|GMT)$", "+00:00", text, flags=re.IGNORECASE)
    text = re.sub(r"\s+(?=[+-]\d{2}:?\d{2}$)", "", text)
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _unix(text: str) -> datetime | None:
    if not _UNIX.fullmatch(text):
        return None
    return datetime.fromtimestamp(int(text[:10]), UTC)
