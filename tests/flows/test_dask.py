"""WARC backfills on a real Dask cluster of two local processes: as without one, whoever is killed meanwhile."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from contextvars import copy_context
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from config.settings import DeduplicateSettings, Settings
from db.audit import audit
from db.engine import Database
from db.models import Backfill, Entry, Page
from domain.errors import DatabaseError
from domain.history import LegPlan, Trouble
from domain.outcomes import Reason
from domain.records import Page as Fetched
from domain.records import Run
from flows import cluster
from flows.workshop import Workshop
from tasks.deduplicate.judge import TextJudge
from tasks.publish.warc import Writer

pytest.importorskip("prefect_dask", reason="a cluster needs the extra 'dask'")
pytest.importorskip("warcio", reason="WARC files need the extra 'archive'")
psutil = pytest.importorskip("psutil", reason="it comes with Dask")

pytestmark = pytest.mark.prefect
ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 3, 5, 8, tzinfo=UTC)
FILES, PAGES = 5, 40
Prose = Callable[..., str]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Prefect home for all runs: its database is made once."""
    return tmp_path_factory.mktemp("prefect")


@pytest.fixture
def files(tmp_path: Path, prose: Prose) -> Path:
    """A folder of WARC files in which every story stands three times: in two of them whole, in a third cut."""
    folder = tmp_path / "files"
    stories = FILES * PAGES // 3
    for number in range(FILES):
        with Writer(folder / str(number), started_at=NOW, software="test") as writer:
            writer.write(_page(prose, number * PAGES + at, stories) for at in range(PAGES))
        writer.files[0].rename(folder / f"{number}.warc.gz")
    return folder


def _page(prose: Prose, number: int, stories: int) -> Fetched:
    story, edition = number % stories, number // stories
    paragraphs = prose(story, 300).split("\n")
    text = "".join(f"<p>{one}</p>" for one in (paragraphs if edition < 2 else paragraphs[:-1]))
    url = f"https://paper-{edition}.example/2026/03/{story}"
    head = f"<title>Story {story}</title><meta property='article:published_time' content='2026-03-0{1 + edition}T08:00:00Z'>"
    body = f"<html lang='en'><head>{head}</head><body><article><h1>Story {story}</h1>{text}</article></body></html>"
    return Fetched(url, url, 200, (("content-type", "text/html; charset=utf-8"),), body.encode(), NOW + timedelta(seconds=number))


@contextmanager
def copydesk(home: Path, *arguments: str) -> "Iterator[subprocess.Popen[str]]":
    """Start `copydesk backfill` with batches of five pages, so that a kill finds work in every room."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COPYDESK_", "PREFECT_"))}
    small = {"COPYDESK_BACKFILL__BATCH_SIZE": "5", "COPYDESK_LEASE__SECONDS": "5", "COPYDESK_LOG_LEVEL": "INFO"}
    environment = kept | small | {"PREFECT_HOME": str(home), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "cli.main", "backfill", *arguments, "--json"]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):  # a killed run leaves Prefect's temporary server behind
                os.killpg(process.pid, signal.SIGKILL)


def account(process: "subprocess.Popen[str]") -> tuple[dict[str, Any], str]:
    """Wait for a run's end; return what it says of itself, and its log."""
    output, log = process.communicate(timeout=240)
    assert process.returncode == 0, log
    return json.loads(output.splitlines()[-1]), log


def workers(process: "subprocess.Popen[str]") -> "list[Any]":
    return [one for one in psutil.Process(process.pid).children() if "spawn_main" in " ".join(one.cmdline())]


def wait_until(happened: Callable[[], object], process: "subprocess.Popen[str]") -> None:
    """Look until something has happened; it must within four minutes, and while the run lasts."""
    for _ in range(2_400):
        if happened():
            return
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.1)
    pytest.fail("it did not happen")


def pages_in(path: Path) -> int:
    """Return how many pages are in a database by now; 0 while there is none."""
    if not path.exists():
        return 0
    database = Database(f"sqlite:///{path}")
    try:
        with database.read() as session:
            return session.scalar(sa.select(sa.func.count()).select_from(Page)) or 0
    except DatabaseError:  # its tables are being made
        return 0
    finally:
        database.close()


def contents(path: Path) -> dict[str, Any]:
    """Return all that a run has made, whatever the order: stories, outcomes, pages, and how far each file was read."""
    database = Database(f"sqlite:///{path}")
    with database.read() as session:
        carried = session.execute(sa.text("SELECT article_id, url, kind FROM article_sources")).tuples().all()
        found = {
            "stories": {frozenset(one[1:] for one in carried if one[0] == story) for story in {one[0] for one in carried}},
            "entries": set(session.execute(sa.select(Entry.url_key, Entry.outcome, Entry.reason, Entry.source)).tuples()),
            "pages": set(session.execute(sa.select(Page.url, Page.final_url, Page.body, Page.body_hash, Page.fetched_at)).tuples()),
            "files": set(session.execute(sa.select(Backfill.target, Backfill.state, Backfill.position, Backfill.new_count)).tuples()),
            "articles": set(session.execute(sa.text("SELECT canonical_url, title, body, published_at FROM articles")).tuples()),
        }
    assert [one for one in audit(database, datetime.now(UTC), limits=DeduplicateSettings()) if one.broken_count] == []
    database.close()
    return found


