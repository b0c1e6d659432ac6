"""Texts are signed where they are extracted: the same signature, and only under the recipe that judges them."""

import pickle
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from config.settings import ExtractSettings
from domain.packing import pack
from domain.records import Article, Expectation, FetchedEntry, Page, Refusal, SignedArticle
from flows.signing import signing
from tasks.deduplicate.judge import TextJudge
from tasks.deduplicate.recipe import Recipe, strict
from tasks.deduplicate.task import signature_of
from tasks.extract import child
from tasks.extract.pool import ExtractionPool


@pytest.fixture
def entry(prose: Callable[..., str]) -> FetchedEntry:
    text = "".join(f"<p>{prose(number, 60)}</p>" for number in range(3))
    body = f"<html><head><title>Bridge opens</title></head><body><article><h1>Bridge opens</h1>{text}</article></body></html>".encode()
    url = "https://news.example/1"
    page = Page(url, url, 200, (("content-type", "text/html"),), pack(body), datetime(2026, 11, 20, tzinfo=UTC), packed=True)
    return FetchedEntry(1, None, 1, url, url, fence=0, attempt_count=0, page=page, expected=Expectation())


def test_a_process_hands_back_the_article_with_its_signature(entry: FetchedEntry) -> None:
    with ExtractionPool(ExtractSettings(workers=1), work=signing(Recipe()), preload="flows.preload") as pool:
        ((_, made),) = pool.extract([entry])
    plain = child.extract(entry, 25)
    assert isinstance(plain, Article)
    assert isinstance(made, SignedArticle)
    assert made.signature == TextJudge().sign(plain.body)
    assert [getattr(made, name) for name in Article.__dataclass_fields__] == [getattr(plain, name) for name in Article.__dataclass_fields__]


def test_a_refusal_stays_one(entry: FetchedEntry) -> None:
    assert isinstance(signing(Recipe())(entry, 10_000), Refusal)


def test_another_recipe_s_signature_is_made_anew(entry: FetchedEntry) -> None:
    theirs, ours = TextJudge(recipe=strict(0.9, 0.95)), TextJudge()
    made = signing(theirs.recipe)(entry, 25)
    assert isinstance(made, SignedArticle)
    assert made.signature is not None
    assert signature_of(theirs, made) is made.signature
    assert signature_of(ours, made) == ours.sign(made.body) != made.signature
    plain = child.extract(entry, 25)
    assert isinstance(plain, Article)
    assert signature_of(ours, plain) == ours.sign(plain.body)


def test_what_processes_are_told_is_small() -> None:
    assert len(pickle.dumps(signing(Recipe()))) < 1_000
