"""The limits that the fetch room works under: the operator's `fetch` options, without the settings' machinery."""

from dataclasses import dataclass, fields
from ipaddress import IPv4Network, IPv6Network
from typing import Final

from domain.records import RequestKind

# Names and answers beyond these are refused whatever the options say.
HEADER_BYTES: Final = 65_536
HEADER_LINES: Final = 200
ROBOTS_BYTES: Final = 524_288


@dataclass(frozen=True, slots=True)
class Terms:
    """The options of `FetchSettings` that govern requests; seconds and bytes, with the same names, defaults and reasons."""

    contact: str = ""
    host_spacing: float = 5.0
    in_flight: int = 32
    redirect_limit: int = 5
    dns_seconds: float = 5.0
    connect_seconds: float = 10.0
    idle_seconds: float = 15.0
    feed_seconds: float = 30.0
    page_seconds: float = 45.0
    robots_seconds: float = 15.0
    feed_limit: int = 10_485_760
    page_limit: int = 5_242_880
    wire_limit: int = 8_388_608
    robots: bool = True
    crawl_delay_limit: float = 120.0
    allowed_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    allowed_ports: tuple[int, ...] = (80, 443)

    @classmethod
    def of(cls, options: object) -> "Terms":
        """Return the terms that an options object states; what it does not name keeps its default."""
        return cls(**{one.name: getattr(options, one.name) for one in fields(cls) if hasattr(options, one.name)})

    def seconds(self, kind: RequestKind) -> float:
        """Return the total deadline of a request of that kind, redirects included."""
        page = self.page_seconds
        # A part of a file has a page's time for its bytes alone: what came until then counts.
        return {"robots": self.robots_seconds, "page": page, "archive": page, "file": 2 * page}.get(kind, self.feed_seconds)

    def decoded_limit(self, kind: RequestKind) -> int:
        """Return how many bytes of a decoded body are taken."""
        return {"robots": ROBOTS_BYTES, "page": self.page_limit, "site": self.page_limit}.get(kind, self.feed_limit)
