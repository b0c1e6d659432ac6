"""What a URL is: the one identity function, and the names that follow from it.

Two addresses are one only when nothing but spelling differs (case of scheme and host, default port, fragment, user name, order
of the query), when what differs is a tracking parameter from the exact-name list below, or when a rule for that one site says
so. Hosts are never merged: `m.`, `amp.` and `www.` are names like any other. When in doubt two addresses stay two, because two
records of one article are found by their text later, while two articles under one record are lost.
"""

import hashlib
import re
from functools import lru_cache
from ipaddress import ip_address
from typing import Final, NamedTuple
from urllib.parse import SplitResult, urlsplit

import idna
from tld import get_fld
from w3lib.url import canonicalize_url

MAX_BYTES: Final = 2_048

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_HOST: Final = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*")
_CAPTURE: Final = re.compile(r"/web/\d{4,14}(?:[a-z]{2}_)?/(https?:/{1,2}.+)", re.IGNORECASE | re.DOTALL)
_SESSION: Final = re.compile(r";jsessionid=[^/;?#]*", re.IGNORECASE)
# The URL Standard strips these at both ends, and tabs and newlines anywhere.
_ENDS: Final = "".join(map(chr, range(0x21)))
_BREAKS: Final = str.maketrans("", "", "\t\r\n")

# Parameters that say who sent the reader, never what is read: exact names, compared in lower case. The `utm_` prefix is
# reserved for this by the tools that made it. Deliberately absent, because on real sites they are the article's number or the
# page's content: cid, eid, uid, id, source, ref, session, keyword, page. (A paragraph of names reads better than a column.)
_TRACKING_PREFIX: Final = "utm_"
_TRACKING_NAMES: Final = (
    # Google Ads and Analytics
    "gclid gclsrc dclid gbraid wbraid gad_source gad_campaignid srsltid _ga _gl "
    # Facebook, Instagram, Microsoft, X, TikTok, LinkedIn, Yandex
    "fbclid fb_action_ids fb_action_types fb_ref fb_source igshid igsh msclkid twclid __twitter_impression ttclid li_fat_id "
    "yclid ysclid _openstat "
    # Mail: Mailchimp, HubSpot, Marketo, Vero, Omeda
    "mc_cid mc_eid _hsenc _hsmi __hstc __hssc __hsfp hsctatracking mkt_tok vero_id vero_conv oly_anon_id oly_enc_id "
    # Matomo and Piwik
    "mtm_campaign mtm_cid mtm_content mtm_group mtm_keyword mtm_medium mtm_placement mtm_source "
    "pk_campaign pk_content pk_keyword pk_kwd pk_medium pk_source "
    # AT Internet (Piano), Comscore, Webtrekk, Yahoo
    "xtor at_medium at_campaign at_campaign_type at_format at_link_id at_link_origin at_link_type at_ptr_name at_bbc_team "
    "at_custom1 at_custom2 at_custom3 at_custom4 ns_mchannel ns_source ns_campaign ns_linkname ns_fee wt_mc wt.mc_id "
    "guccounter guce_referrer guce_referrer_sig"
)
_TRACKING: Final = frozenset(_TRACKING_NAMES.split())
# Names that track on one site and may mean anything on another, by registrable domain.
_SITE_TRACKING: Final = {
    "bbc.co.uk": frozenset({"ocid"}),
    "bbc.com": frozenset({"ocid"}),
    "aljazeera.com": frozenset({"traffic_source"}),
    "dw.com": frozenset({"maca"}),
    "nytimes.com": frozenset({"emc", "partner", "smid", "smtyp"}),
    "theguardian.com": frozenset({"cmp"}),
}


class _SiteRule(NamedTuple):
    """Paths of one site that are one article: `path` must match wholly and is replaced by `identity`."""

    path: re.Pattern[str]
    identity: str


# By registrable domain; the host itself is kept.
_SITE_RULES: Final = {
    # Kurdistan 24 has used /en/story/25747-Some-Title, the same under /public/index.php, and /en/story/25747/some-title. The
    # number is the article; its title may be rewritten at any time.
    "kurdistan24.net": _SiteRule(re.compile(r"(?:/public)?(?:/index\.php)?/([a-z]{2,8})/story/(\d+)(?:[-/].*)?"), r"/\1/story/\2"),
}


