"""copydesk split, join, pin, withdraw, rulings: what a person knows better; later runs and reclustering respect it."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from cli.explain import find
from cli.options import AsJson, DatabaseUrl, opened, settings_for
from cli.output import print_json, print_table
from cli.plain import PLAIN

if TYPE_CHECKING:
    from db.rulings import RulingKind
    from domain.records import Settlement

Note = Annotated[str | None, Parameter(help="Why, for those who read it later.")]

# A person may ask for more work at once than a stream of articles may.
_LIMIT = 100_000

app = App(name="rulings", help="List the rulings of people, or take one back.", default_parameter=PLAIN)


def split(article: str, other: str | None = None, /, *, note: Note = None, database: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """Say that two articles are not the same story. Without a second one: that the first is no copy of what represents it.

    Parameters
    ----------
    article
        Its address or its id.
    other
        The article it is to be parted from; by default the one that represents its story.
    """
    _rule("split", article, other, note=note, database=database, as_json=as_json)


def join(article: str, other: str, /, *, note: Note = None, database: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """Say that two articles are the same story.

    Parameters
    ----------
    article
        Its address or its id.
    other
        The other article's address or id.
    """
    _rule("join", article, other, note=note, database=database, as_json=as_json)


def pin(article: str, /, *, note: Note = None, database: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """Let an article represent its story, whoever was first.

    Parameters
    ----------
    article
        Its address or its id.
    """
    _rule("pin", article, None, note=note, database=database, as_json=as_json)


def withdraw(article: str, /, *, note: Note = None, database: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """Remove an article's text for good; its address stays known, and a copy takes over its story. Cannot be taken back.

    Parameters
    ----------
    article
        Its address or its id.
    """
    _rule("withdraw", article, None, note=note, database=database, as_json=as_json)


@app.default
def listing(
    *,
    every: Annotated[bool, Parameter(name="--all", help="Also those that were taken back.")] = False,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """List the standing rulings."""
    from db.rulings import standing

    with opened(settings_for(database)) as desk, desk.read() as session:
        found = standing(session, revoked=every)
    if as_json:
        print_json(found)
    elif not found:
        print("No rulings.")
    else:
        rows = [
            [one.id, one.kind, one.article_id, one.other_id, one.at, one.note, "taken back" if one.revoked else "stands"] for one in found
        ]
        print_table(["Ruling", "Kind", "Article", "Other", "At", "Note", "State"], rows)


@app.command
def revoke(ruling: int, /, *, database: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """Take a ruling back and arrange its stories anew.

    Parameters
    ----------
    ruling
        Its number, as `copydesk rulings` shows it.
    """
    from db.rulings import revoke as take_back
    from tasks.deduplicate.judge import TextJudge

    loaded = settings_for(database)
    judge = TextJudge(loaded.deduplicate)
    with opened(loaded) as desk:
        settlement = desk.write(lambda session: take_back(session, judge, ruling, limit=_LIMIT, now=datetime.now(UTC)))
    _tell(settlement, as_json=as_json)


def _rule(kind: "RulingKind", article: str, other: str | None, *, note: str | None, database: str | None, as_json: bool) -> None:
    from db import recipes
    from db.rulings import rule
    from tasks.deduplicate.judge import TextJudge

    loaded = settings_for(database)
    judge = TextJudge(loaded.deduplicate)
    with opened(loaded) as desk:
        with desk.read() as session:
            recipes.check(session, judge.recipe_id)
            one, second = find(session, article), find(session, other) if other else None
        now = datetime.now(UTC)
        settlement = desk.write(lambda session: rule(session, judge, kind, one, other_id=second, note=note, limit=_LIMIT, now=now))
    _tell(settlement, as_json=as_json)


def _tell(settlement: "Settlement", *, as_json: bool) -> None:
    if as_json:
        print_json({"moved": [one.article_id for one in settlement.placements], "changes": settlement.changes})
        return
    words = {
        "added": "added",
        "copy_found": "has a copy",
        "split": "is a story of its own",
        "joined": "took in",
        "representative_changed": "represents",
    }
    for change in settlement.changes:
        detail = ", ".join(
            f"{name} {value}" for name, value in change.detail.items() if name in {"former", "copy", "kind"} and value is not None
        )
        print(f"Article {change.article_id} {words.get(change.kind, change.kind)}" + (f" ({detail})" if detail else ""))
    if not settlement.changes:
        print("Recorded; no story changed.")
