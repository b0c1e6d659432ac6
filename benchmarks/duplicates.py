"""How well, and at what cost, the real stages recognise labelled duplicates: one article at a time, in file order.

    python -m benchmarks.duplicates --corpus FOLDER [--assignments OUT.tsv] [--database sqlite|postgresql] [--json]

The folder holds `texts.jsonl.gz` (id, title, body a line) and, if figures of quality are wanted, `pairs.tsv` (a, b, verdict: P near
duplicate, N different although they share text, A ambiguous and not scored). Beside Copydesk stand, on the same texts,
datasketch as its documentation uses it and text-dedup's default parameters.
"""

import gzip
import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Annotated, Any

import sqlalchemy as sa
from cyclopts import App, Parameter
from datasketch import MinHash, MinHashLSH

from benchmarks.bench import Desk, temporary
from db.models import Article, LshKey
from domain.records import Signature
from tasks.deduplicate.dress import undress
from tasks.deduplicate.judge import TextJudge
from tasks.deduplicate.normalise import tokens
from tasks.deduplicate.recipe import Recipe
from tasks.deduplicate.shingles import distinct, word_hashes
from tasks.deduplicate.signature import Signer

Pair = frozenset[str]
app = App(help=__doc__, result_action="return_value")


@dataclass(frozen=True, slots=True)
class Text:
    """A text of the corpus."""

    id: str
    body: str


