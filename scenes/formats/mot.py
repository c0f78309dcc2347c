"""MOT: a folder per sequence, with numbered images and one table of tracks.

Fields of a line in `gt/gt.txt`: frame, track, left, top, width, height, 1 where it counts, class, visible share.
Frames, tracks, classes and pixels count from 1 (MOT16, section "Data format").
"""

from __future__ import annotations

import configparser
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seedbed.core.errors import Problem, Reason
from seedbed.core.files import TEMPORARY
from seedbed.scenes.formats.images import image_size, images_below, split_of
from seedbed.scenes.formats.model import SPLITS, Annotation, Format, Loss, Picture, Said, Size
from seedbed.scenes.formats.numbers import decimal, finite, has_area
from seedbed.scenes.formats.reader import Reader, names_file, read_text

_MOT16 = (
    "Pedestrian", "Person on vehicle", "Car", "Bicycle", "Motorbike", "Non motorized vehicle", "Static person",
    "Distractor", "Occluder", "Occluder on the ground", "Occluder full", "Reflection", "Crowd",
)  # fmt: skip
"""Classes 1 to 13 of the benchmark, for sets that do not name their own."""
_RATE = 30.0


@dataclass
class _Sequence:
    """What is known of a sequence while it is written."""

    spool: Path
    size: Size
    suffix: str
    length: int = 0


