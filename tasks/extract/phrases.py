"""What newsrooms put between and after their paragraphs, in the languages this project reads: data for `residue` and `credits`.

Phrases are in lower case. They are compared with a line's label or start and never searched inside a sentence, unless a list
says so. A phrase belongs here when it stands on pages of more than one publisher; what only one says goes into its site rules.
"""

from typing import Final

# A line that is one of these, or starts with one followed by a colon, a bar or a link, leads away from the story.
READ_MORE: Final = frozenset((
    # English
    "read more", "read also", "also read", "read next", "read this next", "read the full story", "see also", "see more", "related",
    "related articles", "related article", "related stories", "related story", "related news", "related content", "related topics",
    "more on this story", "more on this", "more on this topic", "more from", "more", "more stories", "more news", "recommended",
    "recommended reading", "recommended stories", "don't miss", "don’t miss", "must read", "most read", "you may also like",
    "you might also like", "further reading", "keep reading", "continue reading", "watch", "watch now", "watch below", "listen",
    "listen now", "story continues below", "story continues", "up next", "trending", "trending now", "editor's picks", "editors' picks",
    "in case you missed it", "advertisement", "article content", "top stories", "read full article",
    # German
    "lesen sie auch", "lesen sie mehr", "lesen sie hier", "lesen sie dazu auch", "lesen sie hierzu", "lesen sie zudem", "lesen sie jetzt",
    "lesen sie weiter", "lest auch", "lies auch", "mehr zum thema", "mehr dazu", "mehr lesen", "mehr aus", "mehr über", "auch interessant",
    "auch spannend", "das könnte sie auch interessieren", "das könnte dich auch interessieren", "lesetipp", "lesetipps", "zum thema",
    "passend zum thema", "weiterlesen", "siehe auch", "hören sie auch", "anzeige", "empfehlungen der redaktion", "meistgelesen",
    "externer inhalt", "video zum thema", "themen in diesem artikel", "weitere artikel", "weitere themen", "weitere nachrichten",
    # French
    "à lire aussi", "lire aussi", "à lire", "à lire également", "lire également", "sur le même sujet", "sur le même thème", "voir aussi",
    "à voir aussi", "pour aller plus loin", "à découvrir", "lire la suite", "lire plus", "publicité", "notre dossier", "nos articles",
    "la suite après la publicité", "lire notre décryptage",
    # Spanish, Catalan, Portuguese, Italian
    "lee también", "lea también", "leer más", "lee más", "lea más", "leer también", "te puede interesar", "le puede interesar",
    "también te puede interesar", "ver también", "más información", "más noticias", "noticias relacionadas", "noticia relacionada",
    "relacionado", "relacionada", "relacionados", "contenido relacionado", "artículos relacionados", "publicidad", "llegiu també",
    "leia também", "leia mais", "veja também", "veja mais", "saiba mais", "notícias relacionadas", "ler também", "publicidade",
    "continua após a publicidade", "leggi anche", "leggi di più", "leggi tutto", "potrebbe interessarti", "potrebbe interessarti anche",
    "vedi anche", "guarda anche", "per approfondire", "articoli correlati", "pubblicità",
    # Dutch, Nordic, Finnish
    "lees ook", "lees meer", "lees verder", "bekijk ook", "meer over", "meer nieuws", "advertentie", "les også", "les mer", "les òg",
    "les saken", "se også", "læs også", "læs mere", "läs också", "läs även", "läs mer", "läs vidare", "se också", "annons", "annonse",
    "lue myös", "lue lisää", "mainos",
    # Polish, Czech, Slovak, Hungarian, Romanian, Croatian, Serbian, Albanian, Greek
    "czytaj też", "czytaj także", "czytaj również", "czytaj więcej", "zobacz też", "zobacz także", "zobacz również", "przeczytaj także",
    "reklama", "čtěte také", "čtěte více", "přečtěte si také", "přečtěte si", "mohlo by vás zajímat", "čítajte aj", "prečítajte si aj",
    "olvassa el", "olvasd el", "kapcsolódó", "citește și", "citeşte şi", "citiți și", "vezi și", "pročitajte i", "pročitajte još",
    "pročitaj i", "čitajte još", "lexo edhe", "lexoni edhe", "διαβάστε επίσης", "διαβάστε ακόμα", "δείτε επίσης", "прочетете още",
    # Russian, Ukrainian
    "читайте также", "читать также", "читайте ещё", "читайте еще", "смотрите также", "по теме", "материалы по теме", "подробнее",
    "реклама", "читайте також", "читати також", "дивіться також", "також читайте", "вас може зацікавити", "більше новин",
    # Turkish, Azerbaijani, Kurmanji
    "ilgili haber", "ilgili haberler", "ayrıca bakınız", "ayrıca okuyun", "bunu da okuyun", "devamını oku", "haberin devamı", "daha fazla",
    "okumadan geçme", "bunlar da ilginizi çekebilir", "ilginizi çekebilir", "reklam", "oxşar xəbərlər", "zêdetir bixwîne",
    "zêdetir bixwînin", "her wiha bixwîne", "herwiha bixwîne", "her wiha bixwînin", "herwiha bixwînin", "nûçeyên têkildar", "nûçeya têkildar",
    "zêdetir",
    # Arabic, Persian, Sorani, Urdu, Hebrew
    "اقرأ أيضاً", "اقرأ أيضا", "اقرأ ايضا", "إقرأ أيضاً", "إقرأ أيضا", "اقرأ المزيد", "اقرأ كذلك", "المزيد", "للمزيد", "شاهد أيضا", "شاهد أيضاً",
    "مواضيع ذات صلة", "أخبار ذات صلة", "مقالات ذات صلة", "قد يهمك", "قد يهمك أيضا", "إعلان", "بیشتر بخوانید", "همچنین بخوانید",
    "مطالب مرتبط", "اخبار مرتبط", "خبرهای مرتبط", "همچنین ببینید", "بخوانید", "زیاتر بخوێنەوە", "زیاتر بخوێنەرەوە", "زیاتر بخوێننەوە",
    "هەروەها بخوێنەوە", "هەروەها بخوێنەرەوە", "بابەتی پەیوەندیدار", "بابەتە پەیوەندیدارەکان", "هەواڵی پەیوەندیدار", "هەواڵە پەیوەندیدارەکان",
    "زۆرتر بخوێنەوە", "ڕیکلام", "مزید پڑھیں", "یہ بھی پڑھیں", "קראו גם", "קרא עוד",
    # East, South and South-East Asia
    "関連記事", "関連ニュース", "あわせて読みたい", "続きを読む", "こちらもおすすめ", "おすすめ記事", "広告", "延伸阅读", "延伸閱讀", "相关阅读", "相關閱讀",
    "相关新闻", "相關新聞", "阅读更多", "閱讀更多", "推荐阅读", "更多新闻", "广告", "관련기사", "관련 기사", "함께 보면 좋은 기사", "더보기", "더 보기",
    "광고", "xem thêm", "đọc thêm", "tin liên quan", "baca juga", "baca selengkapnya", "simak juga", "lihat juga", "यह भी पढ़ें", "ये भी पढ़ें",
    "อ่านเพิ่มเติม", "อ่านข่าวที่เกี่ยวข้อง", "ข่าวที่เกี่ยวข้อง",
))  # fmt: skip

