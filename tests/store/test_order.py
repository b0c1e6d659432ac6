"""Who represents a story does not depend on the order of arrival, and cannot be had by claiming a date."""

import random
from collections.abc import Callable
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from db.alarms import largest as largest_stories
from db.models import Change, LshKey

Prose = Callable[..., str]


def family(prose: Prose) -> dict[str, str]:
    """Return a story and its relatives: a and d do not match, b matches both (A~B, B~C, A≁C), c is a cut of a."""
    one, other = prose(1, 300), prose(2, 300)
    return {"a": one, "b": f"{one}\n{other}", "c": " ".join(one.split()[:130]), "d": other}


MINUTES = {"a": 0, "b": 1, "c": 2, "d": 3}


def test_all_orders_of_arrival_end_in_the_same_stories(line_with: Callable[..., Any], prose: Prose) -> None:
    texts = family(prose)
    for number, order in enumerate(permutations(texts)):
        line = line_with()
        fresh = {f"{name}{number}": texts[name].replace(" ", f" w{number}q", 60) for name in order}
        line.put(fresh, minutes={f"{name}{number}": MINUTES[name] for name in order})
        mine = {first: members for first, members in line.stories().items() if first.endswith(tuple(fresh))}
        assert mine == {f"a{number}": {f"a{number}", f"b{number}", f"c{number}"}, f"d{number}": {f"d{number}"}}, order
        line.check()


@pytest.mark.parametrize("seed", range(4))
def test_batches_in_any_order_end_in_the_same_stories(line: Any, prose: Prose, seed: int) -> None:
    rng = random.Random(seed)
    texts = {
        f"s{story}v{version}": (prose(story, 240) if version < 3 else prose(story, 240) + "\n" + prose(50 + story, 60))
        for story in range(6)
        for version in range(4)
    }
    names = rng.sample(sorted(texts), len(texts))
    while names:
        taken, names = names[: (size := rng.randint(1, 9))], names[size:]
        at = line.run.started_at - timedelta(days=1)
        line.store(*(line.extracted(name, texts[name], published=at + timedelta(minutes=int(name[-1]))) for name in taken))
        line.check()
    assert line.stories() == {f"s{story}v0": {f"s{story}v{version}" for version in range(4)} for story in range(6)}


def test_what_an_archive_brings_later_is_as_old_as_it_says(line: Any, prose: Prose) -> None:
    line.put({"copy": prose(1)}, minutes={"copy": 60})
    line.put({"original": prose(1)}, minutes={"original": 0})
    assert line.stories() == {"original": {"original", "copy"}}
    assert line.rows(Change, "kind", "article_id") == [("added", 1), ("representative_changed", 2)]


def test_that_an_archived_page_is_not_in_its_feed_proves_nothing(line: Any, prose: Prose) -> None:
    now = line.run.started_at
    feed = line.feed("paper", now - timedelta(days=2), now - timedelta(hours=1))
    line.store(line.extracted("copy", prose(1), seen=now - timedelta(hours=9), published=now - timedelta(days=20)))
    line.store(line.extracted("original", prose(1), seen=now, published=now - timedelta(days=30), feed_id=feed, source="sitemap"))
    assert line.stories() == {"original": {"original", "copy"}}


def test_a_copy_that_is_dated_back_does_not_take_the_story(line: Any, prose: Prose) -> None:
    now = line.run.started_at
    honest, thief = line.feed("honest", now - timedelta(hours=3)), line.feed("thief", now - timedelta(hours=2), now - timedelta(hours=1))
    line.store(
        line.extracted("rival", prose(1), seen=now - timedelta(hours=2), published=now - timedelta(hours=2, minutes=20), feed_id=honest)
    )
    line.store(line.extracted("stolen", prose(1), seen=now, published=now - timedelta(days=30), feed_id=thief))
    assert line.stories() == {"rival": {"rival", "stolen"}}


def test_ten_thousand_names_for_one_text_cost_a_bounded_look_up(line_with: Callable[..., Any], prose: Prose) -> None:
    """A feed that floods the index: its keys become crowded, the story stays one, and nobody else's is touched."""
    line = line_with(candidate_limit=20, key_limit=10, cluster_limit=60)
    for start in range(0, 90, 30):
        line.store(
            *(
                line.extracted(f"f{n}", prose(1) + f" Edition {n}.", published=line.run.started_at - timedelta(hours=200 - n))
                for n in range(start, start + 30)
            )
        )
    line.store(line.extracted("other", prose(2)))
    assert line.stories() == {"f0": {f"f{n}" for n in range(90)}, "other": {"other"}}
    held = [key for (key,) in line.rows(LshKey, "key")]
    assert max(map(held.count, set(held))) <= 10 + 30
    line.check()


@pytest.mark.parametrize("edition", ["", " Edition {}."], ids=["exact", "near"])
def test_an_original_that_comes_after_a_hundred_reprints_takes_them_all(line_with: Callable[..., Any], prose: Prose, edition: str) -> None:
    """Each was published before those already there, and a look-up finds but a few of these: nobody falls out of the story."""
    line = line_with(candidate_limit=20, key_limit=10)
    for start in range(90, 0, -30):
        line.store(*(line.extracted(f"f{n}", prose(1) + edition.format(n), published=line.minute(n)) for n in range(start, start - 30, -1)))
        line.check()
    line.store(line.extracted("original", prose(1), published=line.minute(0)))
    assert line.stories() == {"original": {"original", *(f"f{n}" for n in range(1, 91))}}
    line.check()


def test_a_correction_of_a_much_reprinted_original_leaves_its_story_whole(line_with: Callable[..., Any], prose: Prose) -> None:
    line = line_with(candidate_limit=20, key_limit=10)
    line.put({"original": prose(1)})
    for start in range(1, 91, 30):
        line.store(*(line.extracted(f"f{n}", prose(1) + f" Edition {n}.", published=line.minute(n)) for n in range(start, start + 30)))
    line.store(line.extracted("original", prose(1) + "\nA former version named another town.", article_id=line.id_of("original")))
    assert line.stories() == {"original": {"original", *(f"f{n}" for n in range(1, 91))}}
    line.check()


def test_a_story_that_one_publisher_floods_is_told_to_the_operator(line: Any, prose: Prose, caplog: pytest.LogCaptureFixture) -> None:
    at = line.run.started_at - timedelta(days=1)
    for start in range(0, 60, 20):
        line.store(
            *(line.extracted(f"f{n}", prose(1) + f" Edition {n}.", published=at + timedelta(minutes=n)) for n in range(start, start + 20))
        )
    alarms = [record.getMessage() for record in caplog.records if "alarm=" in record.getMessage()]
    assert alarms == ["alarm=one_source story=1 articles=60 publisher=Paper share=1.00"]
    with line.database.read() as session:
        (largest,) = largest_stories(session)
    assert (largest.representative_id, largest.member_count, largest.one_source) == (1, 60, True)
