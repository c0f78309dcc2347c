"""Folders of pictures in a scene file, and whether what lies in them can be read."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field

from seedbed.core.documents import Model, Problems

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp"})

# First bytes of a file of each kind: a picture under another picture's name is still read.
_BEGINNINGS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"BM", b"RIFF")
# Decoding every photograph of a large folder would make a check slower than the first frames.
_MOST_DECODED = 100

Loc = tuple[str | int, ...]


class Folder(Model):
    """A folder of pictures, relative to the scene file."""

    folder: str = Field(min_length=1)
    """Path of the folder. Never pictures that may hold the objects to find: they would count as background."""


def pictures(folder: Path) -> list[Path]:
    """Picture files of a folder, sorted by name, so that their order is the same on every machine."""
    return sorted(entry for entry in folder.iterdir() if entry.suffix.lower() in IMAGE_SUFFIXES and entry.is_file())


def folders_in(value: Any, loc: Loc = ()) -> Iterator[tuple[Loc, str]]:
    """Every folder of pictures in a model: place in the file, path as written."""
    if isinstance(value, Folder):
        yield (*loc, "folder"), value.folder
    if isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            yield from folders_in(getattr(value, name), (*loc, field.alias or name))
    elif isinstance(value, tuple | list):
        for index, item in enumerate(value):
            yield from folders_in(item, (*loc, index))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from folders_in(item, (*loc, key))


def check_folder(problems: Problems, loc: Loc, place: Path, folder: str) -> None:
    """Adds what is wrong with a folder of pictures.

    Every file's first bytes are looked at, and up to a hundred files spread over the folder are decoded where OpenCV is
    installed.

    Args:
        problems: to add to.
        loc: of the folder's path in the file.
        place: the folder.
        folder: its path as written.
    """
    if not place.is_dir():
        problems.add(loc, "no such folder", found=folder, allowed="a folder of pictures", at_value=True)
        return
    paths = pictures(place)
    if not paths:
        kinds = ", ".join(sorted(IMAGE_SUFFIXES))
        problems.add(loc, "the folder holds no pictures", found=folder, allowed=f"files {kinds}", at_value=True)
    step = -(-len(paths) // _MOST_DECODED) if paths else 1
    broken = [path.name for index, path in enumerate(paths) if not _readable(path, decode=index % step == 0)]
    if broken:
        more = f" and {len(broken) - 3} more" if len(broken) > 3 else ""
        found = ", ".join(broken[:3]) + more
        problems.add(
            loc, "not a readable picture", found=found, allowed="pictures: remove it or save it anew", at_value=True
        )


def _readable(path: Path, *, decode: bool) -> bool:
    try:
        with open(path, "rb") as file:
            if not file.read(8).startswith(_BEGINNINGS):
                return False
    except OSError:
        return False
    if not (decode and find_spec("cv2")):
        return True
    import cv2

    try:
        return cv2.imread(str(path), cv2.IMREAD_REDUCED_COLOR_8) is not None
    except cv2.error:  # a picture of fewer than eight pixels cannot be read reduced
        return cv2.imread(str(path), cv2.IMREAD_COLOR) is not None
