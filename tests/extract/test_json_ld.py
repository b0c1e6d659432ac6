"""JSON-LD in the shapes newsrooms write it."""

import json

import pytest

from tasks.extract import json_ld


def read(*values: object) -> json_ld.Statement:
    return json_ld.read(tuple(value if isinstance(value, str) else json.dumps(value) for value in values))


ARTICLE = {"@type": "NewsArticle", "headline": "Ferry runs again", "datePublished": "2026-11-20T10:00:00Z"}


@pytest.mark.parametrize(
    "value",
    [
        ARTICLE,
        [ARTICLE],
        {"@graph": [{"@type": "WebSite", "name": "News"}, ARTICLE]},
        {"@type": "WebPage", "mainEntity": ARTICLE},
        {"@type": ["NewsArticle", "Thing"], "headline": "Ferry runs again", "datePublished": "2026-11-20T10:00:00Z"},
        {"@type": "http://schema.org/NewsArticle", "HEADLINE": "Ferry runs again", "datepublished": "2026-11-20T10:00:00Z"},
    ],
)
def test_the_article_is_found_wherever_it_stands(value: object) -> None:
    found = read(value)
    assert (found.headline, found.published) == ("Ferry runs again", "2026-11-20T10:00:00Z")


def test_the_most_specific_node_with_a_headline_wins() -> None:
    found = read({"@type": "Article", "headline": "Page"}, {"@type": "NewsArticle"}, {"@type": "NewsArticle", "headline": "Story"})
    assert found.headline == "Story"


def test_teasers_and_live_updates_are_not_the_article() -> None:
    listed = {"@type": "ItemList", "itemListElement": [{"@type": "NewsArticle", "headline": "Another"}]}
    live = {"@type": "LiveBlogPosting", "headline": "Live", "liveBlogUpdate": [{"@type": "BlogPosting", "headline": "Update"}]}
    assert read(listed).headline == ""
    assert read(live).headline == "Live"


@pytest.mark.parametrize(
    ("author", "names"),
    [
        ("Ada Moor", ("Ada Moor",)),
        ({"@type": "Person", "name": "Ada Moor"}, ("Ada Moor",)),
        ([{"name": "Ada Moor"}, {"name": "Ben Lund"}], ("Ada Moor", "Ben Lund")),
        ({"name": ["Ada Moor", "Ben Lund"]}, ("Ada Moor", "Ben Lund")),
        ({"givenName": "Ada", "familyName": "Moor"}, ("Ada Moor",)),
        ({"@id": "#ada"}, ("Ada Moor",)),
        (None, ()),
        (7, ()),
    ],
)
def test_authors_come_in_many_shapes(author: object, names: tuple[str, ...]) -> None:
    graph = {"@graph": [{**ARTICLE, "author": author}, {"@id": "#ada", "@type": "Person", "name": "Ada Moor"}]}
    assert read(graph).authors == names


def test_every_field_is_read() -> None:
    found = read(
        ARTICLE
        | {
            "description": "Short.", "articleBody": "Long.", "editor": {"name": "Ed Itor"}, "contributor": "Con Tributor", "dateModified": "2026-11-21",
            "articleSection": ["Local", "Sea"], "keywords": "ferry, island", "inLanguage": "en-GB", "isAccessibleForFree": "False",
            "publisher": {"@type": "Organization", "name": "The News"}, "license": "https://creativecommons.org/licenses/by/4.0/",
            "image": [{"url": "/ferry.jpg", "caption": "The boat", "creditText": "Cam Era"}], "sourceOrganization": {"name": "Wire"},
        }
    )  # fmt: skip
    assert (found.description, found.body, found.editors, found.contributors) == ("Short.", "Long.", ("Ed Itor",), ("Con Tributor",))
    assert (found.modified, found.sections, found.keywords, found.language) == ("2026-11-21", ("Local", "Sea"), ("ferry, island",), "en-GB")
    assert (found.free, found.publisher, found.agency) == (False, "The News", "Wire")
    assert (found.image_url, found.image_caption, found.image_credit) == ("/ferry.jpg", "The boat", "Cam Era")


@pytest.mark.parametrize(
    "block",
    [
        '{"@type": "NewsArticle", "headline": "Ferry runs again",}',
        '{"@type": "NewsArticle", "headline": "Ferry runs again"};',
        '{"@type": "NewsArticle", "headline": "Ferry runs again"} }',
        '{"@type": "NewsArticle",\n"headline": "Ferry runs again", "description": "two\nlines"}',
        '<![CDATA[{"@type": "NewsArticle", "headline": "Ferry runs again"}]]>',
    ],
)
def test_broken_blocks_are_mended_where_that_is_safe(block: str) -> None:
    assert read(block).headline == "Ferry runs again"


@pytest.mark.parametrize(
    "block", ["", "null", "3", "{", "not json", '{"a":' * 20_000 + "1" + "}" * 20_000, "[" * 20_000, '{"@type": null}', '[[["x"]]]']
)
def test_X18_nothing_sensible_reads_as_silence(block: str) -> None:
    assert read(block).headline == ""


def test_free_is_unknown_unless_it_is_said() -> None:
    assert read(ARTICLE).free is None
    assert read(ARTICLE | {"isAccessibleForFree": True}).free is True
