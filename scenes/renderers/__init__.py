"""Renderers: a passive view becomes colour and ids."""
