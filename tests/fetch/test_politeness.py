"""A guest that publishers welcome: who we say we are, what we send back and what never, and doing as we are told."""

import socket
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from domain.outcomes import Reason
from domain.records import Exchange, FetchFailure, HostReport, Redirect, Response, RobotsRecord, Validators
from newsroom.scripted import Server, closing, redirect, response, silent
from tasks.fetch import headers

PAGE = b"<!doctype html><html><body><p>" + b"Words of an invented article. " * 40 + b"</p></body></html>"
ROBOTS = b"User-agent: *\nDisallow: /private/\n"


# ---------------------------------------------------------------- what we send


@pytest.mark.parametrize(
    ("etag", "date"),
    [
        ('"v1"', "Sun, 22 Nov 2026 10:00:00 GMT"), ('W/"v1"', None), (None, "Sun, 22 Nov 2026 10:00:00 GMT"), ("unquoted", "yesterday  noon"),
        ('"a b, c"', "2026-11-22T10:00:00Z"), ('W/"\u00e9\u00ff"', "Dim, 22 nov\u00e9 2026"), ('""', "0"),
    ],
)  # fmt: skip
def test_P02_P03_validators_go_back_byte_for_byte(server: Server, asker: Any, etag: str | None, date: str | None) -> None:
    url = server.on("/a", response(304))
    got = asker.response(url, validators=Validators(url, etag, date))
    assert (got.status, got.body) == (304, b"")
    assert server.asked[0].header("If-None-Match") == etag
    assert server.asked[0].header("If-Modified-Since") == date


def test_P01_without_validators_nothing_is_asked_conditionally(server: Server, asker: Any) -> None:
    url = server.on("/a", response(200, PAGE, 'ETag: W/"v1"', "Last-Modified: then"))
    for validators in (None, Validators(url), Validators(url, "", "")):
        got = asker.response(url, validators=validators)
        assert (got.header("etag"), got.header("last-modified")) == ('W/"v1"', "then")
        assert not {name for name, _ in server.asked[-1].headers} & {"If-None-Match", "If-Modified-Since", "A-IM"}


@pytest.mark.parametrize("conditional", [True, False])
def test_P07_304_is_an_answer_only_to_who_asked_for_it(server: Server, asker: Any, conditional: bool) -> None:
    url = server.on("/a", response(304, b"", 'ETag: "v2"', "Cache-Control: max-age=3600"))
    fetched = asker.ask(url, validators=Validators(url, '"v1"') if conditional else None)
    assert isinstance(fetched, Response) is conditional
    if isinstance(fetched, Response):
        assert (fetched.header("etag"), fetched.header("cache-control")) == ('"v2"', "max-age=3600")
    else:
        assert (fetched.status, fetched.reason, fetched.temporary) == (304, Reason.PROTOCOL, False)


def test_P29_validators_are_sent_to_the_url_that_gave_them_alone(server: Server, asker: Any) -> None:
    url, target = server.on("/a", redirect("/b")), server.on("/b", response(200, PAGE))
    asker.response(url, validators=Validators(url, '"of a"'))
    assert [one.header("If-None-Match") for one in server.asked] == ['"of a"', None]
    server.on("/b", response(304))
    assert asker.response(url, validators=Validators(target, '"of b"')).final_url == target
    assert [one.header("If-None-Match") for one in server.asked[2:]] == [None, '"of b"']


def test_validators_find_their_url_however_it_is_spelled(server: Server, asker: Any) -> None:
    url = server.on("/a", response(304))
    asker.response(url.replace("http", "HTTP"), validators=Validators(url + "#top", '"v1"'))
    assert server.asked[0].header("If-None-Match") == '"v1"'


