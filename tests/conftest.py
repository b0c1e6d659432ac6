"""Shared fixtures: a real database of each kind for every test that asks for one, and invented prose."""

import os
import random
import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from db import schema
from db.engine import Database

# Tests must neither see the operator's settings nor talk to a Prefect server that happens to run.
for _name in [name for name in os.environ if name.startswith("COPYDESK_") and not name.startswith("COPYDESK_TEST_")]:
    del os.environ[_name]
os.environ.pop("PREFECT_API_URL", None)
os.environ["DO_NOT_TRACK"] = "1"
os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"

_SYLLABLES = [
    "ka", "ro", "mi", "ten", "dal", "su", "vor", "ne", "li", "sha", "bur", "gan", "to", "pel", "zi", "har",
    "mo", "ded", "fal", "wen",
]  # fmt: skip
POSTGRESQL = os.environ.get("COPYDESK_TEST_POSTGRESQL_URL", "postgresql+psycopg:///test")


@pytest.fixture(autouse=True)
def _own_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads a .env of the checkout or writes into it."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.db"
    database = Database(f"sqlite:///{path}")
    schema.upgrade(database)
    database.close()
    return path


@pytest.fixture(scope="session")
def postgresql_template() -> Iterator[str]:
    """Name of a PostgreSQL database with the schema in it; skips (or fails, where required) without a server."""
    admin = sa.create_engine(POSTGRESQL, isolation_level="AUTOCOMMIT")
    try:
        admin.connect().close()
    except sa.exc.DBAPIError as error:
        if os.environ.get("COPYDESK_TEST_REQUIRE_POSTGRESQL"):
            pytest.fail(f"PostgreSQL is required here and does not answer: {error}")
        pytest.skip("no PostgreSQL server answers; set COPYDESK_TEST_POSTGRESQL_URL to use one")
    name = f"copydesk_test_{uuid.uuid4().hex[:12]}"
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    try:
        database = Database(_sibling(name))
        schema.upgrade(database)
        database.close()
        yield name
    finally:
        with admin.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        admin.dispose()


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    path = tmp_path / "copydesk.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgresql_url(postgresql_template: str) -> Iterator[str]:
    name = f"{postgresql_template}_{uuid.uuid4().hex[:8]}"
    admin = sa.create_engine(POSTGRESQL, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {postgresql_template}")
    try:
        yield _sibling(name)
    finally:
        with admin.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        admin.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest) -> str:
    """URL of an empty, migrated database; every test that asks for it runs on both kinds."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def prose() -> Callable[..., str]:
    """Return a function that invents a text: the same for the same seed, paragraphs of five sentences of twelve words."""

    def text(seed: int, count: int = 240) -> str:
        rng = random.Random(seed)
        vocabulary = ["".join(rng.choices(_SYLLABLES, k=rng.randint(1, 3))) for _ in range(400)]
        some = [rng.choice(vocabulary) for _ in range(count)]
        sentences = [" ".join(some[start : start + 12]).capitalize() + "." for start in range(0, count, 12)]
        return "\n".join(" ".join(sentences[start : start + 5]) for start in range(0, len(sentences), 5))

    return text


def _sibling(name: str) -> str:
    return sa.make_url(POSTGRESQL).set(database=name).render_as_string(hide_password=False)
