"""Lines of a site are learned from its stories as they are stored: counted once a story, flagged after days, on both databases."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest

from db import lines as site_lines
from db.engine import Database
from db.models import SiteLine as Row
from domain.lines import key
from domain.records import ExtractedEntry, Sighting, SiteLine
from tasks.store.lines import DAYS, SHARE, STORIES, keys, learn

SITE = "paper.example"
PROMO = "Visit our shop of fine papers."
DAY = dt.date(2026, 11, 1)


def numbered(*lines: str) -> dict[int, str]:
    return {key(SITE, line): line for line in lines or (PROMO,)}


def sighting(story: int, *lines: str, article: int | None = None) -> Sighting:
    return Sighting(SITE, numbered(*lines), story, article or story)


def after(*days: tuple[int, list[Sighting]]) -> dict[int, SiteLine]:
    known: dict[int, SiteLine] = {}
    for day, some in days:
        known |= {row.key: row for row in learn(known, some, DAY + dt.timedelta(days=day))}
    return known


def state(known: dict[int, SiteLine], line: str = PROMO) -> tuple[str, int]:
    row = known[key(SITE, line)]
    return row.state, row.story_count


def test_a_line_of_five_stories_over_three_days_is_flagged_and_its_text_kept() -> None:
    known = after((0, [sighting(1), sighting(2)]), (1, [sighting(3)]), (3, [sighting(4)]))
    assert state(known) == ("seen", 4)
    assert known[key(SITE, PROMO)].line is None
    known = after((0, [sighting(1), sighting(2)]), (1, [sighting(3)]), (3, [sighting(4), sighting(5)]))
    row = known[key(SITE, PROMO)]
    assert (row.state, row.line, row.story_count) == ("flagged", PROMO, STORIES)
    assert (row.first_day, row.last_day, row.article_id) == (DAY, DAY + dt.timedelta(days=3), 5)


def test_many_stories_on_few_days_are_not_enough() -> None:
    known = after((0, [sighting(story) for story in range(1, 40)]), (DAYS - 1, [sighting(50)]))
    assert state(known) == ("seen", 40)


def test_copies_of_one_story_count_once() -> None:
    again = [sighting(story, article=100 + 10 * number + story) for number in range(5) for story in (1, 2)]
    assert state(after((0, again), (5, again))) == ("seen", 2)


def test_what_a_busy_newsroom_writes_now_and_then_stays() -> None:
    many = int(STORIES / SHARE) + 10
    others = [sighting(1_000 + number, f"Line number {number}.") for number in range(many)]
    known = after((0, [sighting(1), sighting(2), sighting(3), *others]), (4, [sighting(4), sighting(5)]))
    assert state(known) == ("seen", 5)
    assert state(known, "")[1] == many + 5


def test_a_line_that_began_late_is_measured_from_where_it_began() -> None:
    many = int(STORIES / SHARE) + 10
    others = [sighting(1_000 + number, f"Line number {number}.") for number in range(many)]
    known = after((0, others), (1, [sighting(1), sighting(2)]), (4, [sighting(3), sighting(4), sighting(5)]))
    assert state(known) == ("flagged", 5)


def test_lines_that_differ_in_dress_alone_are_one_and_those_of_other_sites_are_not() -> None:
    assert key(SITE, "Visit our shop!") == key(SITE, "VISIT  our shop")
    assert key(SITE, "Visit our shop!") != key("other.example", "Visit our shop!")
    assert -(2**63) <= key(SITE, PROMO) < 2**63


def test_what_a_person_kept_is_counted_and_never_flagged_again() -> None:
    row = replace(after((0, [sighting(story) for story in range(1, 6)]))[key(SITE, PROMO)], state="kept")
    (_, again) = learn({row.key: row}, [sighting(9)], DAY + dt.timedelta(days=9))
    assert (again.state, again.story_count) == ("kept", 6)


@pytest.fixture
def on_day(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    def go(number: int) -> None:
        now = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC) + dt.timedelta(days=number)
        monkeypatch.setattr("tasks.store.task.datetime", SimpleNamespace(now=lambda zone: now))

    return go


def told(entry: ExtractedEntry, *lines: str) -> ExtractedEntry:
    return replace(entry, site=SITE, lines=numbered(*lines))


def test_the_store_counts_stories_of_new_articles_and_the_next_page_comes_with_what_was_flagged(
    line: Any, prose: Callable[..., str], on_day: Callable[[int], None]
) -> None:
    for number in range(4):
        on_day(number)
        line.store(told(line.extracted(f"story{number}", prose(number))), told(line.extracted(f"copy{number}", prose(number))))
    flagged = {SITE: frozenset({key(SITE, PROMO)})}
    with line.database.read() as session:
        assert site_lines.flagged(session, [SITE]) == {}
        assert site_lines.known(session, keys([sighting(1)]))[key(SITE, PROMO)].story_count == 4
    line.store(told(line.extracted("story4", prose(4))))
    with line.database.read() as session:
        assert site_lines.flagged(session, [SITE, "other.example"]) == flagged
        (one,) = site_lines.listing(session)
    assert (one.line, one.state, one.story_count, str(one.first_day), str(one.last_day)) == (
        PROMO,
        "flagged",
        5,
        "2026-11-01",
        "2026-11-04",
    )
    assert one.article_id == line.id_of("story4")
    line.check()


def test_storing_again_counts_nothing_twice(line: Any, prose: Callable[..., str]) -> None:
    judged = line.judged(told(line.extracted("one", prose(1))))
    line.file(line.database, judged)
    before = line.everything()
    line.file(line.database, judged)
    assert line.everything() == before
    assert line.rows(Row, "story_count") == [(1,), (1,)]


def test_what_nobody_saw_for_weeks_is_forgotten_unless_it_was_flagged(database: Database) -> None:
    known = after((0, [sighting(story, PROMO, "Once.") for story in range(1, 6)]), (4, [sighting(6)]))
    old = [replace(row, state="kept") if row.state == "flagged" else row for row in known.values()]
    database.write(lambda session: site_lines.write(session, old))

    def forget(day: int) -> int:
        before = DAY + dt.timedelta(days=day)
        return sum(database.write(partial(site_lines.forget, before=before, part=part, of=4)) for part in range(4))

    assert forget(0) == 0
    assert forget(1) == 1
    assert forget(90) == 1, "the site's own count"
    with database.read() as session:
        assert [(one.line, one.state) for one in site_lines.listing(session)] == [(PROMO, "kept")]


def test_a_row_that_is_written_again_keeps_its_first_day(database: Database) -> None:
    for day in (0, 2):
        rows = learn({}, [sighting(day + 1)], DAY + dt.timedelta(days=day))
        database.write(lambda session, rows=rows: site_lines.write(session, rows))
    with database.read() as session:
        row = site_lines.known(session, [key(SITE, PROMO)])[key(SITE, PROMO)]
    assert (row.first_day, row.last_day) == (DAY, DAY + dt.timedelta(days=2))


def test_copies_read_before_and_after_a_line_was_flagged_are_one_story(line: Any, prose: Callable[..., str]) -> None:
    line.store(line.extracted("before", f"{prose(1, 60)}\n{PROMO}"))
    line.store(line.extracted("after", prose(1, 60)))
    assert [len(members) for members in line.stories().values()] == [2]
    line.check()
