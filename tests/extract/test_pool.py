"""Extraction processes: killed, crashed and recycled ones cost their own page and nothing else."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from multiprocessing import active_children
from pathlib import Path
from typing import Any

import pytest

from domain.errors import CopydeskError
from domain.outcomes import Outcome, Reason
from domain.records import Article, FetchedEntry, Refusal
from tasks.extract import child
from tasks.extract.pool import ExtractionPool, processors

# What a page may do to the process that reads it, told by the page's own text.
MISCHIEF = """
    import os, signal, sys, time
    from domain.outcomes import Outcome, Reason
    from domain.records import Refusal

    def work(entry, min_words):
        deed = entry.page.body.decode()
        if deed == "hang":
            time.sleep(60)
        elif deed == "segfault":
            os.kill(os.getpid(), signal.SIGSEGV)
        elif deed == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        elif deed == "exit":
            os._exit(3)
        elif deed == "raise":
            raise ValueError("a broken page")
        elif deed == "memory":
            hoard = bytearray(4 << 30)
        told = {"pid": str(os.getpid()), "modules": " ".join(sorted(sys.modules)), "main": repr(sys.modules["__main__"].__dict__.get("MARK"))}
        return Refusal(Outcome.REJECTED, Reason.TOO_SHORT, told.get(deed, deed))
