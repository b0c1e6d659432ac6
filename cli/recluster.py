"""copydesk recluster: build the signatures that the present settings ask for, and switch to them."""

from typing import Annotated

from cyclopts import Parameter

from cli.options import AsJson, DatabaseUrl, opened, settings_for
from cli.output import print_json, print_table


def recluster(
    *,
    dry_run: Annotated[bool, Parameter(help="Only say what would change; the signatures that were made stay.")] = False,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Compare the whole archive anew under the present settings or a newer version's rules, and switch when that is complete.

    Readers and running ingests see the former stories until the switch, which is one transaction. Broken off, it goes on where
    it was. Rulings are respected.
    """
    from tasks.deduplicate.judge import TextJudge
    from tasks.recluster.task import recluster_archive

    loaded = settings_for(database)
    judge = TextJudge(loaded.deduplicate)
    with opened(loaded) as desk:
        done = recluster_archive.fn(desk, loaded, judge, dry_run=dry_run)
    if as_json:
        print_json(done)
        return
    if not done.switched and not dry_run:
        print(f"The recipe {done.recipe_id} is the active one already.")
        return
    word = "Switched" if done.switched else "A switch"
    print(
        f"{word} to the recipe {done.recipe_id}: {done.article_count:,} texts, {done.match_count:,} matches, {done.moved_count:,} articles moved."
    )
    if done.changes:
        print_table(["Change", "Count"], sorted(done.changes.items()))
