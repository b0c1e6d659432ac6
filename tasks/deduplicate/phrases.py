"""The wire's dress in words: how lines begin that an outlet puts around a story, in the languages of the newsroom.

Data only. A phrase is written as an outlet would; `dress` folds it as it folds texts. Add to a list freely, and raise
`Recipe.dress` when you do: signatures made with another list are not comparable.
"""

# A line that begins so points elsewhere.
READ_MORE = (
    "read more", "read also", "also read", "read next", "read the full story", "read full story", "see also", "related:",
    "related story", "related stories", "related articles", "related news", "more on this", "more from", "more:", "watch:", "watch also",
    "listen:", "you may also like", "you might also like", "recommended:", "don't miss", "in case you missed it", "click here",
    "lesen sie auch", "lesen sie mehr", "mehr lesen", "mehr dazu", "mehr zum thema", "siehe auch", "auch interessant", "zum thema",
    "lire aussi", "à lire aussi", "lire la suite", "lire plus", "voir aussi", "sur le même sujet", "en savoir plus",
    "lea también", "lea además", "leer más", "lee también", "te puede interesar", "le puede interesar", "ver también", "más información",
    "leia também", "leia mais", "veja também", "saiba mais", "leggi anche", "leggi di più", "vedi anche", "per saperne di più",
    "lees ook", "lees meer", "zie ook", "læs også", "les også", "läs också", "läs mer", "lue myös", "czytaj także", "czytaj też",
    "czytaj więcej", "zobacz także", "přečtěte si", "čtěte také", "citește și", "citeste si", "διαβάστε επίσης", "διαβάστε περισσότερα",
    "читайте также", "читать также", "читать далее", "смотрите также", "по теме:", "читайте також", "читати далі", "дивіться також",
    "daha fazla oku", "ayrıca oku", "ayrıca bakın", "bunlar da ilginizi çekebilir", "ilgili haber", "haberin devamı", "devamını oku",
    "bêtir bixwîne", "her wiha bixwîne", "her weha bixwîne", "zêdetir bixwîne", "binêre jî",
    "اقرأ أيضا", "اقرأ أيضًا", "اقرأ المزيد", "إقرأ أيضا", "إقرأ المزيد", "للمزيد", "شاهد أيضا", "طالع أيضا", "مواضيع ذات صلة", "أخبار ذات صلة",
    "بیشتر بخوانید", "همچنین بخوانید", "بخوانید:", "مطالب مرتبط", "ادامه مطلب", "زیاتر بخوێنەوە", "زیاتر بخوێنەرەوە", "هەروەها بخوێنەوە",
    "هەواڵی پەیوەندیدار", "بابەتی پەیوەندیدار", "مزید پڑھیں", "یہ بھی پڑھیں", "यह भी पढ़ें", "और पढ़ें", "আরও পড়ুন", "baca juga", "baca selengkapnya",
    "xem thêm", "đọc thêm", "อ่านเพิ่มเติม", "อ่านต่อ", "ข่าวที่เกี่ยวข้อง", "関連記事", "あわせて読みたい", "続きを読む", "もっと読む", "相关阅读", "相關閱讀", "延伸阅读",
    "延伸閱讀", "相关新闻", "相關新聞", "阅读更多", "閱讀更多", "更多：", "관련기사", "관련 기사", "더 읽기", "더보기", "קראו עוד", "קראו גם",
)  # fmt: skip

# A line that begins so says who made the story, or where it comes from.
CREDIT = (
    "reporting by", "additional reporting by", "editing by", "edited by", "writing by", "written by", "compiled by", "translated by",
    "produced by", "with files from", "with reporting by", "with inputs from", "with input from", "source:", "sources:", "via:",
    "photo:", "photos:", "photo by", "photo credit", "picture:", "image:", "image credit", "file photo", "credit:", "credits:", "video:",
    "text:", "author:", "editor:", "the associated press contributed", "reuters contributed", "this story was originally published",
    "this article was originally published", "this story has been", "this is a developing story", "contact the writer",
    "bericht von", "redaktion:", "quelle:", "quellen:", "mit material von", "mit material der", "foto:", "fotos:", "bild:", "text von",
    "avec afp", "(avec afp", "source :", "crédit photo", "photo :", "rédaction", "édité par", "con información de", "fuente:", "foto de",
    "redacción", "editado por", "com informações d", "fonte:", "edição:", "foto di", "a cura di", "bron:", "kilde:", "källa:", "źródło:",
    "zdroj:", "sursa:", "πηγή:", "источник:", "фото:", "редактор:", "джерело:", "kaynak:", "fotoğraf:", "editör:", "haber:", "muhabir:",
    "haberi hazırlayan", "çavkanî:", "wêne:", "edîtor:", "amadekirin:", "المصدر:", "المصدر :", "مصدر:", "تحرير:", "تحرير ", "إعداد:", "إعداد ",
    "كتابة:", "ترجمة:", "تصوير:", "صورة:", "منبع:", "عکس:", "ویرایش:", "گزارش:", "سەرچاوە:", "وێنە:", "ئامادەکردنی", "دەستکاری", "نووسینی:",
    "وەرگێڕانی", "ماخذ:", "स्रोत:", "sumber:", "nguồn:", "ที่มา:", "出典", "撮影", "写真：", "写真:", "来源：", "来源:", "來源：", "责任编辑", "責任編輯",
    "编辑：", "编辑:", "編輯：", "记者：", "출처:", "사진=", "사진:", "기자 =", "מקור:", "צילום:",
)  # fmt: skip