def test_P12_cookies_are_neither_kept_nor_sent(server: Server, asker: Any) -> None:
    cookie = "Set-Cookie: id=1; Path=/; Domain=127.0.0.1"
    server.on("/a", response(200, PAGE, cookie))
    server.on("/b", response(302, b"", cookie, "Location: /a"))
    server.on("/robots.txt", response(200, ROBOTS, cookie))
    asker.configure(robots=True)
    for kind in ("feed", "page", "feed", "page"):
        asker.response(server.url("/b"), kind)
    assert len(server.asked) == 10
    assert not any(one.header("Cookie") for one in server.asked)


def test_P13_the_url_is_asked_as_it_stands_and_nothing_tells_where_we_came_from(server: Server, asker: Any) -> None:
    server.on("*", response(200, PAGE))
    targets = ["/a?b=1&a=2&utm_source=x", "/%7Euser/%2F", "/a;b=1?x=%20+y", "/a//b/", "/?q=%D9%83", "/a?", "/a?b=c:d@e/f"]
    for target in targets:
        asker.response(server.url(target) + "#fragment")
    assert server.targets() == targets
    for one in server.asked:
        assert {name for name, _ in one.headers} == {"Host", "User-Agent", "Accept", "Accept-Encoding"}


def test_P14_P15_we_say_who_we_are_and_what_we_take(server: Server, asker: Any) -> None:
    server.on("*", response(200, PAGE))
    server.on("/robots.txt", response(404))
    asker.configure(contact="https://desk.example/about", robots=True)
    for kind in ("feed", "page", "site", "archive"):
        asker.response(server.url("/a"), kind)
    agents = {one.header("User-Agent") for one in server.asked}
    assert len(agents) == 1
    assert agents.pop().startswith("Copydesk/")  # type: ignore[union-attr]
    assert "(+https://desk.example/about)" in server.asked[0].header("User-Agent")  # type: ignore[operator]
    feed, robots, page = server.asked[:3]
    assert {"application/rss+xml", "application/atom+xml", "application/feed+json"} <= set((feed.header("Accept") or "").split(", "))
    assert (page.header("Accept") or "").startswith("text/html")
    assert (robots.target, (robots.header("Accept") or "")[:10]) == ("/robots.txt", "text/plain")
    assert {one.header("Accept-Encoding") for one in server.asked} == {"gzip, br"}


def test_P14_a_contact_cannot_smuggle_headers() -> None:
    assert headers.user_agent("desk@example.org\r\nX-Evil: 1\u202e").endswith("(+desk@example.orgX-Evil: 1)")
    assert "(" in headers.user_agent("")


def test_H26_proxies_and_passwords_of_the_environment_are_ignored(
    server: Server, other: Server, asker: Any, *, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, other.url())
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("HOME", str(tmp_path))
    asker.response(server.on("/a", response(200, PAGE)))
    assert other.connections == 0
    assert server.asked[0].header("Authorization") is None


def test_what_is_kept_of_a_page_s_headers() -> None:
    lines = [
        ("content-type", "text/html"), ("set-cookie", "a=b"), ("x-robots-tag", "noai"), ("x-robots-tag", "a: noindex"), ("tdm-reservation", "1"),
        ("tdm-policy", "https://a.example/p"), ("link", "<x>; rel=license"), ("etag", '"v"'), ("last-modified", "then"), ("server", "x"),
        ("content-usage", "train-ai=n"), ("license", "y\x00" * 5_000),
    ]  # fmt: skip
    kept = headers.kept(lines)
    assert [name for name, _ in kept] == [
        "content-type", "x-robots-tag", "x-robots-tag", "tdm-reservation", "tdm-policy", "link", "etag", "last-modified", "content-usage",
        "license",
    ]  # fmt: skip
    assert kept[-1][1] == "y" * 2_000


# ---------------------------------------------------------------- doing as told


