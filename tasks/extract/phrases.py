"""What newsrooms put between and after their paragraphs, in the languages this project reads: data for `residue` and `credits`.

Every list holds lower-case phrases; a phrase is compared with a line's start, never searched inside a sentence, unless its
list says so. A phrase belongs here when it stands on pages of more than one publisher; what only one says goes into its site rules.
"""

from typing import Final

# A line that is one of these, or starts with one followed by a colon, a bar or a link, leads away from the story.
READ_MORE: Final = (
    # English
    "read more", "read also", "also read", "read next", "read this next", "read the full story", "see also", "see more", "related",
    "related articles", "related article", "related stories", "related story", "related news", "related content", "related topics",
    "more on this story", "more on this", "more on this topic", "more from", "more", "more stories", "more news", "recommended",
    "recommended reading", "recommended stories", "don't miss", "don’t miss", "must read", "most read", "you may also like",
    "you might also like", "further reading", "keep reading", "continue reading", "watch", "watch now", "watch below", "listen",
    "listen now", "story continues below", "story continues", "up next", "trending", "trending now", "editor's picks", "editors' picks",
    "in case you missed it", "something to consider", "advertisement", "article content", "story timeline", "top stories", "read full article",
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
)  # fmt: skip

# Searched inside a line of at most 250 characters: requests to the reader. Each is a regular expression.
CALLS: Final = (
    # English
    r"\b(?:subscribe|sign up|sign-up|register)\b.{0,60}\b(?:newsletters?|channel|updates?|alerts?|briefing|e-?mails?|inbox|podcast|today|here|now|to read|access)\b",
    r"\bnewsletters?\b.{0,60}\b(?:sign up|subscribe|inbox|delivered)\b",
    r"\b(?:follow|like|find|join|message) (?:us|me|our [\w ]{2,30}) (?:on|via|at)\b", r"\bfollow .{2,40} on (?:twitter|facebook|instagram|x|youtube|tiktok|telegram|linkedin|threads|bluesky|whatsapp)\b",
    r"\bdownload (?:our|the|the free) .{0,30}\bapps?\b", r"\b(?:click|tap) here (?:to|for)\b", r"\bclick(?:ing)? here$", r"\bget (?:the|our|all the|your) (?:latest|daily|best|top|day's|day’s)\b.{0,80}\b(?:inbox|newsletters?|e-?mail|app|whatsapp|delivered|picks)\b",
    r"\bsupport (?:our|independent|quality|local) (?:journalism|reporting|work|newsroom)\b", r"\bbecome a (?:member|subscriber|patron)\b",
    r"\bif you (?:enjoyed|liked) this (?:article|story|post)\b", r"\bshare this (?:article|story|post|page)\b", r"\bhave (?:a|any) (?:tip|story|news tip)s?\b.{0,40}\?",
    r"\bmay (?:earn|receive|get) (?:an? |a small )?(?:affiliate |share|commission|portion)", r"\b(?:we|us) (?:may )?(?:earn|make) (?:a|an) (?:affiliate )?commission\b", r"\bthanks? (?:you )?for signing up\b",
    r"\bthere was an error processing your\b", r"\bkeep an eye on your inbox\b", r"\b(?:tell us what you think|leave a comment|join the conversation|let us know in the comments)\b",
    r"\bcheck out more of\b", r"\badd .{2,40} as a preferred source\b", r"\bour whatsapp (?:channel|community)\b", r"\bgot a story\b.{0,30}\?", r"\bview comments\b", r"\bget daily national news\b",
    # German
    r"\bnewsletter\b.{0,80}\b(?:abonnieren|anmelden|bestellen|kostenlos|registrieren|postfach|sichern)\b", r"\b(?:abonnieren|abonniere|abonniert|bestellen|melden) sie\b.{0,60}\b(?:newsletter|kanal|podcast|jetzt|hier|kostenlos)\b",
    r"\babonniere\b.{0,60}\b(?:newsletter|kanal|whatsapp|podcast)", r"\b(?:folgen|folge|folgt) (?:sie )?uns\b", r"\bfolgst du schon\b", r"\bjetzt (?:abonnieren|anmelden|registrieren|bestellen|lesen|testen)\b", r"\bihre meinung ist uns wichtig\b",
    r"\blesekomfort auch für unterwegs\b", r"\be-paper und news in einer app\b", r"\bpush-nachrichten\b", r"\bzur (?:startseite|homepage)\b", r"\bnewsletter von\b",
    # French, Spanish, Italian, Portuguese
    r"\babonnez[- ]vous\b", r"\binscrivez[- ]vous\b.{0,60}\b(?:newsletter|lettre|infolettre)", r"\bsuivez[- ]nous\b", r"\bsuivez l['’]actualité\b", r"\btéléchargez (?:notre|l['’])\s?appli", r"\bcet article est réservé aux abonnés\b",
    r"\bs[uú]scr[ií]b(?:ete|ase|irse|ite)\b", r"\bs[ií]gu?enos (?:en|por)\b", r"\bsigue (?:nuestro|toda la)\b", r"\bdescarga (?:nuestra|la) app\b", r"\bestá funcionalidad|esta funcionalidad es sólo para suscriptores\b", r"\bboletín\b.{0,40}\b(?:suscr|recib)",
    r"\biscriviti\b", r"\bseguici (?:su|anche)\b", r"\bscarica l['’]app\b", r"\babbonati\b", r"\bclicca qui\b", r"\binscreva-se\b", r"\bassine (?:a|o|nossa|já)\b", r"\bsiga (?:o|a|nosso|nossa|nos|-nos)\b.{0,30}\b(?:no|na|canal|instagram|whatsapp|facebook|twitter)\b", r"\bclique aqui\b", r"\bbaixe o (?:nosso )?app",
    # Dutch, Nordic, Polish, Czech
    r"\babonneer\b.{0,30}\b(?:je|nu|op)\b", r"\bschrijf je in\b", r"\bvolg ons\b", r"\bprenumerera på\b", r"\bfölj oss\b", r"\bfølg oss\b", r"\babonner på\b", r"\bsubskrybuj\b", r"\bobserwuj nas\b", r"\bdołącz do nas\b", r"\bsledujte nás\b", r"\bpředplaťte si\b", r"\btipsa oss\b", r"\btips oss\b",
    # Russian, Ukrainian, Turkish, Kurmanji
    r"подпис(?:ывайтесь|ывайся|аться|итесь|ись) на", r"читайте нас в", r"следите за (?:нами|новостями)", r"п[іi]дпису(?:йтесь|йтеся|йся)", r"п[іi]дпиш[іi]ться", r"\babone ol(?:un|mak)?\b", r"\btakip ed(?:in|ebilirsiniz)\b", r"\buygulamamızı indir", r"\bbibin aboney?ê?\b", r"\babone bibin\b", r"\bme (?:li ser|di) .{2,40} bişopîn",
    # Arabic, Persian, Sorani
    "تابعونا", "تابعنا (?:على|عبر)", "اشترك(?:وا)? (?:في|الآن|معنا)", "حم[ّ]?لوا? (?:ال)?تطبيق", "انضم(?:وا)? إلى (?:قناتنا|قناة)", "ما را در .{2,40} دنبال کنید", "عضو (?:کانال|خبرنامه)", "شوێنمان بکەو", "لەگەڵمان ب(?:ن|ە) لە", "بەشداری .{0,20}(?:هەواڵنامە|کەناڵ)", "ئەپ.{0,10} دابەزێن",
    # East Asia
    "会員登録", "(?:無料)?登録はこちら", "フォロー(?:する|してください)", "メールマガジン", "国際ニュースを英語で読む", "关注我们", "扫(?:描|码).{0,10}(?:二维码|关注)", "下载.{0,10}(?:APP|客户端)", "訂閱", "加入會員", "구독(?:하기|과|해)", "제보(?:하기|는|를 기다)", "카카오톡.{0,20}(?:추가|검색)",
    r"\bĐăng ký\b.{0,30}\b(?:nhận|kênh)", r"\btheo dõi .{2,40} trên\b", r"\bikuti (?:kami|berita)\b",
)  # fmt: skip

