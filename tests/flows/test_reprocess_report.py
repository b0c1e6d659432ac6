"""What a reprocessing says of itself: whether anything was written, how much each text differs, and what is left to do."""

import logging
from collections.abc import Iterator

import pytest

from flows import reprocess_report as report
from flows.workshop import current
from tasks.reprocess.diff import Difference, Findings

REPORTED = {"compared": 4, "same": 1, "metadata": 1, "text": 2, "lost": 0, "without_page": 0}
APPLIED = REPORTED | {"refreshed": 1, "revision": 1, "pending": 1}


@pytest.fixture
def findings() -> Findings:
    found = Findings()
    lines = ("- A ferry sailed.", "+ A ferry | sails.", "? ")
    found.add(
        [
            Difference(1, "https://press.example/1", "text", ("title",), 0.9, lines),
            Difference(2, "https://press.example/2", "text", (), 0.005),
            Difference(3, "https://press.example/3", "metadata", ("title", "authors")),
            Difference(4, "https://press.example/4", "same"),
        ]
    )
    return found


def test_a_report_says_that_nothing_was_written_and_how_it_is_applied(findings: Findings) -> None:
    told = report.markdown(findings, REPORTED, complete=True)
    assert "1 read the same, 1 differ in metadata, 2 differ in their text" in told
    assert "Nothing was written; started with apply" in told
    assert "put right" not in told
    assert "| up to 1 % | 1 |\n| more than 20 % | 1 |\n\n| field that differs | articles |" in told
    assert "| title | 2 |\n| authors | 1 |" in told


def test_a_report_of_what_was_applied_says_what_became_of_it(findings: Findings) -> None:
    told = report.markdown(findings, APPLIED, complete=True)
    assert "1 were put right in place, 1 texts ended as revisions, 1 wait to be stored; 0 have no page" in told
    assert "Nothing was written" not in told
    assert report.remark(APPLIED, complete=False) == "Its time was over before the rest was compared."


def test_samples_begin_with_what_tells_most_and_read_as_text(findings: Findings) -> None:
    first = report.sample_rows(findings)[0]
    assert list(first) == ["article", "difference", "words changed", "fields", "lines", "url"]
    assert first["lines"] == "former: A ferry sailed. / now: A ferry   sails. / ? "


@pytest.fixture
def untouched() -> Iterator[logging.Logger]:
    logger = logging.getLogger("copydesk")
    before = (logger.handlers[:], logger.level, logger.propagate)
    yield logger
    logger.handlers[:], logger.propagate = before[0], before[2]
    logger.setLevel(before[1])


def test_a_deployment_s_run_lets_the_ui_see_what_its_batches_did(untouched: logging.Logger) -> None:
    untouched.setLevel(logging.NOTSET)
    assert not logging.getLogger("copydesk.store").isEnabledFor(logging.INFO)
    current()
    assert logging.getLogger("copydesk.store").isEnabledFor(logging.INFO)
