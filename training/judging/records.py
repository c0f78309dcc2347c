"""Records of a test set on disk: what each image adds, so that scores can be drawn anew without the model."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from seedbed.core.errors import DataError, Reason
from seedbed.core.files import write_atomic
from seedbed.training.judging.evaluation import Record

FILE = "records.npz"
_KEYS = ("tp", "tp_m", "conf", "pred_cls", "target_cls", "target_img")


def save_records(path: Path, records: Sequence[Record]) -> None:
    """Writes records as one compressed file.

    Args:
        path: of the file.
        records: from `evaluation.Judge`.
    """
    content: dict[str, np.ndarray] = {"images": np.array(len(records))}
    for key in _KEYS:
        if records and key in records[0]:
            content[key] = np.concatenate([np.asarray(record[key]) for record in records])
            content[f"{key}#"] = np.array([len(record[key]) for record in records])
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **content)  # type: ignore[arg-type]
    write_atomic(path, buffer.getvalue())


def load_records(path: Path) -> list[Record]:
    """Reads what `save_records` wrote.

    Raises:
        DataError: it is not there or damaged.
    """
    try:
        with np.load(path) as file:
            records: list[Record] = [{} for _ in range(int(file["images"]))]
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
