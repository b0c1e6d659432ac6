"""The extraction side of the desk: entries whose page is there and whose article is not yet.

Entries are held by lease like hosts: a claim raises `fence`, and whatever is finished under an older one is refused, so two
workers never end one entry twice. Pages are read in a transaction of their own, after the claim has committed: unpacking a
hundred pages must not hold the write lock.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from db import clock, pages
from db.models import Entry, Feed, Page
from domain.outcomes import Outcome
from domain.records import Expectation, FetchedEntry, Run
from domain.records import Page as FetchedPage
from domain.urls import original_of

# What waits is counted up to here: a look must not cost more because much waits.
_COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class Claim:
    """An entry that is this worker's to extract until its lease ends; `fence` must still stand when it is finished."""

    entry_id: int
    fence: int


def claim_to_extract(session: Session, run: Run, *, limit: int, seconds: float) -> tuple[Claim, ...]:
    """Lease up to `limit` of this run's entries for `seconds`, the longest fetched first, and return the claims.

    Never waits for another worker.
    """
    now = clock.now(session)
    ids = session.scalars(_looks(run).claimable, {"now": now, "limit": limit}).all()
    if not ids:
        return ()
    lease = (
        sa.update(Entry)
        .where(Entry.id.in_(ids))
        .values(lease_until=now + timedelta(seconds=seconds), fence=Entry.fence + 1, run_id=run.id)
        .returning(Entry.id, Entry.fence)
        .execution_options(synchronize_session=False)
    )
    return tuple(Claim(row.id, row.fence) for row in sorted(session.execute(lease), key=lambda row: row.id))


def fetched(session: Session, claims: Sequence[Claim]) -> tuple[FetchedEntry, ...]:
    """Return the claimed entries with their pages, packed as they are stored, and what their feed said of them, in the claims' order."""
    fences = {claim.entry_id: claim.fence for claim in claims}
    rows = session.execute(
        sa.select(
            Entry.id, Entry.feed_id, Entry.page_id, Entry.url, Entry.canonical_url, Entry.attempt_count, Entry.article_id, Entry.title,
            Entry.listed, Entry.published_at, Entry.source, Feed.publisher, Feed.title.label("feed_title"), Feed.language, Page.url.label("page_url"),
            Page.final_url, Page.status, Page.headers, Page.body, Page.fetched_at,
        )
        .join(Page, Page.id == Entry.page_id)
        .outerjoin(Feed, Feed.id == Entry.feed_id)
        .where(Entry.id.in_(fences))
        .order_by(Entry.id)
    )  # fmt: skip
    return tuple(_entry(row, fences[row.id]) for row in rows)


def expected_by_feed(session: Session) -> dict[int, Expectation]:
    """Return what `fetched` expects of a page that nothing is known of but its feed, by feed."""
    rows = session.execute(sa.select(Feed.id, Feed.publisher, Feed.title, Feed.language))
    return {row.id: Expectation(publisher=row.publisher or row.title, language=row.language) for row in rows}


def renew(session: Session, claims: Sequence[Claim], *, seconds: float) -> int:
    """Extend the claims that are still this worker's by `seconds` from now; return how many."""
    until = clock.now(session) + timedelta(seconds=seconds)
    return _update(session, claims, lease_until=until)


def give_back(session: Session, claims: Sequence[Claim]) -> int:
    """Free claimed entries that were not worked on; return how many still were this worker's."""
    return _update(session, claims, lease_until=None)


def waiting(session: Session, run: Run) -> Mapping[str, int]:
    """Return how many entries this run could work on now, by stage: `fetch` and `extract`; large numbers are cut off.

    Entries that somebody holds, whose host is held or on pause, or whose next try is later, are not counted.
    """
    return {"fetch": pages.waiting(session, run), "extract": session.scalar(_looks(run).count, {"now": clock.now(session)}) or 0}


def time_of(listed: Mapping[str, object], name: str) -> datetime | None:
    """Return a time that stands in `entries.listed`, in UTC; None when there is none."""
    try:
        at = datetime.fromisoformat(_string(listed.get(name)))
    except ValueError:
        return None
    return at.astimezone(UTC) if at.tzinfo else None


def _update(session: Session, claims: Sequence[Claim], **values: Any) -> int:
    ours = sa.tuple_(Entry.id, Entry.fence).in_([(claim.entry_id, claim.fence) for claim in claims])
    held = sa.and_(ours, Entry.outcome == Outcome.PENDING.value, Entry.lease_until.is_not(None))
    update = sa.update(Entry).where(held).values(**values).returning(Entry.id).execution_options(synchronize_session=False)
    return len(session.scalars(update).all())


def _entry(row: Any, fence: int) -> FetchedEntry:
    page = FetchedPage(
        url=row.page_url,
        final_url=row.final_url,
        status=row.status,
        headers=tuple((str(name), str(value)) for name, value in row.headers or ()),
        body=row.body,
        fetched_at=row.fetched_at,
        packed=True,
    )
    return FetchedEntry(
        id=row.id, feed_id=row.feed_id, page_id=row.page_id, url=_address(row), canonical_url=row.canonical_url, fence=fence,
        attempt_count=row.attempt_count, page=page, expected=_expectation(row), article_id=row.article_id,
    )  # fmt: skip


def _address(row: Any) -> str:
    """Return the address that the article has: that of the original, where a web archive was asked."""
    return (original_of(row.url) if row.source == "wayback" else None) or str(row.url)


def _expectation(row: Any) -> Expectation:
    listed = row.listed if isinstance(row.listed, dict) else {}
    return Expectation(
        title=row.title or "",
        authors=_strings(listed.get("authors")),
        summary=_string(listed.get("summary")),
        content=_string(listed.get("content")),
        published_at=row.published_at,
        updated_at=time_of(listed, "updated_at"),
        captured_at=time_of(listed, "captured_at"),
        language=_string(listed.get("language")) or row.language,
        publisher=row.publisher or row.feed_title,
        tags=_strings(listed.get("tags")),
        image_url=_string(listed.get("image_url")) or None,
    )


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""


def _strings(value: object) -> tuple[str, ...]:
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()


@dataclass(frozen=True, slots=True)
class _Looks:
    """The questions of one line: what can be claimed, and how much of it there is."""

    claimable: sa.Select[Any]
    count: sa.Select[Any]


def _looks(run: Run) -> _Looks:
    return _HISTORY if run.history else _LIVE


def _made(line: sa.ColumnElement[bool]) -> _Looks:
    free = sa.and_(_TO_EXTRACT, line, Entry.next_attempt_at <= _NOW, sa.or_(Entry.lease_until.is_(None), Entry.lease_until <= _NOW))
    first = sa.select(Entry.id).where(free).order_by(Entry.page_id, Entry.id).limit(sa.bindparam("limit"))
    some = sa.select(sa.literal(1)).where(free).limit(_COUNTED).subquery()
    return _Looks(first.with_for_update(skip_locked=True), sa.select(sa.func.count()).select_from(some))


# Made once; the conditions are written out as `ix_entries_to_extract` and `ix_entries_to_extract_history` have them, since a bound
# parameter would hide from the planner that the index applies.
_NOW = sa.bindparam("now", type_=Entry.next_attempt_at.type)
_TO_EXTRACT = sa.and_(Entry.outcome == sa.literal_column("'pending'"), Entry.page_id.is_not(None))
_LIVE = _made(Entry.backfill_id.is_(None))
_HISTORY = _made(Entry.backfill_id.is_not(None))
