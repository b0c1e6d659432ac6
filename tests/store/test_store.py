"""What the store writes: articles, stories, outcomes, changes; once, however often it is asked."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from db.models import Article, Change, Entry, LshKey, Match, Recipe, Revision, Signature
from domain.errors import RecipeError
from domain.outcomes import Outcome, Reason
from domain.records import Refusal
from tasks.deduplicate.task import deduplicate_batch
from tasks.store.task import store_batch

Prose = Callable[..., str]


def test_a_new_text_is_a_unique_article_with_signature_keys_and_a_change(line: Any, prose: Prose) -> None:
    tally = line.store(line.extracted("a", prose(1)))
    assert (tally.done, tally.outcomes) == (1, (("unique", 1),))
    assert line.rows(Article, "kind", "title", "authors") == [("unique", "About a", ["A. Reporter"])]
    assert line.rows(Entry, "outcome", "article_id", "reason") == [("unique", 1, None)]
    assert [count for (count,) in line.rows(Signature, "shingle_count")] == [236]
    assert 16 <= len(line.rows(LshKey, "key")) <= 48
    assert line.changes() == ["added"]
    line.check()


def test_copies_join_the_story_of_the_earliest(line: Any, prose: Prose) -> None:
    wire = prose(1, 360)
    texts = {"b": f"PARIS (Agency) – {wire}", "c": " ".join(wire.split()[:150]), "x": prose(2), "a": wire, "d": f"{wire}\n{prose(3, 120)}"}
    line.put(texts, minutes={"a": 0, "b": 5, "c": 9, "x": 2, "d": 30})
    assert line.stories() == {"a": {"a", "b", "c", "d"}, "x": {"x"}}
    line.check()
    assert line.changes() == ["added", "copy_found", "added", "representative_changed", "copy_found"]


def test_a_whole_batch_is_compared_with_itself(line: Any, prose: Prose) -> None:
    wire = prose(1)
    at = line.run.started_at - timedelta(days=1)
    batch = [line.extracted(f"n{n}", f"{wire}\nRelated: {n}", published=at + timedelta(minutes=9 - n)) for n in range(9)]
    line.store(*batch, line.extracted("other", prose(2), published=at))
    assert line.stories() == {"n8": {f"n{n}" for n in range(9)}, "other": {"other"}}
    line.check()


def test_storing_a_batch_again_changes_nothing(line: Any, prose: Prose) -> None:
    batch = (
        line.extracted("a", prose(1)),
        line.extracted("b", prose(1)),
        line.refused("c", Refusal(Outcome.REJECTED, Reason.TOO_SHORT, "9 words")),
    )
    judged = deduplicate_batch.fn(line.database, line.settings, batch)
    store_batch.fn(line.database, line.settings, judged, line.run, line.judge)
    before = line.everything()
    again = store_batch.fn(line.database, line.settings, judged, line.run, line.judge)
    assert (again.done, line.everything()) == (0, before)


def test_an_entry_that_another_worker_took_over_is_left_to_it(line: Any, prose: Prose) -> None:
    entry = line.extracted("a", prose(1))
    line.database.write(lambda session: session.execute(sa.update(Entry).values(fence=1)))
    assert line.store(entry).done == 0
    assert line.rows(Article, "id") == []
    assert line.rows(Entry, "outcome") == [("pending",)]


def test_one_address_makes_one_article_whoever_lists_it(line: Any, prose: Prose) -> None:
    line.store(line.extracted("a", prose(1)))
    feed = line.feed("second")
    tally = line.store(
        line.extracted("a", prose(2), feed_id=feed), line.extracted("b", prose(3)), line.extracted("b", prose(4), feed_id=feed)
    )
    assert dict(tally.outcomes) == {"unchanged": 2, "unique": 1}
    assert line.rows(Entry, "outcome", "reason", "article_id") == [
        ("unique", None, 1), ("unchanged", "known_url", 1), ("unique", None, 2), ("unchanged", "known_url", 2),
    ]  # fmt: skip


def claiming(entry: Any, name: str) -> Any:
    """Return an extracted entry whose page says that its address is https://paper.example/<name>."""
    url = f"https://paper.example/{name}"
    named = replace(entry.extracted, canonical_url=url, url_key=hashlib.sha256(url.encode()).hexdigest())
    return replace(entry, extracted=named)


