"""What an outlet puts around a story comes off, in the languages of the newsroom; the story stays."""

import pytest

from tasks.deduplicate import phrases
from tasks.deduplicate.dress import undress
from tasks.deduplicate.normalise import fold

STORY = "The council agreed on the new bridge after nine hours of talks."


@pytest.mark.parametrize(
    "dateline",
    [
        "ERBIL (Kurdistan 24) – ",
        "LONDON, March 3 (Reuters) - ",
        "WASHINGTON (AP) — ",
        "(Reuters) - ",
        "LONDON (Reuters) ",
        "ERBIL (KRG): ",
        "PARIS, Nov. 22 – ",
        "NEW YORK -- ",
        "Berlin (dpa) - ",
        "Hewlêr (K24) – ",
        "Ankara (AA) - ",
        "МОСКВА, 22 ноября (ТАСС) — ",
    ],
)
def test_a_dateline_comes_off(dateline: str) -> None:
    assert undress(f"{dateline}{STORY}\nSecond paragraph.") == f"{STORY.lower()}\nsecond paragraph."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("بغداد (رويترز) - اتفق المجلس على الجسر الجديد", "اتفق المجلس علی الجسر الجدید"),
        ("هەولێر (کوردستان٢٤) – ئەنجوومەن ڕێککەوت لەسەر پردی نوێ", "ئهنجوومهن ڕێککهوت لهسهر پردی نوێ"),
        ("【東京＝共同】議会は新しい橋に合意した。", "議会は新しい橋に合意した。"),
        ("[東京 22日 ロイター] - 議会は新しい橋に合意した。", "議会は新しい橋に合意した。"),
        ("新华社北京11月22日电（记者王明）议会同意修建新桥。", "议会同意修建新桥。"),
        ("(서울=연합뉴스) 홍길동 기자 = 의회는 새 다리에 합의했다.", "의회는 새 다리에 합의했다."),
    ],
)
def test_a_dateline_comes_off_in_other_scripts(text: str, expected: str) -> None:
    assert undress(text) == expected


@pytest.mark.parametrize(
    "line",
    [
        "By Jane Miller and Azad Karim",
        "Read More: Bridge over the Zab opens",
        "(Reporting by Jane Miller; Editing by Azad Karim)",
        "Editing by Azad Karim",
        "© 2026 The Morning Paper. All rights reserved.",
        "Copyright 2026",
        "Subscribe to our newsletter",
        "Follow us on every network",
        "Source: AFP",
        "AFP/dpa",
        "Lesen Sie auch: Neue Brücke",
        "Alle Rechte vorbehalten",
        "Lire aussi : le nouveau pont",
        "Lea también: el nuevo puente",
        "Daha fazla oku: yeni köprü",
        "Tüm hakları saklıdır.",
        "Bêtir bixwîne: pira nû",
        "اقرأ أيضاً: الجسر الجديد",
        "المصدر: وكالات",
        "جميع الحقوق محفوظة",
        "زیاتر بخوێنەوە: پردی نوێ",
        "سەرچاوە: کوردستان ٢٤",
        "بیشتر بخوانید: پل تازه",
        "Читайте также: новый мост",
        "関連記事：新しい橋",
        "责任编辑：王明",
        "무단 전재 및 재배포 금지",
    ],
)
def test_a_dress_line_comes_off_wherever_it_stands(line: str) -> None:
    assert undress(f"{STORY}\n{line}\nAnd so on it went.") == f"{STORY.lower()}\nand so on it went."
    assert undress(f"{line}\n{STORY}").endswith(STORY.lower())


@pytest.mark.parametrize(
    "paragraph",
    [
        "By nightfall the council, which had met for nine hours behind closed doors, agreed on the new bridge.",
        "Read more often, the minister told pupils, and write down what you have read before the day is over; " + "she said so. " * 12,
        "Sources close to the council said the talks would go on well into the night, and perhaps the next day.",
        "The Bridge Party (BP) said it would vote against the plan, as it had done in May and in June.",
        "The text of the agreement was not published - it will be on Monday, the council said.",
    ],
)
def test_a_paragraph_of_the_story_stays(paragraph: str) -> None:
    assert undress(f"{STORY}\n{paragraph}") == f"{STORY.lower()}\n{paragraph.strip().lower()}"


def test_the_whole_text_never_goes() -> None:
    assert undress("ERBIL –\n\u200b\n") == "erbil –"
    assert undress("") == ""


def test_wrapped_lines_are_one_paragraph_and_dress_between_them_comes_off() -> None:
    wrapped = "The council agreed on the new\nbridge, which will be built\nby a firm from the north.\nWork begins in May."
    dressed = "The council agreed on the new\nbridge, which will be built\nRead More: A tunnel opens\nby a firm from the north.\nWork begins in May."
    expected = "the council agreed on the new bridge, which will be built by a firm from the north.\nwork begins in may."
    assert undress(wrapped) == undress(dressed) == expected


def test_no_phrase_is_so_short_that_it_begins_words() -> None:
    every = (*phrases.READ_MORE, *phrases.CREDIT, *phrases.BUSINESS, *phrases.RIGHTS, *phrases.BYLINE)
    assert [one for one in every if len(fold(one)) < 2] == ["©"]
    assert all(one == one.strip() or one.endswith(" ") for one in every)