# Requests to the reader, anywhere in a short line: a literal that must be there, in lower case, and the pattern that must then match
# (None where the literal alone decides). Looking for the literal first makes the search forty times cheaper. A request is an
# imperative: "subscribe" opens a sentence, where a reporter's "people subscribe" does not.
_SAID = r"(?:^|[.!?:|–—-]\s*|\bplease )"
_NETWORK = (
    r"(?:facebook|twitter|x|instagram|telegram|whatsapp|youtube|tiktok|linkedin|viber|threads|bluesky|flipboard|google|social|signal)\b"
)
CALLS: Final[dict[str, str | None]] = {
    # English
    "subscribe": rf"{_SAID}\W*subscribe\b|\bsubscribe to our\b|\bsubscribe\b.{{0,60}}\b(?:newsletter|inbox|briefing)",
    "sign up": rf"{_SAID}\W*sign up\b|\bsign(?:ing)? up (?:to|for) our\b|\bsign up\b.{{0,60}}\b(?:newsletter|inbox|briefing|alerts)",
    "signing up": r"\bsigning up (?:to|for) our\b|\bthanks? (?:you )?for signing up\b",
    "newsletter": rf"\bnewsletters?\b.{{0,80}}\b(?:sign up|subscribe|inbox|abonnieren|anmelden|kostenlos|registrieren|postfach)\b|^[\w ]{{0,30}}newsletters?$|"
    rf"{_SAID}\W*(?:get|read|try|unser|abonniere\w*|inscri\w+|iscriviti|suscr\w+|assine)\b.{{0,80}}newsletters?|\bour (?:free |daily |weekly )*newsletters?\b",
    " us on ": rf"\b(?:follow|like|find|join|message) us on {_NETWORK}", " us via ": r"\b(?:contact|join|message) us via\b",
    "follow ": rf"{_SAID}\W*(?:and )?follow .{{2,40}} on {_NETWORK}",
    "app": rf"{_SAID}\W*(?:download|get) (?:our|the|the free) .{{0,30}}\bapps?\b|\bdownload our .{{0,30}}\bapps?\b|\bscarica l['’]app\b|\bbaixe o (?:nosso )?app|"
    r"\bdescarga (?:nuestra|la) app\b|\btéléchargez (?:notre|l['’])\s?appli|click here to get the", "click": r"\bclick(?:ing)? here\b", "tap here": None,
    "inbox": r"\b(?:your|straight to|eye on your) inbox\b", "our journalism": r"\bsupport our journalism\b", "become a ": r"^\W*become a (?:member|subscriber|patron)\b(?! of)",
    "this article": r"\b(?:if you (?:enjoyed|liked)|share|comment on) this article\b", "this story": r"\bshare this story\b", "a tip?": None, "got a story": r"\bgot a story\b.{0,30}\?",
    "processing your": r"\bthere was an error processing your\b", "what you think": r"\btell us what you think\b",
    "leave a comment": r"^\W*leave a comment\b", "view comments": None, "join the conversation": rf"{_SAID}\W*join the conversation\b", "preferred source": None,
    "whatsapp": r"\b(?:our|unser\w*|nosso|nuestro|notre|nostro) (?:\w+ )?whatsapp|\b(?:follow|join|abonnier\w*|folg\w*)\b.{0,40}whatsapp|\bfolgst du schon\b",
    "comment policy": None, "to continue": r"\b(?:log in|sign in|register|create an account).{0,40}\bto continue\b", "commenting forum": None,
    "breaking new": r"\bthis is a breaking news? story\b", "more to follow": r"\bmore to follow\W*$", "get in touch": r"\bget in touch\b.{0,60}(?:@|email|news team|whatsapp)",
    "story to tell": r"\bdo you have a story to tell\b", "support us": r"^\W*support us\b", "recommended videos": r"^\W*recommended videos\W*$",
    # German
    "abonnie": r"\b(?:jetzt|hier|unseren?|unsern)\b.{0,60}\babonnier(?:en|e|t)\b|\babonnier(?:en sie|e|t)\b.{0,60}\b(?:newsletter|kanal|podcast|jetzt|hier|kostenlos|whatsapp)",
    "uns auf": r"\bfolge?[nt]? (?:sie )?uns auf\b", "jetzt anmelden": None, "jetzt registrieren": None, "jetzt bestellen": None, "jetzt testen": None, "meinung ist uns wichtig": None,
    "zur startseite": r"^\W*(?:zurück )?zur startseite\W*$", "hier geht": r"\bhier geht(?: es|['’]s) zu[rm]?\b.{0,60}(?:newsletter|app|podcast|video|übersicht|ticker|abo)",
    "redaktioneller inhalt": r"^\W*(?:empfohlener|externer) redaktioneller inhalt", "externer inhalt": r"^\W*externer inhalt",
    # French, Spanish, Portuguese, Italian
    "abonnez-vous": None, "suivez-nous": None, "inscrivez-vous": r"\binscrivez-vous\b.{0,60}\b(?:newsletter|lettre|infolettre)", "suivez l": r"^\W*suivez l['’]actualité\b",
    "réservé": r"\b(?:article est réservée?|suite est réservée) aux abonnés\b", "passer la publicité": None, "il vous reste": r"il vous reste \d+",
    "suscr": r"\bsuscr[ií]b(?:ete|ase)\b|^\W*suscr[ií]birse\b", "síguenos": None, "sígueme en": None, "para suscriptores": r"\bs[oó]lo para suscriptores\b", "iscriviti": r"\biscriviti (?:a|al|alla|ora|qui)\b",
    "seguici su": None, "abbonati": r"^\W*abbonati\b", "clicca qui": None, "inscreva-se": None, "assine ": r"^\W*assine (?:a|o|já|agora|nossa)\b", "siga ": rf"{_SAID}\W*siga (?:o|a|-nos) .{{2,40}} (?:no|na|nas|em)\b",
    "siga-nos": None, "clique aqui": None,
    # Dutch, Nordic, Polish, Czech
    "abonneer": r"\babonneer (?:je|nu|op)\b|^\W*abonneer", "schrijf je in": None, "volg ons": None, "prenumerera på": r"^\W*prenumerera på", "följ oss": None, "følg oss": None, "følg os": None, "abonner på": r"^\W*abonner på",
    "subskrybuj": None, "obserwuj nas": None, "dołącz do nas": None, "sledujte nás": None, "předplaťte si": None, "tipsa oss": None, "tips oss": None,
    # Russian, Ukrainian, Turkish, Kurmanji
    "подпис": r"подпис(?:ывайтесь|ывайся|итесь|ись) на", "читайте нас": None, "следите за новостями": None, "підпис": r"п[іi]дпису(?:йтесь|йтеся|йся)", "підпиш": r"підпиш[іи]ться",
    "abone ol": r"\babone ol(?:un|unuz|mak için|mayı)?\W*$|\babone olun\b", "takip ed": r"\b(?:bizi|hesabımızı|kanalımızı|sayfamızı).{0,60}takip ed(?:in|ebilirsiniz)\b|\btakip edin\W*$", "uygulamamızı": None,
    "bibin abone": None, "abone bibin": None, "bişopîn": r"\bme\b.{0,50}\bbişopîn(?:in|e)\b",
    # Arabic, Persian, Sorani
    "تابعونا": None, "تابعنا": r"تابعنا (?:على|عبر)", "اشترك": r"اشترك(?:وا)? (?:في (?:النشرة|قناتنا|القناة|خدمة)|الآن|معنا)", "التطبيق": r"حم[ّ]?لوا? (?:ال)?تطبيق", "انضم": r"انضم(?:وا)? إلى قناتنا",
    "دنبال کنید": r"(?:ما را|صفحه ما|کانال ما|صفحه|کانال).{0,50}دنبال کنید", "خبرنامه": r"عضو .{0,20}خبرنامه", "شوێنمان بکەو": None, "بەشدار": r"بەشدار.{0,20}هەواڵنامە", "دابەزێن": r"ئەپ.{0,20}دابەزێن",
    # East and South-East Asia
    "会員登録": r"会員登録(?:すると|はこちら|して)", "登録はこちら": None, "フォローする": None, "フォローしてください": None, "メールマガジン": r"メールマガジン.{0,20}(?:登録|購読)", "英語で読む": None,
    "关注我们": None, "二维码": r"扫(?:描|码).{0,10}二维码", "客户端": r"下载.{0,10}客户端", "訂閱": r"(?:立即|免費|歡迎)訂閱", "加入會員": None, "구독하기": None, "구독과": None, "제보하기": None,
    "제보는": r"제보는.{0,30}(?:카카오톡|전화|이메일)", "카카오톡": r"카카오톡.{0,20}(?:추가|검색)", "đăng ký": r"\bđăng ký\b.{0,30}\b(?:nhận|kênh)", "ikuti kami": None,
}  # fmt: skip