PHOTO: Final = (
    "photo", "photos", "photo credit", "photo by", "photograph", "photograph by", "photographs", "picture", "pictures", "image", "image by", "image credit", "images", "pic",
    "credit", "file photo", "illustration", "graphic", "video", "foto", "fotos", "foto di", "foto de", "bild", "bilder", "symbolbild", "symbolfoto", "archivbild", "bildquelle",
    "quelle", "grafik", "crédit photo", "crédits", "crédit", "photographie", "imagen", "imagens", "imágenes", "fotografía", "fotografia", "immagine",
    "fotoğraf", "resim", "görsel", "wêne", "zdjęcie", "fot.", "zdroj", "autor fotky", "kuva", "foto af", "ảnh", "фото", "фотография", "снимок", "صورة", "الصورة",
    "تصوير", "عکس", "تصویر", "وێنە", "فۆتۆ", "写真", "撮影", "画像", "图片", "图", "圖片", "摄影", "사진", "그래픽", "תמונה", "צילום", "φωτογραφία", "ภาพ",
)  # fmt: skip

TAGS: Final = (
    "tags", "tag", "topics", "topic", "keywords", "filed under", "categories", "category", "in this article", "schlagwörter", "schlagworte", "themen", "mots-clés",
    "mots clés", "thèmes", "etiquetas", "temas", "palabras clave", "archivado en", "más sobre", "argomenti", "parole chiave", "palavras-chave", "tópicos", "trefwoorden",
    "etiketler", "etiket", "anahtar kelimeler", "bêjeyên sereke", "теги", "тэги", "ключевые слова", "мітки", "الوسوم", "وسوم", "كلمات مفتاحية", "الكلمات الدلالية", "کلمات کلیدی", "برچسب‌ها",
    "برچسب ها", "تاگ", "تاگەکان", "タグ", "キーワード", "标签", "关键词", "標籤", "關鍵字", "태그", "키워드",
)  # fmt: skip

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

RIGHTS: Final = (
    "©", "copyright", "(c)", "all rights reserved", "alle rechte vorbehalten", "tous droits réservés", "todos los derechos", "tutti i diritti", "todos os direitos",
    "alle rechten voorbehouden", "tüm hakları", "her hakkı", "hemû maf", "все права", "всі права", "جميع الحقوق", "كل الحقوق", "تمامی حقوق", "کلیه حقوق", "هەموو مافێک", "無断転載",
    "無断複製", "版权所有", "版權所有", "저작권자", "무단 전재", "무단전재",
)  # fmt: skip
