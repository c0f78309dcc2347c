"""Runs that make frames, and pictures of what they made."""
