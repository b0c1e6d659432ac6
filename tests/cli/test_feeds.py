"""The subscriptions from the command line: by number or by address, on both databases, and nothing lost."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from db.engine import Database
from newsroom.press import Plan, Press
from newsroom.scripted import Server, response, running
from newsroom.server import Kiosk, street
from newsroom.site import Site, feed_url

RSS = b"""<rss version="2.0"><channel><title>Hill Post</title><link>http://x/</link><item><title>One</title><guid>1</guid>
<link>%s</link></item></channel></rss>"""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("COPYDESK_FETCH__ALLOWED_NETWORKS", '["127.0.0.0/8"]')
    monkeypatch.setenv("COPYDESK_FETCH__HOST_SPACING", "0")
    with running() as server:
        yield server


def test_feeds_are_added_listed_paused_resumed_and_removed(invoke: Any, database: Database, database_url: str) -> None:
    place = ("--database", database_url)
    assert invoke("feeds", "add", "https://a.example/feed", "--title", "A", "--tag", "world", "--tag", "calm", *place).code == 0
    assert invoke("feeds", "add", "https://b.example/", "--site", *place, "--json").json["discover"] is True
    one, two = invoke("feeds", "list", "--json", *place).json
    assert (one["url"], one["tags"], one["state"]) == ("https://a.example/feed", ["world", "calm"], "active")
    assert invoke("feeds", "pause", "HTTPS://A.example:443/feed", *place).out == "Feed 1 (A) is paused.\n"
    assert invoke("feeds", "list", "--json", *place).json[0]["state"] == "paused"
    assert invoke("feeds", "resume", "1", *place).out == "Feed 1 (A) is polled again.\n"
    assert "0 entries and their articles stay" in invoke("feeds", "remove", two["id"], *place).out
    assert [feed["id"] for feed in invoke("feeds", "list", "--json", *place).json] == [1]


def test_the_same_feed_in_another_spelling_stays_one(invoke: Any, sqlite_url: str) -> None:
    for url in ("http://a.example/feed", "https://A.example:443/feed"):
        assert invoke("feeds", "add", url, "--database", sqlite_url).code == 0
    assert len(invoke("feeds", "list", "--json", "--database", sqlite_url).json) == 1


@pytest.mark.parametrize("url", ["ftp://a.example/feed", "nonsense", "https://user:secret@a.example/feed"])
def test_an_address_that_can_be_no_feed_is_refused_with_a_sentence(invoke: Any, sqlite_url: str, url: str) -> None:
    given = invoke("feeds", "add", url, "--database", sqlite_url)
    assert given.code == 2
    assert len(given.err.splitlines()) == 1
    assert invoke("feeds", "list", "--json", "--database", sqlite_url).json == []


@pytest.mark.parametrize("verb", ["pause", "resume", "remove"])
def test_an_unknown_feed_is_named(invoke: Any, sqlite_url: str, verb: str) -> None:
    given = invoke("feeds", verb, "https://nowhere.example/feed", "--database", sqlite_url)
    assert (given.code, given.out) == (2, "")
    assert "There is no feed 'https://nowhere.example/feed'" in given.err


def test_the_list_is_plain_where_there_is_no_terminal(invoke: Any, stocked: Database) -> None:
    given = invoke("feeds", "list", "--database", stocked.url.render_as_string(hide_password=False))
    lines = given.out.splitlines()
    assert lines[0].split() == ["Feed", "State", "Title", "Address", "Entries", "Last", "poll", "Next", "Reason"]
    assert lines[2].startswith("   2  active  The Two    https://two.example/feed")
    assert "\x1b" not in given.out


def test_without_a_database_nothing_is_made(invoke: Any, tmp_path: Path) -> None:
    given = invoke("feeds", "list", "--database", f"sqlite:///{tmp_path}/none.db")
    assert given.code == 3
    assert "`copydesk init` makes it" in given.err
    assert not (tmp_path / "none.db").exists()


def test_check_asks_a_feed_and_one_of_its_pages_and_stores_nothing(invoke: Any, server: Server, sqlite_url: str) -> None:
    press = Press(Plan(outlets=2, stories=6), street(2))
    url = feed_url(press.outlets[1], press.outlets[1].languages[0])
    with Kiosk(Site(press)):
        given = invoke("feeds", "check", url, "--json", "--database", sqlite_url)
    assert given.code == 0
    assert given.json["works"]
    assert given.json["entries"] == len(given.json["listed"]) > 0
    assert given.json["sample"]["robots"]["status"] == 200
    assert given.json["sample"]["article"]["word_count"] > 50
    assert given.json["interval_seconds"] >= 900
    assert invoke("feeds", "list", "--json", "--database", sqlite_url).json == []


def test_check_finds_the_feed_of_a_site(invoke: Any, server: Server) -> None:
    page = b'<html><head><link rel="alternate" type="application/rss+xml" href="/news.xml"></head><body>Hello</body></html>'
    server.on("/", response(body=page))
    server.on("/news.xml", response(body=RSS % server.url("/story").encode(), kind="application/rss+xml"))
    server.on("*", response(404))
    site = Path("list.toml")
    site.write_text(f'[[feeds]]\nsite = "{server.url("/")}"\n', encoding="utf-8")
    given = invoke("feeds", "check", "--feeds", site, "--json")
    assert (given.code, given.json[0]["feed"], given.json[0]["works"]) == (0, server.url("/news.xml"), True)
    told = invoke("feeds", "check", server.url("/"), "--feeds", site)
    assert f"Feed      {server.url('/news.xml')} (found from {server.url('/')})" in told.out
    assert "Article   none: not found (404)" in told.out


def test_an_unknown_address_may_be_a_site_too(invoke: Any, server: Server) -> None:
    page = b'<html><head><link rel="alternate" type="application/rss+xml" href="/news.xml"></head><body>Hello</body></html>'
    server.on("/", response(body=page))
    server.on("/news.xml", response(body=RSS % server.url("/story").encode(), kind="application/rss+xml"))
    server.on("*", response(404))
    told = invoke("feeds", "check", server.url("/"))
    assert told.code == 0
    assert f"To subscribe: copydesk feeds add {server.url('/news.xml')}" in told.out


def test_check_names_what_fails_and_says_so_with_its_exit_code(invoke: Any, server: Server) -> None:
    server.on("/good", response(body=RSS % server.url("/story").encode(), kind="application/rss+xml"))
    server.on("/gone", response(410))
    server.on("*", response(404))
    Path("list.toml").write_text(f'[[feeds]]\nurl = "{server.url("/good")}"\n[[feeds]]\nurl = "{server.url("/gone")}"\n', encoding="utf-8")
    given = invoke("feeds", "check", "--feeds", "list.toml")
    assert given.code == 1
    assert f"ok      {server.url('/good')}: 1 entries" in given.out
    assert f"FAILED  {server.url('/gone')}: gone (410)" in given.out
    assert "1 of 2 feeds work." in given.out
    assert invoke("feeds", "check", server.url("/gone")).code == 1


def test_check_of_an_unknown_number_is_refused(invoke: Any, sqlite_url: str) -> None:
    given = invoke("feeds", "check", "5", "--database", sqlite_url)
    assert (given.code, given.out) == (2, "")