"""


@dataclass(frozen=True)
class Limits:
    workers: int = 2
    seconds: float = 20.0
    recycle_after: int = 500
    memory_mb: int = 1024
    min_words: int = 25


Work = Callable[[FetchedEntry, int], Any]


@pytest.fixture
def mischief(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Work]:
    """Return a work function that lives in a module of its own, as processes must import it."""
    (tmp_path / "mischief.py").write_text(textwrap.dedent(MISCHIEF))
    monkeypatch.syspath_prepend(str(tmp_path))
    import mischief

    yield mischief.work
    del sys.modules["mischief"]


@pytest.fixture
def run(entry: Callable[..., FetchedEntry], mischief: Work) -> Callable[..., dict[int, Refusal]]:
    """Return a function that sends deeds through a pool and returns what came of each, by its number."""

    def go(*deeds: str, limits: Limits | None = None, attempts: int = 0) -> dict[int, Refusal]:
        entries = [replace(entry(deed), id=number, attempt_count=attempts) for number, deed in enumerate(deeds)]
        with ExtractionPool(limits or Limits(), work=mischief) as pool:
            done = list(pool.extract(entries))
        assert sorted(one.id for one, _ in done) == list(range(len(deeds)))
        assert all(isinstance(result, Refusal) for _, result in done)
        return {one.id: result for one, result in done if isinstance(result, Refusal)}

    return go


@pytest.mark.parametrize(("deed", "cause"), [("segfault", "SIGSEGV"), ("kill", "SIGKILL"), ("exit", "exit code 3")])
def test_X19_a_process_that_dies_costs_its_page_only(run: Callable[..., dict[int, Refusal]], deed: str, cause: str) -> None:
    done = run("one", "two", deed, "three", "four", deed, "five")
    for number in (2, 5):
        assert (done[number].outcome, done[number].reason, done[number].retry) == (Outcome.FAILED, Reason.EXTRACTOR_KILLED, True)
        assert cause in done[number].detail
    assert [done[number].detail for number in (0, 1, 3, 4, 6)] == ["one", "two", "three", "four", "five"]


def test_X16_a_page_that_hangs_is_stopped_and_the_others_go_on(run: Callable[..., dict[int, Refusal]]) -> None:
    done = run("one", "hang", "two", "three", limits=Limits(seconds=0.5))
    assert (done[1].reason, done[1].detail) == (Reason.EXTRACTOR_KILLED, "took longer than 0.5 s")
    assert [done[number].detail for number in (0, 2, 3)] == ["one", "two", "three"]


def test_a_page_that_has_killed_two_processes_is_given_up(run: Callable[..., dict[int, Refusal]]) -> None:
    assert run("kill", attempts=1)[0].retry is False


def test_memory_is_limited(run: Callable[..., dict[int, Refusal]]) -> None:
    done = run("one", "memory", "two", limits=Limits(memory_mb=512))
    assert done[1].outcome is Outcome.FAILED
    assert done[1].detail.startswith("MemoryError")
    assert [done[0].detail, done[2].detail] == ["one", "two"]


def test_what_a_page_raises_is_a_failure_of_that_page(run: Callable[..., dict[int, Refusal]]) -> None:
    done = run("raise", "one")
    assert (done[0].reason, done[0].detail, done[0].retry) == (Reason.EXTRACTION_FAILED, "ValueError: a broken page", False)
    assert done[1].detail == "one"


def test_processes_are_recycled(run: Callable[..., dict[int, Refusal]]) -> None:
    done = run(*["pid"] * 6, limits=Limits(workers=1, recycle_after=2))
    assert len({refusal.detail for refusal in done.values()}) == 3


def test_processes_stay_light(run: Callable[..., dict[int, Refusal]]) -> None:
    modules = set(run("modules")[0].detail.split())
    assert "trafilatura" in modules
    assert not modules & {"prefect", "sqlalchemy", "pydantic", "httpx2", "config.settings", "db.engine", "pytest"}


def test_a_pool_serves_several_threads(entry: Callable[..., FetchedEntry], mischief: Work) -> None:
    seen: list[str] = []

    def use(name: str, pool: ExtractionPool) -> None:
        for one, result in pool.extract(replace(entry(f"{name}{number}"), id=number) for number in range(10)):
            assert isinstance(result, Refusal)
            assert one.page.body.decode() == result.detail
            seen.append(result.detail)

    with ExtractionPool(Limits(), work=mischief) as pool:
        threads = [threading.Thread(target=use, args=(name, pool)) for name in "ab"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(seen) == sorted(f"{name}{number}" for name in "ab" for number in range(10))


def test_pages_are_read_a_few_ahead_and_no_more(entry: Callable[..., FetchedEntry], mischief: Work) -> None:
    read: list[int] = []

    def source() -> Iterator[FetchedEntry]:
        for number in range(100):
            read.append(number)
            yield replace(entry("one"), id=number)

    with ExtractionPool(Limits(), work=mischief) as pool:
        results = pool.extract(source())
        next(results)
        assert len(read) < 20
        results.close()  # type: ignore[attr-defined]


def test_a_pool_whose_processes_all_died_idle_starts_new_ones(entry: Callable[..., FetchedEntry], mischief: Work) -> None:
    with ExtractionPool(Limits(workers=1), work=mischief) as pool:
        pool.warm_up()
        for process in active_children():
            os.kill(process.pid or 0, signal.SIGKILL)
        details = [result.detail for _, result in pool.extract([entry("one"), replace(entry("two"), id=2)]) if isinstance(result, Refusal)]
    assert sorted(details) == ["one", "two"]


@pytest.mark.parametrize("deeds", [["hang"], ["hang"] * 9])
def test_a_pool_that_is_closed_ends_whoever_waits_for_it(entry: Callable[..., FetchedEntry], mischief: Work, deeds: list[str]) -> None:
    with ExtractionPool(Limits(), work=mischief) as pool:
        pool.warm_up()
        closer = threading.Timer(0.5, lambda: pool.__exit__(None, None, None))
        closer.start()
        with pytest.raises(CopydeskError, match="were ended"):
            list(pool.extract(replace(entry(deed), id=number) for number, deed in enumerate(deeds)))
        closer.join()
        with pytest.raises(CopydeskError, match="were ended"):
            list(pool.extract([entry("one")]))


def test_pages_that_a_resting_pool_was_at_are_begun_anew(entry: Callable[..., FetchedEntry], mischief: Work) -> None:
    with ExtractionPool(Limits(seconds=1.5), work=mischief) as pool:
        pool.warm_up()
        rester = threading.Timer(0.5, pool.rest)
        rester.start()
        ((_, result),) = pool.extract([entry("hang")])
        rester.join()
        assert isinstance(result, Refusal)
        assert result.detail == "took longer than 1.5 s"
        ((_, result),) = pool.extract([entry("one")])
    assert isinstance(result, Refusal)
    assert result.detail == "one"


def test_the_program_s_main_module_is_not_imported_again(tmp_path: Path) -> None:
    script = tmp_path / "program.py"
    script.write_text(
        textwrap.dedent(
            """
            import sys
            print("imported as", __name__, flush=True)
            MARK = "the program's own"
            if __name__ == "__main__":
                sys.path.insert(0, sys.argv[1])
                from dataclasses import dataclass
                from tasks.extract.pool import ExtractionPool
                class Limits:
                    workers, seconds, recycle_after, memory_mb, min_words = 1, 20.0, 500, 1024, 25
                with ExtractionPool(Limits()) as pool:
                    pool.warm_up()
                print(sys.modules["__main__"].MARK)
            """
        )
    )
    root = str(Path(child.__file__).parents[2])
    done = subprocess.run([sys.executable, str(script), root], capture_output=True, text=True, check=True, timeout=60, cwd=tmp_path)
    assert done.stdout.split("\n")[:2] == ["imported as __main__", "the program's own"]
    assert done.stderr == ""


def test_real_pages_go_through(entry: Callable[..., FetchedEntry], markup: Callable[..., str], story: tuple[str, ...]) -> None:
    deep = "<div>" * 5_000 + f"<p>{story[0]}</p>" + "</div>" * 5_000
    attributes = " ".join(f"a{number}='>'" for number in range(2_000))
    pages = [markup(*story), deep, markup(*story, body=f"<div {attributes}></div>"), "<b>" * 60_000, markup(*story)]
    with ExtractionPool(Limits()) as pool:
        assert pool.workers == 2
        done = {one.id: result for one, result in pool.extract(replace(entry(page), id=number) for number, page in enumerate(pages))}
    assert [number for number, result in sorted(done.items()) if isinstance(result, Article)] == [0, 2, 4]
    for number in (1, 3):
        refused = done[number]
        assert isinstance(refused, Refusal)
        assert refused.reason in {Reason.EXTRACTION_FAILED, Reason.EMPTY_PAGE, Reason.TOO_LARGE}


def test_one_process_for_each_processor_unless_told_otherwise() -> None:
    assert ExtractionPool(Limits(workers=0)).workers == processors() >= 1


def test_a_page_that_is_examined_can_do_no_more_harm(
    entry: Callable[..., FetchedEntry], mischief: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child, "examine", mischief)
    with ExtractionPool(Limits(workers=1)) as pool:
        refusals = {deed: pool.examine(entry(deed)).extracted for deed in ("kill", "raise")}
    assert all(isinstance(one, Refusal) for one in refusals.values())
    assert "SIGKILL" in str(refusals["kill"])
    assert "a broken page" in str(refusals["raise"])


def test_an_examined_page_tells_what_was_cut_and_why(
    entry: Callable[..., FetchedEntry], markup: Callable[..., str], story: tuple[str, ...]
) -> None:
    with ExtractionPool(Limits(workers=1)) as pool:
        made = pool.examine(entry(markup(*story, "Subscribe to our newsletter.")))
        assert pool.examine(entry(b"")).extracted == child.extract(entry(b""), 25)
    assert made.extracted == child.extract(entry(markup(*story, "Subscribe to our newsletter.")), 25)
    assert [(cut.kind, cut.line) for cut in made.cuts] == [("call", "Subscribe to our newsletter.")]