@pytest.fixture
def whole(home: Path, files: Path, tmp_path: Path) -> dict[str, Any]:
    """What comes of the files without a cluster."""
    with copydesk(home, "--source", "warc", str(files), "--database", f"sqlite:///{tmp_path}/whole.db") as process:
        account(process)
    return contents(tmp_path / "whole.db")


def test_a_cluster_of_two_makes_what_one_process_makes(home: Path, files: Path, whole: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "cluster.db"
    with copydesk(home, "--source", "warc", str(files), "--cluster", "2", "--database", f"sqlite:///{path}") as process:
        said, log = account(process)
    assert contents(path) == whole
    assert len(whole["stories"]) == FILES * PAGES // 3
    assert (said["found"], said["new"], said["legs_done"], said["failed"]) == (FILES * PAGES, FILES * PAGES, FILES, 0)
    assert f"extracted cluster=2 there={FILES * PAGES} here=0" in log


def test_a_worker_that_is_killed_costs_nothing_but_its_stretch(home: Path, files: Path, whole: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "cluster.db"
    with copydesk(home, "--source", "warc", str(files), "--cluster", "2", "--database", f"sqlite:///{path}") as process:
        wait_until(lambda: pages_in(path) >= 20, process)
        victim = workers(process)[0]
        victim.kill()
        said, _ = account(process)
    assert (said["legs_done"], said["legs_failed"], said["pending"]) == (FILES, 0, 0)
    assert contents(path) == whole


def test_a_run_that_is_killed_leaves_no_process_and_is_resumed(home: Path, files: Path, whole: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "cluster.db"
    with copydesk(home, "--source", "warc", str(files), "--cluster", "2", "--database", f"sqlite:///{path}") as process:
        wait_until(lambda: pages_in(path) >= 40, process)
        family = [one for worker in workers(process) for one in (worker, *worker.children(recursive=True))]
        assert len(family) > 4
        process.kill()
        _, alive = psutil.wait_procs(family, timeout=60)
    assert alive == []
    assert len(contents(path)["pages"]) < FILES * PAGES
    database = Database(f"sqlite:///{path}")
    with database.read() as session:
        (name,) = session.scalars(sa.select(Backfill.request_id).distinct())
    database.close()
    with copydesk(home, "resume", name, "--cluster", "2", "--database", f"sqlite:///{path}") as process:
        account(process)
    assert contents(path) == whole


def test_a_file_whose_workers_die_twice_is_given_up(sqlite_url: str, tmp_path: Path) -> None:
    deaths = str(tmp_path / "deaths")

    def poison() -> None:
        import os
        import signal

        with open(deaths, "a", encoding="utf-8") as file:  # noqa: PTH123  (it travels to a worker as it stands)
            file.write("x")
        os.kill(os.getpid(), signal.SIGKILL)

    class Poisonous:
        """A task runner on a real cluster, every task of which kills its worker."""

        def __init__(self, client: Any) -> None:
            self.client = client

        def submit(self, *_: object) -> Any:
            return self.client.submit(poison)

    database = Database(sqlite_url)
    workshop = Workshop(Settings(), Run("run", "one:1", NOW), parts=(database, None, None, TextJudge()))  # type: ignore[arg-type]
    with ExitStack() as stack:
        runner: Any = Poisonous(cluster._runner("1", stack).client)
        hands = cluster._Hands(workshop, "1", runner, copy_context(), put=lambda _: None)
        ((trouble,),) = list(hands.read(LegPlan("warc", "/files/poison.warc"), 0))
    database.close()
    assert isinstance(trouble, Trouble)
    assert (trouble.reason, trouble.fatal) == (Reason.EXTRACTOR_KILLED, True)
    assert trouble.detail == "/files/poison.warc: the workers that read it died, 2 in a row"
    assert Path(deaths).read_text(encoding="utf-8") == "xx"


def test_an_address_where_no_cluster_is_is_refused_in_a_sentence(home: Path, files: Path, tmp_path: Path) -> None:
    arguments = ["--source", "warc", str(files), "--cluster", "tcp://127.0.0.1:9", "--database", f"sqlite:///{tmp_path}/none.db"]
    with copydesk(home, *arguments) as process:
        _, log = process.communicate(timeout=240)
    assert process.returncode == 2
    assert log.splitlines()[-1].startswith("copydesk: There is no Dask cluster with a worker at tcp://127.0.0.1:9: ")
