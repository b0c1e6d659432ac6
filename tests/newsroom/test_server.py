"""The press on real HTTP, and as a command."""

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsroom import printed
from newsroom.press import Plan, Press
from newsroom.server import Kiosk, street
from newsroom.site import Site

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def kiosk() -> Iterator[Kiosk]:
    with Kiosk(Site(Press(Plan(3, 40), street(3)))) as open_kiosk:
        yield open_kiosk


def connect(kiosk: Kiosk, outlet: int) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(kiosk.site.press.outlets[outlet].host, timeout=10)


def test_every_outlet_has_an_address_of_its_own_and_keeps_the_connection(kiosk: Kiosk) -> None:
    for outlet in kiosk.site.press.outlets:
        connection = connect(kiosk, outlet.number)
        for _ in range(3):
            connection.request("GET", "/")
            answer = connection.getresponse()
            assert answer.status == 200
            assert outlet.name in answer.read().decode()
        connection.close()
    assert kiosk.request_count == 9


def test_head_gives_the_headers_alone(kiosk: Kiosk) -> None:
    connection = connect(kiosk, 1)
    connection.request("HEAD", "/robots.txt")
    answer = connection.getresponse()
    assert int(answer.headers["content-length"]) > 0
    assert answer.read() == b""


def test_a_304_has_no_body(kiosk: Kiosk) -> None:
    press = kiosk.site.press
    piece = press.piece(kiosk.site.listed(press.outlets[1], press.outlets[1].languages[0])[0])
    assert piece
    connection = connect(kiosk, 1)
    connection.request("GET", printed.path(press, piece))
    first = connection.getresponse()
    first.read()
    connection.request("GET", printed.path(press, piece), headers={"If-None-Match": first.headers["etag"]})
    again = connection.getresponse()
    assert (again.status, again.read()) == (304, b"")


def test_other_methods_are_refused_and_nonsense_closes_the_connection(kiosk: Kiosk) -> None:
    connection = connect(kiosk, 1)
    connection.request("DELETE", "/")
    assert connection.getresponse().status == 405


def test_a_new_edition_appears_while_the_press_is_served(kiosk: Kiosk) -> None:
    press = kiosk.site.press
    new = next(p for story in press.stories(2) for p in press.pieces(story) if p.kind == "original" and p.outlet)
    for status, edition in ((404, 1), (200, 2)):
        kiosk.publish(edition)
        connection = connect(kiosk, new.outlet)
        connection.request("GET", printed.path(press, new))
        assert connection.getresponse().status == status
        connection.close()


def test_an_address_in_use_is_an_error_and_leaves_nothing_behind(kiosk: Kiosk) -> None:
    with pytest.raises(OSError, match="in use"), Kiosk(kiosk.site):
        pass
    connection = connect(kiosk, 0)
    connection.request("GET", "/")
    assert connection.getresponse().status == 200


def test_a_street_has_one_host_for_each_outlet() -> None:
    hosts = street(600, 8000)
    assert len(set(hosts)) == 600
    with pytest.raises(ValueError, match="at most"):
        street(100_000, 8000)


def test_where_there_is_one_loopback_address_every_outlet_has_a_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newsroom.server._binds", lambda address: address == "127.0.0.1")
    assert street(3, 8000) == ("127.0.0.1:8000", "127.0.0.1:8001", "127.0.0.1:8002")


def test_the_command_writes_its_files_says_when_it_is_ready_and_ends_on_a_signal(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "newsroom", "--outlets", "4", "--stories", "9", "--opml", "press.opml", "--truth", "truth.jsonl"]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
    try:
        assert process.stdout
        ready = json.loads(process.stdout.readline())
        lines = [json.loads(line) for line in (tmp_path / "truth.jsonl").read_text(encoding="utf-8").splitlines()]
        assert ready["listed"] == len(lines) == ready["unique"] + ready["copies"] + ready["no_article"]
        assert (tmp_path / "press.opml").read_text(encoding="utf-8").count("xmlUrl=") == ready["feeds"]
    finally:
        process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 0


def test_the_command_says_what_is_wrong_in_one_sentence() -> None:
    command = [sys.executable, "-m", "newsroom", "--outlets", "1"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 2
    assert ended.stderr.startswith("newsroom: a press needs at least 2 outlets")
