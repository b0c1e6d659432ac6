"""`copydesk up`, for real: a server, the deployment with scheduled runs, a worker; and nothing left after SIGTERM."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.prefect


@pytest.fixture
def up(tmp_path: Path) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "PREFECT_HOME": str(tmp_path / "prefect"), "PREFECT_LOGGING_LEVEL": "ERROR"}
    command = [sys.executable, "-m", "cli.main", "up", "--port", str(port), "--database", f"sqlite:///{tmp_path}/up.db"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    yield process, f"http://127.0.0.1:{port}/api"
    if process.poll() is None:
        process.kill()
    process.wait()


def test_up_serves_schedules_and_stops(up: tuple["subprocess.Popen[str]", str]) -> None:
    from prefect.client.orchestration import SyncPrefectClient

    process, api = up
    assert process.stdout is not None
    line = process.stdout.readline()
    assert "Prefect UI is at" in line, (process.stderr.read() if process.stderr else "") or line
    with SyncPrefectClient(api) as client:
        deployment = client.read_deployment_by_name("ingest/every-15-min")
        assert deployment.work_pool_name == "copydesk"
        assert deployment.concurrency_options is not None
        assert deployment.concurrency_options.collision_strategy.value == "CANCEL_NEW"
        properties = deployment.parameter_openapi_schema["properties"]
        assert properties["max_minutes"]["minimum"] == 1
        assert properties["max_minutes"]["maximum"] == 1440
        assert all(one.get("description") for one in properties.values())
        # With an SQLAlchemy that this Prefect does not work with, the server runs but schedules nothing.
        assert wait_for(lambda: bool(client.read_flow_runs())), "the schedule made no runs"
    children = children_of(process.pid)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    assert wait_for(lambda: not any(alive(child) for child in children)), "a child outlived its parent"


def wait_for(question: Callable[[], bool], seconds: float = 60) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if question():
            return True
        time.sleep(0.2)
    return False


def children_of(pid: int) -> list[int]:
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            child = int(status.parent.name)
            found += [child, *children_of(child)]
    return found


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
