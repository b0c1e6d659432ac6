"""Builds the signatures of a new recipe beside the old ones, and switches when they are complete."""
