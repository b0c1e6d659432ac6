"""What an operator looks at: status, audit and doctor, as text and as JSON."""

import datetime as dt
import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from config.settings import load
from db import candidates, recipes
from db.engine import Database
from db.models import Article, Cluster, Feed, Host
from tasks.deduplicate.judge import TextJudge

SOON = dt.datetime.now(dt.UTC) + dt.timedelta(hours=3)


def place(database: Database) -> tuple[str, str]:
    return "--database", database.url.render_as_string(hide_password=False)


def test_status_shows_feeds_hosts_work_and_outcomes(invoke: Any, stocked: Database) -> None:
    failing = {"failing_since": SOON - dt.timedelta(days=1), "reason": "not_found", "detail": "404 at /feed", "polled_at": SOON}

    def trouble(session: sa.orm.Session) -> None:
        session.execute(sa.update(Feed).where(Feed.id == 2).values(**failing))
        session.execute(sa.update(Feed).where(Feed.id == 3).values(state="paused"))
        session.add(Host(host="two.example:443", domain="two.example", paused_until=SOON, pause_reason="rate_limited"))

    stocked.write(trouble)
    found = invoke("status", "--json", *place(stocked)).json
    assert found["feeds"] == {"failing": 1, "new": 1, "paused": 1}
    assert found["pending"] == {"to_fetch": 1, "paused": 0, "to_extract": 0, "later": 0}
    assert (found["outcomes"]["all"]["unique"], found["outcomes"]["all"]["pending"]) == (1, 1)
    assert (found["article_count"], found["unique_count"], found["newest"]["publisher"]) == (1, 1, "The One")
    assert found["troubles"][0]["reason_text"] == "not found (404)"
    assert found["paused_hosts"][0]["host"] == "two.example:443"
    assert found["size_bytes"] > 100_000
    text = invoke("status", *place(stocked)).out
    assert "Feeds     1 failing, 1 new, 1 paused; " in text
    assert "not found (404)" in text
    assert "the server asked to slow down (429)" in text


def test_status_names_publishers_that_drift_and_only_then(invoke: Any, stocked: Database) -> None:
    assert "Drifting" not in invoke("status", *place(stocked)).out
    worse = {"publisher": "The\u202e Press", "drift": "articles with an author: 0 %, before 90 %"}
    stocked.write(lambda session: session.execute(sa.update(Feed).where(Feed.id < 3).values(worse)))
    assert invoke("status", "--json", *place(stocked)).json["drifting"] == [worse | {"feed_count": 2}]
    text = invoke("status", *place(stocked)).out
    assert "articles with an author: 0 %, before 90 %" in text
    assert r"The\u202e Press" in text


def test_status_never_lets_a_title_drive_the_terminal(invoke: Any, stocked: Database) -> None:
    assert r"A storm\u202e passes" in invoke("status", *place(stocked)).out


def test_status_of_an_empty_database_says_what_to_do(invoke: Any, database: Database) -> None:
    assert "none yet; `copydesk feeds add URL`" in invoke("status", *place(database)).out


def test_audit_names_the_broken_rows_and_exits_with_1(invoke: Any, stocked: Database) -> None:
    given = invoke("audit", *place(stocked))
    assert given.code == 1
    assert "BROKEN by 1" in given.out
    assert "id=1 url=https://one.example/story" in given.out
    assert given.out.splitlines()[-1].endswith("promises are broken.")
    found = invoke("audit", "--json", *place(stocked)).json
    assert found["sound"] is False
    assert "signatures" in {one["name"] for one in found["findings"] if one["broken_count"]}


def test_audit_of_a_sound_database_exits_with_0(invoke: Any, database: Database) -> None:
    given = invoke("audit", *place(database))
    assert given.code == 0
    assert given.out.splitlines()[-1] == f"All {len(given.out.splitlines()) - 1} promises hold."


def test_audit_compares_unique_articles_again_and_trusts_no_stored_verdict(invoke: Any, database: Database) -> None:
    """Two stories with one text: nobody ever matched them, so only a second comparison finds them."""
    judge = TextJudge(load().deduplicate)
    text = " ".join(f"word{number}" for number in range(200))

    def fill(session: Any) -> None:
        recipes.use(session, judge.recipe_id, judge.parameters, SOON)
        for one, body in ((1, text), (2, f"{text} and a last line"), (3, text.replace("word", "other"))):
            signed = judge.sign(body)
            session.add(
                Article(
                    id=one, url=f"u{one}", canonical_url=f"u{one}", url_key=f"u{one}", cluster_id=one, kind="unique", title="T", body=body,
                    authors=[], editors=[], tags=[], word_count=200, extractor_version="1", content_hash=signed.content_hash,
                    first_seen_at=SOON,
                )
            )  # fmt: skip
            session.flush()
            session.add(Cluster(id=one, representative_id=one, member_count=1, created_at=SOON, updated_at=SOON))
            candidates.add(session, {one: signed})

    database.write(fill)
    findings = {one["name"]: one for one in invoke("audit", "--json", *place(database)).json["findings"]}
    assert findings["near-copies"]["broken_count"] == 0
    assert findings["compared-again"]["looked_at"] == findings["compared-again"]["broken_count"] == 1
    assert findings["compared-again"]["rows"][0]["verdict"] == "near_copy"


