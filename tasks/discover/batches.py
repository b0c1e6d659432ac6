"""Cuts findings into batches to be committed: so many documents, or so many bytes of their pages."""

from collections.abc import Iterator
from typing import Final

from domain.history import Discovered, Finding, Findings

# What one transaction writes of pages: about a tenth of a second, packed outside it.
BYTES: Final = 8 * 1024 * 1024


def of(findings: Findings, size: int) -> Iterator[list[Finding]]:
    """Yield the findings in order, in lists of at most `size`, shorter where their pages are large; one empty list for none."""
    batch: list[Finding] = []
    weight, any_yet = 0, False
    for one in findings:
        batch.append(one)
        weight += len(one.page.body) if isinstance(one, Discovered) and one.page else 0
        if len(batch) >= size or weight >= BYTES:
            yield batch
            batch, weight, any_yet = [], 0, True
    if batch or not any_yet:
        yield batch
