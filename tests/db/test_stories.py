"""Stories as a reader sees them, on both databases."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from db import stories
from db.engine import Database
from db.models import Article, Cluster, Entry, Match, Recipe, Revision

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def article(number: int, cluster: int, kind: str, **more: object) -> dict[str, object]:
    url = f"http://paper{number}.example/a"
    return {
        "id": number, "url": url, "canonical_url": url, "url_key": f"{number:064x}", "cluster_id": cluster, "kind": kind,
        "publisher": f"Paper {number}", "title": f"Title {number}", "body": "text", "authors": [], "editors": [], "tags": [], "language": "en",
        "word_count": 1, "extractor_version": "1", "content_hash": f"{number:032x}", "first_seen_at": NOW, "withdrawn_at": None, **more,
    }  # fmt: skip


def fill(session: Session) -> None:
    """Two stories: 1 with the copies 2 (stored later) and 3 (an earlier row than its match's partner), 4 alone, 5 withdrawn."""
    rows = [article(1, 7, "exact_copy"), article(2, 7, "unique"), article(3, 7, "near_copy"), article(4, 8, "unique")]
    session.execute(insert(Article), [*rows, article(5, 9, "unique", withdrawn_at=NOW)])
    times = {"created_at": NOW, "updated_at": NOW}
    members = ((7, 2, 3), (8, 4, 1), (9, 5, 1))
    session.execute(
        insert(Cluster), [{"id": one, "representative_id": chief, "member_count": size, **times} for one, chief, size in members]
    )
    session.execute(insert(Recipe), [{"id": "r", "parameters": {}, "state": "active", "created_at": NOW}])
    match = {"recipe_id": "r", "shared_count": 90, "rule": "resembles", "words": 0.9, "figures": None, "found_by": "band", "at": NOW}
    session.execute(
        insert(Match),
        [
            {"article_id": 2, "other_id": 1, "verdict": "exact_copy", "similarity": 1.0, "containment": 1.0, **match},
            {"article_id": 3, "other_id": 2, "verdict": "near_copy", "similarity": 0.5, "containment": 0.9, **match},
            {"article_id": 3, "other_id": 1, "verdict": "related", "similarity": 0.3, "containment": 0.4, **match},
        ],
    )


def test_a_story_begins_with_its_unique_article_and_compares_the_others_with_it(database: Database) -> None:
    database.write(fill)
    with database.read() as session:
        told = stories.carried(session)
    assert [(one.story_id, one.publisher, one.kind, one.similarity, one.containment) for one in told] == [
        (7, "Paper 2", "unique", None, None),
        (7, "Paper 1", "exact_copy", pytest.approx(1.0), pytest.approx(1.0)),
        (7, "Paper 3", "near_copy", pytest.approx(0.5), pytest.approx(0.9)),
        (8, "Paper 4", "unique", None, None),
    ]


def test_corrections_are_told_with_the_title_that_stands_now(database: Database) -> None:
    former = {"article_id": 4, "title": "Old", "body": "old", "content_hash": "0", "change_ratio": 0.25, "substantive": True}

    def correct(session: Session) -> None:
        fill(session)
        session.execute(insert(Revision), [{**former, "seen_at": NOW, "replaced_at": NOW}])

    database.write(correct)
    with database.read() as session:
        assert stories.corrected(session) == (stories.Corrected("http://paper4.example/a", "Paper 4", "Title 4", 0.25, substantive=True),)


def test_only_what_was_asked_again_is_counted_as_such(database: Database) -> None:
    def visit(session: Session) -> None:
        fill(session)
        entry = {
            "url": "u",
            "canonical_url": "u",
            "url_key": "0" * 64,
            "host": "h:80",
            "title": "",
            "listed": {},
            "seen_at": NOW,
            "run_id": "run",
            "next_attempt_at": NOW,
        }
        session.execute(
            insert(Entry), [{**entry, "key": f"{n:064x}", "source": source} for n, source in enumerate(("feed", "revisit", "revisit"))]
        )

    with database.read() as session:
        assert (stories.asked_again(session), stories.count(session)) == (0, 0)
    database.write(visit)
    with database.read() as session:
        assert (stories.asked_again(session), stories.count(session)) == (2, 5)
