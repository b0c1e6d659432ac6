"""Text for comparison: what two copies of one text have in common whatever typesetter, keyboard or encoder they passed.

NFKC unifies full width, ligatures and presentation forms, casefold unifies case; neither knows that a Kurdish, Persian or Arabic
keyboard writes the same letter with different code points, that soft hyphens are not there, or that upper case loses accents
in Greek and dots in Turkish. The table here does. Digits stay: with them gone, yesterday's market report is today's.

A *token* is a word with its combining marks, or one character of a script that writes no spaces (Chinese, Japanese, Thai,
Lao, Khmer, Burmese), so five of them are a shingle in every script and a mixed text needs no decision.
"""

import unicodedata
from functools import cache

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
_SILENT_RANGES = ((0x064B, 0x0652), (0x202A, 0x202E), (0x2066, 0x2069), (0xFE00, 0xFE0F))

# No script has its digits beyond this.
_LAST_DIGIT = 0x1FBF9

_SPACELESS = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}々ー"
_ANY_SPACELESS = regex.compile(f"[{_SPACELESS}]")
_WORD = regex.compile(r"[\p{L}\p{N}\p{M}]+")
_WORD_OR_CHARACTER = regex.compile(rf"(?V1)[[{_SPACELESS}]&&[\p{{L}}\p{{N}}]]\p{{M}}*|[[\p{{L}}\p{{N}}\p{{M}}]--[{_SPACELESS}]]+")
# For ASCII, one pass that blanks what is neither letter nor digit takes a third of the time of a pattern.
_ASCII_BLANKS = "".join(chr(code) if chr(code).isalnum() else " " for code in range(128))


def fold(text: str) -> str:
    """Return the text with everything folded that copies differ in by typography alone; line breaks stay."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).translate(_table())


def tokens(folded: str) -> list[str]:
    """Return the tokens of a folded text: words with their marks, or characters where the script has no spaces."""
    if folded.isascii():
        return folded.translate(_ASCII_BLANKS).split()
    if _ANY_SPACELESS.search(folded):
        return _WORD_OR_CHARACTER.findall(folded)  # type: ignore[no-any-return]
    return _WORD.findall(folded)  # type: ignore[no-any-return]


def is_character(token: str) -> bool:
    """Return whether a token is one character of a script without spaces."""
    return not token.isascii() and _ANY_SPACELESS.match(token) is not None


@cache
def _table() -> dict[int, str | None]:
    table: dict[int, str | None] = {ord(variant): letter for letter, variants in _LETTERS.items() for variant in variants}
    table |= {ord(silent): None for silent in _SILENT}
    table |= {code: None for first, last in _SILENT_RANGES for code in range(first, last + 1)}
    for code in range(0x80, _LAST_DIGIT + 1):
        digit = unicodedata.decimal(chr(code), None)
        if digit is not None:
            table[code] = str(digit)
    return table
