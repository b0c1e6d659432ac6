"""The few questions that `copydesk up` asks a Prefect server."""

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType, FlowRunFilterTags
from prefect.client.schemas.objects import StateType
from prefect.states import Crashed


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
