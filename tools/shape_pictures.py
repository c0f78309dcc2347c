"""Draws docs/pictures/*.jpg, one per shape and one of all textures, and writes the tables of docs/shapes.md anew.

    python tools/shape_pictures.py [shape ...]

Named shapes alone are drawn anew; the tables are always measured anew. Needs the scenes extra and a GL context.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from seedbed.core.documents import loads
from seedbed.core.keys import generator
from seedbed.scenes import Scene
from seedbed.scenes.frames.dressing import Dresser
from seedbed.scenes.renderers.gl import GlRenderer
from seedbed.scenes.shapes.catalogue import shape_of
from seedbed.scenes.shapes.clutter import FORMS, clutter
from seedbed.scenes.shapes.meshes import Shape, sheet
from seedbed.scenes.surfaces.textures import TEXTURES
from seedbed.scenes.view import Body, Camera, Light, Material, View
from seedbed.scenes.worlds.arrangement import Piece

DOCS = Path(__file__).resolve().parent.parent / "docs"
SIZE = (320, 200)
MEASURED = 60
"""Seeds whose measures the table tells."""
MARKS = ("<!-- shapes -->\n", "<!-- end -->\n")
_LOOK_ALONG_X = frozenset({"person", "sign", "lamp"})
DAY = Light((0.35, -0.45, 0.82), (0.95, 0.92, 0.86), (0.42, 0.45, 0.5), (0.22, 0.21, 0.2))


@dataclass(frozen=True)
class Example:
    """What is drawn of a shape.

    Attributes:
        line: as it would stand in a scene file.
        pick: seeds of the things drawn side by side.
        says: what the table says of it.
    """

    line: str
    pick: tuple[int, ...]
    says: str


ORANGE = "color: {hue: [14, 26], saturation: [0.9, 1], value: [0.9, 1]}"
EXAMPLES = {
    "cone": Example(
        f"{{shape: cone, height: [0.5, 0.75], bands: [0, 2], dented: 0.3, {ORANGE}}}",
        (2, 3, 5, 10),
        "hollow, thick square foot; `bands` of white, `dented`; fallen ones by `upright`",
    ),
    "pillow": Example(
        "{shape: pillow, size: [0.2, 0.27], marks: 0.6, color: {hue: [214, 246]}}", (0, 1, 4), "an inflated cube"
    ),
    "box": Example("{shape: box, size: [0.1, 0.4]}", (0, 2, 3), "prints by `label: {folder: ...}` or `marks`"),
    "ball": Example("{shape: ball, size: [0.1, 0.24], color: {hue: [0, 360]}}", (0, 1, 4), "any diameter"),
    "die": Example("{shape: die, faces: true}", (0, 2, 3, 4), "opposite faces add up to 7; class by the face up"),
    "card": Example("{shape: card}", (1, 2, 4), "faces and backs from folders; class by the picture's file name"),
    "bottle": Example("{shape: bottle}", (1, 3, 4, 5, 0), "wine, beer, water, cola, sauce, jar; cap, label"),
    "can": Example("{shape: can}", (0, 2, 3, 7), "drink, slim, food, spray; printed all around"),
    "mug": Example("{shape: mug, printed: 0.5}", (0, 1, 5), "hollow, with a handle; printed or plain"),
    "fruit": Example("{shape: fruit}", (0, 2, 3, 5, 6), "apple, orange, lemon, pear, banana"),
    "helmet": Example("{shape: helmet}", (0, 1, 4), "a hard hat with a peak, hollow"),
    "crate": Example("{shape: crate}", (0, 2, 1), "slats of wood, or plastic with ribs and grips; hollow"),
    "pallet": Example("{shape: pallet}", (1, 2), "EUR pallet (EN 13698-1): boards, blocks, runners"),
    "barrel": Example("{shape: barrel, kinds: [steel, plastic, traffic]}", (0, 1, 2), "steel, plastic, traffic; ribs"),
    "shelf": Example("{shape: shelf}", (0, 1, 3), "wood or metal; goods can stand on its boards"),
    "house": Example("{shape: house}", (0, 1), "windows, door, four kinds of roof, shops"),
    "tree": Example("{shape: tree, kinds: [broadleaf, conifer, poplar, bush]}", (0, 1, 2, 5), "four kinds"),
    "car": Example("{shape: car}", (0, 2, 3), "hatchback, saloon, van"),
    "person": Example("{shape: person, helmet: 0.3, vest: 0.3}", (0, 1, 2, 3), "standing or walking; 17 keypoints"),
    "lamp": Example("{shape: lamp}", (0, 1, 3), "arm, post, double"),
    "sign": Example("{shape: sign}", (0, 1, 2, 4), "ten signs"),
    "barrier": Example("{shape: barrier}", (0, 1), "of roadworks, with lamps"),
    "drum": Example("{shape: drum}", (0, 1), "of roadworks, with bands"),
    "clutter": Example("{shape: clutter}", (), "distractors of " + str(len(FORMS)) + " forms"),
}


def _thing(name: str) -> Scene:
    text = f"seedbed: scene/1\nname: x\nworld: {{size: 30}}\nobjects:\n  - {EXAMPLES[name].line}\n"
    return loads(text, Scene).value


def _shapes(name: str) -> list[tuple[int, Shape]]:
    if name == "clutter":
        return [(seed, clutter(form, 0.4, generator(seed, "picture"))) for seed, form in enumerate(FORMS)]
    thing, seeds = _thing(name).objects[0], EXAMPLES[name].pick
    drawn = [thing] * len(seeds)
    if "kinds" in type(thing).model_fields:  # one of each
        kinds = list(dict.fromkeys(thing.kinds))
        drawn = [thing.model_copy(update={"kinds": (kind,)}) for kind in kinds]
        seeds = (*seeds, *range(20, 20 + len(kinds)))
    return [(seed, shape_of(one, generator(seed, "picture"))) for seed, one in zip(seeds, drawn, strict=False)]


def _row(name: str) -> list[Body]:
    """Things side by side along x, standing on z = 0, each turned a little."""
    scene, bodies, at = _thing(name), [], 0.0
    for number, (seed, shape) in enumerate(_shapes(name)):
        turn = -0.5 + 0.45 * (number % 3) - (0.9 if name in _LOOK_ALONG_X else 0.0)
        pose = np.eye(4)
        pose[:2, :2] = [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
        points = shape.mesh.vertices @ pose[:3, :3].T
        low, high = points.min(0), points.max(0)
        reach = float(high[0] - low[0])
        if name == "clutter":
            pose[:3, 3] = (number % 7 * 0.5 - low[0] - reach / 2, -(number // 7) * 0.6, -low[2])
        else:
            pose[:3, 3] = (at - low[0], 0.0, -low[2])
            at += reach * 1.12
        piece = Piece(0, None, shape, name)
        bodies.append(Dresser(scene, Path())._body(number + 1, piece, pose, generator(seed, "look")))
    return bodies


def _camera(bodies: Sequence[Body]) -> Camera:
    """Looks at all of them from the front and above, as near as their corners allow."""
    points = np.concatenate([body.mesh.vertices @ body.pose[:3, :3].T + body.pose[:3, 3] for body in bodies])
    middle = (points.min(0) + points.max(0)) / 2
    away = np.array([0.22, -1.0, 0.5])
    away /= np.linalg.norm(away)
    right = np.cross([0, 0, 1.0], away)
    right /= np.linalg.norm(right)
    up = np.cross(away, right)
    fov = 26.0
    slope = np.tan(np.radians(fov) / 2) * 0.88
    flat = points - middle
    wide, high, near = flat @ right, flat @ up, flat @ away
    far = max(
        float((np.abs(wide) / slope / SIZE[0] * SIZE[1] + near).max()), float((np.abs(high) / slope + near).max())
    )
    pose = np.eye(4)
    pose[:3, :3] = np.stack([right, up, away], axis=1)
    pose[:3, 3] = middle + away * far
    return Camera(*SIZE, fov, pose, near=far * 0.05, far=far * 30)


def _draw(renderer: GlRenderer, name: str) -> None:
    bodies = _row(name)
    camera = _camera(bodies)
    far = float(np.linalg.norm(camera.pose[:3, 3]))
    floor = Body(0, None, sheet(far * 12, far * 12, 4), Material((0.66, 0.65, 0.63), None, 0.95), np.eye(4))
    sky = np.full((SIZE[1], SIZE[0], 3), 205, np.uint8)
    picture = renderer.draw(View(tuple(bodies), floor, DAY, camera, sky, supersample=3)).color
    _save(picture, name)


def _save(picture: NDArray[np.uint8], name: str, quality: int = 85) -> None:
    path = DOCS / "pictures" / f"{name}.jpg"
    path.parent.mkdir(exist_ok=True)
    if not cv2.imwrite(str(path), picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality]):
        raise OSError(f"cannot write {path}")


def _draw_textures() -> None:
    side, across = 80, 4
    rows = []
    for name, make in TEXTURES.items():
        shown = [make(generator(seed, "picture", name)) for seed in (1, 2)]
        pair = np.hstack([cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA) for picture in shown])
        cv2.putText(pair, name, (4, side - 6), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (0, 0, 0), 3, cv2.LINE_AA)
        cv2.putText(pair, name, (4, side - 6), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (255, 255, 255), 1, cv2.LINE_AA)
        rows.append(pair)
    while len(rows) % (across // 2):
        rows.append(np.full_like(rows[0], 255))
    half = across // 2
    _save(np.vstack([np.hstack(rows[i : i + half]) for i in range(0, len(rows), half)]), "textures", 75)


def _measured(name: str) -> tuple[str, str]:
    """Length x width x height and triangles over many seeds."""
    if name == "clutter":
        return "as `size` says", "12 - 1,200"
    thing = _thing(name).objects[0]
    sizes, faces = [], []
    for seed in range(MEASURED):
        mesh = shape_of(thing, generator(seed, "measure")).mesh
        x, y, z = np.ptp(mesh.vertices, axis=0).tolist()
        sizes.append((max(x, y), min(x, y), z))
        faces.append(len(mesh.faces))
    low, high = np.min(sizes, axis=0), np.max(sizes, axis=0)
    spans = [_span(a, b) for a, b in zip(low.tolist(), high.tolist(), strict=True)]
    few, many = f"{min(faces):,}", f"{max(faces):,}"
    return " x ".join(spans), few if few == many else f"{few} - {many}"


def _span(low: float, high: float) -> str:
    places = 4 if high < 0.01 else 3 if high < 1 else 2
    one, two = f"{low:.{places}f}", f"{high:.{places}f}"
    return one if one == two else f"{one}-{two}"


def _table() -> str:
    lines = ["| shape | picture | metres: length x width x height | triangles | |\n|---|---|---|---|---|\n"]
    for name, example in EXAMPLES.items():
        size, faces = _measured(name)
        lines.append(
            f"| `{name}` | ![{name}](pictures/{name}.jpg) | {size} | {faces} | {example.says}<br>`{example.line}` |\n"
        )
    return "".join(lines)


def main(names: Sequence[str]) -> None:
    """Draws the named shapes, or all of them and the textures, and writes the table."""
    renderer = GlRenderer()
    try:
        for name in names or EXAMPLES:
            _draw(renderer, name)
    finally:
        renderer.close()
    if not names:
        _draw_textures()
    page = DOCS / "shapes.md"
    before, _, rest = page.read_text(encoding="utf-8").partition(MARKS[0])
    after = rest.partition(MARKS[1])[2]
    page.write_text(before + MARKS[0] + _table() + MARKS[1] + after, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
