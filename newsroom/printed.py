"""A piece as its outlet prints it: the agency's text after the outlet's edits, with the outlet's title, dress and address."""

import random
import re
from bisect import bisect_left
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote, unquote

from newsroom import edits
from newsroom.grammar import Grammar, grammar
from newsroom.press import FAULTS, Outlet, Piece, Press
from newsroom.stories import Story, size

_NUMBER = re.compile(r"(?:/premium/|/\d{4}/\d\d/\d\d/[^/]*-|/story/|eid=|/news/)(\d{1,18})(?=[/.&-]|$)")
_DASHES = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Printed:
    """What stands on the page. `paragraphs` are the body that is true; `promos` and `credits` are dress and no part of it."""

    piece: Piece
    outlet: Outlet
    title: str
    standfirst: str
    paragraphs: tuple[str, ...]
    promos: tuple[tuple[str, str], ...]
    credits: tuple[str, ...]
    authors: tuple[str, ...]
    section: str
    tags: tuple[str, ...]
    caption: str
    related: tuple[tuple[str, str], ...]
    url: str
    modified: datetime

    @property
    def language(self) -> Grammar:
        """Return the grammar of the piece's language."""
        return grammar(self.piece.language)

    @property
    def body(self) -> str:
        """Return the true body, one paragraph a line."""
        return "\n".join(self.paragraphs)


def printed(press: Press, piece: Piece, edition: int) -> Printed:
    """Return a piece as it stands on its outlet's site in an edition."""
    story, outlet, language = press.story(piece.story), press.outlets[piece.outlet], grammar(piece.language)
    rng = random.Random(f"{press.plan.seed}/printed/{piece.number}")
    wired = piece.kind in edits.REPRINTS or outlet.is_agency
    revised = piece.is_revised(edition)
    paragraphs = story.paragraphs
    if revised:
        paragraphs = (*edits.correct(paragraphs, rng, language), *_news(story, language), language.words["correction"])
    if piece.kind in edits.REPRINTS and piece.kind != "dressed":
        paragraphs = tuple(edits.edit(story.text, piece.kind, rng, piece.language).split("\n"))
    if wired and (outlet.has_dateline or piece.kind == "dressed"):
        paragraphs = (edits.dateline(paragraphs[0], story.place, language), *paragraphs[1:])
    related = tuple(neighbours(press, piece))
    dressed = piece.kind == "dressed" or outlet.is_agency
    return Printed(
        piece=piece,
        outlet=outlet,
        title=title(press, piece),
        standfirst=story.standfirst,
        paragraphs=paragraphs,
        promos=related[: 1 + piece.number % 2] if dressed else (),
        credits=tuple(edits.closing_lines(story.editor, language)[: 1 if outlet.is_agency else 2]) if dressed else (),
        authors=story.authors if not wired or outlet.is_agency else (language.words["agency"],),
        section=story.section,
        tags=story.tags,
        caption=story.caption,
        related=related,
        url=url(press, piece),
        modified=modified(press, piece, edition),
    )


def _news(story: Story, language: Grammar) -> tuple[str, ...]:
    """What a running story gains by a correction: little enough that the copies printed before remain copies of it."""
    return tuple(text for text in story.reserve[:1] if size(language, text) <= 0.1 * size(language, story.text))


def title(press: Press, piece: Piece) -> str:
    """Return the title an outlet gives a piece."""
    titles = press.head(piece.story).titles
    return titles[piece.title % len(titles)]


def modified(press: Press, piece: Piece, edition: int) -> datetime:
    """Return when a piece's text last changed, as its outlet states it."""
    if not piece.is_revised(edition) or piece.revised is None:
        return piece.published
    return press.opening(piece.revised) + timedelta(minutes=5 + piece.story % 40)


def url(press: Press, piece: Piece) -> str:
    """Return a piece's address, which never changes; letters beyond ASCII are percent-encoded."""
    return f"http://{press.outlets[piece.outlet].host}{quote(path(press, piece), safe='/?=&')}"


def path(press: Press, piece: Piece) -> str:
    """Return the path (and query) of a piece's address in its outlet's manner, before percent-encoding."""
    style = "premium" if piece.kind == FAULTS[0] else press.outlets[piece.outlet].addresses
    if style in {"premium", "plain"}:
        return f"/{'premium' if style == 'premium' else 'news'}/{piece.number}.html"
    if style == "query":
        return f"/article?eid={piece.number}"
    slug = _DASHES.sub("-", title(press, piece).casefold()).strip("-")[:60].rstrip("-")
    if style == "dated":
        return f"/{piece.published:%Y/%m/%d}/{slug}-{piece.number}/"
    return f"/{piece.language}/story/{piece.number}/{slug}" if style == "shelf" else f"/story/{piece.number}-{slug}"


def find(press: Press, outlet: int, target: str, edition: int) -> Piece | None:
    """Return the piece that a request for `target` (path and query) at an outlet asks for, or None when there is none yet."""
    match = _NUMBER.search(unquote(target))
    piece = press.piece(int(match[1])) if match else None
    return piece if piece and piece.outlet == outlet and piece.edition <= edition else None


def neighbours(press: Press, piece: Piece) -> list[tuple[str, str]]:
    """Return titles and addresses of up to four other pieces that the outlet printed in the same edition."""
    listed = press.listed(piece.outlet, piece.language, piece.edition)
    # Those just before it, whose heads a visitor who reads in order has asked for already.
    place = bisect_left(listed, piece.number)
    chosen = dict.fromkeys(listed[(place - step) % len(listed)] for step in range(1, 5))
    pieces = [press.piece(number) for number in chosen if number != piece.number]
    return [(title(press, one), url(press, one)) for one in pieces if one is not None]
