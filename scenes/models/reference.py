"""The reference of the scene file's language in Markdown: the second part of the guide."""

from __future__ import annotations

from seedbed.core.reference import reference_of
from seedbed.scenes.models.scene import scene_schema


def scene_reference() -> str:
    """Every key of a scene with what it means and its default, as Markdown."""
    return reference_of(scene_schema(), "The scene")
