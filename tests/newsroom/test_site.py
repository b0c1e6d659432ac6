"""What the outlets' servers answer: feeds in three formats, pages in six layouts, sitemaps, robots.txt, conditional requests."""

import gzip
import json
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from urllib.parse import quote, urlsplit

import pytest

from newsroom import printed
from newsroom.press import FAULTS, Outlet, Piece, Plan, Press
from newsroom.server import street
from newsroom.site import Answer, Site, feed_url, home_path

ATOM = "{http://www.w3.org/2005/Atom}"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


class Text(HTMLParser):
    """The text of a page and its links."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def ask(site: Site, url: str, **headers: str) -> Answer:
    parts = urlsplit(url)
    number = next(outlet.number for outlet in site.press.outlets if outlet.host == parts.netloc)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return site.answer(number, target, {name.replace("_", "-"): value for name, value in headers.items()})


def entries(site: Site, url: str) -> list[tuple[str, str]]:
    """Title and link of every entry of a feed, whatever its format."""
    body = ask(site, url).body
    if body.startswith(b"{"):
        return [(item["title"], item["url"]) for item in json.loads(body)["items"]]
    root = ET.fromstring(body)
    if root.tag == "rss":
        return [(item.findtext("title") or "", item.findtext("link") or "") for item in root.iter("item")]
    return [(e.findtext(f"{ATOM}title") or "", e.find(f"{ATOM}link").attrib["href"]) for e in root.iter(f"{ATOM}entry")]  # type: ignore[union-attr]


def pieces(press: Press, edition: int = 1) -> list[Piece]:
    return [piece for story in press.stories(edition) for piece in press.pieces(story) if piece.edition == edition]


def header(answer: Answer, name: str) -> str:
    return dict(answer.headers)[name]


def test_every_feed_lists_exactly_its_pieces_newest_first(press: Press) -> None:
    site = Site(press)
    for outlet, language in press.feeds():
        listed = [piece for number in reversed(site.listed(outlet, language)) if (piece := press.piece(number))]
        found = entries(site, feed_url(outlet, language))
        assert [link.split("?utm")[0].split("&utm")[0] for _, link in found] == [printed.url(press, piece) for piece in listed]
        assert [title for title, _ in found] == [printed.title(press, piece) for piece in listed]


def test_every_link_of_every_feed_leads_to_its_page(press: Press) -> None:
    site = Site(press)
    for outlet, language in press.feeds():
        for title, link in entries(site, feed_url(outlet, language)):
            answer = ask(site, link)
            assert answer.status in {200, 410}
            if answer.status == 200:
                assert "<h1" in answer.body.decode()
                assert title[:20].split("“")[0] in answer.body.decode().replace("&quot;", '"').replace("&#x27;", "'")


def test_every_page_shows_its_true_text_in_its_direction(press: Press) -> None:
    site = Site(press)
    for piece in pieces(press):
        if piece.kind in FAULTS:
            continue
        shown = printed.printed(press, piece, 1)
        reader = Text()
        reader.feed(ask(site, shown.url).body.decode())
        text = "".join(reader.parts)
        assert all(paragraph in text for paragraph in (*shown.paragraphs, shown.title, shown.standfirst))
        assert all(credit in text for credit in shown.credits)
        html = dict(reader.tags)["html"]
        assert html["dir"] == ("rtl" if piece.language in {"ar", "ckb"} else "ltr")
        assert html["lang"] == piece.language


def test_pages_state_their_metadata_in_different_ways(press: Press) -> None:
    site = Site(press)
    said: set[str] = set()
    for outlet in press.outlets[:6]:
        number = next(n for n in site.listed(outlet, outlet.languages[0]) if press.piece(n).kind not in FAULTS)  # type: ignore[union-attr]
        page = ask(site, printed.url(press, press.piece(number))).body.decode()  # type: ignore[arg-type]
        marks = ("ld+json", "og:title", "itemprop=", "<time", "<article", 'rel="canonical"', "news_keywords")
        said.add(" ".join(mark for mark in marks if mark in page))
    assert len(said) == 6


def test_json_ld_is_valid_and_true(press: Press) -> None:
    site = Site(press)
    piece = press.piece(site.listed(press.outlets[1], "en")[0])
    assert piece
    page = ask(site, printed.url(press, piece)).body.decode()
    about = json.loads(page.split('<script type="application/ld+json">')[1].split("</script>")[0])
    assert about["headline"] == printed.title(press, piece)
    assert about["datePublished"] == piece.published.isoformat()


def test_the_agency_s_home_page_names_every_edition_s_feed(press: Press) -> None:
    site = Site(press)
    agency = press.outlets[0]
    reader = Text()
    reader.feed(site.answer(0, "/", {}).body.decode())
    named = [tag["href"] for name, tag in reader.tags if name == "link" and tag["rel"] == "alternate"]
    assert named == [feed_url(agency, language) for language in agency.languages]


@pytest.mark.parametrize("number", range(1, 4))
def test_a_paper_s_home_page_names_its_feed_and_links_to_its_pages(press: Press, number: int) -> None:
    site, outlet = Site(press), press.outlets[number]
    reader = Text()
    reader.feed(site.answer(number, "/", {}).body.decode())
    named = [tag["href"] for name, tag in reader.tags if name == "link" and tag["rel"] == "alternate"]
    assert named == [feed_url(outlet, outlet.languages[0])]
    links = [tag["href"] for name, tag in reader.tags if name == "a"]
    assert links
    assert all(ask(site, str(link)).status in {200, 410} for link in links)


def test_what_the_visitor_has_is_not_sent_again(press: Press) -> None:
    site, outlet = Site(press), press.outlets[1]
    for url in (feed_url(outlet, "en"), printed.url(press, press.piece(site.listed(outlet, "en")[0]))):  # type: ignore[arg-type]
        first = ask(site, url)
        assert ask(site, url, if_none_match=header(first, "etag")).status == 304
        assert ask(site, url, if_modified_since=header(first, "last-modified")).status == 304
        assert ask(site, url, if_none_match='"another"', if_modified_since=header(first, "last-modified")).status == 200
        assert ask(site, url, if_modified_since="yesterday").status == 200


def test_a_new_edition_changes_the_validators_of_what_it_changed_alone(press: Press) -> None:
    first, second = Site(press), Site(press, edition=2)
    corrected = next(p for p in pieces(press) if p.revised == 2)
    same = next(p for p in pieces(press) if p.revised is None and p.kind == "original")
    tag = header(ask(first, printed.url(press, corrected)), "etag")
    assert ask(second, printed.url(press, corrected), if_none_match=tag).status == 200
    tag = header(ask(first, printed.url(press, same)), "etag")
    assert ask(second, printed.url(press, same), if_none_match=tag).status == 304
    for outlet, language in press.feeds():
        feed = feed_url(outlet, language)
        has_changed = ask(first, feed).body != ask(second, feed).body
        assert ask(second, feed, if_none_match=header(ask(first, feed), "etag")).status == (200 if has_changed else 304)


def test_a_piece_of_the_second_edition_is_not_there_in_the_first(press: Press) -> None:
    new = pieces(press, 2)[0]
    assert ask(Site(press), printed.url(press, new)).status == 404
    assert ask(Site(press, edition=2), printed.url(press, new)).status == 200


@pytest.mark.parametrize(
    "target", ["/nothing", "/story/", "/story/99999999999999999999-x", "/article?eid=abc", "/news/-1.html", "/sitemap-9.xml"]
)
def test_an_unknown_address_is_not_found(press: Press, target: str) -> None:
    assert Site(press).answer(1, target, {}).status == 404


def test_another_outlet_s_piece_is_not_found(press: Press) -> None:
    piece = press.piece(Site(press).listed(press.outlets[1], "en")[0])
    assert piece
    assert Site(press).answer(2, quote(printed.path(press, piece)), {}).status == 404


def test_faults_are_closed_gone_or_without_text() -> None:
    press = Press(Plan(12, 300), street(12, 8000))
    site = Site(press)
    faulty = {piece.kind: piece for piece in pieces(press) if piece.kind in FAULTS}
    assert "/premium/" in printed.url(press, faulty["robots"])
    assert b"Disallow: /premium/" in site.answer(faulty["robots"].outlet, "/robots.txt", {}).body
    assert ask(site, printed.url(press, faulty["gone"])).status == 410
    assert b"<p>" not in ask(site, printed.url(press, faulty["stub"])).body


def test_sitemaps_list_every_page(press: Press) -> None:
    site = Site(press)
    for outlet in press.outlets:
        root = ET.fromstring(site.answer(outlet.number, "/sitemap.xml", {}).body)
        found = {loc.text for loc in root.iter(f"{MAP}loc")}
        numbers = [number for language in outlet.languages for number in site.listed(outlet, language)]
        assert found == {printed.url(press, piece) for number in numbers if (piece := press.piece(number))}


def test_a_sitemap_that_would_be_too_long_becomes_an_index(press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newsroom.feeds.SITEMAP_LIMIT", 10)
    site = Site(press)
    parts = [str(loc.text) for loc in ET.fromstring(site.answer(0, "/sitemap.xml", {}).body).iter(f"{MAP}loc")]
    pages = [loc.text for part in parts for loc in ET.fromstring(ask(site, part).body).iter(f"{MAP}loc")]
    assert len(parts) > 1
    assert len(pages) == len(set(pages)) == sum(len(site.listed(press.outlets[0], code)) for code in press.outlets[0].languages)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_archives_hold_what_a_short_feed_leaves_out(number: int) -> None:
    press = Press(Plan(4, 120), street(4, 8000))
    site, outlet = Site(press, feed_length=7), press.outlets[number]
    language = outlet.languages[0]
    seen: dict[str, None] = {}
    url: str | None = feed_url(outlet, language)
    documents = 0
    while url:
        documents += 1
        seen |= dict.fromkeys(link for _, link in entries(site, url))
        url = older(site, url)
    listed = site.listed(outlet, language)
    assert documents > 2
    assert len(seen) == len(listed)
    assert ask(site, f"http://{outlet.host}{home_path(outlet, language)}{stem(outlet)}/archive/999.xml").status == 404


def stem(outlet: Outlet) -> str:
    return "atom" if outlet.feed_format == "atom" else "feed"


def older(site: Site, url: str) -> str | None:
    body = ask(site, url).body
    if body.startswith(b"{"):
        return json.loads(body).get("next_url")  # type: ignore[no-any-return]
    return next((link.attrib["href"] for link in ET.fromstring(body).iter(f"{ATOM}link") if link.attrib["rel"] == "prev-archive"), None)


def test_pages_are_squeezed_for_those_who_take_it(press: Press) -> None:
    site, outlet = Site(press), press.outlets[2]
    url = feed_url(outlet, outlet.languages[0])
    plain, squeezed = ask(site, url), ask(site, url, accept_encoding="gzip, br")
    assert header(squeezed, "content-encoding") == "gzip"
    assert gzip.decompress(squeezed.body) == plain.body
