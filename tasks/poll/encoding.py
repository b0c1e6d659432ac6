"""Decodes a feed's bytes by one deterministic rule, and mends what no XML parser accepts.

Bytes that are UTF-8 are UTF-8, whatever anyone declares: the usual lie is a server's `charset=iso-8859-1` over a UTF-8 document.
Otherwise a byte-order mark, the header, the XML declaration, and detection are asked in this order; a declared Latin-1 is taken
for the Windows code page browsers take it for, and as a server's mere default it yields to the document's own word.
"""

import codecs
import re
from typing import Final, NamedTuple

from charset_normalizer import from_bytes
from w3lib.encoding import resolve_encoding

# A byte-order mark, how many bytes of it are no text, and the encoding it stands for; without a mark, "<?" in wide characters
# and in EBCDIC.
_MARKS: Final = (
    (codecs.BOM_UTF8, 3, "utf-8"),
    (codecs.BOM_UTF32_LE, 4, "utf-32-le"),
    (codecs.BOM_UTF32_BE, 4, "utf-32-be"),
    (codecs.BOM_UTF16_LE, 2, "utf-16-le"),
    (codecs.BOM_UTF16_BE, 2, "utf-16-be"),
    (b"<\x00?\x00", 0, "utf-16-le"),
    (b"\x00<\x00?", 0, "utf-16-be"),
    (b"\x4c\x6f\xa7\x94", 0, "cp037"),
)
_DECLARED: Final = re.compile(rb"""\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
_HEADER: Final = re.compile(r"""charset\s*=\s*["']?([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE)
# Escape languages that Python calls text encodings; UTF-7 has hidden markup before.
_NEVER: Final = frozenset({"utf-7", "unicode-escape", "raw-unicode-escape", "punycode", "idna", "undefined"})
_MARKUP: Final = re.compile(rb"<[^<>]*>|\s+")
_WESTERN: Final = "cp1252"
# This share of the non-ASCII characters may be broken in what is still taken for UTF-8.
_BROKEN_SHARE: Final = 0.05
# The detector sees so many bytes of the text on lines that are not ASCII, if so much of it is not: below, it is Western quotes and
# accents.
_SAMPLE: Final = 65_536
_FOREIGN_SHARE: Final = 0.25

_WIDE: Final = re.compile("[^\x00-\x7f]")
_XML_DECLARATION: Final = re.compile(r"^\s*<\?xml[^>]*\?>")
# What XML 1.0 has no place for: controls, surrogates, non-characters, and references to any of them; and the two non-characters
# that `expat` marks places with.
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufdd0\ufdd1\ufffe\uffff]")
_REFERENCE: Final = re.compile(r"&#(?:[xX]([0-9A-Fa-f]+)|([0-9]+));")


class Decoded(NamedTuple):
    """A document as text; `replaced` when bytes were lost or characters replaced."""

    text: str
    replaced: bool


def decode(body: bytes, content_type: str | None) -> Decoded:
    """Return the document's text and whether anything in it could not be kept."""
    for mark, width, encoding in _MARKS:
        if body.startswith(mark):
            return _replacing(body[width:], encoding)
    try:
        return Decoded(body.decode("utf-8"), replaced=False)
    except UnicodeDecodeError:
        nearly = _replacing(body, "utf-8")
    foreign = sum(1 for _ in _WIDE.finditer(nearly.text))
    if nearly.text.count("\ufffd") <= _BROKEN_SHARE * foreign:
        return nearly
    for encoding in (*_stated(body, content_type), _detected(body)):
        try:
            return Decoded(body.decode(encoding), replaced=False)
        except (UnicodeDecodeError, LookupError):
            continue
    return _replacing(body, _WESTERN)


def mend(text: str) -> Decoded:
    """Return the text with everything that XML forbids replaced by U+FFFD, or dropped where it is a bare control."""
    mended = _FORBIDDEN.sub("", text)
    if "&#" in mended:
        mended = _REFERENCE.sub(_mend_reference, mended)
    return Decoded(mended, replaced=mended != text)


def as_utf8(text: str) -> bytes:
    """Return the text as UTF-8 with a declaration that says so, and nothing before it."""
    bare = _XML_DECLARATION.sub("", text.lstrip("\ufeff"), count=1).lstrip()
    return b"<?xml version='1.0' encoding='utf-8'?>\n" + bare.encode("utf-8", "replace")


def _stated(body: bytes, content_type: str | None) -> list[str]:
    header = _HEADER.search(content_type or "")
    declared = _DECLARED.match(body[:400])
    found = [_known(one) for one in (header and header.group(1), declared and declared.group(1).decode("ascii")) if one]
    if found[:1] == [_WESTERN]:
        found.reverse()
    return [one for one in found if one and one != "utf-8"]


def _known(label: str) -> str | None:
    encoding = resolve_encoding(label)
    return None if encoding in _NEVER else encoding


def _detected(body: bytes) -> str:
    lines = b"\n".join(one for one in body.splitlines() if not one.isascii())
    sample = _MARKUP.sub(b" ", lines[: 8 * _SAMPLE])[:_SAMPLE]
    foreign = len(sample) - sum(1 for byte in sample if byte < 128)
    if foreign < _FOREIGN_SHARE * len(sample):
        return _WESTERN
    best = from_bytes(sample).best()
    return best.encoding if best else _WESTERN


def _replacing(body: bytes, encoding: str) -> Decoded:
    text = body.decode(encoding, "replace")
    return Decoded(text, replaced="\ufffd" in text)


def _mend_reference(match: re.Match[str]) -> str:
    wide, narrow = match.groups()
    digits = (wide or narrow).lstrip("0")
    if len(digits) > 7:
        return "\ufffd"
    number = int(digits or "0", 16 if wide else 10)
    if number > 0x10FFFF or 0xD800 <= number <= 0xDFFF or number in (0xFDD0, 0xFDD1, 0xFFFE, 0xFFFF):
        return "\ufffd"
    return "" if number < 32 and number not in (9, 10, 13) else match.group()
