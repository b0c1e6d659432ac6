"""Who finds whom: the look-up is datasketch's LSH and more, its rows are bounded, and they expire."""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from datasketch import MinHash, MinHashLSH

from config.settings import DeduplicateSettings
from db import candidates
from db.models import Article, LshKey
from domain.records import Signature

Prose = Callable[..., str]
LIMITS = DeduplicateSettings()


def look_up(line: Any, body: str, limits: DeduplicateSettings = LIMITS) -> candidates.LookUp:
    with line.database.read() as session:
        return candidates.look_up(session, [line.judge.sign(body)], limits)[0]


def edited(text: str, share: float, seed: int) -> str:
    rng = random.Random(seed)
    return " ".join(f"x{rng.random():.6f}" if rng.random() < share else word for word in text.split())


def test_whatever_datasketchs_own_index_finds_is_found(line: Any, prose: Prose) -> None:
    recipe = line.judge.recipe
    index = MinHashLSH(num_perm=recipe.permutations, params=(recipe.bands, recipe.rows))

    def sketched(signature: Signature) -> MinHash:
        import numpy as np

        return MinHash(hashvalues=np.frombuffer(signature.minhash, "<u4"), scheme=recipe.scheme, seed=recipe.seed)

    stored = {f"t{n}": edited(prose(n % 6), 0.02 * (n % 9), n) for n in range(36)}
    line.store(*(line.extracted(name, body) for name, body in stored.items()))
    for number, body in enumerate(stored.values(), start=1):
        index.insert(number, sketched(line.judge.sign(body)))
    found = 0
    for n in range(36):
        asked = edited(prose(n % 6), 0.03 * (n % 7), 100 + n)
        theirs = set(index.query(sketched(line.judge.sign(asked))))
        assert theirs <= set(look_up(line, asked).hits)
        found += len(theirs)
    assert found > 36


def test_each_kind_of_key_finds_its_kind_of_copy(line: Any, prose: Prose) -> None:
    wire = prose(1, 600)
    line.put({"wire": wire})
    words = wire.split()
    assert look_up(line, f"PARIS – {wire}").hits == {1: "content"}
    assert look_up(line, " ".join([*words[:30], *prose(2, 300).split()])).hits == {1: "lead"}
    assert look_up(line, " ".join([*prose(3, 12).split(), *words[:560]])).hits == {1: "band"}
    assert look_up(line, " ".join([*prose(4, 60).split(), *words[10:150]])).hits == {1: "sketch"}
    assert look_up(line, prose(5)).hits == {}


def test_boilerplate_brings_no_candidates_and_a_popular_story_does(line_with: Callable[..., Any], prose: Prose) -> None:
    line = line_with(key_limit=8)
    footer = prose(9, 60)
    line.store(*(line.extracted(f"own{n}", f"{prose(100 + n, 120)}\n{footer}") for n in range(30)))
    assert look_up(line, f"{prose(200, 120)}\n{footer}", line.settings.deduplicate).hits == {}
    line.store(*(line.extracted(f"wire{n}", prose(1) + f" Edition {n}.") for n in range(30)))
    assert look_up(line, prose(1) + " Late edition.", line.settings.deduplicate).hits


def test_keys_expire_a_part_at_a_time_and_hashes_stay(line: Any, prose: Prose) -> None:
    line.put({"old": prose(1), "new": prose(2)})
    now = line.rows(Article, "first_seen_at")[0][0] + timedelta(days=91)
    line.database.write(lambda session: session.get(Article, 2).__setattr__("first_seen_at", now))
    held = len([one for (one,) in line.rows(LshKey, "article_id") if one == 1])
    gone = [line.database.write(lambda session, part=part: candidates.expire(session, now, 90, part=part, of=4)) for part in range(4)]
    assert sum(gone) == held
    assert {one for (one,) in line.rows(LshKey, "article_id")} == {2}
    assert look_up(line, f"PARIS – {prose(1)}").hits == {1: "content"}
    assert look_up(line, " ".join(prose(1).split()[40:])).hits == {}
    line.put({"again": prose(1)}, minutes={"again": 9})
    assert line.stories() == {"old": {"old", "again"}, "new": {"new"}}
