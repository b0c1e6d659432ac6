"""Stores a judged batch: one short transaction under the lock, in which only what came meanwhile is still looked at."""

import logging
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from prefect import task
from prefect.cache_policies import NO_CACHE

from config.settings import Settings
from db import alarms, arrange, articles, candidates, changes, clusters, locks, outcomes, recipes, verified
from db import lines as site_lines
from db.engine import Database
from db.outcomes import Ending
from db.session import Session
from domain.errors import DatabaseError
from domain.outcomes import Outcome, Reason
from domain.records import Article, Change, Judge, JudgedEntry, Member, Placement, Run, Sighting, Tally
from tasks.store import lines, triage
from tasks.store.triage import Text, Triage

log = logging.getLogger("copydesk.store")
# Articles of one transaction: the lock is held for some tens of milliseconds.
_BATCH = 100


@dataclass(frozen=True, slots=True)
class _Desk:
    """What every step of one transaction needs."""

    session: Session
    settings: Settings
    judge: Judge
    standing: Mapping[int, outcomes.Standing]
    now: datetime


@dataclass(frozen=True, slots=True)
class _Subject:
    """A text under the id that it has or will have."""

    id: int
    text: Text


@task(name="store", cache_policy=NO_CACHE, persist_result=False)
def store_batch(database: Database, settings: Settings, judged: tuple[JudgedEntry, ...], run: Run, judge: Judge) -> Tally:  # noqa: PLR0917  (the line's own signature)
    """Store the articles, end their entries, and return how they ended. Doing it again changes nothing."""
    started = time.perf_counter()
    ended: Counter[str] = Counter()
    for start in range(0, len(judged), _BATCH):
        ended += _store(database, settings, judged[start : start + _BATCH], judge)
    # Those that are put off count as well: a batch that did nothing would mean that nothing waited.
    done, failed = ended.total(), ended[Outcome.FAILED]
    log.info("stored run=%s entries=%d %s seconds=%.3f", run.id, done, dict(ended), time.perf_counter() - started)
    return Tally("store", done, failed, tuple(sorted(ended.items())), time.perf_counter() - started)


def _store(database: Database, settings: Settings, batch: Sequence[JudgedEntry], judge: Judge) -> Counter[str]:
    """Store a batch; one that the database refuses is halved until the entry that it refuses stands alone and fails."""
    now = datetime.now(UTC)
    try:
        return database.write(lambda session: _file(session, settings, batch, judge, now=now))
    except (DatabaseError, UnicodeError, OverflowError) as error:
        if not outcomes.was_refused(error):
            raise
        if len(batch) > 1:
            middle = len(batch) // 2
            return _store(database, settings, batch[:middle], judge) + _store(database, settings, batch[middle:], judge)
        entry = batch[0].entry
        log.warning("refused entry=%d reason=%s", entry.entry_id, error)
        ending = Ending(entry.entry_id, Outcome.FAILED, Reason.NOT_STORABLE, str(error), entry.article_id)
        return database.write(lambda session: _given_up(session, entry.fence, ending, now=now))


def _given_up(session: Session, fence: int, ending: Ending, *, now: datetime) -> Counter[str]:
    """End an entry whose record the database refuses, if it is still ours."""
    ours = [ending] if outcomes.standing(session, {ending.entry_id: fence}) else []
    outcomes.finish(session, ours, now)
    return Counter(one.outcome.value for one in ours)


def _file(session: Session, settings: Settings, batch: Sequence[JudgedEntry], judge: Judge, *, now: datetime) -> Counter[str]:
    locks.take_dedup_lock(session)
    recipes.use(session, judge.recipe_id, judge.parameters, now)
    standing = outcomes.standing(session, {one.entry.entry_id: one.entry.fence for one in batch})
    desk = _Desk(session, settings, judge, standing, now)
    held = [one for one in batch if one.entry.entry_id in standing]
    claimed = {one.entry.extracted.url_key for one in held if isinstance(one.entry.extracted, Article)}
    known = articles.known(session, claimed | {one.url_key for one in standing.values()})
    sorted_ = triage.sort(_at_their_addresses(desk, held, known), known)
    made = _stored(desk, sorted_)
    endings = [*_refused(desk, sorted_), *made, *_repeated(sorted_, made)]
    outcomes.finish(session, endings, now)
    outcomes.link_sightings(session, _addresses(desk, sorted_, endings))
    return Counter(Outcome.PENDING.value if one.again_at else one.outcome.value for one in endings)


def _at_their_addresses(desk: _Desk, batch: Sequence[JudgedEntry], known: Mapping[str, int]) -> list[JudgedEntry]:
    """Return the batch with each article at the address it claims, or where it was listed when another text is at that one."""
    at_stake = {key: known[key] for key in triage.claims(batch, desk.standing) if key in known}
    stored = candidates.signatures(desk.session, set(at_stake.values()), desk.judge.recipe_id)
    there = {key: stored[one] for key, one in at_stake.items() if one in stored}
    return triage.disclaim(batch, desk.standing, there, desk.judge.compare)


def _refused(desk: _Desk, batch: Triage) -> list[Ending]:
    attempts = desk.settings.fetch.attempts
    return [
        Ending(
            one.entry.entry_id, triage.final(refusal), refusal.reason, refusal.detail, one.entry.article_id,
            again_at=triage.again_at(refusal, one.entry.attempt_count, attempts, desk.now),
        )
        for one, refusal in batch.refused
    ]  # fmt: skip