# One address is asked about several times in a row: where it is read, where its host is found, where it is recorded.
@lru_cache(maxsize=1_024)
def canonical_url(url: str) -> str:
    """Return the address under which a URL is known: absolute, ASCII, at most 2,048 bytes.

    Idempotent. Raises `ValueError`, whose text is one sentence, when the URL is not one that could be fetched by HTTP.
    """
    text = _once(url)
    for _ in range(3):
        again = _once(text)
        if again == text:
            return text
        text = again
    raise ValueError("the URL changes each time it is normalised")


def feed_identity(url: str) -> str:
    """Return what two spellings of one feed's address share: the canonical URL without its scheme and its closing slash.

    For subscriptions only, where both spellings were written by the operator. Raises `ValueError` as `canonical_url` does.
    """
    return canonical_url(url).partition("://")[2].rstrip("/")


def url_key(canonical: str) -> str:
    """Return the key of a canonical URL: its SHA-256 as 64 hexadecimal digits."""
    return hashlib.sha256(canonical.encode()).hexdigest()


def original_of(url: str) -> str | None:
    """Return the address of which a web archive's URL is a capture, or None when it is none.

    Only for what an archive answered: anybody can put another's address into a URL of their own.
    """
    match = _CAPTURE.search(url)
    return re.sub(r"^(https?):/+", r"\1://", match[1], flags=re.IGNORECASE) if match else None


def host_of(url: str) -> str:
    """Return `name:port` of a URL, lower case, the port always explicit; raises `ValueError` as `canonical_url` does."""
    parts = _split(url)
    return f"{_host(parts)}:{_port(parts) or _DEFAULT_PORTS[parts.scheme]}"


def registrable_domain(host: str) -> str:
    """Return the part of a host name that was registered (`bbc.co.uk`), from the public suffix list that tld carries.

    Takes a bare name or `name:port`. An address, or a name under no public suffix, is returned as it is, without the port.
    """
    name = host if host.endswith("]") else re.sub(r":\d*$", "", host)
    return get_fld(f"https://{name}", fail_silently=True, search_private=True) or name


def _once(url: str) -> str:
    parts = _split(url)
    port = _port(parts)
    netloc = _host(parts) + (f":{port}" if port else "")
    query = f"?{parts.query}" if parts.query else ""
    site = registrable_domain(netloc)
    cleaned = urlsplit(canonicalize_url(f"{parts.scheme}://{netloc}{_SESSION.sub('', parts.path) or '/'}{query}"))
    path, rule = cleaned.path, _SITE_RULES.get(site)
    if rule and (match := rule.path.fullmatch(path)):
        path = match.expand(rule.identity)
    kept = "&".join(pair for pair in cleaned.query.split("&") if not _tracks(pair.partition("=")[0].lower(), site))
    text = cleaned._replace(path=path, query=kept, fragment="").geturl()
    if len(text) > MAX_BYTES:
        raise ValueError(f"the URL is longer than {MAX_BYTES:,} bytes")
    return text


def _tracks(name: str, site: str) -> bool:
    return name.startswith(_TRACKING_PREFIX) or name in _TRACKING or name in _SITE_TRACKING.get(site, ())


def _split(url: str) -> SplitResult:
    text = url.strip(_ENDS).translate(_BREAKS)
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise ValueError(f"the URL is longer than {MAX_BYTES:,} bytes")
    try:
        parts = urlsplit(text)
    except ValueError:
        raise ValueError("the URL's host is not a valid name or address") from None
    if parts.scheme not in _DEFAULT_PORTS:
        raise ValueError("the URL is not an absolute http or https address")
    return parts


def _host(parts: SplitResult) -> str:
    """Return the host in lower-case ASCII; an IPv6 address keeps its brackets."""
    name = (parts.hostname or "").removesuffix(".")
    try:
        if ":" in name and "%" not in name:  # a zone names an interface of one machine
            return f"[{ip_address(name).compressed}]"
        if not name.isascii():
            # IDNA 2008 as browsers apply it: the 2003 rules would make faß.de and fass.de one host.
            name = idna.encode(name, uts46=True, transitional=False).decode("ascii")
    except ValueError:
        raise ValueError("the URL's host is not a valid name or address") from None
    if len(name) > 253 or not _HOST.fullmatch(name):
        raise ValueError("the URL's host is missing or not a valid name")
    return name


def _port(parts: SplitResult) -> int | None:
    try:
        port = parts.port
    except ValueError:
        raise ValueError("the URL's port is not a number up to 65,535") from None
    if port == 0:
        raise ValueError("the URL's port is not a number up to 65,535")
    return None if port == _DEFAULT_PORTS[parts.scheme] else port
