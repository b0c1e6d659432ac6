"""Asks a web archive which captures it holds (the Wayback Machine's CDX server), and where a capture's raw bytes are.

One query lists one site and one month, sorted by address; a resume key leads to the next part. Of several captures of one article
the earliest is taken: the window is about publication, and a later capture may be of a page that is no longer there.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode, urlsplit

from domain.history import Discovered, Findings, Further, Trouble, Window
from domain.outcomes import Reason
from domain.urls import canonical_url, url_key

_FIELDS: Final = ("timestamp", "original", "mimetype", "statuscode")
_STAMP: Final = "%Y%m%d%H%M%S"
# What is no article whatever it is served as; the server could filter by regular expression, at a price that it pays.
_ASSET: Final = re.compile(
    r"\.(?:js|css|json|xml|rss|atom|txt|jpe?g|png|gif|webp|svg|ico|woff2?|ttf|pdf|mp[34]|zip|gz)$"
    r"|/(?:feed|rss|amp|wp-json|wp-content|wp-includes|wp-admin|cdn-cgi|tag|tags|category|author|search|page/\d+)(?:/|$)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Capture:
    """One capture of one address."""

    original: str
    at: datetime


def query_url(base: str, site: str, window: Window, *, limit: int, resume: str | None = None) -> str:
    """Return the CDX query for a site's HTML pages captured in the window, one capture for each address.

    `site` is a URL: with a path, addresses that begin with it are asked for, else everything on its domain.
    """
    parts = urlsplit(site)
    path = parts.path.rstrip("/")
    name = (parts.hostname or "").removeprefix("www.")
    asked = {"url": f"{parts.netloc}{path}/*"} if path else {"url": name, "matchType": "domain"}
    times = {
        **({"from": window.since.astimezone(UTC).strftime(_STAMP)} if window.since else {}),
        **({"to": window.until.astimezone(UTC).strftime(_STAMP)} if window.until else {}),
    }
    query = [
        *asked.items(), *times.items(), ("output", "json"), ("fl", ",".join(_FIELDS)), ("filter", "statuscode:200"),
        ("filter", "mimetype:text/html"), ("collapse", "urlkey"), ("limit", str(limit)), ("showResumeKey", "true"),
    ]  # fmt: skip
    return f"{base.rstrip('/')}/cdx/search/cdx?{urlencode([*query, *([('resumeKey', resume)] if resume else [])])}"


def raw_url(base: str, capture: Capture) -> str:
    """Return where the archive serves a capture's bytes as they were, without its own frame and links."""
    return f"{base.rstrip('/')}/web/{capture.at:{_STAMP}}id_/{capture.original}"


def read(body: bytes, url: str, base: str, window: Window, *, start: int = 0) -> Findings:
    """Yield the earliest capture in the window of each article that a CDX answer lists, and the query for the part after it."""
    try:
        captures, resume = _parse(body)
    except (ValueError, TypeError, RecursionError) as error:
        yield Trouble(Reason.NOT_AN_ARCHIVE, f"not a CDX answer: {str(error)[:200]}", fatal=True)
        return
    for position, one in enumerate(earliest(captures, window)):
        if position >= start:
            yield Discovered(url=one.original, position=position + 1, asked_url=raw_url(base, one), captured_at=one.at)
    if resume:
        yield Further(_with_resume(url, resume))


def earliest(captures: Iterator[Capture] | list[Capture], window: Window) -> list[Capture]:
    """Return one capture for each article, the earliest in the window, in the order in which their addresses come first."""
    best: dict[str, Capture] = {}
    for one in captures:
        if (window.since and one.at < window.since) or (window.until and one.at >= window.until):
            continue
        parts = urlsplit(one.original)
        if parts.path in {"", "/"} or _ASSET.search(parts.path):
            continue
        key = url_key(re.sub(r"^https?://(?:www\.)?", "//", canonical_url(one.original)))
        if key not in best or one.at < best[key].at:
            best[key] = one
    return list(best.values())


def _parse(body: bytes) -> tuple[list[Capture], str | None]:
    """Return the captures and the resume key of an answer in JSON, or in the plain form that older servers give."""
    text = body.decode("utf-8", "replace").strip()
    if not text or text == "[]":
        return [], None
    rows = json.loads(text) if text.startswith("[") else [line.split(" ") for line in text.splitlines()]
    if not all(isinstance(row, list) for row in rows):
        raise ValueError("its rows are no lists")
    fields = list(_FIELDS)
    if rows and rows[0] and "original" in rows[0]:
        fields = [str(name) for name in rows.pop(0)]
    resume = None
    # The key stands alone in the last row, after an empty one.
    if len(rows) > 1 and not any(rows[-2]) and len(rows[-1]) == 1:
        resume = str(rows[-1][0])
        rows = rows[:-2]
    named = (dict(zip(fields, row, strict=False)) for row in rows if len(row) >= 2)
    return [capture for row in named if (capture := _capture(row)) is not None], resume


def _capture(row: dict[str, object]) -> Capture | None:
    stamp, original = str(row.get("timestamp", "")), str(row.get("original", ""))
    if str(row.get("statuscode", "200")) not in {"200", "-"} or "html" not in str(row.get("mimetype", "text/html")):
        return None
    try:
        canonical_url(original)
        return Capture(original, datetime.strptime(stamp[:14].ljust(14, "0"), _STAMP).replace(tzinfo=UTC))
    except ValueError:
        return None


def _with_resume(url: str, resume: str) -> str:
    kept = [pair for pair in urlsplit(url).query.split("&") if not pair.startswith("resumeKey=")]
    return urlsplit(url)._replace(query="&".join([*kept, urlencode({"resumeKey": resume})])).geturl()
