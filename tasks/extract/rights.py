"""What a page says about its use: licence, text-and-data-mining reservation, robots directives, paywall."""

import re

from domain.text import clean_line
from tasks.extract import gate
from tasks.extract.json_ld import Statement
from tasks.extract.meta import Head

_DIRECTIVES = frozenset(
    "noindex nofollow none noarchive nosnippet noimageindex notranslate noai noimageai nocache indexifembedded unavailable_after".split()  # noqa: SIM905
)
_CREATIVE_COMMONS = re.compile(r"creativecommons\.org/(?:licenses/([a-z-]+)/(\d\.\d)|publicdomain/(zero|mark)/(\d\.\d))", re.IGNORECASE)
_LINKED = re.compile(r"""<([^<>]+)>\s*;[^,<]*\brel="?license\b""", re.IGNORECASE)
_LOCKED = frozenset({"locked", "metered", "subscription", "premium", "paid", "hard"})
_OPEN = frozenset({"free", "unlocked", "open", "public"})


def license_of(statement: Statement, head: Head, linked: list[str], headers: dict[str, str]) -> str | None:
    """Return the licence as the page states it: a Creative Commons name, else its address or name; None if it states none.

    `linked` are the addresses of links marked `rel=license`; a `Link` header may name one too (RFC 8288).
    """
    header = _LINKED.findall(headers.get("link", ""))
    stated = [statement.license, *head.links.get("license", []), *head.all("dcterms.license", "license"), *linked, *header]
    for text in stated:
        if match := _CREATIVE_COMMONS.search(text):
            return f"CC {match[1].upper()} {match[2]}" if match[1] else f"CC {(match[3] or '').upper()} {match[4]}"
    return next((clean_line(text, limit=300) for text in stated if text.strip()), None)


def reserved_for_mining(head: Head, headers: dict[str, str]) -> bool | None:
    """Return whether text and data mining is reserved (TDMRep: `tdm-reservation` as header or meta tag); None if unsaid."""
    for value in (headers.get("tdm-reservation", ""), head.first("tdm-reservation")):
        if value.strip() in {"0", "1"}:
            return value.strip() == "1"
    return None


def directives_of(head: Head, headers: dict[str, str]) -> tuple[str, ...]:
    """Return the directives that restrict something, sorted: the robots meta tag, `X-Robots-Tag`, and `Content-Usage` (`train-ai=n`)."""
    text = ",".join([headers.get("x-robots-tag", ""), *head.all("robots", "googlebot-news")])
    refused = re.findall(r"\b[a-z-]+=n\b", headers.get("content-usage", "").lower())
    return tuple(sorted({*refused, *(word for word in re.split(r"[\s,;:]+", text.lower()) if word in _DIRECTIVES)}))


def paywalled(statement: Statement, head: Head, cut: list[str]) -> bool | None:
    """Return whether the text is sold or cut off: JSON-LD's `isAccessibleForFree`, a content tier in a meta tag, or a line that says so.

    `cut` are the lines cut from the body. None when nothing says either.
    """
    if statement.free is not None:
        return not statement.free
    if any(gate.PAYWALL.search(line) for line in cut):
        return True
    tier = head.first("article:content_tier", "og:article:content_tier", "cxenseparse:content-tier").lower()
    return True if tier in _LOCKED else False if tier in _OPEN else None
