"""WARC files: what is a page, where reading goes on, what a damaged file still gives."""

import gzip
import io
import random
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.history import Discovered, Finding, Trouble, Window
from domain.outcomes import Reason
from tasks.discover import warc

warcio = pytest.importorskip("warcio", reason="WARC files need the extra 'archive'")
ALWAYS = Window()


def record(
    writer: Any,
    url: str,
    body: bytes,
    *,
    status: str = "200 OK",
    headers: Sequence[tuple[str, str]] = (),
    at: str = "2026-03-05T08:00:00Z",
    kind: str = "response",
) -> None:
    from warcio.statusandheaders import StatusAndHeaders

    lines = (
        [("Content-Type", "text/html; charset=utf-8"), *headers]
        if not any(name == "Content-Type" for name, _ in headers)
        else list(headers)
    )
    http = StatusAndHeaders(status, lines, protocol="HTTP/1.1") if kind in {"response", "revisit"} else None
    writer.write_record(
        writer.create_warc_record(url, kind, payload=io.BytesIO(body), http_headers=http, warc_headers_dict={"WARC-Date": at})
    )


def warc_of(*pages: tuple[str, bytes], packed: bool = True, **options: Any) -> bytes:
    from warcio.warcwriter import WARCWriter

    buffer = io.BytesIO()
    writer = WARCWriter(buffer, gzip=packed)
    writer.write_record(writer.create_warcinfo_record("test.warc", {"software": "test"}))
    for url, body in pages:
        record(writer, url, body, **options)
    return buffer.getvalue()


def noise(size: int, seed: int = 0) -> bytes:
    return b"<html>" + random.Random(seed).randbytes(size).hex().encode() + b"</html>"


def read(data: bytes, window: Window = ALWAYS, **options: int) -> list[Finding]:
    return list(warc.read(io.BytesIO(data), window, **options))


PAGES = [(f"https://press.example/{number}", noise(500, number)) for number in range(6)]


@pytest.mark.parametrize("packed", [True, False])
def test_pages_come_out_as_they_went_in_from_any_record_on(packed: bool) -> None:
    data = warc_of(*PAGES, packed=packed)
    whole = read(data)
    assert [(one.url, one.page.body) for one in whole if isinstance(one, Discovered) and one.page] == PAGES
    for at, one in enumerate(whole, 1):
        assert isinstance(one, Discovered)
        assert read(data, start=one.position) == whole[at:]
    first = whole[0]
    assert isinstance(first, Discovered)
    assert first.page is not None
    assert first.page.fetched_at == datetime(2026, 3, 5, 8, tzinfo=UTC)
    assert ("content-type", "text/html; charset=utf-8") in first.page.headers


def test_only_html_answers_with_status_200_are_pages() -> None:
    from warcio.warcwriter import WARCWriter

    buffer = io.BytesIO()
    writer = WARCWriter(buffer, gzip=True)
    record(writer, "https://press.example/ok", b"<html>ok</html>")
    record(writer, "https://press.example/gone", b"<html>gone</html>", status="404 Not Found")
    record(writer, "https://press.example/image", b"\x89PNG", headers=[("Content-Type", "image/png")])
    record(writer, "https://press.example/x", b"<html>x</html>", headers=[("Content-Type", "application/xhtml+xml")])
    record(writer, "dns:press.example", b"127.0.0.1", kind="resource")
    record(writer, "https://press.example/meta", b"fetchTimeMs: 1", kind="metadata")
    record(writer, "ftp://press.example/file", b"<html>x</html>")
    assert [one.url for one in read(buffer.getvalue()) if isinstance(one, Discovered)] == [
        "https://press.example/ok",
        "https://press.example/x",
    ]


