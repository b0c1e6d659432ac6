"""What is read from feed documents, well made, badly made and hostile; cases are named by their number in the fault catalogue."""

import gzip
import io
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.outcomes import Reason
from domain.records import FeedDocument
from tasks.poll import document, encoding, expat, fields
from tasks.poll.document import Reading

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
URL = "https://news.example/feeds/main.xml"


def read(body: bytes | str, **known: Any) -> FeedDocument:
    found = attempt(body, **known)
    assert isinstance(found, FeedDocument), found
    return found


def attempt(body: bytes | str, **known: Any) -> FeedDocument | Reason:
    return document.read(body.encode() if isinstance(body, str) else body, Reading(**({"url": URL, "now": NOW} | known)))


def channel(inner: str, *, declaration: str = '<?xml version="1.0" encoding="utf-8"?>', attributes: str = "") -> str:
    return f'{declaration}<rss version="2.0"{attributes}><channel><title>The Example</title>{inner}</channel></rss>'


def item(title: str = "A story", link: str = "https://news.example/1", more: str = "") -> str:
    return f"<item><title>{title}</title><link>{link}</link>{more}</item>"


# ---------------------------------------------------------------- the formats


def test_rss_is_read() -> None:
    found = read(
        channel(
            "<link>https://news.example/</link><language>ckb</language>"
            + item(
                more="<guid isPermaLink='false'>n-1</guid><pubDate>Sun, 22 Nov 2026 10:00:00 +0300</pubDate><category>Politics</category>"
                "<author>desk@news.example (Rezan Ali)</author><description>&lt;p&gt;One.&lt;/p&gt;&lt;p&gt;Two.&lt;/p&gt;</description>"
                "<enclosure url='/a.jpg' type='image/jpeg' length='1'/>"
            )
        )
    )
    assert (found.format, found.title, found.language, found.site_url) == ("rss20", "The Example", "ckb", "https://news.example/")
    (entry,) = found.entries
    assert (entry.guid, entry.link, entry.title) == ("n-1", "https://news.example/1", "A story")
    assert (entry.summary, entry.tags, entry.authors) == ("One.\nTwo.", ("Politics",), ("Rezan Ali",))
    assert (entry.published_at, entry.image_url) == (datetime(2026, 11, 22, 7, 0, tzinfo=UTC), "https://news.example/a.jpg")


def test_atom_is_read_with_its_base() -> None:
    found = read(
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en" xml:base="https://other.example/blog/"><title>T</title>'
        '<link rel="hub" href="https://hub.example/"/><link rel="prev-archive" href="archive/9"/>'
        "<entry><id>tag:1</id><title type='html'>A &amp;amp; B</title><link href='posts/1'/><updated>2026-11-22T08:00:00Z</updated>"
        "<published>2026-11-21T08:00:00Z</published><author><name>N. N.</name></author>"
        "<content type='html'>&lt;p&gt;Long&lt;/p&gt;&lt;p&gt;text&lt;/p&gt;</content></entry></feed>"
    )
    assert (found.format, found.hub_url, found.previous_url) == ("atom10", "https://hub.example/", "https://other.example/blog/archive/9")
    (entry,) = found.entries
    assert (entry.link, entry.title, entry.content) == ("https://other.example/blog/posts/1", "A & B", "Long\ntext")
    assert (entry.published_at, entry.updated_at) == (datetime(2026, 11, 21, 8, tzinfo=UTC), datetime(2026, 11, 22, 8, tzinfo=UTC))


def test_rdf_is_read() -> None:
    found = read(
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>T</title></channel>'
        "<item><title>S</title><link>https://news.example/s</link><dc:date>2026-11-22T08:00:00+03:00</dc:date>"
        "<dc:creator>K. M.</dc:creator></item></rdf:RDF>"
    )
    (entry,) = found.entries
    assert (found.format, entry.title, entry.authors) == ("rss10", "S", ("K. M.",))
    assert datetime(2026, 11, 22, 5, tzinfo=UTC) in (entry.published_at, entry.updated_at)


