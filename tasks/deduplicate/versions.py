"""How a text changed at the same URL: by how much, and whether a reader would learn anything new."""

from difflib import SequenceMatcher

from domain.records import TextChange
from tasks.deduplicate.dress import undress
from tasks.deduplicate.normalise import tokens

# Beyond this the quadratic comparison would take seconds; a text that long is compared by its first words.
_LIMIT = 20_000
# A change that only swaps words for near-identical spellings, this many at most, is the copy desk's, not the reporter's.
_SPELLINGS = 6
_ALIKE = 0.7


def change(former: str, present: str) -> TextChange:
    """Return the share of words that changed (0 to 1) and whether it is substantive.

    Cosmetic are changes of dress, case and punctuation, and a few words exchanged for spellings of themselves; a changed
    figure, a word more or a word less is substantive.
    """
    before, after = (tokens(undress(text))[:_LIMIT] for text in (former, present))
    if before == after:
        return TextChange(0.0, substantive=False)
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    edits = [(before[i:j], after[k:m]) for tag, i, j, k, m in matcher.get_opcodes() if tag != "equal"]
    changed = sum(max(len(old), len(new)) for old, new in edits)
    ratio = min(1.0, changed / max(1, len(before), len(after)))
    return TextChange(ratio, substantive=changed > _SPELLINGS or not all(_respelled(old, new) for old, new in edits))


def _respelled(old: list[str], new: list[str]) -> bool:
    one, other = "".join(old), "".join(new)
    if any(map(str.isdigit, one + other)):
        return False
    return one == other or (bool(one) and bool(other) and SequenceMatcher(None, one, other, autojunk=False).ratio() >= _ALIKE)