@pytest.mark.parametrize(("status", "reason"), [(429, Reason.RATE_LIMITED), (503, Reason.UNAVAILABLE)])
@pytest.mark.parametrize("kind", ["feed", "page"])
def test_P16_P20_a_host_that_asks_for_time_gets_it(
    server: Server, asker: Any, *, monkeypatch: pytest.MonkeyPatch, status: int, reason: Reason, kind: Any
) -> None:
    _public(monkeypatch)
    asker.configure(allowed_networks=[], allowed_ports=[server.port])
    server.on("/1", response(status, b"", "Retry-After: 7200"))
    server.on("/2", response(200, PAGE))
    now = datetime.now(UTC)
    (exchange,), report = asker.visit_one(asker.work([server.url("/1"), server.url("/2"), server.url("/2")], kind))
    assert isinstance(exchange.fetched, FetchFailure)
    assert (exchange.fetched.reason, exchange.fetched.pause_seconds, exchange.fetched.temporary) == (reason, 7_200.0, True)
    assert (report.pause_reason, report.pause_count, report.private) == (reason, 1, False)
    assert timedelta(seconds=7_190) < report.paused_until - now < timedelta(seconds=7_220)
    assert [request.url for request in report.unattempted] == [server.url("/2")] * 2
    assert server.targets() == ["/1"]


def test_P17_a_date_counts_from_the_server_s_own_clock(server: Server, asker: Any) -> None:
    theirs = datetime.now(UTC) + timedelta(hours=1)
    dates = f"Date: {format_datetime(theirs, usegmt=True)}", f"Retry-After: {format_datetime(theirs + timedelta(minutes=30), usegmt=True)}"
    assert asker.failure(server.on("/a", response(429, b"", *dates))).pause_seconds == 1_800.0


@pytest.mark.parametrize(("count", "hours"), [(0, 1), (1, 2), (3, 8), (9, 24)])
def test_P18_without_a_time_the_pause_doubles_from_an_hour_to_a_day(server: Server, asker: Any, count: int, hours: int) -> None:
    now = datetime.now(UTC)
    (exchange,), report = asker.visit_one(asker.work([server.on("/a", response(429))], pause_count=count))
    assert exchange.fetched.pause_seconds == hours * 3_600
    assert report.pause_count == count + 1
    assert abs(report.paused_until - now - timedelta(hours=hours)) < timedelta(seconds=20)


@pytest.mark.parametrize("lines", [["Retry-After: -1"], ["Retry-After: abc"], ["Retry-After:"], ["Retry-After: x", "Retry-After: -9"]])
def test_P19_nonsense_is_as_good_as_nothing(server: Server, asker: Any, lines: list[str]) -> None:
    assert asker.failure(server.on("/a", response(429, b"", *lines))).pause_seconds == 3_600


def test_P19_nobody_is_left_alone_for_years(server: Server, asker: Any) -> None:
    assert asker.failure(server.on("/a", response(503, b"", "Retry-After: 1000000000000"))).pause_seconds == 7 * 86_400


def test_an_answer_ends_the_row_of_pauses(server: Server, asker: Any) -> None:
    _, report = asker.visit_one(asker.work([server.on("/a", response(200, PAGE))], pause_count=4))
    assert (report.pause_count, report.paused_until, report.pause_reason) == (0, None, None)


@pytest.mark.parametrize(("status", "paused"), [(503, False), (429, True)])
def test_P36_on_a_private_network_one_broken_route_pauses_only_itself(server: Server, asker: Any, status: int, paused: bool) -> None:
    server.on("/1", response(status, b"", "Retry-After: 7200"))
    server.on("/2", response(200, PAGE))
    exchanges, report = asker.visit_one(asker.work([server.url("/1"), server.url("/2")], "feed"))
    assert exchanges[0].fetched.pause_seconds == 7_200.0
    assert (report.paused_until is not None) is paused
    assert len(exchanges) == (1 if paused else 2)
    assert report.private


