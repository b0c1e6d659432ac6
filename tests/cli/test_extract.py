"""`copydesk extract`: what came out of a page, what was cut and why, and why a page is no article; nothing is stored."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from newsroom.scripted import Server, response, running
from tasks.extract.residue import WHY

STORY = (
    "The ferry to the island runs again from Monday, the harbour office said, three weeks after a storm damaged the quay.",
    "Passengers had to take the long way round by the bridge, which added an hour to the journey and filled the only road.",
    "The repairs cost less than was feared, and the new planks should last for twenty years, the engineer in charge told reporters.",
)
CALL = "Subscribe to our newsletter for more."


def markup(*texts: str) -> str:
    told = "".join(f"<p>{text}</p>" for text in texts)
    return f"<html lang='en'><head><title>Ferry runs again</title></head><body><article><h1>Ferry runs again</h1>{told}</article></body></html>"


@pytest.fixture
def page() -> Path:
    file = Path("ferry.html")
    file.write_text(markup("By Ada Quill", *STORY, CALL), encoding="utf-8")
    return file


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("COPYDESK_FETCH__ALLOWED_NETWORKS", '["127.0.0.0/8"]')
    monkeypatch.setenv("COPYDESK_FETCH__HOST_SPACING", "0")
    with running() as server:
        yield server


def test_a_file_shows_every_field_with_its_source_and_every_cut_with_its_rule(invoke: Any, page: Path) -> None:
    given = invoke("extract", page, "--url", "https://news.example/ferry", "--json")
    found = given.json
    assert (given.code, found["verdict"]["outcome"], found["text_source"]) == (0, "article", "trafilatura")
    assert (found["article"]["canonical_url"], found["article"]["authors"]) == ("https://news.example/ferry", ["Ada Quill"])
    assert (found["article"]["title_source"], found["article"]["authors_source"]) == ("h1", "byline")
    assert found["text"].split("\n") == list(STORY)
    assert {one["line"]: one["rule"] for one in found["cut"]} == {"Ferry runs again": "headline", "By Ada Quill": "byline", CALL: "call"}
    assert all(one["why"] for one in found["cut"])


def test_people_read_the_same_as_programs(invoke: Any, page: Path) -> None:
    text = invoke("extract", page).out
    assert re.search(r"^title +Ferry runs again +h1$", text, re.MULTILINE)
    assert re.search(rf"^call +{re.escape(CALL)} +{WHY['call']}$", text, re.MULTILINE)
    assert "Verdict   article\n" in text
    assert text.endswith("\n".join(STORY) + "\n")


def test_what_is_no_article_says_why_and_shows_what_was_judged(invoke: Any) -> None:
    Path("short.html").write_text(markup("Sign in to continue reading.", CALL), encoding="utf-8")
    given = invoke("extract", "short.html", "--json")
    assert (given.code, given.json["article"]) == (1, None)
    assert given.json["verdict"]["outcome"] == "rejected"
    assert given.json["verdict"]["detail"]
    assert "Verdict   rejected: " in invoke("extract", "short.html").out


def test_an_address_is_fetched_as_in_a_run_and_nothing_is_stored(invoke: Any, server: Server, tmp_path: Path) -> None:
    server.on("/robots.txt", response(body=b"User-agent: *\nDisallow: /private/", kind="text/plain"))
    server.on("/ferry", response(body=markup(*STORY).encode()))
    server.on("/private/ferry", response(body=markup(*STORY).encode()))
    given = invoke("extract", server.url("/ferry"), "--json")
    assert (given.code, given.json["article"]["title"], given.json["final_url"]) == (0, "Ferry runs again", server.url("/ferry"))
    refused = invoke("extract", server.url("/private/ferry"))
    assert refused.code == 1
    assert "Verdict   not fetched: " in refused.out
    assert server.targets() == ["/robots.txt", "/ferry", "/robots.txt"]
    assert not list(tmp_path.iterdir())


def test_a_private_address_is_refused_unless_its_network_is_allowed(invoke: Any, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COPYDESK_FETCH__ALLOWED_NETWORKS")
    given = invoke("extract", server.url("/ferry"), "--json")
    assert (given.code, given.json["verdict"]["outcome"], server.targets()) == (1, "not_fetched", [])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("none.html",), "neither an http(s) address nor a file"),
        ((".",), "neither an http(s) address nor a file"),
        (("ferry.html", "--url", "ftp://news.example/"), "is not the address of a page"),
        (("https://news.example/", "--url", "https://news.example/"), "--url is for files"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_sentence(invoke: Any, page: Path, arguments: tuple[str, ...], told: str) -> None:
    given = invoke("extract", *arguments)
    assert (given.code, given.out, len(given.err.splitlines())) == (2, "", 1)
    assert told in given.err


def test_a_file_larger_than_a_page_may_be_is_refused(invoke: Any, page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COPYDESK_FETCH__PAGE_LIMIT", "10000")
    page.write_text("x" * 10_001, encoding="utf-8")
    assert "COPYDESK_FETCH__PAGE_LIMIT" in invoke("extract", page).err
