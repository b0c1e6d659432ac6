"""Names of people as bylines write them: split, cleaned, and told apart from addresses, sites and jobs."""

import html
import re

from domain.text import clean_line

MAX_NAMES = 50
MAX_NAME = 300

# "By", and what stands for it, at the start of a byline. Longer forms first.
_BY_WORDS = (
    "written by", "story by", "words by", "text by", "report by", "posted by", "published by", "by", "author", "reporter", "von", "vom", "text", "autor",
    "autorin", "par", "auteur", "por", "autora", "autores", "pelo", "pela", "di", "da", "door", "tekst", "av", "af", "foto", "yazan", "haber", "hazırlayan",
    "amadekar", "nivîskar", "автор", "текст", "від", "от", "كتب", "كتبت", "بقلم", "إعداد", "نوشته", "نویسنده", "نووسین", "نووسینی", "نووسەر", "ئامادەکردنی",
    "文", "記者", "기자", "作者", "撰文",
)  # fmt: skip
_BY = re.compile(rf"^(?:{'|'.join(sorted(_BY_WORDS, key=len, reverse=True))})(?:\s*[:：|]\s*|\s+)", re.IGNORECASE)
# "Associated Press writer Ada Moor": whose writer she is stands before the name.
_EMPLOYED = re.compile(r"^(?:the\s+)?(?:[A-Z][\w.]*\s+){1,3}(?:staff\s+)?(?:writers?|journalists?|reporters?|correspondents?)\s+(?=[A-Z])")
# Between two names. A comma parts them too, unless what follows is an office or a generation ("Jr.").
_AND = re.compile(r"\s+(?:and|und|et|e|y|en|og|och|ja|ve|û|и|та|і|και|with|mit|avec|con|com)\s+|\s*[&;/|•·、，]\s*|\s*\+\s+")
_ARABIC_AND = re.compile(r"\s+و(?=\s)|\s*،\s*|\s+و\s*(?=[\u0600-\u06ff]{2,}\s+[\u0600-\u06ff]{2,})")
_COMMA = re.compile(r"\s*,\s*")
_GENERATION = re.compile(r"^(?:jr|sr|ii|iii|iv|md|phd|ph\.d|m\.d|esq)\.?$", re.IGNORECASE)
_OFFICE = re.compile(
    r"\b(?:editor|correspondent|reporter|journalist|writer|bureau|columnist|contributor|producer|redakteur(?:in)?|korrespondent(?:in)?|"
    r"redaktion|chef(?:redakteur|redaktion)?|journaliste|envoyé|rédact\w+|redactor\w*|periodista|corresponsal|redazione|giornalista|"
    r"muhabir\w*|editör\w*|newsletter|staff|news desk|special to|for the|updated?|published)\b",
    re.IGNORECASE,
)
_NO_NAME = re.compile(r"https?:|www\.|@|^\W*$|^\d+$|[<>{}=]|\.(?:com|net|org)/", re.IGNORECASE)
_BRACKETS = re.compile(r"\s*[(\[（][^)\]）]{0,60}[)\]）]\s*$")
_FOLD = re.compile(r"[\W_]+")
_CAPITAL = re.compile(r"[^\W\d_a-zà-öø-ÿ]")
_SENTENCE = re.compile(r"[.!?…]\s*$|[.!?]\s+[A-Z]\w{3,}")


def people(raw: tuple[str, ...] | list[str]) -> tuple[str, ...]:
    """Return the names in some byline strings, in order, each once; addresses, links and offices are left out."""
    names: dict[str, str] = {}
    for one in raw:
        for name in _split(clean_line(html.unescape(one), limit=1_000)):
            names.setdefault(_FOLD.sub("", name).casefold(), name)
    return tuple(names.values())[:MAX_NAMES]


def byline(text: str, *, marked: bool = True) -> tuple[str, ...]:
    """Return the names in a line that is a byline and nothing else, or nothing; `marked` asks for a "by" at its start."""
    if marked and not _BY.match(text):
        return ()
    names = people([text])
    return names if all(len(name.split()) <= 4 and _CAPITAL.match(name) and not _SENTENCE.search(name) for name in names) else ()


def _split(text: str) -> list[str]:
    text = _BY.sub("", text).strip(" \t,;:|–—-•·")
    if not text or text.startswith("(") or _NO_NAME.search(text):
        return []
    found: list[str] = []
    for part in (piece for half in _AND.split(text) for piece in _ARABIC_AND.split(half)):
        for name in _COMMA.split(part):
            _take(name, found)
    return found


def _take(name: str, found: list[str]) -> None:
    name = _BRACKETS.sub("", _EMPLOYED.sub("", _BY.sub("", name))).strip(" \t,;:|–—-•·")
    if found and _GENERATION.match(name):
        found[-1] = f"{found[-1]}, {name}"
    elif 1 < len(name) <= MAX_NAME and not _NO_NAME.search(name) and not (found and _OFFICE.search(name)):
        found.append(name)
