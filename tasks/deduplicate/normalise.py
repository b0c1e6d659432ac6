"""Text for comparison: what two copies of one text have in common whatever typesetter, keyboard or encoder they passed.

NFKC unifies full width, ligatures and presentation forms, casefold unifies case; neither knows that a Kurdish, Persian or Arabic
keyboard writes the same letter with different code points, that soft hyphens are not there, or that upper case loses accents
in Greek and dots in Turkish. The table here does. Digits stay: with them gone, yesterday's market report is today's.

A *token* is a word with its combining marks, or one character of a script that writes no spaces (Chinese, Japanese, Thai,
Lao, Khmer, Burmese), so five of them are a shingle in every script and a mixed text needs no decision.
"""

import unicodedata
from functools import cache

import numpy as np
import numpy.typing as npt
import regex  # type: ignore[import-untyped]

# Letters that keyboards interchange, by what they stand for. Kurdish ە, old "heh + ZWNJ", Urdu ہ and Arabic ه all become ه.
_LETTERS = {
    "ی": "يىېے",
    "ک": "كڪ",
    "ه": "ەہھۀة",
    "ا": "أإآٱ",
    "و": "ؤ",
    "α": "άἀἁ",
    "ε": "έ",
    "η": "ή",
    "ι": "ίϊΐ",
    "ο": "ό",
    "υ": "ύϋΰ",
    "ω": "ώ",
    "i": "ı",
    "'": "ʼʻ՚＇",
}
# Not there to be read: soft hyphen, joiners and non-joiners, tatweel, direction marks, variation selectors, Arabic vowel signs
# (written or not as the writer likes), and the dot that casefold leaves above a Turkish i.
_SILENT = "\u00ad\u034f\u061c\u0640\u0670\u180e\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u0307"
_SILENT_RANGES = ((0x064B, 0x0652), (0x202A, 0x202E), (0x2066, 0x2069), (0xFE00, 0xFE0F), (0xE0100, 0xE01EF))

_CODES = 0x110000
# No script has its digits beyond this.
_LAST_DIGIT = 0x1FBF9
# Neither letters nor marks are assigned beyond this, but for variation selectors, which are silent.
_LAST_LETTER = 0x33480

_SPACELESS = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}々ー"
# For ASCII, one pass that blanks what is neither letter nor digit suffices.
_ASCII_BLANKS = "".join(chr(code) if chr(code).isalnum() else " " for code in range(128))
# What a code point is to a token. Looked up for a whole text at once: ten times faster than a pattern that asks of each.
_BLANK, _LETTER, _CHARACTER, _MARK = range(4)

Codes = npt.NDArray[np.uint32]


def fold(text: str) -> str:
    """Return the text with everything folded that copies differ in by typography alone; line breaks stay."""
    if text.isascii():
        return text.lower()
    folded = _letters()[_codes(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()))]
    return _text(folded[folded != 0])


def tokens(folded: str) -> list[str]:
    """Return the tokens of a folded text: words with their marks, or characters where the script has no spaces."""
    if folded.isascii():
        return folded.translate(_ASCII_BLANKS).split()
    codes = _codes(folded)
    kinds = _kinds()[codes]
    spaced = np.where(kinds == _BLANK, np.uint32(ord(" ")), codes)
    if (kinds == _CHARACTER).any():
        spaced = np.insert(spaced, _breaks(kinds), ord(" "))
    return _text(spaced).split()


def is_character(token: str) -> bool:
    """Return whether a token is one character of a script without spaces."""
    return not token.isascii() and _kinds()[ord(token[0])] == _CHARACTER


def _breaks(kinds: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    """Return where a token begins that no blank sets off: at each character, and at a word that follows one with its marks."""
    place = np.where(kinds == _MARK, 0, np.arange(len(kinds)))
    bearer = kinds[np.maximum.accumulate(place)]
    after = np.concatenate(([False], bearer[:-1] == _CHARACTER))
    return np.flatnonzero((kinds == _CHARACTER) | ((kinds == _LETTER) & after))


def _codes(text: str) -> Codes:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")


def _text(codes: Codes) -> str:
    return codes.astype("<u4", copy=False).tobytes().decode("utf-32-le", "surrogatepass")


@cache
def _letters() -> Codes:
    """Return what each code point is folded to; 0 for those that are not there to be read."""
    table = np.arange(_CODES, dtype=np.uint32)
    for letter, variants in _LETTERS.items():
        table[_codes(variants)] = ord(letter)
    for code in range(0x80, _LAST_DIGIT + 1):
        digit = unicodedata.decimal(chr(code), None)
        if digit is not None:
            table[code] = ord(str(digit))
    table[_codes(_SILENT)] = 0
    for first, last in _SILENT_RANGES:
        table[first : last + 1] = 0
    return table


@cache
def _kinds() -> npt.NDArray[np.uint8]:
    """Return what each code point is to a token."""
    table = np.full(_CODES, _BLANK, np.uint8)
    text = "".join(map(chr, range(_LAST_LETTER)))
    for kind, pattern in ((_LETTER, r"[\p{L}\p{N}]+"), (_MARK, r"\p{M}+"), (_CHARACTER, rf"(?V1)[[{_SPACELESS}]&&[\p{{L}}\p{{N}}]]+")):
        for run in regex.finditer(pattern, text):
            table[run.start() : run.end()] = kind
    return table
