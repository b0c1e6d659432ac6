"""What a case of the hostile press is, and the healthy articles that stand beside each."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from newsroom.scripted import Handler, response

Answer = bytes | Handler


@dataclass(frozen=True)
class Case:
    """One outlet of the hostile press.

    `feed` replaces its feed altogether; otherwise a good feed lists `links` (absolute, or names of `pages`) and one healthy
    article. `{base}` in text answers becomes the outlet's address. `reasons` are how the bad feed, or each bad link, may end;
    empty where the stimulus is to be survived rather than refused.
    """

    id: str
    about: str
    feed: Answer | None = None
    pages: Mapping[str, Answer] = field(default_factory=dict)
    links: Sequence[str] = ()
    reasons: frozenset[str] = frozenset()
    url: str | None = None
    headers: Sequence[str] = ()
    healthy: bool = True

    @property
    def name(self) -> str:
        """Return the case's folder on the server."""
        return "".join(letter for letter in f"{self.id}-{self.about}".lower().replace(" ", "-") if letter.isalnum() or letter == "-")[:60]


def rss(items: str, title: str = "A hostile outlet") -> bytes:
    """Return a feed with these items."""
    head = f"<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel><title>{title}</title>"
    return f"{head}<link>{{base}}/</link>{items}</channel></rss>".encode("utf-8", "surrogatepass")


def item(link: str, title: str, *, more: str = "") -> str:
    """Return one item of a feed."""
    return f"<item><title>{escape(title)}</title><link>{escape(link)}</link><guid>{escape(link)}</guid>{more}</item>"


def page(title: str, body: str, head: str = "") -> bytes:
    """Return a page of HTML as any outlet makes them."""
    return (
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{escape(title)}</title>{head}</head>"
        f"<body><header><nav><a href='/'>Home</a></nav></header><main><article><h1>{escape(title)}</h1>{body}</article></main>"
        f"<footer>Invented for tests</footer></body></html>"
    ).encode("utf-8", "surrogatepass")


def article(seed: str) -> tuple[str, bytes]:
    """Return the title and the page of a healthy article, unlike that of any other seed."""
    choose = random.Random(seed)
    title = _sentence(choose).rstrip(".")
    paragraphs = "".join(f"<p>{' '.join(_sentence(choose) for _ in range(4))}</p>" for _ in range(6))
    return title, page(title, paragraphs)


def good(body: bytes, *lines: str, kind: str = "text/html") -> bytes:
    """Return an ordinary answer."""
    return response(200, body, *lines, kind=kind)


def with_base(answer: Answer, base: str) -> Answer:
    """Return the answer with the outlet's address filled in, its length adjusted."""
    if not isinstance(answer, bytes) or b"{base}" not in answer:
        return answer
    head, _, body = answer.partition(b"\r\n\r\n")
    filled = body.replace(b"{base}", base.encode())
    head = head.replace(b"Content-Length: %d" % len(body), b"Content-Length: %d" % len(filled)).replace(b"{base}", base.encode())
    return head + b"\r\n\r\n" + filled


Maker = Callable[[], Sequence[Case]]

_WHO = [
    "The harbour council", "A retired surveyor", "The night baker", "Two glaciologists", "The ferry union", "An apprentice lutenist",
    "The valley's only dentist", "A committee of beekeepers", "The lighthouse keeper's sister", "The museum's night watch", "A young notary",
    "The orchard cooperative", "Three retired judges", "The tram drivers", "A cartographer from the north", "The choir of the old quarter",
]  # fmt: skip
_DID = [
    "approved", "postponed", "measured", "questioned", "restored", "auctioned", "mapped", "abandoned", "celebrated", "repainted", "counted",
    "insured", "flooded", "inherited", "translated", "photographed", "rented out", "catalogued", "moved", "rebuilt",
]  # fmt: skip
_WHAT = [
    "the copper bridge", "a collection of tide tables", "the western granary", "seven disputed milestones", "the town's second clock",
    "an unfinished aqueduct", "the winter timetable", "a herd of grey ponies", "the glass pavilion", "forty crates of seed", "the old signal box",
    "a petition on street lamps", "the island's last kiln", "a shelf of ship's logs", "the narrow park", "the weather archive",
]  # fmt: skip
_WHEN = [
    "after a long quarrel", "before the first frost", "on the eve of the fair", "in spite of the rain", "for the third time in a decade",
    "without saying why", "at the request of the school", "while the mayor was abroad", "because the roof had failed", "to general relief",
    "against the advice of the engineers", "with borrowed money", "over the objections of the neighbours", "by a margin of two votes",
]  # fmt: skip


def _sentence(choose: random.Random) -> str:
    where = "".join(choose.choice("bdfghklmnprstvz") + choose.choice("aeiou") for _ in range(3)).capitalize()
    who, did, what, when = choose.choice(_WHO), choose.choice(_DID), choose.choice(_WHAT), choose.choice(_WHEN)
    return f"{who} of {where} {did} {what} near kilometre {choose.randrange(2, 980)} {when}."