def test_pages_that_all_claim_one_address_are_articles_of_their_own(line: Any, prose: Prose) -> None:
    line.store(claiming(line.extracted("a", prose(1)), "latest"))
    tally = line.store(*(claiming(line.extracted(name, prose(seed)), "latest") for seed, name in enumerate("bcd", 2)))
    assert tally.outcomes == (("unique", 3),)
    addresses = ["latest", "b", "c", "d"]
    assert line.rows(Article, "canonical_url") == [(f"https://paper.example/{name}",) for name in addresses]
    line.check()


def test_a_page_that_claims_a_known_address_with_its_text_is_that_article(line: Any, prose: Prose) -> None:
    line.store(line.extracted("a", prose(1)), claiming(line.extracted("a?mobile", prose(1)), "a"))
    line.store(claiming(line.extracted("amp/a", prose(1) + " Read more."), "a"))
    assert line.rows(Entry, "outcome", "reason", "article_id")[1:] == [("unchanged", "known_url", 1)] * 2
    assert len(line.rows(Article, "id")) == 1


def test_an_article_asked_again_that_leads_to_another_one_keeps_its_own_text(line: Any, prose: Prose) -> None:
    line.store(line.extracted("a", prose(1)), line.extracted("b", prose(2)))
    before = line.rows(Article, "body", "canonical_url")
    line.store(*(claiming(line.extracted("a", body, article_id=1), "b") for body in (prose(2), prose(3))))
    assert line.rows(Entry, "outcome", "reason", "article_id")[2:] == [("unchanged", "known_url", 1)] * 2
    assert (line.rows(Article, "body", "canonical_url"), line.rows(Revision, "id")) == (before, [])


def test_an_article_that_claims_another_s_address_is_still_revised(line: Any, prose: Prose) -> None:
    line.store(claiming(line.extracted("a", prose(1)), "latest"), claiming(line.extracted("b", prose(2)), "latest"))
    line.store(claiming(line.extracted("b", prose(2) + " The minister resigned.", article_id=line.id_of("b")), "latest"))
    assert line.rows(Entry, "outcome", "article_id")[2] == ("revision", line.id_of("b"))


def test_earlier_sightings_learn_which_article_their_address_became(line: Any, prose: Prose) -> None:
    first = line.extracted("a", prose(1))
    sighting = line.listed("a", feed_id=line.feed("second"))
    line.database.write(
        lambda session: session.execute(sa.update(Entry).where(Entry.id == sighting).values(outcome="unchanged", reason="known_url"))
    )
    line.store(first)
    assert line.rows(Entry, "article_id") == [(1,), (1,)]


def test_refusals_end_their_entries_and_passing_ones_come_back(line: Any) -> None:
    final = Refusal(Outcome.REJECTED, Reason.TOO_SHORT, "the text has 9 words")
    passing = Refusal(Outcome.FAILED, Reason.EXTRACTION_FAILED, "out of memory", retry=True)
    tally = line.store(line.refused("a", final), line.refused("b", passing), line.refused("c", passing, attempt_count=3))
    assert dict(tally.outcomes) == {"rejected": 1, "pending": 1, "failed": 1}
    assert (tally.done, tally.failed) == (3, 1), "one that is put off is work done: others may wait behind it"
    assert line.rows(Entry, "outcome", "reason", "attempt_count") == [
        ("rejected", "too_short", 0), ("pending", "extraction_failed", 1), ("failed", "extraction_failed", 0),
    ]  # fmt: skip
    (waits,) = line.rows(Entry, "next_attempt_at")[1]
    assert waits > line.run.started_at


def test_a_record_that_the_database_refuses_costs_itself_alone(line: Any, prose: Prose) -> None:
    batch = [line.extracted(f"n{n}", prose(n)) for n in range(7)]
    poisoned = batch[3].extracted.__class__(
        **{name: getattr(batch[3].extracted, name) for name in batch[3].extracted.__slots__} | {"title": "\ud800"}
    )
    batch[3] = batch[3].__class__(**{name: getattr(batch[3], name) for name in batch[3].__slots__} | {"extracted": poisoned})
    assert dict(line.store(*batch).outcomes) == {"unique": 6, "failed": 1}
    assert line.rows(Entry, "outcome", "reason")[3] == ("failed", "not_storable")
    line.check()


