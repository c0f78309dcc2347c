"""Meshes of things, procedural or the user's own."""
