"""Reads stored pages again with today's extractor and says what would become of the articles made from them."""
