"""The truth beside the press: what each address holds, what belongs together, and how a pipeline that gets all right must end.

Expected is one unique article per story, the earliest published of those that can be read; everything else with the story's text is a
copy. A page behind robots.txt, a video without text and a page that is gone become no article.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from newsroom.press import FAULTS, Piece, Press
from newsroom.printed import printed, url


@dataclass(frozen=True, slots=True)
class Expected:
    """How many pieces must end how, and how many of the articles have a corrected text since their first edition."""

    unique: int
    copies: int
    no_article: int
    revised: int

    @property
    def listed(self) -> int:
        """Return the number of pieces that the feeds list."""
        return self.unique + self.copies + self.no_article


def expected(press: Press, edition: int) -> Expected:
    """Return what must come of everything that was listed up to an edition."""
    unique = copies = no_article = revised = 0
    for pieces in _stories(press, edition):
        readable = [piece for piece in pieces if piece.kind not in FAULTS]
        no_article += len(pieces) - len(readable)
        unique += bool(readable)
        copies += max(0, len(readable) - 1)
        revised += sum(piece.is_revised(edition) for piece in readable)
    return Expected(unique, copies, no_article, revised)


def lines(press: Press, edition: int) -> Iterator[dict[str, object]]:
    """Yield the truth of every piece listed up to an edition, ready for JSON, story by story."""
    for pieces in _stories(press, edition):
        for piece in pieces:
            shown = printed(press, piece, edition)
            yield {
                "url": shown.url,
                "outlet": shown.outlet.name,
                "story": piece.story,
                "cluster": piece.story,
                "kind": "original" if piece.kind in {"original", *FAULTS} else "reprint",
                "edit": piece.kind,
                "expected": _expected_kind(piece, pieces),
                "language": piece.language,
                "title": shown.title,
                "standfirst": shown.standfirst,
                "authors": list(shown.authors),
                "published": piece.published.isoformat(),
                "modified": shown.modified.isoformat(),
                "revised": piece.is_revised(edition),
                "body": "" if piece.kind in FAULTS else shown.body,
            }


def differences(press: Press, edition: int, found: Mapping[str, Hashable]) -> list[str]:
    """Return what differs between the truth and `found` (the cluster of every article by its address), a sentence each.

    Checks that every readable piece became an article, that nothing else did, that no story was split and no two were joined.
    """
    problems: list[str] = []
    stories_of: dict[Hashable, set[int]] = {}
    due: set[str] = set()
    for pieces in _stories(press, edition):
        addresses = {url(press, piece): piece for piece in pieces if piece.kind not in FAULTS}
        due |= addresses.keys()
        problems += [
            f"missing: {address} ({piece.kind}, {piece.language}) became no article"
            for address, piece in addresses.items()
            if address not in found
        ]
        clusters = {found[address] for address in addresses if address in found}
        for cluster in clusters:
            stories_of.setdefault(cluster, set()).add(pieces[0].story)
        if len(clusters) > 1:
            problems.append(f"split: one story is {len(clusters)} articles: " + ", ".join(f"{a} ({p.kind})" for a, p in addresses.items()))
    problems += [
        f"joined: {len(stories)} stories became one: numbers {sorted(stories)}" for stories in stories_of.values() if len(stories) > 1
    ]
    return problems + [f"extra: {address} is no article of the press" for address in sorted(found.keys() - due)]


def feed_count(press: Press) -> int:
    """Return how many feeds the press has."""
    return sum(len(outlet.languages) for outlet in press.outlets)


def _stories(press: Press, edition: int) -> Iterator[list[Piece]]:
    for number in range(press.stories(edition).stop):
        if pieces := [piece for piece in press.pieces(number) if piece.edition <= edition]:
            yield pieces


def _expected_kind(piece: Piece, pieces: Iterable[Piece]) -> str:
    if piece.kind in FAULTS:
        return "no_article"
    first = min((one for one in pieces if one.kind not in FAULTS), key=lambda one: (one.published, one.number))
    return "unique" if piece is first else "copy"