def test_a_refused_record_of_an_entry_that_another_worker_took_over_is_left_to_it(line: Any, prose: Prose) -> None:
    entry = line.extracted("a", prose(1))
    poisoned = line.judged(replace(entry, extracted=replace(entry.extracted, title="\ud800")))

    class Refusing(type(line.judge)):
        def settle(self, *args: Any, **options: Any) -> Any:
            raise UnicodeError

    line.database.write(lambda session: session.execute(sa.update(Entry).values(fence=1)))
    assert line.file(line.database, poisoned, Refusing(line.settings.deduplicate)).done == 0
    assert line.rows(Entry, "outcome", "reason") == [("pending", None)]


def test_a_refused_page_of_an_article_asked_again_still_belongs_to_it(line: Any, prose: Prose) -> None:
    line.store(line.extracted("a", prose(1)))
    again = line.refused("a", Refusal(Outcome.REJECTED, Reason.TOO_SHORT, "9 words"), article_id=1)
    line.store(again)
    assert line.rows(Entry, "outcome", "article_id")[1] == ("rejected", 1)


def test_a_changed_text_at_a_known_address_is_a_revision(line: Any, prose: Prose) -> None:
    line.put({"a": prose(1), "b": prose(1)}, minutes={"b": 5})
    tally = line.store(line.extracted("a", prose(1) + " The minister resigned on Friday.", article_id=line.id_of("a")))
    assert tally.outcomes == (("revision", 1),)
    assert line.stories() == {"a": {"a", "b"}}
    assert line.rows(Article, "kind")[1] == ("near_copy",)
    assert line.rows(Revision, "body", "substantive") == [(prose(1), True)]
    assert line.changes() == ["added", "copy_found", "revised"]
    assert {article for (article,) in line.rows(Match, "article_id")} == {2}
    line.check()


def test_a_text_rewritten_into_another_story_leaves_its_own(line: Any, prose: Prose) -> None:
    line.put({"a": prose(1), "b": prose(1), "c": prose(2)}, minutes={"b": 5, "c": 1})
    line.store(line.extracted("b", prose(2), article_id=line.id_of("b")))
    assert line.stories() == {"a": {"a"}, "c": {"c", "b"}}
    line.check()
    keys = {one: {key for key, article in line.rows(LshKey, "key", "article_id") if article == one} for one in (2, 3)}
    assert keys[2] == keys[3]


def test_the_same_text_again_is_unchanged_and_costs_nothing(line: Any, prose: Prose) -> None:
    line.put({"a": prose(1)})
    line.store(line.extracted("a", f"PARIS (Agency) – {prose(1)}", article_id=line.id_of("a")))
    assert line.rows(Entry, "outcome", "reason") == [("unique", None), ("unchanged", "same_text")]
    assert (line.rows(Revision, "id"), line.changes()) == ([], ["added"])


def test_related_pairs_are_recorded_and_stay_apart(line: Any, prose: Prose) -> None:
    shared = prose(9, 96)
    line.put({"a": f"{prose(1, 180)}\n{shared}", "b": f"{prose(2, 180)}\n{shared}"})
    assert line.stories() == {"a": {"a"}, "b": {"b"}}
    assert line.rows(Match, "verdict", "rule") == [("related", "related")]


def test_settings_that_make_another_recipe_are_refused(line_with: Callable[..., Any], prose: Prose) -> None:
    line = line_with()
    line.put({"a": prose(1)})
    assert [state for (state,) in line.rows(Recipe, "state")] == ["active"]
    other = line_with(similarity=0.5)
    with pytest.raises(RecipeError, match="recluster"):
        other.store(other.extracted("b", prose(2)))
    assert [outcome for (outcome,) in line.rows(Entry, "outcome")] == ["unique", "pending"]


def test_change_numbers_grow_in_the_order_of_commits(line: Any, prose: Prose) -> None:
    line.put({f"n{n}": prose(n % 4) for n in range(12)})
    numbers = [seq for (seq,) in line.rows(Change, "seq")]
    assert numbers == sorted(set(numbers))
    assert len(numbers) >= 12
