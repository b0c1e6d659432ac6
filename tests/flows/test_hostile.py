"""The whole line over the hostile press: it ends, in bounded memory, with every healthy article and a reason for everything else."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from db.engine import Database
from db.models import Article, Entry, Feed

ROOT = Path(__file__).parents[2]
MEGABYTES, SECONDS = 1_200, 300
OPTIONS = {
    "COPYDESK_FETCH__ALLOWED_NETWORKS": '["127.0.0.0/8"]', "COPYDESK_FETCH__HOST_SPACING": "0", "COPYDESK_FETCH__FEED_SECONDS": "6",
    "COPYDESK_FETCH__PAGE_SECONDS": "6", "COPYDESK_FETCH__CONNECT_SECONDS": "4", "COPYDESK_EXTRACT__SECONDS": "6",
    "COPYDESK_POLL__FAILURE_SHARE": "1",
}  # fmt: skip


@pytest.mark.prefect
def test_a_hostile_press_is_survived_and_its_healthy_articles_are_kept(tmp_path: Path) -> None:
    with hostile_press(tmp_path) as truth:
        account, megabytes = ingest(tmp_path)
    database = Database(f"sqlite:///{tmp_path / 'hostile.db'}")
    with database.read() as session:
        feeds = {row.url: row for row in session.execute(sa.select(Feed.__table__))}
        entries = list(session.execute(sa.select(Entry.__table__)))
        articles = set(session.scalars(sa.select(Article.url)))
    database.close()

    assert [line["healthy"] for line in truth if line["healthy"] and line["healthy"] not in articles] == []
    by_feed: dict[int, list[Any]] = {}
    for entry in entries:
        by_feed.setdefault(entry.feed_id, []).append(entry)
    odd = [why for line in truth if (why := unexpected(line, feeds[line["feed"]], by_feed.get(feeds[line["feed"]].id, [])))]
    assert odd == []
    assert [entry.url for entry in entries if entry.outcome in {"pending", "failed", "rejected"} and not entry.reason] == []
    assert account["entries_seen"] == len(entries)
    assert megabytes < MEGABYTES


def unexpected(line: dict[str, Any], feed: Any, entries: list[Any]) -> str | None:
    """Return what ended otherwise than the case says, or None."""
    if not line["reasons"]:
        return None
    if line["of"] == "feed":
        return None if feed.reason in line["reasons"] else f"{line['about']}: {feed.reason}, {feed.detail}"
    bad = [entry for entry in entries if entry.url != line["healthy"]]
    if len(bad) != len(line["bad"]):
        return f"{line['about']}: {len(bad)} entries for {len(line['bad'])} bad links"
    return next((f"{line['about']}: {one.reason}, {one.detail}" for one in bad if (one.reason or "") not in line["reasons"]), None)


@contextmanager
def hostile_press(folder: Path) -> Iterator[list[dict[str, Any]]]:
    command = [sys.executable, "-m", "newsroom.hostile", "--opml", str(folder / "hostile.opml"), "--truth", str(folder / "truth.jsonl")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            assert json.loads(server.stdout.readline())["outlets"] > 150
            yield [json.loads(line) for line in (folder / "truth.jsonl").read_text(encoding="utf-8").splitlines()]
        finally:
            server.terminate()


def ingest(folder: Path) -> tuple[dict[str, Any], int]:
    """Run `copydesk ingest` over the press; return its account and the peak of memory of its process tree (MiB)."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COPYDESK_", "PREFECT_"))}
    environment = kept | OPTIONS | {"PREFECT_HOME": str(folder / "prefect"), "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}
    desk = Path(sys.executable).with_name("copydesk")
    command = [desk, "ingest", "--feeds", folder / "hostile.opml", "--database", f"sqlite:///{folder / 'hostile.db'}", "--json"]
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        peaks, ended = [0], threading.Event()

        def watch() -> None:
            while not ended.wait(0.5):
                peaks.append(sum(map(_share, _tree(run.pid))) // 1_024)

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            out, err = run.communicate(timeout=SECONDS)
        finally:
            run.kill()
            ended.set()
            watcher.join()
    assert run.returncode == 0, err[-2_000:]
    return json.loads(out.splitlines()[-1]), max(peaks)


def _tree(root: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        with suppress(OSError, IndexError, ValueError):
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(folder.name))
    found = [root]
    for one in found:
        found.extend(children.get(one, []))
    return found


def _share(process: int) -> int:
    """Return a process's proportional share of memory (KiB): what is shared among the tree counts once."""
    with suppress(OSError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0
