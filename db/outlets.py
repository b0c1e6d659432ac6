"""The outlets that history can be asked of: feeds, found by id, address, title, publisher or tag."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from db import clock, feeds, hosts
from db.models import Feed, Host, Page
from domain.errors import ConfigurationError
from domain.history import Outlet
from domain.records import HostGrant, Subscription

# A stored news page, packed; what is assumed while there are none to measure.
_PAGE_BYTES = 25_000
_SAMPLE = 500


def find(session: Session, names: Sequence[str], tags: Sequence[str]) -> tuple[Outlet, ...]:
    """Return the outlets of these names (id, address, title or publisher) and tags; all listed ones when none is given.

    Raises `ConfigurationError` for a name or tag that is nobody's.
    """
    rows = session.scalars(sa.select(Feed).order_by(Feed.id)).all()
    if not names and not tags:
        return tuple(_outlet(row) for row in rows if row.listed and row.state != "gone")
    wanted: set[int] = set()
    for tag in tags:
        tagged = {row.id for row in rows if tag in row.tags}
        if not tagged:
            raise ConfigurationError(f"No feed has the tag {tag!r}; `copydesk feeds list` shows them.")
        wanted |= tagged
    for name in names:
        named = _named(session, rows, name)
        if not named:
            raise ConfigurationError(f"There is no feed {name!r}; give its number, address, title or publisher.")
        wanted |= named
    return tuple(_outlet(row) for row in rows if row.id in wanted)


def of_list(listed: Sequence[Subscription], names: Sequence[str], tags: Sequence[str]) -> tuple[Outlet, ...]:
    """Return the outlets of these names and tags among the feeds of a list that the database does not hold yet.

    Raises `ConfigurationError` for a name or tag that is nobody's.
    """
    rows = [
        (number, one, {name.casefold() for name in (one.url, one.title, one.publisher) if name}) for number, one in enumerate(listed, 1)
    ]
    for name in (*names, *tags):
        if not any(name.strip().casefold() in own or name in one.tags for _, one, own in rows):
            raise ConfigurationError(f"There is no feed {name!r} in the list.")
    wanted, tagged = {name.strip().casefold() for name in names}, set(tags)
    return tuple(
        Outlet(number, one.url, one.title or one.publisher or one.url, one.site_url, one.language)
        for number, one, own in rows
        if not (names or tags) or own & wanted or tagged & set(one.tags)
    )


def ids_by_name(session: Session) -> dict[str, int]:
    """Return feed ids by address and by folded title and publisher, where those are one feed's alone."""
    found: dict[str, int] = {}
    twice: set[str] = set()
    for row in session.execute(sa.select(Feed.id, Feed.url, Feed.title, Feed.publisher).order_by(Feed.id)):
        for name in {row.url, (row.title or "").casefold(), (row.publisher or "").casefold()} - {""}:
            if found.setdefault(name, row.id) != row.id:
                twice.add(name)
    return {name: feed_id for name, feed_id in found.items() if name not in twice}


def addresses(session: Session) -> tuple[tuple[int, str], ...]:
    """Return each feed's id with the address of its site, else its own."""
    rows = session.execute(sa.select(Feed.id, Feed.site_url, Feed.url).order_by(Feed.id))
    return tuple((row.id, row.site_url or row.url) for row in rows)


def crawl_delays(session: Session) -> dict[str, float]:
    """Return the pause that hosts have asked for between two requests (s), by host."""
    return dict(session.execute(sa.select(Host.host, Host.crawl_delay).where(Host.crawl_delay.is_not(None))).tuples().all())  # type: ignore[arg-type]


def look(session: Session, host: str) -> HostGrant | None:
    """Return how a host wants to be asked, without claiming it; None while somebody holds it or it is on pause."""
    row = session.get(Host, host)
    if row is None:
        return HostGrant(host, fence=0)
    if session.scalar(sa.select(Host.host).where(Host.host == host, hosts.available(clock.now(session)))) is None:
        return None
    return HostGrant(host, row.fence, row.next_request_at, row.crawl_delay, hosts.robots_of(row), row.pause_count)


def page_bytes(session: Session) -> int:
    """Return the mean size of a stored page, packed (bytes), of the latest 500."""
    latest = sa.select(sa.func.length(Page.body).label("size")).order_by(Page.id.desc()).limit(_SAMPLE).subquery()
    return round(float(session.scalar(sa.select(sa.func.avg(latest.c.size))) or _PAGE_BYTES))


def _named(session: Session, rows: Sequence[Feed], name: str) -> set[int]:
    folded = name.strip().casefold()
    titled = {row.id for row in rows if folded in {(row.title or "").casefold(), (row.publisher or "").casefold()} - {""}}
    if titled:
        return titled
    found = feeds.find(session, name.strip())
    return {found.id} if found else set()


def _outlet(row: Feed) -> Outlet:
    return Outlet(row.id, row.url, row.title or row.publisher or row.url, row.site_url, row.language)
