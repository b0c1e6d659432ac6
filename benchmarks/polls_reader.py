"""The other side of `benchmarks.polls`: run by the Python of an environment that has lemon24's `reader`."""

import sys
import time
from pathlib import Path

from reader import make_reader  # type: ignore[import-not-found]

listed, database, rounds = sys.argv[1:]
reader = make_reader(database)
for url in Path(listed).read_text(encoding="utf-8").split():
    reader.add_feed(url, allow_invalid_url=True)
reader.update_feeds(scheduled=False, workers=10)
times = []
for _ in range(int(rounds)):
    start = time.perf_counter()
    reader.update_feeds(scheduled=False, workers=10)
    times.append(time.perf_counter() - start)
print(reader.get_feed_counts().total / sorted(times)[len(times) // 2])
