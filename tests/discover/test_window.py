"""Windows: what an engineer may ask for, and what lies inside."""

from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import ConfigurationError
from domain.history import Window
from tasks.discover import window

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MARCH = Window(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))


def test_a_bare_day_is_a_utc_day_and_until_includes_it() -> None:
    assert window.of_request(date(2026, 3, 1), date(2026, 3, 31), now=NOW) == MARCH
    assert window.of_request(None, None, now=NOW) == Window()
    eastern = datetime(2026, 3, 1, 3, tzinfo=timezone(timedelta(hours=3)))
    assert window.of_request(eastern, None, now=NOW).since == MARCH.since


@pytest.mark.parametrize(
    ("since", "until", "says"),
    [
        (date(2026, 4, 1), date(2026, 3, 1), "reversed or empty"),
        (datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC), "reversed or empty"),
        (date(2027, 1, 1), None, "lies in the future"),
        (date(2026, 1, 1), date(2027, 6, 1), "lies in the future"),
        (datetime(2026, 3, 1), None, "no time zone"),  # noqa: DTZ001  (that is the point)
        (None, datetime(2026, 3, 1), "no time zone"),  # noqa: DTZ001
        (date(1960, 1, 1), None, "longer than"),
    ],
)
def test_O17_a_range_that_cannot_be_meant_is_refused(since: date | None, until: date | None, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        window.of_request(since, until, now=NOW)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026", datetime(2026, 1, 1, tzinfo=UTC)),
        ("2026-03", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-03-12", datetime(2026, 3, 12, tzinfo=UTC)),
        ("2026-03-12T10:30+03:00", datetime(2026, 3, 12, 7, 30, tzinfo=UTC)),
        ("2026-03-12T10:30:15.123Z", datetime(2026, 3, 12, 10, 30, 15, tzinfo=UTC)),
        (" 2026-03-12 10:30:15 +0300 ", datetime(2026, 3, 12, 7, 30, 15, tzinfo=UTC)),
        ("2026-3-2", datetime(2026, 3, 2, tzinfo=UTC)),
        ("2026-13-40", None),
        ("0000", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_dates_are_read_as_the_protocol_has_them_and_nearly_so(text: str, expected: datetime | None) -> None:
    assert window.parse(text) == expected


@given(st.text(max_size=80))
def test_any_text_is_a_date_or_none(text: str) -> None:
    at = window.parse(text)
    assert at is None or at.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("url", "period"),
    [
        ("https://a.example/2026/03/12/title", "2026-03-12"),
        ("https://a.example/world/2026/mar/12/title", "2026-03-12"),
        ("https://a.example/2026/3/2/title", "2026-03-02"),
        ("https://a.example/news-2026-03-12.html", "2026-03-12"),
        ("https://a.example/20260312-title", "2026-03-12"),
        ("https://a.example/2026/03/title", "2026-03"),
        ("https://a.example/sitemap-2026-03.xml.gz", "2026-03"),
        ("https://a.example/sitemap.xml?yyyy=2026&mm=03", "2026-03"),
        ("https://a.example/story/202603125", None),
        ("https://a.example/2026/13/45/x", None),
        ("https://a.example/post-sitemap12.xml", None),
    ],
)
def test_the_day_or_month_in_an_address_is_found(url: str, period: str | None) -> None:
    found = window.period_of(url)
    if period is None:
        assert found is None
    else:
        assert found is not None
        assert f"{found[0]:%Y-%m-%d}".startswith(period)
        assert (found[1] - found[0] > timedelta(days=27)) == (len(period) == 7)


@pytest.mark.parametrize(
    ("url", "published", "modified", "expected"),
    [
        ("https://a.example/x", datetime(2026, 3, 5, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=UTC), "inside"),
        ("https://a.example/x", datetime(2026, 4, 5, tzinfo=UTC), datetime(2026, 3, 5, tzinfo=UTC), "outside"),
        ("https://a.example/2026/03/05/x", None, datetime(2026, 9, 1, tzinfo=UTC), "inside"),
        ("https://a.example/2026/02/05/x", None, datetime(2026, 3, 5, tzinfo=UTC), "outside"),
        ("https://a.example/2026/02/28/x", None, None, "inside"),  # it may have been March already where it was written
        ("https://a.example/x", None, datetime(2026, 3, 5, tzinfo=UTC), "inside"),
        ("https://a.example/x", None, datetime(2026, 4, 2, tzinfo=UTC), "inside"),  # corrected two days later
        ("https://a.example/x", None, datetime(2026, 4, 9, tzinfo=UTC), "outside"),
        ("https://a.example/x", None, datetime(2026, 2, 9, tzinfo=UTC), "outside"),
        ("https://a.example/x", None, None, "undated"),
    ],
)
def test_publication_is_believed_before_the_address_and_that_before_the_modification(
    url: str, published: datetime | None, modified: datetime | None, expected: str
) -> None:
    assert window.place(MARCH, url, published=published, modified=modified) == expected
    assert window.place(Window(), url, published=published, modified=modified) == "inside"


def test_a_sitemap_is_skipped_only_when_it_can_hold_nothing() -> None:
    assert window.may_hold(MARCH, "https://a.example/posts-3.xml", datetime(2026, 9, 1, tzinfo=UTC))
    assert window.may_hold(MARCH, "https://a.example/posts-2026-03.xml", None)
    assert not window.may_hold(MARCH, "https://a.example/posts-3.xml", datetime(2026, 2, 1, tzinfo=UTC))
    assert not window.may_hold(MARCH, "https://a.example/posts-2026-05.xml", None)


@given(st.datetimes(datetime(2000, 1, 1), datetime(2026, 11, 1)), st.integers(1, 3_000))  # noqa: DTZ001  (Hypothesis wants naive bounds)
def test_months_cover_the_window_without_gap_or_overlap(since: datetime, days: int) -> None:
    whole = Window(since.replace(tzinfo=UTC), min(since.replace(tzinfo=UTC) + timedelta(days=days), NOW))
    parts = window.months(whole, now=NOW)
    assert parts[0].since == whole.since
    assert parts[-1].until == whole.until
    assert all(one.until == after.since for one, after in pairwise(parts))
    for one in parts:
        assert one.since
        assert one.until
        last = one.until - timedelta(microseconds=1)
        assert (one.since.year, one.since.month) == (last.year, last.month)
