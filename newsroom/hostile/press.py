"""The hostile press put together: one loopback address an outlet, one outlet a case, and the truth of each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

from newsroom.hostile import content, network
from newsroom.hostile.case import Case, article, good, item, rss, with_base
from newsroom.scripted import Server


@dataclass(frozen=True)
class Outlet:
    """A case with its address. `feed_url` is what the feed list names."""

    case: Case
    address: str
    port: int

    @property
    def base(self) -> str:
        """Return the URL under which the outlet's pages lie."""
        return f"http://{self.address}:{self.port}/{self.case.name}"

    @property
    def feed_url(self) -> str:
        """Return the address of the outlet's feed."""
        return (self.case.url or f"{self.base}/feed.xml").replace("{host}", f"{self.address}:{self.port}")

    @property
    def healthy_url(self) -> str | None:
        """Return the address of its healthy article, if it has one."""
        return f"{self.base}/good" if self.case.feed is None and self.case.url is None and self.case.healthy else None

    @property
    def bad_urls(self) -> tuple[str, ...]:
        """Return the bad links that its feed lists."""
        return tuple(self._absolute(link) for link in self.case.links) if self.case.feed is None else ()

    def truth(self) -> dict[str, object]:
        """Return what should become of it, for a reader in JSON."""
        return {
            "case": self.case.id, "about": self.case.about, "feed": self.feed_url, "healthy": self.healthy_url, "bad": self.bad_urls,
            "reasons": sorted(self.case.reasons), "of": "feed" if self.healthy_url is None else "links",
        }  # fmt: skip

    def answer_on(self, server: Server) -> None:
        """Put its answers on a server."""
        folder = f"/{self.case.name}"
        title, healthy = article(self.case.name)
        items = [item(self._absolute(link), f"Bad link {number}") for number, link in enumerate(self.case.links)]
        items += [item(f"{self.base}/good", title)] if self.case.healthy else []
        listing = good(rss("".join(items)), *self.case.headers, kind="application/rss+xml")
        server.on(f"{folder}/feed.xml", with_base(self.case.feed or listing, self.base))
        server.on(f"{folder}/good", good(healthy))
        for name, answer in self.case.pages.items():
            server.on(f"{folder}/{name}", with_base(answer, self.base))

    def _absolute(self, link: str) -> str:
        return link.replace("{base}", self.base) if ":" in link or "{" in link else f"{self.base}/{link}"


def outlets(port: int) -> Sequence[Outlet]:
    """Return every outlet of the hostile press on addresses from 127.13.0.1 on."""
    cases = [*network.cases(), *content.cases()]
    return [Outlet(case, f"127.13.{number // 200}.{number % 200 + 1}", port) for number, case in enumerate(cases)]


def opml(press: Sequence[Outlet]) -> Iterator[str]:
    """Yield the lines of a feed list of the press."""
    yield "<?xml version='1.0' encoding='utf-8'?>\n<opml version='2.0'><head><title>A hostile press</title></head><body>"
    for outlet in press:
        yield f"<outline type='rss' text={quoteattr(outlet.case.name)} xmlUrl={quoteattr(outlet.feed_url)}/>"
    yield "</body></opml>"
