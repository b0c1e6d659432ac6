"""Lines that sites put around their texts: how often each stood, which are flagged, and what people said of them.

One row for a line and site, found by its number alone. What is not flagged or kept is forgotten when it has not been seen for
some weeks, so that the table grows with what is stored in that time and not with the archive.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from db import changes, locks
from db.models import Article, Entry
from db.models import SiteLine as Row
from db.sets import among, parts
from domain.errors import ConfigurationError
from domain.lines import key, site_of
from domain.records import Change, FetchedEntry, LineState, SiteLine

# Lines that a few pages get with them, the last seen first: more than sites have, and no more than a pipe likes.
_LIMIT = 5_000
_NAMES = tuple(SiteLine.__dataclass_fields__)


def flagged(session: Session, sites: Sequence[str]) -> dict[str, frozenset[int]]:
    """Return the numbers of the flagged lines of these sites; a site without any is not named."""
    found: dict[str, set[int]] = {}
    if not sites:
        return {}
    there = sa.select(Row.site, Row.key).where(among(session, Row.site, sorted(set(sites))), _TOLD, _CUT)
    for site, number in session.execute(there.order_by(Row.last_day.desc()).limit(_LIMIT)).tuples():
        found.setdefault(site, set()).add(number)
    return {site: frozenset(numbers) for site, numbers in found.items()}


def flagged_everywhere(session: Session) -> dict[str, frozenset[int]]:
    """Return the numbers of all flagged lines, by site."""
    found: dict[str, set[int]] = {}
    for site, number in session.execute(sa.select(Row.site, Row.key).where(_TOLD, _CUT)).tuples():
        found.setdefault(site, set()).add(number)
    return {site: frozenset(numbers) for site, numbers in found.items()}


def beside(session: Session, entries: Sequence[FetchedEntry], *, rewrite: bool = False) -> tuple[FetchedEntry, ...]:
    """Return the entries with the numbers of the flagged lines of their pages' sites.

    An article that is asked again goes on with the lines that its text has, unless told to `rewrite` it: else every text from
    before a line was flagged would come back as a revision that nobody wrote.
    """
    sites = [site_of(one.page.final_url) for one in entries]
    there = flagged(session, sites)
    if not there:
        return tuple(entries)
    again = [one.id for one, site in zip(entries, sites, strict=True) if one.article_id is not None and site in there]
    bodies = {} if rewrite else _bodies(session, again)

    def numbers(entry: FetchedEntry, site: str) -> frozenset[int]:
        return there.get(site, frozenset()) - {key(site, line) for line in bodies.get(entry.id, "").split("\n")}

    return tuple(replace(one, boilerplate=numbers(one, site)) for one, site in zip(entries, sites, strict=True))


def known(session: Session, keys: Iterable[int]) -> dict[int, SiteLine]:
    """Return the rows of these numbers."""
    found: dict[int, SiteLine] = {}
    for some in parts(sorted(keys)):
        found |= {row.key: _record(row) for row in session.execute(sa.select(*_columns()).where(among(session, Row.key, some)))}
    return found


def write(session: Session, rows: Sequence[SiteLine]) -> None:
    """Insert rows or put them in the place of those with the same number; call under the lock."""
    if not rows:
        return
    table: Any = Row.__table__
    values = [
        {name: getattr(one, name) for name in _NAMES} | {"stories": " ".join(map(str, one.stories))}
        for one in sorted(rows, key=lambda one: one.key)
    ]
    if session.get_bind().dialect.name == "postgresql":
        # One statement with an array for each column: a row at a time costs several times as much.
        arrays = [sa.literal([row[name] for row in values], postgresql.ARRAY(table.c[name].type)) for name in _NAMES]
        insert = postgresql.insert(table).from_select(_NAMES, sa.select(*map(sa.func.unnest, arrays)))
        session.execute(_upsert(insert))
    else:
        session.connection().execute(_upsert(sqlite.insert(table)), values)


def listing(session: Session, *, site: str | None = None, limit: int = 1_000) -> list[SiteLine]:
    """Return the flagged and kept lines of one site or all, by site, those that stood in most stories first."""
    ours = [Row.site == site] if site is not None else []
    order = (Row.site, Row.story_count.desc(), Row.key)
    return [_record(row) for row in session.execute(sa.select(*_columns()).where(_TOLD, *ours).order_by(*order).limit(limit))]


def rule(session: Session, site: str, named: str, state: LineState, *, now: datetime) -> SiteLine:
    """Say that a flagged line stays from now on (`kept`), or is cut again (`flagged`); tell the change log; return the line.

    `named` is its text or its number in hexadecimal. Raises `ConfigurationError` when no such line was ever flagged.
    """
    locks.take_dedup_lock(session)
    found = known(session, [key(site, named), *_number(named)])
    one = next((row for row in found.values() if row.site == site and row.line is not None), None)
    if one is None:
        raise ConfigurationError(f"No line {named!r} of {site} was ever flagged; `copydesk lines {site}` lists those that were.")
    if one.state != state:
        session.execute(sa.update(Row).where(Row.key == one.key).values(state=state).execution_options(synchronize_session=False))
        detail = {"site": site, "line": one.line}
        changes.append(session, [Change(one.article_id, "line_kept" if state == "kept" else "line_cut", detail)], now)
    return replace(one, state=state)


def forget(session: Session, before: date, *, part: int = 0, of: int = 1) -> int:
    """Delete the lines last seen before a day that are neither flagged nor kept; return how many.

    The table is ordered by number, so it is read for it; `part` of `of` parts at a time keeps each transaction short.
    """
    width = 2**64 // of
    low = -(2**63) + part * width
    inside = Row.key >= low if part == of - 1 else Row.key.between(low, low + width - 1)
    idle = sa.delete(Row).where(inside, Row.line.is_(None), Row.last_day < before)
    return int(session.execute(idle.execution_options(synchronize_session=False)).rowcount)  # type: ignore[attr-defined]


def _bodies(session: Session, entry_ids: Sequence[int]) -> dict[int, str]:
    """Return the present texts of the articles that these entries ask again for a changed one, by entry."""
    if not entry_ids:
        return {}
    asked = sa.select(Entry.id, Article.body).join(Article, Article.id == Entry.article_id)
    return dict(session.execute(asked.where(Entry.id.in_(entry_ids), Entry.source == "revisit")).tuples().all())


def _upsert(insert: Any) -> Any:
    return insert.on_conflict_do_update(
        index_elements=["key"], set_={name: getattr(insert.excluded, name) for name in _NAMES if name not in {"key", "site", "first_day"}}
    )


def _columns() -> list[Any]:
    return [getattr(Row, name) for name in _NAMES]


def _record(row: Any) -> SiteLine:
    return SiteLine(**{name: getattr(row, name) for name in _NAMES} | {"stories": tuple(map(int, row.stories.split()))})


def _number(named: str) -> list[int]:
    """Return the number that 16 hexadecimal digits spell."""
    try:
        return [int.from_bytes(bytes.fromhex(named), signed=True)] if len(named) == 16 else []
    except ValueError:
        return []


# Written out as the index `ix_site_lines_told` has it, since a bound parameter would hide from the planner that it applies.
_TOLD = Row.line.is_not(None)
_CUT = Row.state == sa.literal_column("'flagged'")
