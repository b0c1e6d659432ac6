"""What kind of residue a single line is, judged by itself: no position, no neighbours.

Each kind needs its own evidence: a label at the line's start, a line that is wholly a link to another page of the site, a
caption's own text. Kinds are named, so that every cut can say why it was made.
"""

import re
from collections.abc import Iterable

from tasks.extract import phrases
from tasks.extract.marks import Marks, plain

_LONGEST = 250
_LONGEST_CALL = 200
_LONGEST_CALL_DENSE = 60
_LONGEST_NOTICE = 500
_LONGEST_CAPTION = 300
_LONGEST_CREDIT = 80
_TEASER = 20
_LEADING = re.compile(r"^[\s\-–—•·*▪►▶»›|→>#+\[(【「:]+")
_SENTENCE_END = re.compile(r"[.!?…。！？؟।:][\s'\"”’»«」』)\]]*$")
# A label ends at a colon, a bar, an arrow, or a dash with space around it.
_LABEL_END = re.compile(r"\s*(?:[:：|>»→›▶…©]|\.{3}|\s[-–—]\s|/)\s*")
_CALLS = {literal: re.compile(pattern, re.IGNORECASE) if pattern else None for literal, pattern in phrases.CALLS.items()}
_NOTICES = {literal: re.compile(pattern, re.IGNORECASE) for literal, pattern in phrases.NOTICES.items()}
_DENSE = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_COPYRIGHT = re.compile(r"copyright\b\W{0,3}(?:©|\(c\)|(?:19|20)\d\d|.{0,60}(?:(?:19|20)\d\d|reserved))")
_PHOTO_WORDS = "|".join(map(re.escape, sorted(phrases.PHOTO, key=len, reverse=True)))
_PHOTO_END = re.compile(rf"[(\[（]\s*(?:{_PHOTO_WORDS})\s*(?:[:：/|]|by\b)([^)\]）]{{0,80}})[)\]）]\W*$", re.IGNORECASE)
_AGENCY_PHOTO = ("getty images", "shutterstock", "istock", "imago images", "picture alliance", "unsplash", "pixabay", "alamy", "epa-efe")
_CREDIT_MARKS = frozenset(":：©/|")
_READ_MORE = frozenset(map(plain, phrases.READ_MORE))
_READ_MORE_STARTS = tuple(_READ_MORE)
_PHOTO = frozenset(map(plain, phrases.PHOTO))
_TAGS = frozenset(map(plain, phrases.TAGS))
_VARIABLE = re.compile(r"[a-z]+[A-Z]\w*:(?: \S{1,12})?|(?:true|false|null|undefined)")


def bare(line: str) -> str:
    """Return a line without list marks, dashes and opening brackets."""
    return _LEADING.sub("", line)


def ends_sentence(line: str) -> bool:
    """Return whether a line ends as a sentence does."""
    return _SENTENCE_END.search(line) is not None


def kind_of(line: str, marks: Marks) -> str | None:
    """Return the kind of residue a line is, or None when it may be a line of the story."""
    text = bare(line)
    key = plain(text)
    if not key:
        return "ornament"
    if key in marks.captions and len(line) <= _LONGEST_CAPTION:
        return "caption"
    if _is_call(key):
        return "call"
    if (len(line) <= _LONGEST_CAPTION and _ends_in_credit(key, text)) or (len(line) <= _LONGEST and _is_photo(key)):
        return "photo"
    return _labelled(line, key, marks) if len(line) <= _LONGEST else None


def caption_of(text: str) -> tuple[str, str]:
    """Return a caption without its credit, and the credit: "The boat. (Photo: Cam Era)" is "The boat." by "Cam Era"."""
    if match := _PHOTO_END.search(text):
        return text[: match.start()].strip(), match[1].strip()
    mark = _LABEL_END.search(text)
    if mark and mark[0].strip() in _CREDIT_MARKS and plain(text[: mark.start()]) in _PHOTO and len(text) - mark.end() <= _LONGEST_CREDIT:
        return "", text[mark.end() :].strip()
    return text.strip(), ""


