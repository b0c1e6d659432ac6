"""Polls over real HTTP: the room's own work and the fetch room's client together, against a scripted server on loopback."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from config.settings import FetchSettings
from db.models import Host
from newsroom.scripted import Server, response, running
from tasks.fetch.client import Client

OPTIONS = {"allowed_networks": ["127.0.0.0/8"], "host_spacing": 0.0, "feed_seconds": 5.0}


@pytest.fixture
def server() -> Iterator[Server]:
    with running() as one:
        yield one


@pytest.fixture
def wired(sqlite_room: Any) -> Iterator[Any]:
    """The room with the real client in place of the fake visitor."""
    with Client(FetchSettings(**OPTIONS)) as client:
        yield replace(sqlite_room, visitor=client)


def answer(status: int, body: bytes = b"", **headers: str) -> bytes:
    kind = headers.pop("Content_Type", "application/rss+xml")
    return response(status, body, *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()), kind=kind)


def poll_again(room: Any) -> None:
    room.make_due()
    room.poll()


def sent(server: Server, name: str) -> list[str | None]:
    return [one.header(name) for one in server.asked]


HTTP_DATE, ODD_DATE = "Sun, 22 Nov 2026 10:00:00 GMT", "sunday  22.11.26 10h"


@pytest.mark.parametrize("pair", [('"abc"', HTTP_DATE), ('W/"abc"', HTTP_DATE), ("abc", ODD_DATE), ('"a  b"', ODD_DATE)])
def test_P01_P02_validators_go_back_byte_for_byte(wired: Any, server: Server, make: Any, pair: tuple[str, str]) -> None:
    etag, modified = pair
    url = server.on("/feed", answer(200, make.rss(make.item(1)), ETag=etag, Last_Modified=modified))
    wired.subscribe(url)
    wired.poll()
    poll_again(wired)
    assert sent(server, "if-none-match") == [None, etag]
    assert sent(server, "if-modified-since") == [None, modified]


@pytest.mark.parametrize("offered", ["ETag", "Last_Modified"])
def test_P03_only_what_was_offered_is_sent(wired: Any, server: Server, make: Any, offered: str) -> None:
    wired.subscribe(server.on("/feed", answer(200, make.rss(make.item(1)), **{offered: '"x"'})))
    wired.poll()
    poll_again(wired)
    both = [sent(server, "if-none-match")[1], sent(server, "if-modified-since")[1]]
    assert both == (['"x"', None] if offered == "ETag" else [None, '"x"'])


def test_P04_P06_a_touched_feed_gives_new_validators_and_a_later_one_may_give_none(wired: Any, server: Server, make: Any) -> None:
    body = make.rss(make.item(1))
    wired.subscribe(server.on("/feed", answer(200, body, ETag='"1"')))
    wired.poll()
    server.on("/feed", answer(200, body, ETag='"2"'))
    poll_again(wired)
    server.on("/feed", answer(200, body))
    poll_again(wired)
    poll_again(wired)
    assert sent(server, "if-none-match") == [None, '"1"', '"2"', None]
    assert len(wired.entries()) == 1


def test_P05_a_304_renews_what_is_sent(wired: Any, server: Server, make: Any) -> None:
    wired.subscribe(server.on("/feed", answer(200, make.rss(make.item(1)), ETag='"1"')))
    wired.poll()
    server.on("/feed", answer(304, ETag='"2"'))
    poll_again(wired)
    poll_again(wired)
    assert sent(server, "if-none-match") == [None, '"1"', '"2"']


def test_P07_a_304_out_of_nowhere_harms_nothing(wired: Any, server: Server, make: Any) -> None:
    wired.subscribe(server.on("/feed", answer(304, ETag='"1"')))
    wired.poll()
    assert wired.feed().reason in {"protocol", "unexpected_status"}
    assert (wired.feed().etag, wired.entries()) == (None, [])


@pytest.mark.parametrize("body", [b"", b"<!doctype html><title>Maintenance</title>", b"not found, sorry"])
def test_H18_a_feed_that_answers_nonsense_keeps_its_entries_and_validators(wired: Any, server: Server, make: Any, body: bytes) -> None:
    wired.subscribe(server.on("/feed", answer(200, make.rss(make.item(1)), ETag='"good"')))
    wired.poll()
    server.on("/feed", answer(200, body, ETag='"bad"'))
    poll_again(wired)
    poll_again(wired)
    assert sent(server, "if-none-match") == [None, '"good"', '"good"']
    assert len(wired.entries()) == 1
    assert wired.feed().failing_since is not None


def test_P16_a_retry_after_pauses_the_whole_host(wired: Any, server: Server, make: Any) -> None:
    wired.subscribe(server.on("/a", answer(429, Retry_After="7200")), server.on("/b", answer(200, make.rss(make.item(1)))))
    wired.poll()
    wired.make_due()
    assert wired.poll(force=True).done == 0
    assert len(server.asked) == 1
    assert wired.rows(Host, Host.pause_reason) == [("rate_limited",)]


def test_P28_P29_validators_of_a_redirects_target_are_not_sent_to_its_source(wired: Any, server: Server, make: Any) -> None:
    server.on("/new", answer(200, make.rss(make.item(1)), ETag='"new"'))
    wired.subscribe(server.on("/old", answer(302, Location="/new")))
    wired.poll()
    poll_again(wired)
    assert [one.header("if-none-match") for one in server.asked if one.target == "/old"] == [None, None]
    assert wired.feed().url.endswith("/old")


def test_H21_a_feed_under_a_wrong_type_is_read(wired: Any, server: Server, make: Any) -> None:
    wired.subscribe(server.on("/feed", answer(200, make.rss(make.item(1)), Content_Type="image/png")))
    wired.poll()
    assert len(wired.entries()) == 1


def test_entries_of_an_intranets_feed_may_lie_on_the_intranet(wired: Any, server: Server, make: Any) -> None:
    wired.subscribe(server.on("/feed", answer(200, make.rss(make.item(1, link=server.url("/story"))))))
    wired.poll()
    assert [entry.trusted for entry in wired.entries()] == [True]
