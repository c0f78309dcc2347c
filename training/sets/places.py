"""Where each image was taken: by a table, or by the sub-folder it lies in."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from seedbed.core.errors import DataError, Reason
from seedbed.core.words import nearest_hint
from seedbed.training.sets.labelled import Frame

COLUMNS = ("image", "place")


def places_of(frames: Sequence[Frame], table: Mapping[str, str] | None = None) -> list[str]:
    """The place of each image: by a table, or by the sub-folder it lies in.

    Args:
        frames: of a set.
        table: image -> place, from `read_places`; images by path below the dataset or by file name.

    Returns:
        A name for each frame, empty where nothing says it.
    """
    if table is not None:
        return [table.get(frame.name, table.get(PurePosixPath(frame.name).name, "")) for frame in frames]
    folders = [PurePosixPath(frame.name).parts[:-1] for frame in frames]
    shared = _shared(folders)
    return ["/".join(folder[shared:]) for folder in folders]


def read_places(path: Path) -> dict[str, str]:
    """Reads the table of places: a CSV with the columns `image` and `place`.

    Raises:
        DataError: it is not there, a column is absent, or an image is named twice with different places.
    """
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            head = list(reader.fieldnames or ())
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(
            "the table of places cannot be read",
            reason=Reason.NOT_FOUND if isinstance(error, FileNotFoundError) else Reason.DAMAGED,
            where=path,
            found=error,
            repair="write a CSV file in UTF-8 with the columns image and place",
        ) from None
    for column in COLUMNS:
        if column not in head:
            raise DataError(
                f"the table of places has no column {column}{nearest_hint(column, head)}",
                reason=Reason.MISSING_KEY,
                where=path,
                found=", ".join(head) or "no columns",
                allowed="image, place",
            )
    table: dict[str, str] = {}
    for number, row in enumerate(rows, 2):
        image, place = (row["image"] or "").strip().replace("\\", "/"), (row["place"] or "").strip()
        if table.setdefault(image, place) != place:
            raise DataError("an image has two places", where=f"{path}:{number}", found=image)
    return table


def _shared(folders: Iterable[tuple[str, ...]]) -> int:
    """How many folders all have in common, from the top."""
    count = 0
    for level in zip(*folders, strict=False):
        if len(set(level)) > 1:
            break
        count += 1
    return count
