"""What a page's JSON-LD says of its article: schema.org as newsrooms write it, which is to say in every shape.

The article is the node of an article type at the top, in a `@graph`, or as `mainEntity`; never one inside a list of teasers or
of live-blog updates. Broken blocks are mended where that is safe (raw newlines, trailing commas, text after the end).
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_TYPES = (
    "NewsArticle", "ReportageNewsArticle", "AnalysisNewsArticle", "OpinionNewsArticle", "BackgroundNewsArticle", "ReviewNewsArticle",
    "AskPublicNewsArticle", "AdvertiserContentArticle", "LiveBlogPosting", "BlogPosting", "Article", "Report", "TechArticle",
    "ScholarlyArticle", "SatiricalArticle", "SocialMediaPosting", "Review",
)  # fmt: skip
_RANK = {name.lower(): rank for rank, name in enumerate(_TYPES)}
_CONTAINERS = ("@graph", "mainEntity", "mainEntityOfPage", "itemReviewed")
_TRAILING_COMMA = re.compile(r",\s*([}\]])")
_MAX_BLOCK = 1_000_000
_MAX_NODES = 400

Node = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Statement:
    """What JSON-LD states, as written: texts not yet cleaned, dates not yet parsed, empty where it is silent."""

    kind: str = ""
    headline: str = ""
    description: str = ""
    body: str = ""
    authors: tuple[str, ...] = ()
    editors: tuple[str, ...] = ()
    contributors: tuple[str, ...] = ()
    published: str = ""
    modified: str = ""
    sections: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    image_url: str = ""
    image_caption: str = ""
    image_credit: str = ""
    language: str = ""
    publisher: str = ""
    free: bool | None = None
    license: str = ""
    url: str = ""
    agency: str = ""
    types: frozenset[str] = frozenset()


def read(blocks: tuple[str, ...]) -> Statement:
    """Return what the page's JSON-LD blocks say of its article; an empty statement (with the types seen) if nothing."""
    roots = [root for block in blocks if (root := _load(block)) is not None]
    nodes = list(_nodes(roots))
    named = {str(node["@id"]): node for node in nodes if "@id" in node and len(node) > 1}
    types = frozenset(kind for node in nodes for kind in _types(node))
    found = [(rank, node) for node in nodes if (rank := _rank(node)) is not None]
    if not found:
        return Statement(types=types)
    # Prefer the node with a headline; among those the most specific type; among those the first.
    _, article = min(found, key=lambda one: (not _text(one[1].get("headline")), one[0]))
    return _statement(article, named, types)


def _statement(article: Node, named: Mapping[str, Node], types: frozenset[str]) -> Statement:
    get = {key.lower(): value for key, value in article.items()}.get
    image = _resolve(_first(get("image")), named)
    publisher = _resolve(_first(get("publisher")), named)
    free = get("isaccessibleforfree")
    return Statement(
        kind=next(iter(_types(article)), ""),
        headline=_text(get("headline")) or _text(get("name")),
        description=_text(get("description")) or _text(get("abstract")),
        body=_text(get("articlebody")) or _text(get("reviewbody")),
        authors=_names(get("author") or get("creator"), named),
        editors=_names(get("editor"), named),
        contributors=_names(get("contributor"), named),
        published=_text(get("datepublished")) or _text(get("datecreated")),
        modified=_text(get("datemodified")),
        sections=_texts(get("articlesection")),
        keywords=_texts(get("keywords")),
        image_url=_text(image.get("url") or image.get("contentUrl")) if isinstance(image, Mapping) else _text(image),
        image_caption=_text(image.get("caption") or image.get("description")) if isinstance(image, Mapping) else "",
        image_credit=_credit(image, named),
        language=_text(get("inlanguage")) or _text(_first(get("inlanguage"))),
        publisher=_text(publisher.get("name")) if isinstance(publisher, Mapping) else _text(publisher),
        free=None if free is None else str(free).strip().lower() not in {"false", "0", "no"},
        license=_text(get("license")),
        url=_text(get("url")) or _text(get("mainentityofpage")),
        agency=next(iter(_names(get("sourceorganization"), named)), ""),
        types=types,
    )


def _load(block: str) -> object | None:
    """Return the block's first JSON value, mended if need be, or None."""
    text = block[:_MAX_BLOCK].strip().removeprefix("<![CDATA[").removeprefix("//<![CDATA[").lstrip().rstrip(";")
    decoder = json.JSONDecoder(strict=False)
    for candidate in (text, _TRAILING_COMMA.sub(r"\1", text)):
        try:
            return decoder.raw_decode(candidate)[0]  # type: ignore[no-any-return]
        except (ValueError, RecursionError):
            continue
    return None


def _nodes(roots: list[object]) -> Iterator[Node]:
    """Yield the objects that may be the page's subject, breadth first, at most 400."""
    queue, seen = list(roots), 0
    while queue and seen < _MAX_NODES:
        value = queue.pop(0)
        seen += 1
        if isinstance(value, list):
            queue.extend(value[:_MAX_NODES])
        elif isinstance(value, dict):
            yield value
            queue.extend(value[key] for key in _CONTAINERS if isinstance(value.get(key), dict | list))


def _types(node: Node) -> tuple[str, ...]:
    kinds = node.get("@type")
    return tuple(str(kind).rpartition("/")[2] for kind in (kinds if isinstance(kinds, list) else [kinds]) if kind)


def _rank(node: Node) -> int | None:
    ranks = [_RANK[kind.lower()] for kind in _types(node) if kind.lower() in _RANK]
    return min(ranks) if ranks else None


def _resolve(value: object, named: Mapping[str, Node]) -> object:
    if isinstance(value, Mapping) and set(value) == {"@id"}:
        return named.get(str(value["@id"]), value)
    return value


def _first(value: object) -> object:
    return (value[0] if value else None) if isinstance(value, list) else value


def _text(value: object) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, dict):
        return _text(value.get("@value") or value.get("@id") or value.get("name") or "")
    return _text(value[0]) if isinstance(value, list) and value and not isinstance(value[0], list) else ""


def _texts(value: object) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    return tuple(text for one in values if not isinstance(one, list) and (text := _text(one)))


def _names(value: object, named: Mapping[str, Node]) -> tuple[str, ...]:
    """Return the names of persons and organisations, in order, whatever shape they come in."""
    values = value if isinstance(value, list) else [value]
    names: list[str] = []
    for one in values[:_MAX_NODES]:
        person = _resolve(one, named)
        if isinstance(person, Mapping):
            whole = " ".join(filter(None, (_text(person.get("givenName")), _text(person.get("familyName")))))
            names.extend(_texts(person.get("name")) or ((whole,) if whole else ()))
        elif isinstance(person, str):
            names.append(person)
    return tuple(names)


def _credit(image: object, named: Mapping[str, Node]) -> str:
    if not isinstance(image, Mapping):
        return ""
    return _text(image.get("creditText")) or next(iter(_names(image.get("creator") or image.get("author"), named)), "")
