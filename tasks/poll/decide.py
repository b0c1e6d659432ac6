"""Decides what an answer means for its feed: pure, from what was known and what came back to the feed's next state.

The rules that matter most: validators are kept byte for byte and only when the document was read; a permanent redirect is
believed after ten polls over a week, because hotel portals answer 301 too; a failure waits longer the more it says that
asking again is useless; and nothing that a feed once listed is forgotten because it answers nonsense today.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from domain.outcomes import Reason, words
from domain.records import DueFeed, FeedDocument, Fetched, FetchFailure, Poll, Response, Validators
from tasks.poll import addresses, document, entries, schedule
from tasks.poll.schedule import Pace

# A feed that lists nothing new for so many of its usual gaps, and for days, is worth a look.
_SILENT_GAPS: Final = 10
_SILENT_SECONDS: Final = 3 * schedule.DAY
# Longer validators are refused as nonsense: they would be sent back at every poll.
_VALIDATOR_LIMIT: Final = 4_096


@dataclass(frozen=True, slots=True)
class Rules:
    """The operator's choices that a decision depends on."""

    pace: Pace = field(default_factory=Pace)
    entry_limit: int = 2_000


def decide(feed: DueFeed, fetched: Fetched, now: datetime, rules: Rules) -> Poll:
    """Return the feed's next state and the entries to record."""
    if isinstance(fetched, FetchFailure):
        return _failed(feed, fetched, now, rules)
    if fetched.status == 304:
        return _unchanged(feed, fetched, now, rules)
    reading = document.Reading(
        fetched.final_url, now, content_type=fetched.header("content-type"), language=feed.language, entry_limit=rules.entry_limit
    )
    found = document.read(fetched.body, reading)
    if isinstance(found, FeedDocument):
        return _read(feed, fetched, found, now=now, rules=rules)
    if fetched.header("cf-mitigated") == "challenge":
        found = Reason.CHALLENGE
    if found is Reason.HTML_NOT_FEED and (addresses.is_site(feed) or addresses.could_be_site(feed)):
        return addresses.from_page(_carried_over(feed, fetched, now), fetched)
    return _failed(feed, _as_failure(fetched, found, now), now, rules)


def spared(poll: Poll) -> Poll:
    """Return a failed poll without blame for its feed: our own network was down, so it is asked again at its usual pace."""
    feed = poll.feed
    return replace(poll, failure_weight=feed.failure_weight, failing_since=feed.failing_since, url=None, fallbacks=feed.fallbacks)


def _read(feed: DueFeed, response: Response, found: FeedDocument, *, now: datetime, rules: Rules) -> Poll:
    newest = [moment for one in found.entries if (moment := entries.credible(one.published_at or one.updated_at)) and moment <= now]
    mean_gap = schedule.rhythm(newest)
    last = max(newest, default=feed.last_entry_at)
    usual = schedule.interval(rules.pace, mean_gap, _since(last, now))
    fresh = schedule.freshness(response) or 0.0
    empty = not found.entries and feed.had_entries
    reason, detail = (Reason.EMPTY_FEED, words(Reason.EMPTY_FEED)) if empty else _silence(mean_gap, _since(last, now))
    if fresh > rules.pace.ceiling and not detail:
        detail = f"the server calls its answer fresh for {_span(fresh)}; it is asked again after {_span(rules.pace.ceiling)}"
    poll = replace(
        _carried_over(feed, response, now), outcome="read", reason=reason, detail=detail, validators=_validators(response),
        failure_weight=0.0, failing_since=None, interval_seconds=round(usual), rhythm_seconds=mean_gap, last_entry_at=last,
        next_poll_at=schedule.next_poll(rules.pace, max(usual, fresh), found.hints, feed_id=feed.id, now=now), hints=found.hints,
        title=found.title or None, site_url=found.site_url, language=found.language, hub_url=found.hub_url,
        entries=entries.to_record(found.entries), dropped_count=found.dropped_count, discover=False,
    )  # fmt: skip
    return addresses.learn_redirect(poll, response.redirects)


