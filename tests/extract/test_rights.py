"""What a page says about its use."""

import pytest

from tasks.extract import rights
from tasks.extract.json_ld import Statement
from tasks.extract.meta import Head


@pytest.mark.parametrize(
    ("statement", "head", "linked", "name"),
    [
        (Statement(license="https://creativecommons.org/licenses/by-nc-sa/4.0/"), Head(), [], "CC BY-NC-SA 4.0"),
        (Statement(), Head(links={"license": ["http://creativecommons.org/publicdomain/zero/1.0/"]}), [], "CC ZERO 1.0"),
        (Statement(), Head(), ["https://creativecommons.org/licenses/by/3.0/deed.ku"], "CC BY 3.0"),
        (Statement(license="https://news.example/terms"), Head(), [], "https://news.example/terms"),
        (Statement(), Head(), [], None),
    ],
)
def test_the_licence_is_named(statement: Statement, head: Head, linked: list[str], name: str | None) -> None:
    assert rights.license_of(statement, head, linked, {}) == name


def test_a_link_header_may_name_the_licence() -> None:
    link = '</style.css>; rel=preload, <https://creativecommons.org/licenses/by/4.0/>; rel="license"'
    assert rights.license_of(Statement(), Head(), [], {"link": link}) == "CC BY 4.0"
    assert rights.license_of(Statement(), Head(), [], {"link": '</x>; rel="next"'}) is None


@pytest.mark.parametrize(
    ("header", "tag", "reserved"),
    [("1", "", True), ("0", "1", False), ("", "1", True), ("", "0", False), ("", "", None), ("yes", "", None)],
)
def test_mining_is_reserved_free_or_unsaid(header: str, tag: str, reserved: bool | None) -> None:
    head = Head(tags={"tdm-reservation": [tag]})
    assert rights.reserved_for_mining(head, {"tdm-reservation": header}) is reserved


def test_robots_directives_come_from_tag_and_header_and_only_restrictions_count() -> None:
    head = Head(tags={"robots": ["index, NOARCHIVE, max-image-preview:large"]})
    assert rights.directives_of(head, {"x-robots-tag": "googlebot: noindex, noai"}) == ("noai", "noarchive", "noindex")
    assert rights.directives_of(Head(tags={"robots": ["index, follow"]}), {}) == ()
    assert rights.directives_of(Head(), {"content-usage": "train-ai=n, search=y"}) == ("train-ai=n",)


@pytest.mark.parametrize(
    ("statement", "tier", "cut", "sold"),
    [
        (Statement(free=False), "free", [], True),
        (Statement(free=True), "locked", ["This article is for subscribers only"], False),
        (Statement(), "metered", [], True),
        (Statement(), "free", [], False),
        (Statement(), "", ["Il vous reste 57 % de cet article à lire. La suite est réservée aux abonnés."], True),
        (Statement(), "", ["Follow us on Facebook"], None),
    ],
)
def test_a_paywall_is_told(statement: Statement, tier: str, cut: list[str], sold: bool | None) -> None:
    assert rights.paywalled(statement, Head(tags={"article:content_tier": [tier]}), cut) is sold
