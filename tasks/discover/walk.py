"""What each step of a walk reads and where it leads: the door from a leg to the reader of its kind.

Pure: it is handed the answer, and says what was found, which documents come next, and what a failure means for this leg.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final, Protocol, TypeAlias
from urllib.parse import urljoin, urlsplit

from domain.history import Finding, Findings, Further, LegPlan, Outlet, Source, Trouble, Window
from domain.outcomes import Reason
from domain.records import FeedDocument, FetchFailure, Response
from domain.urls import host_of
from tasks.discover import archived_feed, cc_news, sitemap, wayback
from tasks.discover.owners import only

ParseFeed: TypeAlias = Callable[[Response], FeedDocument | Reason]
"""Reads an answer as a feed document: the poll room's reader, handed in by the flow, because no room enters another."""
ReadFile: TypeAlias = Callable[[LegPlan, int], Iterator[list[Finding]]]
"""Reads a leg's WARC file from an offset on, somewhere else: what it holds, in the batches in which it is to be committed."""

# Sitemaps lie one index deep, seldom two; a feed's archive is a chain; CC-NEWS has a list of files a month.
_DEPTHS: Final[dict[Source, int]] = {"sitemap": 5, "archive": archived_feed.DEPTH, "wayback": 10_000, "warc": 1}
# `LegPlan.note` of a sitemap that nobody named: which of the usual places it is, and so which is next.
_USUAL: Final = "usual place "
# … and of one that robots.txt named, with those below it: the site that vouches for it, wherever it lies itself.
_FOR: Final = "for "


class Places(Protocol):
    """What a walk needs of the settings (`config.settings.BackfillSettings`)."""

    @property
    def wayback_url(self) -> str:
        """Base address of the web archive."""
        ...

    @property
    def commons_url(self) -> str:
        """Base address of Common Crawl."""
        ...


class Quest:
    """Which request is walked, and how. Not a dataclass, so that Prefect passes it through untouched.

    `limit` is how many new documents the request may bring in all (0: any number). `backlog` is how many pages wait for extraction,
    as last counted: above `ahead`, an archive of pages is not read on. WARC files of this machine are opened here, or read by `read_file`.
    """

    def __init__(
        self, request_id: str, parse_feed: ParseFeed, *, limit: int = 0, ahead: int = 1_000, read_file: ReadFile | None = None
    ) -> None:
        self.request_id, self.parse_feed, self.limit, self.ahead, self.read_file = request_id, parse_feed, limit, ahead, read_file
        self.backlog = 0
        self._full = False

    def has_room(self) -> bool:
        """Return whether the desk can take more pages; once it was full, not before half of them are gone."""
        self._full = self.backlog >= self.ahead or (self._full and 2 * self.backlog > self.ahead)
        return not self._full


@dataclass(frozen=True, slots=True)
class Answer:
    """What a leg's request came to: a response to read, with the reader for feeds."""

    response: Response
    parse_feed: ParseFeed


def read(plan: LegPlan, answer: Answer, places: Places, *, start: int = 0) -> Findings:
    """Yield what the answer to a leg holds, from position `start` on; links that lead too deep become a `Trouble`."""
    body, url = answer.response.body, answer.response.final_url
    if plan.source == "sitemap":
        site = plan.note.removeprefix(_FOR) if plan.note.startswith(_FOR) else url
        found = _robots(answer.response) if _is_robots(plan.target) else sitemap.read(body, url, plan.window, site=site, start=start)
    elif plan.source == "archive":
        found = archived_feed.read(body, url, plan.window, lambda: answer.parse_feed(answer.response), start=start, note=plan.note)
    elif plan.source == "wayback":
        found = wayback.read(body, url, places.wayback_url, plan.window, start=start)
    else:
        found = cc_news.read(body, places.commons_url, plan.window)
    return _bounded(plan, found)


def after_failure(plan: LegPlan, failure: FetchFailure) -> tuple[Finding, ...] | None:
    """Return what follows when a leg's document is not there, None when the leg has failed.

    A site without robots.txt may have sitemaps where they usually lie; the page after a paged feed's last is not found.
    """
    absent = failure.status is not None and 400 <= failure.status < 500 and failure.status not in {401, 403, 408, 429}
    if not absent:
        return None
    if plan.source == "sitemap" and _is_robots(plan.target):
        return (_usual(plan.target, 0),)
    if plan.note.startswith(_USUAL):
        place = int(plan.note.removeprefix(_USUAL)) + 1
        if place < len(sitemap.USUAL_PLACES):
            return (_usual(plan.target, place),)
        return (Trouble(Reason.NOT_A_SITEMAP, "robots.txt names no sitemap, and there is none where they usually lie"),)
    return () if plan.source == "archive" and plan.depth > 0 else None


def following(plan: LegPlan, further: Further, *, trusted: bool) -> LegPlan:
    """Return the leg for a document that this one named."""
    note = further.note or (plan.note if plan.note.startswith(_FOR) or plan.source == "warc" else "")
    return replace(plan, target=further.target, depth=plan.depth + 1, trusted=trusted, note=note)


def is_file(plan: LegPlan) -> bool:
    """Return whether a leg is a file of pages that lies on a server: it is read part by part."""
    return plan.source == "warc" and plan.target.startswith(("http://", "https://")) and not cc_news.is_list(plan.target)


def roots(
    outlet: Outlet, source: Source, window: Window, places: Places, *, months: tuple[Window, ...], cdx_limit: int
) -> tuple[LegPlan, ...]:
    """Return the legs with which the walk of one outlet through one source begins; `months` are the window's."""
    site = outlet.site_url or outlet.url
    named = LegPlan(source, outlet.url, window, outlet.feed_id, trusted=True)
    if source == "sitemap":
        # Whom the operator named is trusted; what a feed says its site is, is not.
        return (replace(named, target=urljoin(site, "/robots.txt"), trusted=_host(site) == _host(outlet.url)),)
    if source == "archive":
        return (named,)
    if source == "wayback":
        queries = ((month, wayback.query_url(places.wayback_url, _origin(site), month, limit=cdx_limit)) for month in months)
        return tuple(replace(named, target=query, window=month) for month, query in queries)
    return (replace(named, target=f"own pages of {outlet.title}", note=only([outlet.feed_id])),)


def _bounded(plan: LegPlan, found: Findings) -> Findings:
    """Pass findings on; a link from the deepest document that is walked is a trouble, once."""
    told = False
    for one in found:
        if isinstance(one, Further) and plan.depth >= _DEPTHS.get(plan.source, 0):
            if not told:
                yield Trouble(Reason.TOO_DEEP, f"{one.target[:300]} would be document {plan.depth + 2} in a row")
            told = True
        else:
            yield one


def _robots(response: Response) -> Iterator[Finding]:
    named = sitemap.from_robots(response.body[:524_288].decode("utf-8", "replace"), response.final_url)
    vouched = (Further(one, note=_FOR + response.final_url) for one in named)
    yield from vouched if named else (_usual(response.final_url, 0),)


def _usual(url: str, place: int) -> Further:
    return Further(urljoin(url, sitemap.USUAL_PLACES[place]), note=f"{_USUAL}{place}")


def _is_robots(url: str) -> bool:
    return urlsplit(url).path == "/robots.txt"


def _origin(url: str) -> str:
    return urljoin(url, "/")


def _host(url: str) -> str:
    try:
        return host_of(url)
    except ValueError:
        return ""