# The same in whole paragraphs: how money is made, and why a foreign box is not shown.
NOTICES: Final[dict[str, str]] = {
    "commission": r"\b(?:we|us|publisher|site|post|page|links?)\b.{0,120}\b(?:earn|receive|get|make)\b.{0,30}\bcommission\b",
    "affiliate": r"\b(?:we|our|this (?:article|page|post)|may)\b.{0,120}\baffiliate (?:links?|commission|revenue)",
    "share of the sale": r"\bmay (?:get|earn|receive) a share of the sale\b", "if you enjoyed this article": r"^\W*if you enjoyed this article\b",
    "extern": r"(?:dass mir|von unser\w+ redakt\w+).{0,80}extern\w+ inhalte?\b",
    "newsletter": r"^\W*(?:for the latest|sign up|subscribe|get).{0,200}\bnewsletters?\b",
}  # fmt: skip

PHOTO: Final = frozenset((
    "photo", "photos", "photo credit", "photo by", "photograph", "photograph by", "photographs", "picture", "pictures", "image", "image by", "image credit", "images", "pic",
    "credit", "file photo", "illustration", "graphic", "video", "foto", "fotos", "foto di", "foto de", "bild", "bilder", "symbolbild", "symbolfoto", "archivbild", "bildquelle",
    "quelle", "grafik", "crédit photo", "crédits", "crédit", "photographie", "imagen", "imagens", "imágenes", "fotografía", "fotografia", "immagine",
    "fotoğraf", "resim", "görsel", "wêne", "zdjęcie", "fot.", "zdroj", "autor fotky", "kuva", "foto af", "ảnh", "фото", "фотография", "снимок", "صورة", "الصورة",
    "تصوير", "عکس", "تصویر", "وێنە", "فۆتۆ", "写真", "撮影", "画像", "图片", "图", "圖片", "摄影", "사진", "그래픽", "תמונה", "צילום", "φωτογραφία", "ภาพ",
))  # fmt: skip

