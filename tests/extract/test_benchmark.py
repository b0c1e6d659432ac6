"""The extraction benchmark on a small invented corpus."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks import extraction


@pytest.fixture
def corpus(tmp_path: Path, markup: Callable[..., str], story: tuple[str, ...]) -> Path:
    page = markup(*story, body="<h1>Ferry runs again</h1>", head='<meta property="article:published_time" content="2026-11-20T10:00:00Z">')
    (tmp_path / "page.html.gz").write_bytes(gzip.compress(page.encode()))
    truth = {
        "slug": "ferry", "file": "page.html.gz", "kind": "original", "title": "Ferry runs again", "authors": [], "published": "2026-11-20T10:00:00Z",
        "body": "\n\n".join(story), "language": "en",
    }  # fmt: skip
    site = {"site": "news", "name": "News", "host": "127.0.0.1:1", "language": "en", "articles": [truth, truth | {"kind": "reprint"}]}
    (tmp_path / "truth.jsonl").write_text(json.dumps(site) + "\n")
    return tmp_path


def test_it_prints_one_object_with_every_figure(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert extraction.main(["--corpus", str(corpus), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["timed_pages"] == 2
    assert report["ratio"] > 0
    for feeds in ("bare_feeds", "full_feeds"):
        assert set(report[feeds]) == {"all", "en"}
        score = report[feeds]["en"]
        assert (score["pages"], score["body_f1"], score["title"], score["published"]) == (1, 1.0, 1.0, 1.0)
        assert "authors" not in score


def test_it_prints_a_table(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert extraction.main(["--corpus", str(corpus), "--pages", "1"]) == 0
    assert "bare trafilatura" in capsys.readouterr().out


def test_a_folder_without_truth_is_no_corpus(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert extraction.main(["--corpus", str(tmp_path)]) == 2
    assert "has no truth.jsonl" in capsys.readouterr().err


def test_scores_tell_a_half_text_from_a_whole_one() -> None:
    assert extraction._compare("one two three four five", "one two three four five") == (1.0, 1.0)
    precision, recall = extraction._compare("one two three four", "one two three four five six seven")
    assert (precision, recall) == (1.0, 0.25)
    assert extraction._compare("", "one two three four") == (0.0, 0.0)
