"""History on request: sitemaps, archived feeds, the Wayback Machine, WARC files, lists."""