def _unchanged(feed: DueFeed, response: Response, now: datetime, rules: Rules) -> Poll:
    if feed.validators is None:
        # Nothing was asked conditionally, so nothing can be "not modified" (RFC 9110 §15.4.5).
        detail = "304 to a request without conditions"
        return _failed(feed, _as_failure(response, Reason.PROTOCOL, now, detail=detail), now, rules)
    silence = _since(feed.last_entry_at, now)
    usual = max(float(feed.interval_seconds), schedule.interval(rules.pace, feed.rhythm_seconds, silence))
    usual = min(max(usual, rules.pace.floor), rules.pace.ceiling)
    wait = max(usual, schedule.freshness(response) or 0.0)
    reason, detail = _silence(feed.rhythm_seconds, silence)
    poll = replace(
        _carried_over(feed, response, now), outcome="unchanged", reason=reason, detail=detail,
        validators=_refreshed(feed.validators, response), failure_weight=0.0, failing_since=None, interval_seconds=round(usual),
        next_poll_at=schedule.next_poll(rules.pace, wait, feed.hints, feed_id=feed.id, now=now), discover=False,
    )  # fmt: skip
    return addresses.learn_redirect(poll, response.redirects)


def _failed(feed: DueFeed, failure: FetchFailure, now: datetime, rules: Rules) -> Poll:
    since = feed.failing_since or now
    total = feed.failure_weight + schedule.weight(failure)
    wait = schedule.after_failure(
        rules.pace, max(float(feed.interval_seconds), rules.pace.floor), failure, total_weight=total,
        failing_for=(now - since).total_seconds(),
    )  # fmt: skip
    poll = replace(
        _carried_over(feed, failure, now), outcome="failed", reason=failure.reason, detail=failure.detail or words(failure.reason),
        failure_weight=total, failing_since=since,
        next_poll_at=schedule.next_poll(rules.pace, wait, feed.hints, feed_id=feed.id, now=now),
    )  # fmt: skip
    return addresses.after_failure(poll, failure)


def _carried_over(feed: DueFeed, fetched: Fetched, now: datetime) -> Poll:
    """Return a poll that changes nothing: what every decision starts from."""
    answered: dict[str, Any] = {"seconds": 0.0, "wire_bytes": 0}
    if isinstance(fetched, Response):
        answered = {"seconds": fetched.seconds, "wire_bytes": fetched.wire_bytes, "private": fetched.private}
    return Poll(
        feed=feed, at=now, status=fetched.status, outcome="failed", reason=None, detail="", **answered, validators=feed.validators,
        next_poll_at=now, interval_seconds=feed.interval_seconds, failure_weight=feed.failure_weight,
        failing_since=feed.failing_since, redirect_target=feed.redirect_target, redirect_count=feed.redirect_count,
        redirect_since=feed.redirect_since, rhythm_seconds=feed.rhythm_seconds, last_entry_at=feed.last_entry_at, hints=feed.hints,
        discover=feed.discover, fallbacks=feed.fallbacks,
    )  # fmt: skip


def _as_failure(response: Response, reason: Reason, now: datetime, *, detail: str = "") -> FetchFailure:
    kind = (response.header("content-type") or "no content type")[:100]
    return FetchFailure(
        url=response.url, reason=reason, detail=detail or f"{words(reason)} ({kind}, {len(response.body):,} bytes)", at=now,
        temporary=False, status=response.status, headers=response.headers, redirects=response.redirects,
    )  # fmt: skip


def _validators(response: Response) -> Validators | None:
    etag, modified = (_usable(response.header(name)) for name in ("etag", "last-modified"))
    return Validators(response.final_url, etag, modified) if etag or modified else None


def _refreshed(old: Validators, response: Response) -> Validators:
    """Return the validators after a 304, which may bring newer ones (RFC 9111 §4.3.4)."""
    etag, modified = (_usable(response.header(name)) for name in ("etag", "last-modified"))
    return Validators(old.url, etag or old.etag, modified or old.last_modified)


def _usable(value: str | None) -> str | None:
    return value if value and len(value) <= _VALIDATOR_LIMIT else None


def _since(moment: datetime | None, now: datetime) -> float | None:
    return max(0.0, (now - moment).total_seconds()) if moment else None


def _silence(mean_gap: float | None, silence: float | None) -> tuple[Reason | None, str]:
    if mean_gap is None or silence is None or silence < max(_SILENT_SECONDS, _SILENT_GAPS * mean_gap):
        return None, ""
    return Reason.SILENT, f"silent for {_span(silence)}, normally an entry every {_span(mean_gap)}"


def _span(seconds: float) -> str:
    span = timedelta(seconds=round(seconds))
    if span >= timedelta(days=2):
        return f"{span.days} days"
    hours = round(seconds / schedule.HOUR)
    return f"{hours} hours" if hours >= 2 else f"{max(1, round(seconds / 60))} min"
