"""Draws docs/pictures/pack_*.jpg, six labelled frames of a pack each: `python tools/pack_pictures.py [PACK ...]`.

The pack `cards` takes its faces from a folder `faces` beside the scene: `--faces FOLDER` names yours.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np

from seedbed.scenes import load_scene, packs, render
from seedbed.scenes.capture.contact_sheet import labelled, laid_out

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"
FRAMES, CELL, COLUMNS = 6, 300, 3


def main() -> None:
    """Renders two frames of each of some worlds, and lays out one of each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pack", nargs="*", default=[name for name in packs() if name.count("_") == 0])
    parser.add_argument("--faces", type=Path, help="pictures of playing cards, for the pack cards")
    given = parser.parse_args()
    for name in given.pack:
        with tempfile.TemporaryDirectory() as folder:
            scene = Path(folder) / f"{name}.yaml"
            shutil.copy(packs()[name], scene)
            if name == "cards" and given.faces is None:
                sys.stderr.write("cards: name a folder with --faces\n")
                continue
            if name == "cards":
                (Path(folder) / "faces").symlink_to(given.faces.resolve())
            views, classes = load_scene(scene).value.views, load_scene(scene).value.classes
            root = Path(folder) / "frames"
            render(scene, root, frames=FRAMES * views)
            images = sorted(root.glob("images/*/*.*"), key=lambda path: path.stem)[::views]
            cells = [labelled(image, root / "labels" / image.parent.name, CELL, classes) for image in images[:FRAMES]]
        page = np.ascontiguousarray(laid_out(cells, CELL, COLUMNS)[..., ::-1])
        out = PICTURES / f"pack_{name}.jpg"
        cv2.imwrite(str(out), page, [cv2.IMWRITE_JPEG_QUALITY, 80])
        sys.stderr.write(f"{out.name}: {out.stat().st_size / 1000:.0f} kB\n")


if __name__ == "__main__":
    main()
