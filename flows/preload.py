"""Imported by the server process that a flow's extraction processes are forked from: loads and warms extractor and signer, once."""

import gc

from tasks.extract import preload, warm  # isort: skip  (first: it keeps numpy from starting threads)

from flows.signing import signing
from tasks.deduplicate.recipe import Recipe

__all__ = ["preload"]

warm.touch(signing(Recipe()))
gc.collect()
gc.freeze()
