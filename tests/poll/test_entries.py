"""Identity of what a feed lists: one key, one address, and no feed that can reach into another."""

from datetime import UTC, datetime
from typing import Any

import pytest

from domain.outcomes import Reason
from domain.records import ListedEntry
from domain.urls import url_key
from tasks.poll import entries

AT = datetime(2026, 11, 22, 10, tzinfo=UTC)


def listed(**fields: Any) -> ListedEntry:
    return ListedEntry(**({"guid": "g", "link": "https://news.example/a", "title": "T"} | fields))


def keys(*rows: ListedEntry) -> list[str]:
    return [entry.key for entry in entries.to_record(rows)]


def test_the_key_is_the_guid_else_the_link_else_title_and_date() -> None:
    by_guid = {keys(listed())[0], keys(listed(link="https://news.example/b", title="U"))[0]}
    by_link = {keys(listed(guid=None))[0], keys(listed(guid=None, title="U", link="https://news.example/a?utm_source=x#y"))[0]}
    by_text = {keys(listed(guid=None, link=None, published_at=AT))[0], keys(listed(guid=None, link=None, published_at=AT))[0]}
    assert [len(by_guid), len(by_link), len(by_text)] == [1, 1, 1]
    assert len(by_guid | by_link | by_text) == 3
    assert keys(listed(guid=None, link=None)) != keys(listed(guid=None, link=None, title="U"))


def test_a_guid_is_never_taken_for_a_link() -> None:
    assert keys(listed(guid="https://news.example/a")) != keys(listed(guid=None, link="https://news.example/a"))


def test_X32_one_guid_with_two_links_is_the_newest_entry() -> None:
    (entry,) = entries.to_record([listed(link="https://news.example/new"), listed(link="https://news.example/old")])
    assert entry.url == "https://news.example/new"


def test_X32_one_link_under_fifty_guids_is_one_entry() -> None:
    assert len(keys(*(listed(guid=f"g{number}") for number in range(50)))) == 1


def test_X32_entries_without_a_link_do_not_swallow_each_other() -> None:
    rows = entries.to_record(listed(guid=f"g{number}", link=None) for number in range(5))
    assert [row.refusal for row in rows] == [Reason.NO_LINK] * 5
    assert len({row.url_key for row in rows}) == 5


@pytest.mark.parametrize(
    ("link", "refusal"),
    [
        ("https://news.example/" + "a" * 3_000, Reason.URL_TOO_LONG),
        ("https://news.example/" + "a" * 9_000, Reason.URL_TOO_LONG),
        ("https://news.example/" + "a" * 5_000_000, Reason.URL_TOO_LONG),
        ("http://user:secret@news.example/a", Reason.REFUSED_URL),
        ("http://[::1/a", Reason.REFUSED_URL),
        ("ftp://news.example/a", Reason.REFUSED_URL),
        ("", Reason.NO_LINK),
        (None, Reason.NO_LINK),
    ],
)
def test_X24_links_that_cannot_be_asked_are_refused_as_values(link: str | None, refusal: Reason) -> None:
    (entry,) = entries.to_record([listed(link=link)])
    assert (entry.refusal, entry.canonical_url, entry.host) == (refusal, "", "")
    assert len(entry.url) <= 2_048


def test_X24_a_guid_of_a_megabyte_is_a_key_of_64_digits() -> None:
    (entry,) = entries.to_record([listed(guid="g" * 1_000_000)])
    assert len(entry.key) == 64
    assert len(entry.guid) == 512


def test_X35_tracking_fragments_and_sessions_do_not_make_another_address() -> None:
    rows = ["https://news.example/a?utm_medium=rss", "HTTPS://News.Example:443/a#top", "https://news.example/a;jsessionid=1?fbclid=x"]
    assert {entries.to_record([listed(link=row)])[0].url_key for row in rows} == {url_key("https://news.example/a")}


def test_X35_hosts_and_real_parameters_make_another() -> None:
    rows = ["https://m.news.example/a", "https://amp.news.example/a", "https://news.example/a?id=1", "https://nеws.example/a"]
    assert len({entries.to_record([listed(link=row)])[0].url_key for row in [*rows, "https://news.example/a"]}) == 5


def test_the_address_that_is_asked_is_the_one_that_was_listed() -> None:
    (entry,) = entries.to_record([listed(link="https://News.example/a?utm_source=rss&b=1")])
    assert (entry.url, entry.host) == ("https://News.example/a?utm_source=rss&b=1", "news.example:443")


@pytest.mark.parametrize("moment", [datetime(1, 1, 1, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC), datetime(1899, 1, 1, tzinfo=UTC)])
def test_X26_dates_that_mean_unknown_are_none(moment: datetime) -> None:
    (entry,) = entries.to_record([listed(published_at=moment, updated_at=AT)])
    assert (entry.listed.published_at, entry.listed.updated_at) == (None, AT)