JSON_FEED = """{"version": "https://jsonfeed.org/version/1.1", "title": "T", "home_page_url": "/", "language": "ku", "next_url": "?p=2",
 "hubs": [{"type": "WebSub", "url": "https://hub.example/"}],
 "items": [{"id": 5, "url": "/a", "title": "<b>One</b> &amp; two", "content_html": "<p>x</p><p>y</p>", "summary": "s",
   "date_published": "2026-11-22T10:00:00+03:00", "authors": [{"name": "A"}, {"name": "B"}], "tags": ["t", "t", 3],
   "attachments": [{"url": "/i.png", "mime_type": "image/png"}]},
  {"id": "6", "external_url": "https://else.example/", "content_text": "plain", "author": {"name": "C"}}, "no object"]}"""


def test_json_feed_is_read() -> None:
    found = read(JSON_FEED)
    assert (found.format, found.title, found.language, found.site_url) == ("json1.1", "T", "ku", "https://news.example/")
    assert (found.hub_url, found.previous_url) == ("https://hub.example/", "https://news.example/feeds/main.xml?p=2")
    by_id = {entry.guid: entry for entry in found.entries}
    one, two = by_id["5"], by_id["6"]
    assert (one.link, one.title, one.content, one.authors) == ("https://news.example/a", "One & two", "x\ny", ("A", "B"))
    assert (one.tags, one.image_url, one.published_at) == (("t",), "https://news.example/i.png", datetime(2026, 11, 22, 7, tzinfo=UTC))
    assert (two.link, two.content, two.authors) == ("https://else.example/", "plain", ("C",))


@pytest.mark.parametrize(
    "body",
    ['{"version": "https://jsonfeed.org/version/1", "items": 3}', '{"items": []}', "{", '{"a":' + "[" * 100_000, "[1, 2]"],
    ids=["items no list", "no version", "cut off", "nested 100,000", "no object"],
)
def test_json_that_is_no_feed_is_none(body: str) -> None:
    assert attempt(body) is Reason.NOT_A_FEED


def test_an_empty_feed_is_a_feed() -> None:
    assert read(channel("")).entries == ()


def test_hints_for_the_schedule_are_read() -> None:
    found = read(
        channel(
            "<ttl>180</ttl><skipHours><hour>0</hour><hour>24</hour><hour>5</hour><hour>99</hour></skipHours>"
            "<skipDays><day>Saturday</day><day>Someday</day></skipDays>"
            "<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>" + item(),
            attributes=' xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"',
        )
    ).hints
    assert (found.ttl_minutes, found.skip_hours, found.skip_days, found.update_seconds) == (180, {0, 5}, {5}, 1_800)


@pytest.mark.parametrize(
    "inner",
    [
        "<ttl>-5</ttl>", "<ttl>abc</ttl>", "<ttl></ttl>", "<ttl>inf</ttl>", "<ttl>nan</ttl>",
        "<sy:updatePeriod>always</sy:updatePeriod>", "<sy:updatePeriod>dayly</sy:updatePeriod>",
        "<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>",
    ],
)  # fmt: skip
def test_P24_P26_unusable_hints_are_none(inner: str) -> None:
    found = read(channel(inner + item(), attributes=' xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"')).hints
    assert (found.ttl_minutes, found.update_seconds) == (None, None)


# ---------------------------------------------------------------- fields


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<b>x</b> A &amp; B", "x A & B"),
        ("5 < 6 and 7 > 3", "5 < 6 and 7 > 3"),
        ("&lt;script&gt; tags explained", "<script> tags explained"),
        ("One<br/>two", "One two"),
        ("a\n  b\tc", "a b c"),
        ("<!-- hidden -->shown<style>p{}</style>", "shown"),
        ("Caf&eacute; &#8211; M&#252;nchen", "Café – München"),
        (None, ""),
    ],
)
def test_titles_are_one_line_of_text(markup: str | None, text: str) -> None:
    assert fields.title(markup) == text


def test_contents_are_paragraphs_of_text() -> None:
    markup = "<div><h2>Head</h2><p>One\n  line.</p><ul><li>a</li><li>b</li></ul>tail<script>x('<p>')</script></div>"
    assert fields.content(markup) == "Head\nOne line.\na\nb\ntail"


