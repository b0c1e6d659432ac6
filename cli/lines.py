"""copydesk lines: what was learned to be a site's own, and what a person says of it."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from cli.options import AsJson, DatabaseUrl, opened, settings_for
from cli.output import print_json, print_table, safe
from cli.plain import PLAIN

if TYPE_CHECKING:
    from domain.records import LineState, SiteLine

app = App(
    name="lines",
    help="List the lines learned to be a site's own and cut from its articles, or say that one stays.",
    default_parameter=PLAIN,
)

Site = Annotated[str, Parameter(help="The site's registrable domain, such as news.example.")]
Line = Annotated[str, Parameter(help="The line's number in `copydesk lines`, or its text.")]


@app.default
def listing(site: str | None = None, /, *, database: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """List the flagged lines, with in how many stories they stood, from when to when, and an article that had them.

    Parameters
    ----------
    site
        Only this site's: its registrable domain, such as news.example.
    """
    from db.lines import listing as look

    with opened(settings_for(database)) as desk, desk.read() as session:
        found = look(session, site=site)
    if as_json:
        print_json([_brief(one) for one in found])
    elif not found:
        print("No line has been flagged" + (f" for {safe(site)}." if site else " yet; it takes five stories of a site over three days."))
    else:
        titles = ["Line", "Site", "State", "Stories", "First", "Last", "Article", "Text"]
        print_table(titles, [list(_brief(one).values()) for one in found])


@app.command
def keep(site: Site, line: Line, /, *, database: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """Let a line stay in the site's articles from now on, whatever is learned; `copydesk reprocess` puts it back into earlier ones."""
    _rule(site, line, "kept", database=database, as_json=as_json)


@app.command
def cut(site: Site, line: Line, /, *, database: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """Take `keep` back: cut a line again from now on."""
    _rule(site, line, "flagged", database=database, as_json=as_json)


def _rule(site: str, line: str, state: "LineState", *, database: str | None, as_json: bool) -> None:
    from db.lines import rule

    with opened(settings_for(database)) as desk:
        one = desk.write(lambda session: rule(session, site, line, state, now=datetime.now(UTC)))
    if as_json:
        print_json(_brief(one))
    else:
        print(f"{safe(one.line)}\nis {'kept in' if state == 'kept' else 'cut from'} later articles of {safe(one.site)}.")


def _brief(one: "SiteLine") -> dict[str, object]:
    return {
        "line": one.key.to_bytes(8, signed=True).hex(), "site": one.site, "state": one.state, "story_count": one.story_count,
        "first_day": str(one.first_day), "last_day": str(one.last_day), "article_id": one.article_id, "text": one.line,
    }  # fmt: skip
