"""How an entry, a poll or a fetch can end, and the stable reason codes that say why.

Every entry ever seen ends in exactly one terminal `Outcome`; until then it is `PENDING`.
A `Reason` is a stable code that is stored; `words` turns it into what a person reads.
"""

from enum import StrEnum


class Outcome(StrEnum):
    """The state of an entry: pending, or one of seven terminal outcomes."""

    PENDING = "pending"
    UNIQUE = "unique"
    EXACT_COPY = "exact_copy"
    NEAR_COPY = "near_copy"
    REVISION = "revision"
    UNCHANGED = "unchanged"
    REJECTED = "rejected"
    FAILED = "failed"


TERMINAL = tuple(outcome for outcome in Outcome if outcome is not Outcome.PENDING)


class Reason(StrEnum):
    """Why something ended as it did: a stable code, stored and counted; never renamed, only added to."""

    # the network
    DNS_UNKNOWN = "dns_unknown"
    DNS_TEMPORARY = "dns_temporary"
    CONNECT_REFUSED = "connect_refused"
    CONNECT_TIMEOUT = "connect_timeout"
    NETWORK_UNREACHABLE = "network_unreachable"
    TLS = "tls"
    DEADLINE = "deadline"
    BROKEN_TRANSFER = "broken_transfer"
    PROTOCOL = "protocol"
    # what we refuse to ask or to take
    REFUSED_ADDRESS = "refused_address"
    REFUSED_URL = "refused_url"
    URL_TOO_LONG = "url_too_long"
    NO_LINK = "no_link"
    TOO_MANY_REDIRECTS = "too_many_redirects"
    BAD_REDIRECT = "bad_redirect"
    TOO_LARGE = "too_large"
    BAD_ENCODING = "bad_encoding"
    NOT_HTML = "not_html"
    ROBOTS = "robots"
    ROBOTS_UNREACHABLE = "robots_unreachable"
    # what the server said
    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"
    SERVER_ERROR = "server_error"
    NOT_FOUND = "not_found"
    GONE = "gone"
    UNAUTHORISED = "unauthorised"
    FORBIDDEN = "forbidden"
    LEGAL = "legal"
    CHALLENGE = "challenge"
    UNEXPECTED_STATUS = "unexpected_status"
    MOVED = "moved"
    # the feed document
    EMPTY_BODY = "empty_body"
    HTML_NOT_FEED = "html_not_feed"
    NOT_A_FEED = "not_a_feed"
    NO_FEED_FOUND = "no_feed_found"
    EMPTY_FEED = "empty_feed"
    SILENT = "silent"
    # the archive
    NOT_A_SITEMAP = "not_a_sitemap"
    NOT_AN_ARCHIVE = "not_an_archive"
    OFF_HOST = "off_host"
    LOOP = "loop"
    TOO_DEEP = "too_deep"
    BAD_ROW = "bad_row"
    LIMIT_REACHED = "limit_reached"
    # the page
    EMPTY_PAGE = "empty_page"
    TOO_SHORT = "too_short"
    NOT_AN_ARTICLE = "not_an_article"
    PAYWALL_STUB = "paywall_stub"
    LOGIN_WALL = "login_wall"
    CONSENT_WALL = "consent_wall"
    ERROR_PAGE = "error_page"
    VIDEO_STUB = "video_stub"
    QUARANTINED = "quarantined"
    EXTRACTION_FAILED = "extraction_failed"
    EXTRACTOR_KILLED = "extractor_killed"
    # identity
    KNOWN_URL = "known_url"
    SAME_TEXT = "same_text"
    # the store
    NOT_STORABLE = "not_storable"
    TOO_MANY_ATTEMPTS = "too_many_attempts"
    CANCELLED = "cancelled"


# What every request meets when our own network is down: it says nothing about a server.
NETWORK = frozenset({Reason.DNS_TEMPORARY, Reason.DNS_UNKNOWN, Reason.NETWORK_UNREACHABLE, Reason.CONNECT_TIMEOUT, Reason.CONNECT_REFUSED})