def test_a_redirect_s_target_that_is_busy_does_not_pause_who_sent_us(server: Server, other: Server, asker: Any) -> None:
    server.on("/a", redirect(other.on("/b", response(429))))
    exchanges, report = asker.visit_one(asker.work([server.url("/a"), server.url("/c")]))
    assert exchanges[0].fetched.reason is Reason.RATE_LIMITED
    assert report.paused_until is None
    assert len(exchanges) == 2


def test_redirects_to_one_host_take_turns_there(server: Server, other: Server, asker: Any) -> None:
    other.on("*", response(200, PAGE))
    for number in range(4):
        server.on(f"/{number}", redirect(other.url(f"/{number}")))
    asker.configure(host_spacing=0.15, page_seconds=5.0)
    asker.visit(*(asker.work([server.url(f"/{number}", f"127.0.7.{number + 1}")]) for number in range(4)))
    starts = sorted(one.at for one in other.asked)
    assert len(starts) == 4
    assert starts[-1] - starts[0] >= 0.35
    assert other.open_most <= 1


def test_a_host_out_of_reach_is_asked_once_and_its_feeds_each_have_the_reason(asker: Any) -> None:
    for kind, paused in (("feed", False), ("page", True)):
        exchanges, report = asker.visit_one(asker.work(["http://127.0.0.1:9/1", "http://127.0.0.1:9/2"], kind))
        assert [one.fetched.reason for one in exchanges] == [Reason.CONNECT_REFUSED] * 2
        assert [one.fetched.url for one in exchanges] == ["http://127.0.0.1:9/1", "http://127.0.0.1:9/2"]
        assert (report.paused_until is not None) is paused


def test_a_host_that_is_only_slow_is_left_after_two_deadlines(server: Server, asker: Any) -> None:
    server.on("*", silent())
    asker.configure(page_seconds=0.15)
    exchanges, report = asker.visit_one(asker.work([server.url(f"/{number}") for number in range(6)]))
    assert len(exchanges) == 2
    assert len(report.unattempted) == 4


# ---------------------------------------------------------------- robots.txt


def visit_pages(asker: Any, *urls: str, **grant: Any) -> tuple[list[Exchange], HostReport]:
    asker.settings = asker.settings.model_copy(update={"robots": True})
    return asker.visit_one(asker.work(urls, **grant))  # type: ignore[no-any-return]


def test_P37_a_disallowed_page_is_not_asked_for(server: Server, asker: Any) -> None:
    server.on("/robots.txt", response(200, ROBOTS, kind="text/plain"))
    server.on("/public", response(200, PAGE))
    urls = [server.url(path) for path in ("/private/1", "/public", "/private/2?x")]
    exchanges, report = visit_pages(asker, *urls)
    reasons = [one.fetched.reason if isinstance(one.fetched, FetchFailure) else None for one in exchanges]
    assert reasons == [Reason.ROBOTS, None, Reason.ROBOTS]
    assert server.targets() == ["/robots.txt", "/public"]
    assert report.robots is not None
    assert (report.robots.status, report.robots.body) == (200, ROBOTS.decode())


def test_P37_a_page_that_redirects_to_a_disallowed_one_is_not_followed(server: Server, asker: Any) -> None:
    server.on("/robots.txt", response(200, ROBOTS, kind="text/plain"))
    server.on("/public", redirect("/private/1"))
    (exchange,), _ = visit_pages(asker, server.url("/public"))
    assert exchange.fetched.reason is Reason.ROBOTS
    assert server.targets() == ["/robots.txt", "/public"]


def test_feeds_are_asked_without_robots_txt_and_so_is_everything_when_it_is_switched_off(server: Server, asker: Any) -> None:
    server.on("/robots.txt", response(200, b"User-agent: *\nDisallow: /\n"))
    server.on("/a", response(200, PAGE))
    asker.configure(robots=True).response(server.url("/a"), "feed")
    assert server.targets() == ["/a"]