def test_relative_links_are_joined_with_the_address_that_answered() -> None:
    (entry,) = read(channel(item(link="/story/1")), url="https://mirror.example/x/feed").entries
    assert entry.link == "https://mirror.example/story/1"


def test_a_guid_that_is_no_address_is_no_link() -> None:
    (entry,) = read(channel("<item><title>T</title><guid>abc-123</guid></item>")).entries
    assert (entry.guid, entry.link) == ("abc-123", None)


@pytest.mark.parametrize("first", ["<guid>tag:news.example,2026:1</guid>", "<guid>abc-123</guid>"])
def test_a_relative_link_counts_wherever_it_stands(first: str) -> None:
    for parts in (f"{first}<link>/a/1</link>", f"<link>/a/1</link>{first}"):
        (entry,) = read(channel(f"<item><title>T</title>{parts}</item>")).entries
        assert entry.link == "https://news.example/a/1"


def test_a_permanent_guid_is_the_link() -> None:
    (entry,) = read(channel("<item><title>T</title><guid>https://news.example/9</guid></item>")).entries
    assert entry.link == "https://news.example/9"


def test_feedburner_leaves_the_real_address_beside() -> None:
    feed = channel(
        item(link="https://feedproxy.example/~r/x/1", more="<f:origLink>https://news.example/real</f:origLink>"),
        attributes=' xmlns:f="http://rssnamespace.org/feedburner/ext/1.0"',
    )
    assert read(feed).entries[0].link == "https://news.example/real"


def test_entries_come_newest_first_and_undated_ones_stay_behind_their_neighbour() -> None:
    dated = [item(f"d{day}", more=f"<pubDate>{day} Nov 2026 10:00:00 GMT</pubDate>") for day in (3, 9)]
    found = read(channel(dated[0] + item("behind d3") + dated[1]))
    assert [entry.title for entry in found.entries] == ["d9", "d3", "behind d3"]


# ---------------------------------------------------------------- no feed at all


@pytest.mark.parametrize("body", [b"", b" \r\n\t "])
def test_H18_an_empty_body_is_named(body: bytes) -> None:
    assert attempt(body) is Reason.EMPTY_BODY


@pytest.mark.parametrize(
    "body",
    [
        "<!DOCTYPE html><html><body>We are down for maintenance.</body></html>",
        "<html><head><title>404</title></head></html>",
        "<!-- cached --><!doctype HTML><p>Soft 404",
        "\ufeff<HTML><body></body></HTML>",
        '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body/></html>',
    ],
)
def test_H18_html_instead_of_a_feed_is_named(body: str) -> None:
    assert attempt(body) is Reason.HTML_NOT_FEED


def test_P33_a_browser_challenge_sent_as_200_is_named() -> None:
    page = "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body><script>window._cf_chl_opt={}</script></body></html>"
    assert attempt(page) is Reason.CHALLENGE


@pytest.mark.parametrize(
    "body",
    [
        "Service temporarily unavailable",
        "<opml version='2.0'><body/></opml>",
        "<urlset><url><loc>https://news.example/</loc></url></urlset>",
        b"%PDF-1.7 \x00\x01\x02",
        gzip.compress(b"<rss/>"),
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
    ],
)
def test_H18_anything_else_is_no_feed(body: bytes | str) -> None:
    assert attempt(body) is Reason.NOT_A_FEED


@pytest.mark.parametrize(
    "kind", ["text/html", "image/png", "application/octet-stream", "text/plain; charset=utf-8", None, ";;;", "text/html; charset="]
)
def test_H21_a_feed_is_known_by_its_content_not_its_type(kind: str | None) -> None:
    assert read(channel(item("Qerer û biryar")), content_type=kind).entries[0].title == "Qerer û biryar"


# ---------------------------------------------------------------- encodings

ARABIC = "رئيس الوزراء يستقبل وفدا في أربيل"
RUSSIAN = "Премьер-министр принял делегацию в Эрбиле"


def encoded(title: str, codec: str, declared: str | None) -> bytes:
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else '<?xml version="1.0"?>'
    return channel(item(title) * 4, declaration=declaration).encode(codec)


