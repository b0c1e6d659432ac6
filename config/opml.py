"""OPML 2.0 (opml.org/spec2.opml), in and out.

The parser expands no entity, loads no DTD and opens no address; a document that declares any of it is refused, since no feed list
has reason to. What OPML has no attribute for goes under a namespace of our own, which other programs leave alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any, Final, cast

from lxml import etree

from domain.errors import ConfigurationError
from domain.records import Subscription

_NAMESPACE: Final = "urn:copydesk:opml"
_FEED_TYPES: Final = frozenset({"", "rss", "atom", "feed", "jsonfeed", "rdf"})
_MAX_ROWS: Final = 100_000


def rows(body: bytes, path: Path) -> Iterator[tuple[Mapping[str, Any], Mapping[str, int]]]:
    """Yield each feed as a row of `config.feedlist`, with its line. Raises `ConfigurationError` when it is no OPML."""
    root = _root(body, path)
    found = 0
    for outline in root.iter("outline"):
        url = (outline.get("xmlUrl") or outline.get("xmlurl") or "").strip()
        kind = (outline.get("type") or "").strip().lower()
        if kind not in _FEED_TYPES or not (url or kind):
            continue
        found += 1
        if found > _MAX_ROWS:
            raise ConfigurationError(f"{path} lists more than {_MAX_ROWS:,} feeds.")
        yield _row(outline, url), {"": cast("int | None", outline.sourceline) or 1}


def write(subscriptions: Sequence[Subscription], *, title: str, now: datetime) -> bytes:
    """Return the subscriptions as an OPML 2.0 document in UTF-8, one outline each; `rows` reads all of it back."""
    root = etree.Element("opml", version="2.0", nsmap={"copydesk": _NAMESPACE})
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = title
    etree.SubElement(head, "dateCreated").text = format_datetime(now, usegmt=True)
    body = etree.SubElement(root, "body")
    for one in subscriptions:
        attributes = {
            "type": "rss", "text": one.title or one.publisher or one.url, "title": one.title or "", "xmlUrl": one.url,
            "htmlUrl": one.site_url or "", "language": one.language or "", "category": ",".join(map(_category, one.tags)),
            _own("publisher"): one.publisher or "", _own("fallbacks"): " ".join(one.fallbacks),
            _own("discover"): "true" if one.discover else "",
        }  # fmt: skip
        etree.SubElement(body, "outline", {name: value for name, value in attributes.items() if value or name == "text"})
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _root(body: bytes, path: Path) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        line = error.lineno or 1
        raise ConfigurationError(f"{path}, line {line}: not well-formed XML ({str(error.msg).split(', line')[0][:150]}).") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise ConfigurationError(f"{path} declares a document type; remove it, a feed list has no use for entities.")
    if root.tag != "opml" or root.find("body") is None:
        raise ConfigurationError(f"{path} is XML but no OPML; expected an <opml> element with a <body>.")
    return root


def _row(outline: etree._Element, url: str) -> dict[str, Any]:
    site = (outline.get("htmlUrl") or outline.get("htmlurl") or "").strip()
    discover = outline.get(_own("discover")) == "true"
    row: dict[str, Any] = {
        # A page that cannot be an address is no reason to refuse the feed.
        "url": None if discover else url,
        "site": url if discover else site if site.lower().startswith(("http://", "https://")) else None,
        "title": outline.get("title") or outline.get("text"),
        "publisher": outline.get(_own("publisher")),
        "language": _language(outline.get("language")),
        "tags": _tags(outline),
        "fallbacks": (outline.get(_own("fallbacks")) or "").split(),
    }
    return {key: value for key, value in row.items() if value}


def _tags(outline: etree._Element) -> list[str]:
    """Return the names of the folders an outline lies in, outermost first, and its categories."""
    folders = [one.get("title") or one.get("text") or "" for one in outline.iterancestors("outline")]
    categories = (outline.get("category") or "").split(",")
    names = (name.strip().strip("/") for name in [*reversed(folders), *categories])
    return list(dict.fromkeys(name for name in names if name))[:50]


def _category(tag: str) -> str:
    return tag.replace(",", " ")


def _language(value: str | None) -> str | None:
    # Other programs write "unknown" here.
    return value.strip() if value and value.strip().lower() not in {"unknown", "und", ""} else None


def _own(name: str) -> str:
    return f"{{{_NAMESPACE}}}{name}"
