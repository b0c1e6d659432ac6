"""Pages as they are stored: compressed, with what is kept of their headers, under the address that they are the page of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain import packing
from domain.records import PendingEntry, Response
from domain.urls import original_of


@dataclass(frozen=True, slots=True)
class PackedPage:
    """A page ready to be stored: compressed outside the transaction, because the write lock is everybody's."""

    url: str
    url_key: str
    final_url: str
    status: int
    headers: list[list[str]]
    body: bytes
    body_hash: str
    body_size: int
    fetched_at: datetime


def pack(entry: PendingEntry, response: Response, headers: Sequence[tuple[str, str]]) -> PackedPage:
    """Return a response as it is stored, with those of its headers that are kept.

    A web archive's answer is stored as the page of the original address; its validators are the archive's and stay behind.
    """
    url, final = entry.url, response.final_url
    if entry.captured:
        url = original_of(url) or entry.canonical_url
        final = original_of(final) or url
        headers = [(name, value) for name, value in headers if name not in {"etag", "last-modified"}]
    return PackedPage(
        url=url,
        url_key=entry.url_key,
        final_url=final,
        status=response.status,
        headers=[[name, value] for name, value in headers],
        body=packing.pack(response.body),
        body_hash=packing.body_hash(response.body),
        body_size=len(response.body),
        fetched_at=response.fetched_at,
    )
