"""Sitemaps: every form that is served, every way to be broken, and never more memory than a step."""

import gzip
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.history import Discovered, Finding, Further, Trouble, Window
from domain.outcomes import Reason
from tasks.discover import addresses, sitemap

HERE = "https://www.press.example/sitemap.xml"
XMLNS = "xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'"
MARCH = Window(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))
ALWAYS = Window()


def read(body: bytes | str, window: Window = ALWAYS, **options: int) -> list[Finding]:
    return list(sitemap.read(body.encode() if isinstance(body, str) else body, HERE, window, **options))


def urls(findings: list[Finding]) -> list[str]:
    return [one.url for one in findings if isinstance(one, Discovered)]


def troubles(findings: list[Finding]) -> list[Reason]:
    return [one.reason for one in findings if isinstance(one, Trouble)]


def urlset(*links: str, extra: str = "") -> str:
    return f"<?xml version='1.0'?><urlset {XMLNS}>" + "".join(f"<url><loc>{link}</loc>{extra}</url>" for link in links) + "</urlset>"


def test_a_plain_sitemap_lists_documents_with_their_positions() -> None:
    found = read(urlset("https://www.press.example/1", "/2", "  https://press.example/3\n"))
    assert urls(found) == ["https://www.press.example/1", "https://www.press.example/2", "https://press.example/3"]
    assert [one.position for one in found if isinstance(one, Discovered)] == [1, 2, 3]


def test_reading_goes_on_where_it_was_interrupted() -> None:
    body = urlset(*(f"/{number}" for number in range(10)))
    whole = read(body)
    for cut in range(11):
        assert read(body, start=cut) == whole[cut:]


def test_an_index_names_further_sitemaps_of_the_window() -> None:
    body = f"""<sitemapindex {XMLNS}>
      <sitemap><loc>/posts-2026-03.xml</loc></sitemap>
      <sitemap><loc>/posts-2026-05.xml</loc></sitemap>
      <sitemap><loc>/old.xml</loc><lastmod>2019-01-01</lastmod></sitemap>
      <sitemap><loc>/posts-1.xml.gz</loc><lastmod>2026-11-01</lastmod></sitemap></sitemapindex>"""
    assert read(body, MARCH) == [
        Further("https://www.press.example/posts-2026-03.xml"),
        Further("https://www.press.example/posts-1.xml.gz"),
    ]


def test_a_news_sitemap_tells_title_and_publication() -> None:
    news = """<news:news xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><news:publication><news:name>The Press</news:name>
      <news:language>en</news:language></news:publication><news:publication_date>2026-03-05T08:00:00+03:00</news:publication_date>
      <news:title>Bread &amp; Roses</news:title></news:news><lastmod>2026-09-01</lastmod>"""
    (found,) = read(urlset("/1", extra=news), MARCH)
    assert isinstance(found, Discovered)
    assert (found.title, found.published_at) == ("Bread & Roses", datetime(2026, 3, 5, 5, tzinfo=UTC))
    assert found.modified_at == datetime(2026, 9, 1, tzinfo=UTC)


def test_the_address_of_an_image_is_not_the_address_of_the_page() -> None:
    image = "<image:image xmlns:image='http://www.google.com/schemas/sitemap-image/1.1'><image:loc>/i.jpg</image:loc></image:image>"
    assert urls(read(f"<urlset {XMLNS}><url>{image}<loc>/1</loc></url></urlset>")) == ["https://www.press.example/1"]


def test_documents_are_taken_by_window_and_those_without_a_date_too() -> None:
    body = (
        f"<urlset {XMLNS}><url><loc>/a</loc><lastmod>2026-03-05</lastmod></url><url><loc>/b</loc><lastmod>2026-01-05</lastmod></url>"
        "<url><loc>/c</loc></url><url><loc>/2026/05/01/d</loc></url></urlset>"
    )
    assert urls(read(body, MARCH)) == ["https://www.press.example/a", "https://www.press.example/c"]


@pytest.mark.parametrize(
    "body",
    ["https://www.press.example/1\r\nhttps://www.press.example/2\n\n", "\ufeffhttps://www.press.example/1\nhttps://www.press.example/2"],
)
def test_a_text_sitemap_is_one_address_a_line(body: str) -> None:
    assert urls(read(body)) == ["https://www.press.example/1", "https://www.press.example/2"]


def test_packed_sitemaps_are_unpacked_even_in_several_members() -> None:
    body = urlset("/1", "/2").encode()
    assert urls(read(gzip.compress(body))) == urls(read(body))
    assert urls(read(gzip.compress(body[:100]) + gzip.compress(body[100:]))) == urls(read(body))


