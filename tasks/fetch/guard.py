"""Which addresses are never connected to, and which spellings of a URL are never asked: pure rules, no socket, no resolver.

A feed, a link or a redirect may name anything: the cloud's metadata service, this machine's own ports, a printer. So every
connection passes two gates. `target_of` takes a URL apart strictly: what browsers quietly repair (backslashes, numeric and
octal hosts, user names, zones) is refused. `judge` then looks at every address that the name resolved to, and one that is not
globally routable refuses them all, because the server of the name chooses which of its answers comes first.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

import idna

from domain.outcomes import Reason
from tasks.fetch.failures import Stop

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

MAX_URL_BYTES: Final = 2_048
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_URL: Final = re.compile(r"(https?)://([^/?#]*)([^#]*)", re.IGNORECASE)
_AUTHORITY: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\[\]:@\\%\s]+)(?::([0-9]{0,5}))?")
_NAME: Final = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*")
# Anything whose last label is a number is an address to some resolver: 127.1, 0177.0.0.1, 0x7f000001, 2130706433.
_ENDS_IN_NUMBER: Final = re.compile(r"(?:^|\.)(?:[0-9]+|0x[0-9a-f]*)$")
_CONTROLS: Final = re.compile(r"[\x00-\x20\x7f-\x9f\\\ud800-\udfff]")

# The IANA special-purpose registries (IPv4 and IPv6, as of 2026-11), everything that is not globally reachable, and the
# transition mechanisms that wrap one address in another. Anything outside 2000::/3 is not global unicast at all.
_SPECIAL: Final[tuple[tuple[Network, str], ...]] = tuple(
    (ip_network(network), rule)
    for network, rule in (
        ("0.0.0.0/8", "this network"), ("10.0.0.0/8", "private"), ("100.64.0.0/10", "shared address space"),
        ("127.0.0.0/8", "loopback"), ("169.254.0.0/16", "link-local"), ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "protocol assignments"), ("192.0.2.0/24", "documentation"), ("192.88.99.0/24", "6to4 relay"),
        ("192.168.0.0/16", "private"), ("198.18.0.0/15", "benchmarking"), ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"), ("224.0.0.0/4", "multicast"), ("240.0.0.0/4", "reserved"),
        ("::/128", "unspecified"), ("::1/128", "loopback"), ("::/96", "IPv4-compatible"), ("64:ff9b:1::/48", "local NAT64"),
        ("100::/64", "discard"), ("2001::/23", "protocol assignments"), ("2001:db8::/32", "documentation"),
        ("2002::/16", "6to4"), ("3fff::/20", "documentation"), ("5f00::/16", "segment routing"), ("fc00::/7", "unique local"),
        ("fe80::/10", "link-local"), ("fec0::/10", "site-local"), ("ff00::/8", "multicast"),
    )
)  # fmt: skip
_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
_NAT64: Final = IPv6Network("64:ff9b::/96")
# No list of allowed networks opens these: cloud metadata services, and addresses that are no server's.
_NEVER: Final = tuple(
    map(ip_network, ("0.0.0.0/8", "169.254.169.254/32", "100.100.100.200/32", "fd00:ec2::254/128", "::/128", "224.0.0.0/4", "ff00::/8"))
)


@dataclass(frozen=True, slots=True)
class Target:
    """A URL taken apart: `host` is lower-case ASCII without brackets, `rest` the path and query, the fragment left out."""

    scheme: str
    host: str
    port: int
    rest: str

    @property
    def name(self) -> str:
        """Return `name:port`, the host as leases name it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """Return the URL that is asked."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.rest or '/'}"


@dataclass(frozen=True, slots=True)
class Rules:
    """What the operator allows: networks that would be refused otherwise, and the ports asked on public addresses."""

    networks: tuple[Network, ...] = ()
    ports: tuple[int, ...] = (80, 443)


def target_of(url: str) -> Target:
    """Return the parts of a URL that may be asked; raises `Stop` with the reason for any other."""
    if len(url) > MAX_URL_BYTES or len(url.encode("utf-8", "surrogatepass")) > MAX_URL_BYTES:
        raise Stop(Reason.URL_TOO_LONG, f"the URL has more than {MAX_URL_BYTES:,} bytes")
    match = _URL.match(url)
    if match is None:
        raise Stop(Reason.REFUSED_URL, f"not an absolute http or https URL: {url[:100]!r}")
    scheme, authority, rest = match[1].lower(), match[2], match[3]
    if "@" in authority:
        raise Stop(Reason.REFUSED_URL, "the URL carries a user name")
    parts = None if _CONTROLS.search(authority) else _AUTHORITY.fullmatch(authority)
    if parts is None:
        raise Stop(Reason.REFUSED_URL, f"the host is not spelled as hosts are: {authority[:100]!r}")
    port = int(parts[2]) if parts[2] else _DEFAULT_PORTS[scheme]
    if not 0 < port < 65_536:
        raise Stop(Reason.REFUSED_URL, f"there is no port {port}")
    return Target(scheme, _host(parts[1]), port, rest if rest.startswith("/") else f"/{rest}")


def judge(addresses: Sequence[Address], port: int, rules: Rules) -> bool:
    """Return whether the addresses of one name are private ones that the rules allow (False: all are public).

    Raises `Stop` when any of them may not be connected to; the sentence names the address and the rule.
    """
    if not addresses:
        raise Stop(Reason.DNS_UNKNOWN, "the name has no address")
    private = False
    for address in addresses:
        if _within(_unmapped(address), rules.networks) and not _within(_unwrapped(address), _NEVER):
            private = True
        elif rule := refusal(address):
            raise Stop(Reason.REFUSED_ADDRESS, f"{address} is refused: {rule}")
    if not private and port not in rules.ports:
        raise Stop(Reason.REFUSED_URL, f"port {port} is not asked on public addresses")
    return private


def refusal(address: Address) -> str | None:
    """Return the rule under which an address is not globally routable, or None when it is."""
    if isinstance(address, IPv6Address):
        if (inner := _unwrapped(address)) != address:
            rule = refusal(inner)
            return f"{rule} ({inner} inside it)" if rule else None
        if address.scope_id is not None:
            return "an address with a zone belongs to one machine's interface"
    for network, rule in _SPECIAL:
        if address.version == network.version and address in network:
            return rule
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return "not global unicast"
    return None if address.is_global else "not globally routable"


def is_loopback(address: Address) -> bool:
    """Return whether an address, wrapped or not, is this machine's own."""
    inner = _unwrapped(address)
    return inner.is_loopback or inner.is_unspecified


