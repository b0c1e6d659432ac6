"""From the bytes a server sent to one parsed tree: decoded, disarmed, and parsed once.

Valid UTF-8 is UTF-8 whatever the header says (a wrong `charset=iso-8859-1` is the commonest lie on the web); only then is the
header believed, then the page's own declaration, then a detector. Scripts, styles, drawings and comments are cut out before
parsing: they are two thirds of a news page, and nothing after this needs them. JSON-LD is the exception and is kept aside.
"""

import re
from dataclasses import dataclass

from charset_normalizer import from_bytes
from lxml import html
from lxml.etree import ElementDefaultClassLookup, LxmlError, iterwalk
from w3lib.encoding import http_content_type_encoding, resolve_encoding

from domain.outcomes import Reason

MAX_BYTES = 5_242_880
MAX_TAGS = 100_000
MAX_TAG_BYTES = 8_192
# The parser drops what is nested more deeply than 255; real pages stay below 60.
MAX_DEPTH = 200
_SAMPLE = 20_000

# What browsers know (WHATWG Encoding); among all that Python knows, a detector prefers Macintosh code pages nobody writes.
_WEB_ENCODINGS = [
    "cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "cp874", "koi8_r", "koi8_u", "iso8859_2", "iso8859_5",
    "iso8859_6", "iso8859_7", "iso8859_8", "iso8859_15", "shift_jis", "euc_jp", "iso2022_jp", "gb18030", "big5", "euc_kr",
]  # fmt: skip

_PARSER = html.HTMLParser(collect_ids=False, encoding="utf-8", remove_comments=True, remove_pis=True)
# lxml.html asks a Python function for the class of every element it hands out; one class for all saves a tenth of the page's time.
_PARSER.set_element_class_lookup(ElementDefaultClassLookup(element=html.HtmlElement))
_OPENING = re.compile(rb"<!--|<(script|style|svg)\b([^>]*)>", re.IGNORECASE)
_CLOSING = {
    b"": re.compile(rb"--!?>"),
    b"script": re.compile(rb"</script[^>]*>", re.IGNORECASE),
    b"style": re.compile(rb"</style[^>]*>", re.IGNORECASE),
    b"svg": re.compile(rb"</svg[^>]*>", re.IGNORECASE),
}
_DATA_URI = re.compile(rb"""data:[a-zA-Z]+/[a-zA-Z0-9.+-]+[;,][^"'\s)>]{64,}""")  # begins with plain letters: found at once
_LONG_TAG = re.compile(rb"<([a-zA-Z][a-zA-Z0-9]{0,20})[^<>]{%d,}>" % MAX_TAG_BYTES)
_DOCTYPE = re.compile(rb"\s*<!doctype[^>]*>", re.IGNORECASE)
_DECLARED = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([a-zA-Z0-9_.:-]{2,40})""", re.IGNORECASE)
_MAGIC = (b"%PDF-", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"PK\x03\x04", b"\x1f\x8b", b"RIFF", b"OggS", b"ID3", b"7z\xbc\xaf", b"Rar!")
_NO_PAGE = re.compile(
    rb"^\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:rss|feed|rdf:RDF|urlset|sitemapindex|opml|svg)\b", re.DOTALL | re.IGNORECASE
)
_CONTROLS = bytes(set(range(0x20)) - {0x09, 0x0A, 0x0D})


class UnreadablePageError(Exception):
    """The page cannot or must not be parsed: `reason` is the code, the text says what exactly."""

    def __init__(self, reason: Reason, text: str) -> None:
        super().__init__(text)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Markup:
    """A page ready to parse: UTF-8 without scripts, and its JSON-LD blocks as found."""

    body: bytes
    json_ld: tuple[str, ...]
    encoding: str


def read(body: bytes, content_type: str | None) -> Markup:
    """Return the page's markup; raises `UnreadablePageError` when it is empty, too large, or too much markup to parse."""
    if len(body) > MAX_BYTES:
        raise UnreadablePageError(Reason.TOO_LARGE, f"{len(body):,} bytes, more than {MAX_BYTES:,}")
    if body.startswith(_MAGIC) or body[4:8] == b"ftyp":
        raise UnreadablePageError(Reason.NOT_HTML, "a document or a picture, whatever its content type says")
    encoding, utf8 = _decode(body, content_type)
    if not utf8.strip():
        raise UnreadablePageError(Reason.EMPTY_PAGE, "the page is empty")
    clean = utf8.translate(None, _CONTROLS)
    if 20 * (len(utf8) - len(clean)) > len(utf8):
        raise UnreadablePageError(Reason.NOT_HTML, "binary, not text")
    if _NO_PAGE.search(clean[:1024]) or b"<" not in clean:
        raise UnreadablePageError(Reason.NOT_HTML, "a feed, a sitemap, or text without markup")
    doctype = _DOCTYPE.match(clean)
    stripped, json_ld = _strip(clean[doctype.end() :] if doctype else clean)
    if (count := stripped.count(b"<")) > MAX_TAGS:
        raise UnreadablePageError(Reason.TOO_LARGE, f"{count:,} tags, more than {MAX_TAGS:,}")
    if b"data:" in stripped:
        stripped = _DATA_URI.sub(b"", stripped)
    if max(map(len, stripped.split(b">"))) > MAX_TAG_BYTES:
        # A tag with tens of thousands of attributes takes minutes to parse; what it is stays, what it carries goes.
        stripped = _LONG_TAG.sub(rb"<\1>", stripped)
    return Markup(stripped, tuple(json_ld), encoding)


