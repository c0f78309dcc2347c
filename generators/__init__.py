"""The generators room."""
