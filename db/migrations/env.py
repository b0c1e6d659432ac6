"""Alembic's entry: runs the migrations on the connection it is handed, or on COPYDESK_DATABASE_URL from its own command line."""

from typing import Literal

from alembic import context
from sqlalchemy import JSON, Connection

from db.models import Base


def _render(kind: str, value: object, _context: object) -> str | Literal[False]:
    """Write the project's own list type by its name."""
    return "base.Json" if kind == "type" and isinstance(value, JSON) else False


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        user_module_prefix="base.",
        compare_type=True,
        render_item=_render,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


connection = context.config.attributes.get("connection")
if connection is not None:
    _run(connection)
else:
    from config.settings import load
    from db.engine import Database

    with Database(load().database_url).engine.begin() as own:
        _run(own)
