"""Text at the border: what may be stored, in either database, whatever a feed or a page sent.

PostgreSQL refuses NUL, UTF-8 refuses lone surrogates, log files and terminals obey control characters, and bidi overrides
make a title read backwards; all of them end here.
"""

import re
import unicodedata

# C0 (tab and newline kept), DEL and C1 controls, line and paragraph separators, byte-order mark and non-characters.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff\ufffe\uffff]")
_BREAKS = re.compile("\r\n|[\r\u2028\u2029\x85]")
_SURROGATES = re.compile("[\ud800-\udfff]")
# Explicit bidi embeddings, overrides and isolates (UAX #9); the marks LRM, RLM, ALM are harmless and stay in bodies.
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_SPACE = re.compile(r"\s+")


def clean_text(text: str, *, limit: int) -> str:
    """Return text that both databases store unchanged, in NFC, at most `limit` characters.

    Idempotent. Tabs and newlines stay; other controls go; lone surrogates become U+FFFD.
    """
    text = _BREAKS.sub("\n", text)
    text = _SURROGATES.sub("\ufffd", _CONTROLS.sub("", text))
    return unicodedata.normalize("NFC", text[:limit])[:limit]


def clean_line(text: str, *, limit: int) -> str:
    """Return `clean_text` on one line: white space folded to single spaces, bidi controls out, ends stripped."""
    return _SPACE.sub(" ", _BIDI.sub("", clean_text(text, limit=4 * limit))).strip()[:limit].strip()
