"""How often a host is asked: spacing, Retry-After, pauses. Pure arithmetic; times are aware datetimes, durations seconds."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

HOUR: Final = 3_600.0
DAY: Final = 24 * HOUR
# Nobody means to be asked never again; the caps of readers in use lie between 8 hours and a month.
RETRY_AFTER_CAP: Final = 7 * DAY
# "Retry-After: 0" and a date in the past still come with a 429 or 503: a minute is the least that is not a quick retry.
RETRY_AFTER_FLOOR: Final = 60.0
_SECONDS: Final = re.compile(r"[0-9]{1,400}(?:\.[0-9]{0,9})?")


def spacing(host_spacing: float, crawl_delay: float | None, limit: float) -> float:
    """Return the seconds between two requests to a host: the operator's, or the host's own when longer, cut to `limit`."""
    return max(host_spacing, min(crawl_delay or 0.0, limit))


def retry_after(values: Sequence[str], date: str | None, now: datetime) -> float | None:
    """Return the seconds a server asks to wait, from its Retry-After lines (RFC 9110 §10.2.3), or None when it does not say.

    A date counts from the response's own `Date`, so a server whose clock is wrong is understood all the same. Of several
    lines the longest wins; negative, unreadable and overflowing ones are as good as absent.
    """
    waits = [wait for value in values[:10] if (wait := _wait(value.strip(), date, now)) is not None]
    return min(max(*waits, RETRY_AFTER_FLOOR), RETRY_AFTER_CAP) if waits else None


def pause(asked: float | None, pause_count: int) -> float:
    """Return for how long a host that answered 429 or 503 is left alone: as asked, else an hour, doubling up to a day."""
    return asked if asked is not None else min(HOUR * 2.0 ** min(pause_count, 10), DAY)


def rest(pause_count: int) -> float:
    """Return for how long a host that cannot be reached is left alone: five minutes, doubling up to an hour."""
    return min(300.0 * 2.0 ** min(pause_count, 10), HOUR)


def attempt_after(attempts: int) -> float:
    """Return the seconds before a page is tried again after its `attempts`-th failure: 5 minutes, 30, three hours … up to a day."""
    return min(300.0 * 6.0 ** min(max(attempts, 1) - 1, 10), DAY)


def _wait(value: str, date: str | None, now: datetime) -> float | None:
    if _SECONDS.fullmatch(value):
        return float(value)
    then = _date(value)
    return None if then is None else (then - (_date(date) or now)).total_seconds()


def _date(value: str | None) -> datetime | None:
    if not value or len(value) > 100:
        return None
    try:
        parsed = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
