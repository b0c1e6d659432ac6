"""The promises that every committed state of the database keeps, each as the query for the rows that would break it.

At-least-once fetch, exactly-once effect: a process may be killed at any instant, and whatever is in the database then is
whole. Codes: `A` the accounting, `I1` to `I7` the invariants, `C` the change log. People read the texts in the output of
`copydesk audit`.
"""

from db.promises import entries, log, stories
from db.promises.promise import Promise, Terms

__all__ = ["Promise", "Terms", "promises"]


def promises(terms: Terms) -> tuple[Promise, ...]:
    """Return every promise, ordered by code, the change log's last."""
    every = (
        *entries.accounting(), *entries.articles(sqlite=terms.sqlite), *entries.addresses(), *entries.polls(),
        *stories.copies(terms), *stories.stories(), *stories.signatures(terms), *log.log(),
    )  # fmt: skip
    return tuple(sorted(every, key=lambda one: (one.code[0] == "C", one.code)))
