"""Signatures and candidate keys: which stored articles may be copies of a text, and what is needed to verify it.

Two articles are candidates of each other when they share their content hash, their lead hash, one band or two sampled shingles:
a property of the two alone, so it does not matter which of them came first. Keys that too many articles have are crowded: no
more rows are stored under them, so a look-up reads a bounded number of rows whatever a hostile feed publishes. A crowded key
whose articles are one story is a popular story and still counts; one whose articles are many stories is boilerplate.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from config.settings import DeduplicateSettings
from db.models import Article, Change, Cluster, LshKey, Signature
from db.sets import among, insert_rows, parts
from domain.records import FoundBy, Watermark
from domain.records import Signature as Signed

# Sampled shingles that two articles must share; one is chance.
SHARED = 2
# A crowded key is boilerplate when it has more stories than this share of its articles.
_STORY_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class LookUp:
    """What one text found: candidates with the key that brought each, best first, and the keys that are crowded."""

    hits: Mapping[int, FoundBy]
    crowded_keys: frozenset[int]


def watermark(session: Session) -> Watermark:
    """Return up to where the database has been written: ids and change numbers grow in the order of commits."""
    article, change = session.execute(sa.select(sa.select(sa.func.max(Article.id)).scalar_subquery(), _last_change())).one()
    return Watermark(article or 0, change or 0)


def rewritten_since(session: Session, seq: int) -> frozenset[int]:
    """Return the articles whose text changed or went after change number `seq`."""
    return frozenset(session.scalars(sa.select(Change.article_id).where(Change.seq > seq, Change.kind.in_(("revised", "withdrawn")))))


def look_up(
    session: Session, texts: Sequence[Signed], limits: DeduplicateSettings, *, only: frozenset[int] = frozenset(), after: int = 0
) -> tuple[LookUp, ...]:
    """Return, for each text, the stored articles that share enough keys with it, at most `limits.candidate_limit`.

    With `after`, only articles with larger ids; `only` adds some with smaller ones.
    """
    bounds: dict[str, Any] = {"after": after, "only": sorted(only), "limit": limits.key_limit}
    by_content = _by_hash(session, "content_hash", {text.content_hash for text in texts}, bounds)
    by_lead = _by_hash(session, "lead_hash", {text.lead_hash for text in texts if text.lead_hash}, bounds)
    by_key = _by_key(session, {key for text in texts for key in text.keys}, after, only)
    crowded = {key for key, ids in by_key.items() if len(ids) >= limits.key_limit}
    boilerplate = _boilerplate(session, {key: by_key[key] for key in crowded})
    found = [
        LookUp(
            _hits(text, by_content, by_lead, {key: by_key[key] for key in text.keys if key in by_key and key not in boilerplate}),
            frozenset(key for key in text.keys if key in crowded),
        )
        for text in texts
    ]
    return tuple(_bounded(session, one, limits) for one in found)


def pairs_within(texts: Sequence[Signed]) -> dict[tuple[int, int], FoundBy]:
    """Return the pairs of positions whose texts are candidates of each other, by the rule that `look_up` follows."""
    by_content: dict[str, list[int]] = defaultdict(list)
    by_lead: dict[str, list[int]] = defaultdict(list)
    by_key: dict[int, list[int]] = defaultdict(list)
    found: dict[tuple[int, int], FoundBy] = {}
    for position, text in enumerate(texts):
        hits = _hits(text, by_content, by_lead, {key: by_key[key] for key in text.keys if key in by_key})
        found |= {(other, position): found_by for other, found_by in hits.items()}
        by_content[text.content_hash].append(position)
        if text.lead_hash:
            by_lead[text.lead_hash].append(position)
        for key in text.keys:
            by_key[key].append(position)
    return found


def signatures(session: Session, ids: Iterable[int], recipe_id: str) -> dict[int, Signed]:
    """Return the stored signatures of articles under a recipe, without their keys; articles that have none are absent."""
    found: dict[int, Signed] = {}
    for some in parts(ids):
        rows = session.execute(
            sa.select(
                Signature.article_id, Signature.shingle_count, Signature.minhash, Signature.shingles, Signature.vocabulary,
                Signature.characters, Article.content_hash, Article.lead_hash,
            )
            .join(Article, Article.id == Signature.article_id)
            .where(among(session, Signature.article_id, some), Signature.recipe_id == recipe_id)
        )  # fmt: skip
        for row in rows:
            found[row.article_id] = Signed(
                recipe_id=recipe_id, content_hash=row.content_hash, lead_hash=row.lead_hash, shingle_count=row.shingle_count,
                minhash=row.minhash, shingles=row.shingles, keys=(), vocabulary=row.vocabulary, characters=row.characters,
            )  # fmt: skip
    return found


def add(session: Session, signed: Mapping[int, Signed], crowded_keys: frozenset[int] = frozenset()) -> None:
    """Store the signatures and candidate keys of articles; crowded keys get no more rows."""
    insert_rows(
        session,
        Signature,
        [
            {
                "article_id": one, "recipe_id": text.recipe_id, "shingle_count": text.shingle_count, "minhash": text.minhash,
                "shingles": text.shingles, "vocabulary": text.vocabulary, "characters": text.characters,
            }
            for one, text in signed.items()
        ],
    )  # fmt: skip
    _add_keys(session, [(key, one) for one, text in signed.items() for key in text.keys if key not in crowded_keys])


def remove(session: Session, article_id: int, former_keys: Sequence[int]) -> None:
    """Delete an article's signatures and the candidate keys it had."""
    session.execute(sa.delete(Signature).where(Signature.article_id == article_id))
    for some in parts(former_keys):
        session.execute(sa.delete(LshKey).where(among(session, LshKey.key, some), LshKey.article_id == article_id))


