"""What a reprocessing says: how many articles differ, in what, by how much, and the largest differences as samples."""

from typing import TYPE_CHECKING

from prefect.artifacts import create_markdown_artifact, create_table_artifact

if TYPE_CHECKING:
    from tasks.reprocess.diff import Findings

_KINDS = {"same": "read the same", "metadata": "differ in metadata", "text": "differ in their text", "lost": "give no article any more"}


def numbers(findings: "Findings", *, without_page: int) -> dict[str, int | float]:
    """Return a report's numbers under their published names."""
    return {"compared": findings.compared, **{kind: findings.kinds[kind] for kind in _KINDS}, "without_page": without_page}


def sentence(account: dict[str, int | float]) -> str:
    """Return a report in one sentence."""
    told = ", ".join(f"{account[kind]:,} {words}" for kind, words in _KINDS.items())
    applied = f"; {account['revision']:,} were revised" if "revision" in account else ""
    return f"{account['compared']:,} articles compared: {told}{applied}; {account['without_page']:,} have no page any more"


def sample_rows(findings: "Findings") -> tuple[dict[str, str], ...]:
    """Return the largest differences as the rows of a table."""
    return tuple(
        {
            "article": str(one.article_id),
            "url": _plain(one.url, 200),
            "difference": one.kind,
            "words changed": f"{one.ratio:.1%}" if one.kind == "text" else "",
            "fields": ", ".join(one.fields),
            "lines": _plain(" / ".join(one.lines), 600),
        }
        for one in findings.samples
    )


def markdown(findings: "Findings", account: dict[str, int | float]) -> str:
    """Return a report for the Prefect UI."""
    sizes = "\n".join(f"| {name} of the words | {count:,} |" for name, count in findings.sizes.items())
    fields = "\n".join(f"| {name} | {count:,} |" for name, count in findings.fields.most_common())
    tables = [f"| changed texts | |\n|:--|--:|\n{sizes}" if sizes else "", f"| changed fields | |\n|:--|--:|\n{fields}" if fields else ""]
    return "\n\n".join([f"# Reprocess\n\n{sentence(account)}.", *filter(None, tables)]) + "\n"


def publish(findings: "Findings", account: dict[str, int | float]) -> None:
    """Attach the report, and the samples if there are any, to the flow run."""
    create_markdown_artifact(markdown(findings, account), key="reprocess-report", description="What today's extractor would change.")
    rows = sample_rows(findings)
    if rows:
        create_table_artifact(list(rows), key="reprocess-samples", description="The largest differences.")


def _plain(text: str, limit: int) -> str:
    """Cut, and take the characters that Markdown or HTML would act on."""
    return "".join(" " if character in "<>[]|`\n\r" else character for character in text)[:limit]
