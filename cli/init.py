"""copydesk init: the tables and views of this version."""

from cli.options import AsJson, DatabaseUrl, settings_for
from cli.output import print_json


def init(*, database: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """Create the database's tables, or bring them up to date.

    Needed once on PostgreSQL and after each new version; an SQLite file is also made by the first `copydesk ingest`.
    Doing it again changes nothing.
    """
    from db import schema
    from db.engine import Database

    loaded = settings_for(database)
    place = Database(loaded.database_url)
    try:
        schema.upgrade(place)
        schema.check(place)
    finally:
        place.close()
    if as_json:
        print_json({"database": place.name, "ready": True})
    else:
        print(f"The database {place.name} is ready.")
