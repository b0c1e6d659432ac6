"""Runs the flows of history inside this process and gives their findings back: for the command line."""

from collections.abc import Callable
from typing import Any

from config.settings import Settings
from flows.line import Progress
from flows.run import cause, completed, ready_prefect
from flows.workshop import InProcess, in_process


def backfill_once(settings: Settings, *, on_progress: Callable[[Progress], None] | None = None, **parameters: Any) -> tuple[InProcess, str]:
    """Run the backfill flow once in this process; return what it gave back, and why its plan was refused (empty when it was not).

    `parameters` are the flow's. Raises what stopped it as a `CopydeskError`.
    """
    ready_prefect()
    from flows.backfill import backfill

    with in_process(InProcess(settings, on_progress=on_progress)) as given:
        try:
            state = completed(lambda: backfill(**parameters, return_state=True))
        except KeyboardInterrupt:
            if not given.request_id:
                raise
            raise KeyboardInterrupt(f"Stopped; `copydesk backfill resume {given.request_id}` goes on.") from None
    if given.account or (given.plan is not None and not given.request_id):
        return given, state.message or "" if state.is_failed() and not given.account else ""
    raise cause(state)


def reprocess_once(settings: Settings, *, on_progress: Callable[[Progress], None] | None = None, **parameters: Any) -> InProcess:
    """Run the reprocess flow once in this process and return what it gave back. Raises what stopped it as a `CopydeskError`."""
    ready_prefect()
    from flows.reprocess import reprocess

    with in_process(InProcess(settings, on_progress=on_progress)) as given:
        state = completed(lambda: reprocess(**parameters, return_state=True))
    if not given.account:
        raise cause(state)
    return given
