"""When a feed is asked again: laws on a fake clock, and the cases of the catalogue."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.outcomes import Reason
from domain.records import FetchFailure, Response, ScheduleHints
from tasks.poll import schedule
from tasks.poll.schedule import DAY, HOUR, Pace

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)  # a Sunday
PACE = Pace()
NO_HINTS = ScheduleHints()


def response(**headers: str) -> Response:
    sent = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Response("https://news.example/", "https://news.example/", 200, sent, b"", NOW, 0.1, 0)


def failure(reason: Reason, **more: Any) -> FetchFailure:
    return FetchFailure("https://news.example/", reason, "", NOW, **({"temporary": False} | more))


def wait(seconds: float, hints: ScheduleHints = NO_HINTS, *, feed_id: int = 7, now: datetime = NOW) -> float:
    return (schedule.next_poll(PACE, seconds, hints, feed_id=feed_id, now=now) - now).total_seconds()


# ---------------------------------------------------------------- rhythm


def test_the_rhythm_is_the_mean_gap_of_the_newest_twenty() -> None:
    recent = [NOW - timedelta(hours=number) for number in range(20)]
    ancient = [NOW - timedelta(days=1_000 + number) for number in range(50)]
    assert schedule.rhythm(ancient + recent) == HOUR


@pytest.mark.parametrize("moments", [[], [NOW], [NOW, NOW - timedelta(hours=1)]])
def test_two_entries_are_no_rhythm(moments: list[datetime]) -> None:
    assert schedule.rhythm(moments) is None


@pytest.mark.parametrize(
    ("mean_gap", "silence", "expected"),
    [
        (None, None, HOUR),
        (2 * HOUR, 0.0, HOUR),
        (60.0, 0.0, 900.0),
        (0.0, 0.0, 900.0),
        (100 * DAY, 0.0, 7 * DAY),
        (2 * HOUR, 24 * HOUR, 3 * HOUR),
        (2 * HOUR, 400 * DAY, 7 * DAY),
        (None, 16 * HOUR, 2 * HOUR),
    ],
)
def test_the_interval_follows_rhythm_and_silence(mean_gap: float | None, silence: float | None, expected: float) -> None:
    assert schedule.interval(PACE, mean_gap, silence) == expected


@given(st.one_of(st.none(), st.floats(0, 1e12)), st.one_of(st.none(), st.floats(0, 1e12)))
def test_the_interval_never_leaves_floor_and_ceiling(mean_gap: float | None, silence: float | None) -> None:
    assert PACE.floor <= schedule.interval(PACE, mean_gap, silence) <= PACE.ceiling


# ---------------------------------------------------------------- what the server says


@pytest.mark.parametrize(
    ("headers", "fresh"),
    [
        ({"cache_control": "max-age=43200"}, 43_200.0),
        ({"cache_control": "public, MAX-AGE=600", "age": "100"}, 500.0),
        ({"cache_control": 'max-age="600"'}, 600.0),
        ({"cache_control": "max-age=600", "age": "abc"}, 600.0),
        ({"cache_control": "max-age=10", "age": "100"}, 0.0),
        ({"cache_control": "max-age=600", "expires": "0"}, 600.0),
        ({"expires": "Sun, 22 Nov 2026 14:00:00 GMT", "date": "Sun, 22 Nov 2026 13:00:00 GMT"}, 3_600.0),
        ({"expires": "Sun, 22 Nov 2026 14:00:00 GMT"}, 7_200.0),
    ],
)
def test_P21_freshness_is_read_as_the_standard_says(headers: dict[str, str], fresh: float) -> None:
    assert schedule.freshness(response(**headers)) == fresh


@pytest.mark.parametrize(
    "headers",
    [
        {}, {"cache_control": "no-cache"}, {"cache_control": "no-store, max-age=600"}, {"expires": "0"}, {"expires": "-1"},
        {"expires": "yesterday"}, {"cache_control": "max-age=abc"}, {"cache_control": "max-age=-600"}, {"cache_control": "s-maxage=600"},
        {"cache_control": "x-max-age=600"}, {"cache_control": "max-age=" + "9" * 400},
    ],
)  # fmt: skip
def test_P22_nothing_usable_is_none(headers: dict[str, str]) -> None:
    assert schedule.freshness(response(**headers)) is None


@pytest.mark.parametrize("headers", [{"cache_control": "max-age=0"}, {"expires": "Sun, 22 Nov 2020 14:00:00 GMT"}])
def test_P22_stale_means_the_usual_interval(headers: dict[str, str]) -> None:
    assert not schedule.freshness(response(**headers))


def test_P23_absurd_freshness_is_capped() -> None:
    fresh = schedule.freshness(response(cache_control="max-age=999999999"))
    assert fresh == 999_999_999
    assert wait(fresh) == PACE.ceiling


# ---------------------------------------------------------------- what the document says


def test_P24_ttl_is_a_lower_bound_and_capped() -> None:
    assert 3 * HOUR <= wait(HOUR, ScheduleHints(ttl_minutes=180)) <= 3.3 * HOUR
    assert wait(HOUR, ScheduleHints(ttl_minutes=1e9)) == PACE.ceiling
    assert wait(HOUR, ScheduleHints(ttl_minutes=5)) >= HOUR


def test_P26_update_period_never_makes_it_faster() -> None:
    assert wait(HOUR, ScheduleHints(update_seconds=60)) >= HOUR
    assert wait(HOUR, ScheduleHints(update_seconds=2 * HOUR)) >= 2 * HOUR


def due(hints: ScheduleHints, seconds: float = HOUR) -> datetime:
    return schedule.next_poll(PACE, seconds, hints, feed_id=7, now=NOW)


def test_P25_skipped_hours_defer_to_the_next_allowed_one() -> None:
    found = due(ScheduleHints(skip_hours=frozenset({13, 14, 15})))
    assert datetime(2026, 11, 22, 16, tzinfo=UTC) <= found < datetime(2026, 11, 22, 16, 6, tzinfo=UTC)


def test_P25_skipped_days_defer_to_the_next_allowed_one() -> None:
    found = due(ScheduleHints(skip_days=frozenset({6, 0})))
    assert datetime(2026, 11, 24, 0, tzinfo=UTC) <= found < datetime(2026, 11, 24, 0, 6, tzinfo=UTC)


@pytest.mark.parametrize("hints", [ScheduleHints(skip_hours=frozenset(range(24))), ScheduleHints(skip_days=frozenset(range(7)))])
def test_P25_who_always_says_skip_is_polled_daily(hints: ScheduleHints) -> None:
    assert timedelta(days=1) <= due(hints) - NOW < timedelta(days=1, minutes=6)


# ---------------------------------------------------------------- jitter


def test_P09_no_gap_of_two_hundred_polls_is_below_the_interval() -> None:
    now, gaps = NOW, []
    for _ in range(200):
        after = schedule.next_poll(PACE, HOUR, NO_HINTS, feed_id=7, now=now)
        gaps.append((after - now).total_seconds())
        now = after
    assert min(gaps) >= HOUR
    assert max(gaps) <= 1.1 * HOUR
    assert len({round(gap) for gap in gaps}) > 50


def test_P09_feeds_of_one_moment_spread() -> None:
    assert len({round(wait(HOUR, feed_id=number)) for number in range(100)}) > 50


@given(
    st.floats(0, 1e9), st.integers(1, 10**9), st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2040, 1, 1)),  # noqa: DTZ001
    st.builds(ScheduleHints, ttl_minutes=st.one_of(st.none(), st.floats(0.1, 1e9)), skip_hours=st.frozensets(st.integers(0, 23)),
              skip_days=st.frozensets(st.integers(0, 6)), update_seconds=st.one_of(st.none(), st.floats(0.1, 1e12))),
)  # fmt: skip
def test_P09_jitter_only_adds_and_is_always_the_same(seconds: float, feed_id: int, moment: datetime, hints: ScheduleHints) -> None:
    now = moment.replace(tzinfo=UTC)
    found = schedule.next_poll(PACE, seconds, hints, feed_id=feed_id, now=now)
    assert found == schedule.next_poll(PACE, seconds, hints, feed_id=feed_id, now=now)
    waited = (found - now).total_seconds()
    assert min(seconds, PACE.ceiling) - 1e-3 <= waited <= PACE.ceiling + 1e-3


# ---------------------------------------------------------------- patience


@pytest.mark.parametrize(
    ("reason", "more", "weight"),
    [
        (Reason.DEADLINE, {"temporary": True}, 0.25),
        (Reason.UNAVAILABLE, {"temporary": True}, 0.25),
        (Reason.SERVER_ERROR, {"temporary": True}, 0.25),
        (Reason.HTML_NOT_FEED, {}, 0.5),
        (Reason.TLS, {}, 0.5),
        (Reason.NOT_FOUND, {}, 1.0),
        (Reason.FORBIDDEN, {}, 1.0),
        (Reason.CHALLENGE, {}, 1.0),
    ],
)
def test_failures_weigh_by_how_useless_asking_again_is(reason: Reason, more: dict[str, Any], weight: float) -> None:
    assert schedule.weight(failure(reason, **more)) == weight


@pytest.mark.parametrize(
    ("total", "failing_days", "expected"),
    [(0.25, 0, 2**0.25 * HOUR), (1, 0, 2 * HOUR), (3, 1, 8 * HOUR), (9, 5, DAY), (900, 13.9, DAY), (900, 14, 7 * DAY)],
)
def test_P32_patience_doubles_to_a_day_and_after_a_fortnight_is_a_week(total: float, failing_days: float, expected: float) -> None:
    assert schedule.patience(PACE, HOUR, total_weight=total, failing_for=failing_days * DAY) == expected


def after(fetched: FetchFailure, total: float, usual: float = HOUR) -> float:
    return schedule.after_failure(PACE, usual, fetched, total_weight=total, failing_for=0.0)


def test_P16_what_the_server_asked_for_is_granted() -> None:
    assert after(failure(Reason.UNAVAILABLE, temporary=True, pause_seconds=7_200.0), 0.25) == 7_200
    assert after(failure(Reason.RATE_LIMITED, temporary=True, pause_seconds=1e12), 0.25) == 7 * DAY


def test_P18_too_many_requests_is_an_hour_at_least_and_doubles_to_a_day() -> None:
    waits = [after(failure(Reason.RATE_LIMITED, temporary=True), total, usual=900.0) for total in (0.25, 1, 2, 10)]
    assert waits[0] >= HOUR
    assert waits == sorted(waits)
    assert waits[-1] == DAY


@given(st.floats(900, 7 * DAY), st.floats(0, 1e6), st.floats(0, 1e9), st.one_of(st.none(), st.floats(-1e15, 1e15)))
def test_P19_no_failure_waits_less_than_usual_or_more_than_the_ceiling(
    usual: float, total: float, failing: float, pause: float | None
) -> None:
    found = schedule.after_failure(
        PACE, usual, failure(Reason.UNAVAILABLE, temporary=True, pause_seconds=pause), total_weight=total, failing_for=failing
    )
    assert usual <= found <= PACE.ceiling
