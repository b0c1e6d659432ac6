"""OPML in and out: what goes out comes back in, and a bad row is named without losing the others."""

from pathlib import Path
from typing import Any

from db.engine import Database


def test_a_list_goes_out_and_comes_back(invoke: Any, stocked: Database, tmp_path: Path) -> None:
    given = invoke("opml", "export", "out.opml", "--database", stocked.url.render_as_string(hide_password=False))
    assert given.out == "3 feeds written to out.opml.\n"
    other = f"sqlite:///{tmp_path}/other.db"
    assert invoke("opml", "import", "out.opml", "--database", other).out == "3 of 3 feeds are new; 0 rows could not be used.\n"
    assert invoke("opml", "import", "out.opml", "--database", other, "--json").json["added"] == 0
    listed = invoke("feeds", "list", "--json", "--database", other).json
    assert (listed[0]["url"], listed[0]["title"], listed[0]["tags"]) == ("https://one.example/feed", "The One", ["world"])
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_without_a_file_the_document_goes_to_standard_output(invoke: Any, stocked: Database) -> None:
    given = invoke("opml", "export", "--database", stocked.url.render_as_string(hide_password=False))
    assert given.out.startswith("<?xml")
    assert 'xmlUrl="https://two.example/feed"' in given.out


def test_a_bad_row_is_named_and_left_out(invoke: Any, sqlite_url: str) -> None:
    Path("list.opml").write_text(
        '<opml version="2.0"><body><outline type="rss" xmlUrl="https://a.example/feed"/>\n<outline type="rss" xmlUrl="ftp://b"/></body></opml>',
        encoding="utf-8",
    )
    given = invoke("opml", "import", "list.opml", "--database", sqlite_url)
    assert given.code == 2
    assert given.out == "1 of 1 feeds are new; 1 rows could not be used.\n"
    assert "list.opml, line 2: url is 'ftp://b'" in given.err


def test_a_file_that_cannot_be_read_or_written_is_told(invoke: Any, stocked: Database) -> None:
    place = ("--database", stocked.url.render_as_string(hide_password=False))
    assert invoke("opml", "import", "missing.opml", *place).err == "copydesk: missing.opml cannot be read: no such file or directory.\n"
    given = invoke("opml", "export", "no/such/folder.opml", *place)
    assert (given.code, len(given.err.splitlines())) == (1, 1)
