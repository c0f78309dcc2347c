"""Scenes that come with Seedbed."""
