"""What counts as a copy and what does not, each rule on an invented pair."""

from collections.abc import Callable
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.records import Comparison
from tasks.deduplicate.judge import TextJudge

JUDGE = TextJudge()

REPORT = (
    "Shares on the northern exchange closed {direction} on {day} as investors weighed new figures on trade and wages. The main "
    "index ended at {a} points after opening at {b}, dealers said. Turnover came to {c} million crowns against {d} million the day "
    "before. Among the most active shares were the shipyard, the brewery and the two large banks of the capital. Bond yields "
    "were little changed, and the crown was quoted at {e} to the dollar in late business. Traders said that the mood was calm "
    "and that few expected the central bank to move before its next meeting in the spring."
)


def report(day: str, direction: str, *figures: int) -> str:
    return REPORT.format(day=day, direction=direction, **dict(zip("abcde", figures, strict=True)))


def compare(one: str, other: str) -> Comparison:
    return JUDGE.compare(JUDGE.sign(one), JUDGE.sign(other))


def test_the_same_words_in_another_dress_are_an_exact_copy(prose: Callable[..., str]) -> None:
    seen = compare(prose(1), f"ERBIL (Agency) – {prose(1)}\nRead More: Something else\n© 2026 A Paper. All rights reserved.")
    assert (seen.verdict, seen.rule, seen.similarity) == ("exact_copy", "same_text", 1.0)


def test_a_cut_is_a_near_copy_contained_in_the_longer_text(prose: Callable[..., str]) -> None:
    whole = prose(2, 480)
    seen = compare(whole, " ".join(whole.split()[:120]))
    assert (seen.verdict, seen.rule, seen.containment) == ("near_copy", "contained", 1.0)
    assert seen.similarity < 0.4


def test_a_text_with_paragraphs_added_is_a_near_copy(prose: Callable[..., str]) -> None:
    assert compare(prose(3), f"{prose(3)}\n{prose(4, 120)}").verdict == "near_copy"


def test_a_lightly_edited_text_is_a_near_copy(prose: Callable[..., str]) -> None:
    words = prose(5).split()
    edited = [f"{word}x" if at % 25 == 0 else word for at, word in enumerate(words)]
    assert compare(" ".join(words), " ".join(edited)).rule == "resembles"


def test_a_heavily_edited_text_is_a_near_copy_when_words_and_figures_stay(prose: Callable[..., str]) -> None:
    words = prose(6, 400).split()
    for at, figure in ((50, "417"), (150, "2,318"), (250, "93"), (350, "1987")):
        words[at] = figure
    edited = [word for at, word in enumerate(words) if at % 9]
    assert compare(" ".join(words), " ".join(edited)).rule == "edited"
    other_figures = [word.replace("417", "538").replace("2,318", "7,155").replace("93", "61") for word in edited]
    assert compare(" ".join(words), " ".join(other_figures)).verdict == "related"


def test_two_reports_from_one_template_are_only_related() -> None:
    monday, tuesday = report("Monday", "higher", 1204, 1198, 310, 287, 712), report("Tuesday", "lower", 1187, 1203, 295, 311, 719)
    seen = compare(monday, tuesday)
    assert seen.containment > 0.6
    assert (seen.verdict, seen.rule, seen.figures) == ("related", "template", 0.0)


def test_one_corrected_figure_does_not_make_another_story() -> None:
    first, corrected = report("Monday", "higher", 1204, 1198, 310, 287, 712), report("Monday", "higher", 1205, 1198, 310, 287, 712)
    assert compare(first, corrected).verdict == "near_copy"


def test_different_stories_are_different(prose: Callable[..., str]) -> None:
    assert compare(prose(7), prose(8)).verdict == "different"


def test_a_shared_paragraph_is_related_at_most(prose: Callable[..., str]) -> None:
    background = prose(9, 96)
    seen = compare(f"{prose(10, 180)}\n{background}", f"{prose(11, 180)}\n{background}")
    assert (seen.verdict, seen.rule) == ("related", "related")


@pytest.mark.parametrize(
    ("one", "other", "verdict"),
    [
        ("This page is being updated.", "This page is being updated.", "different"),
        ("", "", "different"),
        ("", "More follows soon.", "different"),
        ("a " * 500, "a " * 400, "different"),
        ("Live coverage of the vote starts here at nine tonight.", "Live coverage of the match starts here at nine tonight.", "different"),
    ],
)
def test_short_texts_never_meet_by_accident(one: str, other: str, verdict: str) -> None:
    assert compare(one, other).verdict == verdict


def test_a_short_text_needs_more(prose: Callable[..., str]) -> None:
    words = prose(12, 30).split()
    assert compare(" ".join(words), " ".join(words[:29])).rule == "short_text"
    assert compare(" ".join(words), " ".join([*words[:16], *prose(13, 14).split()])).verdict != "near_copy"


def test_scripts_without_spaces_are_compared_by_characters() -> None:
    sentences = [
        "市議会は二十二日、川に架かる新しい橋の建設計画を賛成多数で承認した。", "建設費は百二十億円で、完成は三年後の春を予定している。",
        "計画に反対する住民の会は、騒音と費用を理由に見直しを求めている。", "市長は記者会見で、橋は災害時の避難路としても欠かせないと述べた。",
        "現在の橋は五十年前に造られ、老朽化のため大型車の通行が制限されている。", "工事は来年六月に始まり、地元の三つの会社が請け負う見通しだ。",
    ]  # fmt: skip
    story = "".join(sentences)
    assert compare(story, story.replace("記者会見", "会見")).verdict == "near_copy"
    assert compare(story, "".join(sentences[:3])).rule == "contained"
    assert (
        compare(story, "".join([sentences[0], "駅前の商店街では週末に秋祭りが開かれ、多くの家族連れでにぎわった。" * 4])).verdict
        != "near_copy"
    )


@given(st.data())
def test_a_verdict_does_not_depend_on_the_order_of_the_two(data: st.DataObject) -> None:
    pieces = [
        "alpha beta gamma delta epsilon zeta eta theta iota kappa",
        "1 22 333 4444 55555 666666",
        "one two three four five six seven eight",
    ]
    one, other = (" ".join(data.draw(st.lists(st.sampled_from(pieces), max_size=6))) for _ in range(2))
    assert compare(one, other) == compare(other, one)


def test_every_rule_is_documented() -> None:
    """The rules are the vocabulary of `explain`: each is named in the docstring of `compare`."""
    from tasks.deduplicate import verdict

    named = verdict.compare.__doc__ or ""
    rules = {"same_text", "too_short", "short_text", "template", "resembles", "contained", "edited", "related", "different"}
    assert all(f"`{rule}`" in named for rule in rules)


def test_a_family_of_edits_all_match_their_origin(prose: Callable[..., str]) -> None:
    origin = prose(20, 360)
    family = [origin, origin.upper(), f"PARIS, Nov. 22 – {origin}", f"{origin}\n{prose(21, 60)}", " ".join(origin.split()[:200])]
    assert all(compare(one, other).verdict in {"exact_copy", "near_copy"} for one, other in combinations(family, 2))
