"""What `copydesk doctor` asks a database: its version, where it lives, whether it can be written, whether it is whole."""

import os
import shutil
import sqlite3
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from db.engine import Database

# The first SQLite without the WAL-reset race, which can corrupt a file that two connections write or checkpoint (March 2026).
SAFE_SQLITE = (3, 51, 3)
# File systems that several machines share: WAL needs one machine's memory.
_NETWORK = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "afs", "ceph", "glusterfs", "lustre", "beegfs"}


@dataclass(frozen=True, slots=True)
class Health:
    """A database's state. `damage` is what SQLite's own check found; `free_bytes` and `file_system` are None for a server."""

    version: str
    version_is_safe: bool
    encoding: str
    free_bytes: int | None
    file_system: str | None
    is_shared: bool
    damage: str | None


def examine(database: Database, *, thoroughly: bool) -> Health:
    """Return how a database is; `thoroughly` reads all of an SQLite file. Raises `DatabaseError` when it cannot be written."""
    _prove_writable(database)
    return _sqlite(database, thoroughly=thoroughly) if database.is_sqlite else _postgresql(database)


def _prove_writable(database: Database) -> None:
    """Take a write transaction, change nothing that stays, and let go."""

    def unit(session: sa.orm.Session) -> None:
        with session.begin_nested() as trial:
            session.execute(sa.text("CREATE TABLE copydesk_doctor (one INTEGER)"))
            trial.rollback()

    database.write(unit)


def _sqlite(database: Database, *, thoroughly: bool) -> Health:
    with database.read() as session:
        encoding = str(session.scalar(sa.text("PRAGMA encoding")))
        found = session.scalars(sa.text("PRAGMA quick_check(5)")).all() if thoroughly else ["ok"]
    folder = Path(database.url.database or ".").resolve().parent
    kind = file_system(folder)
    return Health(
        version=sqlite3.sqlite_version, version_is_safe=sqlite3.sqlite_version_info >= SAFE_SQLITE, encoding=encoding,
        free_bytes=shutil.disk_usage(folder).free, file_system=kind, is_shared=kind in _NETWORK,
        damage=None if list(found) == ["ok"] else "; ".join(map(str, found)),
    )  # fmt: skip


def _postgresql(database: Database) -> Health:
    with database.read() as session:
        version = str(session.scalar(sa.text("SHOW server_version"))).split()[0]
        encoding = str(session.scalar(sa.text("SHOW server_encoding")))
    return Health(
        version=version, version_is_safe=int(version.split(".")[0]) >= 14, encoding=encoding, free_bytes=None, file_system=None,
        is_shared=False, damage=None,
    )  # fmt: skip


def file_system(folder: Path) -> str | None:
    """Return the type of the file system that holds a folder (`ext4`, `nfs4` …), None where the system does not tell."""
    try:
        mounts = Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    places = [(line.split()[1].replace("\\040", " "), line.split()[2]) for line in mounts]
    holding = [(len(place), kind) for place, kind in places if os.path.commonpath([place, folder]) == place]
    return max(holding)[1] if holding else None