def parse(markup: Markup) -> html.HtmlElement:
    """Return the page's tree; raises `UnreadablePageError` when there is none."""
    try:
        tree = html.document_fromstring(markup.body, parser=_PARSER)
    except (LxmlError, ValueError, AssertionError) as error:
        raise UnreadablePageError(Reason.NOT_HTML, f"not HTML: {str(error)[:200]}") from None
    if len(tree) == 0:
        raise UnreadablePageError(Reason.EMPTY_PAGE, "no element in it")
    return tree


def depth(tree: html.HtmlElement) -> int:
    """Return how deeply a tree's elements are nested."""
    deepest = level = 0
    for event, _ in iterwalk(tree, events=("start", "end")):
        level += 1 if event == "start" else -1
        deepest = max(deepest, level)
    return deepest


def _decode(body: bytes, content_type: str | None) -> tuple[str, bytes]:
    """Return the encoding's name and the body in UTF-8."""
    for mark, name in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if body.startswith(mark):
            return name, _to_utf8(body[len(mark) :], name)
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        return "utf-8", body
    declared = _DECLARED.search(body[:4096])
    for label in (http_content_type_encoding(content_type), declared[1].decode("ascii") if declared else None):
        # w3lib maps labels as browsers do: iso-8859-1 is windows-1252, gb2312 is gb18030.
        stated = resolve_encoding(label) if label else None
        if stated and _plausible(body, stated):
            return stated, _to_utf8(body, stated)
    best = from_bytes(body[:_SAMPLE] + body[-_SAMPLE:], cp_isolation=_WEB_ENCODINGS).best()
    guessed = best.encoding if best else "cp1252"
    return guessed, _to_utf8(body, guessed)


def _plausible(body: bytes, name: str) -> bool:
    # A few broken bytes (a cut-off quotation, a smart quote pasted in) do not make a declaration wrong.
    return body.decode(name, "replace").count("\ufffd") <= len(body) // 1000 + 4


def _to_utf8(body: bytes, name: str) -> bytes:
    return body.decode(name, "replace").encode("utf-8", "replace")


def _strip(body: bytes) -> tuple[bytes, list[str]]:
    """Cut scripts, styles, drawings and comments as a tokeniser meets them; return the rest and the JSON-LD blocks."""
    kept: list[bytes] = []
    json_ld: list[str] = []
    unclosed: set[bytes] = set()
    copied = position = 0
    while opening := _OPENING.search(body, position):
        name = (opening[1] or b"").lower()
        position = opening.end()
        if name in unclosed:
            continue
        closing = _CLOSING[name].search(body, position)
        if closing is None:
            unclosed.add(name)  # looked for once: a page of a million "<!--" stays linear
            continue
        if name == b"script" and b"ld+json" in opening[2].lower():
            json_ld.append(body[opening.end() : closing.start()].decode("utf-8", "replace"))
        kept.append(body[copied : opening.start()])
        copied = position = closing.end()
    kept.append(body[copied:])
    return b" ".join(kept), json_ld
