"""How good a detector is, on which images, and what it gets wrong."""
