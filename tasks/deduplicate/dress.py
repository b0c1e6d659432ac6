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
_ENDINGS = tuple(".!?…:;)]”»\"'。！？」』؟۔।")
# Bylines stand among the first lines, a dateline at the start of the first that is kept.
_LEAD_LINES = 3
_BRACKETS = r"[(\[（【〔][^()\[\]（）【】〔〕\n]{2,48}[)\]）】〕]"
_DASH = r"(?:\s*[–—―]+\s*|\s+--?\s+|\s*--\s*|\)-\s*|\s*[:：]\s+)"
# PARIS, Nov. 22 – ... | NEW YORK -- ...: told by its capitals, so before folding.
_CAPITALS = re.compile(rf"[A-ZÀ-ÞĀ-ŽА-ЯΑ-Ω][A-ZÀ-ÞĀ-ŽА-ЯΑ-Ω'’.\-/ ]{{1,40}}(?:,[^\n–—()]{{0,32}}?)?{_DASH}")
_DATELINES = (
    # LONDON, March 3 (Reuters) - ... | (AP) — ... | [東京 22日 ロイター] - ...
    rf"[^\n!?()（）\[\]【】]{{0,64}}{_BRACKETS}{_DASH}",
    # 【東京＝共同】... | (서울=연합뉴스) 홍길동 기자 = ...
    r"[【〔][^】〕\n]{2,48}[】〕]\s*",
    r"\([^()\n]{2,32}=[^()\n]{2,32}\)[^=\n]{0,24}=\s*",
    # 新华社北京11月22日电（记者 王明）...
    r"(?:新华社|新華社|中新社|中新网|央视网)[^\n，。]{2,24}[电電讯訊](?:\s*[（(][^）)\n]{2,40}[）)])?\s*",
    # chicago, april 13 - ...
    r"[^\n!?()\d]{2,40},[ ][^\n!?(),\d]{2,16}[ ]\d{1,2}[ ]*[–—-]{1,2}[ ]+",
    # بغداد – ... | erbil – ...: one to three words and a spaced dash, in any script.
    r"\W{0,2}(?:[^\W\d]+[,،]?[ ]){1,3}[–—-]{1,2}[ ]+",
)


def undress(text: str) -> str:
    """Return the folded text without its dress, one paragraph a line."""
    lines = [line for line in map(str.strip, text.split("\n")) if line]
    kept: list[str] = []
    for line, folded, following in zip(lines, fold("\n".join(lines)).split("\n"), [*lines[1:], "."], strict=False):
        open_ended = bool(kept) and not kept[-1].endswith(_ENDINGS)
        if open_ended and line[0].islower():
            # Wrapped text: the line goes on where the one before broke off.
            kept[-1] += " " + folded.strip()
            continue
        starts_wrapped = not open_ended and following[0].islower() and not line.endswith(_ENDINGS)
        bare = (folded if kept else fold(_without_dateline(line))).strip()
        if bare and (starts_wrapped or not _is_dress(bare, leading=len(kept) < _LEAD_LINES)):
            kept.append(bare)
    return "\n".join(kept)


def _is_dress(folded: str, *, leading: bool) -> bool:
    dress, rights, byline, _ = _patterns()
    if leading and len(folded) <= _BYLINE and byline.match(folded):
        return True
    return len(folded) <= _LINE and bool(dress.match(folded) or rights.search(folded))


def _without_dateline(line: str) -> str:
    """Return the first paragraph without its dateline, nor the one that another outlet put before it."""
    *_, dateline = _patterns()
    for _ in range(2):
        before = line
        for pattern, text in ((_CAPITALS, line), (dateline, fold(line))):
            found = pattern.match(text)
            if found and found.end() < len(text):
                line = text[found.end() :]
                break
        if line == before:
            break
    return line


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    starts = _any((*phrases.READ_MORE, *phrases.CREDIT, *phrases.BUSINESS))
    agencies = _any(phrases.AGENCIES)
    opening = r"[^\w\n]{0,4}"
    dress = re.compile(rf"{opening}(?:{starts})|{opening}(?:{agencies})(?:\s*[/,&+-]\s*(?:{agencies}))*{opening}$")
    # LONDON (Reuters) The bank ...: an agency in brackets needs no dash after it.
    signed = rf"[^\n!?.()（）\[\]]{{0,48}}[(（\[](?:{agencies})[)）\]]\s*"
    dateline = re.compile("|".join((*_DATELINES, signed)))
    return dress, re.compile(_any(phrases.RIGHTS)), re.compile(_any(phrases.BYLINE)), dateline


def _any(some: tuple[str, ...]) -> str:
    return "|".join(re.escape(fold(one)) for one in sorted(some, key=len, reverse=True))
