"""Is it HTML? By its declared type before the body is read, by its first bytes after."""

import re
from typing import Final

_HTML: Final = frozenset({"text/html", "application/xhtml+xml"})
# Types that servers give to HTML by mistake: then the bytes decide.
_PERHAPS: Final = frozenset({"", "text/plain", "text/xml", "application/xml", "application/octet-stream", "application/unknown"})
_MARKUP: Final = re.compile(rb"<(!doctype\s+html|html|head|body|title|meta|article|div|p)\b", re.IGNORECASE)
_OTHER: Final = re.compile(
    rb"%PDF-|PK\x03\x04|PK\x05\x06|GIF8|\x89PNG|\xff\xd8\xff|\x1f\x8b|\{\\rtf|ID3|OggS|RIFF|\x00\x00\x00.ftyp|Rar!|7z\xbc\xaf|MZ|\x7fELF"
    rb"|MIME-Version:|From: <Saved by|<\?xml[^>]*>\s*<(?:rss|feed|svg|rdf:RDF)\b|<(?:rss|feed|svg|rdf:RDF)\b",
    re.DOTALL,
)
_HEAD: Final = 2_048


def may_be_html(content_type: str) -> bool:
    """Return whether an answer of this Content-Type is worth reading as a page."""
    kind = _kind(content_type)
    return kind in _HTML or kind in _PERHAPS


def is_html(content_type: str, body: bytes) -> bool:
    """Return whether the bytes are HTML, as far as their beginning tells; an empty body may be."""
    head = body[:_HEAD].removeprefix(b"\xef\xbb\xbf").lstrip()
    if not head:
        return True
    if head.startswith((b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<")):
        head = head.replace(b"\x00", b"").removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff")
    if _OTHER.match(head) or b"\x00\x00" in head:
        return False
    return _kind(content_type) in _HTML or bool(_MARKUP.search(head))


def _kind(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()
