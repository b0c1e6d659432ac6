"""copydesk extract: what comes out of one page, what was cut from it, and why."""

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.options import AsJson, DatabaseUrl, opened, settings_for
from cli.output import print_json, print_table, safe
from domain.errors import ConfigurationError
from domain.outcomes import words
from domain.records import Article, Expectation, FetchedEntry, Page, Response

if TYPE_CHECKING:
    from config.settings import Settings
    from tasks.extract.compose import Made

# The address of a file whose address nobody named; a name that can never exist.
_NOWHERE = "https://file.invalid/"
# Shown in places of their own, or beside the field that they tell the source of.
_APART = frozenset({"url", "url_key", "body", "removed_lines", "extractor_version"})


def extract(page: str, /, *, url: str | None = None, database: DatabaseUrl = None, as_json: AsJson = False) -> int:
    """Show what comes out of a page: every field with what told it, what was cut and why, or the reason it is no article.

    Nothing is stored; of the database only the lines learned of the page's site are read. The page is read as if no feed had listed it: what a feed says of title, time and authors comes before the
    page's own word in a run. Exit code 1 when no article comes out.

    Parameters
    ----------
    page
        Address of a page, which is fetched as politely as in a run; or an HTML file.
    url
        Address of the file's page: rules for its site and relative links depend on it.
    """
    from tasks.extract.pool import ExtractionPool

    settings = settings_for(database)
    fetched = _fetched(settings, page, url)
    if isinstance(fetched, Page):
        with ExtractionPool(settings.extract.model_copy(update={"workers": 1})) as pool:
            found = _told(fetched, pool.examine(_learned(settings, _entry(fetched))))
    else:
        found = {"url": page, "verdict": fetched}
    if as_json:
        print_json(found)
    else:
        _print(found)
    return 0 if found.get("article") else 1


def _fetched(settings: "Settings", page: str, url: str | None) -> "Page | dict[str, str | None]":
    """Return the page of a file or an address, or the verdict on an address that gave none."""
    from domain.urls import canonical_url

    is_url = page.lower().startswith(("http://", "https://"))
    if is_url and url:
        raise ConfigurationError("--url is for files; the page's own address was given.")
    address = page if is_url else url or _NOWHERE
    try:
        canonical_url(address)
    except ValueError as error:
        raise ConfigurationError(f"{address!r} is not the address of a page: {error}.") from None
    if is_url:
        return _asked(settings, address)
    return Page(address, address, 200, (("content-type", "text/html"),), _content(Path(page), settings), datetime.now(UTC))


def _content(file: Path, settings: "Settings") -> bytes:
    limit = settings.fetch.page_limit
    try:
        with file.open("rb") as stream:
            body = stream.read(limit + 1)
    except OSError as error:
        raise ConfigurationError(f"{str(file)!r} is neither an http(s) address nor a file that can be read: {error.strerror}.") from None
    if len(body) > limit:
        raise ConfigurationError(f"{str(file)!r} is larger than the {limit:,} bytes that COPYDESK_FETCH__PAGE_LIMIT allows.")
    return body


def _asked(settings: "Settings", url: str) -> "Page | dict[str, str | None]":
    from cli import trial
    from flows.workshop import own_endpoints
    from tasks.fetch.client import Client

    with Client(settings.fetch, refused=own_endpoints(settings)) as client:
        fetched, _ = trial.ask_page(client, url, trusted=True)
    if isinstance(fetched, Response):
        return Page(fetched.url, fetched.final_url, fetched.status, fetched.headers, fetched.body, fetched.fetched_at)
    reason, detail = (fetched.reason, fetched.detail) if fetched else trial.NOT_ASKED
    return {"outcome": "not_fetched", "reason": reason, "reason_text": words(reason), "detail": detail}


def _entry(page: Page) -> FetchedEntry:
    from domain.urls import canonical_url

    return FetchedEntry(0, None, 0, page.url, canonical_url(page.url), fence=0, attempt_count=0, page=page, expected=Expectation())


def _learned(settings: "Settings", entry: FetchedEntry) -> FetchedEntry:
    """Return the entry with the lines that were learned of its site; as it is, and said so, when the database cannot be read."""
    from db import lines
    from domain.errors import DatabaseError

    if not settings.extract.learn_lines:
        return entry
    try:
        with opened(settings) as desk, desk.read() as session:
            return lines.beside(session, [entry])[0]
    except DatabaseError as error:
        print(f"copydesk: lines learned of the site are left out: {error}", file=sys.stderr)
        return entry


def _told(page: Page, made: "Made") -> dict[str, Any]:
    from tasks.extract.residue import WHY

    one = made.extracted
    verdict = (
        {"outcome": "article", "reason": None, "reason_text": "", "detail": ""}
        if isinstance(one, Article)
        else {"outcome": one.outcome.value, "reason": one.reason, "reason_text": words(one.reason), "detail": one.detail}
    )
    return {
        "url": page.url, "final_url": page.final_url, "verdict": verdict, "site_rule": made.site_rule, "text_source": made.text_source,
        "article": asdict(one) if isinstance(one, Article) else None, "text": made.text,
        "cut": [{"rule": cut.kind, "why": WHY[cut.kind], "line": cut.line} for cut in made.cuts],
    }  # fmt: skip


def _print(found: dict[str, Any]) -> None:
    verdict = found["verdict"]
    print(f"Page      {safe(found['url'])}")
    if found.get("final_url", found["url"]) != found["url"]:
        print(f"Led to    {safe(found['final_url'])}")
    why = f": {safe(verdict['reason_text'])} ({safe(verdict['detail'])})" if verdict["reason"] else ""
    print(f"Verdict   {verdict['outcome'].replace('_', ' ')}{why}")
    if verdict["outcome"] == "not_fetched":
        return
    print(f"Site rule {safe(found['site_rule'])}\nText from {safe(found['text_source'])}")
    if found["article"]:
        print()
        print_table(["Field", "Value", "Told by"], _rows(found["article"]))
    print(f"\nCut       {len(found['cut']):,} lines")
    if found["cut"]:
        print_table(["Rule", "Line", "Why"], [[one["rule"], one["line"], one["why"]] for one in found["cut"]])
    print()
    print("\n".join(safe(line) for line in found["text"].split("\n") if line) or "No text was found.")


def _rows(article: dict[str, Any]) -> list[list[object]]:
    names = [name for name in article if name not in _APART and not name.endswith("_source")]
    return [[name, _shown(article[name]), article.get(f"{name}_source")] for name in names]


def _shown(value: object) -> object:
    return ", ".join(map(str, value)) if isinstance(value, tuple | list) else value
