"""Frames of a feed that are worth a person's time: sharp, different from each other, and where a detector is unsure."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from seedbed.core.errors import DataError, Reason
from seedbed.core.files import write_atomic, writing
from seedbed.core.progress import Progress, Silent
from seedbed.training.labelling.detector import Detector, Found
from seedbed.training.sets.folders import SUFFIXES

VIDEOS = frozenset({".mp4", ".avi", ".mov", ".mkv", ".m4v", ".webm", ".mpg", ".mpeg"})
TABLE = "keyframes.csv"
_THUMB = 8
_POOL = 20
"""Candidates kept per wanted frame: memory does not grow with the length of a feed."""
_BLURRED = 0.25
"""Of a feed's frames, the least sharp part is left out."""


@dataclass(frozen=True)
class Keyframe:
    """A chosen frame.

    Attributes:
        source: the video or picture.
        index: of the frame in its video, from 0; 0 for a picture.
        seconds: since the video's start; None for a picture.
        sharpness: variance of the Laplacian of the grey picture, 480 pixels wide.
        unsure: 0 (sure) to 1; None without a detector.
        distance: to the nearest frame chosen before, in units of the descriptor; None for the first.
        file: its name in the folder.
    """

    source: str
    index: int
    seconds: float | None
    sharpness: float
    unsure: float | None
    distance: float | None
    file: str


@dataclass
class _Candidate:
    path: Path
    index: int
    seconds: float | None
    sharpness: float
    descriptor: NDArray[np.float32]
    unsure: float | None = None


def keyframes(
    feed: Path | str,
    out: Path | str,
    *,
    count: int,
    run: Path | str | None = None,
    every: float = 0.5,
    progress: Progress | None = None,
) -> tuple[Keyframe, ...]:
    """Chooses frames to label.

    The least sharp quarter is left out. Of the others the first is the one a detector is least sure of (the sharpest,
    without one); each next one is the farthest from all chosen so far (Gonzalez 1985, "Clustering to minimize the
    maximum intercluster distance"), distances stretched by how unsure the detector is of it.

    Args:
        feed: a video, or a folder of videos and pictures.
        out: folder for images/, keyframes.csv and sheet.jpg.
        count: frames wanted; fewer where the feed has no more.
        run: a finished run to ask.
        every: seconds between frames of a video that are looked at.
        progress: told of frames looked at.

    Returns:
        The chosen frames, the most worth first.

    Raises:
        DataError: nothing there can be read, or no finished run.
        EngineError: `out` cannot be written.
    """
    progress, out = progress or Silent(), Path(out)
    sources = _sources(Path(feed))
    detector = Detector(run) if run is not None else None
    pool: list[_Candidate] = []
    most = max(200, count * _POOL)
    stride = 1
    seen = 0
    progress.start(None, "frames", "looking")
    try:
        for path in sources:
            for index, seconds, picture in _frames(path, every):
                progress.advance()
                if seen % stride == 0:
                    pool.append(_candidate(path, index, seconds, picture, detector))
                seen += 1
                if len(pool) > most:
                    # Every other one from now on: what stays is spread evenly over the whole feed.
                    pool, stride = pool[::2], stride * 2
    finally:
        progress.finish()
    if not pool:
        raise DataError("no frame could be read", reason=Reason.DAMAGED, where=feed, found=f"{len(sources)} files")
    chosen = _chosen(pool, count)
    return _write(chosen, out)


def _sources(feed: Path) -> list[Path]:
    if feed.is_dir():
        found = sorted(path for path in feed.rglob("*") if path.suffix.lower() in SUFFIXES | VIDEOS)
    else:
        found = [feed] if feed.is_file() else []
    if not found:
        raise DataError(
            "nothing to look at" if feed.exists() else "no such file or folder",
            reason=Reason.NOT_FOUND,
            where=feed,
            allowed="a video (mp4, avi, mov, mkv …) or a folder of videos and pictures",
        )
    return found


def _frames(path: Path, every: float) -> Iterator[tuple[int, float | None, Any]]:
    """Index, seconds and picture of the frames to look at."""
    if path.suffix.lower() in SUFFIXES:
        picture = cv2.imread(str(path))
        if picture is not None:
            yield 0, None, picture
        return
    video = cv2.VideoCapture(str(path))
    try:
        rate = video.get(cv2.CAP_PROP_FPS) or 25.0
        step = max(1, round(every * rate))
        index = 0
        while video.grab():
            if index % step == 0:
                good, picture = video.retrieve()
                if good:
                    yield index, index / rate, picture
            index += 1
    finally:
        video.release()


