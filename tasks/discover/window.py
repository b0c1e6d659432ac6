"""Which stretch of time is asked for, and whether a document lies in it.

Archives say little about time: a news sitemap states the publication, an address often carries the day, a plain sitemap only the
last modification. They are believed in that order. What says nothing lies nowhere, and is taken: the page itself will tell.
"""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal

from domain.errors import ConfigurationError
from domain.history import Window

Place = Literal["inside", "outside", "undated"]

# Articles are corrected for some days; a later modification says that the article is later, or the whole site was rebuilt.
_CORRECTED: Final = timedelta(days=3)
# A day in an address is the newsroom's own: time zones reach from -12 to +14 hours.
_ZONES: Final = timedelta(hours=14)
# Nothing on the web is older, and more than this in one request is a slip of the keyboard.
_LONGEST: Final = timedelta(days=366 * 40)
_OLDEST: Final = datetime(1990, 1, 1, tzinfo=UTC)

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH: Final = rf"(?P<month>0?[1-9]|1[0-2]|{'|'.join(_MONTHS)})"
_YEAR: Final = r"(?P<year>19[9]\d|20\d\d)"
_DAYS: Final = (
    re.compile(rf"/{_YEAR}/{_MONTH}/(?P<day>0?[1-9]|[12]\d|3[01])(?=[/-])", re.IGNORECASE),
    re.compile(rf"(?<!\d){_YEAR}[-_](?P<month>0[1-9]|1[0-2])[-_](?P<day>0[1-9]|[12]\d|3[01])(?!\d)"),
    re.compile(rf"(?<=[/_-]){_YEAR}(?P<month>0[1-9]|1[0-2])(?P<day>0[1-9]|[12]\d|3[01])(?=[/_.-])"),
)
_MONTH_ONLY: Final = (
    re.compile(rf"/{_YEAR}/{_MONTH}(?=[/.-]|$)", re.IGNORECASE),
    re.compile(rf"(?<!\d){_YEAR}[-_](?P<month>0[1-9]|1[0-2])(?![\d-])"),
    re.compile(rf"(?i:[?&](?:yyyy|year)={_YEAR})&(?:amp;)?(?i:(?:mm|month)=(?P<month>0?[1-9]|1[0-2]))(?!\d)(?!.*[?&](?i:dd|day)=)"),
)
_TIME: Final = re.compile(
    r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?)?)?)?\s*", re.IGNORECASE
)


def of_request(since: datetime | date | None, until: datetime | date | None, *, now: datetime) -> Window:
    """Return the window that an engineer means: a bare day is a UTC day, and `until` then includes it.

    Raises `ConfigurationError` for a range that is reversed, empty, naive, in the future, or implausibly long.
    """
    window = Window(_moment(since, "--since", ends=False), _moment(until, "--until", ends=True))
    if window.since is None and window.until is None:
        return window
    since_at, until_at = window.since or _OLDEST, window.until or now
    if since_at >= now:
        raise ConfigurationError(f"--since {_day(since_at)} lies in the future; history ends at {_day(now)}.")
    if window.until is not None and window.until > now + timedelta(days=1):
        raise ConfigurationError(f"--until {_day(window.until)} lies in the future; leave it out to reach up to now.")
    if since_at >= until_at:
        raise ConfigurationError(f"--since {_day(since_at)} is not before --until {_day(until_at)}; the range is reversed or empty.")
    if until_at - since_at > _LONGEST:
        raise ConfigurationError(f"The range is longer than {_LONGEST.days // 366} years; nothing on the web reaches that far.")
    return window


def place(window: Window, url: str, *, published: datetime | None = None, modified: datetime | None = None) -> Place:
    """Return whether a document lies in the window, by its publication, else the date in its address, else its modification."""
    if window.since is None and window.until is None:
        return "inside"
    if published is not None:
        return _in(window, published, published)
    if (period := period_of(url)) is not None:
        return _in(window, period[0] - _ZONES, period[1] + _ZONES)
    if modified is not None:
        return _in(window, modified - _CORRECTED, modified)
    return "undated"


def may_hold(window: Window, url: str, modified: datetime | None) -> bool:
    """Return whether a sitemap may list documents of the window: not when all of it is older, or its name says another month."""
    if window.since is not None and modified is not None and modified < window.since:
        return False
    period = period_of(url)
    return period is None or _in(window, period[0] - _ZONES, period[1] + _ZONES) == "inside"


def period_of(url: str) -> tuple[datetime, datetime] | None:
    """Return the day or month that an address carries, as first and last instant in UTC, or None."""
    for pattern in _DAYS:
        if (match := pattern.search(url)) and (first := _date(match["year"], match["month"], match["day"])):
            return first, first + timedelta(days=1, microseconds=-1)
    for pattern in _MONTH_ONLY:
        if (match := pattern.search(url)) and (first := _date(match["year"], match["month"], "1")):
            return first, (first + timedelta(days=32)).replace(day=1) - timedelta(microseconds=1)
    return None


def parse(text: str) -> datetime | None:
    """Return a W3C date (year, month, day or full time) in UTC, or None; a time without a zone is taken as UTC."""
    match = _TIME.match(text.strip()[:60])
    if match is None:
        return None
    year, month, day, hour, minute, second, zone = match.groups()
    stamp = f"{year}-{int(month or 1):02}-{int(day or 1):02}T{int(hour or 0):02}:{minute or '00'}:{second or '00'}"
    try:
        at = datetime.fromisoformat(stamp + (zone or "Z").upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return at


def months(window: Window, *, now: datetime) -> tuple[Window, ...]:
    """Return the window cut at the turn of each month, oldest first; a window without a beginning stays whole."""
    if window.since is None:
        return (window,)
    until = window.until or now
    cuts, at = [], window.since
    while at < until:
        following = min((at.replace(day=1, hour=0, minute=0, second=0, microsecond=0) + timedelta(days=32)).replace(day=1), until)
        cuts.append(Window(at, following))
        at = following
    return tuple(cuts)


def _in(window: Window, first: datetime, last: datetime) -> Place:
    before = window.since is not None and last < window.since
    after = window.until is not None and first >= window.until
    return "outside" if before or after else "inside"


def _moment(value: datetime | date | None, name: str, *, ends: bool) -> datetime | None:
    if value is None:
        return None
    if not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day, tzinfo=UTC) + timedelta(days=1 if ends else 0)
    if value.tzinfo is None:
        raise ConfigurationError(f"{name} {value} has no time zone; write {value:%Y-%m-%dT%H:%M}Z, or a bare day.")
    return value.astimezone(UTC)


def _date(year: str, month: str, day: str) -> datetime | None:
    number = int(month) if month.isdigit() else _MONTHS.index(month.lower()) + 1
    try:
        return datetime(int(year), number, int(day), tzinfo=UTC)
    except ValueError:
        return None


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}Z"