_WORDS = {
    Reason.DNS_UNKNOWN: "the host name does not exist",
    Reason.DNS_TEMPORARY: "the name server did not answer",
    Reason.CONNECT_REFUSED: "the server refused the connection",
    Reason.CONNECT_TIMEOUT: "the server did not accept a connection in time",
    Reason.NETWORK_UNREACHABLE: "the network cannot be reached from here",
    Reason.TLS: "the server's certificate or TLS version is not acceptable",
    Reason.DEADLINE: "the answer took longer than the total time allowed",
    Reason.BROKEN_TRANSFER: "the connection broke before the answer was complete",
    Reason.PROTOCOL: "the server's answer is not valid HTTP",
    Reason.REFUSED_ADDRESS: "the address is private or reserved and not in fetch.allowed_networks",
    Reason.REFUSED_URL: "the URL is not one that is ever fetched (scheme, port, user name or spelling)",
    Reason.URL_TOO_LONG: "the URL is longer than 2,048 bytes",
    Reason.NO_LINK: "the entry has no link",
    Reason.TOO_MANY_REDIRECTS: "too many redirects, or a redirect loop",
    Reason.BAD_REDIRECT: "the redirect's target is missing or not a URL",
    Reason.TOO_LARGE: "the answer is larger than allowed",
    Reason.BAD_ENCODING: "the body cannot be decompressed as the server declared it",
    Reason.NOT_HTML: "the page is not HTML",
    Reason.ROBOTS: "robots.txt disallows this page",
    Reason.ROBOTS_UNREACHABLE: "robots.txt could not be read, so the host is left alone for now",
    Reason.RATE_LIMITED: "the server asked to slow down (429)",
    Reason.UNAVAILABLE: "the server is temporarily unavailable (503)",
    Reason.SERVER_ERROR: "the server failed (5xx)",
    Reason.NOT_FOUND: "not found (404)",
    Reason.GONE: "gone (410)",
    Reason.UNAUTHORISED: "the server asks for a login (401)",
    Reason.FORBIDDEN: "the server refuses access (403)",
    Reason.LEGAL: "unavailable for legal reasons (451)",
    Reason.CHALLENGE: "blocked: the server answers with a browser challenge",
    Reason.UNEXPECTED_STATUS: "the server answered with a status that carries no content",
    Reason.MOVED: "moved for good to another address",
    Reason.EMPTY_BODY: "the answer is empty",
    Reason.HTML_NOT_FEED: "HTML instead of a feed",
    Reason.NOT_A_FEED: "the answer is not a feed in any known format",
    Reason.NO_FEED_FOUND: "no feed was found on this site",
    Reason.EMPTY_FEED: "the feed lists no entries, though it used to",
    Reason.SILENT: "silent for much longer than its rhythm",
    Reason.NOT_A_SITEMAP: "the answer is not a sitemap",
    Reason.NOT_AN_ARCHIVE: "the file is not a readable archive",
    Reason.OFF_HOST: "it leads to another site",
    Reason.LOOP: "it leads back to where the walk has been",
    Reason.TOO_DEEP: "the chain of documents is longer than any real one",
    Reason.BAD_ROW: "rows of the list could not be read",
    Reason.LIMIT_REACHED: "the request's limit of new documents is reached",
    Reason.EMPTY_PAGE: "the page has no text",
    Reason.TOO_SHORT: "the text is too short to be an article",
    Reason.NOT_AN_ARTICLE: "the page is not an article",
    Reason.PAYWALL_STUB: "only a paywall stub is readable",
    Reason.LOGIN_WALL: "the page is a login wall",
    Reason.CONSENT_WALL: "the page is a consent banner",
    Reason.ERROR_PAGE: "the page is an error page sent as a success",
    Reason.VIDEO_STUB: "the page is a video or gallery without text",
    Reason.QUARANTINED: "the text contradicts what the feed said of it",
    Reason.EXTRACTION_FAILED: "no text could be extracted",
    Reason.EXTRACTOR_KILLED: "extraction was stopped: too slow, too much memory, or a crash",
    Reason.KNOWN_URL: "this URL is already known",
    Reason.SAME_TEXT: "fetched again, the text is the same",
    Reason.NOT_STORABLE: "the database refused the record",
    Reason.TOO_MANY_ATTEMPTS: "given up after its retries",
    Reason.CANCELLED: "cancelled by the operator",
}


def words(reason: str | None) -> str:
    """Return what a person reads for a reason code; an unknown code reads as itself, none as an empty string."""
    if not reason:
        return ""
    try:
        return _WORDS[Reason(reason)]
    except ValueError:
        return reason
