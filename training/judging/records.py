"""Records of a test set on disk: what each image adds, so that scores can be drawn anew without the model."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from seedbed.core.errors import DataError, Reason
from seedbed.core.files import write_atomic
from seedbed.training.judging.evaluation import Record
from seedbed.training.sets.labelled import Frame

FILE = "records.npz"
_KEYS = ("tp", "tp_m", "conf", "pred_cls", "target_cls", "target_img", "boxes", "truth", "shape")


def save_records(path: Path, records: Sequence[Record], frames: Sequence[Frame]) -> None:
    """Writes records as one compressed file.

    Args:
        path: of the file.
        records: from `evaluation.Judge`.
        frames: their images, in the same order.
    """
    content: dict[str, np.ndarray] = {
        "names": np.array([frame.name for frame in frames]),
        "paths": np.array([str(frame.path.resolve()) for frame in frames]),
    }
    for key in _KEYS:
        if records and key in records[0]:
            joined = np.concatenate([np.asarray(record[key]) for record in records])
            content[key] = joined.astype(np.float32) if key in ("boxes", "truth") else joined
            content[f"{key}#"] = np.array([len(record[key]) for record in records])
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **content)  # type: ignore[arg-type]
    write_atomic(path, buffer.getvalue())


def load_records(path: Path) -> list[Record]:
    """Reads what `save_records` wrote.

    Returns:
        The records, each with `name` and `path` of its image besides.

    Raises:
        DataError: it is not there or damaged.
    """
    try:
        with np.load(path) as file:
            names, paths = file["names"].tolist(), file["paths"].tolist()
            records: list[Record] = [{"name": name, "path": path} for name, path in zip(names, paths, strict=True)]
            for key in _KEYS:
                if key in file:
                    edges = np.cumsum(file[f"{key}#"])[:-1]
                    for record, part in zip(records, np.split(file[key], edges), strict=True):
                        record[key] = part
    except (OSError, ValueError, KeyError) as error:
        raise DataError(
            "the records of a run cannot be read",
            reason=Reason.DAMAGED,
            where=path,
            found=error,
            repair="delete the run's folder and train again",
        ) from None
    return records
