"""The XML parser that feedparser is given: Python's own expat, with whole texts instead of shreds, and with bounds.

Expat hands over text in pieces cut at every newline and entity, each at the price of a Python call, and feedparser then looks at
every character of a text five times over. Here pieces are joined, and the long texts of summaries and contents stay behind: feedparser
sees a mark in their place, which `LongTexts.restore` exchanges. Together that is a third of the time for the same result.
Nesting and the number of elements are bounded, because feedparser's cost per nested element is the highest it has
(100,000 of them: 1.4 s in 0.3 MB); so is the number of attributes.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final
from xml.sax.expatreader import ExpatParser

MAX_DEPTH: Final = 1_000
MAX_ELEMENTS: Final = 500_000
# The standard library looks each of them up by walking all of them: 500,000 would take an hour.
MAX_ATTRIBUTES: Final = 200
MAX_NAMESPACES: Final = 500
_BUFFER: Final = 1 << 20
_LONG: Final = 256
_LONG_TEXTS: Final = frozenset({"description", "summary", "content", "encoded"})
# Two non-characters of Unicode, which `encoding.mend` has removed from every document.
_MARK: Final = re.compile("\ufdd0([0-9]+)\ufdd1")


class TooComplexError(Exception):
    """The document nests deeper, or has more elements or attributes, than any feed has reason to."""


class LongTexts:
    """The long texts of one document, kept out of feedparser's hands."""

    def __init__(self) -> None:
        self._texts: list[str] = []

    def keep(self, text: str) -> str:
        """Keep a text and return the mark that stands for it."""
        self._texts.append(text)
        return f"\ufdd0{len(self._texts) - 1}\ufdd1"

    def restore(self, value: str) -> str:
        """Return a value with the texts in place of their marks."""
        return _MARK.sub(lambda match: self._texts[int(match.group(1))], value) if "\ufdd0" in value else value


_current: ContextVar[LongTexts | None] = ContextVar("long_texts", default=None)


@contextmanager
def long_texts() -> Iterator[LongTexts]:
    """Let the parsers that are created inside keep long texts back, and yield where."""
    texts = LongTexts()
    token = _current.set(texts)
    try:
        yield texts
    finally:
        _current.reset(token)


class BoundedParser(ExpatParser):
    """Expat behind the SAX interface; raises `TooComplexError`, which feedparser does not take for a mere syntax error."""

    # The base class's own, which its type stubs keep to themselves.
    _parser: Any
    _cont_handler: Any

    _depth = 0
    _elements = 0
    _namespace_count = 0
    _in_long_text = False
    _texts: LongTexts | None = None

    def reset(self) -> None:
        """Prepare for a document."""
        super().reset()
        self._parser.buffer_text = True
        self._parser.buffer_size = _BUFFER
        self._depth = self._elements = self._namespace_count = 0
        self._texts = _current.get()

    def start_element_ns(self, name: str, attrs: Mapping[str, str]) -> None:
        """Count an element in."""
        self._depth += 1
        self._elements += 1
        if self._depth > MAX_DEPTH or self._elements > MAX_ELEMENTS or len(attrs) > MAX_ATTRIBUTES:
            raise TooComplexError(f"more than {MAX_DEPTH:,} nested elements, {MAX_ELEMENTS:,} in all, or {MAX_ATTRIBUTES:,} attributes")
        super().start_element_ns(name, attrs)
        self._in_long_text = name.rpartition(" ")[2] in _LONG_TEXTS

    def start_namespace_decl(self, prefix: str | None, uri: str) -> None:
        """Count a namespace; feedparser walks all of them for each element."""
        self._namespace_count += 1
        if self._namespace_count > MAX_NAMESPACES:
            raise TooComplexError(f"more than {MAX_NAMESPACES:,} namespaces")
        super().start_namespace_decl(prefix, uri)

    def end_element_ns(self, name: str) -> None:
        """Count an element out."""
        self._depth -= 1
        self._in_long_text = False
        super().end_element_ns(name)

    def _reset_cont_handler(self) -> None:
        super()._reset_cont_handler()  # type: ignore[misc]
        self._parser.CharacterDataHandler = self._characters

    def _characters(self, text: str) -> None:
        if not self._cont_handler.incontent and text.isspace():
            return  # between two elements
        if self._in_long_text and self._texts is not None and len(text) > _LONG and not self._is_xhtml():
            text = self._texts.keep(text)
        self._cont_handler.characters(text)

    def _is_xhtml(self) -> bool:
        # There feedparser escapes what it is given, and would not escape what it is not.
        return str(self._cont_handler.contentparams.get("type", "")).endswith("xml")


def create_parser(*_options: Any) -> BoundedParser:
    """Return a parser; the name and signature are what `xml.sax.make_parser` looks for."""
    return BoundedParser(namespaceHandling=1)
