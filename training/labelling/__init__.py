"""Frames still to label: which ones, with which boxes, and which labels to look at again."""