TAGS: Final = frozenset((
    "tags", "tag", "topics", "topic", "keywords", "filed under", "categories", "category", "in this article", "schlagwörter", "schlagworte", "themen", "mots-clés",
    "mots clés", "thèmes", "etiquetas", "temas", "palabras clave", "archivado en", "más sobre", "argomenti", "parole chiave", "palavras-chave", "tópicos", "trefwoorden",
    "etiketler", "etiket", "anahtar kelimeler", "bêjeyên sereke", "теги", "тэги", "ключевые слова", "мітки", "الوسوم", "وسوم", "كلمات مفتاحية", "الكلمات الدلالية", "کلمات کلیدی", "برچسب‌ها",
    "برچسب ها", "تاگ", "تاگەکان", "タグ", "キーワード", "标签", "关键词", "標籤", "關鍵字", "태그", "키워드",
))  # fmt: skip

# A line made only of these words is a row of share buttons.
SHARE: Final = frozenset(
    "share tweet facebook twitter x whatsapp telegram viber linkedin email e-mail mail pinterest reddit print copy link copied messenger "  # noqa: SIM905
    "threads bluesky mastodon flipboard pocket save comments comment on via this article teilen drucken merken kommentare partager imprimer copier compartir imprimir "
    "condividi stampa compartilhar delen paylaş yazdır dela del parve bike поделиться поділитися مشاركة شارك طباعة اشتراک گذاری هاوبەشی پێ بکە بڵاو シェア 分享 공유 共有".split()
)