@app.default
def main(
    *,
    corpus: Path,
    assignments: Path | None = None,
    database: str = "sqlite",
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> None:
    """Run the corpus through the stages and print the figures."""
    texts = read(corpus)
    labels = read_labels(corpus / "pairs.tsv")
    with temporary(database) as opened:
        figures, stories, keys = run(Desk(opened), texts)
    if assignments:
        lines = [f"{one.id}\t{stories[one.id]}" for one in texts]
        assignments.write_text("\n".join(["id\tcluster", *lines]) + "\n", encoding="utf-8")
    if labels:
        figures |= {"quality": score(stories, labels), "candidate_recall": candidate_recall(keys, labels)}
    figures |= costs(texts, keys)
    if labels:
        figures["datasketch_default"] = score(datasketch_default(texts), labels)
        figures["text_dedup_default"] = score(text_dedup_default(texts), labels)
    print(json.dumps(figures) if as_json else _table(figures))


def read(corpus: Path) -> list[Text]:
    """Return the texts of a corpus in file order."""
    with gzip.open(corpus / "texts.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [Text(one["id"], one["body"]) for one in map(json.loads, lines)]


def read_labels(path: Path) -> dict[Pair, str]:
    """Return the judged pairs; none where there is no file."""
    if not path.exists():
        return {}
    rows = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()[1:])
    return {frozenset(row[:2]): row[2] for row in rows}


def run(desk: Desk, texts: Sequence[Text]) -> tuple[dict[str, Any], dict[str, int], dict[str, set[object]]]:
    """Take the texts through the stages one by one; return the figures, each text's story, and each text's candidate keys."""
    entries = desk.list((one.id, one.body) for one in texts)
    started, worked = time.perf_counter(), time.process_time()
    for entry in entries:
        desk.store([entry])
    seconds, cpu = time.perf_counter() - started, time.process_time() - worked
    stories, keys = desk.stories(), stored_keys(desk)
    per_article = 1000 / len(texts)
    figures = {
        "articles": len(texts),
        "stories": len(set(stories.values())),
        "recipe": desk.judge.recipe_id,
        "rows_per_article": round(sum(sum(isinstance(key, int) for key in some) for some in keys.values()) / len(texts), 1),
        "rows_at_most": max(sum(isinstance(key, int) for key in some) for some in keys.values()),
        "line_ms": round(seconds * per_article, 2),
        "line_cpu_ms": round(cpu * per_article, 2),
    }
    return figures, stories, keys


def stored_keys(desk: Desk) -> dict[str, set[object]]:
    """Return what is stored for finding each text: its content hash, its lead hash, its rows of `lsh_keys`."""
    found: dict[str, set[object]] = {}
    with desk.database.read() as session:
        names = {}
        for row in session.execute(sa.select(Article.id, Article.url, Article.content_hash, Article.lead_hash)):
            names[row.id] = row.url.split("/", 3)[3]
            found[names[row.id]] = {row.content_hash, f"lead {row.lead_hash}"} - {"lead None"}
        for key, one in session.execute(sa.select(LshKey.key, LshKey.article_id)):
            found[names[one]].add(key)
    return found


def are_candidates(one: set[object], other: set[object]) -> bool:
    """Return whether two texts find each other: one hash or band in common, or two sampled shingles."""
    shared = one & other
    return any(not isinstance(key, int) or not key & 1 for key in shared) or len(shared) >= 2


def candidate_recall(keys: Mapping[str, set[object]], labels: Mapping[Pair, str]) -> float:
    """Return the share of labelled duplicates that are candidates of each other, as stored."""
    true = [tuple(pair) for pair, verdict in labels.items() if verdict == "P"]
    return round(sum(are_candidates(keys[one], keys[other]) for one, other in true) / len(true), 4)


def score(stories: Mapping[str, int], labels: Mapping[Pair, str]) -> dict[str, float]:
    """Return precision, recall and F1 over pairs in one story; unlabelled pairs count as wrong, ambiguous ones not at all."""
    held: dict[int, list[str]] = defaultdict(list)
    for one, story in stories.items():
        held[story].append(one)
    said = {frozenset(pair) for some in held.values() for pair in combinations(some, 2)}
    said = {pair for pair in said if labels.get(pair) != "A"}
    true = {pair for pair, verdict in labels.items() if verdict == "P"}
    right = len(said & true)
    precision, recall = right / max(1, len(said)), right / max(1, len(true))
    f1 = 2 * precision * recall / max(1e-9, precision + recall)
    return {"precision": round(precision, 4), "recall": round(recall, 4), "f1": round(f1, 4), "pairs": len(said)}


def costs(texts: Sequence[Text], keys: Mapping[str, set[object]]) -> dict[str, Any]:
    """Return what signing and judging cost beyond the database's share, in CPU time.

    The MinHash of the same normalised text is made once as Copydesk makes it and once as datasketch's documentation does, one
    token at a time.
    """
    judge, signer, signed = TextJudge(), Signer(Recipe()), dict[str, Signature]()
    sample = texts[:: max(1, len(texts) // 300)]
    rounds = [
        (
            _seconds(lambda: _each(_token_by_token, sample)),
            _seconds(lambda: _each(lambda body: _at_once(signer, body), sample)),
        )
        for _ in range(3)
    ]
    slow, fast = (min(times) for times in zip(*rounds, strict=True))
    signing = _seconds(lambda: signed.update({one.id: judge.sign(one.body) for one in texts}))
    pairs = candidate_pairs(keys)
    judging = _seconds(lambda: [judge.compare(signed[one], signed[other]) for one, other in pairs])
    return {
        "candidates_per_article": round(len(pairs) / len(texts), 2),
        "signature_ms": round(1000 * signing / len(texts), 3),
        "verdict_ms": round(1000 * judging / len(texts), 3),
        "verdict_us_per_pair": round(1e6 * judging / max(1, len(pairs)), 1),
        "minhash_ms": round(1000 * fast / len(sample), 3),
        "datasketch_per_token_ms": round(1000 * slow / len(sample), 3),
        "times_faster_than_per_token": round(slow / fast, 1),
    }


def candidate_pairs(keys: Mapping[str, set[object]]) -> list[tuple[str, str]]:
    """Return all pairs of texts that find each other."""
    holders: dict[object, list[str]] = defaultdict(list)
    for one, some in keys.items():
        for key in some:
            holders[key].append(one)
    shared = Counter(pair for some in holders.values() for pair in combinations(some, 2))
    return [pair for pair in shared if are_candidates(keys[pair[0]], keys[pair[1]])]


def datasketch_default(texts: Sequence[Text]) -> dict[str, int]:
    """Return stories as datasketch's own example makes them: `split()` unigrams, threshold 0.9, hits are duplicates."""
    return _by_lsh(texts, str.split, MinHashLSH(), 128)


def text_dedup_default(texts: Sequence[Text]) -> dict[str, int]:
    """Return stories as text-dedup's defaults make them: word 5-grams, 250 permutations, threshold 0.7 as 25 bands of 10."""
    return _by_lsh(texts, _five_grams, MinHashLSH(num_perm=250, params=(25, 10)), 250)


def _by_lsh(texts: Sequence[Text], pieces: Callable[[str], Iterable[str]], lsh: MinHashLSH, permutations: int) -> dict[str, int]:
    story, members = dict[str, int](), dict[int, list[str]]()
    for number, one in enumerate(texts):
        minhash = MinHash(num_perm=permutations)
        minhash.update_batch([piece.encode() for piece in set(pieces(one.body))])
        story[one.id] = number
        members[number] = [one.id]
        for other in {story[hit] for hit in lsh.query(minhash)}:
            members[number] += members.pop(other)
            story |= dict.fromkeys(members[number], number)
        lsh.insert(one.id, minhash)
    return story


def _each(make: Callable[[str], None], sample: Sequence[Text]) -> None:
    for one in sample:
        make(one.body)


def _token_by_token(body: str) -> None:
    words = tokens(undress(body))
    minhash = MinHash(num_perm=128)
    for piece in {" ".join(words[at : at + 5]) for at in range(max(1, len(words) - 4))}:
        minhash.update(piece.encode())


def _at_once(signer: Signer, body: str) -> None:
    hashed, _ = word_hashes(tokens(undress(body)))
    signer.minhash(distinct(hashed, 5)[0])


def _five_grams(body: str) -> set[str]:
    words = body.lower().split()
    return {" ".join(words[at : at + 5]) for at in range(max(1, len(words) - 4))}


def _seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def _table(figures: Mapping[str, Any]) -> str:
    return "\n".join(f"{name.replace('_', ' '):<32} {value}" for name, value in figures.items())


if __name__ == "__main__":
    app()
