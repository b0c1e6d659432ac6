"""Waiting as asked: Retry-After in all its spellings, pauses that double, spacing that a host may only lengthen."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.fetch import budget

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def stamp(**ahead: float) -> str:
    return format_datetime(NOW + timedelta(**ahead), usegmt=True)


@pytest.mark.parametrize(
    ("values", "date", "seconds"),
    [
        (["7200"], None, 7_200),
        ([" 7200 "], None, 7_200),
        (["1.5e3"], None, None),
        (["120.7"], None, 120.7),
        ([stamp(hours=3)], stamp(hours=1), 7_200),
        ([stamp(hours=3)], None, 10_800),
        ([stamp(hours=3)], "not a date", 10_800),
        ([stamp(hours=-3)], stamp(), budget.RETRY_AFTER_FLOOR),
        (["Sunday, 22-Nov-26 15:00:00 GMT"], stamp(), 10_800),
        (["Sun Nov 22 15:00:00 2026"], stamp(), 10_800),
        (["0"], None, budget.RETRY_AFTER_FLOOR),
        (["10"], None, budget.RETRY_AFTER_FLOOR),
        (["-5"], None, None),
        (["abc"], None, None),
        ([""], None, None),
        ([], None, None),
        (["nan"], None, None),
        (["inf"], None, None),
        (["٣٠٠"], None, None),
        (["1000000000000"], None, budget.RETRY_AFTER_CAP),
        (["9" * 400], None, budget.RETRY_AFTER_CAP),
        (["9" * 5_000], None, None),
        (["Fri, 31 Dec 9999 23:59:59 GMT"], None, budget.RETRY_AFTER_CAP),
        (["Fri, 99 Foo 99999 99:99:99 GMT"], None, None),
        (["60", "7200", "x"], None, 7_200),
        (["x", "-1"], None, None),
    ],
)
def test_P16_P17_P19_retry_after_is_obeyed_capped_or_absent(values: list[str], date: str | None, seconds: float | None) -> None:
    assert budget.retry_after(values, date, NOW) == seconds


@given(st.lists(st.text(max_size=40), max_size=4), st.none() | st.text(max_size=40))
def test_P19_no_header_text_breaks_the_arithmetic(values: list[str], date: str | None) -> None:
    asked = budget.retry_after(values, date, NOW)
    assert asked is None or budget.RETRY_AFTER_FLOOR <= asked <= budget.RETRY_AFTER_CAP


def test_P18_a_pause_without_a_time_is_an_hour_and_doubles_to_a_day() -> None:
    assert [budget.pause(None, count) / budget.HOUR for count in range(7)] == [1, 2, 4, 8, 16, 24, 24]
    assert budget.pause(None, 10**9) == budget.DAY
    assert budget.pause(7_200.0, 5) == 7_200.0


def test_unreachable_hosts_rest_for_minutes_not_days() -> None:
    assert [budget.rest(count) / 60 for count in range(5)] == [5, 10, 20, 40, 60]


def test_P39_a_crawl_delay_lengthens_the_spacing_up_to_the_limit() -> None:
    assert budget.spacing(5.0, None, 120.0) == 5.0
    assert budget.spacing(5.0, 1.0, 120.0) == 5.0
    assert budget.spacing(5.0, 30.0, 120.0) == 30.0
    assert budget.spacing(5.0, 86_400.0, 120.0) == 120.0
    assert budget.spacing(200.0, 86_400.0, 120.0) == 200.0


def test_tries_lie_further_and_further_apart() -> None:
    waits = [budget.attempt_after(attempt) for attempt in range(1, 8)]
    assert waits[:3] == [300.0, 1_800.0, 10_800.0]
    assert waits == sorted(waits)
    assert waits[-1] == budget.DAY
    assert budget.attempt_after(0) == 300.0
