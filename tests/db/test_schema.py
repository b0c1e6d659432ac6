"""The migrations make exactly the tables of the models, and can be taken back."""

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from db import schema, views
from db.engine import Database
from db.models import Base
from domain.errors import SchemaError


def test_models_equal_migrations(database: Database) -> None:
    with database.engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_upgrade_downgrade_upgrade(database: Database) -> None:
    schema.downgrade(database, "base")
    with database.engine.begin() as connection:
        assert set(sa.inspect(connection).get_table_names()) <= {"alembic_version"}
    schema.upgrade(database)
    schema.check(database)
    with database.read() as session:
        for name in views.NAMES:
            session.execute(sa.text(f"SELECT * FROM {name}"))


def test_a_newer_schema_is_refused(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'from_the_future'")
    with pytest.raises(SchemaError, match="newer schema"):
        schema.ready(database)


def test_every_table_and_column_has_a_comment() -> None:
    for table in Base.metadata.tables.values():
        assert table.comment, table.name
        for column in table.columns:
            assert column.comment, f"{table.name}.{column.name}"