def test_robots_txt_can_be_switched_off(server: Server, asker: Any) -> None:
    server.on("/a", response(200, PAGE))
    asker.configure(robots=False).response(server.url("/a"), "page")
    assert server.targets() == ["/a"]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 418, 451])
def test_P38_no_robots_txt_allows_everything(server: Server, asker: Any, status: int) -> None:
    server.on("/robots.txt", response(status, PAGE))
    server.on("/a", response(200, PAGE))
    (exchange,), report = visit_pages(asker, server.url("/a"))
    assert isinstance(exchange.fetched, Response)
    assert report.robots is not None
    assert report.robots.status == status


@pytest.mark.parametrize(
    "answer",
    [response(500), response(502), response(503), response(429), silent(), closing(b""), closing(b"nonsense\r\n\r\n"),
     response(200, ROBOTS, "Content-Encoding: x-unknown"), redirect("http://10.0.0.1/robots.txt"), response(200, ROBOTS, "Content-Length: 9")],
)  # fmt: skip
def test_P38_an_unreadable_robots_txt_closes_the_host_for_now(server: Server, asker: Any, answer: Any) -> None:
    if answer not in {response(429), response(500)}:
        asker.impatient()
    server.on("/robots.txt", answer)
    server.on("/a", response(200, PAGE))
    exchanges, report = visit_pages(asker, server.url("/a"), server.url("/a"))
    assert {one.fetched.reason for one in exchanges} <= {Reason.ROBOTS_UNREACHABLE}
    assert all(one.fetched.temporary for one in exchanges)
    assert len(exchanges) + len(report.unattempted) == 2
    assert server.targets() == ["/robots.txt"]
    assert report.robots is not None
    assert report.robots.status is None
    if answer == response(429):
        assert report.paused_until is not None


def test_P38_a_cached_copy_serves_while_robots_txt_is_unreachable(server: Server, asker: Any) -> None:
    server.on("/robots.txt", response(500))
    server.on("/public", response(200, PAGE))
    known = RobotsRecord(200, ROBOTS.decode(), datetime.now(UTC) - timedelta(days=2))
    exchanges, report = visit_pages(asker, server.url("/private/1"), server.url("/public"), robots=known)
    assert exchanges[0].fetched.reason is Reason.ROBOTS
    assert isinstance(exchanges[1].fetched, Response)
    assert server.targets() == ["/robots.txt", "/public"], "one look that fails is enough for ten minutes"
    assert report.robots is not None
    assert (report.robots.body, report.robots.fetched_at > known.fetched_at) == (known.body, True)


def test_a_page_of_another_host_follows_its_own_rules_which_are_not_kept_with_this_one(server: Server, other: Server, asker: Any) -> None:
    server.on("/robots.txt", response(200, b"User-agent: *\nDisallow: /public\nCrawl-delay: 3\n"))
    other.on("/robots.txt", response(200, ROBOTS, kind="text/plain"))
    other.on("/public", response(200, PAGE))
    known = RobotsRecord(200, "User-agent: *\nDisallow: /public\n", datetime.now(UTC))
    urls = [server.url("/public"), other.url("/public"), other.url("/private/1"), server.url("/public")]
    exchanges, report = visit_pages(asker, *urls, robots=known)
    reasons = [one.fetched.reason if isinstance(one.fetched, FetchFailure) else None for one in exchanges]
    assert reasons == [Reason.ROBOTS, None, Reason.ROBOTS, Reason.ROBOTS]
    assert (server.targets(), other.targets()) == ([], ["/robots.txt", "/public"])
    assert report.robots is None


@pytest.mark.parametrize(("age", "asked"), [(timedelta(hours=23), False), (timedelta(hours=25), True)])
def test_P40_what_another_worker_read_holds_for_a_day(server: Server, asker: Any, age: timedelta, asked: bool) -> None:
    server.on("/robots.txt", response(200, b"User-agent: *\nDisallow: /x\n"))
    server.on("*", response(200, PAGE))
    known = RobotsRecord(200, ROBOTS.decode(), datetime.now(UTC) - age)
    exchanges, report = visit_pages(asker, server.url("/private/1"), robots=known)
    assert isinstance(exchanges[0].fetched, Response) is asked
    assert ("/robots.txt" in server.targets()) is asked
    assert (report.robots is not None) is asked


