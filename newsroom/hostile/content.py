"""X: feeds and pages that attack whoever parses, stores, logs or shows them. Where nothing can be refused, surviving is the point."""

from collections.abc import Sequence
from typing import Final

from newsroom.hostile.case import Case, article, good, item, page, rss

_FEED: Final = "application/rss+xml"
_NOT_A_FEED: Final = frozenset({"not_a_feed", "html_not_feed", "empty_body"})
_REFUSED: Final = frozenset({"refused_address", "refused_url", "no_link", "url_too_long", "dns_unknown", "dns_temporary"})
# A page that cannot become an article may end in any of the extractor's ways; that it ends is the point.
_NO_ARTICLE: Final = frozenset(
    {
        "too_short", "empty_page", "not_an_article", "extraction_failed", "extractor_killed", "too_large", "error_page", "not_html",
        "quarantined", "login_wall", "paywall_stub", "consent_wall", "video_stub", "bad_encoding", "not_storable", "known_url", "same_text",
    }
)  # fmt: skip


def cases() -> Sequence[Case]:
    """Return the cases of group X that are about content and addresses."""
    return [*_addresses(), *_feeds(), *_texts(), *_pages()]


def _addresses() -> list[Case]:
    links = {
        "X01": ["http://10.0.0.1/x", "http://192.168.1.1/x", "http://169.254.169.254/latest/meta-data/", "http://100.100.100.200/x",
                "http://[::1]/x", "http://[fe80::1]/x", "http://[fd00:ec2::254]/x", "http://0.0.0.0/x", "http://224.0.0.1/x"],
        "X02": ["http://2130706433/x", "http://0x7f000001/x", "http://0177.0.0.1/x", "http://127.1/x", "http://[::ffff:10.0.0.1]/x",
                "http://[64:ff9b::7f00:1]/x", "http://[2002:7f00:1::]/x", "http://①②⑦.⓪.⓪.①/x"],
        "X05": ["file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1/x", "data:text/html,x", "javascript:alert(1)",
                "http://user:pass@127.0.0.1/x", "http://a%00b/x", "http://127.0.0.1\\@10.0.0.1/x"],
        "X06": ["http://127.0.0.1:4200/api/health", "http://localhost:4200/api/health"],
        "X24": ["{base}/" + "x" * 3_000, "{base}/" + "y" * 9_000],
    }  # fmt: skip
    return [
        Case(id_, f"links to {number}", links=(link,), reasons=_REFUSED)
        for id_, group in links.items()
        for number, link in enumerate(group, start=1)
    ]


def _feeds() -> list[Case]:
    """Return feeds that are attacks as documents."""
    entity = "<?xml version='1.0'?><!DOCTYPE rss [{}]><rss version='2.0'><channel><title>&a;</title></channel></rss>"
    laughs = (
        "<!ENTITY l0 'lol'>" + "".join(f"<!ENTITY l{level} '{f'&l{level - 1};' * 10}'>" for level in range(1, 10)) + "<!ENTITY a '&l9;'>"
    )
    bodies: list[tuple[str, str, bytes, frozenset[str]]] = [
        ("X07", "is a file name", b"/etc/passwd", _NOT_A_FEED),
        ("X07", "is a URL", b"http://169.254.169.254/latest/meta-data/", _NOT_A_FEED),
        ("X08", "includes a file", entity.format("<!ENTITY a SYSTEM 'file:///etc/passwd'>").encode(), frozenset()),
        ("X08", "includes a URL", entity.format("<!ENTITY a SYSTEM 'http://169.254.169.254/'>").encode(), frozenset()),
        ("X08", "has parameter entities", entity.format("<!ENTITY % p SYSTEM 'http://127.0.0.1:9/'> %p;<!ENTITY a 'x'>").encode(), frozenset()),
        ("X12", "laughs a billion times", entity.format(laughs).encode(), frozenset()),
        ("X12", "expands quadratically", entity.format(f"<!ENTITY a '{'x' * 200_000}'>").replace("&a;", "&a;" * 5_000).encode(), frozenset()),
        ("X13", "lists 50000 entries", rss("".join(f"<item><title>t{number}</title></item>" for number in range(50_000))), frozenset()),
        ("X13", "has an entry of 10 MB", rss(item("{base}/nothing", "t", more=f"<description>{'x' * 10_000_000}</description>")), frozenset({"too_large"})),
        ("X14", "nests 50000 elements", rss("<a>" * 50_000 + "</a>" * 50_000), frozenset()),
        ("X22", "has impossible references", rss(item("{base}/nothing", "t") + "<item><title>&#xD800;&#x110000;&#99999999999;</title></item>"), frozenset()),
        ("X32", "has empty guids", rss("<item><guid></guid><title>a</title></item><item><guid/><title>b</title></item>"), frozenset()),
    ]  # fmt: skip
    return [Case(id_, about, feed=good(body, kind=_FEED), reasons=reasons, healthy=False) for id_, about, body, reasons in bodies]


