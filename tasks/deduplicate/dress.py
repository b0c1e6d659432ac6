"""The wire dress: what an outlet puts around a story (dateline, byline, read-more, credit and rights lines), taken off.

Two outlets that print one story dress it differently; without its dress a dressed copy's similarity rises from 0.74 to 0.90
in the median (measured on edited news). It need not be perfect: what is taken off one copy is taken off the other, and a
dozen words too few change nothing, so the rules are generous with short lines and never touch a long paragraph but its dateline.
"""

import re
from functools import cache

from tasks.deduplicate import phrases
from tasks.deduplicate.normalise import fold

# A dress line is short; a paragraph that begins with "Source:" and goes on for long is text.
_LINE = 240
_BYLINE = 60
# A dateline stands at the start of the first paragraphs only.
_LEAD_LINES = 3
_BRACKETED = r"[(\[（【〔][^()\[\]（）【】〔〕\n]{2,48}[)\]）】〕]"
_DASH = r"(?:\s*[–—―]+\s*|\s+-{1,2}\s+|\s*-{2}\s*|\s*[:：]\s+)"
# LONDON, March 3 (Reuters) - ... | BAGDAD (dpa) – ... | (AP) — ... | 【東京＝共同】...
_SIGNED = re.compile(rf"^[^\n.!?。()（）\[\]【】]{{0,64}}{_BRACKETED}{_DASH}?(?<=[–—―\-:：)\]）】〕\s])")
# LONDON, March 3 - ... | AP - ...; only in the text before folding, where capitals say that it is a place
_CAPITALS = re.compile(r"^(?:[A-ZÀ-ÞĀ-ŽА-ЯΑ-Ω][A-ZÀ-ÞĀ-ŽА-ЯΑ-Ω'’.\-/ ]{1,40})(?:,[^\n.!?–—]{0,32}?)?\s*(?:[–—]|\s--?\s)\s*")
# بغداد – ... | ERBIL – ...: one to three words and a spaced dash, in any script
_SHORT = re.compile(r"^\W{0,2}(?:[^\W\d]+[,،]?[ ]){1,3}[–—-]{1,2}[ ]+")


def undress(text: str) -> str:
    """Return the folded text without its dress, one paragraph a line."""
    dress, rights, byline = _patterns()
    kept: list[str] = []
    for line in text.split("\n"):
        stripped = line.strip()
        if not stripped:
            continue
        if len(kept) < _LEAD_LINES:
            stripped = _without_capitals(stripped) if not kept else stripped
            folded = fold(stripped).strip()
            if len(folded) <= _BYLINE and byline.match(folded):
                continue
            folded = _without_dateline(folded) if not kept else folded
        else:
            folded = fold(stripped).strip()
        if len(folded) <= _LINE and (dress.match(folded) or rights.search(folded)):
            continue
        if folded:
            kept.append(folded)
    return "\n".join(kept)


def _without_capitals(line: str) -> str:
    found = _CAPITALS.match(line)
    return line[found.end() :] if found and found.end() < len(line) else line


def _without_dateline(folded: str) -> str:
    for pattern in (_SIGNED, _SHORT):
        found = pattern.match(folded)
        if found and found.end() < len(folded) and _is_dateline(pattern, found.group()):
            return folded[found.end() :]
    return folded


def _is_dateline(pattern: re.Pattern[str], text: str) -> bool:
    return pattern is _SHORT or (text.rstrip().endswith(tuple("-–—―:：)]）】〕")) and len(text) <= 100)


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    starts = _any((*phrases.READ_MORE, *phrases.CREDIT, *phrases.BUSINESS))
    agencies = _any(phrases.AGENCIES)
    opening = r"[^\w\n]{0,4}"
    dress = re.compile(rf"{opening}(?:{starts})|{opening}(?:{agencies})(?:\s*[/,&+-]\s*(?:{agencies}))*{opening}$")
    return dress, re.compile(_any(phrases.RIGHTS)), re.compile(_any(phrases.BYLINE))


def _any(some: tuple[str, ...]) -> str:
    return "|".join(re.escape(fold(one)) for one in sorted(some, key=len, reverse=True))
