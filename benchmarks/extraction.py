"""How well and how fast pages become articles, beside bare trafilatura on the same pages in the same run.

    python -m benchmarks.extraction --corpus DIR [--json] [--pages N]

DIR holds truth.jsonl (one site a line: `site`, `host`, `language`, `articles`; each article `slug`, `file`, `kind`, and the truth:
`title`, `authors`, `published`, `body`) and gzipped pages. Bodies are scored by 4-token shingles, precision and recall averaged over
pages (characters for scripts without spaces), once from bare feeds (what the page alone tells) and once with the feed's title
and date. The two extractors take turns page by page, so the ratio of their times holds on a busy machine too; times are
processor time in one process.
"""

import argparse
import gc
import gzip
import json
import re
import sys
import time
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import trafilatura

from domain.records import Article, Expectation, FetchedEntry, Page, Refusal
from tasks.extract import child, warm

_NOW = datetime(2030, 1, 1, tzinfo=UTC)
_DENSE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")
_MINUTE = 61


@dataclass
class Score:
    """Sums over scored pages; `figures` turns them into shares."""

    pages: int = 0
    refused: int = 0
    precision: float = 0.0
    recall: float = 0.0
    bare_precision: float = 0.0
    bare_recall: float = 0.0
    right: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)

    def figures(self) -> dict[str, float | int]:
        """Return the shares, rounded to three places, F1 to four."""
        shares = {name: round(self.right[name] / self.asked[name], 3) for name in sorted(self.asked)}
        return {
            "pages": self.pages, "refused": self.refused, "body_f1": _f1(self.precision, self.recall, self.pages),
            "bare_body_f1": _f1(self.bare_precision, self.bare_recall, self.pages), **shares,
        }  # fmt: skip


@dataclass
class Clock:
    """Processor time of both extractors over the same pages."""

    pages: int = 0
    own: float = 0.0
    bare: float = 0.0

    def figures(self) -> dict[str, float | int]:
        """Return pages a second of each on one core, and the ratio: above 1, ours is the faster."""
        return {
            "timed_pages": self.pages, "pages_per_second": round(self.pages / self.own, 1),
            "bare_pages_per_second": round(self.pages / self.bare, 1), "ratio": round(self.bare / self.own, 3),
        }  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    """Score and time both extractors over a corpus and print the figures. Return 0, or 2 when there is no corpus."""
    given = _parser().parse_args(arguments)
    if not (given.corpus / "truth.jsonl").is_file():
        print(f"{given.corpus} has no truth.jsonl", file=sys.stderr)
        return 2
    scores: dict[str, dict[str, Score]] = {"bare_feeds": defaultdict(Score), "full_feeds": defaultdict(Score)}
    clock = Clock()
    warm.touch()
    trafilatura.bare_extraction(warm.PAGE, include_comments=False, with_metadata=True)
    for number, (site, truth) in enumerate(_articles(given.corpus)):
        if given.pages and number >= given.pages:
            break
        _measure(given.corpus, site, truth, scores=scores, clock=clock)
    report = {name: {language: score.figures() for language, score in sorted(by.items())} for name, by in scores.items()}
    _print({**clock.figures(), **report}, as_json=given.json)
    return 0


def _measure(corpus: Path, site: dict[str, Any], truth: dict[str, Any], *, scores: dict[str, dict[str, Score]], clock: Clock) -> None:
    body = gzip.decompress((corpus / truth["file"]).read_bytes())
    started = time.process_time()
    document = trafilatura.bare_extraction(body, include_comments=False, with_metadata=True)
    clock.bare += time.process_time() - started
    bare = str(getattr(document, "text", None) or "")
    made = {}
    for name in scores:
        entry = _entry(site, truth, body, full=name == "full_feeds")
        gc.collect(0)
        gc.disable()  # as it is in an extraction process
        started = time.process_time()
        made[name] = child.extract(entry, 25)
        clock.own += (time.process_time() - started) / len(scores)
        gc.enable()
    clock.pages += 1
    if truth["kind"] != "original":
        return
    for name, by_language in scores.items():
        for language in ("all", truth.get("language") or site.get("language") or "unknown"):
            _score(by_language[language], made[name], bare, truth)