def _texts() -> list[Case]:
    """Return healthy pages under titles, times and summaries that attack those who store, log, show or sort them."""
    titles = [
        ("X21", "has a null", "A title&#0; with \\u0000 in it"), ("X23", "reads backwards", "safe\u202etxt.exe \u2066x\u2069\ufeff"),
        ("X23", "breaks lines", "one\u2028two\u2029three\x85four"), ("X13", "has a megabyte of title", "T" * 1_000_000),
        ("X27", "scripts", "<script>alert(1)</script><img src=x onerror=alert(1)>"), ("X28", "is a formula", '=HYPERLINK("http://x","y")'),
        ("X28", "is another formula", "@SUM(1+1)*cmd|' /C calc'!A0"), ("X29", "forges a log line", "x\n2026-11-22 ERROR all is lost"),
        ("X29", "speaks ANSI", "\x1b[2J\x1b[31mred"), ("X30", "formats", "%s %(x)s {} {0} {{ 7*7 }} [bold]b[/bold] :param ${x}"),
        ("X31", "is Markdown", "](javascript:alert(1)) | a | b |\n|---| <details open ontoggle=alert(1)>"),
    ]  # fmt: skip
    dates = [
        "0000-00-00",
        "99999999999",
        "Mon, 1 Jan 0001 00:00:00 -2300",
        "31 Feb 2026",
        "9" * 200_000,
        "2026-12-31T23:59:60Z",
        "tomorrow",
        "2999-01-01",
    ]
    listed = [Case(id_, about, pages={"odd": good(article(about)[1])}, feed=_listing(title)) for id_, about, title in titles]
    dated = [
        Case("X26", f"is dated oddly {number}", pages={"odd": good(article(f"date {number}")[1])},
             feed=good(rss(item("{base}/odd", f"Dated {number}", more=f"<pubDate>{date}</pubDate>")), kind=_FEED))
        for number, date in enumerate(dates, start=1)
    ]  # fmt: skip
    return listed + dated


def _listing(title: str) -> bytes:
    return good(rss(f"<item><title><![CDATA[{title}]]></title><link>{{base}}/odd</link></item>"), kind=_FEED)


def _pages() -> list[Case]:
    """Return pages that take extractors very long, very deep, or nowhere."""
    words = "Words of an invented article that goes on for a while. " * 30
    bodies = [
        ("X16", "has 50000 attributes", f"<p {' '.join(f'a{number}=1' for number in range(50_000))}>{words}</p>"),
        ("X17", "has 200000 paragraphs", "<p>x</p>" * 200_000),
        ("X17", "has 50000 breaks", f"<p>{'x<br>' * 50_000}</p>"),
        ("X17", "has 40000 links", "<a href='/x'>y</a> " * 40_000),
        ("X17", "has 2 MB of brackets", "<" * 2_000_000),
        ("X18", "is all spaces", f"<p>{' ' * 300_000}</p>"),
        ("X18", "is all digits", f"<p>{'1' * 300_000}</p>"),
        ("X18", "is by and by", f"<p>{'by ' * 100_000}</p>"),
        ("X18", "nests JSON", f"<script type='application/ld+json'>{'[' * 20_000}{']' * 20_000}</script><p>{words}</p>"),
        ("X20", "repeats one word", f"<p>{'buffalo ' * 500_000}</p>"),
        ("X20", "is one letter", "<p>x</p>"),
        ("X20", "is empty", ""),
        ("X21", "has nulls in its text", f"<p>{words}\x00{words}</p>"),
        *(("X15", f"nests {tag} deeply", f"<{tag}>" * 100_000 + words + f"</{tag}>" * 100_000) for tag in ("div", "b", "table", "ul", "blockquote", "span")),
    ]  # fmt: skip
    return [
        Case(id_, about, pages={"bad": good(page(f"A page that {about}", body))}, links=("bad",), reasons=_NO_ARTICLE | {""})
        for id_, about, body in bodies
    ]
