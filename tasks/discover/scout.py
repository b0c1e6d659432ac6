"""Walks ahead of a backfill without leaving a trace: counts what archives list, so that a plan can say what it would take.

Nothing is written anywhere, so no lease is taken either: hosts that somebody holds, or that are on pause, are left alone until they
are free. Within this process the client keeps the spacing as ever. Outlets are explored side by side: forty of them, of fifty
sitemaps each, would take three hours in a row.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from domain.history import Discovered, Estimate, Findings, Further, LegPlan, Trouble
from domain.outcomes import Reason
from domain.records import FetchFailure, HostGrant, Response, Visitor
from domain.urls import canonical_url, host_of, url_key
from tasks.discover import batches, cc_news, url_list, walk, warc
from tasks.discover.courier import Courier
from tasks.discover.plan import costed
from tasks.discover.remote import Remote
from tasks.discover.walk import Answer, ParseFeed, Places

_CHUNK: Final = 200
# Mostly they wait for their hosts' spacing; each may hold a document of some megabytes.
_SIDE_BY_SIDE: Final = 8
_TROUBLES: Final = 5
# Of a file on a server so much is read, and more only for its first record; the rest is taken to be like it.
_GLANCE_BYTES: Final = 1_048_576
_LONGEST_GLANCE: Final = 4 * _GLANCE_BYTES


@dataclass(frozen=True, slots=True)
class Route:
    """An outlet or file, and the legs with which the walk through each of its sources would begin: tried in turn."""

    name: str
    sources: tuple[tuple[LegPlan, ...], ...]


class Eyes(Protocol):
    """What a scout may see of the database; it changes nothing there."""

    def grant(self, host: str) -> HostGrant | None:
        """Return how a host wants to be asked, None while somebody holds it or it is on pause."""
        ...

    def known(self, keys: Sequence[str]) -> set[str]:
        """Return those of the URL keys that a backfill would not ask for."""
        ...

    def own_pages(self, plan: LegPlan) -> Findings:
        """Yield the pages of our own archive that no article was made of."""
        ...


@dataclass(frozen=True, slots=True)
class Terms:
    """Limits and rates: documents read for each source, seconds between two requests, sizes of pages asked and stored, of parts of files."""

    places: Places
    documents: int
    spacing: Callable[[str], float]
    page_limit: int
    page_bytes: int
    part_bytes: int


class Means:
    """What a scout works with. Not a dataclass, so that Prefect passes it through untouched.

    `tell` is called with how many routes are explored, and how many there are, whenever one more is.
    """

    def __init__(
        self,
        visitor: Visitor,
        eyes: Eyes,
        parse_feed: ParseFeed,
        *,
        terms: Terms,
        tell: Callable[[int, int], None] = lambda _done, _all: None,
    ) -> None:
        self.eyes, self.parse_feed, self.terms, self.tell = eyes, parse_feed, terms, tell
        self.courier = Courier(visitor, eyes.grant)


@dataclass(slots=True)
class _Count:
    documents: int = 0
    found: int = 0
    known: int = 0
    seen: set[str] = field(default_factory=set)
    troubles: list[Trouble] = field(default_factory=list)


def survey(routes: Sequence[Route], means: Means) -> list[Estimate]:
    """Return what each route's sources hold, one source after the other until one lists something; routes side by side."""
    pool = ThreadPoolExecutor(_SIDE_BY_SIDE, thread_name_prefix="copydesk-plan")
    try:
        walks = [pool.submit(_follow, route, means) for route in routes]
        for done, walked in enumerate(as_completed(walks), 1):
            walked.result()
            means.tell(done, len(walks))
        return [estimate for walked in walks for estimate in walked.result()]
    finally:
        means.courier.close()
        pool.shutdown(wait=False, cancel_futures=True)


def _follow(route: Route, means: Means) -> list[Estimate]:
    estimates: list[Estimate] = []
    for roots in route.sources:
        found = explore(route.name, roots, means)
        spacing, terms = means.terms.spacing(found.host), means.terms
        estimates.append(costed(found, spacing=spacing, page_bytes=terms.page_bytes, part_bytes=terms.part_bytes))
        if found.found:
            break
    return estimates


def explore(name: str, roots: Sequence[LegPlan], means: Means) -> Estimate:
    """Return what the walk from these legs would find."""
    first = roots[0]
    if first.target.startswith(("http://", "https://")):
        return _walk(name, roots, means)
    if first.source == "pages":
        return _count_pages(name, first, means.eyes.own_pages(first), means)
    try:
        with Path(first.target).open("rb") as file:
            if first.source == "warc":
                return _count_pages(name, first, warc.read(file, first.window, body_limit=means.terms.page_limit), means)
            lines = (line.decode("utf-8", "replace") for line in file)
            return _count_pages(name, first, url_list.read(lines, first.window), means)
    except OSError as error:
        trouble = Trouble(Reason.NOT_AN_ARCHIVE, f"{first.target}: {error.strerror or error}", fatal=True)
        return Estimate(name, first.source, "", troubles=(trouble,))


