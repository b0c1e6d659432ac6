"""Lines that a site puts around its texts: which lines of a text may be such, and under which number they are counted.

Only short lines near either end are looked at. What recurs there are promos, notices and templates; what recurs in the middle
of texts are the newsroom's own sub-headings ("What happens next?"), which must stay. Once a line is cut, the one beside it is
near the end, so that a footer of any length is learned from outside in.
"""

import hashlib
import re
from collections.abc import Iterable

from domain.urls import host_of, registrable_domain

HEAD, TAIL, LONGEST = 3, 5, 240
_SHORTEST = 4
_FOLD = re.compile(r"[\W_]+")


def site_of(url: str) -> str:
    """Return the site that a page's address belongs to: its registrable domain; empty for an address that belongs to none."""
    try:
        return registrable_domain(host_of(url))
    except ValueError:
        return ""


def key(site: str, line: str) -> int:
    """Return the number of a line on a site: 64 bits, signed; the same for lines that differ in case, space and punctuation alone.

    The empty line's number stands for the site itself.
    """
    text = f"{site}\n{_FOLD.sub('', line.casefold())}"
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), signed=True)


def near_ends(count: int) -> list[int]:
    """Return which of so many lines are near the beginning or the end."""
    return [index for index in range(count) if index < HEAD or index >= count - TAIL]


def candidates(site: str, body: str) -> dict[int, str]:
    """Return the lines of a text that its site may have put there, by their numbers; never the only one."""
    lines = body.split("\n")
    if len(lines) == 1:
        return {}
    return {key(site, lines[index]): lines[index] for index in near_ends(len(lines)) if may_be(lines[index])}


def may_be(line: str) -> bool:
    """Return whether a line is short enough, and has enough letters, to be a site's own."""
    return len(line) <= LONGEST and len(_FOLD.sub("", line)) >= _SHORTEST


def numbered(site: str, lines: Iterable[str], numbers: frozenset[int]) -> dict[int, str]:
    """Return those of the lines that have one of these numbers on a site, by their numbers."""
    return {number: line for line in lines if (number := key(site, line)) in numbers} if numbers else {}
