"""Is this an article? Conservative: what may be one is kept, because a reader can skip a stub and cannot find a lost story."""

import re

from domain.outcomes import Outcome, Reason
from domain.records import Refusal
from tasks.extract.json_ld import Statement
from tasks.extract.meta import Head

# Up to here a text may be what stands in an article's place; up to half of it, one sign is enough.
_SHORT = 120
_STUB = 60
_CONSENT = re.compile(
    r"\b(?:we (?:and our partners )?(?:use|value) (?:cookies|your privacy)|(?:accept|reject|manage) (?:all )?cookies|your privacy choices|cookie (?:settings|consent|policy)|"
    r"wir (?:und unsere partner )?verwenden cookies|cookies? (?:akzeptieren|zustimmen)|mit werbung (?:und tracking )?(?:weiterlesen|lesen)|zustimmung (?:jederzeit )?widerrufen|ihre (?:zustimmung|einwilligung)|"
    r"nous utilisons des cookies|accepter (?:et fermer|les cookies)|utilizamos cookies|aceptar (?:todas )?(?:las )?cookies|utilizziamo i cookie|accetta (?:tutti )?i cookie|"
    r"wij gebruiken cookies|çerez(?:leri| politika)|мы используем (?:файлы )?cookie)|نستخدم ملفات تعريف الارتباط|کوکی",
    re.IGNORECASE | re.MULTILINE,
)
_LOGIN = re.compile(
    r"\b(?:log ?in|sign ?in) to (?:continue|read|your account)|already (?:a subscriber|have an account)|forgot(?:ten)? (?:your )?password|create (?:a free |an )?account|"
    r"anmelden,? um weiterzulesen|passwort vergessen|bereits (?:abonnent|registriert)|connectez-vous|mot de passe oublié|inicia sesión|¿olvidaste tu contraseña|accedi per continuare|"
    r"faça login|esqueceu a senha|giriş yap(?:ın|arak)|şifremi unuttum|войдите|забыли пароль|تسجيل الدخول|نسيت كلمة|وارد شوید|چوونە ?ژوورەوە",
    re.IGNORECASE | re.MULTILINE,
)
PAYWALL = re.compile(
    r"\b(?:subscribe|subscription) (?:now |today |required )?to (?:continue|read|unlock|keep)|subscribers? only|to continue reading|this (?:article|content|story) is (?:for|reserved|available|only)|"
    r"jetzt weiterlesen|weiterlesen mit|nur für abonnenten|exklusiv für abonnenten|dieser artikel ist (?:kostenpflichtig|plus|exklusiv)|réservé (?:aux|à nos) abonnés|"
    r"(?:sólo|solo) para suscriptores|il vous reste \d+|la suite est réservée|"
    r"contenido exclusivo|riservato agli abbonati|exclusivo para assinantes|alleen voor abonnees|abonelere özel|для подписчиков",
    re.IGNORECASE | re.MULTILINE,
)
_ERROR = re.compile(
    r"^\W*(?:error\s*)?(?:404|410|403|500|502|503)\b(?! \w+ \w+ \w+)|\bpage (?:was )?(?:not found|cannot be found|doesn.t exist|does not exist|isn.t available)|"
    r"^(?:.{0,40}[|:–-]\s*)?not found\W*$|\b(?:page|article|story|content|link)\b.{0,30}\bno longer available|\bwe (?:can.t|could not|couldn.t) find (?:the|that|this) page|"
    r"seite (?:wurde )?(?:leider )?nicht gefunden|\b(?:seite|artikel|inhalt)\b.{0,30}nicht mehr verfügbar|page (?:introuvable|non trouvée)|página no (?:encontrada|existe)|"
    r"pagina non trovata|página não encontrada|pagina niet gevonden|sayfa bulunamadı|страница не найдена|сторінку не знайдено|الصفحة غير موجودة|"
    r"صفحه (?:مورد نظر )?(?:یافت|پیدا) نشد|پەڕە(?:کە)? نەدۆزرایەوە|rûpel nehat dîtin|ページが見つかりません|页面不存在|페이지를 찾을 수 없",
    re.IGNORECASE | re.MULTILINE,
)
_CHALLENGE = re.compile(
    r"^(?:just a moment|attention required|access denied)\W*(?:\||$)|\b(?:checking your browser|are you a (?:robot|human)|verify you are human|"
    r"enable javascript and cookies|unusual traffic from)\b",
    re.IGNORECASE | re.MULTILINE,
)
_LISTING = frozenset({"CollectionPage", "ItemList", "SearchResultsPage", "ProfilePage"})
_VIDEO = frozenset({"VideoObject", "Clip", "TVEpisode", "RadioEpisode", "PodcastEpisode", "AudioObject", "ImageGallery", "MediaGallery"})


def verdict(lines: list[str], words: int, *, min_words: int, statement: Statement, head: Head, shown: str) -> Refusal | None:
    """Return why this page is no article, or None when it is (or may be) one; `shown` is its title and, below, what it shows."""
    text = "\n".join(lines)
    if words < _SHORT and (refusal := _wall(shown, words, min_words=min_words, statement=statement, head=head)):
        return refusal
    filmed = bool(statement.types & _VIDEO) or head.first("og:type").startswith("video")
    if not text.strip():
        return _refused(Reason.VIDEO_STUB if filmed else Reason.EMPTY_PAGE, "no text was found")
    if words < min_words:
        told = "beside a video or gallery" if filmed else f"fewer than {min_words}"
        return _refused(Reason.VIDEO_STUB if filmed else Reason.TOO_SHORT, f"{words} words, {told}")
    return _refused(Reason.NOT_AN_ARTICLE, "a list of other pages") if _is_listing(lines, statement, head) else None


def _wall(told: str, words: int, *, min_words: int, statement: Statement, head: Head) -> Refusal | None:
    """Return what stands in the text's place, when the little text there is says so."""
    titles = f"{told.partition(chr(10))[0]}\n{head.title}"
    for pattern, reason in ((_CHALLENGE, Reason.CHALLENGE), (_ERROR, Reason.ERROR_PAGE)):
        if words < _STUB and (match := pattern.search(told if words < min_words else titles)):
            return _refused(reason, f"says “{match[0].strip()[:80]}”")
    for pattern, reason in ((_CONSENT, Reason.CONSENT_WALL), (_LOGIN, Reason.LOGIN_WALL), (PAYWALL, Reason.PAYWALL_STUB)):
        found = list(pattern.finditer(told))
        if found and (len(found) > 1 or words < min_words or (words < _STUB and not statement.kind)):
            return _refused(reason, f"{words} words, among them “{found[0][0].strip()[:80]}”")
    return None


def _is_listing(lines: list[str], statement: Statement, head: Head) -> bool:
    """Return whether a page is an index: it says so, or is all headlines, and nothing says that it is an article."""
    if statement.headline or statement.published or head.first("article:published_time"):
        return False
    sentences = sum(1 for line in lines if len(line) > 100)
    declared = bool(statement.types & _LISTING)
    return (declared and sentences <= 3) or (len(lines) >= 15 and sentences <= len(lines) // 15)


def _refused(reason: Reason, detail: str) -> Refusal:
    return Refusal(Outcome.REJECTED, reason, detail)
