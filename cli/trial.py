"""Polls feeds on trial: asked and decided as a run would, but held in memory, so that nothing is stored and no validator is used.

The walk of a run that finds a site's feed takes several polls; here it is made in one go. Hosts are asked with the spacing that
the settings ask for, each once at a time.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from config.settings import Settings
from domain.outcomes import Reason
from domain.records import (
    Article,
    DueFeed,
    Exchange,
    Expectation,
    Extracted,
    Fetched,
    FetchedEntry,
    HostGrant,
    HostReport,
    HostWork,
    ListedEntry,
    NewEntry,
    Page,
    Poll,
    Request,
    Response,
    RobotsRecord,
    Subscription,
)
from domain.urls import host_of
from tasks.fetch.client import Client
from tasks.poll import addresses
from tasks.poll.decide import Rules, decide
from tasks.poll.schedule import Pace

# Addresses that are tried for one feed: its site's page, what that names, the common places.
_STEPS: Final = 15
_SECONDS: Final = 120.0
# Why there is no answer when there is none.
NOT_ASKED: Final = (Reason.DEADLINE, "the host let nothing be asked in time")


@dataclass(frozen=True, slots=True)
class Trial:
    """What one feed came to: its last poll, None when its host let nothing be asked, and how many requests it took."""

    subscription: Subscription
    poll: Poll | None
    requests: int

    @property
    def works(self) -> bool:
        """Return whether a feed was read."""
        return self.poll is not None and self.poll.outcome == "read" and not _goes_on(self.poll)


@dataclass(frozen=True, slots=True)
class Sample:
    """What became of one entry's page: an article, or why not; `robots` is the host's robots.txt, None when it was not asked."""

    entry: NewEntry
    article: Article | None
    reason: Reason | None
    detail: str
    robots: RobotsRecord | None


def poll_all(client: Client, subscriptions: Sequence[Subscription], settings: Settings) -> Iterator[Trial]:
    """Yield what each feed comes to, as they are decided."""
    options = settings.poll
    pace = Pace(60.0 * options.floor_minutes, 60.0 * options.default_minutes, 60.0 * options.ceiling_minutes)
    rules = Rules(pace, options.entry_limit)
    open_feeds = {number: _feed(number, one) for number, one in enumerate(subscriptions)}
    requests: dict[int, int] = defaultdict(int)
    while open_feeds:
        polls = {poll.feed.id: poll for poll in _ask(client, list(open_feeds.values()), rules)}
        for number in list(open_feeds):
            poll = polls.get(number)
            requests[number] += 1
            if poll is not None and _goes_on(poll) and requests[number] < _STEPS:
                open_feeds[number] = _next_step(poll)
            else:
                del open_feeds[number]
                yield Trial(subscriptions[number], poll, requests[number])


def sample(client: Client, poll: Poll, settings: Settings) -> Sample | None:
    """Return what becomes of the feed's newest entry with a page; None when the feed lists none."""
    from tasks.extract.pool import ExtractionPool

    entry = next((one for one in poll.entries if one.refusal is None), None)
    if entry is None:
        return None
    fetched, robots = ask_page(client, entry.url, trusted=poll.private)
    if not isinstance(fetched, Response):
        reason, detail = (fetched.reason, fetched.detail) if fetched else NOT_ASKED
        return Sample(entry, None, reason, detail, robots)
    with ExtractionPool(settings.extract.model_copy(update={"workers": 1})) as pool:
        ((_, extracted),) = pool.extract([_fetched_entry(entry, fetched, poll)])
    return _sampled(entry, extracted, robots)


def ask_page(client: Client, url: str, *, trusted: bool) -> tuple[Fetched | None, RobotsRecord | None]:
    """Return what a page's server answered, None when its host let nothing be asked, and the host's robots.txt."""
    fetched, robots = None, None
    for item in client.visit([HostWork(HostGrant(host_of(url), 0), (Request(0, url, "page", trusted=trusted),))], seconds=_SECONDS):
        if isinstance(item, HostReport):
            robots = item.robots
        else:
            fetched = item.fetched
    return fetched, robots


def _ask(client: Client, feeds: Sequence[DueFeed], rules: Rules) -> Iterator[Poll]:
    by_host: dict[str, list[DueFeed]] = defaultdict(list)
    for feed in feeds:
        by_host[feed.host].append(feed)
    work = [HostWork(HostGrant(host, 0), tuple(map(_request, some))) for host, some in by_host.items()]
    numbered = {feed.id: feed for feed in feeds}
    for item in client.visit(work, seconds=_SECONDS):
        if isinstance(item, Exchange):
            yield decide(numbered[item.request.key], item.fetched, datetime.now(UTC), rules)


def _feed(number: int, one: Subscription) -> DueFeed:
    return DueFeed(
        id=number, url=one.url, host=host_of(one.url), fence=0, title=one.title, site_url=one.url if one.discover else one.site_url,
        publisher=one.publisher, language=one.language, tags=one.tags, fallbacks=one.fallbacks, discover=one.discover,
        validators=None, interval_seconds=3_600, failure_weight=0.0, failing_since=None, last_entry_at=None, redirect_target=None,
        redirect_count=0, redirect_since=None, had_entries=False, trusted=True,
    )  # fmt: skip


def _goes_on(poll: Poll) -> bool:
    """Return whether a poll only says which address is asked next, at once; one that has tried them all says so and waits."""
    return bool(poll.url) and poll.next_poll_at is not None and poll.next_poll_at <= poll.at


def _next_step(poll: Poll) -> DueFeed:
    """Return the feed as the walk's next poll finds it; an address that a page named is not the operator's word any more."""
    feed, url = poll.feed, poll.url or poll.feed.url
    host = host_of(url)
    return replace(
        feed, url=url, host=host, fallbacks=poll.fallbacks, discover=poll.discover, site_url=poll.site_url or feed.site_url,
        failure_weight=poll.failure_weight, failing_since=poll.failing_since, trusted=feed.trusted and host == feed.host,
    )  # fmt: skip


def _request(feed: DueFeed) -> Request:
    return Request(feed.id, feed.url, "site" if addresses.is_site(feed) else "feed", trusted=feed.trusted)


def _fetched_entry(entry: NewEntry, response: Response, poll: Poll) -> FetchedEntry:
    page = Page(response.url, response.final_url, response.status, response.headers, response.body, response.fetched_at)
    return FetchedEntry(
        id=0, feed_id=None, page_id=0, url=entry.url, canonical_url=entry.canonical_url, fence=0, attempt_count=0, page=page,
        expected=_expectation(entry.listed, poll),
    )  # fmt: skip


def _expectation(listed: ListedEntry, poll: Poll) -> Expectation:
    return Expectation(
        title=listed.title, authors=listed.authors, summary=listed.summary, content=listed.content, published_at=listed.published_at,
        updated_at=listed.updated_at, language=listed.language or poll.feed.language or poll.language,
        publisher=poll.feed.publisher or poll.title, tags=listed.tags, image_url=listed.image_url,
    )  # fmt: skip


def _sampled(entry: NewEntry, extracted: Extracted, robots: RobotsRecord | None) -> Sample:
    if isinstance(extracted, Article):
        return Sample(entry, extracted, None, "", robots)
    return Sample(entry, None, extracted.reason, extracted.detail, robots)
