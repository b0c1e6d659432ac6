"""When to ask a feed, what its document says, and which of its entries are new."""