@pytest.mark.parametrize(
    ("title", "codec", "declared", "header"),
    [
        pytest.param(ARABIC, "utf-8", "utf-8", "text/html; charset=iso-8859-1", id="UTF-8 under a Latin-1 header"),
        pytest.param(ARABIC, "utf-8", "windows-1256", None, id="UTF-8 declared as something else"),
        pytest.param(ARABIC, "utf-8-sig", "iso-8859-1", None, id="a byte-order mark wins"),
        pytest.param(ARABIC, "cp1256", "windows-1256", None, id="declared in the document"),
        pytest.param(ARABIC, "cp1256", None, "text/xml; charset=windows-1256", id="declared in the header"),
        pytest.param(ARABIC, "cp1256", "windows-1256", "text/xml; charset=iso-8859-1", id="a server's default yields"),
        pytest.param(ARABIC, "cp1256", "utf-8", None, id="declared UTF-8, is not: detected"),
        pytest.param(ARABIC, "cp1256", "x-unknown", None, id="an unknown label: detected"),
        pytest.param(RUSSIAN, "cp1251", "utf-8", None, id="Cyrillic: detected"),
        pytest.param(ARABIC, "utf-16", "utf-16", None, id="UTF-16 with its mark"),
        pytest.param(ARABIC, "utf-16-be", "utf-16", None, id="UTF-16 without one"),
        pytest.param(ARABIC, "utf-16-le", None, "application/rss+xml; charset=utf-8", id="UTF-16 under a UTF-8 header"),
        pytest.param("Plain title", "cp037", "cp037", None, id="EBCDIC"),
        pytest.param("“Quoted” – it’s", "cp1252", "iso-8859-1", None, id="Windows quotes called Latin-1"),
        pytest.param("“Quoted” – it’s", "cp1252", "utf-8", None, id="Windows quotes called UTF-8"),
        pytest.param("東京で会談", "shift_jis", "Shift_JIS", None, id="Japanese"),
        pytest.param("会谈在北京举行", "gb18030", "gb2312", None, id="Chinese under its older name"),
    ],
)
def test_H20_the_encoding_is_told_by_one_rule(title: str, codec: str, declared: str | None, header: str | None) -> None:
    found = read(encoded(title, codec, declared), content_type=header)
    assert {entry.title for entry in found.entries} == {title}
    assert not found.repaired


def test_H20_utf_7_is_never_decoded() -> None:
    found = read(
        channel(item("+ADw-script+AD4-"), declaration='<?xml version="1.0" encoding="utf-7"?>'), content_type="text/xml; charset=utf-7"
    )
    assert found.entries[0].title == "+ADw-script+AD4-"


def test_H20_a_few_broken_bytes_are_replaced_and_recorded() -> None:
    body = channel(item(ARABIC) * 5).encode()
    cut = body.replace("أربيل".encode(), "أربيل".encode()[:-1], 1)
    found = read(cut)
    assert found.repaired
    assert found.entries[0].title.startswith("رئيس الوزراء")
    assert sum("\ufffd" in entry.title for entry in found.entries) == 1


# ---------------------------------------------------------------- hostile documents


@pytest.mark.parametrize(
    "body",
    [
        b"http://127.0.0.1:9/feed.xml", b"/etc/passwd", b"file:///etc/passwd", b"ftp://127.0.0.1/x", b"feed:http://127.0.0.1/",
        b"pyproject.toml", b"C:\\feed.xml", b"//127.0.0.1/x",
    ],
)  # fmt: skip
def test_X07_a_body_that_is_an_address_or_a_path_is_not_followed(body: bytes, no_opening: list[str]) -> None:
    assert attempt(body) is Reason.NOT_A_FEED
    assert no_opening == []