def _walk(name: str, roots: Sequence[LegPlan], means: Means) -> Estimate:
    """Walk the documents that these legs lead to, as many as the terms allow, and project the rest."""
    files, listed = [plan for plan in roots if walk.is_file(plan)], [plan for plan in roots if not walk.is_file(plan)]
    queue, targets, count = deque(listed), {plan.target for plan in roots}, _Count()
    while queue and count.documents < means.terms.documents:
        plan = queue.popleft()
        further = _read(plan, means.courier.ask(plan), means, count)
        count.documents += 1
        fresh = [one for one in further if one.target not in targets]
        targets.update(one.target for one in fresh)
        files += [one for one in fresh if walk.is_file(one)]
        queue.extend(one for one in fresh if not walk.is_file(one))
    if files:
        return _glance(name, files, means, count)
    # What is still in the queue is taken to hold as much as what was read.
    share = (count.documents + len(queue)) / max(1, count.documents)
    found, known = round(count.found * share), round(count.known * share)
    return Estimate(
        name, roots[0].source, host_of(roots[0].target), count.documents + len(queue), found, known, found - known,
        exact=not queue, troubles=tuple(count.troubles[:_TROUBLES]),
    )  # fmt: skip


def _glance(name: str, files: Sequence[LegPlan], means: Means, count: _Count) -> Estimate:
    """Read the beginning of the file in the middle, and take all files to be like it."""
    plan = files[len(files) // 2]
    remote = Remote(lambda start: means.courier.ask(plan, part=(start, _GLANCE_BYTES)) if start < _LONGEST_GLANCE else None, 0)
    for chunk in batches.of(warc.read(remote, plan.window, body_limit=means.terms.page_limit, enough=remote.passed), _CHUNK):
        _tally(chunk, means.eyes.known, count)
    if remote.failure:
        count.troubles.append(_trouble(plan, remote.failure))
    size = remote.size or (cc_news.FILE_BYTES if plan.depth else 0)
    times = len(files) * size / remote.position if remote.position else 0.0
    return Estimate(
        name, "warc", host_of(plan.target), count.documents + len(files), round(count.found * times), round(count.known * times),
        exact=times == 1.0, file_count=len(files), download_bytes=len(files) * size, troubles=tuple(count.troubles[:_TROUBLES]),
    )  # fmt: skip


def _count_pages(name: str, plan: LegPlan, findings: Findings, means: Means) -> Estimate:
    """Count what a file, or our own archive, holds. Pages that come with it need not be fetched."""
    count, held = _Count(), 0
    for chunk in batches.of(findings, _CHUNK):
        held += sum(isinstance(one, Discovered) and (one.page is not None or one.page_id is not None) for one in chunk)
        _tally(chunk, means.eyes.known if plan.source != "pages" else _nothing, count)
    to_fetch = 0 if held else count.found - count.known
    return Estimate(name, plan.source, plan.target, 1, count.found, count.known, to_fetch, troubles=tuple(count.troubles[:_TROUBLES]))


def _read(plan: LegPlan, fetched: Response | FetchFailure, means: Means, count: _Count) -> list[LegPlan]:
    """Count what a document lists; return the legs for those it names."""
    if isinstance(fetched, Response):
        findings: Findings = walk.read(plan, Answer(fetched, means.parse_feed), means.terms.places)
    else:
        follows = walk.after_failure(plan, fetched)
        findings = iter([_trouble(plan, fetched)] if follows is None else follows)
    further: list[LegPlan] = []
    for chunk in batches.of(findings, _CHUNK):
        further += [walk.following(plan, one, trusted=fetched.private) for one in chunk if isinstance(one, Further)]
        _tally(chunk, means.eyes.known, count)
    return further


def _trouble(plan: LegPlan, failure: FetchFailure) -> Trouble:
    return Trouble(failure.reason, f"{plan.target[:300]}: {failure.detail}", fatal=True)


def _tally(chunk: Iterable[object], known: Callable[[Sequence[str]], set[str]], count: _Count) -> None:
    keys = {key for one in chunk if isinstance(one, Discovered) and (key := _key(one.url))} - count.seen
    count.seen |= keys
    count.found += len(keys)
    count.known += len(known(sorted(keys))) if keys else 0
    count.troubles += [one for one in chunk if isinstance(one, Trouble)]


def _key(url: str) -> str:
    try:
        return url_key(canonical_url(url))
    except ValueError:
        return ""


def _nothing(_keys: Sequence[str]) -> set[str]:
    return set()
