"""A person's folder: the starter files, and what a file is."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from pathlib import Path

from seedbed.core.documents import kind_of, read_text
from seedbed.core.errors import DataError, DocumentError, Problem, Reason
from seedbed.core.files import make_folder, write_atomic, writing
from seedbed.core.words import listed, nearest

STARTERS = {
    "book.yaml": ("seedbed.rules", "grocery.yaml"),
    "scene.yaml": ("seedbed.scenes", "cones.yaml"),
    "plan.yaml": ("seedbed.training", "cones.yaml"),
}


def start(folder: Path) -> Iterator[Path]:
    """Writes the starter files.

    Args:
        folder: new, or empty.

    Yields:
        Each file written.

    Raises:
        DataError: the folder holds something.
        EngineError: it cannot be written.
    """
    with writing(folder):
        make_folder(folder)
        if any(folder.iterdir()):
            raise DataError(
                "the folder is not empty",
                reason=Reason.NOT_WRITABLE,
                where=folder,
                repair="name a new folder: nothing a person wrote is ever overwritten",
            )
        for name, (room, pack) in STARTERS.items():
            write_atomic(folder / name, (resources.files(room) / "packs" / pack).read_bytes())
            yield folder / name


def describe(path: Path) -> Iterator[str]:
    """Checks a file of any kind.

    Args:
        path: a book, scene or plan.

    Yields:
        What it is, in a few words, then remarks that are not problems.

    Raises:
        DocumentError: with every problem.
    """
    read_text(path)
    kind = kind_of(path)
    if kind == "book/1":
        from seedbed.generators import remarks
        from seedbed.rules import load_book, notes, size_words

        book = load_book(path)
        found = [*notes(book), *remarks(book)]
        tables = listed(f"{name} {size_words(table)}" for name, table in book.value.tables.items())
        yield f"rule book {book.value.name!r}, fine: rows of {tables}"
        yield from (f"note: {line}" for line in found)
        return
    if kind == "scene/1":
        from seedbed.scenes import load_scene
        from seedbed.scenes import remarks as scene_remarks

        loaded = load_scene(path)
        yield f"scene {loaded.value.name!r}, fine: classes {listed(loaded.value.classes)}"
        yield from (f"note: {line}" for line in scene_remarks(loaded))
        return
    if kind == "plan/1":
        from seedbed.training import load_plan

        plan = load_plan(path).value
        yield f"plan {plan.name!r}, fine: {plan.epochs} epochs of {plan.images_per_epoch} images"
        return
    kinds = ["book/1", "scene/1", "plan/1"]
    raise DocumentError(
        [
            Problem(
                str(path),
                1,
                1,
                "not a Seedbed file" if kind is None else "an unknown kind of file",
                Reason.INVALID,
                path="seedbed",
                found=kind,
                allowed="a first line such as 'seedbed: book/1'; " + listed(kinds),
                suggestion=nearest(kind, kinds) if kind else None,
            )
        ]
    )
