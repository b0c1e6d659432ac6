"""What may be asked of history, and the ways that lead to it."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from config.settings import Settings
from domain.errors import ConfigurationError
from domain.history import Outlet
from flows.question import Question, question, routes

OUTLETS = (Outlet(1, "https://a.example/feed", "A", "https://a.example/"), Outlet(2, "https://b.example/feed", "B"))


def asked(source: Any = "auto", *, since: date | None = date(2026, 3, 1), until: date | None = date(2026, 3, 31), **names: Any) -> Question:
    return question(source, since=since, until=until, **names)


def test_a_question_is_remembered_as_it_was_asked() -> None:
    one = asked(feeds=["A"], tags=["world"])
    assert Question.of(one.parameters()) == one
    assert one.window.until == datetime(2026, 4, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("source", "options", "says"),
    [
        ("warc", {}, "needs files"),
        ("list", {}, "needs files"),
        ("sitemap", {"files": ["x"]}, "takes no files"),
        ("wayback", {"since": None}, "needs --since"),
        ("cc-news", {"since": None}, "needs --since"),
        ("auto", {"since": date(2026, 4, 1)}, "reversed or empty"),
    ],
)
def test_a_question_that_cannot_be_meant_is_refused(source: str, options: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        asked(source, **options)


def test_auto_tries_every_source_of_each_outlet_in_order() -> None:
    ways = routes(asked(), OUTLETS, Settings())
    assert [way.name for way in ways] == ["A", "B"]
    assert [roots[0].source for roots in ways[0].sources] == ["sitemap", "archive", "wayback", "pages"]
    without_beginning = routes(asked(since=None, until=None), OUTLETS, Settings())
    assert [roots[0].source for roots in without_beginning[0].sources] == ["sitemap", "archive", "pages"]


def test_a_folder_gives_its_warc_files_and_cc_news_those_of_the_days(tmp_path: Path) -> None:
    names = ["own.warc", "2026/CC-NEWS-20260305000000-00001.warc.gz", "2026/CC-NEWS-20260605000000-00002.warc.gz", "notes.txt"]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    ways = routes(asked("warc", files=[str(tmp_path)]), (), Settings())
    assert sorted(way.name for way in ways) == ["CC-NEWS-20260305000000-00001.warc.gz", "own.warc"]
    assert all(Path(way.sources[0][0].target).is_absolute() for way in ways)


def test_a_file_that_is_not_there_is_refused_before_anything_begins(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="There is no file or folder"):
        routes(asked("list", files=[str(tmp_path / "none")]), (), Settings())


def test_a_warc_file_elsewhere_is_named_by_its_address() -> None:
    one, other = routes(asked("warc", files=["HTTPS://commons.example/a.warc.gz", "http://other.example/b?c=d"]), OUTLETS, Settings())
    (plan,) = one.sources[0]
    assert (one.name, plan.target, plan.trusted, plan.note) == ("a.warc.gz", "https://commons.example/a.warc.gz", True, "")
    assert other.sources[0][0].target == "http://other.example/b?c=d"


def test_a_list_elsewhere_is_refused_with_what_to_do_instead() -> None:
    with pytest.raises(ConfigurationError, match="--source list reads files of this machine; download it and give its path"):
        routes(asked("list", files=["https://commons.example/a.txt"]), (), Settings())


@pytest.mark.parametrize("url", ["http://", "https://a b/c.warc", "http://:80/x.warc"])
def test_an_address_that_nobody_can_ask_is_refused_before_anything_begins(url: str) -> None:
    with pytest.raises(ConfigurationError, match="is no address of a file"):
        routes(asked("warc", files=[url]), (), Settings())


def test_from_an_archive_of_everybody_only_chosen_outlets_are_taken() -> None:
    (way,) = routes(asked("cc-news", feeds=["A"]), OUTLETS[:1], Settings())
    assert {plan.note for plan in way.sources[0]} == {"feeds 1"}
    assert [plan.target.rpartition("CC-NEWS/")[2] for plan in way.sources[0]] == [
        "2026/02/warc.paths.gz",
        "2026/03/warc.paths.gz",
        "2026/04/warc.paths.gz",
    ]
    (everybody,) = routes(asked("cc-news"), OUTLETS, Settings())
    assert {plan.note for plan in everybody.sources[0]} == {""}
