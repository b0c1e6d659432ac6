"""Where a site's feed may be."""

from tasks.poll.discovery import MAX_CANDIDATES, candidates

SITE = "https://news.example/"


def link(href: str, kind: str = "application/rss+xml", rel: str = "alternate") -> str:
    return f'<link rel="{rel}" type="{kind}" title="x" href="{href}">'


def test_what_the_page_declares_comes_first() -> None:
    page = f"<html><head>{link('/comments/feed')}{link('/feed.json', 'application/feed+json')}{link('/atom', 'application/atom+xml')}"
    found = candidates(page, SITE, suggested=("https://news.example/hint",))
    assert found[:4] == (f"{SITE}feed.json", f"{SITE}atom", f"{SITE}comments/feed", f"{SITE}hint")


def test_attributes_come_in_any_order_case_and_quotes() -> None:
    page = "<LINK HREF='a&amp;b.xml' TYPE='Application/RSS+xml; charset=utf-8' REL='home alternate'><link rel=alternate type=text/xml href=c.xml>"
    assert candidates(page, SITE)[:2] == (f"{SITE}a&b.xml", f"{SITE}c.xml")


def test_other_links_are_not_feeds() -> None:
    page = link("/style.css", "text/css", "stylesheet") + link("/de", "text/html") + link("javascript:x") + link("https://[::1")
    assert candidates(page, SITE) == candidates("", SITE)


def test_an_editions_own_feed_comes_before_the_others() -> None:
    page = link("/ckb/feed.xml") + link("/en/feed.xml")
    assert candidates(page, "https://news.example/en")[:2] == (f"{SITE}en/feed.xml", f"{SITE}ckb/feed.xml")


def test_without_a_declaration_links_and_common_places_are_tried() -> None:
    found = candidates('<a href="/about">About</a><a class="x" href="/service/rss/news">RSS</a><a href="https://else.example/rss">', SITE)
    assert found[0] == f"{SITE}service/rss/news"
    assert {f"{SITE}feed", f"{SITE}rss.xml", f"{SITE}atom.xml", f"{SITE}?feed=rss2"} <= set(found)
    assert not any("else.example" in one for one in found)


def test_places_below_the_edition_are_tried_before_those_of_the_site() -> None:
    found = candidates("", "https://news.example/en/")
    assert found[0] == f"{SITE}en/feed"
    assert f"{SITE}feed" in found


def test_candidates_are_few_and_none_is_asked_twice() -> None:
    page = "".join(link(f"/feed{number}.xml") for number in range(50)) + link("/feed1.xml#x") + link(SITE)
    found = candidates(page, SITE)
    assert len(found) == len(set(found)) == MAX_CANDIDATES
    assert SITE not in found


def test_a_hostile_page_takes_no_time() -> None:
    assert candidates("<link " * 200_000 + "<link rel=alternate " + "x=" * 100_000, SITE) == candidates("", SITE)
