"""`copydesk export`: every page that can be read is written, and what is left out is named."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from db.engine import Database
from db.models import Page
from domain.packing import pack

pytest.importorskip("warcio", reason="WARC files need the extra 'archive'")
BODIES = {number: b"<html>%d</html>" % number * 50 for number in range(1, 121)}


@pytest.fixture
def place(database: Database) -> tuple[str, str]:
    """A database of 120 pages, as an option."""

    def fill(session: Any) -> None:
        for number, body in BODIES.items():
            url = f"https://press.example/{number}"
            session.add(
                Page(
                    id=number, url=url, url_key=str(number), final_url=url, status=200, headers=[["content-type", "text/html"]], body=pack(body),
                    body_hash="", body_size=len(body), fetched_at=datetime(2026, 11, 20, tzinfo=UTC),
                )
            )  # fmt: skip

    database.write(fill)
    return "--database", database.url.render_as_string(hide_password=False)


def damage(database: Database, *page_ids: int) -> None:
    """Cut the last bytes off stored pages."""

    def unit(session: Any) -> None:
        for one in page_ids:
            page = session.get(Page, one)
            page.body = page.body[:-5]

    database.write(unit)


def read(*files: str) -> list[bytes]:
    from warcio.archiveiterator import ArchiveIterator

    bodies = []
    for file in files:
        with Path(file).open("rb") as stream:
            bodies += [record.content_stream().read() for record in ArchiveIterator(stream) if record.rec_type == "response"]
    return bodies


def test_all_pages_are_written(invoke: Any, place: tuple[str, str], tmp_path: Path) -> None:
    given = invoke("export", "warc", tmp_path / "out", "--json", *place)
    assert (given.code, given.json["pages"], given.json["damaged"]) == (0, 120, [])
    assert read(*given.json["files"]) == list(BODIES.values())


def test_a_damaged_page_is_left_out_and_named(invoke: Any, place: tuple[str, str], database: Database, tmp_path: Path) -> None:
    damage(database, 7, 77)
    given = invoke("export", "warc", tmp_path / "out", *place)
    assert given.code == 1
    assert given.out.startswith("118 pages in 1 files.\n")
    *said, end = given.err.splitlines()
    assert [line.partition(": ")[0] for line in said] == [f"Page {one} (https://press.example/{one}) was left out" for one in (7, 77)]
    assert "the stored page cannot be unpacked" in said[0]
    assert end == "copydesk: 2 of 120 stored pages cannot be unpacked and were left out."
    assert read(*given.out.splitlines()[1:]) == [body for number, body in BODIES.items() if number not in {7, 77}]


def test_programs_are_told_which_page_is_damaged(invoke: Any, place: tuple[str, str], database: Database, tmp_path: Path) -> None:
    damage(database, 120)
    given = invoke("export", "warc", tmp_path / "out", "--json", *place)
    assert (given.code, given.json["pages"]) == (1, 119)
    assert [(one["page_id"], one["url"]) for one in given.json["damaged"]] == [(120, "https://press.example/120")]
