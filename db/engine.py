"""Opens the database: the only place that creates an engine, begins transactions, retries them, and names their errors.

SQLite runs in WAL mode with writers that begin IMMEDIATE, because a writer that begins deferred can read candidates that
another writer is about to change (measured: 96 "unique" articles of 60). PostgreSQL runs at READ COMMITTED; `db.locks` adds
the advisory lock that the same guarantee needs there. Errors are told apart by SQLSTATE or SQLite's code, never by class:
PostgreSQL reports an over-long index entry as an OperationalError.
"""

import json
import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.orm import Session

from domain.errors import ConfigurationError, DatabaseError, SchemaError

# Serialization failure, deadlock, lock not available, too many connections, shutdown and crash recovery, lost connection.
_RETRY_STATES = {"40001", "40P01", "55P03", "57014", "57P01", "57P02", "57P03", "53300"}
_RETRY_CLASS = "08"
_SQLITE_BUSY = {"SQLITE_BUSY", "SQLITE_BUSY_SNAPSHOT", "SQLITE_BUSY_RECOVERY", "SQLITE_LOCKED"}
_ATTEMPTS = 6
T = TypeVar("T")
_SQLITE_SENTENCES = {
    "SQLITE_READONLY": "is read-only; make the file and its folder writable",
    "SQLITE_CANTOPEN": "cannot be opened; check that the folder exists and may be written to",
    "SQLITE_FULL": "cannot grow, the disk is full; nothing half-written was kept, free some space and run again",
    "SQLITE_NOTADB": "is not an SQLite database; name another file",
    "SQLITE_CORRUPT": "is damaged; restore a backup, or recover it with SQLite's own .recover command",
    "SQLITE_IOERR": "cannot be read or written, the disk reports an error",
    "SQLITE_BUSY": "is locked by another program for longer than 30 seconds; stop that program or wait, then run again",
    "SQLITE_LOCKED": "is locked by another program for longer than 30 seconds; stop that program or wait, then run again",
}


class Database:
    """One database, opened: read transactions, write transactions, and errors in one sentence."""

    def __init__(self, url: str) -> None:
        self.url = _parse(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._writer = self._open(immediate=True)
        self._reader = self._open(immediate=False) if self.is_sqlite else self._writer

    @property
    def name(self) -> str:
        """Return the URL as it may be shown: without its password."""
        return self.url.render_as_string(hide_password=True)

    @property
    def endpoint(self) -> tuple[str, int] | None:
        """Return the host and port of the server, or None for a file or a socket in the file system."""
        return None if self.is_sqlite or not self.url.host else (self.url.host, self.url.port or 5432)

    @property
    def engine(self) -> Engine:
        """Return the engine whose transactions may write (for migrations)."""
        return self._writer

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Yield a session in a short read transaction. Raises `DatabaseError`."""
        try:
            with Session(self._reader) as session, session.begin():
                yield session
        except DBAPIError as error:
            raise self.translate(error) from error

    def write(self, unit: Callable[[Session], T]) -> T:
        """Run `unit` in one write transaction and return its result; the whole unit is run again on a passing fault.

        The unit must do nothing but database work: it may run several times. Raises `DatabaseError` when it cannot succeed.
        """
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                with Session(self._writer) as session, session.begin():
                    return unit(session)
            except DBAPIError as error:
                if attempt == _ATTEMPTS or not is_passing(error):
                    raise self.translate(error) from error
                time.sleep(random.uniform(0, 0.05 * 2**attempt))  # noqa: S311  (full jitter, no secret)
        raise AssertionError("unreachable")

    def translate(self, error: DBAPIError) -> DatabaseError:
        """Return the error as one sentence that names the database and never a password or an article's text."""
        original = error.orig
        if isinstance(original, sqlite3.Error):
            return self._sqlite_sentence(original)
        state = getattr(original, "sqlstate", None)
        first = (str(original).strip() or type(original).__name__).splitlines()[0]
        if state in {"42P01", "42703"}:
            return SchemaError(f"The database {self.name} has no current Copydesk tables; run `copydesk init` first.")
        if state == "53100":
            return DatabaseError(f"The database {self.name} cannot grow, the disk is full; free some space and run again.")
        if state is None:
            return DatabaseError(f"The database {self.name} cannot be reached: {_without_secret(first, self.url)}")
        return DatabaseError(f"The database {self.name} refused the operation (SQLSTATE {state}): {_without_secret(first, self.url)}")

    def close(self) -> None:
        """Close all connections."""
        self._writer.dispose()
        self._reader.dispose()

    def _sqlite_sentence(self, original: sqlite3.Error) -> DatabaseError:
        code = getattr(original, "sqlite_errorname", "") or ""
        if "no such table" in str(original) or "no such column" in str(original):
            return SchemaError(f"The database {self.name} has no current Copydesk tables; run `copydesk init` first.")
        for name, sentence in _SQLITE_SENTENCES.items():
            if code.startswith(name):
                return DatabaseError(f"The database {self.name} {sentence}.")
        return DatabaseError(f"The database {self.name} refused the operation: {str(original).splitlines()[0]}")

    def _open(self, *, immediate: bool) -> Engine:
        options: dict[str, Any] = {"hide_parameters": True, "pool_pre_ping": True, "json_serializer": _to_json}
        if self.is_sqlite:
            options["connect_args"] = {"timeout": 30, "check_same_thread": False}
        else:
            options |= {"pool_size": 8, "max_overflow": 8, "isolation_level": "READ COMMITTED"}
            options["connect_args"] = {
                "connect_timeout": 10,
                "options": "-c timezone=UTC -c lock_timeout=30s -c statement_timeout=120s -c idle_in_transaction_session_timeout=60s",
            }
        try:
            engine = sa.create_engine(self.url, **options)
        except (NoSuchModuleError, ModuleNotFoundError) as error:
            raise ConfigurationError(_no_driver(self.url)) from error
        if self.is_sqlite:
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_immediate if immediate else _begin_deferred)
        return engine


