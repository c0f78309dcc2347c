"""The scenes room."""
