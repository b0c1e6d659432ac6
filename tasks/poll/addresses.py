"""Which address a feed has: found on its site, replaced by a fallback, or moved for good.

A subscription may name a site. Its page is asked once for candidates, which are then tried one a poll, each under the lease of
its own host; the first that is a feed stays. The same walk serves the operator's fallbacks. Nothing here asks anything:
the poll that comes out says which address is next, and that it is due.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from domain.outcomes import Reason, words
from domain.records import DueFeed, FetchFailure, Poll, Redirect, Response
from tasks.poll import discovery, encoding

# Captive portals answer 301 for a day or two; a publisher's move stays.
_SIGHTINGS: Final = 10
_SIGHTED_FOR: Final = timedelta(days=7)
_PERMANENT: Final = frozenset({301, 308})


def is_site(feed: DueFeed) -> bool:
    """Return whether the feed's address is a site that is to be searched for a feed."""
    return feed.discover and feed.url == feed.site_url


def could_be_site(feed: DueFeed) -> bool:
    """Return whether an address that answers with a page may be meant as a site: it never was a feed, as far as we know."""
    return not (feed.had_entries or feed.fallbacks or feed.validators or feed.last_entry_at or feed.discover)


def from_page(poll: Poll, response: Response) -> Poll:
    """Return the poll of a site's page: the likeliest candidate is asked next, the others after it."""
    poll = replace(poll, feed=replace(poll.feed, site_url=poll.feed.url))
    page = encoding.decode(response.body, response.header("content-type")).text
    return _try_next(poll, discovery.candidates(page, response.final_url, poll.feed.fallbacks), "found")


def after_failure(poll: Poll, failure: FetchFailure) -> Poll:
    """Return a failed poll with the address to ask instead, when there is one and asking again would be of no use."""
    feed = poll.feed
    if failure.temporary:
        return poll
    if is_site(feed):
        return _try_next(poll, discovery.candidates("", feed.url, feed.fallbacks), words(failure.reason))
    if feed.discover:
        return _try_next(poll, feed.fallbacks, words(failure.reason))
    if feed.fallbacks and not feed.had_entries:
        return _rotate(poll)
    # 410 is an answer: the feed is gone until the operator says otherwise.
    return replace(poll, gone=True, next_poll_at=None) if failure.reason is Reason.GONE else poll


def learn_redirect(poll: Poll, redirects: tuple[Redirect, ...]) -> Poll:
    """Return the poll with what its redirects teach: a permanent one, seen often enough, becomes the address.

    The validators stay behind: the new address has not given any.
    """
    feed = poll.feed
    if not redirects or any(hop.status not in _PERMANENT for hop in redirects):
        return replace(poll, redirect_target=None, redirect_count=0, redirect_since=None)
    target = redirects[-1].target
    known = target == feed.redirect_target and feed.redirect_since is not None
    since, count = (feed.redirect_since if known else None) or poll.at, feed.redirect_count + 1 if known else 1
    if count >= _SIGHTINGS and poll.at - since >= _SIGHTED_FOR:
        return replace(poll, url=target, validators=None, redirect_target=None, redirect_count=0, redirect_since=None)
    return replace(poll, redirect_target=target, redirect_count=count, redirect_since=since)


def _try_next(poll: Poll, candidates: tuple[str, ...], why: str) -> Poll:
    """Return the poll with the next candidate due at once; back to the site, with patience, when none is left."""
    feed = poll.feed
    site = feed.site_url or feed.url
    if not candidates:
        return replace(
            poll, outcome="failed", reason=Reason.NO_FEED_FOUND, detail=f"no feed was found on {site}", url=site, validators=None,
            failure_weight=poll.failure_weight + 1, failing_since=poll.failing_since or poll.at,
        )  # fmt: skip
    return replace(
        poll, outcome="read", reason=None, detail=f"{feed.url}: {why}; trying {candidates[0]}", url=candidates[0], validators=None,
        fallbacks=candidates[1:], next_poll_at=poll.at, discover=True, site_url=site, failure_weight=feed.failure_weight,
        failing_since=feed.failing_since,
    )  # fmt: skip


def _rotate(poll: Poll) -> Poll:
    """Return the failed poll of a feed that never worked, with its next fallback due: at once, until each was tried."""
    feed = poll.feed
    tried = round(feed.failure_weight) + 1
    due = poll.at if tried <= len(feed.fallbacks) else poll.next_poll_at
    return replace(
        poll, url=feed.fallbacks[0], fallbacks=(*feed.fallbacks[1:], feed.url), validators=None, next_poll_at=due,
        failure_weight=float(tried),
    )  # fmt: skip
