"""Brings a database to the schema this version works with, and says when it cannot."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import DBAPIError

from db import views
from db.engine import Database
from domain.errors import SchemaError

_MIGRATIONS = Path(__file__).parent / "migrations"
# Two processes may start an upgrade together; on PostgreSQL this advisory lock makes one wait.
_UPGRADE_KEY = 0x636F707964736B32


def upgrade(database: Database, revision: str = "head") -> None:
    """Create or upgrade tables and views. Doing it again changes nothing. Raises `SchemaError` on a newer database."""
    try:
        with database.engine.begin() as connection:
            if not database.is_sqlite:
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_KEY})
            current = MigrationContext.configure(connection).get_current_revision()
            if current == _head() and revision == "head" and views.are_current(connection):
                return
            _refuse_newer(database, current)
            views.drop_all(connection)
            command.upgrade(_config(connection), revision)
            views.create_all(connection)
    except DBAPIError as error:
        raise database.translate(error) from error


def downgrade(database: Database, revision: str) -> None:
    """Take the schema back to an older revision."""
    with database.engine.begin() as connection:
        views.drop_all(connection)
        command.downgrade(_config(connection), revision)


def check(database: Database) -> None:
    """Raise `SchemaError` unless the schema is exactly the one this version works with."""
    with database.read() as session:
        current = MigrationContext.configure(session.connection()).get_current_revision()
    _refuse_newer(database, current)
    if current != _head():
        raise SchemaError(f"The database {database.name} has an older schema; run `copydesk init` to bring it up to date.")


def ready(database: Database) -> None:
    """Make the database ready for work: upgrade an SQLite file, check a server's schema."""
    if database.is_sqlite:
        upgrade(database)
    else:
        check(database)


def _refuse_newer(database: Database, current: str | None) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(_config(None)).walk_revisions()}
    if current is not None and current not in known:
        raise SchemaError(
            f"The database {database.name} has a newer schema ({current}) than this version of Copydesk; install the newer version."
        )


def _head() -> str | None:
    return ScriptDirectory.from_config(_config(None)).get_current_head()


def _config(connection: sa.Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    return config
