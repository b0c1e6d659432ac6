"""Judges a batch against everything stored so far, outside any lock: signs, looks up candidates, verifies them."""

import logging
import time
from collections.abc import Mapping
from functools import lru_cache

from prefect import task
from prefect.cache_policies import NO_CACHE

from config.settings import Settings
from db import candidates, recipes
from db.engine import Database
from domain.records import Article, ExtractedEntry, Found, FoundBy, JudgedEntry, Signature, SignedArticle
from tasks.deduplicate.judge import TextJudge
from tasks.deduplicate.recipe import strict

log = logging.getLogger("copydesk.deduplicate")
# Pairs below the line that are kept for one article: the grey zone is there to be read, not to be complete.
_RELATED = 10


@task(name="deduplicate", cache_policy=NO_CACHE, persist_result=False)
def deduplicate_batch(database: Database, settings: Settings, extracted: tuple[ExtractedEntry, ...]) -> tuple[JudgedEntry, ...]:
    """Return the entries with their signatures and the verdicts on the stored articles they resemble.

    Raises `RecipeError` when the database was built under another recipe than the settings ask for.
    """
    started = time.perf_counter()
    judge = _judge(settings.deduplicate.similarity, settings.deduplicate.containment)
    texts = {entry.entry_id: signature_of(judge, entry.extracted) for entry in extracted if isinstance(entry.extracted, Article)}
    with database.read() as session:
        recipes.check(session, judge.recipe_id)
        seen = candidates.watermark(session)
        looked_up = dict(zip(texts, candidates.look_up(session, list(texts.values()), settings.deduplicate), strict=True))
        stored = candidates.signatures(session, {one for found in looked_up.values() for one in found.hits}, judge.recipe_id)
    judged = []
    for entry in extracted:
        text, found = texts.get(entry.entry_id), looked_up.get(entry.entry_id)
        if text is None or found is None:
            judged.append(JudgedEntry(entry, None, seen=seen))
        else:
            verified = verify(judge, text, {one: by for one, by in found.hits.items() if one != entry.article_id}, stored)
            judged.append(JudgedEntry(entry, text, verified, seen, found.crowded_keys))
    log.info("judged articles=%d candidates=%d seconds=%.3f", len(texts), len(stored), time.perf_counter() - started)
    return tuple(judged)


def signature_of(judge: TextJudge, article: Article) -> Signature:
    """Return the article's signature under this recipe; mostly it comes with one from the process that extracted it."""
    made = article.signature if isinstance(article, SignedArticle) else None
    return made if made is not None and made.recipe_id == judge.recipe_id else judge.sign(article.body)


def verify(judge: TextJudge, text: Signature, hits: Mapping[int, FoundBy], stored: Mapping[int, Signature]) -> tuple[Found, ...]:
    """Return the candidates that are copies, and the most related of those that are not quite."""
    compared = [Found(one, judge.compare(text, stored[one]), found_by) for one, found_by in hits.items() if one in stored]
    copies = [one for one in compared if one.comparison.verdict in {"exact_copy", "near_copy"}]
    related = sorted((one for one in compared if one.comparison.verdict == "related"), key=lambda one: -one.comparison.containment)
    return (*copies, *related[:_RELATED])


@lru_cache(maxsize=4)
def _judge(similarity: float, containment: float) -> TextJudge:
    # Drawing the permutations costs more than signing an article, and they never change.
    return TextJudge(recipe=strict(similarity, containment))
