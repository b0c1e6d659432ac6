"""The lines learned of sites from the command line: listed, kept, cut again; every word of a person is told and lasts."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from db import lines
from db.engine import Database
from db.models import Change
from domain.lines import key
from domain.records import SiteLine

SITE, PROMO = "one.example", "Visit our shop of fine papers."
DAY = dt.date(2026, 11, 1)
NUMBER = key(SITE, PROMO).to_bytes(8, signed=True).hex()


@pytest.fixture
def learned(stocked: Database) -> Database:
    row = SiteLine(key(SITE, PROMO), SITE, "flagged", 6, (1, 2), 0, DAY, DAY + dt.timedelta(days=4), 1, PROMO)
    other = SiteLine(key("two.example", "Ring us."), "two.example", "flagged", 9, (1, 2), 0, DAY, DAY, 1, "Ring us.")
    seen = SiteLine(key(SITE, "Once."), SITE, "seen", 1, (1,), 0, DAY, DAY, 1)
    stocked.write(lambda session: lines.write(session, [row, other, seen]))
    return stocked


def place(database: Database) -> tuple[str, str]:
    return "--database", database.url.render_as_string(hide_password=False)


def test_flagged_lines_are_listed_by_site_with_their_evidence(invoke: Any, learned: Database) -> None:
    found = invoke("lines", "--json", *place(learned)).json
    assert [one["site"] for one in found] == [SITE, "two.example"]
    assert found[0] == {
        "line": NUMBER, "site": SITE, "state": "flagged", "story_count": 6, "first_day": "2026-11-01", "last_day": "2026-11-05",
        "article_id": 1, "text": PROMO,
    }  # fmt: skip
    assert [one["text"] for one in invoke("lines", "two.example", "--json", *place(learned)).json] == ["Ring us."]
    assert PROMO in invoke("lines", SITE, *place(learned)).out
    assert invoke("lines", "none.example", *place(learned)).out == "No line has been flagged for none.example.\n"


@pytest.mark.parametrize("named", [NUMBER, PROMO, "visit our shop of fine papers"])
def test_a_line_is_kept_and_cut_again_and_the_change_log_tells(invoke: Any, learned: Database, named: str) -> None:
    assert invoke("lines", "keep", SITE, named, *place(learned)).out == f"{PROMO}\nis kept in later articles of {SITE}.\n"
    assert invoke("lines", "keep", SITE, named, *place(learned)).code == 0
    with learned.read() as session:
        assert lines.flagged(session, [SITE]) == {}
        told = session.execute(sa.select(Change.kind, Change.article_id, Change.detail)).all()
    assert told == [("line_kept", 1, {"site": SITE, "line": PROMO})]
    assert invoke("lines", "cut", SITE, named, "--json", *place(learned)).json["state"] == "flagged"
    with learned.read() as session:
        assert lines.flagged(session, [SITE]) == {SITE: frozenset({key(SITE, PROMO)})}
        assert session.scalars(sa.select(Change.kind).order_by(Change.seq)).all() == ["line_kept", "line_cut"]
    audit = {one["name"]: one["broken_count"] for one in invoke("audit", "--json", *place(learned)).json["findings"]}
    assert audit["change-kinds"] == 0


@pytest.mark.parametrize("named", ["Once.", "Never seen", "zzzzzzzzzzzzzzzz", "0" * 16])
def test_a_line_that_was_never_flagged_is_named(invoke: Any, learned: Database, named: str) -> None:
    given = invoke("lines", "keep", SITE, named, *place(learned))
    assert (given.code, given.out, len(given.err.splitlines())) == (2, "", 1)
    assert f"`copydesk lines {SITE}`" in given.err


def test_extract_reads_what_was_learned_of_the_site_and_writes_nothing(invoke: Any, sqlite_url: str) -> None:
    database = Database(sqlite_url)
    row = SiteLine(key(SITE, PROMO), SITE, "flagged", 6, (1, 2), 0, DAY, DAY, 1, PROMO)
    database.write(lambda session: lines.write(session, [row]))
    database.close()
    story = "".join(f"<p>Sentence number {number} of a story that has enough of them to go on for a while.</p>" for number in range(8))
    Path("page.html").write_text(f"<html><body><article><h1>Title</h1>{story}<p>{PROMO}</p></article></body></html>", encoding="utf-8")
    found = invoke("extract", "page.html", "--url", f"https://{SITE}/a", "--database", sqlite_url, "--json").json
    assert {one["line"]: one["rule"] for one in found["cut"]}[PROMO] == "learned"
    assert PROMO in invoke("extract", "page.html", "--url", "https://two.example/a", "--database", sqlite_url, "--json").json["text"]