# A line that begins so is the outlet's own business with its reader.
BUSINESS = (
    "copyright", "©", "(c) 20", "all rights reserved", "follow us", "follow @", "join us", "join our", "subscribe", "sign up",
    "get the latest", "download our", "download the", "get our", "share this", "share on", "like us", "support our", "stay up to date",
    "for more news", "for the latest", "advertisement", "sponsored", "newsletter", "our standards", "terms of use", "have a tip",
    "alle rechte vorbehalten", "folgen sie uns", "abonnieren", "jetzt abonnieren", "newsletter abonnieren", "laden sie", "anzeige",
    "tous droits réservés", "suivez-nous", "suivez nous", "abonnez-vous", "abonnez vous", "inscrivez-vous", "téléchargez", "partager",
    "todos los derechos reservados", "síguenos", "suscríbete", "suscríbase", "descarga", "comparte", "todos os direitos reservados",
    "siga-nos", "siga a gente", "assine", "inscreva-se", "compartilhe", "tutti i diritti riservati", "riproduzione riservata", "seguici",
    "iscriviti", "abbonati", "alle rechten voorbehouden", "volg ons", "abonneer", "alle rettigheder", "följ oss", "prenumerera",
    "wszelkie prawa zastrzeżone", "zapisz się", "obserwuj nas", "все права защищены", "подписывайтесь", "подпишитесь", "следите за",
    "усі права захищені", "підписуйтесь", "tüm hakları saklıdır", "bizi takip", "abone ol", "bültenimize", "hemû maf parastî",
    "hemî maf parastî", "me bişopînin", "bibin abone", "abone bibin", "جميع الحقوق محفوظة", "حقوق النشر", "تابعنا", "تابعونا", "اشترك", "اشتركوا",
    "حمل تطبيق", "انضم إلى", "تمامی حقوق", "کلیه حقوق", "ما را دنبال", "عضو شوید", "هەموو مافەکان", "هەموو مافێک", "مافی لەبەرگرتنەوە", "فۆڵۆمان",
    "بەشداربە", "بەشداری بکە", "سبسکرائب", "सर्वाधिकार", "हमें फॉलो", "hak cipta", "ikuti kami", "bản quyền", "theo dõi", "สงวนลิขสิทธิ์",
    "ติดตาม", "無断転載", "禁無断", "版权所有", "版權所有", "未经授权", "未經授權", "转载请注明", "关注我们", "訂閱", "订阅", "저작권자", "무단 전재", "무단전재",
    "구독", "כל הזכויות שמורות", "עקבו אחרינו",
)  # fmt: skip

# Wherever it stands, a short line that says this is the outlet's own business.
RIGHTS = (
    "all rights reserved", "alle rechte vorbehalten", "tous droits réservés", "todos los derechos reservados", "todos os direitos reservados",
    "tutti i diritti riservati", "alle rechten voorbehouden", "wszelkie prawa zastrzeżone", "все права защищены", "усі права захищені",
    "tüm hakları saklıdır", "hemû maf parastî", "جميع الحقوق محفوظة", "حقوق محفوظ است", "مافەکان پارێزراون", "may not be published, broadcast",
    "must not be reproduced", "無断転載", "版权所有", "版權所有", "무단 전재",
)  # fmt: skip

# A short line among the first that begins so names the author.
BYLINE = (
    "by ", "from ", "von ", "par ", "por ", "di ", "door ", "av ", "af ", "autor:", "autora:", "yazan:", "yazar:", "ji aliyê ", "nivîskar:",
    "بقلم", "كتب ", "كتبت ", "كتب:", "نویسنده:", "به قلم", "نووسینی ", "نووسەر:", "автор:", "автор ", "文／", "文/", "記者", "记者", "기자",
)  # fmt: skip

# Words by which an agency signs, alone or in brackets, in a dateline.
AGENCIES = (
    "reuters", "ap", "afp", "dpa", "efe", "ansa", "apa", "upi", "tass", "xinhua", "kyodo", "jiji", "yonhap", "bloomberg", "pti", "ani",
    "anadolu", "aa", "iha", "dha", "kuna", "spa", "wam", "mena", "irna", "isna", "ina", "kurdistan24", "kurdistan 24", "k24", "rudaw", "lusa",
    "belga", "tt", "ntb", "ritzau", "cna", "rtr", "رويترز", "أ ف ب", "فرانس برس", "كردستان 24", "كوردستان 24", "کوردستان ٢٤", "کوردستان 24",
    "الأناضول", "واع", "رووداو", "рейтер", "тасс", "риа новости", "интерфакс", "共同", "時事", "ロイター", "新华社", "新華社", "中新社", "路透", "연합뉴스",
)  # fmt: skip
