"""Builds a new recipe beside the active one and switches to it: signs everything, matches everything, changes over at once.

Signing is done in short transactions and goes on where it was broken off. Matching only reads. The switch is one transaction under
the lock, after a last look at what came meanwhile; until then every reader and every worker sees the former stories.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial

from prefect import task
from prefect.cache_policies import NO_CACHE

from config.settings import Settings
from db import candidates, locks, recipes, recluster
from db.engine import Database
from db.recluster import Stored
from db.session import Session
from domain.records import Comparison, FoundBy, Judge, Match, Settlement, Signature

log = logging.getLogger("copydesk.recluster")
_BATCH = 200
# Of many articles with one hash, so many are compared.
_ALIKE = 50
# The index is cleared of former keys in this many transactions.
_PARTS = 64


@dataclass(frozen=True, slots=True)
class Reclustered:
    """What a new recipe makes of the archive: how many articles moved, and the changes that readers are told of by kind."""

    recipe_id: str
    article_count: int
    match_count: int
    moved_count: int
    changes: dict[str, int]
    samples: tuple[tuple[str, int, object], ...]
    switched: bool


@dataclass(frozen=True, slots=True)
class _Tools:
    """What every comparison needs."""

    settings: Settings
    judge: Judge


@dataclass
class _Archive:
    """What is known of the archive under the new recipe so far."""

    recipe_id: str
    last_id: int = 0
    matches: dict[tuple[int, int], Match] = field(default_factory=dict)
    changed: dict[int, tuple[str, str | None]] = field(default_factory=dict)
    by_content: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    by_lead: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def alike(self, one: int, text: Signature) -> dict[int, FoundBy]:
        """Return the articles before this one that share a hash with it under the new recipe, and remember it."""
        found: dict[int, FoundBy] = dict.fromkeys(self.by_lead.get(text.lead_hash or "", ())[:_ALIKE], "lead")
        found |= dict.fromkeys(self.by_content.get(text.content_hash, ())[:_ALIKE], "content")
        self.by_content[text.content_hash].append(one)
        if text.lead_hash:
            self.by_lead[text.lead_hash].append(one)
        return found

    def renewed(self, one: int, text: Signature) -> Signature:
        """Return a stored signature with the hashes that the new recipe gives it."""
        if one not in self.changed:
            return text
        content, lead = self.changed[one]
        return replace(text, content_hash=content, lead_hash=lead)

    def add(self, one: int, other: int, seen: Comparison, found_by: FoundBy) -> None:
        """Keep a verified pair."""
        if seen.verdict != "different":
            self.matches[one, other] = Match(one, other, self.recipe_id, seen, found_by)

    def forget(self, ids: frozenset[int]) -> None:
        """Drop what was found about articles whose text is another now, or gone."""
        self.matches = {pair: match for pair, match in self.matches.items() if not ids & set(pair)}
        self.changed = {one: hashes for one, hashes in self.changed.items() if one not in ids}


@task(name="recluster", cache_policy=NO_CACHE, persist_result=False)
def recluster_archive(database: Database, settings: Settings, judge: Judge, *, dry_run: bool = False) -> Reclustered:
    """Build the judge's recipe over the whole archive and switch to it; with `dry_run`, only say what would change.

    Nothing to do when it is the active one already. Interrupted, it goes on where it was: the signatures that are made stay.
    """
    now = datetime.now(UTC)
    former = _begin(database, judge, now)
    if former is None:
        return Reclustered(judge.recipe_id, 0, 0, 0, {}, (), switched=False)
    _sign(database, judge)
    archive, tools = _Archive(judge.recipe_id), _Tools(settings, judge)
    with database.read() as session:
        seen = candidates.watermark(session)
    while _match(database, tools, archive):
        pass
    if dry_run:
        with database.read() as session:
            hashes = {one: content for one, (content, _) in archive.changed.items()}
            settled = recluster.arranged(session, judge, list(archive.matches.values()), hashes)
        return _summary(judge, archive, settled, switched=False)
    settled = database.write(lambda session: _switch(session, tools, archive, seen.seq))
    _retire(database, judge, former)
    return _summary(judge, archive, settled, switched=True)


def _begin(database: Database, judge: Judge, now: datetime) -> str | None:
    """Record the recipe as being built and return the active one, None when there is nothing to build."""
    with database.read() as session:
        former = recipes.active(session)
    if former in {None, judge.recipe_id}:
        return None
    database.write(lambda session: recipes.begin(session, judge.recipe_id, judge.parameters, now))
    return former


def _sign(database: Database, judge: Judge) -> None:
    """Give every article a signature under the new recipe; what was signed before a crash stays signed."""
    while True:
        with database.read() as session:
            rows = recluster.unsigned(session, judge.recipe_id, limit=_BATCH)
        if not rows:
            return
        signed = {row.id: judge.sign(row.body) for row in rows}
        database.write(partial(recluster.sign, signed=signed))
        log.info("signed recipe=%s up_to=%d", judge.recipe_id, rows[-1].id)


def _match(database: Database, tools: _Tools, archive: _Archive) -> bool:
    """Compare the next articles with those before them; return whether there were any."""
    with database.read() as session:
        rows = recluster.following(session, archive.last_id, limit=_BATCH)
        _compare(session, tools, archive, rows)
    return bool(rows)


def _compare(session: Session, tools: _Tools, archive: _Archive, rows: Sequence[Stored]) -> None:
    """Compare articles with those before them; one that was looked at before, and changed, with all."""
    judge, again = tools.judge, archive.last_id
    texts = {row.id: judge.sign(row.body) for row in rows}
    looked_up = candidates.look_up(session, list(texts.values()), tools.settings.deduplicate)
    hits = {one: dict(found.hits) for one, found in zip(texts, looked_up, strict=True)}
    for row in rows:
        text = texts[row.id]
        hits[row.id] |= archive.alike(row.id, text)
        if (text.content_hash, text.lead_hash) != (row.content_hash, row.lead_hash):
            archive.changed[row.id] = text.content_hash, text.lead_hash
        archive.last_id = max(archive.last_id, row.id)
    stored = candidates.signatures(session, {other for some in hits.values() for other in some} - texts.keys(), judge.recipe_id)
    known = {one: archive.renewed(one, text) for one, text in stored.items()} | texts
    for one, some in hits.items():
        for other, found_by in some.items():
            if other in known and (other < one or other != one <= again):
                archive.add(max(one, other), min(one, other), judge.compare(texts[one], known[other]), found_by)


def _switch(session: Session, tools: _Tools, archive: _Archive, seq: int) -> Settlement:
    """Look at what came or changed since, then change over. Runs under the lock."""
    judge = tools.judge
    locks.take_dedup_lock(session)
    rewritten = candidates.rewritten_since(session, seq)
    archive.forget(rewritten)
    while rows := recluster.unsigned(session, judge.recipe_id, limit=_BATCH):
        recluster.sign(session, {row.id: judge.sign(row.body) for row in rows})
        session.flush()
        _compare(session, tools, archive, rows)
    _compare(session, tools, archive, recluster.named(session, rewritten))
    while rows := recluster.following(session, archive.last_id, limit=_BATCH):
        _compare(session, tools, archive, rows)
    changed = [(one, content, lead) for one, (content, lead) in archive.changed.items()]
    return recluster.switch(session, judge, list(archive.matches.values()), changed, now=datetime.now(UTC))


def _retire(database: Database, judge: Judge, former: str) -> None:
    """Clear away the former recipe's signatures and keys, in short transactions."""
    with database.read() as session:
        tag = recipes.parameters(session, former).get("tag")
    known = tag if isinstance(tag, int) and tag != judge.tag else None
    while database.write(partial(recluster.forget, recipe_id=judge.recipe_id, limit=5_000)):
        pass
    for part in range(_PARTS if known is not None else 0):
        database.write(partial(candidates.retire, tag=known or 0, part=part, of=_PARTS))


def _summary(judge: Judge, archive: _Archive, settled: Settlement, *, switched: bool) -> Reclustered:
    return Reclustered(
        judge.recipe_id, len(archive.by_content), len(archive.matches), len(settled.placements),
        dict(Counter(change.kind for change in settled.changes)),
        tuple((change.kind, change.article_id, change.detail.get("former") or change.detail.get("copy")) for change in settled.changes[:20]),
        switched=switched,
    )  # fmt: skip