def _candidate(path: Path, index: int, seconds: float | None, picture: Any, detector: Detector | None) -> _Candidate:
    grey = cv2.cvtColor(_narrow(picture, 480), cv2.COLOR_BGR2GRAY)
    lab = cv2.cvtColor(cv2.resize(picture, (_THUMB, _THUMB), interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2LAB)
    unsure = None
    if detector is not None:
        unsure = uncertainty(detector.find([picture])[0], detector.threshold)
    return _Candidate(
        path,
        index,
        seconds,
        float(cv2.Laplacian(grey, cv2.CV_64F).var()),
        lab.astype(np.float32).ravel() / 255,
        unsure,
    )


def uncertainty(found: Found, threshold: float) -> float:
    """How unsure a detector is of a picture, 0 to 1.

    The largest, over detections, of how near a score is to the threshold it is told apart by: 1 at it, 0 at 0 and 1
    (margin sampling: Scheffer et al. 2001; of a picture, the most doubtful box counts).

    Args:
        found: in the picture.
        threshold: the working threshold.
    """
    scores = found.scores
    if not len(scores):
        return 0.0
    near = np.where(scores >= threshold, (1 - scores) / max(1 - threshold, 1e-9), scores / max(threshold, 1e-9))
    return float(near.max())


def _chosen(pool: list[_Candidate], count: int) -> list[tuple[_Candidate, float | None]]:
    limit = np.quantile([each.sharpness for each in pool], _BLURRED) if len(pool) > 4 else -np.inf
    sharp = [each for each in pool if each.sharpness >= limit]
    points = np.stack([each.descriptor for each in sharp])
    worth = np.array([1.0 if each.unsure is None else 0.5 + each.unsure for each in sharp])
    first = int(np.argmax([each.sharpness if each.unsure is None else each.unsure for each in sharp]))
    order: list[tuple[_Candidate, float | None]] = [(sharp[first], None)]
    nearest = np.linalg.norm(points - points[first], axis=1)
    while len(order) < min(count, len(sharp)):
        index = int(np.argmax(nearest * worth))
        if nearest[index] <= 0:
            break  # the rest are the same picture again
        order.append((sharp[index], float(nearest[index])))
        nearest = np.minimum(nearest, np.linalg.norm(points - points[index], axis=1))
    return order


def _write(chosen: list[tuple[_Candidate, float | None]], out: Path) -> tuple[Keyframe, ...]:
    made, thumbs = [], []
    with writing(out):
        (out / "images").mkdir(parents=True, exist_ok=True)
        for rank, (each, distance) in enumerate(chosen):
            picture = _again(each)
            name = f"{rank:04d}-{each.path.stem}" + (f"-{each.index:06d}" if each.seconds is not None else "") + ".jpg"
            good, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 95])
            if not good:
                raise DataError("a frame cannot be encoded", where=each.path, found=f"frame {each.index}")
            write_atomic(out / "images" / name, data.tobytes())
            thumbs.append(_narrow(picture, 240))
            made.append(Keyframe(str(each.path), each.index, each.seconds, each.sharpness, each.unsure, distance, name))
        rows = [["file", "source", "frame", "seconds", "sharpness", "unsure", "distance"]]
        rows += [
            [
                one.file,
                one.source,
                str(one.index),
                _told(one.seconds),
                f"{one.sharpness:.1f}",
                _told(one.unsure),
                _told(one.distance),
            ]
            for one in made
        ]
        write_atomic(out / TABLE, _csv(rows))
        write_atomic(out / "sheet.jpg", sheet(thumbs))
    return tuple(made)


def _again(each: _Candidate) -> Any:
    if each.seconds is None:
        return cv2.imread(str(each.path))
    video = cv2.VideoCapture(str(each.path))
    try:
        # Seeking lands on a key frame in some files: read on to the very frame instead.
        video.set(cv2.CAP_PROP_POS_FRAMES, each.index)
        if round(video.get(cv2.CAP_PROP_POS_FRAMES)) != each.index:
            video.release()
            video.open(str(each.path))
            for _ in range(each.index):
                video.grab()
        good, picture = video.read()
    finally:
        video.release()
    if not good:
        raise DataError("a frame cannot be read again", reason=Reason.DAMAGED, where=each.path, found=each.index)
    return picture


def sheet(pictures: list[Any], columns: int = 6) -> bytes:
    """Small pictures in rows as one JPEG.

    Args:
        pictures: (h, w, 3) uint8 BGR each, of any sizes.
        columns: in a row.
    """
    wide, high = max(each.shape[1] for each in pictures), max(each.shape[0] for each in pictures)
    rows = -(-len(pictures) // columns)
    board = np.full((rows * high, min(columns, len(pictures)) * wide, 3), 24, np.uint8)
    for place, each in enumerate(pictures):
        top, left = place // columns * high, place % columns * wide
        board[top : top + each.shape[0], left : left + each.shape[1]] = each
    return bytes(cv2.imencode(".jpg", board, [cv2.IMWRITE_JPEG_QUALITY, 88])[1].tobytes())


def _narrow(picture: Any, width: int) -> Any:
    if picture.shape[1] <= width:
        return picture
    scale = width / picture.shape[1]
    return cv2.resize(picture, (width, max(1, round(picture.shape[0] * scale))), interpolation=cv2.INTER_AREA)


def _told(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _csv(rows: list[list[str]]) -> bytes:
    import io

    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()