@pytest.fixture
def no_opening(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of files and URLs that anything tried to open."""
    opened: list[str] = []
    monkeypatch.setattr("builtins.open", lambda name, *_, **__: opened.append(str(name)) or io.BytesIO(b""))
    monkeypatch.setattr(urllib.request, "build_opener", lambda *_, **__: opened.append("opener"))
    return opened


ENTITIES = {
    "a file": '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    "an address": '<!DOCTYPE rss [<!ENTITY x SYSTEM "http://127.0.0.1:9/x">]>',
    "an external DTD": '<!DOCTYPE rss SYSTEM "http://127.0.0.1:9/x.dtd" [<!ENTITY x "y">]>',
    "a parameter entity": '<!DOCTYPE rss [<!ENTITY % p SYSTEM "http://127.0.0.1:9/p"> %p; <!ENTITY x "y">]>',
}


@pytest.mark.parametrize("doctype", ENTITIES.values(), ids=ENTITIES)
def test_X08_external_entities_are_neither_fetched_nor_expanded(doctype: str, no_opening: list[str]) -> None:
    found = attempt(channel(item("Before &x; after"), declaration=f'<?xml version="1.0"?>{doctype}'))
    assert no_opening == []
    assert isinstance(found, Reason) or "root:" not in found.entries[0].title


@pytest.mark.parametrize(
    "more",
    [
        '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>',
        '<?xml-stylesheet type="text/xsl" href="http://127.0.0.1:9/x.xsl"?>',
    ],
)
def test_X08_includes_and_stylesheets_are_not_fetched(more: str, no_opening: list[str]) -> None:
    assert read(channel(item(more=more))).entries[0].title == "A story"
    assert no_opening == []


def test_X12_a_billion_laughs_are_not_laughed() -> None:
    lines = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    bomb = channel(item("&l9;"), declaration=f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY l0 "lol">{lines}]>')
    quadratic = channel(item("&a;" * 5_000), declaration=f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "{"x" * 200_000}">]>')
    for body in (bomb, quadratic):
        start = time.process_time()
        found = attempt(body)
        assert time.process_time() - start < 8  # seconds of processor; the machine may be busy
        assert isinstance(found, Reason) or len(found.entries[0].title) <= fields.TITLE_LIMIT


def test_X13_the_newest_entries_are_taken_and_the_rest_counted() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    items = "".join(
        item(f"n{n}", f"https://news.example/{n}", f"<pubDate>{start + timedelta(minutes=n):%d %b %Y %H:%M:%S} GMT</pubDate>")
        for n in range(5_000)
    )
    found = read(channel(items))
    assert (len(found.entries), found.dropped_count) == (2_000, 3_000)
    assert (found.entries[0].title, found.entries[-1].title) == ("n4999", "n3000")


@pytest.mark.parametrize(("newest_first", "listed", "limit"), [(True, 50_000, 2_000), (False, 5_000, 200)])
def test_X13_of_a_very_long_list_only_the_ends_are_parsed(newest_first: bool, listed: int, limit: int, parsed_counts: list[int]) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    numbers = range(listed, 0, -1) if newest_first else range(1, listed + 1)
    dates = (f"<pubDate>{start + timedelta(minutes=number):%d %b %Y %H:%M:%S} GMT</pubDate>" for number in numbers)
    items = "".join(f"<item><guid>{number}</guid>{date}</item>" for number, date in zip(numbers, dates, strict=True))
    found = read(channel(items), entry_limit=limit)
    assert parsed_counts == [5 * limit]
    assert (len(found.entries), found.dropped_count) == (limit, listed - limit)
    assert (found.entries[0].guid, found.entries[-1].guid) == (str(listed), str(listed - limit + 1))


@pytest.fixture
def parsed_counts(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many entries feedparser made of each document."""
    counts: list[int] = []
    parse = document._parse

    def counting(text: str) -> Any:
        found = parse(text)
        counts.append(len(found.entries))
        return found

    monkeypatch.setattr(document, "_parse", counting)
    return counts


BOMBS = {
    "attributes": "<item " + " ".join(f'a{number}="x"' for number in range(100_000)) + "/>",
    "attributes, not well formed": "& <item " + " ".join(f'a{number}="x"' for number in range(100_000)) + "/>",
    "namespaces": "<item>" + "".join(f'<x{number}:y xmlns:x{number}="urn:{number}"/>' for number in range(5_000)) + "</item>",
    "categories": item(more="".join(f"<category>{number}</category>" for number in range(20_000))),
    "categories, not well formed": "& " + item(more="".join(f"<category>{number}</category>" for number in range(20_000))),
    "keywords": item(
        more="<i:keywords xmlns:i='http://www.itunes.com/dtds/podcast-1.0.dtd'>" + ",".join(map(str, range(100_000))) + "</i:keywords>"
    ),
    "a mail address": item(more=f"<author>{'a' * 200_000}@{'b.' * 50_000}</author>"),
    "a date": item(more=f"<pubDate>{'9' * 500_000}</pubDate>"),
    "tags, not well formed": "& " + "<b>" * 100_000,
    "unclosed comments": item(more=f"<description><![CDATA[{'<!--' * 200_000}]]></description>"),
    "unclosed scripts": item(more=f"<description><![CDATA[{'<script>' * 200_000}]]></description>"),
}


@pytest.mark.parametrize("inner", BOMBS.values(), ids=BOMBS)
def test_X14_no_shape_takes_more_than_linear_time(inner: str) -> None:
    start = time.process_time()
    attempt(channel(inner))
    assert time.process_time() - start < 5  # each took a tenth of it here; unbounded, minutes to hours


def test_X13_fields_are_capped() -> None:
    long = "word " * 1_000_000
    (entry,) = read(
        channel(item(long, more=f"<description>{long}</description><category>{long}</category><author>{long}</author>"))
    ).entries
    assert len(entry.title) <= 1_000
    assert len(entry.summary) <= 65_536
    assert all(len(name) <= 300 for name in entry.tags + entry.authors)
    assert entry.title.startswith("word word")
    assert entry.summary.startswith("word word")


def test_X13_content_is_capped() -> None:
    feed = channel(
        item(more=f"<c:encoded>{'<![CDATA[<p>wort</p>]]>' * 400_000}</c:encoded>"),
        attributes=' xmlns:c="http://purl.org/rss/1.0/modules/content/"',
    )
    (entry,) = read(feed).entries
    assert 500_000 < len(entry.content) <= 1_048_576


def test_X14_deep_nesting_ends_in_a_reason() -> None:
    assert attempt(channel("<a>" * 50_000 + "</a>" * 50_000 + item())) is Reason.NOT_A_FEED


def test_X14_deep_nesting_in_a_description_is_only_text() -> None:
    nested = "&lt;div&gt;" * 20_000 + "deep" + "&lt;/div&gt;" * 20_000
    (entry,) = read(channel(item(more=f"<description>{nested}</description>"))).entries
    assert entry.summary == "deep"


def test_X14_millions_of_unclosed_tags_end_in_a_reason() -> None:
    assert attempt(channel("<a " * 600_000)) is Reason.NOT_A_FEED


@pytest.mark.parametrize("shape", ["&#0;", "\x00", "&#x0;", "&#00000;"])
def test_X21_nul_is_removed(shape: str) -> None:
    (entry,) = read(channel(item(f"a{shape}b", more=f"<guid>g{shape}1</guid><author>x{shape}y</author>"))).entries
    assert (entry.title, entry.guid, entry.authors) == ("ab", "g1", ("xy",))


def test_X21_nul_is_removed_from_json() -> None:
    feed = '{"version": "https://jsonfeed.org/version/1", "items": [{"id": "a\\u0000b", "title": "x\\u0000y", "url": "/a\\u0000"}]}'
    (entry,) = read(feed).entries
    assert entry.title == "xy"
    assert all("\x00" not in (value or "") for value in (entry.guid, entry.link))


@pytest.mark.parametrize("shape", ["&#xD800;", "&#x110000;", "&#99999999999999999999;", "&#xFFFFFFFFFFFF;", "&#xFFFF;", "&#55296;"])
def test_X22_impossible_characters_are_replaced_and_nothing_else_is_lost(shape: str) -> None:
    found = read(channel(item(f"bad {shape} character") + item("good")))
    assert [entry.title for entry in found.entries] == ["bad \ufffd character", "good"]
    assert found.repaired


def test_X22_lone_surrogates_of_json_are_replaced() -> None:
    (entry,) = read('{"version": "https://jsonfeed.org/version/1", "items": [{"id": "\\ud800", "title": "x \\udfff y"}]}').entries
    assert entry.title == "x \ufffd y"
    assert entry.guid == "\ufffd"


def test_X23_controls_go_and_bidi_is_neutralised() -> None:
    (entry,) = read(
        channel(item("a\x07b c\u2028d \u202egnitirw\u202c \ufffe\ufeffe", more="<description>x\u2029y\x1bz</description>"))
    ).entries
    assert entry.title == "ab c d gnitirw e"
    assert entry.summary == "x\nyz"


def test_X23_text_is_in_nfc() -> None:
    assert read(channel(item("Mu\u0308nchen"))).entries[0].title == "München"


def test_X27_markup_never_survives_in_a_field() -> None:
    (entry,) = read(
        channel(
            item(
                "&lt;img src=x onerror=alert(1)&gt;Title&lt;script&gt;alert(1)&lt;/script&gt;",
                "javascript:alert(1)",
                "<description>&lt;svg onload=alert(1)&gt;&lt;/svg&gt;&lt;style&gt;@import 'x'&lt;/style&gt;Text</description>"
                "<category>&lt;b&gt;Cat&lt;/b&gt;</category><author>&lt;i&gt;Au Thor&lt;/i&gt;</author>"
                "<enclosure url='data:image/png;base64,x' type='image/png'/>",
            )
        )
    ).entries
    assert (entry.title, entry.link, entry.summary, entry.tags, entry.authors, entry.image_url) == (
        "Title",
        None,
        "Text",
        ("Cat",),
        ("Au Thor",),
        None,
    )


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "mailto:a@b.example", "http://[::1", "vbscript:x"]
)
def test_X27_links_are_http_or_none(link: str) -> None:
    assert read(channel(item(link=link))).entries[0].link is None


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(channel(item("A & B") + item("second", more="<description>x & y</description>")), id="stray ampersand"),
        pytest.param(channel(item("A &amp; B") + item("second"))[:-16], id="cut off"),
        pytest.param("\n\n  " + channel(item("A &amp; B") + item("second")), id="space before the declaration"),
        pytest.param(channel(item("A &amp; B") + "<media:x/>" + item("second")), id="undeclared prefix"),
        pytest.param(channel(item("A &amp; B") + item("second", more="<description>&nbsp;&eacute;</description>")), id="HTML entities"),
    ],
)
def test_what_is_not_well_formed_is_read_all_the_same(body: str) -> None:
    assert [entry.title for entry in read(body).entries] == ["A & B", "second"]


