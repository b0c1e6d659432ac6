"""Feed lists: what is read, what is complained of and where, and that nothing but the file is opened."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config import feedlist, opml
from domain.errors import ConfigurationError
from domain.records import Subscription

STARTER = Path(feedlist.__file__).parent / "feeds.toml"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "feeds.toml"


def write(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def complaint(path: Path, text: str | bytes) -> str:
    with pytest.raises(ConfigurationError) as caught:
        feedlist.load(write(path, text))
    message = str(caught.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    return message.removeprefix(str(path))


# ---------------------------------------------------------------- TOML


def test_a_toml_list_is_read(file: Path) -> None:
    write(
        file,
        """
        [[feeds]]
        url = "https://news.example/feed.xml"
        site = "https://news.example/"
        title = "News"
        publisher = "The Example"
        language = "ckb"
        tags = ["a", "b", "a"]
        fallbacks = ["https://news.example/rss"]

        [[feeds]]
        site = "https://other.example/en"
        """,
    )
    assert feedlist.load(file) == (
        Subscription(
            "https://news.example/feed.xml", title="News", site_url="https://news.example/", publisher="The Example", language="ckb",
            tags=("a", "b"), fallbacks=("https://news.example/rss",),
        ),
        Subscription("https://other.example/en", site_url="https://other.example/en", discover=True),
    )  # fmt: skip


@pytest.mark.parametrize("text", ["", "# nothing\n", "feeds = []\n"])
def test_an_empty_list_is_a_list(file: Path, text: str) -> None:
    assert feedlist.load(write(file, text)) == ()


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('[[feeds]]\nurl = "https://a.example/"\ntitel = "A"', 3, ["unknown key 'titel'", "did you mean title", "allowed are url, site"]),
        ('[[feeds]]\nurl = "https://a.example/"\n\n[[feeds]]\nxml = "x"', 5, ["unknown key 'xml'"]),
        ('\n\n[[feeds]]\ntitle = "A"', 3, ["needs url", "site"]),
        ("[[feeds]]\nurl = 5", 2, ["url is int", "in quotes"]),
        (
            '[[feeds]]\nurl = "news.example/feed"',
            2,
            ["'news.example/feed'", "not an absolute http or https", "https://news.example/feed.xml"],
        ),
        ('[[feeds]]\nurl = "ftp://news.example/feed"', 2, ["not an absolute http"]),
        ('[[feeds]]\nurl = "https://me:secret@news.example/feed"', 2, ["user name or password"]),
        ('[[feeds]]\nurl = "https://a.example/' + "a" * 3_000 + '"', 2, ["characters"]),
        ('[[feeds]]\nurl = "https://a.example/"\ntags = "a, b"', 3, ["tags is no list", 'tags = ["']),
        ('[[feeds]]\nurl = "https://a.example/"\ntags = [1]', 3, ["tags is no list"]),
        ('[[feeds]]\nurl = "https://a.example/"\nlanguage = "English (UK)"', 3, ["language is 'English (UK)'", "ckb"]),
        ('[[feeds]]\nurl = "https://a.example/"\nfallbacks = ["x"]', 3, ["fallbacks is 'x'"]),
        ('title = "x"\n[[feeds]]\nurl = "https://a.example/"', 1, ["unknown key 'title'", "[[feeds]]"]),
        ('[[feed]]\nurl = "https://a.example/"', 1, ["unknown key 'feed'", "[[feeds]]"]),
        ('feeds = "https://a.example/"', 1, ["not a list of tables"]),
    ],
)
def test_O09_a_bad_row_names_file_line_fault_and_what_is_allowed(file: Path, text: str, line: int, words: list[str]) -> None:
    message = complaint(file, text)
    assert message.startswith(f", line {line}: ")
    for word in words:
        assert word in message
    assert "secret" not in message


@pytest.mark.parametrize("text", ['[[feeds]\nurl = "x"', "feeds: [a]", "= 1", "a = " + "[" * 100_000])
def test_O09_what_is_not_toml_is_said_to_be_so(file: Path, text: str) -> None:
    assert "not valid TOML" in complaint(file, text)


def test_O09_a_file_that_is_not_utf_8_says_where(file: Path) -> None:
    assert complaint(file, b'[[feeds]]\nurl = "https://a.example/"\ntitle = "\xe9"') == ", line 3: the file is not UTF-8; save it as UTF-8."


@pytest.mark.parametrize(
    "wrap", [lambda text: b"\xef\xbb\xbf" + text, lambda text: text.replace(b"\n", b"\r\n"), lambda text: text.replace(b" = ", b"\t=\t")]
)
def test_O09_marks_line_ends_and_tabs_do_not_matter(file: Path, wrap: object) -> None:
    text = b'[[feeds]]\nurl = "https://a.example/"\n'
    assert [one.url for one in feedlist.load(write(file, wrap(text)))] == ["https://a.example/"]  # type: ignore[operator]


def test_O09_a_file_too_large_is_not_read(file: Path) -> None:
    with file.open("wb") as opened:
        os.truncate(opened.fileno(), 100_000_000)
    with pytest.raises(ConfigurationError, match="100,000,000 bytes; a feed list may have 16,777,216"):
        feedlist.load(file)


@pytest.mark.parametrize("name", ["missing.toml", "."])
def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match=r"cannot be read: (no such file|is a directory)"):
        feedlist.load(tmp_path / name)


def test_O10_one_bad_row_of_ten_thousand_is_named_and_the_others_can_be_had(file: Path) -> None:
    rows = [f'[[feeds]]\nurl = "https://news{number}.example/"\n' for number in range(10_000)]
    rows[5_000] = '[[feeds]]\nurl = "nowhere"\n'
    write(file, "".join(rows))
    with pytest.raises(ConfigurationError, match="line 10002: url is 'nowhere'"):
        feedlist.load(file)
    found = feedlist.read(file)
    assert (len(found.subscriptions), len(found.problems)) == (9_999, 1)


def test_O10_the_first_complaint_counts_the_others(file: Path) -> None:
    assert complaint(file, '[[feeds]]\nurl = "a"\n[[feeds]]\nurl = "b"\n[[feeds]]\nurl = "c"').endswith("(2 more)")


@pytest.mark.parametrize(
    "other",
    [
        "http://news.example/feed",
        "https://news.example/feed/",
        "HTTPS://NEWS.example/feed",
        "https://news.example:443/feed",
        "https://news.example/feed#x",
    ],
)
def test_O11_the_same_feed_in_another_spelling_is_taken_once(file: Path, other: str) -> None:
    found = feedlist.read(write(file, f'[[feeds]]\nurl = "https://news.example/feed"\n[[feeds]]\nurl = "{other}"\n'))
    assert [one.url for one in found.subscriptions] == ["https://news.example/feed"]
    assert len(found.repeated) == 1
    assert "line 3" in found.repeated[0]
    assert "line 1 already" in found.repeated[0]


@pytest.mark.parametrize(
    "other",
    ["https://news.example/Feed", "https://www.news.example/feed", "https://news.example/feed?x=1", "https://news.example:8443/feed"],
)
def test_O11_other_feeds_stay(file: Path, other: str) -> None:
    assert len(feedlist.load(write(file, f'[[feeds]]\nurl = "https://news.example/feed"\n[[feeds]]\nurl = "{other}"\n'))) == 2


def test_the_starter_list_is_good_and_led_by_kurdistan_24() -> None:
    found = feedlist.read(STARTER)
    assert (found.problems, found.repeated) == ((), ())
    assert {one.publisher for one in found.subscriptions[:4]} == {"Kurdistan 24"}
    assert {one.language for one in found.subscriptions[:4]} == {"en", "ckb", "kmr", "ar"}
    assert len(found.subscriptions) >= 16


# ---------------------------------------------------------------- OPML


def outlines(inner: str, head: str = "") -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>{head}<opml version="2.0"><head><title>x</title></head><body>{inner}</body></opml>'


def test_opml_is_read_with_its_folders(file: Path) -> None:
    inner = (
        '<outline text="World"><outline text="Near"><outline type="rss" text="News" xmlUrl="https://a.example/feed" '
        'htmlUrl="https://a.example/" language="ar" category="politics,/tech/ai" custom="x"/></outline></outline>'
        '<outline type="rss" title="Bare" text="y" xmlUrl="https://b.example/" htmlUrl="about:blank" language="unknown"/>'
        '<outline text="No type" xmlUrl="https://c.example/"/><outline type="link" text="a page" url="https://d.example/"/>'
        '<outline type="include" url="https://e.example/list.opml"/><outline text="empty folder"/>'
    )
    assert feedlist.load(write(file, outlines(inner))) == (
        Subscription(
            "https://a.example/feed",
            title="News",
            site_url="https://a.example/",
            language="ar",
            tags=("World", "Near", "politics", "tech/ai"),
        ),
        Subscription("https://b.example/", title="Bare"),
        Subscription("https://c.example/", title="No type"),
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
def test_opml_is_read_in_the_encoding_it_declares(file: Path, encoding: str) -> None:
    text = outlines('<outline type="rss" text="Zürich" xmlUrl="https://a.example/"/>').replace("UTF-8", encoding)
    assert feedlist.load(write(file, text.encode(encoding)))[0].title == "Zürich"


def test_what_is_written_is_read_back() -> None:
    listed = feedlist.load(STARTER)
    text = opml.write(listed, title="All & sundry", now=NOW)
    assert b"All &amp; sundry" in text
    copy = Path("copy.opml")
    assert feedlist.load(write(copy, text)) == listed
    assert opml.write(feedlist.load(copy), title="All & sundry", now=NOW) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (outlines('<outline type="rss" text="x"/>'), ", line 1: a row needs url"),
        (outlines('\n\n<outline type="rss" text="x" xmlUrl="file:///etc/passwd"/>'), ", line 3: url is 'file:///etc/passwd'"),
        ("<opml><body>", "not well-formed XML"),
        ("<rss><channel/></rss>", "no OPML"),
        ("<opml/>", "no OPML"),
        (outlines("<outline>" * 10_000 + "</outline>" * 10_000), "not well-formed XML"),
        (outlines("", head="<!DOCTYPE opml>"), "document type"),
        (outlines("", head='<!DOCTYPE opml SYSTEM "http://127.0.0.1:9/x.dtd">'), "document type"),
        (
            outlines('<outline text="&x;" xmlUrl="https://a.example/"/>', head='<!DOCTYPE opml [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
            "",
        ),
        (outlines('<outline text="&x;" xmlUrl="https://a.example/"/>', head='<!DOCTYPE opml [<!ENTITY x "y">]>'), "document type"),
    ],
)
def test_O12_opml_is_bounded_and_opens_nothing(file: Path, text: str, words: str) -> None:
    message = complaint(file, text)
    assert words in message
    assert "root:" not in message


def test_O12_entities_do_not_multiply(file: Path) -> None:
    lines = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    assert complaint(file, outlines('<outline text="&l9;"/>', head=f'<!DOCTYPE opml [<!ENTITY l0 "lol">{lines}]>'))