DATED: Final = (
    "published", "published on", "published at", "updated", "updated on", "last updated", "last modified", "first published", "posted", "posted on", "date",
    "veröffentlicht", "veröffentlicht am", "aktualisiert", "zuletzt aktualisiert", "stand", "erstellt", "publié", "publié le", "mis à jour", "mise à jour", "modifié le",
    "publicado", "publicada", "actualizado", "actualizada", "atualizado", "atualizada", "pubblicato", "aggiornato", "gepubliceerd", "bijgewerkt", "laatste update", "publisert", "oppdatert",
    "publicerad", "uppdaterad", "opdateret", "opublikowano", "aktualizacja", "publikováno", "aktualizováno", "yayınlanma", "güncelleme", "güncellenme", "oluşturulma", "giriş", "son güncelleme",
    "dîroka weşanê", "hat weşandin", "rojanekirin", "опубликовано", "обновлено", "оновлено", "опубліковано", "نشر", "نشر في", "تاريخ النشر", "آخر تحديث", "تم النشر", "تم التحديث",
    "تاریخ انتشار", "منتشر شده", "به‌روزرسانی", "بڵاوکراوەتەوە", "نوێکراوەتەوە", "کاتی بڵاوکردنەوە", "公開", "更新", "掲載", "配信", "发布", "发布时间", "發布", "更新时间", "입력", "수정", "등록", "승인",
)  # fmt: skip

# A line that starts with one of these; "copyright" needs a year or a sign beside it.
RIGHTS: Final = (
    "©", "(c) ", "all rights reserved", "alle rechte vorbehalten", "tous droits réservés", "todos los derechos reservados", "tutti i diritti riservati",
    "todos os direitos reservados", "alle rechten voorbehouden", "tüm hakları saklıdır", "her hakkı saklıdır", "hemû maf parastî ne", "все права защищены", "всі права захищен",
    "جميع الحقوق محفوظة", "كل الحقوق محفوظة", "تمامی حقوق این", "تمامی حقوق محفوظ", "کلیه حقوق این", "کلیه حقوق محفوظ", "هەموو مافێک پارێزراو", "هەموو مافەکان پارێزراو",
    "無断転載", "無断複製", "版权所有", "版權所有", "저작권자", "무단 전재", "무단전재",
)  # fmt: skip
