"""Which address a page claims to be: its rel=canonical (or og:url), believed only where believing it cannot merge two stories."""

from urllib.parse import urljoin, urlsplit

from domain.urls import canonical_url, host_of, registrable_domain
from tasks.extract.meta import Head


def address_of(head: Head, asked: str, final: str) -> str:
    """Return the canonical URL of the article: the page's claim where it is credible, else the address that was asked for.

    A claim is credible when it names a page of the same publisher (registrable domain) that is neither its home page nor a
    folder above this one. An AMP page names its article this way. `asked` is canonical already; `final` answered.
    """
    own = _canonical(final) or asked
    for href in (*head.links.get("canonical", ()), head.first("og:url")):
        claim = _canonical(href, final) if href else None
        if claim and _same_publisher(claim, own) and _is_page(claim, own):
            return claim
    return asked


def hosts_of(head: Head, final: str) -> frozenset[str]:
    """Return the host names the page gives its site: that of its own address and those it claims, without `www.`."""
    names = set()
    for url in (final, *head.links.get("canonical", ()), head.first("og:url")):
        try:
            name = urlsplit(urljoin(final, url)).hostname if url else None
        except ValueError:
            continue
        if name:
            names.add(name.removeprefix("www."))
    return frozenset(names)


def _canonical(url: str, base: str = "") -> str | None:
    try:
        return canonical_url(urljoin(base, url))
    except ValueError:
        return None


def _same_publisher(one: str, other: str) -> bool:
    first, second = host_of(one), host_of(other)
    if registrable_domain(first) != registrable_domain(second):
        return False
    # Two ports of one address are two servers.
    return first.rpartition(":")[2] == second.rpartition(":")[2] or not first[:1].isdigit()


def _is_page(claim: str, own: str) -> bool:
    claimed, here = urlsplit(claim), urlsplit(own)
    path = claimed.path.rstrip("/")
    if not path and not claimed.query:
        return False
    # /news/ over /news/story-1 is the section that the story is in.
    return not (here.path.startswith(path + "/") and here.path.rstrip("/") != path and not claimed.query)
