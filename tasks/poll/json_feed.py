"""Reads JSON Feed 1.0 and 1.1 (jsonfeed.org), which feedparser does not."""

import json
from collections.abc import Iterator
from typing import Any, Final

from domain.records import ListedEntry
from tasks.poll import fields
from tasks.poll.dates import DateReader

_VERSION: Final = "jsonfeed.org/version/1"


def read(text: str, dates: DateReader, url: str) -> tuple[dict[str, Any], list[ListedEntry]] | None:
    """Return the feed's own fields, by the names of `FeedDocument`, and its entries; None when it is no JSON Feed."""
    try:
        feed = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(feed, dict) or _VERSION not in str(feed.get("version")) or not isinstance(feed.get("items"), list):
        return None
    own = {
        "title": fields.title(feed.get("title")),
        "format": f"json{str(feed['version'])[-3:].strip('/')}"[:12],
        "site_url": fields.link(url, feed.get("home_page_url")),
        "language": fields.language(feed.get("language")),
        "hub_url": next((fields.link(url, hub.get("url")) for hub in _objects(feed.get("hubs"))), None),
        "previous_url": fields.link(url, feed.get("next_url")),
    }
    return own, [_entry(one, dates, url) for one in _objects(feed["items"])]


def _entry(one: dict[str, Any], dates: DateReader, url: str) -> ListedEntry:
    people = [*_objects(one.get("authors")), *_objects([one.get("author")])]
    pictures = [one.get("image"), one.get("banner_image")]
    pictures += [each.get("url") for each in _objects(one.get("attachments")) if str(each.get("mime_type")).startswith("image/")]
    return ListedEntry(
        guid=fields.guid(one.get("id")),
        link=fields.link(url, one.get("url")) or fields.link(url, one.get("external_url")),
        title=fields.title(one.get("title")),
        authors=fields.authors(person.get("name") for person in people),
        summary=fields.summary(one.get("summary")),
        content=fields.content(one.get("content_html")) or fields.content(one.get("content_text")),
        published_at=dates.read(_text(one.get("date_published"))),
        updated_at=dates.read(_text(one.get("date_modified"))),
        language=fields.language(one.get("language")),
        tags=fields.names(one["tags"]) if isinstance(one.get("tags"), list) else (),
        image_url=next((address for address in (fields.link(url, picture) for picture in pictures) if address), None),
    )


def _objects(value: object) -> Iterator[dict[str, Any]]:
    return (one for one in value if isinstance(one, dict)) if isinstance(value, list) else iter(())


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
