"""Hands out due feeds by the lease of their hosts, and commits what a poll decided in one transaction.

Validators, entries and the next poll belong together: a crash between them would lose entries for good, because from then on the
server answers 304. Whatever comes back under an older fence than the host's is refused.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from db import clock, hosts, sightings
from db.feeds import is_due
from db.models import Feed, Host
from db.models import Poll as PollRow
from domain.errors import LeaseLostError
from domain.outcomes import Reason
from domain.records import DueFeed, HostGrant, HostReport, Poll, Run, ScheduleHints, Validators
from domain.urls import canonical_url, host_of, url_key

_FORMER_URLS: Final = 50


def claim_due(
    session: Session,
    run: Run,
    *,
    limit: int,
    seconds: float,
    force: bool = False,
    feed_ids: tuple[int, ...] | None = None,
    per_host: int = 10,
    verify_days: int = 0,
) -> tuple[tuple[HostGrant, tuple[DueFeed, ...]], ...]:
    """Lease hosts that have due feeds, for `seconds`, and return their feeds, longest due first, at most `limit` in all.

    `force` claims feeds that are not due as well, once in this run; `feed_ids` narrows to those feeds. Hosts that someone
    else holds, or that are on pause themselves or with their domain, are left alone. A feed that no poll has read for `verify_days` (0: never mind) comes
    without its validators.
    """
    now = clock.now(session)
    due = is_due(run, now, force=force) if feed_ids is None else sa.and_(is_due(run, now, force=force), Feed.id.in_(feed_ids))
    place = sa.func.row_number().over(partition_by=Feed.host, order_by=(Feed.next_poll_at, Feed.id)).label("place")
    ready = sa.or_(Host.host.is_(None), sa.and_(hosts.available(now), hosts.awake(now)))
    ranked = sa.select(Feed.id, Feed.host, Feed.next_poll_at, place).outerjoin(Host, Host.host == Feed.host).where(due, ready).subquery()
    order = (ranked.c.place, ranked.c.next_poll_at, ranked.c.id)
    wanted = session.execute(sa.select(ranked.c.host).where(ranked.c.place <= per_host).order_by(*order).limit(limit)).scalars()
    granted = hosts.claim(session, set(wanted), run=run, seconds=seconds)
    # Read again: another worker may have polled a host's feeds between our look and our claim.
    again = sa.select(Feed.id, Feed.next_poll_at, place).where(due, Feed.host.in_(granted)).subquery()
    rows = session.scalars(
        sa.select(Feed).join(again, again.c.id == Feed.id).where(again.c.place <= per_host)
        .order_by(again.c.place, again.c.next_poll_at, again.c.id).limit(limit)
    ).all()  # fmt: skip
    doubted = _unread(session, [feed.id for feed in rows], now - timedelta(days=verify_days)) if verify_days else set()
    claimed = [
        (grant, tuple(_due(feed, grant, conditional=feed.id not in doubted) for feed in rows if feed.host == host))
        for host, grant in granted.items()
    ]
    _let_go(session, [grant for grant, feeds in claimed if not feeds])
    return tuple((grant, feeds) for grant, feeds in claimed if feeds)


def commit(session: Session, ready: Sequence[Poll | HostReport], run: Run) -> tuple[tuple[Poll, int], ...]:
    """Record polls, then free the hosts that are reported on; return the polls with how many entries of each were new.

    Polls of hosts that another worker has claimed since are left out. Hosts are taken in one order by everyone.
    """
    given = sorted((one for one in ready if isinstance(one, Poll)), key=lambda poll: poll.feed.host)
    committed = tuple(
        (poll, sightings.record(session, poll, run)) for poll in given if hosts.holds(session, poll.feed.host, poll.feed.fence)
    )
    if committed:
        connection = session.connection()
        connection.execute(_ADD_POLL, [_poll_row(poll, new, run) for poll, new in committed])
        connection.execute(_NEXT_STATE, [_next_state(poll, new) for poll, new in committed])
    for poll, _ in committed:
        if poll.url and (moved := _moved(session, poll)):
            session.execute(sa.update(Feed).where(Feed.id == poll.feed.id).values(**moved))
    for report in sorted((one for one in ready if isinstance(one, HostReport)), key=lambda report: report.host):
        hosts.release(session, report)
    return committed


def record(session: Session, poll: Poll, run: Run) -> int:
    """Commit one poll: its row, its new entries and the feed's next state; return how many entries were new.

    Raises `LeaseLostError` when another worker has claimed the host since.
    """
    committed = commit(session, (poll,), run)
    if not committed:
        raise LeaseLostError(f"The lease of {poll.feed.host} was lost before the poll of {poll.feed.url} could be committed.")
    return committed[0][1]


def _let_go(session: Session, grants: Sequence[HostGrant]) -> None:
    for grant in grants:
        mine = (Host.host == grant.host, Host.fence == grant.fence)
        session.execute(sa.update(Host).where(*mine).values(lease_owner=None, lease_until=None))


def _unread(session: Session, feed_ids: Sequence[int], since: datetime) -> set[int]:
    """Return those of the feeds whose document no poll has read since."""
    read = sa.select(PollRow.feed_id).where(PollRow.feed_id.in_(feed_ids), PollRow.outcome == "read", PollRow.at >= since)
    return set(feed_ids) - set(session.scalars(read))


def _due(feed: Feed, grant: HostGrant, *, conditional: bool) -> DueFeed:
    validators = None
    if conditional and feed.validators_url and (feed.etag or feed.last_modified):
        validators = Validators(feed.validators_url, feed.etag, feed.last_modified)
    return DueFeed(
        id=feed.id, url=feed.url, host=feed.host, fence=grant.fence, title=feed.title, site_url=feed.site_url,
        publisher=feed.publisher, language=feed.language, tags=tuple(feed.tags), fallbacks=tuple(feed.fallbacks),
        discover=feed.discover, validators=validators, interval_seconds=feed.interval_seconds,
        failure_weight=feed.failure_weight, failing_since=feed.failing_since, last_entry_at=feed.last_entry_at,
        redirect_target=feed.redirect_target, redirect_count=feed.redirect_count, redirect_since=feed.redirect_since,
        had_entries=feed.entry_count > 0, rhythm_seconds=feed.rhythm_seconds, hints=_hints(feed.hints),
        trusted=_trusted(feed),
    )  # fmt: skip


def _trusted(feed: Feed) -> bool:
    """Return whether the operator named the host that is asked: a page or a redirect may have named it since."""
    named = (feed.former_urls or [feed.url])[0] if not feed.discover else feed.site_url or feed.url
    return host_of(named) == feed.host


def _hints(stored: dict[str, Any]) -> ScheduleHints:
    return ScheduleHints(
        ttl_minutes=stored.get("ttl_minutes"), update_seconds=stored.get("update_seconds"),
        skip_hours=frozenset(stored.get("skip_hours", ())), skip_days=frozenset(stored.get("skip_days", ())),
    )  # fmt: skip


def _hints_stored(hints: ScheduleHints) -> dict[str, Any]:
    stored = {
        "ttl_minutes": hints.ttl_minutes, "update_seconds": hints.update_seconds, "skip_hours": sorted(hints.skip_hours),
        "skip_days": sorted(hints.skip_days),
    }  # fmt: skip
    return {name: value for name, value in stored.items() if value}


def _poll_row(poll: Poll, new: int, run: Run) -> dict[str, Any]:
    return {
        "feed_id": poll.feed.id, "run_id": run.id, "at": poll.at, "status": poll.status, "outcome": poll.outcome,
        "reason": poll.reason, "detail": poll.detail or None, "listed_count": len(poll.entries), "new_count": new,
        "dropped_count": poll.dropped_count, "wire_bytes": poll.wire_bytes, "seconds": poll.seconds,
    }  # fmt: skip


def _next_state(poll: Poll, new: int) -> dict[str, Any]:
    kept = poll.validators
    answered = poll.outcome != "failed" and not poll.discover
    return {
        "feed": poll.feed.id, "new": new, "polled_at": poll.at, "interval_seconds": poll.interval_seconds,
        "failure_weight": poll.failure_weight, "failing_since": poll.failing_since, "reason": poll.reason,
        "detail": poll.detail or None, "redirect_target": poll.redirect_target, "redirect_count": poll.redirect_count,
        "redirect_since": poll.redirect_since, "etag": kept.etag if kept else None,
        "last_modified": kept.last_modified if kept else None, "validators_url": kept.url if kept else None,
        "rhythm_seconds": poll.rhythm_seconds, "hints": _hints_stored(poll.hints), "discover": poll.discover,
        "fallbacks": list(poll.fallbacks), "last_entry_at": poll.last_entry_at or (poll.at if new else None),
        "next_poll_at": poll.next_poll_at, "state": "gone" if poll.gone else None, "succeeded_at": poll.at if answered else None,
        "hub_url": poll.hub_url, "title": poll.title, "language": poll.language, "site_url": poll.site_url,
        "searched": poll.site_url if poll.discover else None,
    }  # fmt: skip


# Made once, and run for many polls at a time: putting a statement together costs more than running it.
_feeds: Any = Feed.__table__
_polls: Any = PollRow.__table__
_GIVEN = (
    "polled_at interval_seconds failure_weight failing_since reason detail redirect_target redirect_count redirect_since etag "
    "last_modified validators_url rhythm_seconds hints discover fallbacks last_entry_at"
)


def _said(name: str) -> sa.BindParameter[Any]:
    return sa.bindparam(name, type_=_feeds.c[name].type)


_ADD_POLL = sa.insert(_polls)
_NEXT_STATE = (
    sa.update(_feeds)
    .where(_feeds.c.id == sa.bindparam("feed"))
    .values(
        {name: _said(name) for name in _GIVEN.split()}
        | {"entry_count": _feeds.c.entry_count + sa.bindparam("new", type_=sa.Integer)}
        # Kept unless the poll says otherwise.
        | {name: sa.func.coalesce(_said(name), _feeds.c[name]) for name in ("next_poll_at", "state", "succeeded_at", "hub_url")}
        # What the operator wrote stays; what the feed says of itself fills the gaps.
        | {name: sa.func.coalesce(_feeds.c[name], _said(name)) for name in ("title", "language")}
        | {"publisher": sa.func.coalesce(_feeds.c.publisher, _said("title"))}
        | {"site_url": sa.func.coalesce(sa.bindparam("searched", type_=sa.Text), _feeds.c.site_url, _said("site_url"))}
    )
)


def _moved(session: Session, poll: Poll) -> dict[str, Any]:
    """Return what changes with the feed's address. An address that another feed has already ends this one instead."""
    assert poll.url is not None
    try:
        canonical = canonical_url(poll.url)
    except ValueError:
        return {}
    key, feed = url_key(canonical), poll.feed
    other = session.scalar(sa.select(Feed.id).where(Feed.url_key == key, Feed.id != feed.id))
    if other is not None:
        detail = f"moved to {poll.url}, which is feed {other} already; remove one of the two"
        return {"state": "gone", "reason": Reason.MOVED, "detail": detail}
    former = [url for url in session.scalar(sa.select(Feed.former_urls).where(Feed.id == feed.id)) or [] if url not in (feed.url, poll.url)]
    # A candidate that turned out to be no feed never was the feed's address.
    if not (feed.discover and feed.url != feed.site_url):
        former.append(feed.url)
    return {"url": poll.url, "url_key": key, "host": host_of(canonical), "former_urls": former[-_FORMER_URLS:]}