def expire(session: Session, now: datetime, days: int, *, part: int = 0, of: int = 1) -> int:
    """Delete the candidate keys of articles stored more than `days` ago and return how many; hashes and signatures stay.

    The whole index is read for it, because it is ordered by key; `part` of `of` parts at a time keeps each transaction short.
    """
    last = session.scalar(sa.select(sa.func.max(Article.id)).where(Article.first_seen_at < now - timedelta(days=days)))
    return _delete_keys(session, LshKey.article_id <= last, part, of) if last is not None else 0


def retire(session: Session, tag: int, *, part: int = 0, of: int = 1) -> int:
    """Delete the candidate keys that a recipe's tag marks, a part of the index at a time; return how many."""
    return _delete_keys(session, LshKey.key.bitwise_and(0xFE) == tag << 1, part, of)


def _delete_keys(session: Session, which: sa.ColumnElement[bool], part: int, of: int) -> int:
    width = 2**64 // of
    low = -(2**63) + part * width
    inside = LshKey.key >= low if part == of - 1 else LshKey.key.between(low, low + width - 1)
    gone = session.execute(sa.delete(LshKey).where(which, inside).execution_options(synchronize_session=False))
    return int(gone.rowcount)  # type: ignore[attr-defined]


def _add_keys(session: Session, rows: list[tuple[int, int]]) -> None:
    if not rows:
        return
    if session.get_bind().dialect.name == "postgresql":
        # One statement with two arrays: a row at a time costs more than everything else about an article.
        columns = (sa.literal([row[place] for row in rows], postgresql.ARRAY(sa.BigInteger())) for place in (0, 1))
        insert = postgresql.insert(LshKey).from_select(["key", "article_id"], sa.select(*map(sa.func.unnest, columns)))
        session.execute(insert.on_conflict_do_nothing())
    else:
        table: Any = LshKey.__table__
        ordered = [{"key": key, "article_id": one} for key, one in sorted(rows)]
        session.connection().execute(sqlite.insert(table).on_conflict_do_nothing(), ordered)


