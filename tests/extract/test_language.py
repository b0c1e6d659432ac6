"""Which language a text is in; all sentences invented."""

import pytest

from tasks.extract import language

SENTENCES = {
    "en": "The ferry to the island runs again from Monday, the harbour office said after the storm.",
    "de": "Die Fähre zur Insel fährt ab Montag wieder, teilte das Hafenamt nach dem Sturm mit.",
    "fr": "Le bac vers l'île circule de nouveau à partir de lundi, a annoncé la capitainerie après la tempête.",
    "es": "El transbordador a la isla vuelve a circular desde el lunes, informó la oficina del puerto.",
    "it": "Il traghetto per l'isola torna a navigare da lunedì, ha comunicato la capitaneria di porto.",
    "pt": "A balsa para a ilha volta a funcionar na segunda-feira, informou a administração do porto.",
    "nl": "De veerboot naar het eiland vaart vanaf maandag weer, meldde het havenkantoor na de storm.",
    "tr": "Adaya giden vapur pazartesi gününden itibaren yeniden çalışacak, liman müdürlüğü fırtınanın ardından açıkladı.",
    "ru": "Паром на остров снова ходит с понедельника, сообщили в управлении порта после шторма.",
    "uk": "Пором на острів знову ходить із понеділка, повідомили в управлінні порту після шторму.",
    "ar": "قال مكتب الميناء بعد العاصفة إن العبارة إلى الجزيرة ستعود إلى العمل اعتبارا من يوم الاثنين المقبل.",
    "fa": "اداره بندر پس از توفان اعلام کرد که کشتی جزیره از روز دوشنبه دوباره کار خود را آغاز می‌کند و مسافران می‌توانند بلیت بخرند.",
    "ckb": "بەڕێوەبەرایەتیی بەندەر ڕایگەیاند کە بەلەمەکە لە ڕۆژی دووشەممەوە دەست بە کارەکانی دەکاتەوە و خەڵک دەتوانن سواری ببن.",
    "kmr": "Rêveberiya benderê ragihand ku keştiya giravê ji roja duşemê û pê ve dîsa dest bi karê xwe dike û xelk dikarin lê siwar bibin.",
    "ja": "港の事務所によると、嵐のあと止まっていた島への船は月曜日から再び動き出すという。",
    "zh": "港口办公室表示，风暴过后停运的渡轮将从星期一起恢复通航，居民可以重新乘船前往岛上。",
    "ko": "항만 사무소는 폭풍 이후 멈췄던 섬 여객선이 월요일부터 다시 운항한다고 밝혔다.",
}


@pytest.mark.parametrize(("code", "text"), SENTENCES.items())
def test_a_sentence_tells_its_language(code: str, text: str) -> None:
    assert language.identify(text)[0] == code


@pytest.mark.parametrize("code", ["ckb", "kmr", "ja", "zh", "ko"])
def test_where_the_script_tells_it_says_so(code: str) -> None:
    assert language.identify(SENTENCES[code]) == (code, "script")


def test_the_page_is_not_believed_against_its_text() -> None:
    assert language.identify(SENTENCES["de"], hint="en-US") == ("de", "text")
    assert language.identify(SENTENCES["ckb"], hint="ar") == ("ckb", "script")


def test_too_little_text_leaves_the_hint_or_nothing() -> None:
    assert language.identify("12:30", hint="de-AT") == ("de", "hint")
    assert language.identify("12:30") == (None, None)


@pytest.mark.parametrize(
    ("tag", "code"), [("en_US", "en"), ("de-AT", "de"), (" FR ", "fr"), ("ckb-IQ", "ckb"), ("english", None), ("", None), (None, None)]
)
def test_declared_tags_are_reduced_to_the_language(tag: str | None, code: str | None) -> None:
    assert language.plain(tag) == code


def test_names_of_one_language_are_not_a_contradiction() -> None:
    assert language.same("nb", "no")
    assert language.same("ckb", "ku")
    assert language.same(None, "en")
    assert not language.same("de", "en")
