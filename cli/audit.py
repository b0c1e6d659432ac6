"""copydesk audit: every promise of the database, proved or refuted."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cli.options import AsJson, DatabaseUrl, opened, settings_for
from cli.output import print_json, safe

if TYPE_CHECKING:
    from db.audit import Finding


def audit(*, database: DatabaseUrl = None, as_json: AsJson = False) -> int:
    """Prove that the database keeps every promise, or list the rows that do not.

    Checks the accounting (every entry ends in exactly one outcome), the invariants of entries, articles, stories, validators,
    signatures and counters, and the change log. Reads only, and may run beside an ingest. Exit code 1 when anything is broken.
    """
    from db.audit import audit as look

    loaded = settings_for(database)
    with opened(loaded) as desk:
        findings = []
        for finding in look(desk, datetime.now(UTC), limits=loaded.deduplicate):
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


def _print(finding: "Finding") -> None:
    word = f"BROKEN by {finding.broken_count:,}" if finding.broken_count else "holds"
    print(f"{finding.code}  {finding.name:<21} {finding.looked_at:>10,}  {word:<13}  {finding.promise}")
    for row in finding.rows:
        print("      " + " ".join(f"{name}={safe(value)}" for name, value in row.items()))
    if finding.broken_count > len(finding.rows):
        print(f"      and {finding.broken_count - len(finding.rows):,} more")
