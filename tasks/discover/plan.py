"""What a backfill would take, worked out before it begins: requests, hours at the polite rate, disk; and whether that is too much."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from domain.history import Estimate


@dataclass(frozen=True, slots=True)
class Plan:
    """The estimates, outlet by outlet, and their sums. `seconds` is that of the slowest host: hosts are asked side by side."""

    estimates: tuple[Estimate, ...]
    found: int
    known: int
    to_fetch: int
    seconds: float
    disk_bytes: int
    exact: bool
    file_count: int = 0
    download_bytes: int = 0


def costed(estimate: Estimate, *, spacing: float, page_bytes: int, part_bytes: int) -> Estimate:
    """Return the estimate with what it costs: `page_bytes` for each new page, and a request each `spacing` seconds.

    A request brings one page, or `part_bytes` of a file.
    """
    new = max(0, estimate.found - estimate.known)
    requests = estimate.to_fetch + -(-estimate.download_bytes // part_bytes)
    return replace(estimate, seconds=requests * spacing, disk_bytes=new * page_bytes)


def total(estimates: Sequence[Estimate]) -> Plan:
    """Return the plan of these estimates."""
    by_host: dict[str, float] = {}
    for one in estimates:
        by_host[one.host] = by_host.get(one.host, 0.0) + one.seconds
    return Plan(
        estimates=tuple(estimates),
        found=sum(one.found for one in estimates),
        known=sum(one.known for one in estimates),
        to_fetch=sum(one.to_fetch for one in estimates),
        seconds=max(by_host.values(), default=0.0),
        disk_bytes=sum(one.disk_bytes for one in estimates),
        exact=all(one.exact for one in estimates),
        file_count=sum(one.file_count for one in estimates),
        download_bytes=sum(one.download_bytes for one in estimates),
    )


def excess(plan: Plan, limit: int) -> str:
    """Return why the plan is refused under a limit of new documents, empty when it is not; a limit of 0 refuses nothing."""
    if not limit or plan.to_fetch <= limit:
        return ""
    about = "" if plan.exact else "about "
    return (
        f"The backfill would fetch {about}{plan.to_fetch:,} pages, more than its limit of {limit:,} "
        f"({duration(plan.seconds)} at the polite rate); narrow it, or raise the limit if that is meant."
    )


def duration(seconds: float) -> str:
    """Return a duration in its largest fitting unit, rounded up: "40 s", "12 min", "3.5 h", "8 d"."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5_400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 172_800 else f"{seconds / 86_400:.1f} d"