def is_passing(error: DBAPIError) -> bool:
    """Return whether running the same transaction again can succeed."""
    if isinstance(error.orig, sqlite3.Error):
        return (getattr(error.orig, "sqlite_errorname", "") or "") in _SQLITE_BUSY
    state = getattr(error.orig, "sqlstate", None)
    if state is None:
        return bool(error.connection_invalidated)
    return state in _RETRY_STATES or state.startswith(_RETRY_CLASS)


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ConfigurationError(
            "COPYDESK_DATABASE_URL is not a database URL; write sqlite:///FILE or postgresql+psycopg://user@host/name."
        ) from None
    if "password" in parsed.query:
        raise ConfigurationError(
            "COPYDESK_DATABASE_URL has a password among its query parameters, where it would be shown; write user:password@host."
        )
    backend = parsed.get_backend_name()
    if backend not in {"sqlite", "postgresql"}:
        raise ConfigurationError(f"COPYDESK_DATABASE_URL names {backend}; allowed are sqlite and postgresql+psycopg.")
    if backend == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.host or parsed.port:
        raise ConfigurationError("COPYDESK_DATABASE_URL lacks a slash; write sqlite:///FILE, or sqlite:////FILE for an absolute path.")
    if not parsed.database or parsed.database == ":memory:":
        raise ConfigurationError("COPYDESK_DATABASE_URL names no file; an in-memory database cannot be shared by workers.")
    return parsed.set(database=str(Path(parsed.database).expanduser()))


def _no_driver(url: URL) -> str:
    if url.get_backend_name() == "postgresql":
        return "The PostgreSQL driver is not installed; install Copydesk with its extra: pip install 'copydesk[postgres]'."
    return f"No driver is installed for {url.drivername}."


def _without_secret(message: str, url: URL) -> str:
    return message.replace(str(url.password), "***") if url.password else message


def _to_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # Transactions are begun by the listeners below; pysqlite's own legacy mode begins them too late.
    connection.isolation_level = None
    # 2 MiB of cache: every lane of a run has connections of its own, and the system caches the file anyway.
    connection.executescript(
        "PRAGMA busy_timeout = 30000; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;"
        "PRAGMA cache_size = -2048; PRAGMA temp_store = MEMORY;"
    )


def _begin_immediate(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin_deferred(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN")
