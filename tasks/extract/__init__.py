"""From a page to the clean article and its metadata, in processes that can be killed."""
