"""copydesk status: the operator's first look."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cli.options import AsJson, DatabaseUrl, opened, settings_for
from cli.output import ago, print_json, print_table, safe

if TYPE_CHECKING:
    from db.status import Status


def status(*, database: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """Show feeds, hosts, pending work and outcomes.

    Feeds that cannot be read are listed with the reason, hosts that asked for a pause with its end,
    publishers whose articles come out worse than they used to with what fell. Reads only.
    """
    from db.status import status as look

    with opened(settings_for(database)) as desk:
        now = datetime.now(UTC)
        found = look(desk, now)
    if as_json:
        print_json(found)
    else:
        _print(found, now)


def _print(found: "Status", now: datetime) -> None:
    print(f"Database  {found.database}, {found.size_bytes / 1e6:,.1f} MB")
    print(f"Articles  {found.unique_count:,} unique of {found.article_count:,}")
    if found.newest:
        newest = found.newest
        print(f"Newest    {safe(newest.title)} ({safe(newest.publisher or newest.url)}), {ago(newest.first_seen_at, now)}")
    states = ", ".join(f"{count:,} {state}" for state, count in found.feeds.items()) or "none"
    due = f"{found.due_count:,} due now" if found.due_count else f"next {ago(found.next_poll_at, now)}"
    print(f"Feeds     {states}; {due}" if found.feeds else "Feeds     none yet; `copydesk feeds add URL` or `copydesk ingest`")
    pending = found.pending
    parts = {"to_fetch": "to fetch", "paused": "of paused hosts", "to_extract": "to extract", "later": "to be tried later"}
    print("Pending   " + ", ".join(f"{pending[name]:,} {words}" for name, words in parts.items()) + "\n")
    names = list(found.outcomes["all"])
    print_table(
        ["Outcome", "Today", "7 days", "All"],
        [[name, *(found.outcomes[span][name] for span in ("today", "last_7_days", "all"))] for name in names],
    )
    if found.troubles:
        print()
        print_table(
            ["Feed", "Address", "Reason", "Detail", "Since", "Next try"],
            [[one.id, one.url, one.reason_text, one.detail, ago(one.since, now), ago(one.next_poll_at, now)] for one in found.troubles],
        )
    if found.paused_hosts:
        print()
        print_table(["Host", "Paused", "Reason"], [[one.host, ago(one.paused_until, now), one.reason_text] for one in found.paused_hosts])
    if found.drifting:
        print()
        print_table(["Drifting", "Feeds", "Last 7 days"], [[one.publisher, one.feed_count, one.drift] for one in found.drifting])
