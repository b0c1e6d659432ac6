"""When it was published: parsing, precedence, and what is not believed."""

from datetime import UTC, datetime, timedelta

import pytest
from lxml import html

from domain.records import Expectation
from tasks.extract import calendar, dates
from tasks.extract.json_ld import Statement
from tasks.extract.meta import Head, Time

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TEN = datetime(2026, 11, 20, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "at", "zoned", "day_only"),
    [
        ("2026-11-20T10:00:00Z", TEN, True, False),
        ("2026-11-20T11:00:00+01:00", TEN, True, False),
        ("2026-11-20T11:00:00.123+0100", TEN, True, False),
        ("2026-11-20T05:00-05", TEN, True, False),
        ("2026-11-20 11:00:00 +01:00", TEN, True, False),
        ("2026-11-20T10:00", TEN, False, False),
        ("2026-11-20", TEN.replace(hour=0), False, True),
        ("1795168800", TEN, True, False),
        ("1795168800000", TEN, True, False),
        ("Fri, 20 Nov 2026 10:00:00 GMT", TEN, True, False),
        ("Fri Nov 20 2026 10:00:00 GMT+0000 (Coordinated Universal Time)", TEN, True, False),
        ("٢٠٢٦-١١-٢٠T13:00:00+03:00", TEN, True, False),
        ("۲۰۲۶-۱۱-۲۰T10:00:00Z", TEN, True, False),
        ("2026-11-19T24:00:00Z", TEN.replace(hour=0), True, False),
        ("2026-11-20T09:59:60Z", TEN.replace(hour=9, minute=59, second=59), True, False),
        ("20 Kasım 2026 10:00", TEN, False, False),
    ],
)
def test_machine_readable_times(text: str, at: datetime, zoned: bool, day_only: bool) -> None:
    assert dates.parse(text) == dates.Stamp(at, zoned=zoned, day_only=day_only)


@pytest.mark.parametrize(
    "text", ["", "soon", "2026-02-31", "2026-13-01", "0000-00-00", "99999999999999", "1" * 200_000, "2026-11-20T10:00:00+99:99"]
)
def test_X26_impossible_times_are_none(text: str) -> None:
    assert dates.parse(text) is None


@pytest.mark.parametrize(
    ("text", "at", "timed"),
    [
        ("Published 20 November 2026, 10:00 am", TEN, True),
        ("Nov. 20, 2026 10:00 AM", TEN, True),
        ("November 20th, 2026 at 10:00", TEN, True),
        ("November 20, 2026 10:00 p.m.", TEN + timedelta(hours=12), True),
        ("Stand: 20.11.2026, 10:00 Uhr", TEN, True),
        ("Veröffentlicht am 20. November 2026 um 10:00", TEN, True),
        ("Publié le 20 novembre 2026 à 10h00", TEN, True),
        ("20 de noviembre de 2026 10:00", TEN, True),
        ("20 novembre 2026", TEN.replace(hour=0), False),
        ("20 de novembro de 2026", TEN.replace(hour=0), False),
        ("20 Kasım 2026 - 10:00", TEN, True),
        ("20ê Mijdarê 2026, 10:00", TEN, True),
        ("20 ноября 2026, 10:00", TEN, True),
        ("20 листопада 2026", TEN.replace(hour=0), False),
        ("٢٠ نوفمبر ٢٠٢٦ ١٠:٠٠", TEN, True),
        ("20 تشرين الثاني 2026", TEN.replace(hour=0), False),
        ("20 تشرين الأول 2026", datetime(2026, 10, 20, tzinfo=UTC), False),
        ("٢٠ی تشرینی دووەم ٢٠٢٦", TEN.replace(hour=0), False),
        ("20ی ئازار 2026", datetime(2026, 3, 20, tzinfo=UTC), False),
        ("۲۰ نوامبر ۲۰۲۶", TEN.replace(hour=0), False),
        ("2026年11月20日 10時00分", TEN, True),
        ("2026年11月20日10:00", TEN, True),
        ("2026년 11월 20일 10:00", TEN, True),
        ("2026.11.20. 10:00", TEN, True),
        ("20/11/2026", TEN.replace(hour=0), False),
        ("10:00 | 20.11.2026", TEN, True),
    ],
)
def test_dates_as_people_write_them(text: str, at: datetime, timed: bool) -> None:
    assert calendar.find(text) == (at, timed)


@pytest.mark.parametrize(
    "text", ["", "Monday", "3/4/2026", "31 February 2026", "ten to ten", "November 2026", "1405/08/29", "Mayor 12 2026 things"]
)
def test_no_date_is_better_than_a_guess(text: str) -> None:
    assert calendar.find(text) is None


def head(meta: str = "", *times: Time) -> Head:
    return Head(tags={"article:published_time": [meta]} if meta else {}, times=list(times))