# ---------------------------------------------------------------- our own parser under feedparser


def test_long_texts_come_back_as_they_were() -> None:
    long = " ".join(f"word{number}" for number in range(2_000))
    feed = channel(
        item(more=f"<description>{long}</description><c:encoded><![CDATA[<p>{long}</p><p>{long}</p>]]></c:encoded>")
        + item(more=f"<description>short</description><c:encoded>{long}</c:encoded>"),
        attributes=' xmlns:c="http://purl.org/rss/1.0/modules/content/"',
    )
    first, second = read(feed).entries
    assert (first.summary, first.content) == (long, f"{long}\n{long}")
    assert (second.summary, second.content) == ("short", long)


def test_xhtml_content_keeps_its_text() -> None:
    text = "long words " * 60
    feed = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><entry><id>1</id><title>E</title><content type="xhtml">'
        f'<div xmlns="http://www.w3.org/1999/xhtml"><p>{text}&lt;b&gt; &amp; more</p><p>end</p></div></content></entry></feed>'
    )
    assert read(feed).entries[0].content == f"{text.strip()} <b> & more\nend"


def test_a_document_cannot_forge_the_mark_of_a_long_text() -> None:
    (entry,) = read(channel(item(more="<description>\ufdd00\ufdd1</description>"))).entries
    assert entry.summary == "0"
    assert encoding.mend("\ufdd00\ufdd1&#xFDD0;").text == "0\ufffd"


def test_parsers_outside_a_reading_keep_nothing_back() -> None:
    assert expat.create_parser().__class__ is expat.BoundedParser
    with expat.long_texts() as texts:
        mark = texts.keep("a long text")
    assert texts.restore(f"<p>{mark}</p>") == "<p>a long text</p>"
