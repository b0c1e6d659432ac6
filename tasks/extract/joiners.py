"""Invisible letters carried past libraries that drop them: the joiners and marks that Persian, Kurdish, Arabic and Indic need.

Without its non-joiner می‌رود reads as another word. The extractors take every invisible character for dirt, so the few that are
spelling travel under the guise of visible ones, which no news page has: cuneiform.
"""

from copy import copy

from lxml.html import HtmlElement

# Non-joiner, joiner, zero-width space (a word break in Thai, Khmer, Burmese), left-to-right, right-to-left and Arabic letter mark.
_INVISIBLE = "\u200c\u200d\u200b\u200e\u200f\u061c"
_GUISE = "".join(chr(0x12000 + number) for number in range(len(_INVISIBLE)))
_HIDE = str.maketrans(_INVISIBLE, _GUISE)
_SHOW = str.maketrans(_GUISE, _INVISIBLE)


def hidden(tree: HtmlElement) -> HtmlElement:
    """Return a copy of a tree whose invisible letters wear their guise; the tree itself when it has none."""
    text = tree.text_content()
    if text.isascii() or not any(letter in text for letter in _INVISIBLE):
        return tree
    disguised = copy(tree)
    for element in disguised.iter():
        if element.text:
            element.text = element.text.translate(_HIDE)
        if element.tail:
            element.tail = element.tail.translate(_HIDE)
    return disguised


def shown(text: str) -> str:
    """Return a text with its invisible letters as they are."""
    return text.translate(_SHOW) if any(letter in text for letter in _GUISE) else text
