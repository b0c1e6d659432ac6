"""Imported by the server process that extraction processes are forked from, once and nowhere else: it loads and warms the extractor."""

import gc
import os

# numpy's linear algebra would start threads here; forked processes would inherit their locks and never their threads.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from tasks.extract import warm

warm.touch()
gc.collect()
gc.freeze()
