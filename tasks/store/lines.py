"""Learns which lines are a site's own: what stands in many of its stories, over days, is flagged and cut from later articles.

Copies of one story count once. The share keeps what a busy newsroom simply writes often ("Nobody was hurt.") out of it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta

from domain.lines import key
from domain.records import LineState, Sighting, SiteLine

# Stories, days from the first to the last of them, and the share of the site's articles since the first.
STORIES, DAYS, SHARE = 5, 3, 0.005


def keys(sightings: Iterable[Sighting]) -> set[int]:
    """Return the numbers of all lines that were seen, and of their sites."""
    return {number for one in sightings for number in (key(one.site, ""), *one.lines)}


def learn(known: Mapping[int, SiteLine], sightings: Iterable[Sighting], today: date) -> list[SiteLine]:
    """Return the rows to write, new and changed; `known` are those of the numbers that `keys` names."""
    rows: dict[int, SiteLine] = {}
    for one in sightings:
        number = key(one.site, "")
        site = rows.get(number) or known.get(number) or SiteLine(number, one.site, "site", 0, (), 0, today, today, 0)
        rows[number] = replace(site, story_count=site.story_count + 1, last_day=today, article_id=one.article_id)
        for number, line in one.lines.items():
            row = rows.get(number) or known.get(number)
            if row is None:
                rows[number] = SiteLine(number, one.site, "seen", 1, (one.story,), site.story_count, today, today, one.article_id)
            else:
                rows[number] = _seen(row, one, line, today, site_count=site.story_count + 1)
    return list(rows.values())


def _seen(row: SiteLine, one: Sighting, line: str, today: date, *, site_count: int) -> SiteLine:
    """Return the row with this sighting; only the first stories are remembered, which is exact until a line is flagged."""
    stories, count = row.stories, row.story_count
    if one.story not in stories:
        stories, count = (*stories, one.story)[:STORIES], count + 1
    enough = count >= STORIES and today - row.first_day >= timedelta(days=DAYS) and count >= SHARE * (site_count - row.since_count)
    told: tuple[LineState, str | None] = ("flagged", line) if enough and row.state == "seen" else (row.state, row.line)
    return replace(row, state=told[0], line=told[1], story_count=count, stories=stories, last_day=today, article_id=one.article_id)
