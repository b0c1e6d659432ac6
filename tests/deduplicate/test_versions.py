"""How much a text changed, and whether it matters to a reader."""

import pytest

from tasks.deduplicate.versions import change

TEXT = "The council agreed on the new bridge on Monday after nine hours of talks. It will cost 120 million crowns and open in May."


@pytest.mark.parametrize(
    ("present", "substantive", "why"),
    [
        (TEXT.upper(), False, "case"),
        (TEXT.replace(" on ", " on\u00a0"), False, "spaces"),
        (TEXT + "\nRead More: A tunnel opens\n© 2026 A Paper", False, "dress"),
        (TEXT.replace("council", "councill"), False, "a spelling"),
        (TEXT.replace("120", "180"), True, "a figure"),
        (TEXT.replace("on Monday", "on Tuesday"), True, "a word that means something else"),
        (TEXT + " Opponents will appeal.", True, "a sentence more"),
        (TEXT.replace(" after nine hours of talks", ""), True, "words less"),
        ("", True, "everything"),
    ],
)
def test_what_is_substantive(present: str, substantive: bool, why: str) -> None:
    assert change(TEXT, present).substantive is substantive, why


def test_the_ratio_is_the_share_of_words_that_changed() -> None:
    assert change(TEXT, TEXT).ratio == 0.0
    assert change(TEXT, TEXT.replace("120", "180")).ratio == pytest.approx(1 / 24)
    assert change(TEXT, "Nothing here is as it was before this was written.").ratio > 0.8
    assert change("", TEXT).ratio == 1.0
