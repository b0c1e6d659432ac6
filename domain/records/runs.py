"""A run of a flow, and what one batch of it did."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a flow: its id stands on every row that it makes, `worker` names the process that holds its leases.

    A run of `history` works on the entries of backfills alone, every other run on what is live alone. `request_id` names the backfill
    that it walks itself; empty for one that does not.
    """

    id: str
    worker: str
    started_at: datetime
    history: bool = False
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """How much one batch of a stage did; `outcomes` maps outcome names to counts."""

    stage: str
    done: int = 0
    failed: int = 0
    outcomes: tuple[tuple[str, int], ...] = ()
    seconds: float = 0.0
