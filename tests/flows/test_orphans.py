"""The hosts of a killed process are free for the next run at once; those of a living one are not."""

import os
import subprocess
import sys
from datetime import UTC, datetime

from db import hosts, orphans
from db.engine import Database
from domain.records import Run
from flows.workshop import _free_the_dead


def test_a_dead_process_holds_nothing(database: Database) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    node = os.uname().nodename
    for pid, host in ((gone.pid, "dead.example:443"), (os.getpid(), "living.example:443")):
        run = Run("run", f"{node}:{pid}", datetime.now(UTC))
        assert database.write(lambda session, run=run, host=host: hosts.claim(session, [host], run=run, seconds=600))
    elsewhere = Run("run", "another-machine:1", datetime.now(UTC))
    database.write(lambda session: hosts.claim(session, ["elsewhere.example:443"], run=elsewhere, seconds=600))
    _free_the_dead(database)
    with database.read() as session:
        assert orphans.owners(session) == {f"{node}:{os.getpid()}", "another-machine:1"}
        assert not hosts.holds(session, "dead.example:443", 1)
    again = Run("next", f"{node}:{os.getpid()}", datetime.now(UTC))
    assert database.write(lambda session: hosts.claim(session, ["dead.example:443"], run=again, seconds=600))["dead.example:443"].fence == 3
