"""The few things that the command line asks of a Prefect server."""

import signal
from concurrent.futures import Future
from threading import Thread

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType, FlowRunFilterTags
from prefect.client.schemas.objects import StateType
from prefect.states import Crashed


def start_temporary_server() -> None:
    """Start the server that Prefect starts where none is named, and wait for it; the flows of this process find it running.

    Ctrl-C reaches everything that a terminal has started. This server must outlive it, to be told how the run ended: it inherits
    that the signal is blocked from the thread that starts it.
    """
    started: Future[object] = Future()

    def start() -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            started.set_result(get_client(sync_client=True))
        except BaseException as error:  # noqa: BLE001  (raised again where it is waited for)
            started.set_exception(error)

    Thread(target=start, name="copydesk-server", daemon=True).start()
    started.result()


def is_healthy(api: str) -> bool:
    """Return whether the server answers."""
    with SyncPrefectClient(api) as client:
        return client.api_healthcheck() is None


def crash_orphans(api: str) -> int:
    """Mark Copydesk's runs that no worker is working on any more as Crashed; return how many. Call while no worker runs."""
    left = FlowRunFilter(
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.RUNNING, StateType.PENDING, StateType.CANCELLING])),
        tags=FlowRunFilterTags(all_=["copydesk"]),
    )
    with SyncPrefectClient(api) as client:
        runs = client.read_flow_runs(flow_run_filter=left)
        for run in runs:
            client.set_flow_run_state(
                run.id, Crashed(message="Its worker was stopped; the next run goes on from the database."), force=True
            )
    return len(runs)
