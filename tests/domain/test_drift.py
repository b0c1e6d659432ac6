"""When a publisher drifts, and when too little is known to say so."""

import pytest

from domain.drift import Harvest, falls

GOOD = Harvest(ended=200, articles=190, words=190 * 600, with_author=171, with_date=190)


def week(ended: int = 50, articles: int = 48, *, mean: int = 600, author: float = 0.9, date: float = 1.0) -> Harvest:
    return Harvest(ended, articles, articles * mean, round(articles * author), round(articles * date))


@pytest.mark.parametrize(
    ("now", "what"),
    [
        (week(), []),
        (week(articles=20), ["yield"]),
        (week(articles=19), ["yield"]),
        (week(mean=290), ["words"]),
        (week(mean=310), []),
        (week(author=0.1), ["author"]),
        (week(date=0.4), ["date"]),
        (week(mean=100, author=0, date=0), ["words", "author", "date"]),
        (week(50, 0), ["yield"]),
        (week(50, 38), []),  # 76 % of 95 %: not quite a fifth
        (week(articles=50, mean=2_000, author=1), []),  # better is no fall
    ],
)
def test_a_marked_fall_is_told(now: Harvest, what: list[str]) -> None:
    assert [one.what for one in falls(GOOD, now)] == what


@pytest.mark.parametrize(
    ("history", "now", "count"),
    [
        (Harvest(), week(50, 0), 0),
        (Harvest(49, 49), week(50, 0), 0),
        (Harvest(50, 50), Harvest(19, 0), 0),
        (Harvest(50, 50), Harvest(20, 0), 1),
        (GOOD, Harvest(), 0),
        (Harvest(), Harvest(), 0),
    ],
)
def test_few_entries_say_nothing(history: Harvest, now: Harvest, count: int) -> None:
    assert len(list(falls(history, now))) == count


def test_few_articles_say_nothing_of_what_articles_hold() -> None:
    assert list(falls(GOOD, Harvest(20, 19, 19, 0, 0))) == []
    assert [one.what for one in falls(GOOD, Harvest(20, 20, 20, 0, 0))] == ["words", "author", "date"]
    assert list(falls(Harvest(51, 49, 49 * 600, 49, 49), Harvest(20, 20, 20, 0, 0))) == []


def test_a_fall_that_chance_explains_is_none() -> None:
    """Of 20 entries 6 where it used to be half: 20 points less, and yet nothing to speak of; of 200 it is."""
    assert list(falls(Harvest(50, 25), Harvest(20, 6))) == []
    assert [one.what for one in falls(Harvest(500, 250), Harvest(200, 60))] == ["yield"]


def test_sums_and_words() -> None:
    assert Harvest(1, 2, 3, 4, 5) + Harvest(10, 20, 30, 40, 50) == Harvest(11, 22, 33, 44, 55)
    assert [str(one) for one in falls(GOOD, week(articles=20, mean=200))] == [
        "entries that became articles: 40 %, before 95 %", "mean words of an article: 200, before 600",
    ]  # fmt: skip