def _last_change() -> sa.ScalarSelect[int | None]:
    return sa.select(sa.func.max(Change.seq)).scalar_subquery()


def _by_hash(session: Session, column: str, hashes: set[str], bounds: dict[str, Any]) -> dict[str, list[int]]:
    """Return the first articles with each hash, at most `bounds["limit"]`, representatives before copies."""
    found: dict[str, list[int]] = defaultdict(list)
    for some in parts(hashes):
        for hashed, one in session.execute(_hash_query(column), {"hashes": some} | bounds):
            found[hashed].append(one)
    return found


@cache
def _hash_query(name: str) -> sa.Select[Any]:
    column = getattr(Article, name)
    place = sa.func.row_number().over(partition_by=column, order_by=(Article.kind != "unique", Article.id)).label("place")
    wanted = sa.or_(Article.id > sa.bindparam("after"), Article.id.in_(sa.bindparam("only", expanding=True)))
    ranked = sa.select(column.label("hash"), Article.id, place).where(column.in_(sa.bindparam("hashes", expanding=True)), wanted).subquery()
    return sa.select(ranked.c.hash, ranked.c.id).where(ranked.c.place <= sa.bindparam("limit"))


def _by_key(session: Session, keys: set[int], after: int, only: frozenset[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for some in parts(keys):
        query = sa.select(LshKey.key, LshKey.article_id).where(among(session, LshKey.key, some))
        if after:
            query = query.where(sa.or_(LshKey.article_id > after, LshKey.article_id.in_(only)) if only else LshKey.article_id > after)
        # Past the session, which costs a sixth more: of all that is read for an article these rows are the most.
        for key, one in session.connection().execute(query):
            found[key].append(one)
    return found


def _hits(
    text: Signed, by_content: Mapping[str, list[int]], by_lead: Mapping[str, list[int]], by_key: Mapping[int, list[int]]
) -> dict[int, FoundBy]:
    """Return the candidates, each under the strongest key it shares, those that share most first."""
    hits: dict[int, FoundBy] = dict.fromkeys(by_content.get(text.content_hash, ()), "content")
    if text.lead_hash:
        hits = dict.fromkeys(by_lead.get(text.lead_hash, ()), "lead") | hits  # type: ignore[assignment]
    bands = Counter(one for key, ids in by_key.items() if not key & 1 for one in ids)
    sketch = Counter(one for key, ids in by_key.items() if key & 1 for one in ids)
    for one, _ in bands.most_common():
        hits.setdefault(one, "band")
    for one, count in sketch.most_common():
        if count >= SHARED:
            hits.setdefault(one, "sketch")
    return hits


def _boilerplate(session: Session, crowded: Mapping[int, list[int]]) -> frozenset[int]:
    stories: dict[int, int | None] = {}
    for some in parts({one for ids in crowded.values() for one in ids}):
        rows = session.execute(sa.select(Article.id, Article.cluster_id).where(among(session, Article.id, some)))
        stories |= dict(rows.tuples().all())
    return frozenset(key for key, ids in crowded.items() if len({stories.get(one) for one in ids}) > _STORY_SHARE * len(ids))


def _bounded(session: Session, found: LookUp, limits: DeduplicateSettings) -> LookUp:
    """Cut the candidates to the limit; where keys were crowded, see to it that the stories' representatives are among them."""
    if not found.crowded_keys and len(found.hits) <= limits.candidate_limit:
        return found
    firsts: set[int] = set()
    for some in parts(found.hits):
        story = sa.select(Cluster.representative_id).join(Article, Article.cluster_id == Cluster.id)
        firsts |= set(session.scalars(story.where(among(session, Article.id, some))))
    ranked = sorted(firsts) + [one for one in found.hits if one not in firsts]
    hits: dict[int, FoundBy] = {one: found.hits.get(one, "story") for one in ranked[: limits.candidate_limit]}
    return LookUp(hits, found.crowded_keys)
