"""One room per stage, in the order an article passes them: poll, fetch, extract, deduplicate, store."""
