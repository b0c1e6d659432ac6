"""The headers we send, and those of an answer that are worth keeping."""

from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from domain.records import Request, RequestKind
from tasks.fetch.robots import AGENT

_FEED: Final = "application/rss+xml, application/atom+xml, application/feed+json, application/rdf+xml;q=0.9, application/xml;q=0.8, application/json;q=0.7, text/xml;q=0.7, */*;q=0.1"
_PAGE: Final = "text/html, application/xhtml+xml, */*;q=0.1"
_ACCEPT: Final[dict[RequestKind, str]] = {"feed": _FEED, "page": _PAGE, "site": f"{_PAGE}", "robots": "text/plain, */*;q=0.1"}

# What a page's answer says of its type, its dates, its rights and its relations.
_KEPT: Final = frozenset(
    {
        "content-type", "content-language", "content-location", "content-usage", "date", "etag", "expires", "last-modified", "license",
        "link", "tdm-policy", "tdm-reservation", "x-robots-tag",
    }
)  # fmt: skip
_KEPT_BYTES: Final = 2_000


def user_agent(contact: str) -> str:
    """Return how we name ourselves: name, version, and where a publisher can reach the operator."""
    try:
        number = version("copydesk")
    except PackageNotFoundError:
        number = "0"
    about = "".join(one for one in contact if one.isprintable() and one.isascii()).strip()
    return f"{AGENT}/{number} (+{about})" if about else f"{AGENT}/{number} (news feed reader and deduplicator)"


def of_request(request: Request, url: str, agent: str) -> list[tuple[bytes, bytes]]:
    """Return the headers for asking `url` on behalf of a request; validators go only to the URL that gave them.

    Values go out as they came in, latin-1 for latin-1, whatever bytes a server has put into its ETag.
    """
    return [(name.encode("ascii"), value.encode("latin-1", "replace")) for name, value in _of_request(request, url, agent)]


def _of_request(request: Request, url: str, agent: str) -> list[tuple[str, str]]:
    headers = [("User-Agent", agent), ("Accept", _ACCEPT.get(request.kind, "*/*"))]
    if request.part is not None:
        # Offsets are those of the file, so nobody may pack it on the way.
        start, size = request.part
        return [*headers, ("Accept-Encoding", "identity"), ("Range", f"bytes={start}-{start + size - 1}")]
    headers.append(("Accept-Encoding", "gzip, br"))
    if not is_conditional(request, url) or request.validators is None:
        return headers
    if request.validators.etag is not None:
        headers.append(("If-None-Match", request.validators.etag))
        if takes_deltas(request, url):
            headers.append(("A-IM", "feed"))  # RFC 3229: a server may answer with the new entries alone
    if request.validators.last_modified is not None:
        headers.append(("If-Modified-Since", request.validators.last_modified))
    return headers


def is_conditional(request: Request, url: str) -> bool:
    """Return whether asking this URL may be answered with 304."""
    known = request.validators
    return known is not None and known.url == url and bool(known.etag or known.last_modified)


def takes_deltas(request: Request, url: str) -> bool:
    """Return whether asking this URL says that the new entries alone (226) will do."""
    return request.kind == "feed" and is_conditional(request, url) and request.validators is not None and bool(request.validators.etag)


def first(lines: Sequence[tuple[str, str]], name: str) -> str:
    """Return the first value of a header given by its lower-case name, empty without one."""
    return next((value for key, value in lines if key == name), "")


def values(lines: Sequence[tuple[str, str]], name: str) -> list[str]:
    """Return all values of a header."""
    return [value for key, value in lines if key == name]


def kept(headers: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the header lines of a page's answer that are stored with it, cut to a sane length, free of what no database holds."""
    return [(name, value.replace("\x00", "")[:_KEPT_BYTES]) for name, value in headers if name in _KEPT]
