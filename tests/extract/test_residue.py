"""Residue, kind by kind and language by language: what goes, and what must stay. All lines invented."""

import re

import pytest

from tasks.extract import residue
from tasks.extract.marks import Marks, plain

STORY = (
    "The ferry to the island runs again from Monday, the harbour office said, three weeks after a storm damaged the quay of the old town.",
    "Passengers had to take the long way round by the bridge, which added an hour to the journey and filled the only road there is.",
    "The repairs cost less than was feared, and the new planks should last for twenty years, the engineer in charge told reporters on Monday.",
    "On the first morning the boat was full before sunrise, and the baker of the village had sold all his bread by seven in the morning.",
)


def clean(*lines: str, links: dict[str, str] | None = None, captions: tuple[str, ...] = (), **options: object) -> residue.Cleaned:
    keyed = {plain(text): href for text, href in (links or {}).items()}
    marks = Marks(links=keyed, teasers=set(keyed), captions={plain(caption) for caption in captions})
    given = {"titles": ("Ferry runs again",), "authors": ()} | options
    cleaned = residue.clean(list(lines), marks=marks, **given)  # type: ignore[arg-type]
    assert {cut.kind for cut in cleaned.cut} <= set(residue.WHY), "every cut can say why it was made"
    return cleaned


def kinds(cleaned: residue.Cleaned) -> list[tuple[str, str]]:
    return [(cut.kind, cut.line) for cut in cleaned.cut]


READ_MORE = [
    "Read More: Ministers meet in the capital", "ALSO READ: Ministers meet", "Related: Ministers meet", "[Related: Ministers meet in the capital]",
    "Lesen Sie auch: Minister treffen sich", "Auch interessant", "Mehr zum Thema", "À lire aussi : Les ministres se réunissent", "Lire aussi | Les ministres",
    "Lee también: Los ministros se reúnen", "Te puede interesar", "Leggi anche: I ministri si incontrano", "Leia também: Ministros se reúnem",
    "Lees ook: Ministers komen samen", "Les også: Ministrene møtes", "Läs också: Ministrarna möts", "Czytaj także: Ministrowie się spotykają",
    "Čtěte také: Ministři se sešli", "Читайте также: Министры встретились", "Читайте також: Міністри зустрілися", "İlgili haber: Bakanlar buluştu",
    "Zêdetir bixwîne: Wezîr civiyan", "Her wiha bixwîne: Wezîr civiyan", "اقرأ أيضا: الوزراء يجتمعون", "بیشتر بخوانید: وزیران دیدار کردند",
    "زیاتر بخوێنەوە: وەزیرەکان کۆبوونەوە", "هەروەها بخوێنەوە: وەزیرەکان کۆبوونەوە", "関連記事：大臣が会談", "相关阅读：部长会面", "관련 기사: 장관들이 만났다",
    "Xem thêm: Các bộ trưởng gặp nhau", "Baca juga: Para menteri bertemu", "Διαβάστε επίσης: Συνάντηση υπουργών", "Advertisement",
]  # fmt: skip
CALLS = [
    "Subscribe to our newsletter for the best of the week", "Sign up here for our daily briefing", "Follow us on Facebook and Telegram", "Follow Ada Moor on Twitter",
    "Download our free news app", "Get the day's top stories in your inbox", "CLICK HERE TO GET THE NEWS APP", "Support our journalism", "If you enjoyed this article, share it",
    "Have a tip? Write to us", "We may earn a commission from links on this page", "Jetzt den Newsletter kostenlos abonnieren", "Folgen Sie uns auf Instagram",
    "Ihre Meinung ist uns wichtig", "Abonnez-vous à notre lettre", "Suivez-nous sur les réseaux", "Suscríbete a nuestro boletín", "Síguenos en Facebook",
    "Iscriviti alla newsletter", "Seguici su Telegram", "Inscreva-se no nosso canal", "Siga o Jornal no Instagram", "Schrijf je in voor de nieuwsbrief", "Volg ons op Facebook",
    "Подписывайтесь на наш канал", "Підписуйтесь на наш канал", "Kanalımıza abone olun", "Bizi Facebook'ta takip edin", "Me li ser Telegramê bişopînin",
    "تابعونا على فيسبوك", "اشترك في النشرة البريدية", "ما را در تلگرام دنبال کنید", "لە فەیسبووک شوێنمان بکەون", "会員登録すると続きが読めます", "关注我们的公众号", "채널 구독하기",
]  # fmt: skip
PHOTOS = [
    "Photo: Cam Era", "Photo by: Cam Era", "(Photo: Archive)", "The boat in the harbour. (Photo: Cam Era)", "The boat at the quay (Image: Getty Images)", "Cam Era / Getty Images",
    "Foto: Cam Era", "Symbolbild: Cam Era", "Crédit photo : Cam Era", "Imagen: Cam Era", "Fotoğraf: Cam Era", "Wêne: Kamera Azad", "Фото: Камера", "صورة: كاميرا", "عکس: دوربین", "وێنە: کامێرا",
    "بەندەرەکە. (وێنە: کامێرا)", "写真：カメラ", "图片：相机", "사진: 카메라", "Ảnh: Cam Era",
]  # fmt: skip
OTHERS = [
    ("tags", "Tags: ferry, island"), ("tags", "Etiketler: vapur, ada"), ("tags", "الوسوم: عبارة، جزيرة"), ("tags", "تاگەکان: بەلەم"), ("tags", "タグ：船"),
    ("share", "Facebook Twitter Telegram Viber"), ("share", "Share this article"), ("share", "Facebook | WhatsApp | Email | Copy link"),
    ("rights", "© 2026 The Harbour News"), ("rights", "Copyright 2026 The Harbour News. All rights reserved."), ("rights", "Alle Rechte vorbehalten"),
    ("rights", "Tous droits réservés"), ("rights", "جميع الحقوق محفوظة"), ("rights", "هەموو مافێک پارێزراوە"), ("rights", "版权所有"), ("ornament", "***"), ("ornament", "showPaywall: false"),
]  # fmt: skip


