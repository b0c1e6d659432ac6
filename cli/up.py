"""`copydesk up`: a Prefect server, everything in prefect.yaml deployed, and a worker; Ctrl-C ends it all, children first."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn
from urllib.parse import urlsplit

from cyclopts import Parameter

from cli.options import AsJson, DatabaseUrl, FeedsFile, opened, settings_for
from domain.errors import ConfigurationError, CopydeskError

_POOL = "copydesk"
_HEALTH_SECONDS = 180
_STOP_SECONDS = 30


def up(
    *,
    port: Annotated[int, Parameter(validator=lambda _type, value: _port(value))] = 4200,
    limit: int = 2,
    database: DatabaseUrl = None,
    feeds: FeedsFile = None,
    as_json: AsJson = False,
) -> None:
    """Start a Prefect server with its UI, deploy the flows, and run a worker until Ctrl-C.

    Parameters
    ----------
    port
        Port of the UI and the API on 127.0.0.1 (1024 to 65535).
    limit
        Flow runs at once in this worker.
    """
    _stop_on_signals()
    root = _project()
    environment = _environment(port, _prepared(database, feeds), feeds)
    try:
        with _server(environment, root) as server, _worker(environment, root, limit) as worker:
            _announce(port, as_json=as_json)
            _watch({"server": server, "worker": worker})
    except KeyboardInterrupt:
        print("Stopped: worker first, then the server.", file=sys.stderr, flush=True)


@contextmanager
def _server(environment: dict[str, str], root: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a server, with the pool made and everything in prefect.yaml deployed."""
    from flows.prefect_api import crash_orphans, is_healthy

    api = environment["PREFECT_API_URL"]
    if is_healthy(api):
        raise CopydeskError(f"A Prefect server answers at {api} already; stop it, or give this one another --port.")
    with _child("server", ["server", "start", "--host", "127.0.0.1", "--port", str(urlsplit(api).port)], environment, root) as server:
        _await_health(api, server)
        crash_orphans(api)
        _run(["work-pool", "create", _POOL, "--type", "process", "--overwrite"], environment, root)
        _run(["--no-prompt", "deploy", "--all"], environment, root)
        yield server


@contextmanager
def _worker(environment: dict[str, str], root: Path, limit: int) -> Iterator["subprocess.Popen[bytes]"]:
    command = ["worker", "start", "--pool", _POOL, "--limit", str(limit), "--name", f"copydesk-{os.getpid()}"]
    with _child("worker", command, environment, root) as worker:
        yield worker


def _announce(port: int, *, as_json: bool) -> None:
    address = f"http://127.0.0.1:{port}"
    if as_json:
        print(json.dumps({"ui": address, "api": f"{address}/api", "pool": _POOL}), flush=True)
    else:
        print(f"The Prefect UI is at {address} ; ingest/every-15-min is scheduled. Ctrl-C stops everything.", flush=True)


def _stop_on_signals() -> None:
    """Let SIGTERM end us as Ctrl-C does: by way of every `finally`, so that no child is left behind."""

    def interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)
    signal.signal(signal.SIGINT, interrupt)


def _port(value: int) -> None:
    if not 1024 <= value <= 65535:
        raise ValueError("--port is outside 1024 to 65535")


def _project() -> Path:
    """Return the directory with prefect.yaml: the one we are in, else the checkout this file belongs to."""
    for directory in (Path.cwd(), Path(__file__).resolve().parent.parent):
        if (directory / "prefect.yaml").is_file():
            return directory
    raise ConfigurationError("There is no prefect.yaml here; run `copydesk up` in the directory that has it.")


def _environment(port: int, database: str | None, feeds: Path | None) -> dict[str, str]:
    """Return the environment of the children: telemetry off, this server, and the settings given on the command line."""
    given = {"COPYDESK_DATABASE_URL": database, "COPYDESK_FEEDS_FILE": str(feeds.resolve()) if feeds else None}
    return {
        **os.environ,
        **{name: value for name, value in given.items() if value},
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "PREFECT_CLI_PROMPT": "false",
        # What each batch did, beside its state in the UI.
        "PREFECT_LOGGING_EXTRA_LOGGERS": "copydesk",
        # Flow runs and their task runs are kept a month; Prefect's default is for ever.
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(30 * 86_400),
    }


def _prepared(database: str | None, feeds: Path | None) -> str | None:
    """Return the database's URL as flow runs need it: an SQLite file by its whole path, for they may start elsewhere.

    What is wrong with the database fails here, with a sentence, rather than in the first scheduled run.
    """
    with opened(settings_for(database, feeds), create=True) as desk:
        file = Path(desk.url.database or "").resolve()
        return desk.url.set(database=str(file)).render_as_string() if desk.is_sqlite else database


@contextmanager
def _child(name: str, arguments: list[str], environment: dict[str, str], root: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a Prefect command beside us in its own session, so that Ctrl-C reaches us first and we stop it in our order."""
    process = subprocess.Popen(
        [sys.executable, "-m", "prefect", *arguments],
        env={**environment, "PWD": str(root)},
        cwd=root,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=None,
        start_new_session=True,
        # A shell that started us in the background made SIGINT ignored, and Prefect's worker would then never stop.
        preexec_fn=_restore_signals,  # noqa: PLW1509  (no threads run here)
    )
    try:
        yield process
    finally:
        _stop(name, process)


def _restore_signals() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _stop(name: str, process: "subprocess.Popen[bytes]") -> None:
    # A second Ctrl-C must not leave half of it running.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            print(f"The {name} did not stop in {_STOP_SECONDS} s and is killed.", file=sys.stderr)
    # Whatever it started itself (a flow run in progress) ends with it; its claims are free when their lease is over.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _run(arguments: list[str], environment: dict[str, str], root: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "prefect", *arguments],
        env={**environment, "PWD": str(root)},
        cwd=root,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()[-1]
        raise CopydeskError(f"`prefect {' '.join(arguments)}` failed: {last}")


def _await_health(api: str, server: "subprocess.Popen[bytes]") -> None:
    """Wait until the API answers: the command itself returns before that. A server that ends first (its port is taken) is an error."""
    from flows.prefect_api import is_healthy

    end = time.monotonic() + _HEALTH_SECONDS
    while time.monotonic() < end:
        if server.poll() is not None:
            raise CopydeskError(f"The Prefect server ended at once; is another program using {api}?")
        if is_healthy(api):
            return
        time.sleep(0.5)
    raise CopydeskError(f"The Prefect server did not answer within {_HEALTH_SECONDS} s.")


def _watch(children: dict[str, "subprocess.Popen[bytes]"]) -> NoReturn:
    """Wait for a signal; raise when a child ends by itself."""
    while True:
        for name, child in children.items():
            if child.poll() is not None:
                raise CopydeskError(f"The Prefect {name} ended by itself with code {child.returncode}; its messages are above.")
        time.sleep(0.5)
