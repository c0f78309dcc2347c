"""Seedbed."""
