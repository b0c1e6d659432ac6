"""What outlets do to a wire story: cut, extend, copy-edit, dress, set in type. Seeded, so that every run edits alike."""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_SENTENCE = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？])|\n+")
_WORD = re.compile(r"\s+")
_SPACELESS = re.compile("[\u3040-\u30ff\u4e00-\u9fff\u0e00-\u0e7f]")

DATELINES = ("LONDON, March 3 (Wire) - ", "ERBIL (Newsdesk) – ", "PARIS, Nov. 22 — ", "(Wire) - ", "New York (Agency) -- ")
BYLINES = ("By Jane Miller", "By Jane Miller and Azad Karim", "From our correspondent")
READ_MORE = ("Read More: {0}", "Also read: {0}", "Related: {0}", "See also: {0}", "Read next: {0}")
CREDITS = ("(Reporting by Jane Miller; Editing by Azad Karim)", "Editing by Azad Karim", "Source: Wire", "Photo: Newsdesk")
FOOTERS = (
    "© 2026 The Morning Paper. All rights reserved.", "Subscribe to our newsletter for the latest news.", "Follow us on every network.",
    "Copyright 2026 Wire. This material may not be published, broadcast, rewritten or redistributed.", "Sign up for the morning briefing.",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Source:
    """A text to edit, other text to extend it with, and words of its kind to put in place of its own."""

    body: str
    other: str
    vocabulary: Sequence[str]
    headlines: Sequence[str]


def sentences(text: str) -> list[str]:
    """Return the sentences of a text in any script."""
    return [one.strip() for one in _SENTENCE.split(text) if one and one.strip()]


def cut(source: Source, rng: random.Random) -> str:
    """Return the first 25 to 65 % of the sentences, and at least 30 words."""
    some = sentences(source.body)
    keep = max(1, round(len(some) * rng.uniform(0.25, 0.65)))
    while keep < len(some) and _size(_joined(some[:keep])) < 30:
        keep += 1
    return _joined(some[:keep])


def extended(source: Source, rng: random.Random) -> str:
    """Return the text with 20 to 80 % of new text behind it."""
    wanted = rng.uniform(0.2, 0.8) * _size(source.body)
    added: list[str] = []
    for one in sentences(source.other):
        if _size(" ".join(added)) >= wanted:
            break
        added.append(one)
    return source.body + "\n" + _joined(added)


def copy_edited(source: Source, rng: random.Random) -> str:
    """Return the text with 3 to 8 % of the words changed and a tenth of the sentences dropped."""
    return _edited(source, rng, words=rng.uniform(0.03, 0.08), dropped=0.1)


def heavily_edited(source: Source, rng: random.Random) -> str:
    """Return the text with 12 to 20 % of the words changed and a quarter of the sentences dropped."""
    return _edited(source, rng, words=rng.uniform(0.12, 0.2), dropped=0.25)


def dressed(source: Source, rng: random.Random) -> str:
    """Return the text in another outlet's dress: dateline, byline, read-more lines, credit and footer."""
    paragraphs = [line for line in source.body.split("\n") if line.strip()]
    paragraphs[0] = rng.choice(DATELINES) + paragraphs[0]
    for _ in range(rng.randint(1, 4)):
        paragraphs.insert(rng.randint(1, len(paragraphs)), rng.choice(READ_MORE).format(rng.choice(source.headlines)))
    head = [rng.choice(BYLINES)] if rng.random() < 0.5 else []
    return "\n".join([*head, *paragraphs, rng.choice(CREDITS), *rng.sample(FOOTERS, rng.randint(1, 3))])


def typeset(source: Source, rng: random.Random) -> str:
    """Return the text as another typesetter would: quotes, soft hyphens, spaces, an upper-case lead."""
    text = source.body.replace('"', rng.choice("“„")).replace("'", "’").replace(" - ", " — ")
    words = text.split(" ")
    lead = rng.randint(3, 6)
    words[:lead] = [word.upper() for word in words[:lead]]
    softened = [word[:4] + "\u00ad" + word[4:] if len(word) > 8 and rng.random() < 0.3 else word for word in words]
    return "".join(word + rng.choice((" ", " ", "\u00a0")) for word in softened)


KINDS: dict[str, Callable[[Source, random.Random], str]] = {
    "cut": cut,
    "extended": extended,
    "copy-edited": copy_edited,
    "dressed": dressed,
    "typography": typeset,
    "heavily edited": heavily_edited,
}


def _edited(source: Source, rng: random.Random, *, words: float, dropped: float) -> str:
    kept = [one for one in sentences(source.body) if rng.random() >= dropped] or sentences(source.body)[:1]
    if _SPACELESS.search(source.body):
        return "".join(rng.choice(source.vocabulary)[0] if rng.random() < words else one for one in _joined(kept))
    changed = [rng.choice(source.vocabulary) if rng.random() < words else one for one in _WORD.split(_joined(kept))]
    return " ".join(changed)


def _joined(some: Sequence[str]) -> str:
    return ("" if some and _SPACELESS.search(some[0]) else " ").join(some)


def _size(text: str) -> int:
    return len(text) // 2 if _SPACELESS.search(text) else len(text.split())