@pytest.mark.parametrize("verb", [("status",), ("audit",), ("feeds", "list"), ("opml", "export")])
def test_looking_changes_nothing(invoke: Any, sqlite_url: str, verb: tuple[str, ...]) -> None:
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    before = file.read_bytes()
    assert invoke(*verb, "--database", sqlite_url).code == 0
    assert file.read_bytes() == before


def test_an_older_schema_is_told_and_not_touched(invoke: Any, sqlite_url: str) -> None:
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as connection:
        connection.execute("DELETE FROM alembic_version")
    given = invoke("status", "--database", sqlite_url)
    assert (given.code, given.out) == (3, "")
    assert "has an older schema; run `copydesk init`" in given.err


def test_init_makes_a_database_and_again_changes_nothing(invoke: Any, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new.db"
    assert invoke("init", "--database", url).out == f"The database {url} is ready.\n"
    assert invoke("init", "--database", url, "--json").json == {"database": url, "ready": True}
    assert invoke("audit", "--database", url).code == 0


def test_doctor_finds_a_good_installation_good(invoke: Any, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COPYDESK_FETCH__CONTACT", "desk@news.example")
    given = invoke("doctor", "--thorough", "--json", *place(database))
    levels = {one["subject"]: one["level"] for one in given.json}
    assert given.code == 0
    assert {levels[name] for name in ("python", "packages", "contact", "feed list", "database", "prefect")} == {"ok"}


def test_doctor_names_what_must_be_mended(invoke: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("list.toml").write_text('[[feeds]]\nurl = "ftp://a"\n', encoding="utf-8")
    monkeypatch.setenv("COPYDESK_FETCH__ROBOTS", "false")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    given = invoke("doctor", "--feeds", "list.toml", "--database", f"sqlite:///{tmp_path}/none.db")
    assert given.code == 1
    for words in ("1 bad rows", "There is no database", "robots.txt   is not obeyed", "HTTPS_PROXY is set", "does not answer"):
        assert words in given.out


def test_doctor_stops_at_settings_that_cannot_be_read(invoke: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COPYDESK_FETCH__ROBOTS", "perhaps")
    given = invoke("doctor")
    assert given.code == 1
    assert "COPYDESK_FETCH__ROBOTS is 'perhaps'" in given.out


def test_doctor_finds_damage(invoke: Any, sqlite_url: str) -> None:
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    with sqlite3.connect(file) as connection:
        page = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'ix_articles_kind'").fetchone()[0]
        size = connection.execute("PRAGMA page_size").fetchone()[0]
    with file.open("r+b") as stream:
        stream.seek((page - 1) * size)
        stream.write(os.urandom(size))
    given = invoke("doctor", "--thorough", "--database", sqlite_url)
    assert given.code == 1
    assert "restore a backup" in given.out.lower()


def test_doctor_needs_a_database_that_can_be_written(invoke: Any, sqlite_url: str) -> None:
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("CREATE TABLE copydesk_doctor (one INTEGER)")
        connection.commit()
    given = invoke("doctor", "--database", sqlite_url)
    assert given.code == 1


def test_a_network_list_that_spans_everything_is_told_on_every_run(invoke: Any, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COPYDESK_FETCH__ALLOWED_NETWORKS", '["0.0.0.0/0"]')
    assert invoke("status", "--database", sqlite_url).code == 2
    monkeypatch.setenv("COPYDESK_FETCH__ALLOW_WHOLE_INTERNET", "true")
    given = invoke("status", "--database", sqlite_url)
    assert given.code == 0
    assert "every private address may be asked" in given.err


def test_an_empty_ledger_is_said_in_words(invoke: Any, sqlite_url: str) -> None:
    given = invoke("backfill", "list", "--database", sqlite_url)
    assert (given.code, given.out) == (0, "No history has been asked for yet.\n")
    assert invoke("backfill", "list", "--database", sqlite_url, "--json").json == []
