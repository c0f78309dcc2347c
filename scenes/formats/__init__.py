"""Layouts of labelled data sets on disk."""
