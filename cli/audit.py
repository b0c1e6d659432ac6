"""copydesk audit: every promise of the database, proved or refuted."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING

from cli.options import AsJson, DatabaseUrl, opened, settings_for
from cli.output import print_json, safe
from config.settings import Settings

if TYPE_CHECKING:
    from db.audit import Finding
    from db.engine import Database


def audit(*, database: DatabaseUrl = None, as_json: AsJson = False) -> int:
    """Prove that the database keeps every promise, or list the rows that do not.

    Checks the accounting (every entry ends in exactly one outcome), the invariants of entries, articles, stories, validators,
    signatures and counters, and the change log. Reads only, and may run beside an ingest. Exit code 1 when anything is broken.
    """
    from db.audit import audit as look

    loaded = settings_for(database)
    with opened(loaded) as desk:
        findings = []
        for finding in chain(look(desk, datetime.now(UTC), limits=loaded.deduplicate), _compared_again(desk, loaded)):
            findings.append(finding)
            if not as_json:
                _print(finding)
    broken = sum(1 for finding in findings if finding.broken_count)
    if as_json:
        print_json({"database": desk.name, "sound": not broken, "findings": findings})
    elif broken:
        print(f"{broken} of {len(findings)} promises are broken.")
    else:
        print(f"All {len(findings)} promises hold.")
    return 1 if broken else 0


def _compared_again(desk: "Database", loaded: Settings) -> Iterator["Finding"]:
    """Compare the unique articles that share candidate keys once more, instead of trusting what was stored about them."""
    from db import recipes
    from db.audit import ROWS_SHOWN, Finding
    from db.twins import twins
    from tasks.deduplicate.judge import TextJudge

    judge = TextJudge(loaded.deduplicate)
    compared, rows = 0, []
    with desk.read() as session:
        # Under other settings than the database's own the verdict would be another, and prove nothing.
        if recipes.active(session) == judge.recipe_id:
            for one, signed, other, other_signed in twins(session, judge.recipe_id, key_limit=loaded.deduplicate.key_limit):
                compared += 1
                seen = judge.compare(signed, other_signed)
                if seen.verdict in {"exact_copy", "near_copy"}:
                    rows.append({"article_id": one, "other_id": other, "verdict": seen.verdict, "rule": seen.rule})
    promise = "No two unique articles that share candidate keys are copies of each other when they are compared again."
    yield Finding("I3", "compared-again", promise, compared, len(rows), tuple(rows[:ROWS_SHOWN]))


def _print(finding: "Finding") -> None:
    word = f"BROKEN by {finding.broken_count:,}" if finding.broken_count else "holds"
    print(f"{finding.code}  {finding.name:<21} {finding.looked_at:>10,}  {word:<13}  {finding.promise}")
    for row in finding.rows:
        print("      " + " ".join(f"{name}={safe(value)}" for name, value in row.items()))
    if finding.broken_count > len(finding.rows):
        print(f"      and {finding.broken_count - len(finding.rows):,} more")
