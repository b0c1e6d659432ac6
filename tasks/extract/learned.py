"""Cuts the lines that were learned to be a site's own; what is left must still be the article."""

from collections.abc import Callable, Sequence

from domain.lines import key, may_be, near_ends
from tasks.extract.residue import Cut

# A text of which more would go is about what recurs: a bulletin, a table, a notice.
_SHARE = 3


def cut(lines: Sequence[str], site: str, numbers: frozenset[int], suffices: Callable[[str], bool]) -> tuple[list[str], list[Cut]]:
    """Return the lines that stay and those that were cut; all stay when a third of the text would go, or the rest not suffice.

    Only whole lines near either end go, and the only line never.
    """
    kept, gone = list(lines), []
    while numbers and (found := [at for at in near_ends(len(kept)) if may_be(kept[at]) and key(site, kept[at]) in numbers]):
        gone += [Cut("learned", kept[at]) for at in found]
        kept = [line for at, line in enumerate(kept) if at not in found]
    lost = sum(len(one.line) for one in gone)
    if not gone or _SHARE * lost > sum(map(len, lines)) or not suffices("\n".join(kept)):
        return list(lines), []
    return kept, gone
