"""Sorts a batch before it is stored: what is refused, known already, asked again, or new; and when each counts as published."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from domain.outcomes import Outcome
from domain.records import Article, Comparison, JudgedEntry, Refusal, Signature

# The web knows no article of before; clocks that start at zero do.
_EPOCHS = (datetime(1900, 1, 1, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC))
_FIRST_PAUSE = 300.0  # seconds


@dataclass(frozen=True, slots=True)
class Text:
    """A judged entry that has a text: what the store works with."""

    judged: JudgedEntry
    article: Article
    signature: Signature


class Listed(Protocol):
    """The address under which an entry was listed."""

    @property
    def canonical_url(self) -> str:
        """The canonical form of its link."""
        ...

    @property
    def url_key(self) -> str:
        """The key of that address."""
        ...


@dataclass(frozen=True, slots=True)
class Triage:
    """A batch, sorted. `repeated` pairs an entry with the position of the new text of the same address before it."""

    refused: tuple[tuple[JudgedEntry, Refusal], ...]
    known: tuple[tuple[Text, int], ...]
    asked_again: tuple[Text, ...]
    new: tuple[Text, ...]
    repeated: tuple[tuple[Text, int], ...]


def claims(batch: Sequence[JudgedEntry], listed: Mapping[int, Listed]) -> frozenset[str]:
    """Return the URL keys at stake: those that texts claim other than the one they were listed under, and that one."""
    texts = ((listed[judged.entry.entry_id].url_key, judged.entry.extracted) for judged in batch)
    pairs = [(own, text.url_key) for own, text in texts if isinstance(text, Article) and text.url_key != own]
    return frozenset(key for pair in pairs for key in pair)


def disclaim(
    batch: Sequence[JudgedEntry],
    listed: Mapping[int, Listed],
    there: Mapping[str, Signature],
    compare: Callable[[Signature, Signature], Comparison],
) -> list[JudgedEntry]:
    """Return the batch with a text that claims another text's address put back where it was listed.

    A site whose pages all name one canonical address would else be a single article. `there` maps the keys at stake to what is
    stored under them; of those in the batch the first keeps its claim. What is asked again stays where it was as long as it
    reads as it did: an address that leads elsewhere now brings another text.
    """

    def is_copy(one: Signature, other: Signature) -> bool:
        return one.content_hash == other.content_hash or compare(one, other).verdict in {"exact_copy", "near_copy"}

    taken, kept = dict(there), []
    for judged in batch:
        text, signature, own = judged.entry.extracted, judged.signature, listed[judged.entry.entry_id]
        if not isinstance(text, Article) or signature is None:
            kept.append(judged)
            continue
        other, former = taken.get(text.url_key), taken.get(own.url_key)
        stays = judged.entry.article_id is None or (former is not None and is_copy(signature, former))
        if other is not None and text.url_key != own.url_key and stays and not is_copy(signature, other):
            text = replace(text, canonical_url=own.canonical_url, url_key=own.url_key)
        taken.setdefault(text.url_key, signature)
        kept.append(replace(judged, entry=replace(judged.entry, extracted=text)))
    return kept


def sort(batch: Sequence[JudgedEntry], known: Mapping[str, int]) -> Triage:
    """Return the batch sorted; `known` maps URL keys to stored articles. Of two entries with one address the first is new."""
    refused: list[tuple[JudgedEntry, Refusal]] = []
    old: list[tuple[Text, int]] = []
    again: dict[int, Text] = {}
    new: dict[str, Text] = {}
    repeated: list[tuple[Text, int]] = []
    for judged in batch:
        extracted, signature = judged.entry.extracted, judged.signature
        if isinstance(extracted, Refusal) or signature is None:
            refused.append((judged, extracted))  # type: ignore[arg-type]
            continue
        text = Text(judged, extracted, signature)
        revisited = judged.entry.article_id
        # One that leads to another known article now has no text of its own any more: the two must not swap theirs.
        if revisited is not None and revisited not in again and known.get(extracted.url_key, revisited) == revisited:
            again[revisited] = text
        elif revisited is not None or extracted.url_key in known:
            old.append((text, revisited or known[extracted.url_key]))
        elif extracted.url_key in new:
            repeated.append((text, list(new).index(extracted.url_key)))
        else:
            new[extracted.url_key] = text
    return Triage(tuple(refused), tuple(old), tuple(again.values()), tuple(new.values()), tuple(repeated))


def again_at(refusal: Refusal, attempt_count: int, attempts: int, now: datetime) -> datetime | None:
    """Return when a refused entry is tried again, None when it is final: pauses of 5, 20, 80 … minutes."""
    if not refusal.retry or attempt_count + 1 >= attempts:
        return None
    return now + timedelta(seconds=_FIRST_PAUSE * 4.0**attempt_count)


def final(refusal: Refusal) -> Outcome:
    """Return the terminal outcome of a refusal: one that could have been tried again, and was in vain, has failed."""
    return Outcome.FAILED if refusal.retry else refusal.outcome


def ordered_at(published_at: datetime | None, *, seen_at: datetime, polled_before: datetime | None) -> datetime:
    """Return the publication time that we believe, which decides who represents a story.

    A page may claim any time. Our own polls bracket the claim: it was not there when its feed was last read without it, and
    it was there when it was first seen. Inside the bracket the claim counts, outside it the nearer end does. So nobody takes a
    story over by dating a copy back, while what is found later in an archive, which no poll contradicts, is as old as it says.
    """
    if published_at is None or published_at < _EPOCHS[0] or timedelta(0) <= published_at - _EPOCHS[1] < timedelta(days=1):
        return seen_at
    bounded = min(published_at, seen_at)
    return bounded if polled_before is None else max(bounded, min(polled_before, seen_at))


def next_visit_at(published_at: datetime, now: datetime, hours: Sequence[float], *, enabled: bool) -> datetime | None:
    """Return when an article stored now is first asked again; None for one that is older than the last of the ages already."""
    if not enabled or not hours or now - published_at > timedelta(hours=max(hours)):
        return None
    return now + timedelta(hours=min(hours))