@pytest.mark.parametrize("line", READ_MORE)
def test_read_more_lines_go(line: str) -> None:
    cleaned = clean(STORY[0], line, *STORY[1:])
    assert cleaned.kept == list(STORY)
    assert kinds(cleaned) == [("read_more", line)]


@pytest.mark.parametrize("line", CALLS)
def test_calls_to_the_reader_go(line: str) -> None:
    cleaned = clean(STORY[0], line, *STORY[1:])
    assert cleaned.kept == list(STORY)
    assert kinds(cleaned) == [("call", line)]


@pytest.mark.parametrize("line", PHOTOS)
def test_photo_credits_go(line: str) -> None:
    cleaned = clean(STORY[0], line, *STORY[1:])
    assert cleaned.kept == list(STORY)
    assert kinds(cleaned) == [("photo", line)]


@pytest.mark.parametrize(("kind", "line"), OTHERS)
def test_tags_shares_rights_and_ornaments_go(kind: str, line: str) -> None:
    cleaned = clean(STORY[0], line, *STORY[1:])
    assert cleaned.kept == list(STORY)
    assert kinds(cleaned)[0][1] == line
    assert kinds(cleaned)[0][0] in {kind, "call", "share"}


@pytest.mark.parametrize(
    "line",
    [
        "“We will sail whatever the weather,” the captain said.",
        "Ada Moor: How long did the repairs take?",
        "Captain: Three weeks and two days.",
        "Why it took so long",
        "Related questions were not answered by the harbour office that evening.",
        "The photo: a boat at dawn, and nobody on the quay.",
        "She asked readers to follow the rules on board.",
        "More than 300 passengers came.",
        "The subscription to the ferry costs 40 a month.",
        "Watch out for the loose planks, a sign says.",
        "He shared a photo on Facebook of the empty quay.",
        "Newsletter writers were among the first passengers to take the boat across.",
        "- Bread, milk and two crates of apples",
        "Die Fähre fährt wieder, sagte die Sprecherin.",
        "صورة الميناء تغيرت كثيرا خلال هذه السنوات.",
        "The mayor wanted to become a member of the harbour council.",
        "“Join us on Saturday,” the mayor said, “and bring your own bread.”",
        "Islanders who follow the captain on Twitter knew it a day earlier.",
        "Agents may receive a commission of five percent on every ticket.",
        "Thousands of people sign up for the crossing every summer.",
        "Users can download the free app from Monday, the company said.",
        "Copyright law is changing again, the minister said on Monday.",
        "The company said in its weekly investor newsletter that sales rose.",
        "The WhatsApp channel of the harbour was hacked in the night.",
        "More – much more – is needed before the next winter.",
        "BILD: Warum hat das so lange gedauert?",
        "Wer hier entlang geht, sieht den alten Steg.",
        "Россияне смогут подписаться на рассылку порта.",
        "用户可以下载客户端查看港口办公室每天早上公布的最新船期表，也可以在码头的售票处向工作人员询问当天的天气情况和具体的开船时间，并提前预订座位。",
        "مزيد من الركاب وصلوا صباح اليوم.",
    ],
)
def test_lines_of_the_story_stay(line: str) -> None:
    assert clean(STORY[0], line, *STORY[1:]).kept == [STORY[0], line, *STORY[1:]]


