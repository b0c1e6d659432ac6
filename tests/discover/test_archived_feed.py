"""Feeds walked into their past: chains, loops, other hosts, WordPress's pages."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.history import Discovered, Finding, Further, Trouble, Window
from domain.outcomes import Reason
from domain.records import FeedDocument, ListedEntry
from tasks.discover import archived_feed

HERE = "https://press.example/feed"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
ALWAYS = Window()


def document(*days_ago: float, older: str | None = None, prefix: str = "a") -> FeedDocument:
    entries = (
        ListedEntry(
            guid=f"{prefix}{days}",
            link=f"https://press.example/{prefix}{days}",
            title=f"Title {days}",
            published_at=NOW - timedelta(days=days),
        )
        for days in days_ago
    )
    return FeedDocument(title="Press", format="atom10", entries=tuple(entries), previous_url=older)


def read(
    parsed: FeedDocument | Reason, body: bytes = b"<feed/>", url: str = HERE, *, window: Window = ALWAYS, start: int = 0, note: str = ""
) -> list[Finding]:
    return list(archived_feed.read(body, url, window, lambda: parsed, start=start, note=note))


def older(findings: list[Finding]) -> list[str]:
    return [one.target for one in findings if isinstance(one, Further)]


def test_entries_come_with_what_the_feed_said_and_the_older_document_follows() -> None:
    found = read(document(1, 2, older="https://press.example/archive/9"))
    assert [one.url for one in found if isinstance(one, Discovered)] == ["https://press.example/a1", "https://press.example/a2"]
    assert isinstance(found[0], Discovered)
    assert found[0].listed is not None
    assert found[0].published_at == NOW - timedelta(days=1)
    assert older(found) == ["https://press.example/archive/9"]


def test_reading_goes_on_where_it_was_interrupted() -> None:
    whole = read(document(1, 2, 3, older="https://press.example/archive/9"))
    assert read(document(1, 2, 3, older="https://press.example/archive/9"), start=2) == whole[2:]


def test_P42_a_document_that_names_itself_ends_the_chain() -> None:
    found = read(document(1, older=HERE + "?utm_source=x"))
    assert older(found) == []
    assert [one.reason for one in found if isinstance(one, Trouble)] == [Reason.LOOP]


@pytest.mark.parametrize("link", ["https://elsewhere.example/archive", "http://127.0.0.1/archive", "https://press.example:8443/archive"])
def test_P42_X01_a_link_to_another_host_is_not_followed(link: str) -> None:
    found = read(document(1, older=link))
    assert older(found) == []
    assert [one.reason for one in found if isinstance(one, Trouble)] == [Reason.OFF_HOST]


@pytest.mark.parametrize("link", ["file:///etc/passwd", "ftp://press.example/x", "https://"])
def test_X05_a_link_that_is_no_web_address_is_not_followed(link: str) -> None:
    found = read(document(1, older=link))
    assert older(found) == []
    assert [one.reason for one in found if isinstance(one, Trouble)] == [Reason.REFUSED_URL]


def test_the_chain_ends_where_everything_is_older_than_asked_for() -> None:
    window = Window(NOW - timedelta(days=10), None)
    assert older(read(document(9, 11, older="https://press.example/2"), window=window)) == ["https://press.example/2"]
    past = read(document(11, 12, older="https://press.example/2"), window=window)
    assert past == []


def test_a_chain_without_dates_is_followed_to_its_end() -> None:
    parsed = FeedDocument("Press", "rss20", (ListedEntry("x", "https://press.example/x", "X"),), previous_url="https://press.example/2")
    assert older(read(parsed, window=Window(NOW, None))) == ["https://press.example/2"]


WORDPRESS = b"<rss><channel><generator>https://wordpress.org/?v=6.9</generator>"


def test_a_wordpress_feed_is_paged() -> None:
    assert older(read(document(1), WORDPRESS)) == ["https://press.example/feed?paged=2"]
    assert older(read(document(1), b"<rss/>")) == []
    assert older(read(document(1), b"<rss/>", "https://press.example/?feed=rss2&paged=7")) == ["https://press.example/?feed=rss2&paged=8"]
    assert older(read(document(), WORDPRESS)) == []


def test_a_theme_that_ignores_the_page_number_ends_the_walk() -> None:
    first = read(document(1, 2), WORDPRESS)
    (second,) = [one for one in first if isinstance(one, Further)]
    assert read(document(1, 2), WORDPRESS, second.target, note=second.note) == []
    assert older(read(document(3, 4), WORDPRESS, second.target, note=second.note)) == ["https://press.example/feed?paged=3"]


def test_a_document_that_is_no_feed_says_so() -> None:
    assert read(Reason.HTML_NOT_FEED) == [Trouble(Reason.HTML_NOT_FEED, "", fatal=True)]
