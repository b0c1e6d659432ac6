"""The press as a plan: which outlets there are, who carries which story, how edited, and when.

Everything follows from a seed and a story's number, so a press of a million stories keeps nothing but the numbers of what each feed
lists. The first outlet is the wire agency, with one edition for each language; its stories are what the others reprint. Edition 1 is
what a first visit finds; every later edition adds a fifth as many new stories, late reprints of old ones, and corrections.
"""

import random
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache

from newsroom.edits import REPRINTS
from newsroom.grammar import Voice, codes, grammar
from newsroom.stories import Head, Story, head, write

# The order in which outlets are founded; the agency comes before them and serves every language.
_LANGUAGES = ("en", "ar", "ckb", "ku", "tr", "de", "ja", "en", "ar", "ckb", "en")
_FORMATS = ("rss", "atom", "json")
_ADDRESSES = ("dated", "numbered", "query", "plain", "shelf")
LAYOUTS = 6
FAULTS = ("robots", "stub", "gone")
_SLOTS = 16  # pieces a story may have; numbers are story * 16 + slot
_WIRE_SHARE = 0.42
_WEIGHTS = (22, 18, 18, 14, 16, 12)
DEFAULT_WHEN = datetime(2026, 11, 20, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Outlet:
    """A newspaper or the agency: `languages` are its editions, each with a feed of its own."""

    number: int
    name: str
    languages: tuple[str, ...]
    host: str
    feed_format: str
    layout: int
    addresses: str
    has_dateline: bool
    compresses: bool

    @property
    def is_agency(self) -> bool:
        """True for the wire agency."""
        return self.number == 0


@dataclass(frozen=True, slots=True)
class Piece:
    """One story in one outlet. `kind` is `original`, a reprint's edit, or a fault; `revised` the edition that corrects it."""

    number: int
    story: int
    outlet: int
    language: str
    kind: str
    title: int
    edition: int
    published: datetime
    revised: int | None = None

    def is_revised(self, edition: int) -> bool:
        """True when the corrected text is what `edition` shows."""
        return self.revised is not None and self.revised <= edition


@dataclass(frozen=True, slots=True)
class Plan:
    """What a press is made from; the same plan is the same press."""

    outlets: int = 12
    stories: int = 100
    seed: int = 1
    when: datetime = DEFAULT_WHEN
    faults: bool = True
    later: int = 0  # new stories of each later edition; 0 for a fifth of the first's


class Press:
    """The press that a plan describes, on given hosts (`name:port`, one an outlet). Read-only, and safe to share by threads.

    `pieces(story)` is everything that is ever printed of a story, the original first; `head(story)` its titles and names;
    `story(story)` its whole text. All three are drawn when asked for and remembered for a while.
    """

    def __init__(self, plan: Plan, hosts: Sequence[str]) -> None:
        if plan.outlets < 2 or plan.stories < 1:
            raise ValueError("a press needs at least 2 outlets (the agency and a newspaper) and 1 story")
        self.plan = plan
        self._hosts = hosts
        self._later = plan.later or max(1, plan.stories // 5)
        self._listed: dict[int, dict[tuple[int, str], array[int]]] = {}
        self.story = lru_cache(maxsize=512)(self._write)
        self.pieces = lru_cache(maxsize=8_192)(self._pieces)
        self.head = lru_cache(maxsize=8_192)(self._head)

    @cached_property
    def outlets(self) -> tuple[Outlet, ...]:
        """All outlets, the agency first."""
        return tuple(self._found(number) for number in range(self.plan.outlets))

    @cached_property
    def papers(self) -> dict[str, tuple[int, ...]]:
        """The numbers of the outlets of each language, the agency left out."""
        languages = {outlet.languages[0] for outlet in self.outlets[1:]}
        return {code: tuple(o.number for o in self.outlets[1:] if o.languages[0] == code) for code in sorted(languages)}

    def stories(self, edition: int) -> range:
        """Return the numbers of the stories that first appear in an edition, 1 being the first."""
        start = 0 if edition == 1 else self.plan.stories + (edition - 2) * self._later
        return range(start, start + (self.plan.stories if edition == 1 else self._later))

    def edition_of(self, story: int) -> int:
        """Return the edition in which a story first appears."""
        return 1 if story < self.plan.stories else 2 + (story - self.plan.stories) // self._later

    def _pieces(self, story: int) -> tuple[Piece, ...]:
        rng = self._rng("pieces", story)
        language = self._language(rng)
        edition, papers = self.edition_of(story), self.papers[language]
        published = self._time(story)
        revised = edition + 1 if rng.random() < 0.08 else None
        if rng.random() >= _WIRE_SHARE:
            kind = FAULTS[int(rng.random() * 3)] if self.plan.faults and rng.random() < 0.06 else "original"
            home = papers[int(rng.random() * len(papers))]
            return (Piece(story * _SLOTS, story, home, language, kind, 0, edition, published, revised if kind == "original" else None),)
        first = Piece(story * _SLOTS, story, 0, language, "original", 0, edition, published, revised)
        takers = [paper for paper in rng.sample(papers, min(len(papers), 8)) if rng.random() < 0.7] or [papers[story % len(papers)]]
        return (first, *(self._reprint(first, slot, paper, rng) for slot, paper in enumerate(takers, 1)))

    def piece(self, number: int) -> Piece | None:
        """Return a piece by its number, or None when there is none."""
        story, slot = divmod(number, _SLOTS)
        pieces = self.pieces(story) if story >= 0 else ()
        return pieces[slot] if slot < len(pieces) else None

    def listed(self, outlet: int, language: str, edition: int) -> Sequence[int]:
        """Return the numbers of the pieces that an edition adds to an outlet's feed, in the order of their stories."""
        if edition not in self._listed:
            self._listed[edition] = self._compose(edition)
        return self._listed[edition].get((outlet, language), array("q"))

    def prepare(self, edition: int) -> None:
        """Compose the lists of all editions up to this one, which takes some 35 microseconds a story, before anyone waits for them."""
        for one in range(1, edition + 1):
            self.listed(0, "", one)

    def feeds(self) -> Iterator[tuple[Outlet, str]]:
        """Yield every feed: its outlet and its language."""
        return ((outlet, language) for outlet in self.outlets for language in outlet.languages)

    def opening(self, edition: int) -> datetime:
        """Return the time from which an edition's pieces are dated."""
        return self._window(edition)[0]

    def _compose(self, edition: int) -> dict[tuple[int, str], "array[int]"]:
        lists: dict[tuple[int, str], array[int]] = {}
        former = self.stories(edition - 1) if edition > 1 else range(0)
        for story in (*former, *self.stories(edition)):
            for piece in self.pieces(story):
                if piece.edition == edition:
                    lists.setdefault((piece.outlet, piece.language), array("q")).append(piece.number)
        return lists

    def _reprint(self, first: Piece, slot: int, paper: int, rng: random.Random) -> Piece:
        kind = rng.choices(REPRINTS, _WEIGHTS)[0]
        late = rng.random() < 0.1
        edition = first.edition + late
        delay = timedelta(minutes=6 + rng.random() * 50)
        published = self.opening(edition) + delay if late else first.published + delay
        return Piece(first.story * _SLOTS + slot, first.story, paper, first.language, kind, 1 + slot % 3, edition, published)

    def _time(self, story: int) -> datetime:
        edition = self.edition_of(story)
        start, end = self._window(edition)
        stories = self.stories(edition)
        # The last hour is left to those who reprint.
        return start + (end - start - timedelta(hours=1)) * ((story - stories.start) / len(stories))

    def _window(self, edition: int) -> tuple[datetime, datetime]:
        if edition == 1:
            return self.plan.when - timedelta(hours=48), self.plan.when
        start = self.plan.when + timedelta(hours=2 * (edition - 2))
        return start, start + timedelta(hours=2)

    def _language(self, rng: random.Random) -> str:
        home = self.outlets[1 + int(rng.random() * (self.plan.outlets - 1))]
        return home.languages[0]

    def _found(self, number: int) -> Outlet:
        rng = self._rng("outlet", number)
        languages = _LANGUAGES[(number - 1) % len(_LANGUAGES)]
        present = [code for code in codes() if code in _LANGUAGES[: self.plan.outlets - 1]]
        name = grammar("en").words["agency"] if number == 0 else Voice(grammar(languages), rng).draw("outlet")
        return Outlet(
            number=number,
            name=name,
            languages=tuple(present) if number == 0 else (languages,),
            host=self._hosts[number],
            feed_format=_FORMATS[number % len(_FORMATS)],
            layout=number % LAYOUTS,
            addresses="shelf" if number == 0 else _ADDRESSES[number % len(_ADDRESSES)],
            has_dateline=number == 0 or number % 3 != 2,
            compresses=number % 2 == 0,
        )

    def _write(self, story: int) -> Story:
        rng = self._rng("pieces", story)
        return write(self._language(rng), self._rng("story", story))

    def _head(self, story: int) -> Head:
        rng = self._rng("pieces", story)
        return head(self._language(rng), self._rng("story", story))

    def _rng(self, purpose: str, number: int) -> random.Random:
        return random.Random(f"{self.plan.seed}/{purpose}/{number}")
