"""What a reprocessing says: how many articles differ, in what, by how much, and the largest differences as samples."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from prefect.artifacts import create_markdown_artifact, create_table_artifact

from tasks.reprocess.diff import CLASSES

if TYPE_CHECKING:
    from db.history import RequestState
    from tasks.reprocess.diff import Findings

_KINDS = {"same": "read the same", "metadata": "differ in metadata", "text": "differ in their text", "lost": "give no article any more"}
_SIGNS = {"- ": "former", "+ ": "now"}


def numbers(findings: "Findings", *, without_page: int) -> dict[str, int | float]:
    """Return a report's numbers under their published names."""
    return {"compared": findings.compared, **{kind: findings.kinds[kind] for kind in _KINDS}, "without_page": without_page}


def sentence(account: dict[str, int | float]) -> str:
    """Return a report in one sentence."""
    told = ", ".join(f"{account[kind]:,} {words}" for kind, words in _KINDS.items())
    applied = ""
    if "refreshed" in account:
        applied = f"; {account['refreshed']:,} were put right in place, {account['revision']:,} texts ended as revisions"
        applied += f", {account['pending']:,} wait to be stored" if account["pending"] else ""
    return f"{account['compared']:,} articles compared: {told}{applied}; {account['without_page']:,} have no page any more"


def remark(account: dict[str, int | float], *, complete: bool) -> str:
    """Return what an operator should do next, as a sentence; empty when there is nothing to do."""
    if not complete:
        return "Its time was over before the rest was compared."
    if "refreshed" not in account and account["metadata"] + account["text"]:
        return "Nothing was written; started with apply, it replaces what differs."
    return ""


def progress(state: "RequestState") -> str:
    """Return in one sentence how many of the changed texts are stored."""
    return f"{state.id}: {state.new - state.outcomes['pending']:,} of {state.new:,} changed texts are stored"


def sample_rows(findings: "Findings") -> tuple[dict[str, str], ...]:
    """Return the largest differences as the rows of a table."""
    return tuple(
        {
            "article": str(one.article_id),
            "difference": one.kind,
            "words changed": f"{one.ratio:.1%}" if one.kind == "text" else "",
            "fields": ", ".join(one.fields),
            "lines": _plain(" / ".join(map(_told, one.lines)), 600),
            "url": _plain(one.url, 200),
        }
        for one in findings.samples
    )


def markdown(findings: "Findings", account: dict[str, int | float], *, complete: bool) -> str:
    """Return a report for the Prefect UI."""
    sizes = [(name, findings.sizes[name]) for _, name in CLASSES if findings.sizes[name]]
    tables = (_table("words that changed", "texts", sizes), _table("field that differs", "articles", findings.fields.most_common()))
    told = (f"# Reprocess\n\n{sentence(account)}.", remark(account, complete=complete), *tables)
    return "\n\n".join(filter(None, told)) + "\n"


def publish(findings: "Findings", account: dict[str, int | float], *, complete: bool) -> None:
    """Attach the report, and the samples if there are any, to the flow run."""
    word = "changed" if "refreshed" in account else "would change"
    report = markdown(findings, account, complete=complete)
    create_markdown_artifact(report, key="reprocess-report", description=f"What today's extractor {word}.")
    rows = sample_rows(findings)
    if rows:
        create_table_artifact(list(rows), key="reprocess-samples", description="The largest differences.")


def _told(line: str) -> str:
    """Return a line of a difference; its sign alone would make a list of it in the UI."""
    word = _SIGNS.get(line[:2])
    return f"{word}: {line[2:]}" if word else line


def _table(what: str, counted: str, rows: Sequence[tuple[str, int]]) -> str:
    lines = "\n".join(f"| {name} | {count:,} |" for name, count in rows)
    return f"| {what} | {counted} |\n|:--|--:|\n{lines}" if rows else ""


def _plain(text: str, limit: int) -> str:
    """Cut, and take the characters that Markdown or HTML would act on."""
    return "".join(" " if character in "<>[]|`\n\r" else character for character in text)[:limit]
