"""Where and through whom a story was filed: `ERBIL (Kurdistan 24) –` at the head of its text, read and left in place.

A date that a template put before it ("date 2023-10-31 ERBIL (Kurdistan 24) –") is no part of the text and goes.
"""

import re
from dataclasses import dataclass

_DASH = r"(?:--?|[–—―]|−)"
_WORD = r"[^\W\d_][\w.'’\u200c-]*"
# A place is one to four words, capitalised where the script has capitals, with commas and slashes between them.
_PLACE = rf"{_WORD}(?:[ ,/]+{_WORD}){{0,5}}"
_AGENCY = r"[^()\[\]（）]{2,40}"
_LEAD_DATE = re.compile(
    r"^(?:date\s*[:：]?\s*)?(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./]\d{1,2}[./]\d{4})(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?\s+(?=\S)", re.IGNORECASE
)
_WITH_AGENCY = re.compile(rf"^({_PLACE})\s*[,،]?\s*[(（\[]({_AGENCY})[)）\]]\s*(?:{_DASH}|[:：])", re.IGNORECASE)
_AGENCY_FIRST = re.compile(rf"^[(（\[【]?\s*({_AGENCY}?)\s*[)）\]】]?\s*{_DASH}\s*({_PLACE})\s*{_DASH}")
_ALONE = re.compile(rf"^({_PLACE})(?:,\s+[A-Z][a-z]+\.? \d{{1,2}}(?:, \d{{4}})?)?\s*(?:{_DASH})\s+(?=\S)")
_DATE_AGENCY = re.compile(
    rf"^({_PLACE}),\s*(?:\d{{1,2}}\.?\s+\w+|\w+\.?\s+\d{{1,2}})(?:,?\s+\d{{4}})?\s*[(（]({_AGENCY})[)）]\s*(?:{_DASH}|[.:])?"
)
_SLASH = re.compile(rf"^({_PLACE})\s*/\s*([\w .-]{{2,30}}?)\s*{_DASH}\s+")
_CJK = re.compile(r"^[（(【\[［]?([\w・]{2,12}?)(?:通讯社|社|電|电|讯|訊)?[^）)】\]］]{0,10}?[）)】\]］]")
_EAST = re.compile(r"^[（(]([^\s）)=]{2,10})\s*[=＝]\s*([^）)]{2,16})[）)]")


@dataclass(frozen=True, slots=True)
class Dateline:
    """Place and agency as written, None where absent."""

    place: str | None = None
    agency: str | None = None


def read(lines: list[str], *, look: int = 3) -> tuple[list[str], Dateline]:
    """Return the lines, without a template's date before the dateline, and the dateline found in the first of them."""
    for index, line in enumerate(lines[:look]):
        undated = _LEAD_DATE.sub("", line)
        found = _find(undated)
        if found:
            return [*lines[:index], undated, *lines[index + 1 :]], found
    return lines, Dateline()


def _find(line: str) -> Dateline | None:
    start = line[:140]
    if match := _EAST.match(start):
        return Dateline(match[1], match[2].strip())
    if (match := _WITH_AGENCY.match(start) or _DATE_AGENCY.match(start)) and _is_place(match[1], strict=False):
        return Dateline(_tidy(match[1]), _tidy(match[2]))
    if (match := _SLASH.match(start)) and _is_place(match[1], strict=True):
        return Dateline(_tidy(match[1]), _tidy(match[2]))
    if (match := _ALONE.match(start)) and _is_place(match[1], strict=True):
        return Dateline(_tidy(match[1]), None)
    return None


def _is_place(text: str, *, strict: bool) -> bool:
    """Return whether a text can be a dateline's place; without an agency beside it, it must be in capitals."""
    words = [word for word in re.split(r"[ ,/]+", text) if word]
    if not words or len(text) > 50:
        return False
    cased = [word for word in words if word.lower() != word.upper()]
    if not cased:
        return not strict and len(words) <= 3
    if strict:
        return len(words[0]) >= 3 and words[0].isupper()
    return all(word[0].isupper() for word in cased if len(word) > 3) and len(words) <= 5


def _tidy(text: str) -> str:
    return " ".join(text.split()).strip(" ,،-–—")
