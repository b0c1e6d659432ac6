"""Whose turn a host is that a backfill waits for in two ways: for documents that list pages, and for the pages listed.

They take turns: one document, one visit for pages, the next document, as long as both wait. So the pages found first do not keep the
rest from being found, which is how soon the length of the whole is known; and a list without end gets no more than every other visit.
`hosts.listed_last` says whose turn it was. A run leaves a host to the documents of its own request alone: for those of another it
might wait in vain.
"""

from datetime import datetime
from typing import Any, TypeAlias

import sqlalchemy as sa

from db.models import Backfill, Entry, Host

Time: TypeAlias = datetime | sa.ColumnElement[Any]

# Written out, as the conditions of `ix_entries_to_fetch_history` are: a bound parameter would hide from the planner that it applies.
_PAGES = sa.and_(Entry.outcome == sa.literal_column("'pending'"), Entry.page_id.is_(None), Entry.backfill_id.is_not(None))
_OPEN = Backfill.state.in_((sa.literal_column("'planned'"), sa.literal_column("'running'")))


def can_be_walked(request_id: str | sa.ColumnElement[str], now: Time) -> sa.ColumnElement[bool]:
    """Select the legs of a request that nobody holds and whose time has come, whatever their hosts do."""
    free = sa.or_(Backfill.lease_until.is_(None), Backfill.lease_until <= now)
    return sa.and_(Backfill.request_id == request_id, _OPEN, free, Backfill.next_attempt_at <= now)


def of_documents(host: sa.ColumnElement[str], request_id: sa.ColumnElement[str], now: Time) -> sa.ColumnElement[bool]:
    """Select hosts, given by a column beside their row in `hosts` if they have one, that this request asks for a document next."""
    waits = sa.exists().where(Backfill.host == host, can_be_walked(request_id, now)).correlate_except(Backfill)
    return sa.and_(Host.listed_last.is_not(sa.true()), waits)


def of_pages(now: Time) -> sa.ColumnElement[bool]:
    """Select the rows of hosts that backfills ask for pages next."""
    return sa.and_(Host.listed_last, sa.exists().where(_PAGES, Entry.host == Host.host, Entry.next_attempt_at <= now).correlate(Host))
