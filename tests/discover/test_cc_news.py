"""CC-NEWS: which lists and which files cover a window."""

import gzip
from datetime import UTC, datetime

from domain.history import Further, Trouble, Window
from domain.outcomes import Reason
from tasks.discover import cc_news

BASE = "https://commons.example"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
WEEK = Window(datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 4, 3, tzinfo=UTC))
NAMES = [
    "crawl-data/CC-NEWS/2026/03/CC-NEWS-20260327120000-00001.warc.gz",
    "crawl-data/CC-NEWS/2026/03/CC-NEWS-20260327200000-00002.warc.gz",
    "crawl-data/CC-NEWS/2026/03/CC-NEWS-20260330000000-00003.warc.gz",
    "crawl-data/CC-NEWS/2026/04/CC-NEWS-20260403120000-00004.warc.gz",
    "crawl-data/CC-NEWS/2026/04/CC-NEWS-20260405000000-00005.warc.gz",
]


def test_one_list_for_each_month_that_the_window_touches() -> None:
    assert [one.removeprefix(BASE) for one in cc_news.lists(BASE + "/", WEEK, now=NOW)] == [
        "/crawl-data/CC-NEWS/2026/03/warc.paths.gz",
        "/crawl-data/CC-NEWS/2026/04/warc.paths.gz",
    ]
    assert cc_news.lists(BASE, Window(None, NOW), now=NOW) == ()


def test_files_are_chosen_by_the_time_in_their_names() -> None:
    for body in ("\n".join(NAMES).encode(), gzip.compress("\n".join(NAMES).encode())):
        assert list(cc_news.read(body, BASE, WEEK)) == [Further(f"{BASE}/{name}") for name in NAMES[1:4]]


def test_a_file_named_otherwise_may_hold_anything() -> None:
    assert cc_news.may_hold("/data/own.warc.gz", WEEK)
    assert cc_news.may_hold("CC-NEWS-20269999999999-00001.warc.gz", WEEK)


def test_a_damaged_list_says_so() -> None:
    (trouble,) = cc_news.read(b"\x1f\x8b\x08\x00junk", BASE, WEEK)
    assert isinstance(trouble, Trouble)
    assert trouble.reason is Reason.BAD_ENCODING
