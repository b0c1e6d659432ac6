"""The audit passes a sound database and names every promise that was broken by hand."""

import hashlib
import re
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.settings import DeduplicateSettings
from db import views
from db.audit import ROWS_SHOWN, audit, prove
from db.engine import Database
from db.models import Article, Change, Cluster, Entry, Feed, LshKey, Match, Page, Poll, Recipe, Revision, Ruling, Signature, UtcDateTime
from db.promises import Terms, promises

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
EARLIER = NOW - timedelta(hours=1)
LIMITS = DeduplicateSettings(window_days=90, key_limit=2)


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def made(model: type, **values: object) -> object:
    """A row; columns that must not be empty and are of no interest here get a neutral value."""
    neutral = {int: 0, float: 0.0, str: "", bytes: b"", bool: False}
    for column in model.__table__.columns:
        required = not column.nullable and not column.primary_key and column.default is None and column.server_default is None
        if required and column.key not in values:
            special = [] if isinstance(column.type, sa.JSON) else NOW if isinstance(column.type, UtcDateTime) else None
            values[column.key] = neutral[column.type.python_type] if special is None else special
    return model(**values)


def entry(number: int, outcome: str, **more: object) -> object:
    url = f"https://paper.example/{number}"
    row = {
        "id": number, "feed_id": 1, "key": sha(f"key {number}"), "url": url, "canonical_url": url, "url_key": sha(url),
        "host": "paper.example:443", "seen_at": EARLIER, "run_id": "r1", "outcome": outcome, "next_attempt_at": EARLIER,
        "decided_at": None if outcome == "pending" else NOW,
    }  # fmt: skip
    return made(Entry, **(row | more))


def article(number: int, kind: str, cluster: int, **more: object) -> object:
    url = f"https://paper.example/{number}"
    row = {
        "id": number, "url": url, "canonical_url": url, "url_key": sha(url), "feed_id": 1, "page_id": number, "cluster_id": cluster,
        "kind": kind, "title": f"Title {number}", "body": f"Body {number}", "authors": [], "editors": [], "tags": [], "word_count": 2,
        "extractor_version": "1", "content_hash": sha(f"Body {number}")[:32], "first_seen_at": NOW,
    }  # fmt: skip
    return made(Article, **(row | more))


def fill(session: Session) -> None:
    """Two stories, one of them with a copy; a revision, a refusal, a known address, a page still to be read."""
    session.add(
        made(Feed,
            id=1, url="https://paper.example/feed", url_key=sha("feed"), host="paper.example:443", etag='"1"',
            next_poll_at=NOW, created_at=EARLIER, entry_count=7, polled_at=NOW, succeeded_at=NOW,
        )
    )  # fmt: skip
    session.add(made(Recipe, id="w5", parameters={"thresholds": {"min_exact_words": 2}}, state="active", created_at=EARLIER))
    session.flush()
    session.add(made(Poll, feed_id=1, run_id="r1", at=NOW, status=200, outcome="read", listed_count=7, new_count=7))
    for number in range(1, 4):
        url = f"https://paper.example/{number}"
        session.add(
            made(Page, id=number, url=url, url_key=sha(url), final_url=url, status=200, headers=[], body=b"", body_hash="", body_size=0,
                 fetched_at=NOW)
        )  # fmt: skip
    session.flush()
    session.add_all([article(1, "unique", 1), article(2, "near_copy", 1), article(3, "unique", 2)])
    session.flush()
    session.add_all(
        made(Cluster, id=number, representative_id=leader, member_count=members, created_at=NOW, updated_at=NOW)
        for number, leader, members in ((1, 1, 2), (2, 3, 1))
    )
    for number in range(1, 4):
        session.add(
            made(
                Signature,
                article_id=number,
                recipe_id="w5",
                shingle_count=2,
                minhash=b"12345678",
                shingles=b"1234567812345678",
                vocabulary=b"12345678",
            )
        )
        session.add_all(made(LshKey, key=key, article_id=number) for key in (10 * number, 10 * number + 1))
    session.add(
        made(Match, article_id=2, other_id=1, recipe_id="w5", verdict="near_copy", rule="similarity", similarity=0.8, containment=0.9,
              shared_count=2, words=0.9, figures=1.0, found_by="band", at=NOW)
    )  # fmt: skip
    session.add(
        made(Match, article_id=3, other_id=1, recipe_id="w5", verdict="related", rule="related", similarity=0.3, containment=0.4,
              shared_count=1, words=0.4, figures=1.0, found_by="band", at=NOW)
    )  # fmt: skip
    session.add_all(
        [
            entry(1, "unique", article_id=1, page_id=1),
            entry(2, "near_copy", article_id=2, page_id=2),
            entry(3, "unique", article_id=3, page_id=3),
            entry(4, "unchanged", article_id=1, reason="known_url"),
            entry(5, "rejected", reason="too_short"),
            entry(6, "failed", reason="not_found"),
            entry(7, "pending"),
            entry(8, "revision", article_id=1, source="revisit"),
            entry(9, "failed", article_id=3, source="revisit", reason="gone"),
        ]
    )
    session.add(
        made(
            Revision,
            article_id=1,
            title="T",
            body="B",
            content_hash="h",
            change_ratio=0.1,
            substantive=True,
            seen_at=EARLIER,
            replaced_at=NOW,
        )
    )
    session.add_all(made(Change, article_id=number, kind=kind, at=NOW) for number, kind in ((1, "added"), (1, "copy_found"), (3, "added")))


