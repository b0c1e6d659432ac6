"""Which language a text is in: its script first where that decides, then py3langid (its only door).

A page's own `lang` is a hint and no more: on 6 of 251 news pages it named the template's language, not the text's. General
identifiers call Sorani Persian or Arabic, and Kurmanji Turkish; their letters tell better.
"""

import re
from collections import Counter
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

_SAMPLE = 600
_MIN_LETTERS = 20
# Sorani writes its vowels; neither Arabic nor Persian has these letters. Plain Persian never has ە or ڕ, Arabic none of them.
_SORANI = re.compile("[ەێۆڕڵڤۊ]")
_ARABIC_SCRIPT = re.compile("[\u0600-\u06ff]")
_PERSIAN = re.compile("[پچژگ]|ی|ک")
# Kurmanji's circumflexed vowels and x, q, w beside the ç and ş that Turkish has too; ğ, ı, ö, ü are Turkish only.
_KURMANJI = re.compile("[êîûÊÎÛ]")
_TURKISH = re.compile("[ğıöüĞİÖÜ]")
_KURMANJI_WORDS = frozenset("û di ji bi ku yê ên jî xwe kir hat bû dike dibe wan hem lê bo kurdistanê kurdistan gel".split())  # noqa: SIM905
# py3langid's labels for what is Sorani in a newsroom (Southern Kurdish is hardly written there).
_RENAMED = {"sdh": "ckb", "ku": "kmr", "no": "nb"}
_HANGUL, _KANA, _HAN = re.compile("[\uac00-\ud7af]"), re.compile("[\u3040-\u30ff]"), re.compile("[\u4e00-\u9fff]")


def identify(text: str, *, hint: str | None = None) -> tuple[str | None, str | None]:
    """Return the language (BCP 47) of a text and what told it: script, text or hint; (None, None) if nothing does."""
    sample = text[:_SAMPLE]
    if sum(map(str.isalpha, sample)) < _MIN_LETTERS:
        return (plain(hint), "hint") if plain(hint) else (None, None)
    if found := _by_script(sample):
        return found, "script"
    code, _ = _identifier().classify(sample)
    code = _RENAMED.get(str(code), str(code))
    # What the page declares decides between names of one language (nb, nn, no; sr, hr, bs).
    declared = _RENAMED.get(plain(hint) or "", plain(hint))
    if declared and any({code, declared} <= family for family in _FAMILIES):
        return declared, "text"
    return code, "text"


def plain(tag: str | None) -> str | None:
    """Return the primary language of a declared tag (`en_US`, `de-AT`), or None when it is not one."""
    match = re.match(r"\s*([a-zA-Z]{2,3})(?:[-_].*)?\s*$", tag or "", re.DOTALL)
    return match[1].lower() if match else None


def same(one: str | None, other: str | None) -> bool:
    """Return whether two codes can be the same language; an unknown one can be any."""
    if not one or not other or one == other:
        return True
    return any({one, other} <= family for family in _FAMILIES)


_FAMILIES = (
    frozenset({"nb", "nn", "no", "da"}),
    frozenset({"sr", "hr", "bs", "sh"}),
    frozenset({"ku", "kmr", "ckb", "sdh", "kur"}),
    frozenset({"id", "ms"}),
    frozenset({"fa", "prs", "per"}),
    frozenset({"zu", "xh", "st", "tn", "en"}),
    frozenset({"gl", "pt"}),
    frozenset({"lb", "de"}),
)


def _by_script(sample: str) -> str | None:
    arabic = len(_ARABIC_SCRIPT.findall(sample))
    letters = max(1, sum(map(str.isalpha, sample)))
    if arabic > letters // 2:
        return "ckb" if len(_SORANI.findall(sample)) > arabic // 50 else None
    if len(_KANA.findall(sample)) > letters // 20:
        return "ja"
    if len(_HANGUL.findall(sample)) > letters // 3:
        return "ko"
    if len(_HAN.findall(sample)) > letters // 2:
        return "zh"
    circumflexed = len(_KURMANJI.findall(sample))
    if circumflexed > letters // 50 and circumflexed > 3 * len(_TURKISH.findall(sample)):
        words = Counter(re.findall(r"\w+", sample.lower()))
        if sum(words[word] for word in _KURMANJI_WORDS) > sum(words.values()) // 12:
            return "kmr"
    return None


@cache
def _identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE)
