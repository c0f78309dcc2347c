"""Image files of a dataset: their size, whether they are whole, and what a split's folder is called."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from seedbed.core.errors import Problem, Reason
from seedbed.core.files import TEMPORARY
from seedbed.scenes.formats.model import Size

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"})
_ORIENTATION = 0x0112
_TURNED = frozenset({5, 6, 7, 8})
_ENDS = {b"\xff\xd8": b"\xff\xd9", b"\x89P": b"IEND"}

_SPLITS = {
    "train": ("train", "training"),
    "val": ("val", "valid", "validation", "dev"),
    "test": ("test", "testing"),
}


def split_of(name: str) -> str | None:
    """`train`, `val` or `test` from what other tools call it, such as `valid` or `train2017`; None for other words."""
    word = name.lower().rstrip("0123456789").rstrip("_-")
    return next((split for split, words in _SPLITS.items() if word in words), None)


def image_size(path: Path, problems: list[Problem]) -> Size | None:
    """Width and height as a viewer shows it (a camera's turn mark applied), from the file's head.

    Args:
        path: the file.
        problems: told of a file that is missing, cut off or no image.
    """
    try:
        with open(path, "rb") as file:
            head = file.read(2)
            length = file.seek(0, os.SEEK_END)
            file.seek(max(0, length - 2048))
            tail = file.read()
            file.seek(0)
            if not head or (head in _ENDS and _ENDS[head] not in tail):
                problems.append(
                    Problem(str(path), 0, 0, "the image is empty or cut off", Reason.DAMAGED, found=f"{length} bytes")
                )
                return None
            with Image.open(file) as image:
                width, height = image.size
                turned = image.getexif().get(_ORIENTATION) in _TURNED if image.format in ("JPEG", "MPO") else False
    except FileNotFoundError:
        problems.append(Problem(str(path), 0, 0, "no such image", Reason.NOT_FOUND))
        return None
    except (OSError, UnidentifiedImageError, ValueError, SyntaxError, ImportError) as error:
        # ImportError: Ultralytics, once loaded, lets Pillow look for a HEIF package when it knows no better.
        problems.append(Problem(str(path), 0, 0, f"not a readable image: {error}", Reason.DAMAGED))
        return None
    return (height, width) if turned else (width, height)


def images_below(folder: Path) -> Iterator[Path]:
    """Image files in a folder and those below it, by name; files still being written are left out."""
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in SUFFIXES and not path.name.startswith(TEMPORARY) and path.is_file():
            yield path


def find_image(folder: Path, stem: str) -> Path | None:
    """The image of this name in a folder, whatever its suffix."""
    for suffix in sorted(SUFFIXES):
        for candidate in (folder / f"{stem}{suffix}", folder / f"{stem}{suffix.upper()}"):
            if candidate.is_file():
                return candidate
    return None
