"""The nouns that every room shares; imports nothing of the project and nothing beyond the standard library, w3lib, idna and tld."""
