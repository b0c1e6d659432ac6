"""Rules for single sites: small TOML files beside this one, for what no general rule can know. Few, dated, each with a test.

A rule names the site's registrable domain and holds for all its hosts. It may cut parts of the page before reading
(`prune_xpath`), lines after it (`cut`), the site's names off its titles (`title_suffixes`), say which statement of the date to
believe (`date_source`), and ask for the extractor's precise mode (`precision`). `checked` is the day it was last seen to hold.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

from lxml.etree import XPath, XPathSyntaxError

from domain.urls import registrable_domain

DATE_SOURCES = ("json-ld", "meta", "time")


@dataclass(frozen=True, slots=True)
class SiteRule:
    """What is known of one site; the empty rule changes nothing."""

    domain: str = ""
    checked: date | None = None
    prune_xpath: tuple[str, ...] = ()
    cut: tuple[re.Pattern[str], ...] = ()
    title_suffixes: tuple[str, ...] = ()
    date_source: str | None = None
    precision: bool = False


NONE = SiteRule()


def rule_for(host: str) -> SiteRule:
    """Return the rule for a host (`name:port`), or the empty one."""
    return _rules().get(registrable_domain(host), NONE)


def parse(text: str, name: str) -> SiteRule:
    """Return the rule a TOML document states; raises `ValueError` with the file's name, what is wrong, and what is allowed."""
    try:
        stated = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{name}: {error}") from None
    allowed = set(SiteRule.__dataclass_fields__)
    if unknown := sorted(set(stated) - allowed):
        raise ValueError(f"{name}: unknown key {unknown[0]!r}; allowed are {', '.join(sorted(allowed))}")
    for key in ("domain", "checked"):
        if key not in stated:
            raise ValueError(f"{name}: {key} is missing")
    if stated.get("date_source") not in {None, *DATE_SOURCES}:
        raise ValueError(f"{name}: date_source is {stated['date_source']!r}; allowed are {', '.join(DATE_SOURCES)}")
    return _rule(stated, name)


def _rule(stated: Mapping[str, Any], name: str) -> SiteRule:
    try:
        for path in stated.get("prune_xpath", ()):
            XPath(path)
        cut = tuple(re.compile(pattern, re.IGNORECASE) for pattern in stated.get("cut", ()))
    except (XPathSyntaxError, re.error, TypeError) as error:
        raise ValueError(f"{name}: {error}") from None
    return SiteRule(
        domain=str(stated["domain"]),
        checked=stated["checked"],
        prune_xpath=tuple(stated.get("prune_xpath", ())),
        cut=cut,
        title_suffixes=tuple(stated.get("title_suffixes", ())),
        date_source=stated.get("date_source"),
        precision=bool(stated.get("precision", False)),
    )


@cache
def _rules() -> Mapping[str, SiteRule]:
    """Return the rules that come with this package, read once."""
    files = resources.files("tasks.extract").joinpath("sites").iterdir()
    rules = (parse(file.read_text("utf-8"), file.name) for file in files if file.name.endswith(".toml"))
    return {rule.domain: rule for rule in rules}
