"""What is on the page but not of the story: cut line by line, each cut kept beside the article with its link.

Only lines of at most 250 characters are ever cut, and each kind needs its own evidence: a phrase at the line's start, a line that
is wholly one link, a caption's own text, a byline or date above the first sentence. What is cut is returned, so that it can be
shown and undone; an interview's speaker labels, short quotations and headings within the text stay.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urljoin

from domain.text import clean_line
from tasks.extract import phrases
from tasks.extract.credits import Credits, closing
from tasks.extract.marks import Marks, fold
from tasks.extract.names import people

_LONGEST = 250
_HEAD_LINES = 8
_LEADING = re.compile(r"^[\s\-–—•·*▪►▶»›|→>#+\[(【「:]+")
_FOLD = re.compile(r"[\W_]+")
_SENTENCE_END = re.compile(r"[.!?…。！？؟।]['\"”’»」)\]]*$")
_YEAR = re.compile(r"(?:19|20)\d\d|[٠-٩۰-۹]{4}")
_CLOCK = re.compile(r"\d{1,2}[:.]\d{2}")
_READING_TIME = re.compile(
    r"^\W*\d+\s*(?:min\b|mins\b|minutes?\b|minuten\b|minuti\b|minutos?\b|dk\b|dakika\b|минут|хв|دقيقة|دقائق|دقیقه|خولەک|分).{0,40}$",
    re.IGNORECASE,
)


def _starts(words: Iterable[str], then: str) -> re.Pattern[str]:
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile(f"(?:{'|'.join(map(re.escape, longest_first))}){then}", re.IGNORECASE)


_READ_MORE = _starts(phrases.READ_MORE, r"\s*(?:[:：|>»→›▶…]|\.{3}|$|[-–—]\s)")
_CALL = re.compile("|".join(f"(?:{call})" for call in phrases.CALLS), re.IGNORECASE)
_PHOTO = _starts(phrases.PHOTO, r"\s*(?:[:：©/|]|by\b)")
_PHOTO_END = re.compile(
    rf"[(\[（]\s*(?:{'|'.join(map(re.escape, sorted(phrases.PHOTO, key=len, reverse=True)))})\s*[:：/|][^)\]）]{{0,80}}[)\]）]\W*$",
    re.IGNORECASE,
)
_AGENCY_PHOTO = re.compile(
    r"(?:getty images|shutterstock|istock|imago images|picture alliance|unsplash|pixabay|alamy|epa-efe|reuters pictures)\W*$", re.IGNORECASE
)
_TAGS = _starts(phrases.TAGS, r"\s*[:：]")
_DATED = _starts(phrases.DATED, r"\b|(?=\W)")
_RIGHTS = _starts(phrases.RIGHTS, "")


@dataclass(slots=True)
class Cleaned:
    """The lines that stay, those that were cut, and what was learned from the cuts."""

    kept: list[str] = field(default_factory=list)
    cut: list[str] = field(default_factory=list)
    related: list[str] = field(default_factory=list)
    credits: Credits = field(default_factory=Credits)


def clean(lines: list[str], *, titles: Iterable[str], authors: tuple[str, ...], marks: Marks) -> Cleaned:
    """Return the body's lines without residue; `titles` are all spellings of the headline that the page has."""
    result = Cleaned()
    headlines = {folded for title in titles if (folded := fold(title))}
    names = {fold(author) for author in authors}
    body, result.credits, credit_lines = closing(lines)
    result.cut.extend(credit_lines)
    first = next((index for index, line in enumerate(body) if _is_sentence(line)), len(body))
    for index, line in enumerate(body):
        head = index < min(first, _HEAD_LINES) or (index == 0 and len(body) > 1)
        if len(line) <= _LONGEST and (_is_residue(line, marks) or (head and _is_head(line, headlines, names))):
            result.cut.append(line)
            if target := marks.links.get(fold(line)) or marks.links.get(fold(line.partition(":")[2])):
                result.related.append(target)
        elif index and fold(line) in headlines and not _SENTENCE_END.search(line):
            result.cut.append(line)
        else:
            result.kept.append(line)
    return result


def resolve(related: Iterable[str], base: str, *, limit: int = 20) -> tuple[str, ...]:
    """Return the links of cut lines as absolute http(s) URLs, each once."""
    found: dict[str, None] = {}
    for href in related:
        try:
            url = urljoin(base, href.strip())
        except ValueError:
            continue
        if url.startswith(("http://", "https://")) and len(url) <= 2048:
            found.setdefault(clean_line(url, limit=2048))
    return tuple(found)[:limit]


def _is_sentence(line: str) -> bool:
    return len(line) > 120 or (len(line) >= 40 and bool(_SENTENCE_END.search(line)) and not line.startswith("- "))


def _is_residue(line: str, marks: Marks) -> bool:
    bare = _LEADING.sub("", line)
    if not bare or fold(bare) in marks.captions:
        return True
    if _READ_MORE.match(bare) or _TAGS.match(bare) or _RIGHTS.match(bare) or _CALL.search(bare):
        return True
    if _PHOTO.match(bare) and len(bare) <= 150:
        return True
    if _PHOTO_END.search(bare) or (_AGENCY_PHOTO.search(bare) and len(bare) <= 150):
        return True
    if _is_share(bare):
        return True
    return _is_link(line, bare, marks)


def _is_share(bare: str) -> bool:
    words = [word for word in re.split(r"[\s,;|/·•:]+", bare.casefold()) if word]
    return len(words) <= 12 and all(word.strip("().!…") in phrases.SHARE for word in words)


def _is_link(line: str, bare: str, marks: Marks) -> bool:
    """Return whether a line is nothing but a link to elsewhere: a teaser, not a sentence of the story."""
    key = fold(bare)
    if key not in marks.links or len(bare) < 20:
        return False
    return line.startswith("- ") or not _SENTENCE_END.search(bare)


def _is_head(line: str, headlines: set[str], names: set[str]) -> bool:
    """Return whether a line above the first sentence is headline, byline, date, or reading time."""
    folded = fold(line)
    if folded in headlines or (names and folded in names) or not folded:
        return True
    bare = _LEADING.sub("", line)
    if _READING_TIME.match(bare):
        return True
    if len(bare) <= 100 and (_YEAR.search(bare) or _CLOCK.search(bare)) and (_DATED.match(bare) or len(_FOLD.split(bare)) <= 9):
        return True
    return len(bare) <= 120 and bool(names) and _is_byline(bare, names)


def _is_byline(bare: str, names: set[str]) -> bool:
    found = people([bare])
    return bool(found) and all(fold(name) in names for name in found)
