"""The archive as an interchange format: what is exported is read by two other tools, and by ourselves, as it was fetched."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from config.settings import Settings
from db import pages
from db.engine import Database
from db.packed import PackedPage
from domain import packing
from domain.errors import ConfigurationError
from domain.history import Discovered, Window
from domain.records import Page, Run
from flows.export import export_pages
from tasks.discover import warc as reader
from tasks.publish.warc import Writer

warcio = pytest.importorskip("warcio", reason="WARC files need the extra 'archive'")
NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)


def page(number: int, body: bytes, **changes: Any) -> Page:
    url = f"https://press.example/{number}"
    told: dict[str, Any] = {
        "url": url, "final_url": url, "status": 200, "headers": (("content-type", "text/html; charset=utf-8"), ("etag", f'"{number}"')),
        "body": body, "fetched_at": NOON + timedelta(minutes=number, microseconds=7),
    }  # fmt: skip
    return Page(**{**told, **changes})


def store(database: Database, some: list[Page]) -> None:
    run = Run("20260305T120000-aaaaaaaa", "test:1", NOON)
    rows = [
        PackedPage(
            one.url, f"key {one.url}", one.final_url, one.status, [[name, value] for name, value in one.headers],
            packing.pack(one.body), packing.body_hash(one.body), len(one.body), one.fetched_at,
        )
        for one in some
    ]  # fmt: skip
    database.write(lambda session: pages.record_pages(session, run, rows))


@pytest.fixture
def some(prose: Callable[..., str]) -> list[Page]:
    bodies = [f"<html><p>{prose(number)}</p></html>".encode() for number in range(5)]
    bodies.append("<html><p>Çocuklar – هەولێر\r\n\r\n</p></html>".encode())
    bodies.append(b"<html>\xff\xfe\x00 no encoding at all</html>")
    made = [page(number, body) for number, body in enumerate(bodies)]
    made[1] = page(1, bodies[1], final_url="https://press.example/1-moved")
    made[2] = page(2, bodies[2], headers=(*made[2].headers, ("content-encoding", "gzip"), ("content-length", "17")))
    return made


@pytest.fixture
def stored(database: Database, some: list[Page]) -> Settings:
    """Return the settings of a database that holds these pages."""
    store(database, some)
    return Settings(database_url=database.url.render_as_string(hide_password=False))


def test_warcio_reads_every_page_as_it_was_fetched(stored: Settings, some: list[Page], tmp_path: Path) -> None:
    from warcio.archiveiterator import ArchiveIterator

    told = export_pages(stored, tmp_path / "out")
    found = []
    with Path(told.files[0]).open("rb") as stream:
        for record in ArchiveIterator(stream, check_digests="raise"):
            if record.rec_type == "response":
                named = record.rec_headers
                found.append((named["WARC-Target-URI"], named["WARC-Date"], record.content_stream().read()))
            else:
                assert record.rec_type == "warcinfo"
    assert (told.count, len(told.files), told.damaged) == (len(some), 1, ())
    assert found == [(one.final_url, f"{one.fetched_at:%Y-%m-%dT%H:%M:%S.%f}Z", one.body) for one in some]


def test_fastwarc_finds_every_digest_right(stored: Settings, some: list[Page], tmp_path: Path) -> None:
    import fastwarc.warc as fastwarc

    (file,) = export_pages(stored, tmp_path / "out").files
    bodies = []
    with Path(file).open("rb") as stream:
        for record in fastwarc.ArchiveIterator(stream, record_types=fastwarc.WarcRecordType.response, parse_http=False):
            assert record.verify_block_digest()
            record.parse_http()
            assert record.verify_payload_digest()
            assert record.http_headers.status_code == 200
            bodies.append(record.reader.read())
    assert bodies == [one.body for one in some]


def test_what_we_export_we_take_in_again(stored: Settings, some: list[Page], tmp_path: Path) -> None:
    (file,) = export_pages(stored, tmp_path / "out").files
    with Path(file).open("rb") as stream:
        found = [one.page for one in reader.read(stream, Window()) if isinstance(one, Discovered) and one.page]
    assert [(one.url, one.final_url, one.body, one.fetched_at) for one in found] == [
        (one.url, one.final_url, one.body, one.fetched_at) for one in some
    ]


def test_only_the_days_that_are_asked_for(stored: Settings, database: Database, tmp_path: Path) -> None:
    store(database, [page(9, b"<html>later</html>", fetched_at=NOON + timedelta(days=1))])
    told = export_pages(stored, tmp_path / "out", since=date(2026, 3, 6), until=date(2026, 3, 6))
    assert told.count == len(told.files) == 1
    assert export_pages(stored, tmp_path / "none", since=date(2026, 3, 7), until=date(2026, 3, 8)).files == ()
    with pytest.raises(ConfigurationError, match="2026-03-09"):
        export_pages(stored, tmp_path / "none", since=date(2026, 3, 9), until=date(2026, 3, 1))


def test_a_large_archive_becomes_several_files_each_readable_alone(some: list[Page], tmp_path: Path) -> None:
    with Writer(tmp_path, started_at=NOON, software="test", size=1) as writer:
        writer.write(some)
    assert len(writer.files) == len(some) == len(list(tmp_path.iterdir()))
    for file, one in zip(writer.files, some, strict=True):
        with file.open("rb") as stream:
            assert [found.page.body for found in reader.read(stream, Window()) if isinstance(found, Discovered) and found.page] == [
                one.body
            ]


def test_a_writer_that_is_stopped_leaves_no_half_file(some: list[Page], tmp_path: Path) -> None:
    def until_it_breaks() -> Any:
        yield from some[:3]
        raise RuntimeError("the disk is gone")

    with pytest.raises(RuntimeError), Writer(tmp_path, started_at=NOON, software="test") as writer:
        writer.write(until_it_breaks())
    assert list(tmp_path.iterdir()) == []
