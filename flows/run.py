"""Runs a flow inside this process and gives its numbers back: for the command line and the demo."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from config.settings import Settings
from domain.errors import CopydeskError, NetworkUnreachableError
from domain.outcomes import NETWORK
from domain.records import Subscription
from flows.line import Progress
from flows.workshop import InProcess, in_process

if TYPE_CHECKING:
    from prefect.client.schemas.objects import State


def ready_prefect() -> None:
    """Set Prefect up for a run in this process: quiet, without telemetry, its temporary server started where no other is named.

    Call it before Prefect is imported.
    """
    os.environ.setdefault("DO_NOT_TRACK", "1")
    os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "CRITICAL")
    os.environ.setdefault("PREFECT_LOGGING_SERVER_LEVEL", "CRITICAL")
    # A temporary server starts in 6 to 17 s on two cores, longer beside other work; Prefect's own limit is 20.
    os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "120")
    # Five retries would take a minute to find out that the server was stopped together with us.
    os.environ.setdefault("PREFECT_CLIENT_MAX_RETRIES", "2")
    os.environ.setdefault("PREFECT_LOGGING_INTERNAL_LEVEL", "CRITICAL")
    from flows.prefect_api import start_temporary_server

    start_temporary_server()


def ingest_once(
    settings: Settings,
    *,
    subscriptions: tuple[Subscription, ...] | None = None,
    force: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
) -> InProcess:
    """Run the ingest flow once in this process and return its account and its failing feeds.

    `trouble` names what an operator must know of a run that came to its end: no feed could be reached, or too many failed.
    Raises what stopped the flow before its end.
    """
    ready_prefect()
    from flows.ingest import ingest

    with in_process(InProcess(settings, subscriptions, on_progress)) as given:
        state = completed(lambda: ingest(force=force, return_state=True))
    if not given.account:
        raise cause(state)
    if state.is_failed():
        given.trouble = _trouble(given)
    return given


def _trouble(given: InProcess) -> CopydeskError:
    polled, failed = given.account["feeds_polled"], given.account["feeds_failed"]
    if polled == failed and all(row["reason"] in NETWORK for row in given.failing):
        return NetworkUnreachableError(
            f"None of the {polled} feeds could be reached; nothing was lost, they are asked again when due. "
            "`make demo` shows Copydesk at work without a network."
        )
    return CopydeskError(f"{failed} of {polled} feeds failed; `copydesk status` shows the reasons again.")


def completed(run: "Callable[[], State[Any]]") -> "State[Any]":
    """Run a flow and return its last state. Raises `KeyboardInterrupt` when it was interrupted.

    Where Prefect's server was stopped together with us, Prefect itself raises that it cannot tell it.
    """
    try:
        return run()
    except Exception as error:
        told: BaseException | None = error
        while told is not None:
            if not isinstance(told, Exception):
                raise KeyboardInterrupt from None
            told = told.__context__
        raise


def cause(state: "State[Any]") -> BaseException:
    """Return what stopped the flow: the sentence of ours behind it, if there is one, else the exception itself."""
    found = state.result(raise_on_failure=False)
    error: BaseException | None = found if isinstance(found, BaseException) else None
    while error is not None:
        if isinstance(error, CopydeskError):
            return error
        error = error.__cause__ or error.__context__
    return found if isinstance(found, BaseException) else CopydeskError(f"The run ended before it began: {state.message}")
