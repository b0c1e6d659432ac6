"""The options that several verbs share, and how a verb gets from them to settings and an open database."""

from collections.abc import Iterator
from contextlib import contextmanager
from logging import getLogger
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from config import logging, settings

if TYPE_CHECKING:
    from db.engine import Database

DatabaseUrl = Annotated[
    str | None,
    Parameter(name="--database", help="Database URL: sqlite:///FILE or postgresql+psycopg://user@host/name."),
]
FeedsFile = Annotated[Path | None, Parameter(name="--feeds", help="Feed list, TOML or OPML.")]
AsJson = Annotated[bool, Parameter(name="--json", help="Print JSON for programs instead of text for people.")]


def settings_for(database: str | None = None, feeds: Path | None = None) -> settings.Settings:
    """Return the settings with a verb's options on top, and start logging as they say. Raises `ConfigurationError`."""
    loaded = settings.load(database_url=database, feeds_file=feeds)
    logging.configure(loaded.log_level)
    if any(network.prefixlen == 0 for network in loaded.fetch.allowed_networks):
        getLogger(logging.ROOT).warning("every private address may be asked: COPYDESK_FETCH__ALLOWED_NETWORKS spans the whole internet")
    return loaded


@contextmanager
def opened(loaded: settings.Settings, *, create: bool = False) -> "Iterator[Database]":
    """Yield the database of the settings, its schema checked, and close it.

    With `create`, an SQLite file is made and brought up to date first; without, nothing is changed and a missing file is an
    error. Raises `DatabaseError` and `SchemaError`.
    """
    from db import schema
    from db.engine import Database
    from domain.errors import DatabaseError

    database = Database(loaded.database_url)
    try:
        if not create and database.is_sqlite and not Path(database.url.database or "").exists():
            raise DatabaseError(f"There is no database {database.name}; `copydesk init` makes it, `copydesk ingest` makes and fills it.")
        if create:
            schema.ready(database)
        else:
            schema.check(database)
        yield database
    finally:
        database.close()