def _score(score: Score, made: Article | Refusal, bare: str, truth: dict[str, Any]) -> None:
    score.pages += 1
    bare_precision, bare_recall = _compare(bare, truth["body"])
    score.bare_precision += bare_precision
    score.bare_recall += bare_recall
    if isinstance(made, Refusal):
        score.refused += 1
        return
    precision, recall = _compare(made.body, truth["body"])
    score.precision += precision
    score.recall += recall
    answers = (
        ("title", truth["title"], bool(truth["title"]) and made.title.strip() == truth["title"].strip()),
        ("authors", truth["authors"], {name.lower() for name in made.authors} == {name.strip().lower() for name in truth["authors"] or ()}),
        ("published", truth["published"] and made.published_at, _same_minute(truth["published"], made.published_at)),
    )
    for name, asked, right in answers:
        if asked:
            score.asked[name] += 1
            score.right[name] += right


def _compare(text: str, truth: str) -> tuple[float, float]:
    found, wanted = _shingles(text), _shingles(truth)
    shared = sum((found & wanted).values())
    return shared / max(1, sum(found.values())), shared / max(1, sum(wanted.values()))


def _shingles(text: str, size: int = 4) -> Counter[tuple[str, ...]]:
    text = unicodedata.normalize("NFKC", text)
    dense = 5 * len(_DENSE.findall(text)) > len(text)
    tokens = [letter for letter in text if letter.isalnum()] if dense else re.findall(r"\w+", text)
    return Counter(tuple(tokens[start : start + size]) for start in range(max(1, len(tokens) - size + 1))) if tokens else Counter()


def _f1(precision: float, recall: float, pages: int) -> float:
    precision, recall = precision / max(1, pages), recall / max(1, pages)
    return round(2 * precision * recall / max(1e-9, precision + recall), 4)


def _same_minute(stated: str | None, at: datetime | None) -> bool:
    return bool(stated and at) and abs((_time(stated or "") - (at or _NOW)).total_seconds()) < _MINUTE


def _time(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _entry(site: dict[str, Any], truth: dict[str, Any], body: bytes, *, full: bool) -> FetchedEntry:
    url = f"http://{site['host']}/a/{truth['slug']}.html"
    said = Expectation(publisher=site.get("name"))
    if full:
        at = _time(truth["published"]) if truth["published"] else None
        said = Expectation(
            title=" ".join((truth["title"] or "").split()), summary=truth["body"][:200], published_at=at, publisher=site.get("name"), language=site.get("language")
        )  # fmt: skip
    page = Page(url=url, final_url=url, status=200, headers=(("content-type", "text/html"),), body=body, fetched_at=_NOW)
    return FetchedEntry(0, None, 0, url, url, fence=0, attempt_count=0, page=page, expected=said)


def _articles(corpus: Path) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    with (corpus / "truth.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            site = json.loads(line)
            for truth in site["articles"]:
                yield site, truth


def _print(report: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(report, ensure_ascii=False))
        return
    print(f"extraction       {report['pages_per_second']:8.1f} pages/s on one core ({report['timed_pages']:,} pages)")
    print(f"bare trafilatura {report['bare_pages_per_second']:8.1f} pages/s, metadata on, same pages, same run")
    print(f"ratio            {report['ratio']:8.2f}")
    for name in ("bare_feeds", "full_feeds"):
        print(f"\n{name.replace('_', ' ')}: language, pages, body F1 (bare), title, authors, published")
        for language, score in report[name].items():
            shares = "  ".join(f"{score[key]:.3f}" if key in score else "  -  " for key in ("title", "authors", "published"))
            print(f"  {language:8} {score['pages']:4}  {score['body_f1']:.4f} ({score['bare_body_f1']:.4f})  {shares}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.extraction", description="Score and time extraction beside bare trafilatura."
    )
    parser.add_argument("--corpus", type=Path, required=True, help="folder with truth.jsonl and the pages it names")
    parser.add_argument("--pages", type=int, default=0, help="stop after this many pages")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
