"""A log line is one line, whatever is logged: nothing in it can pass for another line or drive a terminal."""

import io
import logging
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.logging import configure, escape


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger("copydesk")
    before = (root.handlers[:], root.level, root.propagate)
    stream = io.StringIO()
    configure("INFO", stream=stream)
    yield stream
    root.handlers[:], root.propagate = before[0], before[2]
    root.setLevel(before[1])


def test_an_event_is_one_line_of_keys_and_values(stream: io.StringIO) -> None:
    logging.getLogger("copydesk.poll").info("feed polled", extra={"feed": 7, "outcome": "read", "title": "Two words"})
    line = stream.getvalue()
    assert line.endswith('level=info logger=copydesk.poll event="feed polled" feed=7 outcome=read title="Two words"\n')
    assert line.startswith("time=20")


def test_hostile_text_cannot_forge_a_line_or_drive_the_terminal(stream: io.StringIO) -> None:
    logging.getLogger("copydesk.poll").warning("title %s", "one\ntime=2026 level=error \x1b[2J\u202eevil\u2028x")
    assert stream.getvalue().count("\n") == 1
    assert r"one\ntime=2026 level=error \u001b[2J\u202eevil\u2028x" in stream.getvalue()


def test_a_traceback_stays_on_its_line(stream: io.StringIO) -> None:
    try:
        int("no")
    except ValueError:
        logging.getLogger("copydesk.store").exception("batch failed")
    assert stream.getvalue().count("\n") == 1
    assert "ValueError: invalid literal" in stream.getvalue()


def test_configuring_again_replaces_the_handler_and_keeps_others(stream: io.StringIO) -> None:
    other = logging.NullHandler()
    logging.getLogger("copydesk").addHandler(other)
    configure("ERROR", stream=stream)
    logging.getLogger("copydesk.x").warning("quiet")
    logging.getLogger("copydesk.x").error("loud")
    assert stream.getvalue().count("event=") == 1
    assert other in logging.getLogger("copydesk").handlers


@given(st.text())
def test_escaped_text_is_printable_and_on_one_line(text: str) -> None:
    escaped = escape(text)
    assert len(escaped.splitlines()) <= 1
    assert not any(ord(character) < 0x20 or 0x7F <= ord(character) < 0xA0 for character in escaped)
    escaped.encode()


def test_plain_values_are_left_alone() -> None:
    assert [escape(value) for value in ("https://a.example/x", 1, 0.5)] == ["https://a.example/x", "1", "0.5"]
    assert [escape(value) for value in ("two words", "", 'a "quote"', "k=v")] == ['"two words"', '""', r'"a \"quote\""', '"k=v"']
