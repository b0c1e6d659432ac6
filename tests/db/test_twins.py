"""Unique articles that share candidate keys are found again, whatever was stored about them."""

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from db.engine import Database
from db.models import Article, Cluster, LshKey, Recipe, Ruling, Signature
from db.twins import twins

NOW = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture
def four(database: Database) -> Database:
    """Four unique articles: 1 and 2 share a band, 1 and 3 one sampled shingle, 2 and 3 two, all of them a crowded band."""

    def fill(session: Any) -> None:
        session.add(Recipe(id="w5", parameters={}, state="active", created_at=NOW))
        for one in (1, 2, 3, 4):
            session.add(
                Article(
                    id=one, url=f"u{one}", canonical_url=f"u{one}", url_key=f"u{one}", cluster_id=one, kind="unique", title="T", body="B",
                    authors=[], editors=[], tags=[], word_count=1, extractor_version="1", content_hash=f"c{one}", first_seen_at=NOW,
                )
            )  # fmt: skip
            session.flush()
            session.add(Cluster(id=one, representative_id=one, member_count=1, created_at=NOW, updated_at=NOW))
            blank = {"minhash": b"", "shingles": b"", "vocabulary": b"", "characters": False}
            session.add(Signature(article_id=one, recipe_id="w5", shingle_count=one, **blank))
        shared = {2: (1, 2), 11: (1, 3), 21: (2, 3), 31: (2, 3), -4: (1, 2, 3, 4)}
        session.add_all(LshKey(key=key, article_id=one) for key, ids in shared.items() for one in ids)

    database.write(fill)
    return database


def found(database: Database, key_limit: int = 4) -> set[tuple[int, int]]:
    with database.read() as session:
        return {
            (one, other)
            for one, signed, other, other_signed in twins(session, "w5", key_limit=key_limit)
            if (signed.shingle_count, other_signed.shingle_count) == (one, other)
        }


def test_a_band_or_two_sampled_shingles_make_twins(four: Database) -> None:
    assert found(four) == {(1, 2), (2, 3)}


def test_a_crowded_key_brings_nobody_together(four: Database) -> None:
    assert found(four, key_limit=5) == {(1, 2), (1, 3), (1, 4), (2, 3), (2, 4), (3, 4)}


def test_copies_withdrawn_articles_and_rulings_are_left_out(four: Database) -> None:
    four.write(lambda session: session.execute(sa.delete(Cluster).where(Cluster.id == 3)))
    assert found(four) == {(1, 2)}
    four.write(lambda session: session.add(Ruling(kind="split", article_id=4, other_id=2, at=NOW)))
    assert found(four) == set()
    four.write(lambda session: session.execute(sa.update(Ruling).values(revoked=True)))
    four.write(lambda session: session.execute(sa.update(Article).where(Article.id == 1).values(withdrawn_at=NOW)))
    assert found(four) == set()
