"""Pascal VOC: an XML file per image.

Boxes are written with decimals as the image's edges count, from 0, as CVAT, Label Studio and Roboflow write them;
VOC2012's own whole numbers count pixels from 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from seedbed.core.errors import Problem, Reason
from seedbed.scenes.formats.images import find_image, image_size, split_of
from seedbed.scenes.formats.model import SPLITS, Annotation, Box, Format, Loss, Picture, Said
from seedbed.scenes.formats.numbers import decimal, has_area
from seedbed.scenes.formats.reader import Reader, checked_names, names_file
from seedbed.scenes.formats.xml_tree import Node, Wrong, parsed

TRUNCATED = 0.15
"""Share outside the image from which an object counts as truncated: the guidelines say 15 to 20 %."""
_LISTS = Path("ImageSets") / "Main"


class VocTarget:
    """`Annotations/SPLIT/NAME.xml`, `JPEGImages/SPLIT/NAME.jpg`, `ImageSets/Main/SPLIT.txt`, `classes.txt`.

    The split is part of an image's id, so that two images of one name never overwrite each other.

    Args:
        classes: names in order.
        loss: told of what cannot be kept.
    """

    format = Format.VOC
    says = frozenset({Said.TRUNCATED, Said.VISIBLE, Said.IGNORE, Said.CROWD})

    def __init__(self, classes: Sequence[str], loss: Loss) -> None:
        self._classes, self._loss = classes, loss
        self._ids: dict[str, list[str]] = {}

    def image(self, picture: Picture) -> str:
        """`JPEGImages/SPLIT/NAME`."""
        return f"JPEGImages/{picture.split}/{picture.name}"

    def files(self, picture: Picture) -> dict[str, bytes]:
        """One XML file."""
        self._ids.setdefault(picture.split, []).append(f"{picture.split}/{picture.stem}")
        width, height = picture.size
        lines = [
            "<annotation>",
            f"  <folder>JPEGImages/{picture.split}</folder>",
            f"  <filename>{escape(picture.name)}</filename>",
            f"  <size><width>{width}</width><height>{height}</height><depth>3</depth></size>",
            "  <segmented>0</segmented>",
            *(self._object(annotation) for annotation in picture.annotations if self._kept(annotation)),
            "</annotation>",
        ]
        return {f"Annotations/{picture.split}/{picture.stem}.xml": ("\n".join(lines) + "\n").encode()}

    def documents(self) -> Iterator[tuple[str, Iterator[bytes]]]:
        """The splits' lists, and the class names in order."""
        for split, ids in self._ids.items():
            yield (_LISTS / f"{split}.txt").as_posix(), (f"{name}\n".encode() for name in ids)
        yield "classes.txt", iter(["".join(f"{name}\n" for name in self._classes).encode()])

    def _kept(self, annotation: Annotation) -> bool:
        if annotation.name:
            return True
        self._loss.add("regions to be ignored have no class and are left out")
        return False

    def _object(self, annotation: Annotation) -> str:
        if annotation.truncated not in (None, 0, 1):
            self._loss.add("truncated shares become yes or no (from 15 %)")
        if annotation.visible is not None and annotation.visible < 1:
            self._loss.add("visible shares become occluded, yes or no (under 95 %)")
        if annotation.crowd:
            self._loss.add("crowd marks become difficult ones")
        edges = zip(("xmin", "ymin", "xmax", "ymax"), annotation.box, strict=True)
        return "\n".join(
            [
                "  <object>",
                f"    <name>{escape(annotation.name)}</name>",
                "    <pose>Unspecified</pose>",
                f"    <truncated>{int((annotation.truncated or 0) >= TRUNCATED)}</truncated>",
                f"    <occluded>{int((annotation.step() or 0) > 0)}</occluded>",
                f"    <difficult>{int(annotation.ignore or annotation.crowd)}</difficult>",
                "    <bndbox>" + "".join(f"<{name}>{decimal(value)}</{name}>" for name, value in edges) + "</bndbox>",
                "  </object>",
            ]
        )


