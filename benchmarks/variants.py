"""Which edits of a text are still recognised: cut, extended, copy-edited, dressed, set anew; in every script of the newsroom.

    python -m benchmarks.variants [--corpus FOLDER] [--stories 60] [--sample 400] [--json]

Originals and their variants go through the real stages; recall is the share of variants that end in their original's story. The
newsroom's stories are invented and edited by the newsroom itself; texts of a corpus (as in `benchmarks.duplicates`) by
`benchmarks.edits`. `joined` counts originals that were taken for copies of one another.
"""

import json
import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from benchmarks import edits
from benchmarks.bench import Desk, temporary
from benchmarks.duplicates import read
from newsroom.edits import KINDS, edit
from newsroom.grammar import codes
from newsroom.stories import write

app = App(help=__doc__, result_action="return_value")


@dataclass(frozen=True, slots=True)
class Original:
    """A text with its edited variants by kind."""

    name: str
    body: str
    variants: Mapping[str, str]


@app.default
def main(
    *,
    corpus: Path | None = None,
    stories: int = 60,
    sample: int = 400,
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> None:
    """Run the sets and print recall by kind of edit."""
    sets = {code: of_newsroom(code, stories) for code in codes()}
    if corpus:
        sets["corpus"] = of_corpus(corpus, sample)
    for name, originals in sets.items():
        figures = measure(originals)
        print(json.dumps({"texts": name} | figures) if as_json else f"{name:<8} {figures}", flush=True)


def measure(originals: Sequence[Original]) -> dict[str, float]:
    """Return recall by kind, and how many originals were joined with another."""
    with temporary() as database:
        desk = Desk(database)
        _store(desk, [(one.name, one.body) for one in originals])
        first = desk.stories()
        _store(desk, [(f"{one.name}/{kind}", body) for one in originals for kind, body in one.variants.items()])
        story = desk.stories()
    kinds = dict.fromkeys(kind for one in originals for kind in one.variants)
    recall = {kind: sum(story[f"{one.name}/{kind}"] == story[one.name] for one in originals) / len(originals) for kind in kinds}
    shared = Counter(first.values())
    return {kind: round(share, 3) for kind, share in recall.items()} | {"joined": sum(count - 1 for count in shared.values())}


def of_newsroom(code: str, count: int) -> list[Original]:
    """Return invented stories in a language, edited by the newsroom."""
    originals = []
    for number in range(count):
        rng = random.Random(f"{code} {number}")
        body = write(code, rng).text
        originals.append(Original(f"{code}{number}", body, {kind: edit(body, kind, rng, code) for kind in KINDS}))
    return originals


def of_corpus(folder: Path, sample: int) -> list[Original]:
    """Return texts of a corpus, edited by `benchmarks.edits`."""
    rng = random.Random(1)
    texts = read(folder)
    held: dict[str, list[str]] = defaultdict(list)
    for one in texts[:500]:
        held["words"] += one.body.split()
        held["headlines"].append(" ".join(one.body.split()[:7]))
    originals = []
    for one in rng.sample(texts, min(sample, len(texts))):
        source = edits.Source(one.body, rng.choice(texts).body, held["words"], held["headlines"])
        originals.append(Original(one.id, one.body, {kind: change(source, rng) for kind, change in edits.KINDS.items()}))
    return originals


def _store(desk: Desk, texts: Sequence[tuple[str, str]]) -> None:
    entries = desk.list(texts)
    for start in range(0, len(entries), 100):
        desk.store(entries[start : start + 100])


if __name__ == "__main__":
    app()