def test_P39_the_first_512_kib_count_and_five_redirects_are_followed(server: Server, asker: Any) -> None:
    big = b"\xef\xbb\xbfUser-agent: *\r\nDisallow: /early\r\n" + b"# padding\n" * 60_000 + b"Disallow: /late\n"
    assert len(big) > 600_000
    for hop in range(4):
        server.on(f"/r{hop}", redirect(f"/r{hop + 1}"))
    server.on("/robots.txt", redirect("/r0"))
    server.on("/r4", response(200, big, kind="text/plain"))
    server.on("*", response(200, PAGE))
    exchanges, report = visit_pages(asker, server.url("/early"), server.url("/late"))
    assert exchanges[0].fetched.reason is Reason.ROBOTS
    assert isinstance(exchanges[1].fetched, Response)
    assert len(report.robots.body) <= 524_288
    server.on("/r4", redirect("/r5"))
    exchanges, _ = visit_pages(asker, server.url("/early"))
    assert isinstance(exchanges[0].fetched, Response), "six redirects mean that there is none (RFC 9309 §2.3.1.2)"


def test_P39_crawl_delay_spaces_the_host_s_pages(server: Server, asker: Any) -> None:
    server.on("/robots.txt", response(200, b"User-agent: *\nCrawl-delay: 86400\n"))
    server.on("*", response(200, PAGE))
    asker.configure(robots=True, crawl_delay_limit=0.25, page_seconds=5.0)
    began = time.monotonic()
    exchanges, report = asker.visit_one(asker.work([server.url("/1"), server.url("/2"), server.url("/3")]))
    assert time.monotonic() - began >= 0.45
    assert len(exchanges) == 3
    assert report.crawl_delay == 86_400
    assert server.targets() == ["/robots.txt", "/1", "/2", "/3"]


def test_X01_robots_txt_of_a_refused_host_is_not_asked_for(other: Server, asker: Any) -> None:
    asker.configure(robots=True, allowed_networks=[])
    assert asker.failure(other.url("/a"), "page").reason is Reason.REFUSED_ADDRESS
    assert asker.failure("http://127.1/a", "page").reason is Reason.REFUSED_URL
    assert other.connections == 0


def test_P27_a_redirect_is_reported_and_the_url_stays_what_was_asked(server: Server, asker: Any) -> None:
    url, target = server.on("/a", redirect("/b", 301)), server.on("/b", response(200, PAGE))
    got = asker.response(url)
    assert (got.url, got.final_url, got.redirects) == (url, target, (Redirect(301, url, target),))


def _public(monkeypatch: pytest.MonkeyPatch) -> None:
    from tasks.fetch import guard

    real = guard.refusal
    monkeypatch.setattr(guard, "refusal", lambda one: None if one.is_loopback else real(one))


@pytest.mark.parametrize("kind", ["page", "archive", "file", "feed", "site"])
def test_a_host_out_of_reach_rests_unless_a_feed_was_asked_for(asker: Any, kind: Any) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        urls = [f"http://127.0.0.1:{nobody.getsockname()[1]}/{number}" for number in range(3)]
        exchanges, report = asker.visit_one(asker.work(urls, kind, pause_count=1))
    assert [one.fetched.reason for one in exchanges] == [Reason.CONNECT_REFUSED] * 3
    if kind in {"feed", "site"}:
        assert (report.paused_until, report.pause_reason) == (None, None)
    else:
        assert report.pause_reason is Reason.CONNECT_REFUSED
        assert timedelta(minutes=9) < report.paused_until - datetime.now(UTC) <= timedelta(minutes=10)
