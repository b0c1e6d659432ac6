"""What each outlet's web server answers: a pure function of the press, its edition, and a request."""

import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime

from newsroom import feeds, pages
from newsroom.feeds import Channel, Listed
from newsroom.grammar import grammar
from newsroom.press import FAULTS, Outlet, Piece, Press
from newsroom.printed import find, modified, printed, title, url

FEED_LENGTH = 100  # pieces in the feed itself; what is older stands in its archives
_HTML = "text/html; charset=utf-8"
_EXTENSIONS = {"rss": "feed.xml", "atom": "atom.xml", "json": "feed.json"}


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Site:
    """The sites of a press as they stand in one edition."""

    press: Press
    edition: int = 1
    feed_length: int = FEED_LENGTH

    def answer(self, outlet: int, target: str, headers: Mapping[str, str]) -> Answer:
        """Return what an outlet answers to a GET of `target` (path and query); header names are lower case."""
        at = self.press.outlets[outlet]
        path = target.partition("?")[0]
        if path == "/robots.txt":
            return Answer(200, (("content-type", "text/plain; charset=utf-8"),), feeds.robots(base(at)).encode())
        if path.startswith("/sitemap"):
            return self._sitemap(at, path)
        for language in at.languages:
            home = home_path(at, language)
            if path == home or (path == "/" and language == at.languages[0]):
                return self._home(at, language)
            if path.startswith(home) and (found := self._feed(at, language, path.removeprefix(home), headers)):
                return found
        return self._page(outlet, target, headers)

    def listed(self, outlet: Outlet, language: str) -> list[int]:
        """Return the numbers of the pieces an outlet has published in a language, oldest first."""
        return [number for edition in range(1, self.edition + 1) for number in self.press.listed(outlet.number, language, edition)]

    def _page(self, outlet: int, target: str, headers: Mapping[str, str]) -> Answer:
        piece = find(self.press, outlet, target, self.edition)
        if piece is None:
            return Answer(404, (("content-type", _HTML),), b"<!DOCTYPE html><title>404</title><h1>404</h1>")
        if piece.kind == FAULTS[2]:
            return Answer(410, (("content-type", _HTML),), b"<!DOCTYPE html><title>410</title><h1>410</h1>")
        changed = modified(self.press, piece, self.edition)
        tag = f'"{self.press.plan.seed}-{piece.number}-{int(piece.is_revised(self.edition))}"'
        at = self.press.outlets[outlet]
        return _conditional(
            headers, tag, changed, lambda: pages.page(printed(self.press, piece, self.edition)), kind=_HTML, squeeze=at.compresses
        )

    def _feed(self, at: Outlet, language: str, name: str, headers: Mapping[str, str]) -> Answer | None:
        main = _EXTENSIONS[at.feed_format]
        stem, _, extension = main.partition(".")
        archive = name.removeprefix(f"{stem}/archive/").removesuffix(f".{extension}")
        if name != main and not (name.startswith(f"{stem}/archive/") and archive.isdecimal()):
            return None
        numbers = self.listed(at, language)
        shelves = max(0, (len(numbers) - 1) // self.feed_length)  # full archives of `feed_length`; the feed has the rest and more
        shelf = int(archive) if name != main else None
        if shelf is not None and not 1 <= shelf <= shelves:
            return None
        chosen = numbers[-self.feed_length :] if shelf is None else numbers[(shelf - 1) * self.feed_length : shelf * self.feed_length]
        older = shelves if shelf is None else shelf - 1
        root = f"{base(at)}{home_path(at, language)}"
        pieces = [piece for number in reversed(chosen) if (piece := self.press.piece(number))]
        updated = max((modified(self.press, piece, self.edition) for piece in pieces), default=self.press.plan.when)
        channel = Channel(
            title=feed_name(at, language),
            language=language,
            home=root,
            address=f"{root}{name}",
            updated=updated,
            older=f"{root}{stem}/archive/{older}.{extension}" if older else None,
            is_archive=shelf is not None,
        )
        corrected = sum(piece.is_revised(self.edition) for piece in pieces)
        tag = f'W/"{self.press.plan.seed}-{at.number}-{language}-{len(numbers)}-{corrected}"'
        kind = f"{feeds.MEDIA_TYPES[at.feed_format]}; charset=utf-8"
        return _conditional(
            headers,
            tag,
            updated,
            lambda: feeds.document(at.feed_format, channel, [self._entry(one) for one in pieces]),
            kind=kind,
            squeeze=True,
        )

    def _entry(self, piece: Piece) -> Listed:
        head, outlet = self.press.head(piece.story), self.press.outlets[piece.outlet]
        address = url(self.press, piece)
        if outlet.number % 3 == 0:
            address += f"{'&' if '?' in address else '?'}utm_source=rss&utm_medium=feed"
        return Listed(
            guid=f"tag:{outlet.host.partition(':')[0]},2026:{piece.number}",
            link=address,
            title=title(self.press, piece),
            summary=head.standfirst,
            authors=head.authors if piece.kind == "original" else (grammar(piece.language).words["agency"],),
            tags=head.tags,
            published=piece.published,
            modified=modified(self.press, piece, self.edition),
        )

    def _home(self, at: Outlet, language: str) -> Answer:
        named = [
            (feeds.MEDIA_TYPES[at.feed_format], feed_name(at, code), feed_url(at, code))
            for code in ((language,) if language != at.languages[0] else at.languages)
        ]
        latest = [piece for number in self.listed(at, language)[:-21:-1] if (piece := self.press.piece(number))]
        links = [(title(self.press, piece), url(self.press, piece)) for piece in latest]
        return Answer(200, (("content-type", _HTML),), pages.home(at.name, grammar(language), named, links).encode())

    def _sitemap(self, at: Outlet, path: str) -> Answer:
        kind = (("content-type", "application/xml; charset=utf-8"),)
        numbers = [number for language in at.languages for number in self.listed(at, language)]
        parts = -(-len(numbers) // feeds.SITEMAP_LIMIT) or 1
        if path == "/sitemap.xml" and parts > 1:
            return Answer(200, kind, feeds.sitemap_index(f"{base(at)}/sitemap-{part}.xml" for part in range(1, parts + 1)).encode())
        part = 1 if path == "/sitemap.xml" else int(path[9:-4]) if path[9:-4].isdecimal() else 0
        if not 1 <= part <= parts:
            return Answer(404)
        chosen = numbers[(part - 1) * feeds.SITEMAP_LIMIT : part * feeds.SITEMAP_LIMIT]
        pieces = (piece for number in chosen if (piece := self.press.piece(number)))
        return Answer(
            200, kind, feeds.sitemap((url(self.press, piece), modified(self.press, piece, self.edition)) for piece in pieces).encode()
        )


def base(outlet: Outlet) -> str:
    """Return the address of an outlet's site, without a slash at its end."""
    return f"http://{outlet.host}"


def home_path(outlet: Outlet, language: str) -> str:
    """Return the path of an outlet's front page in a language."""
    return f"/{language}/" if outlet.is_agency else "/"


def feed_url(outlet: Outlet, language: str) -> str:
    """Return the address of an outlet's feed in a language."""
    return f"{base(outlet)}{home_path(outlet, language)}{_EXTENSIONS[outlet.feed_format]}"


def feed_name(outlet: Outlet, language: str) -> str:
    """Return a feed's title: the outlet's name, and for the agency the edition's language."""
    return f"{outlet.name} ({grammar(language).words['name']})" if outlet.is_agency else outlet.name


def _conditional(headers: Mapping[str, str], tag: str, changed: datetime, body: Callable[[], str], *, kind: str, squeeze: bool) -> Answer:
    """Answer 304 when the visitor's copy is current (RFC 9110 §13: If-None-Match first), else 200 with the body, gzipped if both agree to."""
    changed = changed.replace(microsecond=0)
    given = [("etag", tag), ("last-modified", format_datetime(changed, usegmt=True)), ("cache-control", "max-age=60")]
    if _is_current(headers, tag, changed):
        return Answer(304, tuple(given))
    content = body().encode()
    given.append(("content-type", kind))
    if squeeze and "gzip" in headers.get("accept-encoding", ""):
        content = gzip.compress(content, 1, mtime=0)
        given += [("content-encoding", "gzip"), ("vary", "accept-encoding")]
    return Answer(200, tuple(given), content)


def _is_current(headers: Mapping[str, str], tag: str, changed: datetime) -> bool:
    if tags := headers.get("if-none-match"):
        return tags.strip() == "*" or tag.removeprefix("W/") in {one.strip().removeprefix("W/") for one in tags.split(",")}
    try:
        return changed <= parsedate_to_datetime(headers.get("if-modified-since", ""))
    except (ValueError, TypeError):
        return False
