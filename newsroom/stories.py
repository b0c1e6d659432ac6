"""A story as the reporter files it: titles, standfirst, paragraphs, names, in one of the languages.

Everything is drawn from the language's grammar with the random generator that is handed in, so a story is the same wherever and
whenever it is asked for, and nothing needs to be kept. The sentences are invented; so are the towns, the people and the offices.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypedDict

from newsroom.grammar import Grammar, Template, Voice, grammar

# What the paragraphs after the first are made of, in the order in which a reporter would reach for it.
_ORDER = (
    ("quote",), ("fact", "figure"), ("background", "fact"), ("voice", "quote"), ("figure", "outlook"), ("fact", "background"), ("quote",),
    ("voice", "fact"), ("figure", "quote"), ("background", "voice"), ("fact", "outlook"), ("quote", "figure"), ("background",), ("outlook",),
)  # fmt: skip
_EXTRA = (("background", "fact"), ("voice",), ("figure", "outlook"), ("quote",))
MARKET_REPORT = "market"  # the topic of bulletins
_SECTION = {"water": 0, "road": 0, "farm": 1, "energy": 1, "trade": 1, "heritage": 2}  # the rest is society
_BULLETIN_SHARE = 0.12
_TITLES = 4


@dataclass(frozen=True, slots=True)
class Head:
    """What is known of a story before its text: `titles` are as many as outlets may want."""

    language: str
    topic: str
    place: str
    titles: tuple[str, ...]
    standfirst: str
    authors: tuple[str, ...]
    editor: str
    section: str
    tags: tuple[str, ...]
    caption: str


@dataclass(frozen=True, slots=True)
class Story(Head):
    """What was filed. `reserve` are true paragraphs that were not needed at first."""

    paragraphs: tuple[str, ...]
    reserve: tuple[str, ...]

    @property
    def text(self) -> str:
        """Return the paragraphs, one a line."""
        return "\n".join(self.paragraphs)


def write(language: str, rng: random.Random, *, bulletin: bool | None = None) -> Story:
    """Return a new story of 150 to 600 words (or as long in characters where words are not parted), about one in eight a market bulletin.

    `bulletin` forces or forbids the templated kind.
    """
    voice, opening = _open(language, rng, bulletin)
    if opening["topic"] == MARKET_REPORT:
        paragraphs, reserve = tuple(_bulletin(voice)), tuple(_Sentences(voice).paragraphs(_EXTRA, 120))
    else:
        length = 150 + 450 * rng.random() ** 1.7
        sentences = _Sentences(voice)
        lead = parting(voice.grammar).join((sentences.next("lead"), sentences.next("fact")))
        paragraphs = (lead, *sentences.paragraphs(_ORDER, length - size(voice.grammar, lead)))
        reserve = tuple(sentences.paragraphs(_EXTRA, length))
    return Story(**opening, paragraphs=paragraphs, reserve=reserve)


def head(language: str, rng: random.Random) -> Head:
    """Return the head of the story that `write` would return for the same generator, at a tenth of the cost."""
    return Head(**_open(language, rng, None)[1])


def passage(language: str, rng: random.Random, words: float) -> tuple[str, ...]:
    """Return paragraphs of about `words` words that belong to no story in particular, for an outlet to add to one."""
    voice = Voice(grammar(language), rng)
    voice.topic = voice.grammar.topics[int(rng.random() * len(voice.grammar.topics))]
    return tuple(_Sentences(voice).paragraphs(_EXTRA * 4, words))


def size(language: Grammar, text: str) -> float:
    """Return the length of a text in words; where words are not parted, two and a half characters count as one."""
    return len(text.split()) if language.spaced else len(text) / 2.5


def parting(language: Grammar) -> str:
    """Return what stands between two sentences."""
    return " " if language.spaced else ""


def capital(text: str, language: str) -> str:
    """Return a sentence with its first letter, behind any opening quotes, in upper case."""
    for index, letter in enumerate(text[:3]):
        if letter.isalpha():
            upper = "İ" if letter == "i" and language == "tr" else letter.upper()
            return f"{text[:index]}{upper}{text[index + 1 :]}"
        if letter.isdigit():
            break
    return text


class _Opening(TypedDict):
    language: str
    topic: str
    place: str
    titles: tuple[str, ...]
    standfirst: str
    authors: tuple[str, ...]
    editor: str
    section: str
    tags: tuple[str, ...]
    caption: str


class _Sentences:
    """Deals sentences of each kind, none twice in a story."""

    def __init__(self, voice: Voice) -> None:
        self.voice = voice
        self._left: dict[str, list[Template]] = {}

    def next(self, kind: str) -> str:
        """Return a fresh sentence of a kind, or an empty string when there is no more."""
        if kind not in self._left:
            self._left[kind] = [phrase[0] for phrase in self.voice.phrases(kind)]
        left = self._left[kind]
        if not left:
            return ""
        index = int(self.voice.rng.random() * len(left))
        left[index], left[-1] = left[-1], left[index]
        return capital(self.voice.say(left.pop()), self.voice.grammar.code)

    def paragraphs(self, order: tuple[tuple[str, ...], ...], words: float) -> Iterator[str]:
        """Yield paragraphs of the kinds in `order` until they have `words` words or the kinds are used up."""
        for kinds in order:
            if words <= 0:
                return
            if text := parting(self.voice.grammar).join(filter(None, (self.next(kind) for kind in kinds))):
                words -= size(self.voice.grammar, text)
                yield text


def _open(language: str, rng: random.Random, bulletin: bool | None) -> tuple[Voice, _Opening]:
    voice = Voice(grammar(language), rng)
    topics = voice.grammar.topics
    chance, topic = rng.random(), topics[int(rng.random() * len(topics))]
    templated = chance < _BULLETIN_SHARE if bulletin is None else bulletin
    voice.topic = "trade" if templated else topic
    titles, standfirst = ("bulletin_title", "bulletin_close") if templated else ("title", "standfirst")
    sentences = _Sentences(voice)
    return voice, _Opening(
        language=language,
        topic=MARKET_REPORT if templated else topic,
        titles=tuple(sentences.next(titles) for _ in range(min(_TITLES, len(voice.phrases(titles))))),
        standfirst=sentences.next(standfirst),
        place=voice.draw("place", "1"),
        authors=tuple(voice.draw("person", f"author{n}") for n in range(1 + (rng.random() < 0.25))),
        editor=voice.draw("person", "editor"),
        section=voice.grammar.words["sections"].split(" / ")[_SECTION.get(voice.topic, 3)],
        tags=(voice.draw("tag", "t1"), voice.draw("tag", "t2"), voice.draw("region", "1")),
        caption=capital(voice.draw("caption"), language),
    )


def _bulletin(voice: Voice) -> Iterator[str]:
    sentences = _Sentences(voice)
    join = parting(voice.grammar).join
    yield join((sentences.next("bulletin_lead"), sentences.next("bulletin")))
    for _ in range(5 + int(voice.rng.random() * 3)):
        if text := join(filter(None, (sentences.next("bulletin"), sentences.next("bulletin")))):
            yield text
