"""Runs held against the ones before: what was recorded, whether a score has fallen, and what changed meanwhile."""
