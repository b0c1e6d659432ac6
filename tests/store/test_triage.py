"""When an article counts as published, and when a refused page is tried again."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.outcomes import Outcome, Reason
from domain.records import Refusal
from tasks.store.triage import again_at, final, next_visit_at, ordered_at

SEEN = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("published", "polled_before", "expected", "why"),
    [
        (SEEN - HOUR, None, SEEN - HOUR, "no poll contradicts it: as old as it says"),
        (SEEN - 900 * 24 * HOUR, None, SEEN - 900 * 24 * HOUR, "an archive's article is as old as it says"),
        (None, None, SEEN, "no claim: when we saw it"),
        (SEEN + HOUR, None, SEEN, "not published after it was seen"),
        (SEEN - HOUR, SEEN - 2 * HOUR, SEEN - HOUR, "inside the bracket the claim counts"),
        (SEEN - 48 * HOUR, SEEN - 2 * HOUR, SEEN - 2 * HOUR, "dated back: it was not in its feed then"),
        (datetime(1970, 1, 1, tzinfo=UTC), None, SEEN, "a clock that starts at zero"),
        (datetime(1, 1, 1, tzinfo=UTC), None, SEEN, "a year that was never filled in"),
        (datetime(1987, 3, 3, tzinfo=UTC), None, datetime(1987, 3, 3, tzinfo=UTC), "an old archive"),
    ],
)
def test_our_polls_bracket_what_a_page_claims(published: datetime, polled_before: datetime, expected: datetime, why: str) -> None:
    assert ordered_at(published, seen_at=SEEN, polled_before=polled_before) == expected, why


def test_a_passing_refusal_comes_back_later_each_time_and_fails_in_the_end() -> None:
    passing = Refusal(Outcome.FAILED, Reason.EXTRACTION_FAILED, "out of memory", retry=True)
    pauses = [again_at(passing, tried, 4, SEEN) for tried in range(4)]
    assert [pause and (pause - SEEN).total_seconds() / 60 for pause in pauses] == [5, 20, 80, None]
    assert final(passing) is Outcome.FAILED
    short = Refusal(Outcome.REJECTED, Reason.TOO_SHORT, "9 words")
    assert (again_at(short, 0, 4, SEEN), final(short)) == (None, Outcome.REJECTED)


def test_old_articles_are_not_asked_again() -> None:
    assert next_visit_at(SEEN - HOUR, SEEN, (6.0, 24.0), enabled=True) == SEEN + 6 * HOUR
    assert next_visit_at(SEEN - 25 * HOUR, SEEN, (6.0, 24.0), enabled=True) is None
    assert next_visit_at(SEEN - HOUR, SEEN, (6.0, 24.0), enabled=False) is None
    assert next_visit_at(SEEN - HOUR, SEEN, (), enabled=True) is None
