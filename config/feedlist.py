"""Reads the operator's feed list, TOML or OPML 2.0, and writes OPML.

Every complaint says file, line, what is wrong and what is allowed. Unknown keys are errors in TOML, because a misspelt one would
silently do nothing; OPML comes from other programs, whose own attributes are no concern of ours. A feed that is listed twice
in two spellings is taken once. Neither format can make this module open anything but the file itself.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from config import opml
from domain.errors import ConfigurationError
from domain.records import Subscription
from domain.text import clean_line
from domain.urls import canonical_url, feed_identity

MAX_BYTES: Final = 16_777_216
_KEYS: Final = ("url", "site", "title", "publisher", "language", "tags", "fallbacks")
_LISTS: Final = ("tags", "fallbacks")
_MAX_TEXT: Final = 1_000
_MAX_LIST: Final = 50
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_TABLE: Final = re.compile(r"^[ \t]*\[\[[ \t]*feeds[ \t]*\]\]", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class FeedList:
    """What a file holds: the good rows, a sentence for each bad one, and a sentence for each repetition."""

    subscriptions: tuple[Subscription, ...]
    problems: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()


class _BadRowError(ConfigurationError):
    """One row is not acceptable: `key` is where, the text says what is wrong and what is allowed."""

    def __init__(self, key: str, text: str) -> None:
        super().__init__(text)
        self.key = key


def load(path: Path) -> tuple[Subscription, ...]:
    """Return the subscriptions of a feed list. Raises `ConfigurationError` on the first bad row, with the number of others."""
    found = read(path)
    if found.problems:
        more = f" ({len(found.problems) - 1} more)" if len(found.problems) > 1 else ""
        raise ConfigurationError(found.problems[0] + more)
    return found.subscriptions


def read(path: Path) -> FeedList:
    """Return what a feed list holds, bad rows left out and named. Raises `ConfigurationError` when it cannot be read at all."""
    body = _body(path)
    # A byte-order mark, and the zeros of UTF-16, may stand before the bracket.
    rows = opml.rows(body, path) if body.lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n").startswith(b"<") else _toml_rows(body, path)
    good: dict[str, tuple[Subscription, int]] = {}
    problems: list[str] = []
    repeated: list[str] = []
    for row, lines in rows:
        try:
            one = subscription(row)
        except _BadRowError as error:
            problems.append(f"{path}, line {lines.get(error.key, lines[''])}: {error}.")
            continue
        identity = feed_identity(one.url)
        if identity in good:
            repeated.append(f"{path}, line {lines['']}: {one.url} is listed in line {good[identity][1]} already; that row is used.")
        else:
            good[identity] = (one, lines[""])
    return FeedList(tuple(one for one, _ in good.values()), tuple(problems), tuple(repeated))


def subscription(row: Mapping[str, Any]) -> Subscription:
    """Return a row as a subscription; its keys are url, site, title, publisher, language, tags and fallbacks.

    Raises `ConfigurationError`.
    """
    for key in row:
        if key not in _KEYS:
            near = get_close_matches(str(key), _KEYS, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise _BadRowError(key, f"unknown key {str(key)[:50]!r}; allowed are {', '.join(_KEYS)}{hint}".rstrip("?"))
    texts = {key: _text(row, key) for key in _KEYS if key not in _LISTS}
    lists = {key: _texts(row, key) for key in _LISTS}
    address = texts["url"] or texts["site"]
    if not address:
        raise _BadRowError("", "a row needs url (the feed) or site (a page whose feed is to be found)")
    for key, url in (("url", texts["url"]), ("site", texts["site"]), *(("fallbacks", one) for one in lists["fallbacks"])):
        _check_url(key, url)
    if texts["language"] and not _LANGUAGE.fullmatch(texts["language"]):
        raise _BadRowError("language", f"language is {texts['language']!r}; write a language tag such as en, ckb or pt-BR")
    return Subscription(
        url=address, title=texts["title"], site_url=texts["site"], publisher=texts["publisher"], language=texts["language"],
        tags=lists["tags"], fallbacks=lists["fallbacks"], discover=texts["url"] is None,
    )  # fmt: skip


def _body(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise ConfigurationError(f"{path} has {size:,} bytes; a feed list may have {MAX_BYTES:,}.")
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {(error.strerror or 'input/output error').lower()}.") from None


def _toml_rows(body: bytes, path: Path) -> Iterator[tuple[Mapping[str, Any], Mapping[str, int]]]:
    """Yield each row with the line of the row (under "") and of each of its keys."""
    try:
        text = body.decode("utf-8-sig").replace("\r\n", "\n")
        document = tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = body[: error.start].count(b"\n") + 1
        raise ConfigurationError(f"{path}, line {line}: the file is not UTF-8; save it as UTF-8.") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigurationError(f"{path} is not valid TOML: {str(error)[:200] or 'nested too deeply'}.") from None
    unknown = [key for key in document if key != "feeds"]
    feeds = document.get("feeds", [])
    if unknown or not isinstance(feeds, list) or not all(isinstance(one, dict) for one in feeds):
        what = f"unknown key {unknown[0][:50]!r}" if unknown else "feeds is not a list of tables"
        line = _line_of(text, unknown[0] if unknown else "feeds")
        raise ConfigurationError(f"{path}, line {line}: {what}; write each feed as a table [[feeds]].")
    starts = [match.start() for match in _TABLE.finditer(text)]
    for position, row in enumerate(feeds):
        start = starts[position] if len(starts) == len(feeds) else 0
        end = starts[position + 1] if len(starts) == len(feeds) and position + 1 < len(starts) else len(text)
        before = text.count("\n", 0, start)
        block = text[start:end]
        yield row, {"": before + 1} | {key: before + _line_of(block, key) for key in row}


def _line_of(text: str, key: str) -> int:
    found = re.search(rf"""^[ \t\[]*["']?{re.escape(key)}\b""", text, re.MULTILINE)
    return text.count("\n", 0, found.start()) + 1 if found else 1


def _text(row: Mapping[str, Any], key: str) -> str | None:
    value = row.get(key)
    if value is None:
        return None
    if not isinstance(value, str):
        raise _BadRowError(key, f"{key} is {type(value).__name__}; write a text in quotes")
    if len(value) > max(_MAX_TEXT, 2_048):
        raise _BadRowError(key, f"{key} has {len(value):,} characters; at most {_MAX_TEXT:,} are allowed")
    return clean_line(value, limit=2_048) or None


def _texts(row: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = row.get(key, [])
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise _BadRowError(key, f'{key} is no list of texts; write for example {key} = ["…", "…"]')
    if len(value) > _MAX_LIST:
        raise _BadRowError(key, f"{key} has {len(value):,} items; at most {_MAX_LIST} are allowed")
    cleaned = (clean_line(one, limit=2_048) for one in value)
    return tuple(dict.fromkeys(one for one in cleaned if one))


def _check_url(key: str, url: str | None) -> None:
    if url is None:
        return
    try:
        canonical_url(url)
    except ValueError as error:
        raise _BadRowError(key, f"{key} is {url[:100]!r}, but {error}; write an address such as https://news.example/feed.xml") from None
    if "@" in urlsplit(url).netloc:
        raise _BadRowError(key, f"{key} has a user name or password in it, which is never sent; write the address without it")
