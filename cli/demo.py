"""`copydesk demo`: a simulated press on loopback, ingested twice, and the score against the truth."""

import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter, validators

from cli import progress
from cli.options import AsJson, DatabaseUrl, opened
from cli.output import print_json

if TYPE_CHECKING:
    from config.settings import Settings
    from db.stories import Carried, Corrected
    from domain.records import Subscription
    from newsroom.press import Press
    from newsroom.server import Kiosk

_FILE = Path("demo/copydesk.db")
# The press is dated back by this much, so that its second edition is not of tomorrow.
_AGO = timedelta(hours=3)


@dataclass(frozen=True, slots=True)
class Visit:
    """One run of the ingest flow: its account as `copydesk ingest --json` prints it, and how long it took with its start."""

    edition: int
    account: dict[str, int | float]
    seconds: float


@dataclass(frozen=True, slots=True)
class Kept:
    """What the database holds after both visits."""

    carried: "tuple[Carried, ...]"
    corrected: "tuple[Corrected, ...]"
    asked_again: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is in the database after both visits, and what the truth says of it."""

    outlets: int
    feeds: int
    languages: tuple[str, ...]
    database: str
    visits: tuple[Visit, ...]
    unique: int
    copies: int
    revisions: int
    no_article: int
    expected: dict[str, int]
    differences: tuple[str, ...]
    seconds: float

    @property
    def as_expected(self) -> bool:
        """True when every count equals the truth and no story was split or joined."""
        return not self.differences


def demo(
    *,
    database: DatabaseUrl = None,
    stories: Annotated[
        int, Parameter(help="Stories of the first edition, about 1.5 pages each.", validator=validators.Number(gte=1, lte=5_000))
    ] = 100,
    seed: Annotated[int, Parameter(help="Another seed is another press.")] = 10,
    as_json: AsJson = False,
) -> int:
    """Serve a simulated press on this machine, ingest it twice, and print the score against the truth.

    Between the two visits the press prints a new edition, late reprints and corrections. Needs no network and leaves the
    database behind: demo/copydesk.db, made anew each time, or the new or empty one that --database names (on PostgreSQL,
    after `copydesk init`). Exit code 1 when anything differs from the truth.
    """
    from cli import demo_report
    from db import stories as stories_of
    from newsroom.press import Plan, Press
    from newsroom.server import Kiosk, street
    from newsroom.site import Site

    began = time.monotonic()
    settings = _settings(database)
    plan = Plan(outlets=12, stories=stories, seed=seed, when=datetime.now(UTC).replace(microsecond=0) - _AGO)
    press = Press(plan, street(plan.outlets))
    with Kiosk(Site(press)) as kiosk:
        report = demo_report.Report(quiet=as_json)
        report.opening(press)
        visits = []
        for edition in (1, 2):
            kiosk.publish(edition)
            visits.append(_visit(kiosk, settings, edition, as_json=as_json))
            report.visit(visits[-1])
    with opened(settings) as desk, desk.read() as session:
        kept = Kept(stories_of.carried(session), stories_of.corrected(session), stories_of.asked_again(session))
    outcome = _judge(press, visits, kept, database=settings.database_url, seconds=time.monotonic() - began)
    if as_json:
        print_json({"as_expected": outcome.as_expected, **asdict(outcome)})
    else:
        report.closing(press, outcome, kept)
    return 0 if outcome.as_expected else 1


def _settings(database: str | None) -> "Settings":
    """Return settings that may talk to loopback at full speed, on a database that is new."""
    from config import logging
    from config.settings import load
    from db import stories as kept
    from domain.errors import ConfigurationError

    if database is None:
        _FILE.parent.mkdir(exist_ok=True)
        for file in _FILE.parent.glob(f"{_FILE.name}*"):
            file.unlink()
    settings = load(
        database_url=database or f"sqlite:///{_FILE}",
        fetch={"allowed_networks": ["127.0.0.0/8"], "host_spacing": 0, "robots": True},
        # Due at once, so that the second visit finds the corrections.
        revisit={"enabled": True, "hours": (0.0001, 8_760)},
    )
    logging.configure("ERROR")
    with opened(settings, create=True) as desk, desk.read() as session:
        if count := kept.count(session):
            raise ConfigurationError(f"{desk.name} already holds {count:,} articles; name a new or an empty database.")
    return settings


def _visit(kiosk: "Kiosk", settings: "Settings", edition: int, *, as_json: bool) -> Visit:
    from flows.run import ingest_once

    began = time.monotonic()
    with progress.shown(quiet=as_json) as draw:
        given = ingest_once(settings, subscriptions=_subscriptions(kiosk.site.press), force=edition > 1, on_progress=draw)
    return Visit(edition, given.account, round(time.monotonic() - began, 1))


def _subscriptions(press: "Press") -> "tuple[Subscription, ...]":
    """Return the feeds of a press; the second outlet is given by its site alone, so its feed is discovered."""
    from domain.records import Subscription
    from newsroom.site import base, feed_name, feed_url

    return tuple(
        Subscription(
            url=f"{base(outlet)}/" if outlet.number == 1 else feed_url(outlet, language),
            title=feed_name(outlet, language),
            publisher=outlet.name,
            language=language,
            discover=outlet.number == 1,
        )
        for outlet, language in press.feeds()
    )


def _judge(press: "Press", visits: "list[Visit]", kept: "Kept", *, database: str, seconds: float) -> Outcome:
    """Compare what is in the database with the truth; corrections only where articles were asked again at all."""
    from newsroom import truth

    edition = visits[-1].edition
    expected = truth.expected(press, edition)
    unique = sum(one.kind == "unique" for one in kept.carried)
    no_article = sum(int(visit.account[name]) for visit in visits for name in ("rejected", "failed"))
    counts = {
        "unique": (unique, expected.unique),
        "copies": (len(kept.carried) - unique, expected.copies),
        "no article": (no_article, expected.no_article),
        "pending": (int(visits[-1].account["pending"]), 0),
        "corrections": (len(kept.corrected), expected.revised if kept.asked_again else len(kept.corrected)),
    }
    differences = truth.differences(press, edition, {one.canonical_url: one.story_id for one in kept.carried})
    differences += [f"{name}: {found} instead of {due}" for name, (found, due) in counts.items() if found != due]
    return Outcome(
        outlets=len(press.outlets), feeds=truth.feed_count(press), languages=press.outlets[0].languages, database=database,
        visits=tuple(visits), unique=unique, copies=counts["copies"][0], revisions=len(kept.corrected), no_article=no_article,
        expected=asdict(expected), differences=tuple(differences), seconds=round(seconds, 1),
    )  # fmt: skip
