"""When to ask a feed again: its own rhythm, what its server and its document ask for, and patience with what fails.

The interval follows the feed: half the mean time between its entries, slower the longer it has been silent, never below the
floor. `Cache-Control`, `Expires`, `<ttl>`, `sy:updatePeriod`, `<skipHours>` and `<skipDays>` can only make us ask later, up to the
ceiling. Jitter only adds. Everything is computed from what is stored, so a restart changes nothing.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from domain.outcomes import Reason
from domain.records import FetchFailure, Response, ScheduleHints

HOUR: Final = 3_600.0
DAY: Final = 86_400.0
# Of the newest entries, enough to span a newsroom's night and few enough to follow a change of habit.
_RHYTHM_ENTRIES: Final = 20
# A feed that was silent for so many intervals is asked at that share of its silence.
_SILENCE_SHARE: Final = 1 / 8
_JITTER: Final = 0.10
# A failing feed is asked daily at least, and after a fortnight weekly: feeds do come back from 404.
_PATIENCE: Final = 14 * DAY
# What a server that says "too many requests" without saying for how long is left alone for at first (RFC 6585 leaves it open).
_RATE_LIMIT: Final = HOUR

TEMPORARY: Final = 0.25
SOFT: Final = 0.5
HARD: Final = 1.0
_SOFT: Final = frozenset({
    Reason.PROTOCOL, Reason.TLS, Reason.BAD_ENCODING, Reason.EMPTY_BODY, Reason.HTML_NOT_FEED, Reason.NOT_A_FEED, Reason.TOO_LARGE,
    Reason.UNEXPECTED_STATUS, Reason.TOO_MANY_REDIRECTS, Reason.BAD_REDIRECT, Reason.DNS_UNKNOWN, Reason.CONNECT_REFUSED,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pace:
    """The operator's bounds, in seconds: `default` is for feeds whose rhythm is unknown."""

    floor: float = 900.0
    default: float = 3_600.0
    ceiling: float = 7 * DAY


def rhythm(moments: Iterable[datetime]) -> float | None:
    """Return the mean time between the newest entries in seconds, or None when fewer than three have a date."""
    newest = sorted(moments, reverse=True)[:_RHYTHM_ENTRIES]
    if len(newest) < 3:
        return None
    return (newest[0] - newest[-1]).total_seconds() / (len(newest) - 1)


def interval(pace: Pace, mean_gap: float | None, silence: float | None) -> float:
    """Return the polling interval in seconds for a feed's mean gap between entries and the time since the last one."""
    wanted = pace.default if mean_gap is None else mean_gap / 2
    return min(max(wanted, (silence or 0.0) * _SILENCE_SHARE, pace.floor), pace.ceiling)


def freshness(response: Response) -> float | None:
    """Return for how many seconds the server calls its answer fresh (RFC 9111 §4.2), or None when it says nothing usable."""
    control = (response.header("cache-control") or "").lower()
    age = _seconds(response.header("age")) or 0.0
    if re.search(r"\bno-(?:cache|store)\b", control):
        return None
    stated = re.search(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,18})(?!\d)", control)
    if stated:
        return max(0.0, float(stated.group(1)) - age)
    expires, date = _http_date(response.header("expires")), _http_date(response.header("date")) or response.fetched_at
    return max(0.0, (expires - date).total_seconds() - age) if expires else None


def next_poll(pace: Pace, wait: float, hints: ScheduleHints, *, feed_id: int, now: datetime) -> datetime:
    """Return when to ask again: after `wait` seconds or what the document asks for, in an hour it does not exclude, jittered.

    Never sooner than the wait, and never later than the ceiling.
    """
    asked = max(wait, (hints.ttl_minutes or 0.0) * 60, hints.update_seconds or 0.0)
    shift = 1 + _JITTER * _share(feed_id, now)
    due = now + timedelta(seconds=min(asked * shift, pace.ceiling))
    allowed = _allowed(due, hints, now)
    if allowed > due:
        # Everyone else waits for the same full hour.
        allowed += timedelta(minutes=5 * _share(feed_id, now))
    return min(allowed, now + timedelta(seconds=pace.ceiling))


def weight(failure: FetchFailure) -> float:
    """Return how much a failure counts: temporary 0.25, soft 0.5, hard 1."""
    if failure.reason in _SOFT:
        return SOFT
    return TEMPORARY if failure.temporary else HARD


def patience(pace: Pace, usual: float, *, total_weight: float, failing_for: float) -> float:
    """Return how many seconds to wait after failures of that total weight: the usual interval, doubled for each whole one.

    At most a day, and a week once the feed has failed for a fortnight; never less than the usual interval.
    """
    if failing_for >= _PATIENCE:
        return pace.ceiling
    return min(max(usual, min(usual * 2 ** min(total_weight, 20.0), DAY)), pace.ceiling)


def after_failure(pace: Pace, usual: float, failure: FetchFailure, *, total_weight: float, failing_for: float) -> float:
    """Return how many seconds to wait after this failure, what the server asked for included."""
    if failure.reason is Reason.RATE_LIMITED:
        usual = max(usual, _RATE_LIMIT)
    wait = patience(pace, usual, total_weight=total_weight, failing_for=failing_for)
    return min(max(wait, failure.pause_seconds or 0.0), pace.ceiling)


def _allowed(due: datetime, hints: ScheduleHints, now: datetime) -> datetime:
    """Return the first moment from `due` on that is in no skipped hour and on no skipped day (GMT)."""
    if len(hints.skip_hours) >= 24 or len(hints.skip_days) >= 7:
        return max(due, now + timedelta(seconds=DAY))
    while due.hour in hints.skip_hours or due.weekday() in hints.skip_days:
        due = due.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return due


def _share(feed_id: int, now: datetime) -> float:
    """Return a number from 0 to 1 that differs from feed to feed and from poll to poll, and is always the same for both."""
    digest = hashlib.blake2b(f"{feed_id} {now.isoformat()}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") / 0xFFFFFFFF


def _seconds(value: str | None) -> float | None:
    text = (value or "").strip()
    return float(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else None


def _http_date(value: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value) if value else None
    except (ValueError, OverflowError):
        return None
    return moment if moment and moment.tzinfo else None
