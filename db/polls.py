"""Hands out due feeds by the lease of their hosts, and commits what a poll decided in one transaction.

Validators, entries and the next poll belong together: a crash between them would lose entries for good, because from then on the
server answers 304. Whatever comes back under an older fence than the host's is refused.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from db import clock, hosts
from db.feeds import is_due
from db.models import Article, Entry, Feed, Host
from db.models import Poll as PollRow
from domain.errors import LeaseLostError
from domain.outcomes import Outcome, Reason
from domain.records import DueFeed, HostGrant, HostReport, ListedEntry, NewEntry, Poll, Run, ScheduleHints, Validators
from domain.urls import canonical_url, host_of, url_key

# One host's feeds are asked one after the other, seconds apart: more of them in a batch would only hold up the batch.
_PER_HOST: Final = 10
_CHUNK: Final = 500
_FORMER_URLS: Final = 50


def claim_due(
    session: Session, run: Run, *, limit: int, seconds: float, force: bool = False, feed_ids: tuple[int, ...] | None = None
) -> tuple[tuple[HostGrant, tuple[DueFeed, ...]], ...]:
    """Lease hosts that have due feeds, for `seconds`, and return their feeds, longest due first, at most `limit` in all.

    `force` claims feeds that are not due as well, once in this run; `feed_ids` narrows to those feeds. Hosts that someone
    else holds, or that asked for a pause, are left alone.
    """
    now = clock.now(session)
    due = is_due(run, now, force=force) if feed_ids is None else sa.and_(is_due(run, now, force=force), Feed.id.in_(feed_ids))
    place = sa.func.row_number().over(partition_by=Feed.host, order_by=(Feed.next_poll_at, Feed.id)).label("place")
    ready = sa.or_(Host.host.is_(None), hosts.available(now))
    ranked = sa.select(Feed.id, Feed.host, Feed.next_poll_at, place).outerjoin(Host, Host.host == Feed.host).where(due, ready).subquery()
    order = (ranked.c.place, ranked.c.next_poll_at, ranked.c.id)
    wanted = session.execute(sa.select(ranked.c.host).where(ranked.c.place <= _PER_HOST).order_by(*order).limit(limit)).scalars()
    granted = hosts.claim(session, set(wanted), run=run, seconds=seconds)
    # Read again: another worker may have polled a host's feeds between our look and our claim.
    again = sa.select(Feed.id, Feed.next_poll_at, place).where(due, Feed.host.in_(granted)).subquery()
    rows = session.scalars(
        sa.select(Feed).join(again, again.c.id == Feed.id).where(again.c.place <= _PER_HOST)
        .order_by(again.c.place, again.c.next_poll_at, again.c.id).limit(limit)
    ).all()  # fmt: skip
    claimed = [(grant, tuple(_due(feed, grant) for feed in rows if feed.host == host)) for host, grant in granted.items()]
    _let_go(session, [grant for grant, feeds in claimed if not feeds])
    return tuple((grant, feeds) for grant, feeds in claimed if feeds)


def commit(session: Session, ready: Sequence[Poll | HostReport], run: Run) -> tuple[tuple[Poll, int], ...]:
    """Record polls and free the hosts that are reported on, in the order given; return the polls with their new entries.

    Polls of hosts that another worker has claimed since are left out.
    """
    committed = []
    for one in ready:
        if isinstance(one, HostReport):
            hosts.release(session, one)
            continue
        try:
            committed.append((one, record(session, one, run)))
        except LeaseLostError:
            continue
    return tuple(committed)


def record(session: Session, poll: Poll, run: Run) -> int:
    """Commit a poll: its row, its new entries and the feed's next state; return how many entries were new.

    Raises `LeaseLostError` when another worker has claimed the host since.
    """
    if not hosts.holds(session, poll.feed.host, poll.feed.fence):
        raise LeaseLostError(f"The lease of {poll.feed.host} was lost before the poll of {poll.feed.url} could be committed.")
    new = _record_entries(session, poll, run)
    session.execute(
        sa.insert(PollRow).values(
            feed_id=poll.feed.id, run_id=run.id, at=poll.at, status=poll.status, outcome=poll.outcome, reason=poll.reason,
            detail=poll.detail or None, listed_count=len(poll.entries), new_count=new, dropped_count=poll.dropped_count,
            wire_bytes=poll.wire_bytes, seconds=poll.seconds,
        )
    )  # fmt: skip
    values = _next_state(poll, new) | (_moved(session, poll) if poll.url else {})
    session.execute(sa.update(Feed).where(Feed.id == poll.feed.id).values(**values))
    return new


def _let_go(session: Session, grants: Sequence[HostGrant]) -> None:
    for grant in grants:
        mine = (Host.host == grant.host, Host.fence == grant.fence)
        session.execute(sa.update(Host).where(*mine).values(lease_owner=None, lease_until=None))


def _due(feed: Feed, grant: HostGrant) -> DueFeed:
    validators = None
    if feed.validators_url and (feed.etag or feed.last_modified):
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


def _next_state(poll: Poll, new: int) -> dict[str, Any]:
    kept = poll.validators
    values: dict[str, Any] = {
        "polled_at": poll.at, "interval_seconds": poll.interval_seconds, "failure_weight": poll.failure_weight,
        "failing_since": poll.failing_since, "reason": poll.reason, "detail": poll.detail or None,
        "redirect_target": poll.redirect_target, "redirect_count": poll.redirect_count, "redirect_since": poll.redirect_since,
        "etag": kept.etag if kept else None, "last_modified": kept.last_modified if kept else None,
        "validators_url": kept.url if kept else None, "rhythm_seconds": poll.rhythm_seconds, "hints": _hints_stored(poll.hints),
        "discover": poll.discover, "fallbacks": list(poll.fallbacks), "entry_count": Feed.entry_count + new,
        "last_entry_at": poll.last_entry_at or (poll.at if new else None),
    }  # fmt: skip
    if poll.next_poll_at:
        values["next_poll_at"] = poll.next_poll_at
    if poll.gone:
        values["state"] = "gone"
    if poll.outcome != "failed" and not poll.discover:
        values["succeeded_at"] = poll.at
    # What the operator wrote stays; what the feed says of itself fills the gaps.
    said = {"title": poll.title, "publisher": poll.title, "language": poll.language}
    values |= {name: sa.func.coalesce(getattr(Feed, name), value) for name, value in said.items() if value}
    if poll.site_url:
        values["site_url"] = poll.site_url if poll.discover else sa.func.coalesce(Feed.site_url, poll.site_url)
    if poll.hub_url:
        values["hub_url"] = poll.hub_url
    return values


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
    moved: dict[str, Any] = {"url": poll.url, "url_key": key, "host": host_of(canonical)}
    # A candidate that turned out to be no feed never was the feed's address.
    if not (feed.discover and feed.url != feed.site_url):
        former = session.scalar(sa.select(Feed.former_urls).where(Feed.id == feed.id)) or []
        moved["former_urls"] = [*(url for url in former if url not in (feed.url, poll.url)), feed.url][-_FORMER_URLS:]
    return moved


def _record_entries(session: Session, poll: Poll, run: Run) -> int:
    feed_id = poll.feed.id
    keys = [entry.key for entry in poll.entries]
    mine = sa.select(Entry.key).where(Entry.feed_id == feed_id)
    known = {key for chunk in _chunks(keys) for key in session.scalars(mine.where(Entry.key.in_(chunk)))}
    fresh = [entry for entry in poll.entries if entry.key not in known]
    if not fresh:
        return 0
    articles, own = _known_addresses(session, feed_id, [entry.url_key for entry in fresh])
    # The same address under another guid of the same feed is the entry we have.
    rows = [_entry_row(entry, poll, run, articles) for entry in fresh if entry.url_key not in own]
    if rows:
        insert = postgresql.insert(Entry) if session.get_bind().dialect.name == "postgresql" else sqlite.insert(Entry)
        session.execute(insert.on_conflict_do_nothing(index_elements=["feed_id", "key"]), rows)
    return len(rows)


def _known_addresses(session: Session, feed_id: int, url_keys: Sequence[str]) -> tuple[dict[str, int | None], set[str]]:
    """Return the article (or None) of every address that is known, and the addresses this feed has listed before."""
    articles: dict[str, int | None] = {}
    own: set[str] = set()
    for chunk in _chunks(url_keys):
        entries = session.execute(sa.select(Entry.url_key, Entry.feed_id, Entry.article_id).where(Entry.url_key.in_(chunk)))
        for key, owner, article_id in entries:
            articles[key] = article_id or articles.get(key)
            if owner == feed_id:
                own.add(key)
        articles |= dict(session.execute(sa.select(Article.url_key, Article.id).where(Article.url_key.in_(chunk))).tuples())
    return articles, own


def _entry_row(entry: NewEntry, poll: Poll, run: Run, articles: dict[str, int | None]) -> dict[str, Any]:
    outcome, reason = Outcome.PENDING, entry.refusal
    if entry.refusal:
        outcome = Outcome.REJECTED
    elif entry.url_key in articles:
        outcome, reason = Outcome.UNCHANGED, Reason.KNOWN_URL
    return {
        "feed_id": poll.feed.id, "key": entry.key, "guid": entry.guid or None, "url": entry.url,
        "canonical_url": entry.canonical_url, "url_key": entry.url_key, "host": entry.host, "source": "feed",
        "trusted": poll.private,
        "title": entry.listed.title or None, "listed": _listed(entry.listed), "published_at": entry.listed.published_at,
        "seen_at": poll.at, "run_id": run.id, "outcome": outcome.value, "reason": reason.value if reason else None,
        "decided_at": None if outcome is Outcome.PENDING else poll.at, "article_id": articles.get(entry.url_key),
        "next_attempt_at": poll.at,
    }  # fmt: skip


def _listed(entry: ListedEntry) -> dict[str, Any]:
    """Return what the feed said beyond title and publication time; empty fields are left out."""
    said = {
        "authors": list(entry.authors), "summary": entry.summary, "content": entry.content, "language": entry.language,
        "updated_at": entry.updated_at.isoformat() if entry.updated_at else None, "tags": list(entry.tags),
        "image_url": entry.image_url,
    }  # fmt: skip
    return {name: value for name, value in said.items() if value}


def _chunks(values: Sequence[str]) -> Iterator[Sequence[str]]:
    return (values[start : start + _CHUNK] for start in range(0, len(values), _CHUNK))
