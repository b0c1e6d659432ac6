"""Leases of processes that are gone: freed at once, where waiting for their end would make an operator wonder."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from db.models import Host


def owners(session: Session) -> frozenset[str]:
    """Return the workers that hold a host, living or not."""
    return frozenset(one for one in session.scalars(select(Host.lease_owner).where(Host.lease_owner.is_not(None)).distinct()) if one)


def free(session: Session, owner: str) -> int:
    """Free every host that a worker holds, and return how many.

    Fences grow, so that a worker that lives after all finds its work refused and does no harm.
    """
    freed = update(Host).where(Host.lease_owner == owner).values(lease_owner=None, lease_until=None, fence=Host.fence + 1)
    return len(session.execute(freed.returning(Host.host), execution_options={"synchronize_session": False}).all())
