"""Which address a page is believed to have."""

import pytest

from tasks.extract import canonical
from tasks.extract.meta import Head

OWN = "https://www.harbour.com/2026/ferry?utm_source=feed"
ASKED = "https://www.harbour.com/2026/ferry"


@pytest.mark.parametrize(
    ("claim", "believed", "why"),
    [
        ("https://www.harbour.com/2026/ferry-runs", "https://www.harbour.com/2026/ferry-runs", "another page of the site"),
        ("/2026/ferry-runs", "https://www.harbour.com/2026/ferry-runs", "a relative address"),
        ("https://harbour.com/2026/ferry", "https://harbour.com/2026/ferry", "another host of the publisher"),
        ("https://m.harbour.com/2026/ferry", "https://m.harbour.com/2026/ferry", "its mobile host"),
        ("https://www.harbour.com/", ASKED, "the home page"),
        ("https://www.harbour.com", ASKED, "the home page"),
        ("https://www.harbour.com/2026/", ASKED, "the folder it is in"),
        ("https://www.agency.com/2026/ferry", ASKED, "another publisher, for a syndicated text"),
        ("javascript:void(0)", ASKED, "no address"),
        ("https://[bad", ASKED, "no address"),
        ("", ASKED, "nothing"),
    ],
)
def test_only_a_claim_that_cannot_merge_two_stories_is_believed(claim: str, believed: str, why: str) -> None:
    assert canonical.address_of(Head(links={"canonical": [claim]}), ASKED, OWN) == believed, why


def test_an_amp_page_names_its_article() -> None:
    head = Head(links={"canonical": ["https://www.harbour.com/2026/ferry"]})
    amp = "https://www.harbour.com/amp/2026/ferry"
    assert canonical.address_of(head, amp, amp) == "https://www.harbour.com/2026/ferry"


def test_og_url_stands_in_when_there_is_no_link() -> None:
    head = Head(tags={"og:url": ["https://www.harbour.com/2026/ferry-runs"]})
    assert canonical.address_of(head, ASKED, OWN) == "https://www.harbour.com/2026/ferry-runs"


def test_two_servers_of_one_address_are_two_publishers() -> None:
    head = Head(links={"canonical": ["http://127.0.0.1:8001/ferry-runs"]})
    assert canonical.address_of(head, "http://127.0.0.1:8000/ferry", "http://127.0.0.1:8000/ferry") == "http://127.0.0.1:8000/ferry"


def test_the_site_s_names_are_those_of_its_own_and_its_claimed_addresses() -> None:
    head = Head(links={"canonical": ["https://www.harbour.com/x"]}, tags={"og:url": ["https://old.harbour.com/x"]})
    assert canonical.hosts_of(head, "http://127.0.0.1:8000/x") == {"127.0.0.1", "harbour.com", "old.harbour.com"}
