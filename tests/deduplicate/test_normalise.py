"""Typography, keyboards and encoders make no difference; letters, marks and digits do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.deduplicate.normalise import fold, is_character, tokens


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        ("كوردستان", "کوردستان", "Arabic and Kurdish kaf"),
        ("هەرێمى", "هەرێمی", "alef maksura for a Kurdish yeh"),
        ("نووسەر", "نووسه‌ر", "heh and zero-width non-joiner for ە"),
        ("مـــرحبا", "مرحبا", "tatweel stretches, it does not spell"),
        ("مَرْحَبًا", "مرحبا", "vowel signs are optional"),
        ("٢٠٢٦ ۲۰۲۶", "2026 2026", "Arabic-Indic and Persian digits"),
        ("٪१२", "٪12", "Devanagari digits"),
        ("ﻣﺮﺣﺒﺎ", "مرحبا", "presentation forms"),
        ("ＡＢＣ１２", "abc12", "full width"),
        ("ｶﾀｶﾅ", "カタカナ", "half-width kana"),
        ("co\u00adoperation", "cooperation", "soft hyphen"),
        ("the “Sun” ‘shines’", "the \"sun\" 'shines'", "quotes"),
        ("İSTANBUL", "istanbul", "Turkish dotted capital"),
        ("KADIN", "kadın", "Turkish dotless small letter"),
        ("STRASSE", "Straße", "sharp s"),
        ("葛\U000e0100城", "葛城", "a selector of a character's variant is not read"),
        ("ΑΘΗΝΑ", "Αθήνα", "Greek capitals lose accents"),
        ("e\u0301te\u0301", "été", "decomposed accents"),
        ("a\u00a0b\u2009c", "a b c", "spaces of every width"),
        ("می‌خواهم", "میخواهم", "a Persian prefix, joined or not"),
    ],
)
def test_typography_is_folded(one: str, other: str, why: str) -> None:
    assert tokens(fold(one)) == tokens(fold(other)), why


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("हिन्दी समाचार", ["हिन्दी", "समाचार"]),
        ("Price: 1,200.50 (up 3%)", ["price", "1", "200", "50", "up", "3"]),
        ("東京で会議", ["東", "京", "で", "会", "議"]),
        ("ราคาดี 35 บาท", ["ร", "า", "ค", "า", "ดี", "35", "บ", "า", "ท"]),
        ("서울에서 회의", ["서울에서", "회의"]),
        ("AIを2026年に", ["ai", "を", "2026", "年", "に"]),
        ("か\u0301abc é\u0323b", ["か\u0301", "abc", "ẹ\u0301b"]),
        ("snake_case", ["snake", "case"]),
    ],
)
def test_a_token_is_a_word_with_its_marks_or_a_character_without_spaces(text: str, expected: list[str]) -> None:
    assert tokens(fold(text)) == expected


def test_numbers_are_never_folded_together() -> None:
    assert tokens(fold("index at 1,200")) != tokens(fold("index at 1,300"))


def test_characters_of_scripts_without_spaces_are_known() -> None:
    assert [is_character(one) for one in ("東", "か", "ก", "word", "слово", "9")] == [True, True, True, False, False, False]


@given(st.text(max_size=60))
def test_tokens_hold_no_white_space_and_survive_folding_again(text: str) -> None:
    some = tokens(fold(text))
    assert not any(token.split() != [token] for token in some)
    assert tokens(fold(" ".join(some))) == tokens(" ".join(some)) or not text.isascii()


@given(st.lists(st.from_regex(r"[a-zа-яء-ي0-9]{1,8}", fullmatch=True), max_size=20), st.sampled_from([" ", "\n", " \t ", "\u00a0", ", "]))
def test_white_space_and_punctuation_do_not_matter(some: list[str], between: str) -> None:
    assert tokens(fold(between.join(some))) == tokens(fold(" ".join(some)))
