"""Publishes what is stored in formats that other tools read, one file per format."""
