"""What a backfill says of itself: its plan, its progress, its account; as numbers, a sentence, and artifacts for the Prefect UI."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from prefect.artifacts import create_markdown_artifact, create_progress_artifact, create_table_artifact, update_progress_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from db.history import Mishap, RequestState
from flows.line import Progress
from flows.workshop import InProcess

if TYPE_CHECKING:
    from db.engine import Database
    from tasks.discover.plan import Plan

_MISHAPS = 200
_ROWS = 500


class ProgressArtifact:
    """The progress bar of a run in the Prefect UI: decided documents over those found new so far, and what `told` says of them."""

    def __init__(self, key: str = "backfill-progress", told: Callable[[RequestState], str] | None = None) -> None:
        self._key, self._told = key, told or (lambda state: f"{state.id}: {_sentence(numbers(state))}")
        self._id: UUID | None = None

    def update(self, state: RequestState) -> None:
        """Write how far the request is."""
        decided = state.new - state.outcomes["pending"]
        share = 100.0 * decided / state.new if state.new else 100.0 * (state.state == "done")
        told = self._told(state)
        if self._id is None:
            self._id = create_progress_artifact(share, key=self._key, description=told)  # type: ignore[assignment]
        else:
            update_progress_artifact(self._id, share, description=told)


def refusal(plan: "Plan", limit: int) -> str:
    """Return why a plan is too much under a limit, empty when it is not."""
    from tasks.discover.plan import excess

    return excess(plan, limit)


def planned(plan: "Plan", limit: int) -> State[Any]:
    """Attach a plan to the flow run, and return the state that it ends a dry run, or a refused run, with."""
    create_table_artifact(plan_rows(plan)[:_ROWS], key="backfill-plan", description=plan_sentence(plan))
    why = refusal(plan, limit)
    return Failed(message=why) if why else Completed(message=plan_sentence(plan))


def plan_rows(plan: "Plan") -> list[dict[str, Any]]:
    """Return a plan outlet by outlet and source by source."""
    from tasks.discover.plan import duration

    return [
        {
            "outlet": _plain(one.outlet, 80),
            "source": one.source,
            "found": _count(one.found, exact=one.exact),
            "known": _count(one.known, exact=one.exact),
            "to fetch": _count(one.to_fetch, exact=one.exact),
            "time": duration(one.seconds),
            "disk": _size(one.disk_bytes),
            "to download": _download(one.file_count, one.download_bytes),
            "remark": _plain("; ".join(f"{trouble.reason}: {trouble.detail}" for trouble in one.troubles), 200),
        }
        for one in plan.estimates
    ]


def plan_sentence(plan: "Plan") -> str:
    """Return a plan in one sentence."""
    from tasks.discover.plan import duration

    return (
        f"{_count(plan.found, exact=plan.exact)} documents found, {_count(plan.known, exact=plan.exact)} known, "
        f"{_count(plan.to_fetch, exact=plan.exact)} to fetch: {duration(plan.seconds)} at the polite rate, {_size(plan.disk_bytes)} of disk"
        + (f"; {_download(plan.file_count, plan.download_bytes)} to download" if plan.file_count else "")
    )


def conclude(database: "Database", given: InProcess, progress: Progress) -> State[Any]:
    """Publish the account of a request as it stands now, and return the state that the run ends with."""
    from db import history

    with database.read() as session:
        state = history.state(session, given.request_id)
        mishaps = history.mishaps(session, given.request_id, _MISHAPS)
    account = numbers(state) | _pace(progress)
    given.account.update(account)
    given.failing = tuple(_mishap(one) for one in mishaps)
    create_markdown_artifact(markdown(state, account), key="backfill-summary", description="What this backfill found and kept.")
    if mishaps:
        create_table_artifact(list(given.failing), key="backfill-troubles", description="What could not be read, and why.")
    message = _sentence(account)
    if state.state in {"running", "open"}:
        return Completed(name="Unfinished", message=f"{message}. `copydesk backfill resume {state.id}` goes on")
    if state.legs.get("failed"):
        every = state.legs["failed"] == sum(state.legs.values())
        return Failed(message=message) if every else Completed(name="PartlyFailed", message=message)
    return Completed(message=message)


def numbers(state: RequestState) -> dict[str, int | float]:
    """Return a request's numbers under their published names."""
    legs = {f"legs_{name}": state.legs.get(name, 0) for name in ("planned", "running", "done", "failed", "cancelled")}
    return {"found": state.found, "known": state.found - state.new, "new": state.new, **state.outcomes, **legs}


def _pace(progress: Progress) -> dict[str, int | float]:
    pages = progress.done.get("store", 0)
    rate = round(pages / progress.seconds, 2) if progress.seconds > 0 else 0.0
    return {"pages_extracted": pages, "seconds": round(progress.seconds, 3), "pages_per_second": rate}


def sentence(account: "dict[str, int | float]") -> str:
    """Return a request's account in one sentence."""
    return _sentence(account)


def _sentence(account: dict[str, int | float]) -> str:
    copies = account["exact_copy"] + account["near_copy"]
    return (
        f"{account['found']:,} documents found, {account['known']:,} known already; of {account['new']:,} new ones {account['unique']:,} are "
        f"unique articles, {copies:,} copies, {account['rejected']:,} rejected, {account['failed']:,} failed, {account['pending']:,} pending"
    )


def markdown(state: RequestState, account: dict[str, int | float]) -> str:
    """Return a request's account for the Prefect UI."""
    window = f"{state.since:%Y-%m-%d %H:%M}" if state.since else "the beginning", f"{state.until:%Y-%m-%d %H:%M}" if state.until else "now"
    named = {name: name.replace("_", " ") for name in state.outcomes} | {
        "legs_done": "listings read",
        "legs_failed": "listings that failed",
    }
    rows = "\n".join(f"| {words} | {account[name]:,} |" for name, words in named.items())
    pace = f"{account['pages_extracted']:,} pages in {account['seconds']:,.1f} s ({account['pages_per_second']:,.1f} a second) in this run."
    head = f"# Backfill {state.id}\n\n{', '.join(state.sources)}, from {window[0]} to {window[1]}: {state.state}. {pace}"
    return f"{head}\n\n| {account['found']:,} found, {account['new']:,} of them new | |\n|:--|--:|\n{rows}\n"


def _mishap(one: Mishap) -> dict[str, str]:
    return {
        "source": one.source,
        "target": _plain(one.target, 200),
        "state": one.state,
        "reason": one.reason,
        "in words": one.reason_text,
        "detail": _plain(one.detail, 200),
    }


def _count(number: int, *, exact: bool) -> str:
    return f"{number:,}" if exact else f"about {number:,}"


def _download(files: int, size: int) -> str:
    if not files:
        return ""
    return f"{files:,} {'file' if files == 1 else 'files'}, {_size(size) if size else 'nobody says how large'}"


def _size(size: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1_000:
            return f"{size:.0f} {unit}" if size >= 10 or unit == "B" else f"{size:.1f} {unit}"
        size /= 1_000
    return f"{size:.1f} TB"


def _plain(text: str, limit: int) -> str:
    """Cut, and take the characters that Markdown or HTML would act on."""
    return "".join(" " if character in "<>[]|`\n\r" else character for character in text)[:limit]