class MotTarget:
    """`SPLIT/SEQUENCE/img1`, `gt/gt.txt`, `gt/labels.txt` (as CVAT names classes) and `seqinfo.ini`.

    Args:
        classes: names in order; the first is class 1.
        facts: of the source; `fps` is the frame rate.
        loss: told of what cannot be kept.
        scratch: folder for temporary files.
    """

    format = Format.MOT
    says = frozenset({Said.TRACK, Said.SEQUENCE, Said.VISIBLE, Said.IGNORE, Said.CROWD})

    def __init__(self, classes: Sequence[str], facts: Mapping[str, Any], loss: Loss, scratch: Path) -> None:
        self._classes, self._loss, self._scratch = classes, loss, scratch
        self._numbers = {name: number for number, name in enumerate(classes, 1)}
        self._rate = float(facts.get("fps", _RATE))
        self._sequences: dict[str, _Sequence] = {}

    def image(self, picture: Picture) -> str | None:
        """`SPLIT/SEQUENCE/img1/000001.jpg`; None for an image of no sequence."""
        if picture.sequence is None or picture.number is None:
            return None
        return f"{picture.split}/{picture.sequence}/img1/{picture.number:06d}{picture.suffix}"

    def files(self, picture: Picture) -> dict[str, bytes]:
        """None of its own."""
        if picture.sequence is None or picture.number is None:
            self._loss.add("images are of no sequence and are left out")
            return {}
        place = f"{picture.split}/{picture.sequence}"
        if place not in self._sequences:
            spool = self._scratch / f"{TEMPORARY}gt-{len(self._sequences)}"
            spool.write_bytes(b"")
            self._sequences[place] = _Sequence(spool, picture.size, picture.suffix)
        sequence = self._sequences[place]
        sequence.length = max(sequence.length, picture.number)
        with open(sequence.spool, "a", encoding="utf-8", newline="\n") as file:
            file.writelines(self._lines(picture, picture.number))
        return {}

    def _lines(self, picture: Picture, number: int) -> Iterator[str]:
        for annotation in picture.annotations:
            if annotation.track is None or not annotation.name:
                self._loss.add("objects have no track number and are left out")
                continue
            if annotation.crowd:
                self._loss.add("crowd marks become ignore marks")
            left, top, right, bottom = annotation.box
            counts = "0" if annotation.ignore or annotation.crowd else "1"
            visible = "-1" if annotation.visible is None else decimal(annotation.visible)
            box = [decimal(value) for value in (left + 1, top + 1, right - left, bottom - top)]
            kind = str(self._numbers[annotation.name])
            # Tracks count from 1.
            yield ",".join([str(number), str(annotation.track + 1), *box, counts, kind, visible]) + "\n"

    def documents(self) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Tables, class names and settings of the sequences."""
        names = "".join(f"{name}\n" for name in self._classes).encode()
        for place, sequence in self._sequences.items():
            settings = {
                "name": place.rpartition("/")[2],
                "imDir": "img1",
                "frameRate": decimal(self._rate),
                "seqLength": sequence.length,
                "imWidth": sequence.size[0],
                "imHeight": sequence.size[1],
                "imExt": sequence.suffix,
            }
            lines = "".join(f"{key}={value}\n" for key, value in settings.items())
            yield f"{place}/gt/gt.txt", _pieces(sequence.spool)
            yield f"{place}/gt/labels.txt", iter([names])
            yield f"{place}/seqinfo.ini", iter([f"[Sequence]\n{lines}".encode()])

    def close(self) -> None:
        """Takes the temporary files away."""
        for sequence in self._sequences.values():
            sequence.spool.unlink(missing_ok=True)


def _pieces(path: Path) -> Iterator[bytes]:
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            yield block


class MotReader(Reader):
    """A MOT dataset.

    Args:
        root: the folder of the sequences, or of splits with sequences, or one sequence.
    """

    format = Format.MOT

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self._sequences = mot_sequences(root)
        named = [names_file(folder / "gt" / "labels.txt") for folder, _ in self._sequences]
        names = names_file(root / "classes.txt") or next((each for each in named if each), None)
        self.classes = names or _MOT16
        rates = {_setting(folder, "frameRate") for folder, _ in self._sequences} - {None}
        if len(rates) == 1:
            self.facts["fps"] = rates.pop()

    def _read(self, problems: list[Problem]) -> Iterator[Picture]:
        for folder, split in self._sequences:
            tracks = self._tracks(folder / "gt" / "gt.txt", problems)
            images = folder / (_text(folder, "imDir") or "img1")
            size: Size | None = None
            there: set[int] = set()
            for path in images_below(images):
                if not path.stem.isdigit():
                    problems.append(Problem(str(path), 0, 0, "an image whose name is not its frame's number"))
                    continue
                number = int(path.stem)
                there.add(number)
                size = image_size(path, problems)
                if size is not None:
                    name, found = f"{folder.name}/{path.name}", tuple(tracks.get(number, ()))
                    yield Picture(path, split, name, size, found, sequence=folder.name, number=number)
            for number in sorted(tracks.keys() - there)[:3]:
                gone = f"frame {number} has tracks and no image in {images.name}"
                problems.append(Problem(str(folder / "gt" / "gt.txt"), 0, 0, gone, Reason.NOT_FOUND))

    def _tracks(self, file: Path, problems: list[Problem]) -> dict[int, list[Annotation]]:
        """Objects of a sequence by frame; a sequence's table is small beside its images."""
        found: dict[int, list[Annotation]] = defaultdict(list)
        for number, line in enumerate((read_text(file, problems) or "").split("\n"), 1):
            if not line.strip():
                continue
            try:
                frame, annotation = self._line([finite(word) for word in line.split(",")])
            except ValueError as error:
                allowed = "frame, track, left, top, width, height, counts, class, visible share"
                problems.append(Problem(str(file), number, 1, str(error), found=line[:80], allowed=allowed))
                continue
            found[frame].append(annotation)
        return found

    def _line(self, values: list[float]) -> tuple[int, Annotation]:
        if len(values) not in (7, 8, 9, 10):
            raise ValueError(f"{len(values)} fields")
        frame, track, left, top, width, height, counts = values[:7]
        kind = int(values[7]) if len(values) == 9 else 1  # in MOT15 fields 8 to 10 are a place in the world
        if not 1 <= kind <= len(self.classes):
            raise ValueError(f"class {kind} where the set names {len(self.classes)} (from 1)")
        box = (left - 1, top - 1, left - 1 + width, top - 1 + height)
        if frame < 1 or not has_area(box):
            raise ValueError("a frame under 1" if frame < 1 else "a box without area")
        visible = values[8] if len(values) == 9 and 0 <= values[8] <= 1 else None
        name = self.classes[kind - 1]
        return int(frame), Annotation(name, box, visible=visible, track=int(track) - 1, ignore=counts == 0)


def mot_sequences(root: Path) -> list[tuple[Path, str]]:
    """Folders with `gt/gt.txt` down to two levels, and the split that each is of."""
    found = []
    for path in (root, *sorted(root.glob("*")), *sorted(root.glob("*/*"))):
        if (path / "gt" / "gt.txt").is_file():
            found.append((path, split_of(path.parent.name) or "train"))
    return sorted(found, key=lambda each: SPLITS.index(each[1]))


def _text(folder: Path, key: str) -> str | None:
    settings = configparser.ConfigParser()
    try:
        settings.read(folder / "seqinfo.ini", encoding="utf-8-sig")
        return settings.get("Sequence", key)
    except (configparser.Error, UnicodeDecodeError):
        return None


def _setting(folder: Path, key: str) -> float | None:
    try:
        return finite(_text(folder, key) or "")
    except ValueError:
        return None
