"""The truth beside the press: it agrees with itself, and it notices every kind of mistake."""

from newsroom import printed, truth
from newsroom.press import FAULTS, Press


def perfect(press: Press, edition: int) -> dict[str, int]:
    return {str(line["url"]): int(str(line["cluster"])) for line in truth.lines(press, edition) if line["expected"] != "no_article"}


def test_a_perfect_result_has_no_differences(press: Press) -> None:
    for edition in (1, 2):
        assert truth.differences(press, edition, perfect(press, edition)) == []


def test_the_counts_are_those_of_the_lines(press: Press) -> None:
    for edition in (1, 2):
        lines = list(truth.lines(press, edition))
        kinds = [line["expected"] for line in lines]
        counts = truth.expected(press, edition)
        assert (counts.unique, counts.copies, counts.no_article) == tuple(kinds.count(kind) for kind in ("unique", "copy", "no_article"))
        assert counts.listed == len(lines)
        assert counts.revised == sum(bool(line["revised"]) for line in lines)
        assert len({line["cluster"] for line in lines if line["expected"] != "no_article"}) == counts.unique


def test_the_second_edition_brings_new_stories_copies_and_corrections(press: Press) -> None:
    first, second = truth.expected(press, 1), truth.expected(press, 2)
    assert first.revised == 0 < second.revised
    assert second.unique > first.unique
    assert second.copies > first.copies


def test_a_line_tells_everything_about_a_page(press: Press) -> None:
    line = next(line for line in truth.lines(press, 1) if line["edit"] == "copy_edited")
    assert line["kind"] == "reprint"
    assert line["expected"] == "copy"
    assert all(line[name] for name in ("url", "outlet", "language", "title", "authors", "published", "body", "standfirst"))


def test_a_missing_article_is_noticed(press: Press) -> None:
    found = perfect(press, 1)
    lost = found.popitem()[0]
    assert [problem for problem in truth.differences(press, 1, found) if lost in problem]


def test_a_split_story_is_noticed(press: Press) -> None:
    found = perfect(press, 1)
    copy = next(str(line["url"]) for line in truth.lines(press, 1) if line["expected"] == "copy")
    found[copy] = -1
    problems = truth.differences(press, 1, found)
    assert len(problems) == 1
    assert problems[0].startswith("split")
    assert copy in problems[0]


def test_joined_stories_are_noticed(press: Press) -> None:
    found = perfect(press, 1)
    one, other = sorted(set(found.values()))[:2]
    problems = truth.differences(press, 1, {url: one if cluster == other else cluster for url, cluster in found.items()})
    assert problems == [f"joined: 2 stories became one: numbers [{one}, {other}]"]


def test_an_article_from_a_page_that_is_none_is_noticed(press: Press) -> None:
    stub = next(p for story in press.stories(1) for p in press.pieces(story) if p.kind in FAULTS)
    address = printed.url(press, stub)
    assert truth.differences(press, 1, perfect(press, 1) | {address: -1}) == [f"extra: {address} is no article of the press"]
