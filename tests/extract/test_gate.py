"""What is no article, and what must pass although it is short, odd or sold. All pages invented."""

from collections.abc import Callable

import pytest

from domain.outcomes import Outcome, Reason
from domain.records import Article, Extracted, Refusal

LISTING = "".join(
    f"<div class='item'><h2><a href='/{number}'>A headline about matter number {number}</a></h2><p>Two lines about it.</p></div>"
    for number in range(40)
)


@pytest.mark.parametrize(
    ("reason", "head", "body"),
    [
        (Reason.CONSENT_WALL, "<title>Before you continue</title>", "<p>We and our partners use cookies to improve your experience. Accept all cookies or manage cookies in your settings at any time, your privacy choices matter.</p>"),
        (Reason.CONSENT_WALL, "<title>Willkommen</title>", "<p>Wir und unsere Partner verwenden Cookies. Mit Werbung weiterlesen oder Pur-Abo wählen. Ihre Zustimmung können Sie jederzeit widerrufen.</p>"),
        (Reason.LOGIN_WALL, "<title>Sign in</title>", "<p>Sign in to continue reading. Already a subscriber? Forgot your password? Create a free account in a minute and read as much as you like from today.</p>"),
        (Reason.LOGIN_WALL, "<title>تسجيل</title>", "<p>تسجيل الدخول مطلوب لمتابعة القراءة. نسيت كلمة المرور؟</p>"),
        (Reason.PAYWALL_STUB, "<title>Ferry</title>", "<p>Subscribe to continue reading. This article is for subscribers only, and subscribers only get all of it for the price of one loaf of bread a week.</p>"),
        (Reason.ERROR_PAGE, "<title>404 Not Found</title>", "<p>We looked everywhere. Here are some popular stories of this week instead, or go back to the front page and start again from there, if you like to.</p>"),
        (Reason.ERROR_PAGE, "<title>News</title>", "<h1>Seite nicht gefunden</h1><p>Die Seite wurde nicht gefunden.</p>"),
        (Reason.ERROR_PAGE, "<title>News</title>", "<h1>الصفحة غير موجودة</h1><p>عذرا، الصفحة غير موجودة.</p>"),
        (Reason.ERROR_PAGE, "<title>News</title>", "<h1>Rûpel nehat dîtin</h1><p>Rûpel nehat dîtin, biborin.</p>"),
        (Reason.CHALLENGE, "<title>Just a moment...</title>", "<p>Checking your browser before accessing the site. This process is automatic.</p>"),
        (Reason.VIDEO_STUB, "<title>Ferry</title><meta property='og:type' content='video.other'>", "<h1>Watch the ferry</h1><p>The boat at dawn.</p>"),
        (Reason.TOO_SHORT, "<title>Ferry</title>", "<h1>Ferry</h1><p>The ferry runs again.</p>"),
        (Reason.NOT_AN_ARTICLE, "<title>All news</title>", LISTING),
    ],
)  # fmt: skip
def test_what_is_no_article_is_rejected_with_its_reason(
    markup: Callable[..., str], extract: Callable[..., Extracted], *, reason: Reason, head: str, body: str
) -> None:
    made = extract(markup(head=head, body=body))
    assert isinstance(made, Refusal), made
    assert (made.outcome, made.reason, made.retry) == (Outcome.REJECTED, reason, False)
    assert made.detail


@pytest.mark.parametrize(
    "text",
    [
        "The ferry to the island runs again from Monday, the harbour office said on Friday evening. Tickets are sold on board and at the kiosk by the quay, as before the storm.",
        "The court found that the page was not found to be illegal: the judges said the newspaper may keep its report, which had been no longer available for a week.",
        "Cookies are on sale again at the harbour. The bakery said that accepting cookies as payment had been a joke, but that all cookies would be sold by noon.",
        "Der Verein hat seine Einwilligung gegeben: Die Fähre darf wieder am alten Steg anlegen. Das teilte die Gemeinde am Freitag nach der Sitzung mit, die bis in die Nacht gedauert hatte.",
    ],
)
def test_short_news_is_news(markup: Callable[..., str], article: Callable[..., Article], text: str) -> None:
    head = '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Short news"}</script>'
    assert article(markup(text, head=head)).body == text


@pytest.mark.parametrize(
    "title",
    [
        "Boy who fell off the ferry not found",
        "Ferry tickets no longer available",
        "Access denied to reporters at the quay",
        "404 people on the boat",
    ],
)
def test_a_headline_may_use_the_words_of_an_error_page(markup: Callable[..., str], article: Callable[..., Article], title: str) -> None:
    text = (
        "The harbour office said on Friday evening that the search would go on at sunrise with three boats, and that nobody had been seen on the rocks. "
        * 2
    )
    assert article(markup(text, head=f"<title>{title}</title>", body=f"<h1>{title}</h1>")).title == title


def test_a_page_that_only_a_script_would_fill_is_empty(extract: Callable[..., Extracted]) -> None:
    made = extract("<html><head><title>Ferry</title></head><body><div id='app'></div><script>fill()</script></body></html>")
    assert isinstance(made, Refusal)
    assert made.reason is Reason.EMPTY_PAGE


def test_a_list_of_headlines_that_says_it_is_an_article_is_one(markup: Callable[..., str], article: Callable[..., Article]) -> None:
    head = (
        '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Forty matters", "datePublished": "2026-11-20"}</script>'
    )
    assert article(markup(head=head, body=LISTING))


def test_a_sold_article_whose_beginning_is_there_is_kept_and_marked(
    markup: Callable[..., str], article: Callable[..., Article], story: tuple[str, ...]
) -> None:
    head = '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Ferry", "isAccessibleForFree": false}</script>'
    assert article(markup(*story[:2], head=head)).paywalled is True
