"""Rules for single sites: what they may say, and the ones that come with the package on pages of their shape."""

from collections.abc import Callable
from datetime import date

import pytest

from domain.records import Article
from tasks.extract import sites

MINIMAL = 'domain = "news.example"\nchecked = 2026-11-20\n'


def test_a_rule_is_read() -> None:
    rule = sites.parse(
        MINIMAL + 'prune_xpath = ["//aside"]\ncut = ["^Promo"]\ntitle_suffixes = ["News"]\ndate_source = "meta"\nprecision = true\n',
        "news.toml",
    )
    assert (rule.domain, rule.checked, rule.prune_xpath, rule.title_suffixes) == (
        "news.example",
        date(2026, 11, 20),
        ("//aside",),
        ("News",),
    )
    assert (rule.date_source, rule.precision) == ("meta", True)
    assert rule.cut[0].search("promo of the day")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("domain = ", "news.toml: "),
        (MINIMAL + "prune = []", "unknown key 'prune'; allowed are"),
        ("checked = 2026-11-20", "domain is missing"),
        ('domain = "news.example"', "checked is missing"),
        (MINIMAL + 'date_source = "moon"', "date_source is 'moon'; allowed are json-ld, meta, time"),
        (MINIMAL + 'cut = ["("]', "news.toml: "),
        (MINIMAL + 'prune_xpath = ["//["]', "news.toml: "),
    ],
)
def test_a_wrong_rule_says_what_is_wrong(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=r"news\.toml") as caught:
        sites.parse(text, "news.toml")
    assert message in str(caught.value)


def test_a_rule_holds_for_every_host_of_its_domain_and_no_other() -> None:
    assert sites.rule_for("www.kurdistan24.net:443").domain == "kurdistan24.net"
    assert sites.rule_for("kurdistan24.net:443").domain == "kurdistan24.net"
    assert sites.rule_for("kurdistan24.net.example:443") is sites.NONE


def test_every_rule_has_its_page_here() -> None:
    assert set(sites._rules()) == {"kurdistan24.net"}


def test_kurdistan24_net(markup: Callable[..., str], article: Callable[..., Article], story: tuple[str, ...]) -> None:
    page = markup(
        body=(
            "<h1>Ferry runs again - Kurdistan24</h1><div class='share'>Facebook Viber</div><p>Photo: Archive</p>"
            + "".join(f"<p>{text}</p>" for text in story)
            + "<div class='related'><p>Another matter that the readers of this page may find of interest too.</p></div>"
        )
    )
    made = article(page, url="https://www.kurdistan24.net/en/story/7/ferry")
    assert made.title == "Ferry runs again"
    assert made.body.split("\n") == list(story)
