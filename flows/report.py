"""What a run says of itself: the numbers for `--json`, the sentence for its state, the artifacts for the Prefect UI."""

from prefect.artifacts import create_markdown_artifact, create_table_artifact

from db.runs import Account, FailedFeed
from flows.line import Progress

Summary = dict[str, int | float]
_OUTCOME_WORDS = {
    "unique": "unique articles",
    "exact_copy": "exact copies",
    "near_copy": "near copies",
    "revision": "revisions of known articles",
    "unchanged": "already known",
    "rejected": "rejected (no article, or not allowed)",
    "failed": "failed after their retries",
    "pending": "still pending",
}


def summary(account: Account, progress: Progress) -> Summary:
    """Return a run's numbers under their published names; `pages_per_second` counts from the first request to the last commit."""
    pages = progress.done.get("store", 0)
    return {
        "feeds_polled": account.feeds_polled,
        "feeds_unchanged": account.feeds_unchanged,
        "feeds_failed": account.feeds_failed,
        "entries_seen": account.entries_seen,
        "entries_new": account.entries_new,
        **account.outcomes,
        "pending_total": account.pending_total,
        "pages_extracted": pages,
        "seconds": round(progress.seconds, 3),
        "pages_per_second": round(pages / progress.seconds, 2) if progress.seconds > 0 else 0.0,
    }


def sentence(numbers: Summary) -> str:
    """Return the run in one sentence."""
    copies = numbers["exact_copy"] + numbers["near_copy"]
    left = numbers["pending_total"] - numbers["pending"]
    return (
        f"{numbers['feeds_polled']} feeds, {numbers['feeds_unchanged']} unchanged, {numbers['feeds_failed']} failed; "
        f"{numbers['entries_new']} new entries: {numbers['unique']} unique, {copies} copies, {numbers['rejected']} rejected, "
        f"{numbers['failed']} failed, {numbers['pending']} pending"
        + (f"; {left} of earlier runs wait for a paused host, a retry or another worker" if left else "")
    )


def failing_rows(feeds: tuple[FailedFeed, ...]) -> tuple[dict[str, str], ...]:
    """Return the failing feeds as the rows of a table, without anything that a table cell could interpret."""
    return tuple(
        {
            "feed": _plain(feed.title or feed.url, 80),
            "url": _plain(feed.url, 200),
            "reason": feed.reason,
            "in words": feed.reason_text,
            "detail": _plain(feed.detail, 200),
            "failing since": f"{feed.failing_since:%Y-%m-%d %H:%M}" if feed.failing_since else "",
        }
        for feed in feeds
    )


def markdown(numbers: Summary) -> str:
    """Return the run's summary for the Prefect UI."""
    rows = [f"| {words} | {numbers[name]:,} |" for name, words in _OUTCOME_WORDS.items()]
    polls = f"{numbers['feeds_polled']:,} feeds polled, {numbers['feeds_unchanged']:,} unchanged, {numbers['feeds_failed']:,} failed."
    pace = f"{numbers['pages_extracted']:,} pages in {numbers['seconds']:,.1f} s ({numbers['pages_per_second']:,.1f} a second)."
    table = "\n".join(rows)
    seen = f"{numbers['entries_seen']:,} entries seen, {numbers['entries_new']:,} of them new"
    return f"# Ingest\n\n{polls} {pace}\n\n| {seen} | |\n|:--|--:|\n{table}\n"


def publish(numbers: Summary, failing: tuple[dict[str, str], ...]) -> None:
    """Attach the summary, and the failing feeds if there are any, to the flow run."""
    create_markdown_artifact(markdown(numbers), key="ingest-summary", description="What this run read, kept and recognised.")
    if failing:
        create_table_artifact(list(failing), key="feed-health", description="Feeds that could not be read in this run, and why.")


def _plain(text: str, limit: int) -> str:
    """Cut, and take the characters that Markdown or HTML would act on."""
    return "".join(character if character.isprintable() and character not in "<>[]|`" else " " for character in text)[:limit]