def target_of(line: str, marks: Marks) -> str | None:
    """Return where a cut line led, or None when it was no link."""
    key = plain(bare(line))
    after = _LABEL_END.split(key, maxsplit=1)[-1]
    stripped = after.rstrip(" )]")
    return marks.links.get(key) or marks.links.get(stripped) or next((marks.links[tail] for tail in _tails(key, marks)), None)


def is_teaser(line: str, marks: Marks) -> bool:
    """Return whether a list item begins or ends with a link to another page of the site."""
    words = plain(bare(line)).split(" ")
    if len(words) > 40:
        return False
    heads = (" ".join(words[:count]) for count in range(len(words), 1, -1))
    return any(head in marks.teasers for head in heads) or any(
        " ".join(words[count:]) in marks.teasers for count in range(1, len(words) - 1)
    )


def _labelled(line: str, key: str, marks: Marks) -> str | None:
    parts = _LABEL_END.split(key, maxsplit=1)
    label = parts[0].rstrip(" .!]")
    # "More – much more – is needed" is a sentence: a single word needs a colon or a bar, not a dash.
    named = label in _READ_MORE and (len(parts) == 1 or " " in label or key[len(label) :].lstrip(" .!]")[:1] in ":：|>»→›▶…")
    if named or (key.startswith(_READ_MORE_STARTS) and _leads_on(key, marks)):
        return "read_more"
    if label in _TAGS and re.match(r"\s*[:：]", key[len(label) :]):
        return "tags"
    if key.startswith(phrases.RIGHTS) or _COPYRIGHT.match(key):
        return "rights"
    if _is_share(key):
        return "share"
    if _is_link(line, key, marks) or (len(parts) == 2 and len(label) <= 40 and _is_link(line, parts[1], marks)):
        return "link"
    return "ornament" if _VARIABLE.fullmatch(bare(line)) else None


def _leads_on(key: str, marks: Marks) -> bool:
    # "Read More Ministers meet in Erbil": no colon, but what follows is a link's whole text.
    return any(key[: -len(link)].strip() in _READ_MORE for link in _tails(key, marks))


def _tails(key: str, marks: Marks) -> Iterable[str]:
    words = key.split(" ")
    return (tail for cut in range(1, min(7, len(words))) if (tail := " ".join(words[cut:])) in marks.links)


def _is_call(key: str) -> bool:
    if len(key) <= (_LONGEST_CALL_DENSE if _DENSE.search(key) else _LONGEST_CALL) and any(
        literal in key and (pattern is None or pattern.search(key)) for literal, pattern in _CALLS.items()
    ):
        return True
    return len(key) <= _LONGEST_NOTICE and any(literal in key and pattern.search(key) for literal, pattern in _NOTICES.items())


def _ends_in_credit(key: str, text: str) -> bool:
    return key.endswith((")", "]", "）")) and _PHOTO_END.search(text) is not None


def _is_photo(key: str) -> bool:
    if len(key) > 150:
        return False
    mark = _LABEL_END.search(key)
    # "Bild: Cam Era" is a credit, "BILD: Why did it take so long?" a question in an interview.
    labelled = mark is not None and mark[0].strip() in _CREDIT_MARKS and key[: mark.start()] in _PHOTO
    if mark is not None and labelled and (len(key) - mark.end() > _LONGEST_CREDIT or key.endswith(("?", "؟", "？"))):
        return False
    return labelled or key.rstrip(" .)]").endswith(_AGENCY_PHOTO)


def _is_share(key: str) -> bool:
    words = [word for word in re.split(r"[\s,;|/·•:]+", key) if word]
    return len(words) <= 12 and all(word.strip("().!…") in phrases.SHARE for word in words)


def _is_link(line: str, key: str, marks: Marks) -> bool:
    """Return whether a line is nothing but a link within the site: a teaser, not a sentence of the story."""
    return key in marks.teasers and len(key) >= _TEASER and (line.startswith("- ") or not ends_sentence(key))
