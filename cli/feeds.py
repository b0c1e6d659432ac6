"""copydesk feeds: the subscriptions, one by one."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from cli.options import AsJson, DatabaseUrl, FeedsFile, opened, settings_for
from cli.output import ago, print_json, print_table
from cli.plain import PLAIN

if TYPE_CHECKING:
    from db.engine import Database
    from db.feeds import FeedState

app = App(name="feeds", help="List, add, pause, resume, remove or check feeds.", default_parameter=PLAIN)

Feed = Annotated[str, Parameter(help="The feed's number in `copydesk feeds list`, or its address.")]


@app.command(name="list")
def list_(*, database: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """List all feeds with their state, the reason of a failure, and when they are asked next."""
    from db import feeds

    with opened(settings_for(database)) as desk, desk.read() as session:
        found = feeds.listing(session)
    if as_json:
        print_json(found)
    elif found:
        now = datetime.now(UTC)
        print_table(["Feed", "State", "Title", "Address", "Entries", "Last poll", "Next", "Reason"], [_row(one, now) for one in found])
    else:
        print("There are no feeds yet; `copydesk feeds add URL` subscribes to one, `copydesk ingest` to the starter list.")


@app.command
def add(
    url: Annotated[str, Parameter(help="Address of a feed, or of a site with --site.")],
    *,
    site: Annotated[bool, Parameter(help="The address is a site: find its feed at the first poll.")] = False,
    title: Annotated[str | None, Parameter(help="Title in lists; else the feed's own.")] = None,
    publisher: Annotated[str | None, Parameter(help="Publisher's name on its articles; else the feed's title.")] = None,
    tag: Annotated[tuple[str, ...], Parameter(help="Your own word for it; may be given several times.")] = (),
    database: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Subscribe to a feed, or with --site to a site whose feed is then found at its first poll.

    A feed that is there already, in whatever spelling, stays one. `copydesk feeds check URL` tells beforehand what would come of it.
    """
    from config.feedlist import subscription
    from db import feeds

    row = {"site" if site else "url": url, "title": title, "publisher": publisher, "tags": list(tag)}
    with opened(settings_for(database), create=True) as desk:
        one = subscription({name: value for name, value in row.items() if value})
        feed_id = desk.write(lambda session: feeds.add(session, one, datetime.now(UTC)))
        _tell(desk, feed_id, "is subscribed to", as_json=as_json)


@app.command
def pause(feed: Feed, *, database: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """Stop polling a feed until it is resumed; what it brought stays."""
    from db import feeds

    with opened(settings_for(database)) as desk:
        feed_id = _find(desk, feed).id
        desk.write(lambda session: feeds.pause(session, feed_id))
        _tell(desk, feed_id, "is paused", as_json=as_json)


@app.command
def resume(feed: Feed, *, database: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """Poll a paused, gone or unlisted feed again."""
    from db import feeds

    with opened(settings_for(database)) as desk:
        feed_id = _find(desk, feed).id
        desk.write(lambda session: feeds.resume(session, feed_id, datetime.now(UTC)))
        _tell(desk, feed_id, "is polled again", as_json=as_json)


@app.command
def remove(feed: Feed, *, database: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """Forget a feed and the history of its polls; its entries and articles stay."""
    from db import feeds

    with opened(settings_for(database)) as desk:
        found = _find(desk, feed)
        desk.write(lambda session: feeds.remove(session, found.id))
    if as_json:
        print_json({"id": found.id, "url": found.url, "removed": True})
    else:
        print(f"Feed {found.id} ({found.url}) is removed; its {found.entry_count:,} entries and their articles stay.")


@app.command
def check(
    feed: Annotated[str | None, Parameter(help="A feed's number or address, known or not; all listed feeds when left out.")] = None,
    *,
    feeds: FeedsFile = None,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
) -> int:
    """Ask feeds now and say what would come of it: entries, the text of one, robots.txt, the next poll. Stores nothing.

    Without a feed, all those of the list, or of the database, are asked once each. Exit code 1 when one of them does not work.
    """
    from cli.check import check_feeds

    return check_feeds(settings_for(database, feeds), feed, as_json=as_json)


def _find(desk: "Database", name: str) -> "FeedState":
    from db import feeds
    from domain.errors import ConfigurationError

    with desk.read() as session:
        found = feeds.find(session, name)
    if found is None:
        raise ConfigurationError(f"There is no feed {name[:200]!r} in {desk.name}; `copydesk feeds list` shows them all.")
    return found


def _tell(desk: "Database", feed_id: int, words: str, *, as_json: bool) -> None:
    found = _find(desk, str(feed_id))
    if as_json:
        print_json(found)
    else:
        print(f"Feed {found.id} ({found.title or found.url}) {words}.")


def _row(feed: "FeedState", now: datetime) -> list[object]:
    from domain.outcomes import words

    state = feed.state if feed.state != "active" else "failing" if feed.failing_since else "active" if feed.listed else "unlisted"
    reason = f"{words(feed.reason)} ({feed.detail})" if feed.reason and feed.detail else words(feed.reason)
    due = None if feed.state != "active" or not feed.listed else "due" if feed.next_poll_at <= now else ago(feed.next_poll_at, now)
    return [feed.id, state, feed.title, feed.url, feed.entry_count, ago(feed.polled_at, now), due, reason]
