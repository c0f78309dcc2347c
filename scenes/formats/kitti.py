"""KITTI: a text file per image with 2D and 3D boxes, and its calibration.

Fields of a line: class, truncated, occluded, alpha, left, top, right, bottom, height, width, length, x, y, z,
rotation_y (the devkit's readme). Unknown ones are what the devkit writes for DontCare: -1, 3, -10, -1, -1000, -10.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from seedbed.core.errors import DataError, Problem, Reason
from seedbed.scenes.formats.images import image_size, images_below, split_of
from seedbed.scenes.formats.model import SPLITS, Annotation, Box3D, Camera, Format, Loss, Picture, Said
from seedbed.scenes.formats.numbers import decimal, finite, has_area
from seedbed.scenes.formats.reader import Reader, checked_names, names_file, read_text

_ASIDE = "DontCare"
_UNKNOWN_3D: tuple[str, ...] = ("-1", "-1", "-1", "-1000", "-1000", "-1000", "-10")
_TILTED = 0.02
"""Cosine between a box's down axis and the camera's that counts as level: 1 - 0.02 is about 11 degrees."""


def words_of(classes: Sequence[str]) -> dict[str, str]:
    """Class names as single words, each another: KITTI parts its fields by spaces."""
    words: dict[str, str] = {}
    taken = {_ASIDE.lower()}
    # Names that are words already keep themselves, whatever comes before them.
    for name in sorted(classes, key=lambda name: len(name.split()) != 1):
        word = "_".join(name.split())
        while word in taken or word.lower() == _ASIDE.lower():
            word += "_"
        taken.add(word)
        words[name] = word
    return {name: words[name] for name in classes}


class KittiTarget:
    """`SPLIT/label_2`, `SPLIT/image_2`, `SPLIT/calib`, and `classes.txt` with the names as they are.

    Args:
        classes: names in order.
        loss: told of what cannot be kept.
    """

    format = Format.KITTI
    says = frozenset({Said.TRUNCATED, Said.VISIBLE, Said.BOX3D, Said.IGNORE, Said.CROWD, Said.CAMERA})

    def __init__(self, classes: Sequence[str], loss: Loss) -> None:
        self._classes, self._words, self._loss = classes, words_of(classes), loss

    def image(self, picture: Picture) -> str:
        """`SPLIT/image_2/NAME`."""
        return f"{picture.split}/image_2/{picture.name}"

    def files(self, picture: Picture) -> dict[str, bytes]:
        """The labels, and the calibration where the camera is known."""
        lines = "".join(self._line(annotation) + "\n" for annotation in picture.annotations)
        files = {f"{picture.split}/label_2/{picture.stem}.txt": lines.encode()}
        if picture.camera is not None:
            files[f"{picture.split}/calib/{picture.stem}.txt"] = _calibration(picture.camera)
        return files

    def documents(self) -> Iterator[tuple[str, Iterator[bytes]]]:
        """The class names in order."""
        yield "classes.txt", iter(["".join(f"{name}\n" for name in self._classes).encode()])

    def _line(self, annotation: Annotation) -> str:
        box = [decimal(edge) for edge in annotation.box]
        if annotation.ignore or annotation.crowd or not annotation.name:
            if annotation.name:
                self._loss.add("objects marked to be ignored become DontCare, which has no class")
            return " ".join([_ASIDE, "-1", "-1", "-10", *box, *_UNKNOWN_3D])
        if annotation.visible not in (None, 1):
            self._loss.add("visible shares become one of three steps (from 95 %, from 50 %)")
        step = annotation.step()
        truncated = "-1" if annotation.truncated is None else decimal(annotation.truncated)
        solid, alpha = _UNKNOWN_3D, annotation.alpha
        if annotation.box3d is not None:
            solid, seen = self._solid(annotation.box3d)
            alpha = seen if alpha is None else alpha
        word = self._words[annotation.name]
        return " ".join(
            [
                word,
                truncated,
                "3" if step is None else str(step),
                "-10" if alpha is None else decimal(alpha),
                *box,
                *solid,
            ]
        )

    def _solid(self, box: Box3D) -> tuple[tuple[str, ...], float]:
        """Dimensions, place of the bottom's middle, turn around the camera's y axis; and the observation angle."""
        if box.rotation[1, 1] < 1 - _TILTED:
            self._loss.add("3D boxes are tilted against the camera: kitti keeps their turn around its y axis alone")
        forward = box.rotation[:, 0]
        turn = math.atan2(-forward[2], forward[0])
        length, height, width = box.size
        x, y, z = np.asarray(box.center) + box.rotation[:, 1] * height / 2
        alpha = _wrapped(turn - math.atan2(x, z))
        values = (height, width, length, float(x), float(y), float(z), turn)
        return tuple(decimal(value) for value in values), alpha


def _wrapped(angle: float) -> float:
    return (angle + math.pi) % (2 * math.pi) - math.pi


def _calibration(camera: Camera) -> bytes:
    """One camera: P0 to P3 are the same, and there is no laser scanner."""
    projection = np.concatenate([camera.matrix, np.zeros((3, 1))], 1)
    rows = {f"P{number}": projection for number in range(4)}
    rows |= {"R0_rect": np.eye(3), "Tr_velo_to_cam": np.eye(3, 4), "Tr_imu_to_velo": np.eye(3, 4)}
    text = (f"{name}: " + " ".join(f"{value:.12e}" for value in row.ravel()) + "\n" for name, row in rows.items())
    return "".join(text).encode()


class KittiReader(Reader):
    """A KITTI object dataset: folders with `image_2` and `label_2`.

    Args:
        root: the folder of these, or of folders that have them, such as `training`.

    Raises:
        DataError: `classes.txt` is there and does not hold.
    """

    format = Format.KITTI

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self._folders = kitti_folders(root)
        named = names_file(root / "classes.txt")
        if named is None:
            # KITTI has no list of classes.
            named = checked_names(sorted(self._used()) or ["object"], root)
        self.classes = named
        self._names = {word: name for name, word in words_of(named).items()}

    def _used(self) -> set[str]:
        found: set[str] = set()
        for folder, _ in self._folders:
            for path in (folder / "label_2").rglob("*.txt"):
                try:
                    text = path.read_text(encoding="utf-8-sig")
                except (OSError, UnicodeDecodeError):
                    continue  # told when it is read
                found.update(line.split()[0] for line in text.split("\n") if line.strip())
        return found - {_ASIDE}

    def _read(self, problems: list[Problem]) -> Iterator[Picture]:
        for folder, split in self._folders:
            listed = _lists(self.root) or _lists(folder)
            for wanted in SPLITS if listed else (split,):
                for path in images_below(folder / "image_2"):
                    below = path.relative_to(folder / "image_2")
                    if not listed or listed.get(below.with_suffix("").as_posix(), split) == wanted:
                        picture = self._picture(folder, wanted, path, below, problems)
                        if picture is not None:
                            yield picture

    def _picture(self, folder: Path, split: str, path: Path, below: Path, problems: list[Problem]) -> Picture | None:
        label = folder / "label_2" / below.with_suffix(".txt")
        if not label.is_file():
            problems.append(Problem(str(label), 0, 0, f"no labels for the image {below}", Reason.NOT_FOUND))
            return None
        size, text = image_size(path, problems), read_text(label, problems)
        if size is None or text is None:
            return None
        camera = _camera(folder / "calib" / below.with_suffix(".txt"), problems)
        found = tuple(self._annotations(text, label, problems))
        return Picture(path, split, below.as_posix(), size, found, camera=camera)

    def _annotations(self, text: str, file: Path, problems: list[Problem]) -> Iterator[Annotation]:
        for number, line in enumerate(text.split("\n"), 1):
            words = line.split()
            if not words:
                continue
            try:
                yield self._annotation(words)
            except ValueError as error:
                problems.append(
                    Problem(
                        str(file),
                        number,
                        1,
                        str(error),
                        found=line.strip()[:80],
                        allowed="class truncated occluded alpha left top right bottom h w l x y z rotation_y",
                    )
                )

    def _annotation(self, words: list[str]) -> Annotation:
        if len(words) not in (15, 16):  # results have a score at the end
            raise ValueError(f"{len(words)} fields, not 15")
        truncated, occluded, alpha, left, top, right, bottom, *solid = (finite(word) for word in words[1:15])
        box = (left, top, right, bottom)
        if not has_area(box):
            raise ValueError("a box without area")
        if words[0].lower() == _ASIDE.lower():
            return Annotation("", box, ignore=True)
        if words[0] not in self._names:
            raise ValueError(f"class {words[0]!r} is not in classes.txt")
        return Annotation(
            self._names[words[0]],
            box,
            truncated=truncated if truncated >= 0 else None,
            occluded=int(occluded) if occluded in (0, 1, 2) else None,
            box3d=_box3d(solid) if min(solid[:3]) > 0 else None,
            alpha=alpha if abs(alpha) <= 2 * math.pi else None,
        )


def _box3d(solid: list[float]) -> Box3D:
    height, width, length, x, y, z, turn = solid
    sine, cosine = math.sin(turn), math.cos(turn)
    rotation = np.array([[cosine, 0, sine], [0, 1, 0], [-sine, 0, cosine]])
    return Box3D((x, y - height / 2, z), (length, height, width), rotation)


def _camera(path: Path, problems: list[Problem]) -> Camera | None:
    if not path.is_file():
        return None
    text = read_text(path, problems) or ""
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith("P2:"):
            try:
                projection = np.array([finite(word) for word in line.split()[1:]]).reshape(3, 4)
            except ValueError as error:
                problems.append(Problem(str(path), number, 1, f"P2 is not 12 numbers: {error}", found=line[:80]))
                return None
            return Camera(projection[:, :3])
    return None


def kitti_folders(root: Path) -> list[tuple[Path, str]]:
    """Folders with images and labels, and the split that each is: `training` is train."""
    places = [root, *(path for path in sorted(root.iterdir()) if path.is_dir())]
    found = [(path, split_of(path.name) or "train") for path in places if (path / "label_2").is_dir()]
    for folder, _ in found:
        if not (folder / "image_2").is_dir():
            raise DataError(
                "labels without images",
                reason=Reason.NOT_FOUND,
                where=folder,
                allowed="`image_2` beside `label_2`",
            )
    return sorted(found, key=lambda each: SPLITS.index(each[1]))


def _lists(folder: Path) -> dict[str, str]:
    """Image id -> split, of `ImageSets/SPLIT.txt` as OpenPCDet and MMDetection3D have them."""
    found: dict[str, str] = {}
    for split in SPLITS:
        path = folder / "ImageSets" / f"{split}.txt"
        if path.is_file():
            found.update(
                {line.strip(): split for line in path.read_text(encoding="utf-8-sig").split("\n") if line.strip()}
            )
    return found
