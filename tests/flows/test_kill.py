"""kill -9 at any instant: the next run finishes the work, and what is stored is what an undisturbed run stores."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from config.settings import DeduplicateSettings
from db import schema
from db.audit import audit
from db.engine import Database
from newsroom.press import Plan, Press
from newsroom.server import Kiosk, street
from newsroom.site import Site, feed_url

WORKER = Path(__file__).with_name("line_worker.py")
ROOT = WORKER.parents[2]
KILLS = 3
LEASE = 5


@pytest.fixture
def feed_list(tmp_path: Path) -> Iterator[Path]:
    with Kiosk(Site(Press(Plan(outlets=6, stories=40, seed=3), street(6)))) as kiosk:
        rows = [f'[[feeds]]\nurl = "{feed_url(outlet, language)}"\n' for outlet, language in kiosk.site.press.feeds()]
        path = tmp_path / "feeds.toml"
        path.write_text("\n".join(rows))
        yield path


def start(feed_list: Path, url: str) -> "subprocess.Popen[str]":
    """Start a worker in a group of its own and wait until it is about to poll."""
    process = subprocess.Popen(
        [sys.executable, str(WORKER), str(feed_list), url], cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def stories(database: Database) -> set[tuple[str, frozenset[str]]]:
    """Return every unique article with the addresses of all its versions."""
    with database.read() as session:
        unique = session.execute(text("SELECT id, url FROM unique_articles")).all()
        carried = session.execute(text("SELECT article_id, url FROM article_sources")).all()
    return {(row.url, frozenset(one.url for one in carried if one.article_id == row.id)) for row in unique}


def outcomes(database: Database) -> dict[str, int]:
    """Return how many entries ended how; which member of a story is called a copy is told by `stories`."""
    with database.read() as session:
        rows = session.execute(text("SELECT outcome, count(*) AS n FROM entries GROUP BY outcome")).all()
    return {row.outcome: row.n for row in rows}


def test_killed_anywhere_the_line_ends_as_if_undisturbed(feed_list: Path, database: Database, database_url: str, tmp_path: Path) -> None:
    whole = Database(f"sqlite:///{tmp_path}/whole.db")
    schema.ready(whole)
    began = time.monotonic()
    assert start(feed_list, f"sqlite:///{tmp_path}/whole.db").wait(120) == 0
    seconds = time.monotonic() - began
    rng = random.Random(8)
    for _ in range(KILLS):
        process = start(feed_list, database_url)
        try:
            process.wait(rng.uniform(0, seconds / 4))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    time.sleep(LEASE)
    assert start(feed_list, database_url).wait(120) == 0
    findings = list(audit(database, datetime.now(UTC), limits=DeduplicateSettings()))
    assert [finding for finding in findings if finding.broken_count] == []
    assert outcomes(database) == outcomes(whole)
    expected = stories(whole)
    whole.close()
    assert len(expected) > 30
    assert stories(database) == expected
