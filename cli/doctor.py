"""copydesk doctor: this installation, its settings, its database and its surroundings, each line with how to mend it."""

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated, Literal

from cyclopts import Parameter

from cli.options import AsJson, DatabaseUrl, FeedsFile, settings_for
from cli.output import print_json, safe
from config.settings import Settings
from domain.errors import CopydeskError

# Free space below which a run is likely to meet a full disk: a day of a hundred feeds takes some 50 MB.
_LEAST_FREE = 1_000_000_000
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One line of the report; `fix` says what to do about a warning or a failure."""

    subject: str
    level: Literal["ok", "warn", "fail"]
    finding: str
    fix: str = ""


def doctor(
    *,
    thorough: Annotated[bool, Parameter(help="Also read the whole SQLite file for damage.")] = False,
    feeds: FeedsFile = None,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
) -> int:
    """Check this installation and say how to mend what is wrong.

    Looks at Python, the installed versions, the settings, the feed list, the database, its disk, and Prefect's API when one is
    configured. Changes nothing and asks no publisher. Exit code 1 when something must be mended; warnings do not count.
    """
    found = list(_examine(database, feeds, thorough=thorough))
    if as_json:
        print_json([asdict(one) for one in found])
    else:
        for one in found:
            print(f"{one.level:<4}  {one.subject:<12} {safe(one.finding)}" + (f"\n      {'':<12} {one.fix}" if one.fix else ""))
    return 1 if any(one.level == "fail" for one in found) else 0


def _examine(database: str | None, feeds: "FeedsFile", *, thorough: bool) -> Iterator[Diagnosis]:
    yield Diagnosis("python", "ok", sys.version.split()[0])
    yield from _versions()
    try:
        loaded = settings_for(database, feeds)
    except CopydeskError as error:
        yield Diagnosis("settings", "fail", str(error), "docs/settings.md lists every option with what it takes.")
        return
    yield from _settings(loaded)
    yield _guarded("feed list", lambda: _feed_list(loaded))
    try:
        yield from _database(loaded, thorough=thorough)
    except CopydeskError as error:
        yield Diagnosis("database", "fail", str(error))
    yield from _surroundings()


def _guarded(subject: str, examine: Callable[[], Diagnosis]) -> Diagnosis:
    try:
        return examine()
    except CopydeskError as error:
        return Diagnosis(subject, "fail", str(error))


def _versions() -> Iterator[Diagnosis]:
    """Compare what is installed with what is declared: a newer FastAPI or SQLAlchemy stops Prefect without a word."""
    from importlib.metadata import requires

    from packaging.requirements import Requirement

    wrong = 0
    for one in map(Requirement, requires("copydesk") or ()):
        if one.marker and not one.marker.evaluate({"extra": ""}):
            continue
        try:
            installed = version(one.name)
        except PackageNotFoundError:
            installed = "nothing"
        if not one.specifier.contains(installed if installed != "nothing" else "0", prereleases=True):
            wrong += 1
            yield Diagnosis(one.name, "fail", f"{installed} is installed; {one.specifier} is needed", "make setup, or pip install -e .")
    if not wrong:
        names = ("prefect", "sqlalchemy", "trafilatura", "datasketch", "feedparser")
        yield Diagnosis("packages", "ok", ", ".join(f"{name} {version(name)}" for name in names))


def _settings(loaded: Settings) -> Iterator[Diagnosis]:
    if loaded.fetch.contact:
        yield Diagnosis("contact", "ok", loaded.fetch.contact)
    else:
        yield Diagnosis("contact", "warn", "publishers cannot reach you", "Set COPYDESK_FETCH__CONTACT to a mail address or a page.")
    if any(network.prefixlen == 0 for network in loaded.fetch.allowed_networks):
        yield Diagnosis("networks", "warn", "every private address may be asked", "Narrow COPYDESK_FETCH__ALLOWED_NETWORKS.")
    if not loaded.fetch.robots:
        yield Diagnosis("robots.txt", "warn", "is not obeyed", "Unset COPYDESK_FETCH__ROBOTS.")


def _feed_list(loaded: Settings) -> Diagnosis:
    from config.feedlist import read
    from flows.workshop import starter_list

    file = loaded.feeds_file or starter_list()
    found = read(file)
    words = f"{len(found.subscriptions):,} feeds in {file if loaded.feeds_file else 'the starter list'}"
    if found.problems:
        return Diagnosis("feed list", "fail", f"{words}, {len(found.problems):,} bad rows", found.problems[0])
    if found.repeated:
        return Diagnosis("feed list", "warn", f"{words}, {len(found.repeated):,} listed twice", found.repeated[0])
    return Diagnosis("feed list", "ok", words)


def _database(loaded: Settings, *, thorough: bool) -> Iterator[Diagnosis]:
    from cli.options import opened
    from db.health import SAFE_SQLITE, examine

    with opened(loaded) as desk:
        health = examine(desk, thoroughly=thorough)
        kind = "SQLite" if desk.is_sqlite else "PostgreSQL"
    yield Diagnosis("database", "ok", f"{desk.name}, schema current, writable")
    if health.version_is_safe:
        yield Diagnosis(kind, "ok", health.version)
    elif kind == "SQLite":
        safe_version = ".".join(map(str, SAFE_SQLITE))
        fix = f"Run one worker at a time on this file, or a Python built with SQLite {safe_version}, or PostgreSQL."
        yield Diagnosis(kind, "warn", f"{health.version} can damage a file that several processes write at once", fix)
    else:
        yield Diagnosis(kind, "warn", f"{health.version} is older than what is tested", "PostgreSQL 14 or newer is supported.")
    if health.encoding.upper().replace("-", "") != "UTF8":
        yield Diagnosis("encoding", "fail", f"the database is {health.encoding}", "Create it with ENCODING 'UTF8'.")
    if health.is_shared:
        yield Diagnosis("disk", "fail", f"the file lies on {health.file_system}, a network file system",
                        "SQLite's WAL needs one machine: move the file to a local disk, or use PostgreSQL.")  # fmt: skip
    elif health.free_bytes is not None:
        words = f"{health.free_bytes / 1e9:,.1f} GB free"
        yield Diagnosis("disk", "ok", words) if health.free_bytes > _LEAST_FREE else Diagnosis("disk", "warn", words, "Free some space.")
    if health.damage:
        yield Diagnosis("file", "fail", health.damage, "Restore a backup, or recover it with SQLite's own .recover command.")


def _surroundings() -> Iterator[Diagnosis]:
    proxies = [name for name in _PROXIES if os.environ.get(name)]
    if proxies:
        yield Diagnosis("proxy", "warn", f"{', '.join(proxies)} is set and not used for feeds and pages",
                        "Copydesk checks the address of every server it asks, which a proxy would hide.")  # fmt: skip
    api = os.environ.get("PREFECT_API_URL")
    if not api:
        yield Diagnosis("prefect", "ok", "no PREFECT_API_URL; runs use a temporary server")
        return
    from flows.prefect_api import is_healthy

    if is_healthy(api):
        yield Diagnosis("prefect", "ok", "the API answers")
    else:
        yield Diagnosis(
            "prefect", "fail", "the API at PREFECT_API_URL does not answer", "Start it with `copydesk up`, or unset the variable."
        )
