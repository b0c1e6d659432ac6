"""Keeps leases alive while their holder works: a batch may take longer than a lease, a dead worker may not."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from domain.errors import DatabaseError

log = logging.getLogger("copydesk.leases")


@contextmanager
def kept_alive(renew: Callable[[], object], seconds: float) -> Iterator[None]:
    """Call `renew` three times within every `seconds`, in a thread of its own, until the block ends."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(seconds / 3):
            try:
                renew()
            except DatabaseError as error:
                log.warning("lease not renewed error=%s", error)

    thread = threading.Thread(target=beat, name="copydesk-leases", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
