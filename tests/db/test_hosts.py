"""Host leases: one holder at a time, fenced, with pauses that spread to a domain and not further."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from config.settings import FetchSettings
from db import clock, hosts
from db.engine import Database
from db.models import Host
from domain.outcomes import Reason
from domain.records import HostGrant, HostReport, RobotsRecord, Run

NOW = datetime.now(UTC)
RUN = Run(id="run-1", worker="one:1", started_at=NOW)
OTHER = Run(id="run-2", worker="two:2", started_at=NOW)


def claim(database: Database, *names: str, run: Run = RUN, seconds: float = 60) -> dict[str, HostGrant]:
    return database.write(lambda session: hosts.claim(session, names, run=run, seconds=seconds))


def release(database: Database, report: HostReport) -> bool:
    return database.write(lambda session: hosts.release(session, report))


def report(grant: HostGrant, **values: object) -> HostReport:
    return HostReport(**{"host": grant.host, "fence": grant.fence, "next_request_at": None, **values})  # type: ignore[arg-type]


def test_P10_a_host_is_held_by_one_worker_at_a_time(database: Database) -> None:
    first = claim(database, "a.example:443", "b.example:443")
    assert set(first) == {"a.example:443", "b.example:443"}
    assert claim(database, "a.example:443", "c.example:443", run=OTHER).keys() == {"c.example:443"}
    assert claim(database, "a.example:443") == {}, "another lane of the same process is another holder"
    assert release(database, report(first["a.example:443"]))
    assert claim(database, "a.example:443", run=OTHER)["a.example:443"].fence == 2


def test_C13_a_late_worker_is_fenced_off(database: Database) -> None:
    old = claim(database, "a.example:443", seconds=-1)["a.example:443"]
    new = claim(database, "a.example:443", run=OTHER)["a.example:443"]
    assert new.fence == old.fence + 1
    assert not release(database, report(old, crawl_delay=9.0))
    with database.read() as session:
        assert session.execute(sa.select(Host.crawl_delay, Host.lease_owner)).one() == (None, OTHER.worker)
    assert database.write(lambda session: hosts.holds(session, "a.example:443", new.fence))
    assert not database.write(lambda session: hosts.holds(session, "a.example:443", old.fence))


def test_a_lease_is_extended_only_by_its_holder(database: Database) -> None:
    grants = claim(database, "a.example:443", "b.example:443", seconds=1)
    extend = lambda run: database.write(lambda session: hosts.renew(session, grants.values(), run=run, seconds=600))  # noqa: E731
    assert extend(OTHER) == 0
    assert extend(RUN) == 2
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.min(Host.lease_until))) > NOW + timedelta(minutes=5)


def test_a_visit_that_was_broken_off_frees_the_host_after_its_spacing(database: Database) -> None:
    names = [f"{name}.example:443" for name in "abcd"]
    grants = claim(database, *names)
    assert release(database, report(grants[names[1]], crawl_delay=20.0))
    assert release(database, report(grants[names[2]], crawl_delay=9_000.0))
    grants |= claim(database, *names)
    late = claim(database, "e.example:443", seconds=-1)
    claim(database, "e.example:443", run=OTHER)
    pace = FetchSettings(host_spacing=5, crawl_delay_limit=120)
    assert database.write(lambda session: hosts.give_back(session, (*grants.values(), *late.values()), pace)) == 4
    with database.read() as session:
        rows = session.execute(sa.select(Host.lease_owner, Host.next_request_at).order_by(Host.host)).all()
        now = clock.now(session)
    assert [row.lease_owner for row in rows] == [None, None, None, None, OTHER.worker]
    waits = [(row.next_request_at - now).total_seconds() for row in rows[:4]]
    assert [wanted - 4 < wait <= wanted for wait, wanted in zip(waits, (5, 20, 120, 5), strict=True)] == [True] * 4


def test_what_a_visit_taught_comes_back_with_the_next_grant(database: Database) -> None:
    grant = claim(database, "a.example:443")["a.example:443"]
    robots = RobotsRecord(status=200, body="User-agent: *\nDisallow: /x\n", fetched_at=NOW)
    assert release(database, report(grant, next_request_at=NOW + timedelta(seconds=5), crawl_delay=7.0, robots=robots, pause_count=2))
    again = claim(database, "a.example:443")["a.example:443"]
    assert again == HostGrant(
        host="a.example:443", fence=2, next_request_at=NOW + timedelta(seconds=5), crawl_delay=7.0, robots=robots, pause_count=2
    )
    assert release(database, report(again))
    assert claim(database, "a.example:443")["a.example:443"].robots == robots, "a report without robots.txt keeps the one known"


def test_P16_a_paused_host_is_left_alone_until_its_pause_is_over(database: Database) -> None:
    for until, free in ((NOW + timedelta(hours=2), False), (NOW - timedelta(seconds=1), True)):
        name = f"{free}.example:443"
        grant = claim(database, name)[name]
        assert release(database, report(grant, paused_until=until, pause_reason=Reason.RATE_LIMITED, pause_count=1))
        assert (name in claim(database, name)) is free


@pytest.mark.parametrize(("private", "paused"), [(False, True), (True, False)])
def test_P35_P36_three_paused_hosts_pause_their_domain_unless_private(database: Database, private: bool, paused: bool) -> None:
    names = [f"{letter}.paper.org:443" for letter in "abcd"] + ["paper.test:443"]
    grants = claim(database, *names)
    for name in names[:2]:
        assert release(
            database, report(grants[name], paused_until=NOW + timedelta(hours=1), pause_reason=Reason.UNAVAILABLE, private=private)
        )
    for name in names[3:]:
        assert release(database, report(grants[name], private=private))
    assert set(claim(database, *names, seconds=-1)) == set(names[3:]), "two are not yet a domain"
    assert release(
        database, report(grants[names[2]], paused_until=NOW + timedelta(hours=1), pause_reason=Reason.UNAVAILABLE, private=private)
    )
    asked = claim(database, *names, "new.paper.org:443", seconds=-1)
    assert ("d.paper.org:443" in asked) is not paused
    assert "paper.test:443" in asked
    assert ("new.paper.org:443" in asked) is not paused or private


def test_C14_a_worker_whose_clock_is_wrong_waits_as_long_as_any(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "ahead", lambda _session: timedelta(hours=3))
    grant = claim(database, "a.example:443")["a.example:443"]
    assert release(database, report(grant, next_request_at=NOW + timedelta(seconds=5)))
    with database.read() as session:
        assert session.scalar(sa.select(Host.next_request_at)) == NOW + timedelta(hours=3, seconds=5)
    assert claim(database, "a.example:443")["a.example:443"].next_request_at == NOW + timedelta(seconds=5)


def test_many_hosts_are_claimed_at_once(database: Database) -> None:
    names = [f"h{number}.example:80" for number in range(6_000)]
    assert len(claim(database, *names)) == 6_000
