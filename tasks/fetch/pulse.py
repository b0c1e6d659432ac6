"""Notices when the event loop stood still, so that our own sluggishness is not taken for a server's.

Other threads of the process parse, compress and talk to the database; while one of them holds the interpreter, deadlines go by
that nobody had a chance to meet.
"""

import asyncio
from typing import Final

_BEAT: Final = 0.2


class Pulse:
    """Counts the seconds, since it began, in which the loop should have turned and did not."""

    def __init__(self) -> None:
        self.stalled = 0.0

    async def beat(self) -> None:
        """Measure until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            await asyncio.sleep(_BEAT)
            late = loop.time() - began - _BEAT
            self.stalled += late if late > _BEAT else 0.0
