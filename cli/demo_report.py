"""What `copydesk demo` prints for people: as it goes along, and at the end."""

import os
import shutil
import sys
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cli.output import safe

if TYPE_CHECKING:
    from cli.demo import Kept, Outcome, Visit
    from db.stories import Carried, Corrected
    from newsroom.press import Press

_EXAMPLES = 7
_DIFFERENCES = 20
_QUERY = "SELECT copy_count, language, title FROM unique_articles ORDER BY copy_count DESC LIMIT 10"
_WORDS = {
    "verbatim": "printed as it came",
    "dressed": "with dateline, credits and read-more lines",
    "cut": "cut",
    "extended": "own paragraphs added",
    "copy_edited": "copy-edited",
    "typography": "other quotes, digits and hyphens",
}


class Report:
    """Writes to the terminal with a little colour, elsewhere in plain lines; nothing at all when `quiet`."""

    def __init__(self, *, quiet: bool = False) -> None:
        from rich.console import Console

        self._console = Console(highlight=False, soft_wrap=True, markup=False, emoji=False, quiet=quiet)

    def opening(self, press: "Press") -> None:
        """Say what is served."""
        agency, *papers = press.outlets
        feeds = sum(len(outlet.languages) for outlet in press.outlets)
        self._line(
            f"A press on this machine: the agency {agency.name}, writing in {len(agency.languages)} languages, and {len(papers)} newspapers "
            f"that reprint it; {feeds} feeds.",
            "bold",
        )
        self._line("Copydesk visits it twice. In between, a new edition comes out: new stories, late reprints, corrections.\n")

    def visit(self, visit: "Visit") -> None:
        """Say what a visit found."""
        numbers = visit.account
        pages = [f"{numbers['unique']} unique", f"{numbers['exact_copy'] + numbers['near_copy']} copies"]
        if other := numbers["rejected"] + numbers["failed"]:
            pages.append(f"{other} no article")
        corrected = f", {numbers['revision']} corrected" if numbers["revision"] else ""
        asked = f"{numbers['feeds_polled']} feeds asked"
        if numbers["feeds_unchanged"]:
            asked += f", {numbers['feeds_unchanged']} unchanged"
        self._line(
            f"Visit {visit.edition}   {asked}   {numbers['entries_new']} new pages: {', '.join(pages)}{corrected}"
            f"   {numbers['seconds']:.1f} s, with start-up {visit.seconds:.1f} s"
        )

    def closing(self, press: "Press", outcome: "Outcome", kept: "Kept") -> None:
        """Show examples, the next commands, and the score."""
        self._copies(press, kept.carried)
        self._corrections(outcome, kept.corrected)
        self._next(outcome.database)
        self._score(outcome)

    def _copies(self, press: "Press", carried: "Sequence[Carried]") -> None:
        edits = _edits(press)
        self._line("\nWhat was a copy of what, one story in each language", "bold")
        for unique, *copies in _examples(carried):
            self._line(f"\n  {safe(unique.title)}", "cyan")
            self._line(f"      first in   {safe(unique.publisher)} ({unique.language})")
            for copy in copies:
                how = edits.get(copy.canonical_url, "carried")
                self._line(f"      {_alike(copy):<10} {safe(copy.publisher)}: {how}{_inside(copy)}")

    def _corrections(self, outcome: "Outcome", corrected: "Sequence[Corrected]") -> None:
        if not corrected:
            return
        self._line(f"\nCorrected at the same address: {len(corrected)} of {outcome.expected['revised']} noticed", "bold")
        for one in corrected[:2]:
            self._line(f"   {one.change_ratio:4.0%} of the words changed  {safe(one.publisher)}: {safe(one.title)}")

    def _next(self, database: str) -> None:
        copydesk, file = _program(), database.removeprefix("sqlite:///")
        self._line("\nNext", "bold")
        self._line(f"   {copydesk} status --database {database}")
        if file != database and shutil.which("sqlite3"):
            self._line(f'   sqlite3 {file} "{_QUERY}"')
        else:
            self._line(f"   {copydesk} audit --database {database}")
        self._line(f"   {copydesk} ingest    # the real press: the feed list that comes with Copydesk, into copydesk.db")

    def _score(self, outcome: "Outcome") -> None:
        self._line()
        for problem in outcome.differences[:_DIFFERENCES]:
            self._line(problem, "red")
        if len(outcome.differences) > _DIFFERENCES:
            self._line(f"… and {len(outcome.differences) - _DIFFERENCES} more differences (--json lists all)", "red")
        counts = f"{outcome.unique} unique, {outcome.copies} copies"
        if outcome.as_expected:
            noticed = f", {outcome.revisions} corrections" if outcome.revisions else ""
            self._line(
                f"as expected: {counts}{noticed}; every copy stands with its own story. {outcome.seconds:.0f} s in all.", "bold green"
            )
        else:
            due = f"{outcome.expected['unique']} unique, {outcome.expected['copies']} copies"
            self._line(
                f"NOT as expected: {counts} instead of {due}; {len(outcome.differences)} differences. {outcome.seconds:.0f} s in all.",
                "bold red",
            )

    def _line(self, text: str = "", style: str = "") -> None:
        self._console.print(text, style=style or None)


def _program() -> str:
    """Return what to type for this program: its bare name where the shell finds it."""
    return "copydesk" if shutil.which("copydesk") else os.path.relpath(sys.argv[0])


def _examples(carried: "Sequence[Carried]") -> "list[list[Carried]]":
    """Return the most copied story of each language, its unique article first."""
    stories: dict[int, list[Carried]] = defaultdict(list)
    for one in carried:
        stories[one.story_id].append(one)
    best: dict[str | None, list[Carried]] = {}
    for versions in stories.values():
        language = versions[0].language
        if len(versions) > len(best.get(language, versions[:1])):
            best[language] = versions
    return sorted(best.values(), key=len, reverse=True)[:_EXAMPLES]


def _alike(copy: "Carried") -> str:
    if copy.kind == "exact_copy":
        return "same text"
    return f"{copy.similarity:.0%} alike" if copy.similarity is not None else "a copy"


def _inside(copy: "Carried") -> str:
    """Return what containment adds to similarity: nearly all of the shorter text stands in the longer one."""
    if copy.kind == "exact_copy" or copy.similarity is None or copy.containment is None or copy.containment - copy.similarity < 0.1:
        return ""
    return f" ({copy.containment:.0%} of the shorter text is in the longer)"


def _edits(press: "Press") -> dict[str, str]:
    """Return how each copy came about, in words, by its address."""
    from newsroom.printed import url

    pieces = (piece for edition in (1, 2) for story in press.stories(edition) for piece in press.pieces(story))
    return {url(press, piece): _WORDS[piece.kind] for piece in pieces if piece.kind in _WORDS}