BREAKS = [
    ("outcomes", "UPDATE entries SET outcome = 'lost' WHERE id = 7"),
    ("decided", "UPDATE entries SET decided_at = NULL WHERE id = 1"),
    ("decided", "UPDATE entries SET decided_at = seen_at WHERE id = 7"),
    ("reasons", "UPDATE entries SET reason = NULL WHERE id = 5"),
    ("one-article", "UPDATE entries SET article_id = NULL WHERE id = 2"),
    ("one-entry", "UPDATE entries SET article_id = 3 WHERE id = 1"),
    ("one-entry", "UPDATE entries SET outcome = 'unchanged', reason = 'known_url' WHERE id = 3"),
    ("entry-kind", "UPDATE entries SET outcome = 'unique' WHERE id = 2"),
    ("no-article", "UPDATE entries SET article_id = 3 WHERE id = 5"),
    ("revisions", "DELETE FROM revisions"),
    ("urls", "UPDATE articles SET canonical_url = 'https://paper.example/1' WHERE id = 3"),
    ("exact-copies", "UPDATE articles SET content_hash = (SELECT content_hash FROM articles WHERE id = 1) WHERE id = 3"),
    ("near-copies", "UPDATE matches SET verdict = 'near_copy' WHERE article_id = 3"),
    ("stories", "UPDATE articles SET cluster_id = 99 WHERE id = 2"),
    ("stories", "UPDATE articles SET cluster_id = NULL WHERE id = 2"),
    ("representatives", "UPDATE clusters SET representative_id = 2 WHERE id = 1"),
    ("kinds", "UPDATE articles SET kind = 'unique' WHERE id = 2"),
    ("kinds", "UPDATE articles SET kind = 'original' WHERE id = 3"),
    ("live-representatives", "UPDATE articles SET withdrawn_at = first_seen_at WHERE id = 1"),
    ("validators", "UPDATE polls SET outcome = 'failed'"),
    ("validators", "UPDATE feeds SET succeeded_at = NULL"),
    ("vouched-entries", "UPDATE polls SET new_count = 8"),
    ("one-recipe", "UPDATE recipes SET state = 'retired'"),
    ("signatures", "DELETE FROM signatures WHERE article_id = 2"),
    ("shingles", "UPDATE signatures SET shingle_count = 3 WHERE article_id = 2"),
    ("keys", "DELETE FROM lsh_keys WHERE article_id = 2"),
    ("entry-counts", "UPDATE feeds SET entry_count = 6"),
    ("member-counts", "UPDATE clusters SET member_count = 3 WHERE id = 1"),
    ("followed", "DELETE FROM changes WHERE article_id = 3"),
    ("followed", "UPDATE changes SET kind = 'withdrawn' WHERE article_id = 3"),
    ("followed", "UPDATE changes SET article_id = 3 WHERE article_id = 1"),
    ("followed", "UPDATE changes SET kind = 'added' WHERE kind = 'copy_found'"),
    ("followed", """UPDATE changes SET kind = 'joined', detail = '{"former": 3}' WHERE kind = 'copy_found'"""),
    ("evidence", "DELETE FROM matches WHERE verdict = 'near_copy'"),
    ("evidence", "UPDATE matches SET verdict = 'related'"),
    ("added-once", "UPDATE changes SET article_id = 1 WHERE kind = 'added'"),
    ("change-kinds", "UPDATE changes SET kind = 'updated' WHERE kind = 'copy_found'"),
]


