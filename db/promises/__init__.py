"""The promises that every committed state of the database keeps, each as the query for the rows that would break it.

At-least-once fetch, exactly-once effect: a process may be killed at any instant, and whatever is in the database then is
whole. Codes: `A` the accounting, `I1` to `I7` the invariants, `C` the change log. People read the texts in the output of
`copydesk audit`.
"""

from datetime import datetime

from db.promises import entries, stories
from db.promises.promise import Promise

__all__ = ["Promise", "promises"]


def promises(window_start: datetime, *, key_limit: int, sqlite: bool) -> tuple[Promise, ...]:
    """Return every promise, ordered by code; articles first seen since `window_start` must have their candidate keys.

    `key_limit` is the number of articles from which a key is crowded and no longer stored.
    """
    every = (
        *entries.accounting(), *entries.articles(sqlite=sqlite), *entries.polls(),
        *stories.stories(), *stories.signatures(window_start, key_limit), *stories.log(),
    )  # fmt: skip
    return tuple(sorted(every, key=lambda one: (one.code[0] == "C", one.code)))
