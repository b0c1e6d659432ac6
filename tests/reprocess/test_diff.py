"""How an article differs from what its page gives today, and what a report makes of many."""

from dataclasses import replace
from typing import Any

import pytest

from domain.outcomes import Outcome, Reason
from domain.records import Article, Refusal, TextChange
from tasks.reprocess.diff import Difference, Findings, difference

STORED = Article(
    url="https://press.example/1", canonical_url="https://press.example/1", url_key="k", publisher="Press", title="Title",
    body="First line.\nSecond line.\nThird line.", language="en", word_count=6, extractor_version="1", authors=("Ann Lee",),
)  # fmt: skip


def compare(change: TextChange | None = None, **fields: Any) -> Difference:
    return difference(1, STORED, replace(STORED, **fields), change)


def test_the_same_is_the_same_whatever_version_read_it() -> None:
    assert compare(extractor_version="2").kind == "same"
    assert compare(standfirst="").kind == "same", "nothing and empty are alike"


def test_metadata_differ_field_by_field() -> None:
    found = compare(title="Another", authors=("Ann Lee", "Bo Tan"))
    assert (found.kind, found.fields) == ("metadata", ("title", "authors"))
    assert found.lines[0] == "title: Title → Another"


def test_a_text_differs_by_lines_and_share_of_words() -> None:
    found = compare(TextChange(0.33, substantive=True), body="First line.\nThird line.\nFourth line.")
    assert (found.kind, found.ratio) == ("text", 0.33)
    assert found.lines == ("- Second line.", "+ Fourth line.")


def test_a_page_that_gives_no_article_any_more_is_lost_with_its_reason() -> None:
    found = difference(1, STORED, Refusal(Outcome.REJECTED, Reason.TOO_SHORT, "9 words"), None)
    assert found.kind == "lost"
    assert "9 words" in found.lines[0]


def test_a_report_counts_and_keeps_the_largest_differences() -> None:
    findings = Findings()
    findings.add(Difference(number, "u", "text", ratio=number / 100) for number in range(1, 60))
    findings.add([Difference(100, "u", "same"), Difference(101, "u", "metadata", ("title",)), Difference(102, "u", "lost")])
    assert findings.compared == 62
    assert dict(findings.kinds) == {"text": 59, "same": 1, "metadata": 1, "lost": 1}
    assert dict(findings.sizes) == {"up to 1 %": 1, "up to 5 %": 4, "up to 20 %": 15, "more than 20 %": 39}
    assert dict(findings.fields) == {"title": 1}
    assert [one.article_id for one in findings.samples[:3]] == [102, 59, 58]
    assert len(findings.samples) == 20


@pytest.mark.parametrize("ratio", [0.0, 0.01, 0.05, 0.2, 1.0])
def test_every_share_has_a_class(ratio: float) -> None:
    findings = Findings()
    findings.add([Difference(1, "u", "text", ratio=ratio)])
    assert findings.sizes.total() == 1
