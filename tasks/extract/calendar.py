"""Dates as people write them: month names, digits and word order of the languages this project reads.

Only whole dates count (day, month and year); without a time of day the date is the day, and a time without a zone is UTC.
Persian dates of the solar calendar and Islamic months are left alone: a wrong date is worse than none.
"""

import re
from datetime import UTC, datetime
from typing import Final

# By month, every language in one line; compared in lower case, as a whole word.
_MONTHS: Final = (
    "january jan januar jänner jaenner janvier janv enero ene gennaio gen janeiro januari ocak январь января январе января січень січня styczeń stycznia leden ledna január ianuarie siječanj siječnja януари ιανουάριος ιανουαρίου يناير كانون\u00a0الثاني ژانویه کانوونی\u00a0دووەم rêbendan çileya\u00a0paşîn ינואר",
    "february feb februar februari février févr fév febrero febbraio fevereiro şubat февраль февраля лютий лютого luty lutego únor února február februarie veljača veljače φεβρουάριος φεβρουαρίου فبراير شباط فوریه شوبات reşemî sibat פברואר",
    "march mar märz maerz mars marzo março maart mart март марта березень березня marzec marca březen března marec március martie ožujak ožujka μάρτιος μαρτίου مارس آذار ئازار adar avdar מרץ",
    "april apr avril abril aprile nisan апрель апреля квітень квітня kwiecień kwietnia duben dubna apríl április aprilie travanj travnja απρίλιος απριλίου أبريل ابريل نيسان آوریل نیسان avrêl nîsan אפריל",
    "may mai mayo maggio maio mei mayıs maj май мая травень травня maja květen května máj május svibanj svibnja μάιος μαΐου مايو أيار ايار مه ئایار gulan מאי",
    "june jun juni juin junio giugno giu junho haziran июнь июня червень червня czerwiec czerwca červen června jún június iunie lipanj lipnja ιούνιος ιουνίου يونيو حزيران ژوئن حوزەیران pûşper hezîran יוני",
    "july jul juli juillet juil julio luglio lug julho temmuz июль июля липень липня lipiec lipca červenec července júl július iulie srpanj srpnja ιούλιος ιουλίου يوليو تموز ژوئیه جولای تەمموز تەممووز tîrmeh temûz יולי",
    "august aug août aout agosto ago augustus ağustos август августа серпень серпня sierpień sierpnia srpen srpna augusztus kolovoz kolovoza αύγουστος αυγούστου أغسطس اغسطس آب اوت آگوست ئاب tebax gelawêj אוגוסט",
    "september sept sep septembre septiembre settembre set setembro eylül сентябрь сентября вересень вересня wrzesień września září szeptember septembrie rujan rujna σεπτέμβριος σεπτεμβρίου سبتمبر أيلول ايلول سپتامبر ئەیلوول ئەیلول îlon rezber ספטמבר",
    "october oct oktober okt octobre octubre ottobre ott outubro out ekim октябрь октября жовтень жовтня październik października říjen října október octombrie listopad listopada οκτώβριος οκτωβρίου أكتوبر اكتوبر تشرين\u00a0الأول اکتبر تشرینی\u00a0یەکەم cotmeh kewçêr אוקטובר",
    "november nov novembre noviembre novembro kasım ноябрь ноября листопад листопада studeni studenoga novembrie νοέμβριος νοεμβρίου نوفمبر تشرين\u00a0الثاني نوامبر تشرینی\u00a0دووەم mijdar sermawez נובמבר",
    "december dec dezember dez décembre déc diciembre dic dicembre dezembro desember aralık декабрь декабря грудень грудня grudzień grudnia prosinec prosince prosinac prosinca decembrie δεκέμβριος δεκεμβρίου ديسمبر كانون\u00a0الأول دسامبر کانوونی\u00a0یەکەم berfanbar kanûn דצמבר",
)  # fmt: skip
_MONTH = {name: number for number, names in enumerate(_MONTHS, 1) for word in names.split(" ") if (name := word.replace("\u00a0", " "))}
_NAMES = "|".join(map(re.escape, sorted(_MONTH, key=len, reverse=True)))
_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")
_YEAR = r"((?:19|20)\d\d)"
_DAY_FIRST = re.compile(
    rf"(?<!\d)(\d{{1,2}})(?:\.|er|º|ª|st|nd|rd|th|ê|an|yê)?\s*(?:de |d['’]|ي |ی |ê )?\s*({_NAMES})\.?(?:ê|a|î)?,?\s*(?:de |del |ی |ê |a )?\s*{_YEAR}(?!\d)"
)
_MONTH_FIRST = re.compile(rf"(?<!\w)({_NAMES})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+{_YEAR}(?!\d)")
_YEAR_FIRST = re.compile(rf"(?<!\d){_YEAR}\s*(?:年|년|-|/|\.)\s*(\d{{1,2}})\s*(?:月|월|-|/|\.)\s*(\d{{1,2}})(?!\d)")
_NUMERIC = re.compile(rf"(?<!\d)(\d{{1,2}})([./-])(\d{{1,2}})\2{_YEAR}(?!\d)")
_TIME = re.compile(
    r"(?<![\d.:/-])(\d{1,2})\s*(?:[:.h]|時|时|시\s*)\s*(\d{2})(?:(?!\d)|\s*分)(?::(\d{2}))?\s*(am|pm|a\.m\.|p\.m\.|م|ص)?", re.IGNORECASE
)


def find(text: str) -> tuple[datetime, bool] | None:
    """Return the first whole date in a text as UTC, and whether it has a time of day; None when there is none.

    `3/4/2026` is not one: which of the two is the month depends on who wrote it.
    """
    text = text.translate(_DIGITS).lower()[:300]
    found = _date(text)
    if found is None:
        return None
    (year, month, day), span = found
    clock = _TIME.search(text, span[1]) or _TIME.search(text, 0, span[0])
    hour, minute, second = _clock(clock) if clock else (0, 0, 0)
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC), clock is not None
    except ValueError:
        return None


def _date(text: str) -> tuple[tuple[int, int, int], tuple[int, int]] | None:
    if match := _DAY_FIRST.search(text):
        return (int(match[3]), _MONTH[match[2]], int(match[1])), match.span()
    if match := _MONTH_FIRST.search(text):
        return (int(match[3]), _MONTH[match[1]], int(match[2])), match.span()
    if match := _YEAR_FIRST.search(text):
        return (int(match[1]), int(match[2]), int(match[3])), match.span()
    if (match := _NUMERIC.search(text)) and (match[2] == "." or int(match[1]) > 12):
        return (int(match[4]), int(match[3]), int(match[1])), match.span()
    return None


def _clock(match: re.Match[str]) -> tuple[int, int, int]:
    hour, half = int(match[1]), (match[4] or "").replace(".", "").lower()
    if half in {"pm", "م"} and hour < 12:
        hour += 12
    elif half in {"am", "ص"} and hour == 12:
        hour = 0
    return hour, int(match[2]), int(match[3] or 0)
