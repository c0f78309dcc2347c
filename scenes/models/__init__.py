"""The scene file: what a person may write, a module per part of it."""