@pytest.mark.parametrize(
    ("body", "reason", "count"),
    [
        (b"", Reason.EMPTY_BODY, 0),
        (b" \n ", Reason.EMPTY_BODY, 0),
        (b"<!DOCTYPE html><html><body>not here</body></html>", Reason.NOT_A_SITEMAP, 0),
        (b"<html><body>not here</body></html>", Reason.NOT_A_SITEMAP, 0),
        (b"<rss><channel/></rss>", Reason.NOT_A_SITEMAP, 0),
        (b"just some words", Reason.NOT_A_SITEMAP, 0),
        (b"\x00\x01\x02 binary", Reason.NOT_A_SITEMAP, 0),
        (b"<urlset><url><loc>https://www.press.example/1</loc></url><url><loc>https://www.pre", Reason.BROKEN_TRANSFER, 1),
        (gzip.compress(b"<urlset><url><loc>/1</loc></url></urlset>")[:-12], Reason.BROKEN_TRANSFER, 1),
        (b"\x1f\x8b\x08\x00garbage garbage", Reason.BAD_ENCODING, 0),
    ],
)
def test_what_is_no_sitemap_has_a_reason_and_what_came_before_counts(body: bytes, reason: Reason, count: int) -> None:
    found = read(body)
    fatal = [one for one in found if isinstance(one, Trouble) and one.fatal]
    assert [one.reason for one in fatal] == [reason]
    assert len(urls(found)) <= count


@pytest.mark.parametrize(
    ("body", "links"),
    [
        ("<urlset><url><loc>/?a=1&b=2&amp;c=3&#38;d=4</loc></url></urlset>", ["https://www.press.example/?a=1&b=2&c=3&d=4"]),
        (
            "<urlset><url><loc>/1</loc><lastmod>x</url><url><loc>/2</loc></url></urlset>",
            ["https://www.press.example/1", "https://www.press.example/2"],
        ),
        (
            "<urlset><url><loc>/1\x01</loc></url><url></url><url><loc></loc></url><url><loc>/2</loc></url></urlset>",
            ["https://www.press.example/1", "https://www.press.example/2"],
        ),
        ("<urlset/>", []),
    ],
)
def test_what_is_nearly_well_formed_is_read(body: str, links: list[str]) -> None:
    found = read(body)
    assert urls(found) == links
    assert not troubles(found)


def test_a_reference_cut_by_the_step_is_still_one_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    body = urlset("/?a=1&amp;b=2&c=3")
    for step in range(1, 40):
        monkeypatch.setattr(addresses, "_STEP", step)
        assert urls(read(body)) == ["https://www.press.example/?a=1&b=2&c=3"]


def test_nothing_is_expanded_and_nothing_is_loaded(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("https://www.press.example/secret")
    for dtd in (f'<!ENTITY x SYSTEM "file://{secret}">', '<!ENTITY a "aaaa"><!ENTITY x "&a;&a;&a;">'):
        found = read(f"<?xml version='1.0'?><!DOCTYPE urlset [{dtd}]><urlset><url><loc>/&x;</loc></url></urlset>")
        assert urls(found) == []
        assert troubles(found) == [Reason.NOT_A_SITEMAP]


def test_a_bomb_ends_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "_BYTES", 1_000_000)
    found = read(gzip.compress(b"<urlset>" + b" " * 5_000_000))
    assert troubles(found) == [Reason.TOO_LARGE]


def test_more_addresses_than_any_sitemap_has_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "ADDRESSES", 3)
    found = read(urlset("/1", "/2", "/3", "/4"))
    assert len(urls(found)) == 3
    assert troubles(found) == [Reason.TOO_LARGE]


def test_addresses_of_other_sites_are_counted_and_left_out() -> None:
    found = read(urlset("https://elsewhere.example/1", "javascript:alert(1)", "http://[::bad/", "https://news.press.example/2", "/3"))
    assert urls(found) == ["https://www.press.example/3"]  # under .example every name stands for itself
    assert troubles(found) == [Reason.OFF_HOST]
    shared = list(sitemap.read(urlset("https://news.bbc.co.uk/1").encode(), "https://www.bbc.co.uk/sitemap.xml", Window()))
    assert urls(shared) == ["https://news.bbc.co.uk/1"]


def test_robots_txt_names_sitemaps() -> None:
    body = "User-agent: *\nDisallow: /x\nSitemap: https://press.example/a.xml\n sitemap : /b.xml # news\nSITEMAP:https://press.example/a.xml\nSitemap: ftp://x/y"
    assert sitemap.from_robots(body, "https://press.example/robots.txt") == ("https://press.example/a.xml", "https://press.example/b.xml")


def test_fifty_thousand_addresses_need_the_memory_of_a_step() -> None:
    body = gzip.compress(urlset(*(f"/articles/{number}.html" for number in range(50_000))).encode())
    tracemalloc.start()
    count = sum(1 for one in sitemap.read(body, HERE, Window()) if isinstance(one, Discovered))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 50_000
    assert peak < 3_000_000


@given(st.binary(max_size=300))
def test_any_bytes_give_findings_and_no_exception(body: bytes) -> None:
    assert isinstance(read(body), list)
    assert isinstance(read(b"<urlset>" + body), list)
