"""Folders of labelled frames: read, joined by class name, held against each other."""
