"""What `copydesk feeds check` asks for and prints; `cli.trial` does the asking."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cli.options import opened
from cli.output import ago, print_json, print_table, safe
from config.settings import Settings
from domain.errors import ConfigurationError
from domain.outcomes import words
from domain.records import Subscription

if TYPE_CHECKING:
    from cli.trial import Sample, Trial

_ENTRIES_SHOWN = 5
_TEXT_SHOWN = 400


def check_feeds(settings: Settings, name: str | None, *, as_json: bool) -> int:
    """Ask one feed closely, or all of them briefly; print what would come of it, and return the exit code."""
    from cli import trial
    from flows.workshop import own_endpoints
    from tasks.fetch.client import Client

    asked = _named(settings, name) if name else _listed(settings)
    with Client(settings.fetch, refused=own_endpoints(settings)) as client:
        if name:
            (found,) = trial.poll_all(client, asked, settings)
            tried = trial.sample(client, found.poll, settings) if found.poll and found.works else None
            _show_one(found, tried, as_json=as_json)
            return 0 if found.works else 1
        trials = list(_announced(trial.poll_all(client, asked, settings), as_json=as_json))
    broken = sum(not one.works for one in trials)
    if as_json:
        print_json([_brief(one) for one in trials])
    else:
        print(f"{len(trials) - broken:,} of {len(trials):,} feeds work.")
    return 1 if broken else 0


def _named(settings: Settings, name: str) -> Sequence[Subscription]:
    """Return the feed of that number or address as the database or the list has it; an unknown address as it stands."""
    from config.feedlist import subscription
    from domain.urls import feed_identity

    known = _stored(settings)
    if name.isdecimal():
        if int(name) in known:
            return [known[int(name)]]
        raise ConfigurationError(f"There is no feed {name}; `copydesk feeds list` shows them all.")
    # Nobody has said what it is: a feed is read as one, of anything else the feed is looked for.
    fresh = subscription({"site": name})
    every = [*known.values(), *(_read(settings.feeds_file) if settings.feeds_file else ())]
    return [next((one for one in every if feed_identity(one.url) == feed_identity(fresh.url)), fresh)]


def _listed(settings: Settings) -> Sequence[Subscription]:
    """Return all feeds: of the list that was named, else of the database, else of the starter list."""
    from flows.workshop import starter_list

    return _read(settings.feeds_file) if settings.feeds_file else list(_stored(settings).values()) or _read(starter_list())


def _read(file: Path) -> tuple[Subscription, ...]:
    from config.feedlist import load

    return load(file)


def _stored(settings: Settings) -> dict[int, Subscription]:
    """Return the database's feeds by number; none when there is no database yet."""
    from db import feeds
    from domain.errors import DatabaseError

    try:
        with opened(settings) as desk, desk.read() as session:
            states = [one.id for one in feeds.listing(session) if one.listed]
            return dict(zip(states, feeds.subscriptions(session), strict=True))
    except DatabaseError:
        return {}


def _announced(trials: "Iterator[Trial]", *, as_json: bool) -> "Iterator[Trial]":
    for one in trials:
        if not as_json:
            brief = _brief(one)
            count = f"{brief['entries']:,} entries" if one.works else f"{brief['reason_text']} ({brief['detail']})"
            print(f"{'ok    ' if one.works else 'FAILED'}  {safe(brief['feed'])}: {safe(count)}")
        yield one


def _brief(one: "Trial") -> dict[str, object]:
    poll = one.poll
    if poll is None:
        return {"asked": one.subscription.url, "feed": one.subscription.url, "works": False, "reason": "deadline", "entries": 0,
                "reason_text": words("deadline"), "detail": "its host let nothing be asked in time", "requests": one.requests}  # fmt: skip
    return {
        "asked": one.subscription.url, "feed": poll.feed.url if one.works else one.subscription.url, "works": one.works, "title": poll.title, "entries": len(poll.entries),
        "reason": poll.reason, "reason_text": words(poll.reason), "detail": poll.detail, "status": poll.status,
        "interval_seconds": poll.interval_seconds, "next_poll_at": poll.next_poll_at, "seconds": round(poll.seconds, 3),
        "requests": one.requests,
    }  # fmt: skip


def _show_one(found: "Trial", tried: "Sample | None", *, as_json: bool) -> None:
    brief = _brief(found)
    entries = found.poll.entries if found.poll else ()
    if as_json:
        listed = [{"title": one.listed.title, "url": one.url, "published_at": one.listed.published_at} for one in entries]
        print_json(brief | {"listed": listed, "sample": tried})
        return
    print(f"Feed      {safe(brief['feed'])}" + (f" (found from {brief['asked']})" if brief["feed"] != brief["asked"] else ""))
    if not found.works or not found.poll:
        print(f"Fails     {safe(brief['reason_text'])} ({safe(brief['detail'])})")
        return
    now = datetime.now(UTC)
    print(f"Title     {safe(brief['title'])}")
    print(f"Next      {ago(found.poll.next_poll_at, now)}, then every {round(found.poll.interval_seconds / 60):,} min")
    print(f"Entries   {len(entries):,}\n")
    print_table(
        ["Published", "Title", "Address"], [[one.listed.published_at, one.listed.title, one.url] for one in entries[:_ENTRIES_SHOWN]]
    )
    if tried:
        print()
        _show_sample(tried)
    if brief["feed"] != brief["asked"]:
        print(f"\nTo subscribe: copydesk feeds add {safe(brief['feed'])}")


def _show_sample(tried: "Sample") -> None:
    robots = tried.robots
    status = "not asked" if robots is None else "unreachable" if robots.status is None else f"status {robots.status}"
    print(f"Page      {safe(tried.entry.url)}\nRobots    {status}")
    article = tried.article
    if article is None:
        print(f"Article   none: {words(tried.reason)} ({safe(tried.detail)})")
        return
    print(f"Title     {safe(article.title)}\nBy        {safe(', '.join(article.authors))}")
    print(f"Published {safe(article.published_at)} (from {safe(article.published_at_source)})")
    print(f"Text      {safe(article.language)}, {article.word_count:,} words\n")
    text = article.body[:_TEXT_SHOWN] + ("…" if len(article.body) > _TEXT_SHOWN else "")
    print("\n".join(safe(line) for line in text.splitlines()))
