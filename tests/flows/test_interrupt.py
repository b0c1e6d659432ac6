"""Ctrl-C and SIGTERM: the run ends with one sentence, gives back what it held, and leaves no process behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import sqlalchemy as sa

from db.engine import Database
from db.models import Backfill, Entry, Host, Page
from newsroom.__main__ import subscriptions
from newsroom.press import Plan, Press
from newsroom.server import Kiosk, street
from newsroom.site import Site

ROOT = Path(__file__).parents[2]
SECONDS = 90
# Slow enough that it is never over before it is interrupted.
OPTIONS = {
    "COPYDESK_FETCH__ALLOWED_NETWORKS": '["127.0.0.0/8"]', "COPYDESK_FETCH__HOST_SPACING": "1", "COPYDESK_EXTRACT__WORKERS": "1",
    "COPYDESK_EXTRACT__BATCH_SIZE": "5", "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
}  # fmt: skip

# What starts the tests may have SIGINT ignored, and a child inherits that.
PROGRAM = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from cli.main import main; main()"


def to_the_process(run: "subprocess.Popen[str]") -> None:
    run.send_signal(signal.SIGTERM)


def to_everything_that_the_terminal_started(run: "subprocess.Popen[str]") -> None:
    os.killpg(run.pid, signal.SIGINT)


@pytest.fixture
def opml(tmp_path: Path) -> Iterator[Path]:
    with Kiosk(Site(Press(Plan(outlets=4, stories=400, seed=5), street(4)), feed_length=5)) as kiosk:
        path = tmp_path / "press.opml"
        path.write_text(subscriptions(kiosk.site.press), encoding="utf-8")
        yield path


@pytest.mark.prefect
@pytest.mark.parametrize("stop", [to_the_process, to_everything_that_the_terminal_started])
def test_a_backfill_that_is_stopped_holds_nothing_any_more(
    opml: Path, sqlite_url: str, tmp_path: Path, stop: "Callable[[subprocess.Popen[str]], None]"
) -> None:
    database = Database(sqlite_url)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COPYDESK_", "PREFECT_"))}
    run = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "backfill", "--yes", "--feeds", str(opml), "--database", sqlite_url],
        cwd=ROOT,
        env=kept | OPTIONS | {"PREFECT_HOME": str(tmp_path / "prefect")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert wait_for(lambda: count(database, sa.select(Page.id)) > 10 or run.poll() is not None)
        assert len(session_of(run.pid)) > 3, "the server and the extraction processes are there"
        stop(run)
        out, err = run.communicate(timeout=SECONDS)
        assert wait_for(lambda: not session_of(run.pid)), "a process outlived the run"
    finally:
        with suppress(ProcessLookupError):
            os.killpg(run.pid, signal.SIGKILL)
        run.wait()
    with database.read() as session:
        request = session.scalars(sa.select(Backfill.request_id).limit(1)).one()
    assert (run.returncode, out) == (130, "")
    assert err.splitlines()[-1] == f"copydesk: Stopped; `copydesk backfill resume {request}` goes on."
    assert "Traceback" not in err
    assert count(database, sa.select(Host.host).where(Host.lease_owner.is_not(None))) == 0
    assert count(database, sa.select(Entry.id).where(Entry.outcome == "pending", Entry.lease_until.is_not(None))) == 0
    assert count(database, sa.select(Backfill.id).where(Backfill.state == "running")) == 0
    assert count(database, sa.select(Entry.id).where(Entry.outcome == "pending")) > 0
    database.close()


def count(database: Database, question: sa.Select[tuple[int]] | sa.Select[tuple[str]]) -> int:
    with database.read() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(question.subquery())) or 0


def session_of(leader: int) -> list[int]:
    """Return the living processes of the session that a process leads."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, _, session = status.read_text().rpartition(")")[2].split()[:4]
            if int(session) == leader and state != "Z":
                found.append(int(status.parent.name))
    return found


def wait_for(question: Callable[[], bool]) -> bool:
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if question():
            return True
        time.sleep(0.1)
    return False
