"""Who is named at the end of a story: editors, further reporters, the agency it came from; read from its closing lines.

"Editing by A. Name", "(Reporting by A; Editing by B)", "With files from C", "mit dpa": the line goes, the names become fields.
"""

import re
from dataclasses import dataclass

from tasks.extract.names import people

_LAST_LINES = 5
_LONGEST = 300

_EDITED = (
    r"edit(?:ed|ing)(?: and (?:additional )?(?:reporting|writing))? by|editors?|copy edit(?:ed|ing) by|redaktion|redigiert von|bearbeitet von|bearbeitung|"
    r"édité par|édition|rédaction|relecture|editado por|edición(?: de)?|edita|edición y redacción|a cura di|redazione|edição(?: de)?|edição|eindredactie|bewerkt door|"
    r"redaktör|redaktør|redigering|redaktor|redakce|editör|editor|düzenleme|düzenleyen|edîtor|edîtorî|amadekirin|amadekar|sererastkirin|редактор|редактировал[аи]?|редагування|"
    r"تحرير|المحرر|إعداد وتحرير|ویرایش|ویراستار|ویرایشگر|سەرنووسەر|دەستکاری|دەستکاریکردنی|پێداچوونەوە|پێداچوونەوەی|編集|編輯|编辑|责任编辑|責任編輯|责编|편집"
)
_REPORTED = (
    r"(?:additional |further )?report(?:ing|ed)(?: and writing)? by|additional reporting(?: by)?|writing by|written by|with (?:additional )?(?:reporting|files|contributions) (?:by|from)|"
    r"with files from|compiled by|translated by|translation by|mitarbeit|unter mitarbeit von|zusätzliche berichterstattung|avec|traduit par|traduction|con información de|"
    r"traducido por|reportaje adicional|traduzione di|reportagem de|com informações de|haber|haberi hazırlayan|çeviri|muhabir|nûçegihan|wergêr|wergerandin|"
    r"перевод|репортаж|переклад|إعداد|ترجمة|شارك في التغطية|گزارش|ترجمه|ئامادەکردنی|ئامادەکردن|وەرگێڕان|وەرگێڕانی|راپۆرت|取材|翻訳|翻译|记者|記者|기자|취재"
)
_AFTER = r"\s*(?:[:：]\s*|\s+|(?<=[\u0600-\u9fff\uac00-\ud7af]))"
_EDITOR = re.compile(rf"^(?:{_EDITED}){_AFTER}(.{{2,200}})$", re.IGNORECASE | re.DOTALL)
_REPORTER = re.compile(rf"^(?:{_REPORTED}){_AFTER}(.{{2,200}})$", re.IGNORECASE | re.DOTALL)
# Words that, alone before a name, are prose more often than a credit, so a colon is asked for.
_NEEDS_COLON = re.compile(
    r"^(?:editors?|avec|haber|editor|redaktion|muhabir|redaktor|redazione|rédaction|édition|edição|edita|大|기자|记者|記者|guión|mitarbeit|گزارش|إعداد|ترجمة)\s+(?![:：])",
    re.IGNORECASE,
)
_CONTRIBUTED = re.compile(r"^(.{3,160}?) (?:also )?(?:contributed (?:to|reporting)|contributed$)", re.IGNORECASE)
_AGENCIES = (
    "dpa", "afp", "ap", "reuters", "efe", "ansa", "apa", "sda", "keystone-sda", "afx", "epd", "kna", "sid", "aa", "dha", "iha", "pap", "čtk", "tass", "interfax", "xinhua", "kyodo",
    "yonhap", "anf", "hawar", "rûdaw", "rudaw", "kurdistan ?24", "bloomberg", "(?:the )?associated press", "united press international", "upi", "(?:pa|press association)(?: media)?",
    "belga", "anp", "tt", "ntb", "ritzau", "stt", "mti", "lusa", "agerpres", "irna", "isna", "mehr", "sana", "wafa", "petra", "رويترز", "أ ?ف ?ب", "فرانس برس", "الأناضول", "ایرنا",
    "ایسنا", "کوردستان ?24", "интерфакс", "тасс", "риа новости", "укрінформ", "共同", "時事", "新华社", "新華社", "연합뉴스",
)  # fmt: skip
_SOURCE = "mit|with|avec|con|com|source|quelle|fuente|fonte|kaynak|çavkanî|المصدر|منبع|سەرچاوە|источник|джерело|出典|来源|來源|출처"
_AGENCY = re.compile(
    rf"^[\W_]*(?:(?:{_SOURCE})\s*[:：/]?\s*(?:material von |agencies |agenturen )?)?((?:{'|'.join(_AGENCIES)})(?:\s*[/,&+]\s*[\w -]{{2,20}})*)[\W_]*$",
    re.IGNORECASE,
)
_PART = re.compile(r"\s*[;؛；]\s*|\.\s+(?=(?:edit|report|additional|writing|compiled)\w*\b)", re.IGNORECASE)
_NAMEISH = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Credits:
    """Names from the closing lines; `agency` is the wire service a text is credited to."""

    editors: tuple[str, ...] = ()
    contributors: tuple[str, ...] = ()
    agency: str | None = None


def closing(lines: list[str]) -> tuple[list[str], Credits, list[str]]:
    """Return the lines without closing credits, the names in those, and the credit lines themselves."""
    editors: list[str] = []
    contributors: list[str] = []
    agency: str | None = None
    taken: set[int] = set()
    for index in range(max(1, len(lines) - _LAST_LINES), len(lines)):
        line = lines[index]
        if len(line) > _LONGEST:
            continue
        if match := _AGENCY.match(line):
            agency = agency or match[1]
            taken.add(index)
            continue
        found = [_credit(part) for part in _PART.split(line.strip(" \t()[]（）【】-–—•*_"))]
        if found and all(found):
            taken.add(index)
            for one in found:
                kind, names = one or ("", ())
                (editors if kind == "editors" else contributors).extend(names)
    kept = [line for index, line in enumerate(lines) if index not in taken]
    named = Credits(tuple(dict.fromkeys(editors)), tuple(dict.fromkeys(contributors)), agency)
    return kept, named, [lines[index] for index in sorted(taken)]


def _credit(part: str) -> tuple[str, tuple[str, ...]] | None:
    part = part.strip(" \t.()[]（）【】。")
    if _NEEDS_COLON.match(part):
        return None
    for kind, pattern in (("editors", _EDITOR), ("contributors", _REPORTER)):
        if (match := pattern.match(part)) and (names := _names(match[1])):
            return kind, names
    if (match := _CONTRIBUTED.match(part)) and (names := _names(match[1])):
        return "contributors", names
    return None


def _names(text: str) -> tuple[str, ...]:
    """Return the people in a credit, or nothing when it reads like a sentence: names are short and few."""
    text = re.sub(r"\s+in\s+[\w .'-]{2,40}?(?=,|$| and )", "", text.strip(" .。)）"))
    names = people([text])
    if not names or any(len(name) > 60 or len(name.split()) > 6 or not _NAMEISH.search(name) for name in names):
        return ()
    return names
