"""Dates as feeds send them: read rightly, or not at all."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.poll.dates import FUTURE, DateReader

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def read(text: str | None, language: str | None = None) -> datetime | None:
    return DateReader(NOW, language).read(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mon, 02 Mar 2026 15:07:41 +0300", "2026-03-02T12:07:41"),
        ("Mon, 02 Mar 2026 15:07:41 GMT", "2026-03-02T15:07:41"),
        ("Mon, 02 Mar 2026 15:07 EST", "2026-03-02T20:07:00"),
        ("02 Mar 26 15:07:41 Z", "2026-03-02T15:07:41"),
        ("Monday, 02-Mar-26 15:07:41 UTC", "2026-03-02T15:07:41"),
        ("Mon, 2 Mar 2026 15:07:41 CET", "2026-03-02T14:07:41"),
        ("Mon, 2 Mar 2026 15:07:41 TRT", "2026-03-02T12:07:41"),
        ("Mon, 2 Mar 2026 15:07:41 IST", "2026-03-02T09:37:41"),
        ("Mon, 02 Mar 2026 15:07:41", "2026-03-02T15:07:41"),
        ("Mon, 02 Mar 2026 24:00:00 GMT", "2026-03-03T00:00:00"),
        ("Mon, 02 Mar 2026 15:07:60 GMT", "2026-03-02T15:07:59"),
        ("2026-03-02T15:07:41Z", "2026-03-02T15:07:41"),
        ("2026-03-02T15:07:41.123456+03:00", "2026-03-02T12:07:41.123456"),
        ("2026-03-02 15:07:41 +0300", "2026-03-02T12:07:41"),
        ("2026-03-02 15:07:41 UTC", "2026-03-02T15:07:41"),
        ("20260302T100000Z", "2026-03-02T10:00:00"),
        ("2026-03-02", "2026-03-02T00:00:00"),
        ("1772445600", "2026-03-02T10:00:00"),
        ("1772445600000", "2026-03-02T10:00:00"),
        ("2026/3/2 15:07:41", "2026-03-02T15:07:41"),
        ("March 2, 2026, 10:00 PM", "2026-03-02T22:00:00"),
        ("March 2, 2026, 10:00 PM UTC+3", "2026-03-02T19:00:00"),
        ("  Mon,\n 02 Mar 2026\t15:07:41  GMT ", "2026-03-02T15:07:41"),
    ],
)
def test_shapes_that_feeds_send(text: str, expected: str) -> None:
    assert read(text) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("2 März 2026 10:00", "de", "2026-03-02T10:00:00"),
        ("2 mars 2026", "fr-FR", "2026-03-02T00:00:00"),
        ("٢ مارس ٢٠٢٦", "ar", "2026-03-02T00:00:00"),
        ("2026年3月2日 10:00", "ja", "2026-03-02T10:00:00"),
        ("2 Mart 2026 10:00", "tr", "2026-03-02T10:00:00"),
        ("March 2, 2026", "xx-unknown", "2026-03-02T00:00:00"),
    ],
)
def test_local_names_of_months(text: str, language: str, expected: str) -> None:
    assert read(text, language) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        None, "", "  ", "yesterday", "10:00", "5", "soon", "31 Feb 2026", "2026-02-31", "Mon, 31 Feb 2026 10:00:00 GMT", "0000-00-00",
        "0000-01-01T00:00:00Z", "99999999999", "2026-13-01T00:00:00Z", "Mon, 02 Mar 2026 25:61:00 GMT", "9" * 200_000, "٢" * 200_000,
        "01 Jan 0001 00:00:00 +2300", "Fri, 31 Dec 9999 23:59:59 -1200", "2 hours ago", "1e400",
        "Mon, 02 Mar 2026 15:07:41 +9999",
    ],
)  # fmt: skip
def test_X26_what_is_no_date_is_none(text: str | None) -> None:
    assert read(text) is None


@pytest.mark.parametrize(
    ("ahead", "kept"),
    [(timedelta(hours=23), True), (timedelta(hours=24), True), (timedelta(hours=25), False), (timedelta(days=4_000), False)],
)
def test_X26_the_future_ends_in_24_hours(ahead: timedelta, kept: bool) -> None:
    assert (read((NOW + ahead).isoformat()) is not None) is kept


def test_the_year_one_is_not_2001() -> None:
    assert read("Mon, 01 Jan 0001 00:00:00 +0000") == datetime(1, 1, 1, tzinfo=UTC)


def test_slow_parses_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr("tasks.poll.dates.dateparser.parse", lambda text, **_: asked.append(text))
    reader = DateReader(NOW)
    for number in range(500):
        reader.read(f"{number} of nothing")
    assert len(asked) == 50


@given(st.text(max_size=120))
@settings(max_examples=200, deadline=None)
def test_any_text_is_a_moment_or_none(text: str) -> None:
    found = read(text)
    assert found is None or (found.tzinfo is UTC and found <= NOW + FUTURE)


@given(st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2026, 11, 22), timezones=st.sampled_from([UTC])))  # noqa: DTZ001
@settings(max_examples=200, deadline=None)
def test_what_is_written_in_the_common_forms_is_read_back(moment: datetime) -> None:
    assert read(moment.isoformat()) == moment
    whole = moment.replace(microsecond=0)
    assert read(f"{whole:%a, %d %b %Y %H:%M:%S} +0000") == whole
