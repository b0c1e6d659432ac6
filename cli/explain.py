"""copydesk explain: why an article is unique, or a copy of what."""

from collections.abc import Iterator
from difflib import ndiff
from typing import TYPE_CHECKING

from cli.options import AsJson, DatabaseUrl, opened, settings_for
from cli.output import print_json, print_table, safe

if TYPE_CHECKING:
    from db.explain import Compared, Explained, Explanation, Version
    from db.session import Session

_LINES = 40


def explain(article: str, /, *, database: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """Show why an article is where it is: candidates, evidence, the rule that decided, rulings, and how its text changed.

    Parameters
    ----------
    article
        Its address or its id.
    """
    from db.explain import explain as look

    with opened(settings_for(database)) as desk, desk.read() as session:
        found = look(session, find(session, article))
    assert found is not None
    if as_json:
        print_json(found)
    else:
        _print(found)


def find(session: "Session", named: str) -> int:
    """Return the id of the article that a person names. Raises `ConfigurationError` when there is none."""
    from db.articles import find as look
    from domain.errors import ConfigurationError
    from domain.urls import canonical_url, url_key

    try:
        key = url_key(canonical_url(named))
    except ValueError:
        key = None
    found = look(session, named, key)
    if found is None:
        raise ConfigurationError(f"There is no article {named}; give its address or its id.")
    return found


def _print(found: "Explanation") -> None:
    article = found.article
    print(f"{article.id}  {safe(article.title)} ({safe(article.publisher)})")
    print(f"    {safe(article.url)}")
    print(f"    {_place(article)}")
    print(f"    published {safe(article.published_at)} ({safe(article.published_at_source)}), first seen {safe(article.first_seen_at)};")
    print(f"    its place in the order of the story: {safe(article.ordered_at)}")
    if article.withdrawn_at:
        print(f"    withdrawn {safe(article.withdrawn_at)}")
    print(
        f"\nCompared under the recipe {safe(found.recipe_id)}, which asks for a similarity of {found.thresholds.get('similarity', '-')}",
        end="",
    )
    print(
        f" or a containment of {found.thresholds.get('containment', '-')}:" if found.compared else "; nothing shares enough keys with it."
    )
    if found.compared:
        print_table(
            ["Verdict", "Rule", "Similarity", "Containment", "Shared", "Words", "Figures", "Found by", "Contained", "Article"],
            [_row(one) for one in found.compared],
        )
    for ruling in found.rulings:
        state = " (taken back)" if ruling.revoked else ""
        print(
            f"\nRuling {ruling.id}: {ruling.kind} {ruling.article_id} {safe(ruling.other_id)}, {safe(ruling.at)}{state}; {safe(ruling.note)}"
        )
    texts = [*(version.body for version in found.versions), found.body]
    for version, after in zip(found.versions, texts[1:], strict=True):
        _print_version(version, after)


def _place(article: "Explained") -> str:
    size = f"{article.member_count} article{'s' if article.member_count != 1 else ''}"
    if article.id == article.representative_id:
        return f"unique: represents story {article.story_id}, {size}"
    return f"{article.kind.replace('_', ' ')} of article {article.representative_id}, in story {article.story_id}, {size}"


def _row(one: "Compared") -> list[object]:
    where = "represents this story" if one.represents else "in this story" if one.same_story else "another story"
    figures = "-" if one.figures is None else f"{one.figures:.2f}"
    return [
        one.verdict.replace("_", " "), one.rule.replace("_", " "), f"{one.similarity:.2f}", f"{one.containment:.2f}", one.shared_count,
        f"{one.words:.2f}", figures, one.found_by, one.contained, f"{one.article_id} {one.url} ({where})",
    ]  # fmt: skip


def _print_version(version: "Version", after: str) -> None:
    weight = "substantive" if version.substantive else "cosmetic"
    print(f"\nRead until {safe(version.replaced_at)} ({100 * version.change_ratio:.0f} % of the words changed, {weight}):")
    lines = list(difference(version.body, after))
    for line in lines[:_LINES]:
        print(f"    {line[:2]}{safe(line[2:])}")
    if len(lines) > _LINES:
        print(f"    and {len(lines) - _LINES} more lines")


def difference(before: str, after: str) -> Iterator[str]:
    """Yield the sentences that went (`- `) and came (`+ `), in the order of the text."""
    one, other = (text.replace(". ", ".\n").replace("。", "。\n").splitlines() for text in (before, after))
    return (line for line in ndiff(one, other) if line[:2] in {"- ", "+ "})