def _repeated(batch: Triage, made: Sequence[Ending]) -> list[Ending]:
    """End entries whose address is an article already, or became one through another entry of this batch."""
    article_of = {one.entry_id: one.article_id for one in made}
    now = [(text, article_of[batch.new[place].judged.entry.entry_id]) for text, place in batch.repeated]
    return [
        Ending(text.judged.entry.entry_id, Outcome.UNCHANGED, Reason.KNOWN_URL, article_id=article)
        for text, article in [*batch.known, *now]
    ]


def _stored(desk: _Desk, batch: Triage) -> list[Ending]:
    """Store new and changed texts with all that follows from them; return how their entries end."""
    session = desk.session
    changed, unchanged = _asked_again(desk, batch.asked_again)
    ids = articles.new_ids(session, len(batch.new))
    new = [_Subject(one, text) for one, text in zip(ids, batch.new, strict=True)]
    members = [_member(desk, one) for one in new]
    subjects = {one.id: (one.text.judged, one.text.signature) for one in [*new, *changed]}
    matches = verified.matches(session, desk.judge, desk.settings.deduplicate, subjects, newcomers=members)
    limit, revised = desk.settings.deduplicate.cluster_limit, [one.id for one in changed]
    arranged = arrange.place(session, desk.judge, members, matches, revised=revised, limit=limit)
    spare = arrange.spare_ids(session, len(arranged.stories))
    settled = desk.judge.settle(arranged.stories, arranged.members, arranged.placed, new_ids=spare, matches=matches)
    places = {one.article_id: one for one in settled.placements}
    articles.insert(session, [_row(desk, one, places[one.id], member.at) for one, member in zip(new, members, strict=True)], desk.now)
    crowded = frozenset(key for one in [*new, *changed] for key in one.text.judged.crowded_keys)
    candidates.add(session, {one.id: one.text.signature for one in [*new, *changed]}, crowded)
    clusters.add_matches(session, matches, desk.now)
    clusters.apply(session, settled, desk.now, new=frozenset(ids))
    _learn(desk, new, places)
    for alarm in alarms.grown(session, settled.placements):
        log.warning("%s", alarm)
    stored = [Ending(one.text.judged.entry.entry_id, Outcome(places[one.id].kind), article_id=one.id) for one in new]
    ended = [Ending(one.text.judged.entry.entry_id, Outcome.REVISION, article_id=one.id) for one in changed]
    return [*stored, *ended, *unchanged]


def _learn(desk: _Desk, new: Sequence[_Subject], places: Mapping[int, Placement]) -> None:
    """Count the lines that the sites of new articles may have put around them."""
    found = [(one.id, one.text.judged.entry) for one in new]
    sightings = [Sighting(each.site, each.lines, places[one].cluster_id, one) for one, each in found if each.site]
    known = site_lines.known(desk.session, lines.keys(sightings))
    site_lines.write(desk.session, lines.learn(known, sightings, desk.now.date()))


def _asked_again(desk: _Desk, texts: Sequence[Text]) -> tuple[list[_Subject], list[Ending]]:
    """Put changed texts in the place of the former ones, whose matches and keys go; return them, and how the others end."""
    session, changed, unchanged = desk.session, [], []
    present = articles.present(session, [text.judged.entry.article_id or 0 for text in texts])
    for text in texts:
        entry = text.judged.entry
        former = present[entry.article_id or 0]
        if former.withdrawn or former.content_hash == text.signature.content_hash:
            unchanged.append(Ending(entry.entry_id, Outcome.UNCHANGED, Reason.SAME_TEXT, article_id=former.id))
            continue
        subject = _Subject(former.id, text)
        change = desk.judge.change(former.body, text.article.body)
        place = Placement(former.id, former.cluster_id, former.kind)
        articles.revise(session, former, _row(desk, subject, place, former.ordered_at), change, now=desk.now)
        candidates.remove(session, former.id, desk.judge.sign(former.body).keys)
        clusters.remove_matches(session, former.id)
        changes.append(
            session, [Change(former.id, "revised", {"ratio": round(change.ratio, 4), "substantive": change.substantive})], desk.now
        )
        changed.append(subject)
    articles.visited(session, [one.article_id or 0 for one in unchanged], desk.now)
    return changed, unchanged


def _member(desk: _Desk, one: _Subject) -> Member:
    article, standing = one.text.article, desk.standing[one.text.judged.entry.entry_id]
    at = triage.ordered_at(article.published_at, seen_at=standing.seen_at, polled_before=standing.polled_before)
    return Member(one.id, at, article.url_key, one.text.signature.content_hash)


def _row(desk: _Desk, one: _Subject, place: Placement, ordered_at: datetime) -> articles.NewArticle:
    text, entry, revisit = one.text, one.text.judged.entry, desk.settings.revisit
    visit_at = triage.next_visit_at(ordered_at, desk.now, revisit.hours, enabled=revisit.enabled)
    return articles.NewArticle(place, text.article, text.signature, entry.feed_id, entry.page_id, entry.fetched_at, ordered_at, visit_at)


def _addresses(desk: _Desk, batch: Triage, endings: Sequence[Ending]) -> dict[str, int]:
    """Return the addresses that lead to an article now: the one it was listed under, and its canonical one."""
    article_of = {one.entry_id: one.article_id for one in endings if one.article_id is not None}
    listed = {standing.url_key: article_of[one] for one, standing in desk.standing.items() if one in article_of}
    return listed | {text.article.url_key: article_of[text.judged.entry.entry_id] for text in batch.new}
