"""What an outlet does to an agency's text before it prints it, as pure functions of the text and a random generator.

`edit` is what others call: `edit(text, kind, rng, language) -> text`, paragraphs standing on lines of their own. The first six kinds
are what the newsroom's outlets do; the last two are harsher and for measuring only, because they may leave ungrammatical sentences.
"""

import random
import re
import unicodedata
from collections.abc import Callable, Sequence

from newsroom.grammar import Grammar, Voice, codes, grammar
from newsroom.stories import head, parting, passage, size

REPRINTS = ("verbatim", "dressed", "cut", "extended", "copy_edited", "typography")
KINDS = (*REPRINTS, "cut_and_edited", "heavily_edited")

_SENTENCE_END = re.compile(r"(?<=[.!?؟])(?=\s)|(?<=[.!?؟][”“»])(?=\s)|(?<=。)(?!」)")
_CURLY = dict(zip(map(ord, "\"'–“”„«»’—「」、"), '”’—""»""\'–『』，', strict=True))
_ARABIC = dict(zip(map(ord, "یکيك0123456789"), "يكیک٠١٢٣٤٥٦٧٨٩", strict=True))
_WIDE = dict(zip(map(ord, "0123456789"), "０１２３４５６７８９", strict=True))


def edit(text: str, kind: str, rng: random.Random, language: str) -> str:
    """Return `text` after one of `KINDS` of edit; KeyError for another kind. A language without a grammar is treated as English."""
    known = grammar(language if language in codes() else "en")
    return _EDITS[kind](text, rng, known)


def dateline(text: str, place: str, language: Grammar) -> str:
    """Return `text` opened by the place and the agency in the language's manner: `PLACE (Agency) – …`."""
    name = place.upper() if language.code not in {"tr", "ku"} else place
    return f"{name} ({language.words['agency']}) {language.words['dash']} {text}"


def read_more(titles: Sequence[str], language: Grammar) -> list[str]:
    """Return the lines that send a reader to other stories, one for each title."""
    return [f"{language.words['read_more' if n % 2 == 0 else 'also_read']} {title}" for n, title in enumerate(titles)]


def closing_lines(editor: str, language: Grammar) -> list[str]:
    """Return the closing lines: who edited, and whose report it is."""
    return [f"{language.words['editing']} {editor}", f"{language.words['credit']} {language.words['agency']}{language.words['stop']}"]


def correct(paragraphs: Sequence[str], rng: random.Random, language: Grammar) -> tuple[str, ...]:
    """Return a running story's paragraphs with one figure put right."""
    places = [(n, match) for n, text in enumerate(paragraphs) for match in re.finditer(r"(?<![\d.,٠-٩])\d{2,3}(?![\d.,٠-٩])", text)]
    if not places:
        return tuple(paragraphs)
    index, match = places[int(rng.random() * len(places))]
    value = int(match[0]) + 1 + int(rng.random() * 7)
    text = paragraphs[index]
    return (*paragraphs[:index], f"{text[: match.start()]}{language.number(value)}{text[match.end() :]}", *paragraphs[index + 1 :])


def sentences(text: str) -> list[str]:
    """Return the sentences of a paragraph, with the blanks before them left on."""
    return [piece for piece in _SENTENCE_END.split(text) if piece.strip()]


def _verbatim(text: str, _rng: random.Random, _language: Grammar) -> str:
    return text


def _dressed(text: str, rng: random.Random, language: Grammar) -> str:
    voice = Voice(language, rng)
    paragraphs = dateline(text, voice.draw("place"), language).split("\n")
    for line in read_more(head(language.code, rng).titles[: 1 + int(rng.random() * 3)], language):
        paragraphs.insert(1 + int(rng.random() * len(paragraphs)), line)
    closing = [
        *closing_lines(voice.draw("person"), language),
        language.words["newsletter"],
        f"© 2026 {voice.draw('outlet')}. {language.words['copyright']}",
    ]
    return "\n".join(paragraphs + closing[: 1 + int(rng.random() * 4)])


def _cut(text: str, rng: random.Random, language: Grammar) -> str:
    whole = size(language, text)
    goal = max(min(whole, 90.0), whole * (0.45 + 0.3 * rng.random()))
    kept: list[str] = []
    for paragraph in text.split("\n"):
        for number, sentence in enumerate(sentences(paragraph)):
            if goal <= 0:
                return "\n".join(kept)
            goal -= size(language, sentence)
            if number:
                kept[-1] += sentence
            else:
                kept.append(sentence)
    return "\n".join(kept)


