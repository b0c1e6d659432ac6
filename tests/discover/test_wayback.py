"""The web archive: what is asked, what its answers mean."""

import json
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.history import Discovered, Finding, Further, Trouble, Window
from domain.outcomes import Reason
from domain.urls import original_of
from tasks.discover import wayback
from tasks.discover.wayback import Capture

BASE = "https://archive.example"
QUERY = f"{BASE}/cdx/search/cdx?url=press.example&matchType=domain"
MARCH = Window(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))
HEADER = ["timestamp", "original", "mimetype", "statuscode"]


def read(body: object, window: Window = MARCH, **options: int) -> list[Finding]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return list(wayback.read(raw, QUERY, BASE, window, **options))


def test_the_query_names_site_window_and_form() -> None:
    query = parse_qs(urlsplit(wayback.query_url(BASE + "/", "https://www.press.example/", MARCH, limit=500)).query)
    assert query["url"] == ["press.example"]
    assert query["matchType"] == ["domain"]
    assert (query["from"], query["to"], query["limit"]) == (["20260301000000"], ["20260401000000"], ["500"])
    assert query["filter"] == ["statuscode:200", "mimetype:text/html"]
    section = parse_qs(urlsplit(wayback.query_url(BASE, "https://press.example/world/", Window(), limit=5, resume="com,x)/ 2026")).query)
    assert section["url"] == ["press.example/world/*"]
    assert section["resumeKey"] == ["com,x)/ 2026"]
    assert "from" not in section


def test_each_article_is_taken_once_at_its_earliest_capture_in_the_window() -> None:
    rows = [
        HEADER,
        ["20260310120000", "https://press.example/a", "text/html", "200"],
        ["20260305120000", "http://www.press.example:80/a?utm_source=x", "text/html", "200"],
        ["20260201120000", "https://press.example/b", "text/html", "200"],
        ["20260311120000", "https://press.example/b", "text/html", "200"],
        ["20260401000000", "https://press.example/c", "text/html", "200"],
    ]
    found = [one for one in read(rows) if isinstance(one, Discovered)]
    assert [(one.url, one.asked_url) for one in found] == [
        ("http://www.press.example:80/a?utm_source=x", f"{BASE}/web/20260305120000id_/http://www.press.example:80/a?utm_source=x"),
        ("https://press.example/b", f"{BASE}/web/20260311120000id_/https://press.example/b"),
    ]
    assert [one.position for one in found] == [1, 2]
    assert read(rows, start=1) == found[1:]


def test_what_cannot_be_an_article_is_left_out() -> None:
    links = ["/", "", "/feed/", "/tag/x", "/style.css", "/a.jpg", "/wp-json/x", "/page/2/"]
    rows = [HEADER, *(["20260305120000", f"https://press.example{link}", "text/html", "200"] for link in links)]
    rows += [
        ["20260305120000", "https://press.example/gone", "text/html", "404"],
        ["20260305120000", "https://press.example/pdf", "application/pdf", "200"],
    ]
    rows += [["not a time", "https://press.example/x", "text/html", "200"], ["20260305120000", "dns:press.example", "text/html", "200"]]
    assert read(rows) == []


def test_a_resume_key_leads_to_the_rest() -> None:
    found = read([HEADER, ["20260305120000", "https://press.example/a", "text/html", "200"], [], ["com,press)/a 20260305120001"]])
    (further,) = [one for one in found if isinstance(one, Further)]
    assert parse_qs(urlsplit(further.target).query)["resumeKey"] == ["com,press)/a 20260305120001"]
    again = list(wayback.read(json.dumps([HEADER, [], ["second"]]).encode(), further.target, BASE, MARCH))
    assert parse_qs(urlsplit(again[0].target).query)["resumeKey"] == ["second"]  # type: ignore[union-attr]


def test_the_plain_form_of_older_servers_is_read_too() -> None:
    body = b"20260305120000 https://press.example/a text/html 200\n20260306120000 https://press.example/b text/html -\n\nkey\n"
    assert [one.url for one in read(body) if isinstance(one, Discovered)] == ["https://press.example/a", "https://press.example/b"]
    assert [one for one in read(body) if isinstance(one, Further)]


@pytest.mark.parametrize("body", [b"", b"[]", b"\n"])
def test_an_archive_that_holds_nothing_says_so_quietly(body: bytes) -> None:
    assert read(body) == []


@pytest.mark.parametrize("body", [b"[[1,2", b"[1, 2]", b'["x"]'])
def test_an_answer_that_is_no_index_is_a_trouble(body: bytes) -> None:
    (trouble,) = read(body)
    assert isinstance(trouble, Trouble)
    assert (trouble.reason, trouble.fatal) == (Reason.NOT_AN_ARCHIVE, True)


@given(st.binary(max_size=200))
def test_any_answer_gives_findings_and_no_exception(body: bytes) -> None:
    assert isinstance(read(body), list)


@pytest.mark.parametrize(
    "original", ["https://press.example/a?b=c&d=http://x/", "http://press.example/ünder", "http://www.press.example:80/a"]
)
def test_a_capture_says_what_it_is_a_capture_of(original: str) -> None:
    assert original_of(wayback.raw_url(BASE, Capture(original, datetime(2026, 3, 5, tzinfo=UTC)))) == original
    assert original_of(original) is None
    assert original_of(f"{BASE}/web/2026/https:/press.example/a") == "https://press.example/a"