class VocReader(Reader):
    """A VOC dataset: `Annotations` and `JPEGImages`, or XML files beside their images.

    Args:
        root: its folder.

    Raises:
        DataError: `classes.txt` is there and does not hold.
    """

    format = Format.VOC

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self._labels = root / "Annotations" if (root / "Annotations").is_dir() else root
        named = names_file(root / "classes.txt")
        self.classes = named or checked_names(self._used(), root)

    def _used(self) -> list[str]:
        """Class names of all files; VOC has no list of them."""
        found: set[str] = set()
        for _, path in self._files():
            try:
                top = _parsed(path)
            except Wrong:
                continue  # told with its line when it is read
            found.update(
                n.text.strip() for o in top.children if o.name == "object" for n in o.children if n.name == "name"
            )
        return sorted(found) or ["object"]

    def _files(self) -> Iterator[tuple[str, Path]]:
        lists = {split: self.root / _LISTS / f"{split}.txt" for split in SPLITS}
        if not lists["train"].is_file() and (both := self.root / _LISTS / "trainval.txt").is_file():
            lists["train"] = both
        if any(path.is_file() for path in lists.values()):
            for split, path in lists.items():
                if path.is_file():
                    with open(path, encoding="utf-8-sig") as file:
                        yield from ((split, self._labels / f"{line.strip()}.xml") for line in file if line.strip())
            return
        folders = [folder for folder in sorted(self._labels.iterdir()) if folder.is_dir() and split_of(folder.name)]
        for split in SPLITS if folders else ():
            for folder in folders:
                if split_of(folder.name) == split:
                    yield from ((split, path) for path in sorted(folder.rglob("*.xml")))
        if not folders:
            yield from (("train", path) for path in sorted(self._labels.rglob("*.xml")))

    def _read(self, problems: list[Problem]) -> Iterator[Picture]:
        known = set(self.classes)
        for split, path in self._files():
            try:
                top = _parsed(path)
                image = self._image(path, top)
                size = image_size(image, problems)
                if size is None:
                    continue
                stated = next((child for child in top.children if child.name == "size"), None)
                if stated is not None:
                    told = (int(stated.number("width")), int(stated.number("height")))
                    # Some tools write 0x0 where they did not look.
                    if told != (0, 0) and told not in (size, size[::-1]):
                        found, right = f"{told[0]}x{told[1]}", f"{size[0]}x{size[1]} as {image.name}"
                        raise Wrong(f"<size> says {found} where the image is {right}", stated.line)
                    size = size if told == (0, 0) else told
                annotations = tuple(self._annotations(top, known))
            except Wrong as error:
                reason = Reason.NOT_FOUND if not error.line else Reason.DAMAGED
                problems.append(Problem(str(path), error.line, 1 if error.line else 0, str(error), reason))
                continue
            relative = path.relative_to(self._labels).with_suffix(image.suffix)
            parts = relative.parts[1:] if len(relative.parts) > 1 and split_of(relative.parts[0]) else relative.parts
            yield Picture(image, split, "/".join(parts), size, annotations)

    def _image(self, path: Path, top: Node) -> Path:
        below = path.relative_to(self._labels)
        folders = (self.root / "JPEGImages" / below.parent, path.parent)
        for folder in folders:
            if found := find_image(folder, path.stem):
                return found
        name = next((child.text.strip() for child in top.children if child.name == "filename"), "")
        for folder in (*folders, self.root / "images"):
            if name and (folder / Path(name).name).is_file():
                return folder / Path(name).name
        raise Wrong(f"its image {path.stem} is in neither {' nor '.join(map(str, folders))}", 0)

    def _annotations(self, top: Node, known: set[str]) -> Iterator[Annotation]:
        for node in top.children:
            if node.name != "object":
                continue
            name = node.child("name")
            if name.text.strip() not in known:
                raise Wrong(f"class {name.text.strip()!r} is not in classes.txt", name.line)
            edges = node.child("bndbox")
            box: Box = (edges.number("xmin"), edges.number("ymin"), edges.number("xmax"), edges.number("ymax"))
            if not has_area(box):
                raise Wrong("a box without area", edges.line)
            # 0 is also what tools write when nobody looked: it says nothing.
            yield Annotation(
                name.text.strip(),
                box,
                truncated=1.0 if node.flag("truncated") else None,
                occluded=1 if node.flag("occluded") else None,
                ignore=node.flag("difficult"),
            )


def _parsed(path: Path) -> Node:
    return parsed(path, "annotation", absent="the file is listed in ImageSets/Main and not there")


def looks_like_voc(path: Path) -> bool:
    """Whether an XML file is an annotation, from its head."""
    with open(path, "rb") as file:
        return re.search(rb"<annotation\b", file.read(2048)) is not None