@pytest.fixture
def sound(database: Database) -> Database:
    database.write(fill)
    return database


def broken(database: Database) -> dict[str, int]:
    return {one.name: one.broken_count for one in audit(database, NOW, limits=LIMITS) if one.broken_count}


def execute(database: Database, *statements: str) -> None:
    with database.engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def without_constraint(database: Database, table: str, constraint: str) -> None:
    """Take a uniqueness constraint away, as a careless hand could."""
    if not database.is_sqlite:
        execute(database, f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")
        return
    with database.engine.begin() as connection:
        views.drop_all(connection)
    engine = sa.create_engine(database.url)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        definition = connection.scalar(sa.text("SELECT sql FROM sqlite_master WHERE name = :name"), {"name": table})
        bare = re.sub(rf",\s*CONSTRAINT {constraint} UNIQUE \([^)]*\)", "", definition).replace(
            f"CREATE TABLE {table}", "CREATE TABLE bare"
        )
        assert bare.count("UNIQUE") == definition.count("UNIQUE") - 1
        for statement in (
            bare,
            f"INSERT INTO bare SELECT * FROM {table}",
            f"DROP TABLE {table}",
            f"ALTER TABLE bare RENAME TO {table}",
        ):
            connection.exec_driver_sql(statement)
        connection.commit()
    engine.dispose()


def test_a_sound_database_keeps_every_promise(sound: Database) -> None:
    findings = list(audit(sound, NOW, limits=LIMITS))
    assert [one for one in findings if one.broken_count] == []
    assert {one.code for one in findings} == {"A1", "A2", "A3", "I1", "I2", "I3", "I4", "I5", "I6", "I7", "C1", "C2", "C3"}
    # A promise about no rows at all would prove nothing here.
    assert [one.name for one in findings if not one.looked_at] == []


def test_an_empty_database_keeps_every_promise(database: Database) -> None:
    assert broken(database) == {}


def test_every_broken_promise_is_named(sound: Database, subtests: pytest.Subtests) -> None:
    for name, statement in BREAKS:
        with subtests.test(name, statement=statement), Session(sound.engine) as session:
            session.execute(sa.text(statement))
            assert name in {one.name for one in prove(session, NOW, limits=LIMITS) if one.broken_count}


def test_every_promise_has_been_broken() -> None:
    names = {one.name for one in promises(Terms(NOW, 50, 10, sqlite=True))}
    assert names == {name for name, _ in BREAKS} | {"entry-keys", "url-keys", "references"}


@pytest.mark.parametrize(("name", "table", "columns"), [("entry-keys", "entries", "feed_id_key"), ("url-keys", "articles", "url_key")])
def test_uniqueness_is_proved_without_trusting_the_constraint(sound: Database, name: str, table: str, columns: str) -> None:
    column = columns.removeprefix("feed_id_")
    without_constraint(sound, table, f"uq_{table}_{columns}")
    execute(sound, f"UPDATE {table} SET {column} = (SELECT {column} FROM {table} WHERE id = 2) WHERE id = 3")
    assert broken(sound)[name] == 1


def test_a_dangling_reference_is_named_on_sqlite(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    database.write(fill)
    engine = sa.create_engine(sqlite_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM pages WHERE id = 2")
    engine.dispose()
    assert broken(database) == {"references": 2}
    database.close()


@pytest.mark.parametrize("kind", ["split", "pin", "join"])
def test_a_ruling_explains_two_unique_copies_until_it_is_revoked(sound: Database, kind: str) -> None:
    execute(
        sound,
        "UPDATE matches SET verdict = 'near_copy' WHERE article_id = 3",
        "UPDATE articles SET content_hash = (SELECT content_hash FROM articles WHERE id = 1) WHERE id = 3",
    )
    assert set(broken(sound)) == {"near-copies", "exact-copies"}
    sound.write(lambda session: session.add(Ruling(kind=kind, article_id=3, other_id=None if kind == "pin" else 2, at=NOW)))
    assert broken(sound) == {}
    execute(sound, "UPDATE rulings SET revoked = true")
    assert set(broken(sound)) == {"near-copies", "exact-copies"}


def test_a_few_words_in_common_are_no_exact_copy(sound: Database) -> None:
    execute(sound, "UPDATE articles SET content_hash = (SELECT content_hash FROM articles WHERE id = 1) WHERE id = 3")
    assert set(broken(sound)) == {"exact-copies"}
    execute(sound, f"UPDATE signatures SET vocabulary = {'x' if sound.is_sqlite else ''}'{'31' if sound.is_sqlite else '1'}'")
    assert broken(sound) == {}


def test_a_ruling_that_changed_nothing_may_be_told(sound: Database) -> None:
    sound.write(
        lambda session: session.add_all(
            made(Change, article_id=3, kind=kind, detail={"other": 1, "ruled": True})
            for kind in ("split", "joined", "representative_changed")
        )
    )
    assert broken(sound) == {}


def test_a_reader_follows_every_kind_of_change(sound: Database) -> None:
    """2 takes over from 1, which joins it as a copy; 3 is found to be the same story, is split off again, and is withdrawn."""
    steps = [
        (2, "representative_changed", {"former": 1}), (2, "joined", {"former": 3}), (3, "split", {"former": 2}), (3, "withdrawn", {}),
    ]  # fmt: skip
    sound.write(lambda session: session.add_all(made(Change, article_id=one, kind=kind, detail=detail) for one, kind, detail in steps))
    assert "followed" in broken(sound)
    execute(
        sound,
        "UPDATE clusters SET representative_id = 2 WHERE id = 1",
        "UPDATE articles SET kind = 'near_copy' WHERE id = 1",
        "UPDATE articles SET kind = 'unique' WHERE id = 2",
        "UPDATE entries SET outcome = 'near_copy' WHERE id = 1",
        "UPDATE entries SET outcome = 'unique' WHERE id = 2",
        "UPDATE articles SET withdrawn_at = first_seen_at WHERE id = 3",
    )
    assert broken(sound) == {}


def test_a_withdrawn_article_has_lost_its_former_texts(sound: Database) -> None:
    execute(sound, "UPDATE articles SET withdrawn_at = first_seen_at WHERE id = 3", "UPDATE entries SET article_id = 3 WHERE id = 8")
    execute(sound, "DELETE FROM revisions")
    assert set(broken(sound)) == {"followed"}


def test_keys_beyond_the_window_may_be_gone(sound: Database) -> None:
    execute(sound, "DELETE FROM lsh_keys")
    later = NOW + timedelta(days=100)
    assert [one.name for one in audit(sound, later, limits=LIMITS) if one.broken_count] == []


def test_a_copy_may_lack_keys_that_its_story_crowds(sound: Database) -> None:
    execute(sound, "DELETE FROM lsh_keys WHERE article_id = 2")
    assert broken(sound) == {"keys": 1}
    # Another article of the story stands under a key that is crowded from two articles on.
    sound.write(lambda session: session.add(made(LshKey, key=10, article_id=3)))
    assert broken(sound) == {}


def test_polls_that_were_forgotten_prove_nothing_against_a_feed(sound: Database) -> None:
    execute(sound, "DELETE FROM polls")
    assert broken(sound) == {}


def test_many_broken_rows_are_counted_but_not_all_shown(sound: Database) -> None:
    sound.write(lambda session: session.add_all(entry(number, "rejected", source="list") for number in range(100, 130)))
    found = next(one for one in audit(sound, NOW, limits=LIMITS) if one.name == "reasons")
    assert (found.broken_count, len(found.rows)) == (30, ROWS_SHOWN)
    assert found.rows[0]["url"] == "https://paper.example/100"