def _extended(text: str, rng: random.Random, language: Grammar) -> str:
    words = size(language, text) * (0.2 + 0.3 * rng.random())
    return "\n".join((text, *passage(language.code, rng, words)))


def _copy_edited(text: str, rng: random.Random, language: Grammar) -> str:
    # A touched character spoils as many shingles as a touched word, and there are more of them.
    share = 1.0 if language.spaced else 0.5
    return _reworded(_shortened(text, rng, 0.06 * share), rng, language, share=0.035 * share)


def _typography(text: str, rng: random.Random, language: Grammar) -> str:
    if not language.spaced:
        return text.translate(_CURLY | _WIDE)
    if language.direction == "rtl":
        text = text.translate(_ARABIC)
        return re.sub(r"(?<=[سشبم])(?=[اوى])", lambda match: "ـ" if rng.random() < 0.05 else match[0], text)
    text = re.sub(r"(?<=\d) (?=\w)", "\u00a0", text.translate(_CURLY))
    text = re.sub(r"(?<=\w{6})(?=\w{5})", lambda _: "\u00ad" if rng.random() < 0.2 else "", text)
    lead = text.split(" ", 3)
    if len(lead) == 4 and language.code != "tr":
        text = " ".join((*(word.upper() for word in lead[:3]), lead[3]))
    return unicodedata.normalize("NFD", text) if rng.random() < 0.3 else text


def _cut_and_edited(text: str, rng: random.Random, language: Grammar) -> str:
    return _dressed(_copy_edited(_cut(text, rng, language), rng, language), rng, language)


def _heavily_edited(text: str, rng: random.Random, language: Grammar) -> str:
    text = _reworded(_shortened(text, rng, 0.2), rng, language, share=0.1)
    paragraphs = text.split("\n")
    if len(paragraphs) > 3:
        moved = 1 + int(rng.random() * (len(paragraphs) - 1))
        paragraphs.append(paragraphs.pop(moved))
    if not language.spaced:
        return "\n".join(paragraphs)
    return "\n".join(" ".join(word for word in line.split(" ") if rng.random() > 0.04) for line in paragraphs)


def _shortened(text: str, rng: random.Random, share: float) -> str:
    """Leave out about `share` of the sentences (at least one if there are six), never the first."""
    paragraphs = [sentences(line) for line in text.split("\n")]
    places = [(n, m) for n, line in enumerate(paragraphs) for m in range(len(line)) if (n, m) != (0, 0)]
    if len(places) < 6:
        return text
    for index, position in sorted(rng.sample(places, max(1, round(share * len(places)))), reverse=True):
        del paragraphs[index][position]
    return "\n".join("".join(line).strip() for line in paragraphs if line)


def _reworded(text: str, rng: random.Random, language: Grammar, *, share: float) -> str:
    """Change about `share` of the words: synonyms where the language's list has them, else openers before sentences."""
    quota = max(1, round(share * size(language, text)))
    pairs = [pair for phrase in language.lists["synonyms"] for pair in _both_ways(phrase[0], phrase[1])]
    rng.shuffle(pairs)
    for old, new in pairs:
        if quota <= 0:
            return text
        if old not in text:  # spares most of the searches
            continue
        places = list(re.finditer(rf"(?<!\w){re.escape(old)}(?!\w)" if language.spaced else re.escape(old), text))
        if places:
            match = places[int(rng.random() * len(places))]
            text = f"{text[: match.start()]}{new}{text[match.end() :]}"
            quota -= max(len(old.split()), len(new.split()))
    return _opened(text, rng, language, quota)


def _opened(text: str, rng: random.Random, language: Grammar, quota: int) -> str:
    openers = [str(phrase[0][0]) for phrase in language.lists["insert"]]
    rng.shuffle(openers)
    paragraphs = text.split("\n")
    for index in rng.sample(range(len(paragraphs)), len(paragraphs)):
        if quota <= 0 or not openers:
            break
        if paragraphs[index][:1] not in language.words["quotes"]:
            opener = openers.pop()
            paragraphs[index] = f"{opener}{parting(language)}{paragraphs[index]}"
            quota -= len(opener.split())
    return "\n".join(paragraphs)


def _both_ways(one: Sequence[object], other: Sequence[object]) -> list[tuple[str, str]]:
    first, second = str(one[0]), str(other[0])
    return [(first, second), (second, first)]


_EDITS: dict[str, Callable[[str, random.Random, Grammar], str]] = {
    "verbatim": _verbatim,
    "dressed": _dressed,
    "cut": _cut,
    "extended": _extended,
    "copy_edited": _copy_edited,
    "typography": _typography,
    "cut_and_edited": _cut_and_edited,
    "heavily_edited": _heavily_edited,
}
