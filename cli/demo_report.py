"""What `copydesk demo` prints for people: as it goes along, and at the end."""

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
        self._line(
            f"A press on this machine: the agency {agency.name} in {len(agency.languages)} languages and {len(papers)} newspapers that",
            "bold",
        )
        self._line("reprint it, each on an address of its own. Copydesk visits twice; in between a new edition appears.", "bold")
        self._line()

    def visit(self, visit: "Visit") -> None:
        """Say what a visit found."""
        numbers = visit.account
        copies = int(numbers["exact_copy"] + numbers["near_copy"])
        fresh = f"{numbers['entries_new']} new pages: {numbers['unique']} unique, {copies} copies"
        rest = [f"{numbers['revision']} corrected"] if numbers["revision"] else []
        if other := int(numbers["rejected"] + numbers["failed"]):
            rest.append(f"{other} no article")
        feeds = f"{numbers['feeds_polled']} feeds"
        if numbers["feeds_unchanged"]:
            feeds += f" ({numbers['feeds_unchanged']} unchanged)"
        self._line(
            f"Visit {visit.edition}  {feeds}, {', '.join((fresh, *rest))}; {numbers['seconds']:.1f} s, {visit.seconds:.1f} s with its start"
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
            self._line(f"\n  {unique.language}  {safe(unique.title)}")
            self._line(f"      {safe(unique.publisher)}", "dim")
            for copy in copies:
                self._line(f"   {_alike(copy)}  {safe(copy.publisher)}: {edits.get(copy.canonical_url, 'carried')}")

    def _corrections(self, outcome: "Outcome", corrected: "Sequence[Corrected]") -> None:
        if not corrected:
            return
        self._line(f"\nCorrected at the same address: {len(corrected)} of {outcome.expected['revised']} noticed", "bold")
        for one in corrected[:2]:
            self._line(f"   {one.change_ratio:4.0%} of the words changed  {safe(one.publisher)}: {safe(one.title)}")

    def _next(self, database: str) -> None:
        file = database.removeprefix("sqlite:///")
        self._line("\nNext", "bold")
        self._line(f"   copydesk status --database {database}")
        if file != database:
            self._line(f'   sqlite3 {file} "{_QUERY}"')
        self._line("   copydesk ingest    # the real press: the feed list that comes with Copydesk, into copydesk.db")

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
    """Return how alike a copy is to its story, in a fixed width."""
    if copy.similarity is None or copy.containment is None:
        return " " * 28
    if copy.kind == "exact_copy":
        return "the same text               "
    return f"{copy.similarity:4.0%} alike, {copy.containment:4.0%} contained "


def _edits(press: "Press") -> dict[str, str]:
    """Return how each copy came about, in words, by its address."""
    from newsroom.printed import url

    pieces = (piece for edition in (1, 2) for story in press.stories(edition) for piece in press.pieces(story))
    return {url(press, piece): _WORDS[piece.kind] for piece in pieces if piece.kind in _WORDS}