def test_bodies_are_decoded_whether_or_not_they_are_coded_as_declared() -> None:
    body = noise(300)
    gzipped = warc_of(("https://press.example/1", gzip.compress(body)), headers=[("Content-Encoding", "gzip")])
    declared_only = warc_of(("https://press.example/1", body), headers=[("Content-Encoding", "gzip")])
    chunked = warc_of(("https://press.example/1", b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)), headers=[("Transfer-Encoding", "chunked")])
    for data in (gzipped, declared_only, chunked):
        (found,) = read(data)
        assert isinstance(found, Discovered)
        assert found.page is not None
        assert found.page.body == body


def test_a_page_above_the_limit_is_counted_and_left_out() -> None:
    data = warc_of(PAGES[0], ("https://press.example/big", b"<html>" + b"x" * 100_000), PAGES[1])
    found = read(data, body_limit=50_000)
    assert [one.url for one in found if isinstance(one, Discovered)] == [PAGES[0][0], PAGES[1][0]]
    assert found[-1] == Trouble(Reason.TOO_LARGE, "1 pages of more than 50,000 bytes")


def test_reading_stops_at_enough_and_says_what_it_met_so_far() -> None:
    data = warc_of(PAGES[0], ("https://press.example/big", b"<html>" + b"x" * 100_000), *PAGES[1:])
    asked = iter((False, False, False, True))  # after the head, the first page, the large one, the second
    found = list(warc.read(io.BytesIO(data), ALWAYS, body_limit=50_000, enough=lambda _: next(asked)))
    assert found[2:] == [Trouble(Reason.TOO_LARGE, "1 pages of more than 50,000 bytes")]
    second = found[1]
    assert isinstance(second, Discovered)
    rest = read(data, start=second.position)
    assert [one.url for one in [*found[:2], *rest] if isinstance(one, Discovered)] == [url for url, _ in PAGES]


def test_pages_are_taken_by_the_time_of_their_capture() -> None:
    data = warc_of(*PAGES, at="2026-03-05T08:00:00Z")
    assert len(read(data, Window(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)))) == 6
    assert read(data, Window(datetime(2026, 5, 1, tzinfo=UTC), None)) == []


@pytest.mark.parametrize("packed", [True, False])
def test_a_file_cut_off_anywhere_gives_whole_pages_only(packed: bool) -> None:
    data = warc_of(*PAGES, packed=packed)
    ends = [one.position for one in read(data) if isinstance(one, Discovered)]
    for size in range(0, len(data), 97):
        found = read(data[:size])
        bodies = [one.page.body for one in found if isinstance(one, Discovered) and one.page]
        assert bodies == [body for _, body in PAGES][: len(bodies)]
        assert len(bodies) >= sum(end <= size for end in ends)


@pytest.mark.parametrize("data", [b"hello", b"<html></html>", b"\x1f\x8b\x08\x00broken", gzip.compress(b"hello")])
def test_what_is_no_warc_file_says_so(data: bytes) -> None:
    (trouble,) = read(data)
    assert isinstance(trouble, Trouble)
    assert (trouble.reason, trouble.fatal) == (Reason.NOT_AN_ARCHIVE, True)


def test_a_file_packed_as_a_whole_names_the_cure() -> None:
    found = read(gzip.compress(gzip.decompress(warc_of(*PAGES))))
    assert isinstance(found[-1], Trouble)
    assert "gzip" in found[-1].detail


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 2_000), st.binary(min_size=1, max_size=40))
def test_damaged_bytes_give_findings_and_no_exception(at: int, junk: bytes) -> None:
    for packed in (True, False):
        data = warc_of(*PAGES[:2], packed=packed)
        assert isinstance(read(data[:at] + junk + data[at + len(junk) :]), list)


def test_a_capture_is_dated_to_its_part_of_a_second_and_an_impossible_one_is_none() -> None:
    (found,) = read(warc_of(PAGES[0], at="2026-03-05T08:00:00.000007Z"))
    assert isinstance(found, Discovered)
    assert found.page is not None
    assert found.page.fetched_at == datetime(2026, 3, 5, 8, 0, 0, 7, tzinfo=UTC)
    assert not any(isinstance(one, Discovered) for one in read(warc_of(PAGES[0], at="0001-01-01T00:00:00+03:00")))