def test_the_link_of_a_cut_line_is_kept() -> None:
    links = {"Ministers meet in the capital": "/en/story/7", "Quay to be widened next year": "https://news.example/8"}
    cleaned = clean(STORY[0], "Read More: Ministers meet in the capital", STORY[1], "Quay to be widened next year", *STORY[2:], links=links)
    assert cleaned.kept == list(STORY)
    assert residue.resolve(cleaned.related, "https://news.example/1") == ("https://news.example/en/story/7", "https://news.example/8")


def test_a_label_without_a_colon_goes_when_a_link_follows() -> None:
    links = {"Ministers meet in the capital": "/7"}
    assert clean(STORY[0], "Read more Ministers meet in the capital", *STORY[1:], links=links).kept == list(STORY)
    assert len(clean(STORY[0], "Read more Ministers meet in the capital", *STORY[1:]).kept) == 5


def test_a_linked_sentence_of_the_story_stays() -> None:
    links = {"The minister resigned on Tuesday evening.": "/7"}
    assert len(clean(STORY[0], "The minister resigned on Tuesday evening.", *STORY[1:], links=links).kept) == 5


def test_lists_of_links_go_and_other_lists_stay() -> None:
    links = {"Ministers meet in the capital": "/7", "Quay to be widened next year": "/8"}
    teasers = ["- Politics: Ministers meet in the capital", "- Quay to be widened next year It will take two summers"]
    assert clean(*STORY[:2], *teasers, *STORY[2:], links=links).kept == list(STORY)
    shopping = ["- Two crates of apples", "- A box of nails"]
    assert clean(*STORY[:2], *shopping, *STORY[2:], links=links).kept == [*STORY[:2], *shopping, *STORY[2:]]


def test_captions_go_wherever_the_text_repeats_them() -> None:
    assert clean(STORY[0], "The boat at the quay on Monday", *STORY[1:], captions=("The boat at  the quay on Monday",)).kept == list(STORY)


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("Ferry runs again", "headline"),
        ("FERRY RUNS AGAIN!", "headline"),
        ("By Ada Moor", "byline"),
        ("Von Ada Moor", "byline"),
        ("Published 20 November 2026, 10:00", "date"),
        ("20.11.2026 10:00", "date"),
        ("3 min read", "date"),
        ("3 Minuten Lesezeit", "date"),
        ("آخر تحديث: 20 نوفمبر 2026", "date"),
        ("نوێکراوەتەوە 20/11/2026", "date"),
    ],
)
def test_what_stands_above_the_first_sentence_goes(line: str, kind: str) -> None:
    cleaned = clean(line, *STORY)
    assert cleaned.kept == list(STORY)
    assert kinds(cleaned) == [(kind, line)]


def test_bylines_and_dates_above_the_text_are_remembered() -> None:
    cleaned = clean("By Ada Moor", "Published 20 November 2026", *STORY)
    assert cleaned.bylines == ["By Ada Moor"]
    assert cleaned.dates == ["Published 20 November 2026"]


def test_the_same_words_further_down_stay() -> None:
    assert clean(*STORY[:2], "By Monday evening all was done", *STORY[2:]).kept[2] == "By Monday evening all was done"


def test_labels_after_the_last_sentence_go_but_never_the_whole_text() -> None:
    assert clean(*STORY, "More from the harbour").kept == list(STORY)
    assert clean("One", "Two", "Three").kept == ["One", "Two", "Three"]
    assert clean(*STORY, "“Until tomorrow”").kept == [*STORY, "“Until tomorrow”"]


def test_a_long_line_is_never_cut_for_a_word_in_it() -> None:
    line = "Related: " + "the harbour office explained at length what had happened and why it took so long to repair the quay. " * 4
    assert line in clean(STORY[0], line, *STORY[1:]).kept


def test_a_site_rule_cuts_its_own_lines() -> None:
    cleaned = clean(STORY[0], "This is the island's own paper.", *STORY[1:], own=(re.compile("island's own paper"),))
    assert kinds(cleaned) == [("site", "This is the island's own paper.")]


def test_nothing_in_gives_nothing_out() -> None:
    assert clean().kept == []


def test_links_that_are_no_addresses_are_dropped() -> None:
    assert residue.resolve(["javascript:x", "mailto:a@b.example", "http://[bad", "/ok"], "https://news.example/1") == (
        "https://news.example/ok",
    )
