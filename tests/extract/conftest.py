"""Invented pages, and what extraction makes of them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain.records import Article, Expectation, Extracted, FetchedEntry, Page
from tasks.extract import child

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
URL = "https://news.example/2026/11/ferry"

PARAGRAPHS = (
    "The ferry to the island runs again from Monday, the harbour office said, three weeks after a storm damaged the quay.",
    "Passengers had to take the long way round by the bridge, which added an hour to the journey and filled the only road.",
    "The repairs cost less than was feared, and the new planks should last for twenty years, the engineer in charge told reporters.",
    "On the first morning the boat was full before sunrise, and the baker of the village had sold all his bread by seven.",
)


@pytest.fixture
def story() -> tuple[str, ...]:
    """Return an invented story's four paragraphs."""
    return PARAGRAPHS


@pytest.fixture
def markup() -> Callable[..., str]:
    """Return a function that makes a page of the usual shape around paragraphs (or any HTML for the body)."""

    def make(*texts: str, body: str = "", head: str = "", lang: str = "en") -> str:
        return (
            f"<!doctype html><html lang='{lang}'><head><meta charset='utf-8'>{head}</head><body><header><ul class='menu'><li>News</li><li>Sport</li></ul>"
            f"</header><main><article>{body}{''.join(f'<p>{text}</p>' for text in texts)}</article></main><footer>All about us</footer></body></html>"
        )

    return make


@pytest.fixture
def entry() -> Callable[..., FetchedEntry]:
    """Return a function that makes a claimed entry of a page's HTML."""

    def make(html: str | bytes, *, url: str = URL, content_type: str = "text/html", **expected: object) -> FetchedEntry:
        body = html if isinstance(html, bytes) else html.encode("utf-8", "surrogatepass")
        page = Page(url=url, final_url=url, status=200, headers=(("content-type", content_type),), body=body, fetched_at=NOW)
        said = replace(Expectation(), **expected)  # type: ignore[arg-type]
        return FetchedEntry(1, 1, 1, url, url, fence=1, attempt_count=0, page=page, expected=said)

    return make


@pytest.fixture
def extract(entry: Callable[..., FetchedEntry]) -> Callable[..., Extracted]:
    """Return a function that extracts a page's HTML in this process."""

    def run(html: str | bytes, **options: object) -> Extracted:
        return child.extract(entry(html, **options), 25)

    return run


@pytest.fixture
def article(extract: Callable[..., Extracted]) -> Callable[..., Article]:
    """Return a function that extracts a page that must become an article."""

    def run(html: str | bytes, **options: object) -> Article:
        made = extract(html, **options)
        assert isinstance(made, Article), made
        return made

    return run
