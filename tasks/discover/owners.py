"""Whose document is it: the feed that a list names, whose leg is walked, or whose site the address belongs to."""

from collections.abc import Iterable, Mapping

from domain.history import Discovered, LegPlan
from tasks.discover.sitemap import site_of

# `LegPlan.note` of a file that is searched for certain outlets only: their feeds' ids.
_ONLY = "feeds "


def only(feed_ids: Iterable[int]) -> str:
    """Return the note for a leg from which only these feeds' documents are taken; empty for all."""
    ids = sorted(set(feed_ids))
    return _ONLY + ",".join(map(str, ids)) if ids else ""


class Owners:
    """The feeds of the database, as far as addresses and lists tell them apart."""

    def __init__(self, addresses: Iterable[tuple[int, str]], names: Mapping[str, int]) -> None:
        self._names = names
        self._sites: dict[str, int | None] = {}
        for feed_id, address in addresses:
            site = site_of(address)
            # Two feeds of one site: the site says nothing about which.
            self._sites[site] = None if site in self._sites else feed_id

    def sort(self, plan: LegPlan, found: Iterable[Discovered]) -> list[tuple[Discovered, int | None]]:
        """Return the documents that the leg is after, each with its feed where that is known."""
        wanted = {int(one) for one in plan.note.removeprefix(_ONLY).split(",")} if plan.note.startswith(_ONLY) else None
        owned = ((one, self._of(plan, one)) for one in found)
        return [(one, feed_id) for one, feed_id in owned if wanted is None or feed_id in wanted]

    def _of(self, plan: LegPlan, one: Discovered) -> int | None:
        named = self._names.get(one.feed.strip().casefold(), self._names.get(one.feed.strip())) if one.feed else None
        return named or plan.feed_id or self._sites.get(site_of(one.url))
