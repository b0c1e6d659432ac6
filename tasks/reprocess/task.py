"""The reprocess stage: pages of stored articles are read again, compared, and, where asked, put in the place of what was."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from prefect import task
from prefect.cache_policies import NO_CACHE

from db import backfills, lines, reprocess
from db.engine import Database
from db.reprocess import Scope, Subject
from db.session import Session
from domain.history import Leg
from domain.records import Article, Extracted, Extractor, Judge, Run
from tasks.reprocess import diff
from tasks.reprocess.diff import Difference

log = logging.getLogger("copydesk.reprocess")


class Tools:
    """What pages are read and texts compared with. Not a dataclass, so that Prefect passes it through untouched."""

    def __init__(self, pool: Extractor, judge: Judge, *, learn_lines: bool = True) -> None:
        self.pool, self.judge, self.learn_lines = pool, judge, learn_lines


@dataclass(frozen=True, slots=True)
class Compared:
    """A batch's differences, and the id of the last article that was looked at (None: there was none left)."""

    last_id: int | None
    differences: tuple[Difference, ...] = ()


@task(name="compare", task_run_name="compare after article {after}", cache_policy=NO_CACHE, persist_result=False)
def compare_batch(database: Database, tools: Tools, scope: Scope, run: Run, *, after: int, size: int, leg: Leg | None = None) -> Compared:
    """Read the next `size` articles' pages again and return how they differ. With a leg, what differs is replaced.

    Texts that differ go back to the desk and end as revisions; metadata, and texts that differ in nothing a reader would call
    another text, are put in place at once.
    """
    with database.read() as session:
        subjects = reprocess.subjects(session, after, scope, limit=size)
        entries = [one.entry for one in subjects]
        if tools.learn_lines:
            entries = list(lines.beside(session, entries, rewrite=True))
    if not subjects:
        return Compared(None)
    extracted = {entry.id: result for entry, result in tools.pool.extract(entries)}
    differences = tuple(_difference(one, extracted[one.article_id], tools.judge) for one in subjects)
    last = subjects[-1].article_id
    if leg is not None:
        batch = _sorted(subjects, extracted, differences, tools.judge)
        database.write(lambda session: _apply(session, leg, batch, run, last=last))
    log.info("compared articles=%d changed=%d", len(subjects), sum(one.kind != "same" for one in differences))
    return Compared(last, differences)


@dataclass(frozen=True, slots=True)
class _Batch:
    """What is to be done: texts to store anew, articles to refresh, articles that read the same."""

    count: int
    anew: Sequence[Subject]
    refreshed: dict[int, Article]
    same: dict[int, str]


def _difference(subject: Subject, extracted: Extracted, judge: Judge) -> Difference:
    change = None
    if isinstance(extracted, Article) and extracted.body != subject.stored.body:
        change = judge.change(subject.stored.body, extracted.body)
    return diff.difference(subject.article_id, subject.stored, extracted, change)


def _sorted(subjects: Sequence[Subject], extracted: dict[int, Extracted], differences: Sequence[Difference], judge: Judge) -> _Batch:
    anew: list[Subject] = []
    refreshed: dict[int, Article] = {}
    same: dict[int, str] = {}
    for subject, difference in zip(subjects, differences, strict=True):
        article = extracted[subject.article_id]
        if not isinstance(article, Article):
            continue
        if difference.kind == "text" and judge.sign(article.body).content_hash != subject.content_hash:
            anew.append(subject)
        elif difference.kind == "same":
            same[subject.article_id] = article.extractor_version
        else:
            refreshed[subject.article_id] = article
    return _Batch(len(subjects), anew, refreshed, same)


def _apply(session: Session, leg: Leg, batch: _Batch, run: Run, *, last: int) -> None:
    """Write a batch and the leg's position in one transaction. Raises `LeaseLostError` when the leg is no longer ours."""
    now = datetime.now(UTC)
    reprocess.refresh(session, batch.refreshed, diff.REPLACED, now)
    for version in set(batch.same.values()):
        reprocess.mark_read(session, [one for one, theirs in batch.same.items() if theirs == version], version)
    enqueued = reprocess.enqueue(session, leg, batch.anew, run, now=now)
    backfills.advance(session, leg, position=last, found=batch.count, new=enqueued)
