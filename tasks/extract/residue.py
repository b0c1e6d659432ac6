"""What is on the page but not of the story: cut line by line, each cut kept beside the article with its reason and its link.

`kinds` judges a line by itself; here its place counts too. Above the first sentence stand headline, byline and date; below the
last one stand labels of boxes that were already cut; runs of list items that are links are lists of other stories. An interview's
speaker labels, short quotations and headings within the text stay.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urljoin

from domain.text import clean_line
from tasks.extract import phrases
from tasks.extract.credits import Credits, closing
from tasks.extract.kinds import bare, ends_sentence, is_teaser, kind_of, target_of
from tasks.extract.marks import Marks, fold
from tasks.extract.names import byline

# Every kind of residue, and what shows it.
WHY = {
    "headline": "repeats the title",
    "byline": "names the authors above the text",
    "date": "a date or reading time above the text",
    "read_more": "starts as a pointer to another page does",
    "link": "nothing but a link to another page, or one of a list of them",
    "call": "asks the reader to subscribe, follow, download or comment",
    "photo": "a picture's credit, or ends in one",
    "caption": "repeats a picture's caption or description",
    "tags": "a list of keywords",
    "share": "names of places to share it at",
    "rights": "a notice of rights",
    "credit": "closing credits; the names are kept in their fields",
    "tail": "a short line without an end after the last sentence",
    "ornament": "no words, or what a program left behind",
    "site": "matches the site's own rule",
    "learned": "stands in many articles of this site",
}

_HEAD_LINES = 8
_TAIL_LINES = 3
_TAIL_LINE = 60
_TAIL_LINE_DENSE = 20
_DENSE = re.compile("[\u0e00-\u0e7f\u1000-\u109f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_YEAR = re.compile(r"(?:19|20)\d\d|[٠-٩۰-۹]{4}")
_CLOCK = re.compile(r"\d{1,2}[:.]\d{2}")
_READING_TIME = re.compile(
    r"^\W*\d+\s*(?:min\b|mins\b|minutes?\b|minuten\b|minuti\b|minutos?\b|dk\b|dakika\b|минут|хв|دقيقة|دقائق|دقیقه|خولەک|分).{0,40}$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Cut:
    """A line that was cut, and the kind of residue it was."""

    kind: str
    line: str


@dataclass(slots=True)
class Cleaned:
    """The lines that stay, those that were cut, and what was learned from the cuts."""

    kept: list[str] = field(default_factory=list)
    cut: list[Cut] = field(default_factory=list)
    related: list[str] = field(default_factory=list)
    bylines: list[str] = field(default_factory=list)
    dates: list[str] = field(default_factory=list)
    credits: Credits = field(default_factory=Credits)


def clean(
    lines: list[str], *, titles: Iterable[str], authors: tuple[str, ...], marks: Marks, own: tuple[re.Pattern[str], ...] = ()
) -> Cleaned:
    """Return the body's lines without residue.

    `titles` are all spellings of the headline that the page has, `own` the patterns of the site's own rule.
    """
    headlines = {folded for title in titles if (folded := fold(title))}
    longest = 2 * max(map(len, headlines), default=0)
    names = {fold(author) for author in authors}
    body, credits_found, credit_lines = closing(lines)
    result = Cleaned(credits=credits_found, cut=[Cut("credit", line) for line in credit_lines])
    kinds = ["site" if any(pattern.search(line) for pattern in own) else kind for line, kind in zip(body, _kinds(body, marks), strict=True)]
    story = (index for index, line in enumerate(body) if not kinds[index] and _is_sentence(line) and not _is_headline(line, headlines))
    first = min(next(story, len(body)), _HEAD_LINES)
    for index, line in enumerate(body):
        kind = kinds[index] or (_head_kind(line, headlines, names) if index < max(first, 1) and len(body) > 1 else None)
        if kind is None and index and len(line) <= longest and fold(line) in headlines and not ends_sentence(line):
            kind = "headline"
        if kind is None:
            result.kept.append(line)
        else:
            _learn(line, kind, marks, result)
    _cut_tail(result)
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


def _kinds(body: list[str], marks: Marks) -> list[str | None]:
    kinds = [kind_of(line, marks) for line in body]
    start = 0
    while start < len(body):
        end = start
        while end < len(body) and body[end].startswith("- "):
            end += 1
        items = range(start, end)
        # Two items may be a story's own list with a source each; more that are all links lead away.
        if len(items) >= 2 and sum(kinds[index] is not None or is_teaser(body[index], marks) for index in items) > 0.7 * len(items):
            for index in items:
                kinds[index] = kinds[index] or "link"
        start = max(end, start + 1)
    return kinds


def _learn(line: str, kind: str, marks: Marks, result: Cleaned) -> None:
    result.cut.append(Cut(kind, line))
    if kind in {"read_more", "link"} and (target := target_of(line, marks)):
        result.related.append(target)
    elif kind == "byline":
        result.bylines.append(bare(line))
    elif kind == "date":
        result.dates.append(bare(line))


def _is_sentence(line: str) -> bool:
    return len(line) > 120 or (len(line) >= 40 and ends_sentence(line) and not line.startswith("- "))


def _is_headline(line: str, headlines: set[str]) -> bool:
    """Return whether a line is the headline, or most of it (without kicker, or with the site's name)."""
    folded = fold(line)
    if folded in headlines:
        return True
    return len(folded) >= 15 and any(
        (folded in headline or headline in folded) and min(len(folded), len(headline)) > 0.6 * max(len(folded), len(headline))
        for headline in headlines
    )


def _head_kind(line: str, headlines: set[str], names: set[str]) -> str | None:
    """Return whether a line above the first sentence is headline, byline, date, or reading time."""
    text = bare(line)
    if not text:
        return "ornament"
    if len(line) <= 300 and _is_headline(line, headlines):
        return "headline"
    if _READING_TIME.match(text) or _is_date(text):
        return "date"
    if len(text) <= 120 and (fold(line) in names or (_names_all(text, names) if names else byline(text))):
        return "byline"
    return None


def _is_date(text: str) -> bool:
    if len(text) > 100 or not (_YEAR.search(text) or _CLOCK.search(text)):
        return False
    return text.casefold().startswith(phrases.DATED) or len(re.findall(r"\w+", text)) <= 9


def _names_all(text: str, names: set[str]) -> bool:
    found = byline(text, marked=False)
    return bool(found) and all(fold(name) in names for name in found)


def _cut_tail(result: Cleaned) -> None:
    """Cut labels of boxes that followed the story: short lines without an end, after its last sentence."""
    for _ in range(_TAIL_LINES):
        if len(result.kept) < 4:
            return
        line = result.kept[-1]
        short = len(line) < (_TAIL_LINE_DENSE if _DENSE.search(line) else _TAIL_LINE)
        if not short or ends_sentence(line) or line.startswith(("- ", "|")) or line[-1:] in '"”’»」…)':
            return
        result.cut.append(Cut("tail", result.kept.pop()))
