"""A language as a grammar: lists of phrases, read from `languages/CODE.txt`, and the drawing of sentences from them.

The file format, in one look:

    [words]                       key = value, the furniture of a page in this language
    [place | in]                  a list; the names after | are further forms of each phrase
    Harrowmere | at Harrowmere
    [issue @water]                the same list for stories about water only, with the forms named elsewhere
    leaking mains / low pressure  phrases stand on lines of their own or are parted by a slash between spaces

A phrase has slots: `{issue}` draws afresh, `{place:1}` is the same place throughout a story, `{place.in:1}` is its second form,
`{12-480}` a number, `{1.5-9.5}` a decimal, `{y1990-2020}` a year. Inside one phrase, forms included, a slot is drawn only once.
"""

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TypeAlias

_HOME = Path(__file__).parent / "languages"
_SLOT = re.compile(r"\{([^{}]+)\}")
_NUMBER = re.compile(r"(y?)(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)")


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in a phrase where another phrase goes; `key` binds it for the length of a story."""

    name: str
    form: str
    key: str


@dataclass(frozen=True, slots=True)
class Number:
    """A place in a phrase where a number from `low` to `high` goes, counted in steps of 10 to the power of -`digits`."""

    low: int
    high: int
    digits: int
    plain: bool
    key: str


Template: TypeAlias = tuple[str | Slot | Number, ...]
Phrase: TypeAlias = tuple[Template, ...]


@dataclass(frozen=True, slots=True)
class Grammar:
    """One language: its furniture words, its lists of phrases, the names of each list's forms, and its topics."""

    code: str
    words: Mapping[str, str]
    lists: Mapping[str, tuple[Phrase, ...]]
    forms: Mapping[str, tuple[str, ...]]
    topics: tuple[str, ...]

    @property
    def spaced(self) -> bool:
        """True when the script puts spaces between words."""
        return self.words.get("spaces", "yes") == "yes"

    @property
    def direction(self) -> str:
        """Return ltr or rtl."""
        return self.words.get("direction", "ltr")

    def number(self, value: float, digits: int = 0, *, plain: bool = False) -> str:
        """Return a number as this language writes it (`plain` for years)."""
        if plain:
            return str(int(value))
        text = f"{value:,.{digits}f}"
        return text.translate({ord(","): self.words.get("thousands", ","), ord("."): self.words.get("decimal", ".")})


@cache
def grammar(code: str) -> Grammar:
    """Return the grammar of a language by its code (`en`, `ckb` …); FileNotFoundError when there is none."""
    return parse(code, (_HOME / f"{code}.txt").read_text(encoding="utf-8"))


@cache
def codes() -> tuple[str, ...]:
    """Return the codes of all languages there are, in alphabetical order."""
    return tuple(sorted(path.stem for path in _HOME.glob("*.txt")))


def parse(code: str, text: str) -> Grammar:
    """Return the grammar written in `text`; ValueError names a line that does not belong to any list."""
    words: dict[str, str] = {}
    lists: dict[str, list[Phrase]] = {}
    forms: dict[str, tuple[str, ...]] = {}
    name = ""
    for line in filter(None, (raw.strip() for raw in text.splitlines() if not raw.startswith("#"))):
        if line.startswith("["):
            name, *more = (part.strip() for part in line.strip("[]").split("|"))
            if more:
                forms[name.partition(" ")[0]] = tuple(more)
            lists.setdefault(name, [])
        elif name == "words":
            key, _, value = line.partition("=")
            words[key.strip()] = value.strip()
        elif name:
            lists[name] += [tuple(compile_template(form.strip()) for form in item.split("|")) for item in line.split(" / ")]
        else:
            raise ValueError(f"{code}: a line before the first list: {line}")
    topics = dict.fromkeys(key.partition("@")[2] for key in lists if "@" in key)
    return Grammar(code, words, {key: tuple(items) for key, items in lists.items() if items}, forms, tuple(topics))


def compile_template(text: str) -> Template:
    """Return a phrase as literal pieces and slots, ready to be drawn."""
    parts: list[str | Slot | Number] = []
    for index, piece in enumerate(_SLOT.split(text)):
        if index % 2:
            parts.append(_slot(piece))
        elif piece:
            parts.append(piece)
    return tuple(parts)


def _slot(text: str) -> Slot | Number:
    name, _, key = text.partition(":")
    if number := _NUMBER.fullmatch(name):
        digits = len(number[2].partition(".")[2])
        low, high = (round(float(one) * 10**digits) for one in number.group(2, 3))
        return Number(low, high, digits, bool(number[1]), key)
    name, _, form = name.partition(".")
    return Slot(name, form, key)


@dataclass(slots=True)
class Voice:
    """Draws phrases for one story: bound slots stay, topic lists come before general ones."""

    grammar: Grammar
    rng: random.Random
    topic: str = ""
    bound: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    _latest: dict[str, str] = field(default_factory=dict)

    def say(self, template: Template) -> str:
        """Return a phrase with all its slots filled."""
        return "".join(part if isinstance(part, str) else self._fill(part, None) for part in template)

    def draw(self, name: str, key: str = "", form: str = "") -> str:
        """Return a phrase from the list `name`, the one bound to `key` if there is one."""
        return self._fill(Slot(name, form, key), None)

    def phrases(self, name: str) -> tuple[Phrase, ...]:
        """Return the list that `name` stands for in this story; KeyError when the language has none."""
        return self.grammar.lists.get(f"{name} @{self.topic}") or self.grammar.lists[name]

    def _fill(self, part: Slot | Number, local: dict[str, tuple[str, ...]] | None) -> str:
        known = local.get(part.name) if local is not None and isinstance(part, Slot) and not part.key else None
        if isinstance(part, Number):
            return self._number(part)
        forms = known or (self.bound.get((part.name, part.key)) if part.key else None) or self._new(part)
        if local is not None and not part.key:
            local[part.name] = forms
        if not part.form:
            return forms[0]
        return forms[1 + self.grammar.forms[part.name].index(part.form)]

    def _number(self, part: Number) -> str:
        if part.key and (known := self.bound.get(("", part.key))):
            return known[0]
        step = 1 if part.high - part.low < 2_000 or part.plain else 10
        value = part.low + step * int(self.rng.random() * ((part.high - part.low) // step + 1))
        text = self.grammar.number(value / 10**part.digits, part.digits, plain=part.plain)
        if part.key:
            self.bound["", part.key] = (text,)
        return text

    def _new(self, slot: Slot) -> tuple[str, ...]:
        choices = self.phrases(slot.name)
        taken = {forms[0] for (name, _), forms in self.bound.items() if name == slot.name} if slot.key else {self._latest.get(slot.name)}
        for _ in range(8):
            phrase = choices[int(self.rng.random() * len(choices))]
            local: dict[str, tuple[str, ...]] = {}
            forms = tuple("".join(p if isinstance(p, str) else self._fill(p, local) for p in template) for template in phrase)
            if forms[0] not in taken:
                break
        self._latest[slot.name] = forms[0]
        if slot.key:
            self.bound[slot.name, slot.key] = forms
        return forms