def decide(feed: datetime | None = None, stated: str = "", page: Head | None = None, **options: object) -> dates.Published:
    return dates.decide(feed, Statement(published=stated), page or head(), now=NOW, **options)  # type: ignore[arg-type]


def test_the_feed_comes_first_then_json_ld_then_meta_then_a_marked_time() -> None:
    marked = Time("2026-11-20T07:00:00Z", published=True)
    page = head("2026-11-20T08:00:00Z", Time("2026-01-01", published=False), marked)
    assert decide(TEN, "2026-11-20T09:00:00Z", page).source == "feed"
    assert decide(None, "2026-11-20T09:00:00Z", page).at == TEN.replace(hour=9)
    assert decide(None, "", page) == dates.Published(TEN.replace(hour=8), "meta", None, apart=False)
    assert decide(None, "", head("", page.times[0], marked)) == dates.Published(TEN.replace(hour=7), "time", None, apart=False)
    assert decide() == dates.Published(None, None, None, apart=False)


def test_a_site_rule_may_trust_another_statement() -> None:
    assert decide(None, "2026-11-20T09:00:00Z", head("2026-11-20T08:00:00Z"), prefer="meta").source == "meta"


def test_nothing_is_in_the_future_beyond_a_day_or_before_the_web() -> None:
    assert decide(NOW + timedelta(hours=25), "2027-01-01T00:00:00Z", head("1970-01-01T00:00:00Z")).at is None
    assert decide(NOW + timedelta(hours=23)).at == NOW + timedelta(hours=23)


def test_a_difference_of_more_than_two_days_between_feed_and_page_is_told() -> None:
    assert decide(TEN, "2026-11-18T09:59:00Z").apart is True
    assert decide(TEN, "2026-11-18T10:01:00Z").apart is False


def test_a_day_is_sharpened_by_a_time_of_that_day() -> None:
    assert decide(None, "2026-11-20", head("2026-11-20T08:00:00Z")).at == TEN.replace(hour=8)


def test_a_clock_without_a_zone_takes_the_zone_another_statement_gives_it() -> None:
    assert decide(None, "2026-11-20T11:00:00", head("2026-11-20T11:00:00+01:00")).at == TEN
    assert decide(None, "2026-11-20T11:00:00", head("2026-11-20T11:20:00+01:00")).at == TEN.replace(hour=11)


def test_a_modification_is_only_one_when_it_is_later() -> None:
    page = Head(tags={"article:modified_time": ["2026-11-20T11:00:00Z"]})
    assert dates.decide(TEN, Statement(), page, now=NOW).modified_at == TEN.replace(hour=11)
    assert dates.decide(TEN + timedelta(hours=1), Statement(), page, now=NOW).modified_at is None


def test_what_an_archive_says_comes_after_everything_else() -> None:
    week, month = TEN - timedelta(days=7), TEN - timedelta(days=30)
    assert dates.completed(None, None, Expectation(updated_at=week, captured_at=TEN), now=NOW) == (week, "lastmod")
    assert dates.completed(None, None, Expectation(captured_at=month), now=NOW) == (month, "capture")
    assert dates.completed(None, None, Expectation(updated_at=NOW + timedelta(days=2), captured_at=month), now=NOW) == (month, "capture")
    assert dates.completed(None, None, Expectation(), now=NOW) == (None, None)
    assert dates.completed(month, "meta", Expectation(updated_at=week), now=NOW) == (month, "meta")


def test_an_archive_tells_the_hour_of_a_day() -> None:
    day = TEN.replace(hour=0, minute=0)
    assert dates.completed(day, "text", Expectation(updated_at=TEN), now=NOW) == (TEN, "lastmod")
    assert dates.completed(day, "text", Expectation(captured_at=TEN), now=NOW) == (TEN, "capture")
    assert dates.completed(day, "text", Expectation(updated_at=day + timedelta(days=1), captured_at=TEN), now=NOW) == (TEN, "capture")
    assert dates.completed(day, "text", Expectation(updated_at=day - timedelta(hours=1)), now=NOW) == (day, "text")
    assert dates.completed(TEN, "text", Expectation(updated_at=TEN + timedelta(hours=1)), now=NOW) == (TEN, "text")


def test_the_last_resorts_are_the_lines_above_the_text_and_the_address() -> None:
    tree = html.document_fromstring("<html><body><p>Text</p></body></html>")
    url = "https://news.example/2026/11/19/ferry"
    assert dates.search(tree, url, ["Stand: 20.11.2026, 10:00 Uhr"], now=NOW) == (TEN, "text")
    assert dates.search(tree, url, ["Updated"], now=NOW) == (datetime(2026, 11, 19, tzinfo=UTC), "htmldate")
    assert dates.search(tree, "https://news.example/ferry", [], now=NOW) == (None, None)
    assert dates.search(tree, "https://news.example/ferry", ["1 January 2031"], now=NOW) == (None, None)