@lru_cache(maxsize=4_096)
def parsed(text: str) -> Address | None:
    """Return a literal address, or None for a name."""
    try:
        return ip_address(text)
    except ValueError:
        return None


def _within(address: Address, networks: Iterable[Network]) -> bool:
    return any(address.version == network.version and address in network for network in networks)


def _unmapped(address: Address) -> Address:
    """Return the IPv4 address that an IPv4-mapped one is another spelling of."""
    return (address.ipv4_mapped if isinstance(address, IPv6Address) else None) or address


def _unwrapped(address: Address) -> Address:
    """Return the IPv4 address inside an IPv4-mapped or NAT64 one; 6to4 and Teredo are refused whatever they wrap."""
    if isinstance(address, IPv6Address) and address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return _unmapped(address)


def _host(text: str) -> str:
    if text.startswith("["):
        if not isinstance(address := parsed(text[1:-1]), IPv6Address):
            raise Stop(Reason.REFUSED_URL, f"not an IPv6 address: {text!r}")
        return str(address)
    name = text.lower()
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True, transitional=False).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            raise Stop(Reason.REFUSED_URL, f"not a host name: {text[:100]!r}") from None
        if _ENDS_IN_NUMBER.search(name.rstrip(".")):
            raise Stop(Reason.REFUSED_URL, f"an address in disguise: {text[:100]!r}")
    name = name.removesuffix(".")
    if _ENDS_IN_NUMBER.search(name):
        if (address := parsed(name)) is None:
            raise Stop(Reason.REFUSED_URL, f"an address in an unusual spelling: {text[:100]!r}")
        return str(address)
    if len(name) > 253 or not _NAME.fullmatch(name):
        raise Stop(Reason.REFUSED_URL, f"not a host name: {text[:100]!r}")
    return name
