"""robots.txt as RFC 9309 has it: what its status means, how long it holds, which line is ours."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.outcomes import Reason
from domain.records import FetchFailure, Response, RobotsRecord
from tasks.fetch.robots import Rules, is_fresh, record_of

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def answer(body: bytes) -> Response:
    return Response("http://a.example/robots.txt", "http://a.example/robots.txt", 200, (), body, NOW, 0.1, len(body))


def failure(reason: Reason, status: int | None = None) -> FetchFailure:
    return FetchFailure("http://a.example/robots.txt", reason, "x", NOW, temporary=True, status=status)


def rules(text: str | bytes) -> Rules:
    return Rules(record_of(answer(text.encode() if isinstance(text, str) else text), None, NOW))


@pytest.mark.parametrize(
    ("text", "allowed", "refused"),
    [
        ("User-agent: *\nDisallow: /private/\n", ["/", "/public"], ["/private/", "/private/x"]),
        ("user-agent: COPYDESK\nDISALLOW: /x\n\nUser-agent: *\nDisallow: /\n", ["/y"], ["/x"]),
        ("User-agent: copydesk/2.0\nDisallow: /x\n", ["/y"], []),
        ("User-agent: *\nDisallow: /\nAllow: /news/\n", ["/news/1"], ["/", "/other"]),
        ("User-agent: *\nDisallow: /*.pdf$\n", ["/a.pdfx"], ["/a.pdf"]),
        ("User-agent: *\rDisallow: /x\r\nDisallow: /y\n", ["/z"], ["/x", "/y"]),
        ("\ufeffUser-agent: *\nDisallow: /x\n", ["/y"], ["/x"]),
        ("User-agent: *\nDisallow:\n", ["/", "/x"], []),
        ("", ["/"], []),
        ("<!doctype html><html>\nUser-agent: *\nDisallow: /\n</html>", ["/", "/x"], []),
        ("nonsense\n\x00\x01: :\nUser-agent: *\nDisallow: /x", ["/y"], ["/x"]),
        ("User-agent: *\nDisallow: /caf%C3%A9\n", ["/cafe"], ["/café"]),
    ],
)
def test_P37_P39_rules_are_read_as_written(text: str, allowed: list[str], refused: list[str]) -> None:
    read = rules(text)
    assert [path for path in allowed if not read.allows(f"http://a.example{path}")] == []
    assert [path for path in refused if read.allows(f"http://a.example{path}")] == []


def test_P39_crawl_delay_is_a_number_or_nothing() -> None:
    assert rules("User-agent: *\nCrawl-delay: 86400\n").crawl_delay == 86_400
    assert rules("User-agent: copydesk\nCrawl-delay: 2.5\n\nUser-agent: *\nCrawl-delay: 9\n").crawl_delay == 2.5
    assert rules("User-agent: *\nCrawl-delay: soon\n").crawl_delay is None
    assert rules("User-agent: *\nDisallow: /x\n").crawl_delay is None
    assert (rules("User-agent: *\nCrawl-delay: -4\n").crawl_delay or 0) >= 0


@pytest.mark.parametrize(
    ("fetched", "status"),
    [
        (failure(Reason.NOT_FOUND, 404), 404),
        (failure(Reason.FORBIDDEN, 403), 403),
        (failure(Reason.UNAUTHORISED, 401), 401),
        (failure(Reason.GONE, 410), 410),
        (failure(Reason.TOO_MANY_REDIRECTS, 302), 302),
        (failure(Reason.UNEXPECTED_STATUS, 204), 204),
        (failure(Reason.SERVER_ERROR, 500), None),
        (failure(Reason.UNAVAILABLE, 503), None),
        (failure(Reason.RATE_LIMITED, 429), None),
        (failure(Reason.DEADLINE), None),
        (failure(Reason.DNS_UNKNOWN), None),
        (failure(Reason.BROKEN_TRANSFER, 200), None),
        (failure(Reason.BAD_ENCODING, 200), None),
    ],
)
def test_P38_4xx_opens_the_host_and_5xx_or_silence_closes_it(fetched: FetchFailure, status: int | None) -> None:
    record = record_of(fetched, None, NOW)
    assert (record.status, record.fetched_at) == (status, NOW)
    assert Rules(record).reachable is (status is not None)
    assert Rules(record).allows("http://a.example/x")


def test_P38_a_known_copy_holds_while_robots_txt_is_unreachable() -> None:
    known = RobotsRecord(200, "User-agent: *\nDisallow: /x\n", NOW - timedelta(days=3))
    held = record_of(failure(Reason.SERVER_ERROR, 500), known, NOW)
    assert (held.status, held.body) == (known.status, known.body)
    assert is_fresh(held, NOW + timedelta(minutes=9)), "it is not looked for before every page"
    assert not is_fresh(held, NOW + timedelta(minutes=11))
    closed = RobotsRecord(None, "", NOW - timedelta(days=3))
    assert record_of(failure(Reason.SERVER_ERROR, 500), closed, NOW) == RobotsRecord(None, "", NOW)


def test_P40_it_holds_for_a_day_and_is_looked_for_again_soon_when_unreachable() -> None:
    def aged(status: int | None, **age: float) -> RobotsRecord:
        return RobotsRecord(status, "", NOW - timedelta(**age))

    assert is_fresh(aged(200, hours=23), NOW)
    assert not is_fresh(aged(200, hours=25), NOW)
    assert is_fresh(aged(404, hours=23), NOW)
    assert is_fresh(aged(None, minutes=5), NOW)
    assert not is_fresh(aged(None, minutes=11), NOW)
    assert not is_fresh(None, NOW)


@given(st.binary(max_size=400))
def test_no_robots_txt_breaks_its_reader(body: bytes) -> None:
    read = rules(body)
    read.allows("http://a.example/x?y=%20")
    assert read.crawl_delay is None or read.crawl_delay >= 0
    assert "\x00" not in record_of(answer(body), None, NOW).body
