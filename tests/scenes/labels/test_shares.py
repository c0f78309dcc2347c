"""Shares against the plainest truth there is: each body drawn alone, with nothing before it and no border near."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from seedbed.core.errors import DocumentError
from seedbed.scenes import load_scene, packs
from seedbed.scenes.frames.dressing import Dresser
from seedbed.scenes.frames.lens import draw
from seedbed.scenes.labels.reading import read_labels
from seedbed.scenes.labels.records import Dropped
from seedbed.scenes.models.output import Labels
from seedbed.scenes.renderers.choice import Renderer, choose_renderer, open_renderer
from seedbed.scenes.view import Camera, Lens, View
from seedbed.scenes.worlds.arrangement import arrange
from seedbed.scenes.worlds.physics import Physics

RULES = Labels(min_visible=0, min_pixels=1)
MOST = 1.2  # pictures' sides around the picture that the wide one shows
LENSES: tuple[Lens, ...] = ((0.0, 0.0, 0.0, 0.0, 0.0), (-0.16, 0.05, 0.001, -0.002, 0.0), (0.12, 0.0, 0.0, 0.0, 0.0))


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    opened = open_renderer(choose_renderer("auto").name)
    yield opened
    opened.close()


def wide(camera: Camera) -> tuple[Camera, int, int]:
    """A camera that sees further to all sides, pixel by pixel the same, and where the picture lies in its own."""
    width, height = camera.width, camera.height
    left, top = round(MOST * width), round(MOST * height)
    matrix = camera.matrix()
    wider = replace(
        camera,
        width=width + 2 * left,
        height=height + 2 * top,
        fov=float(np.degrees(2 * np.arctan((height / 2 + top) / matrix[1, 1]))),
        center=((matrix[0, 2] + left) / (width + 2 * left), (matrix[1, 2] + top) / (height + 2 * top)),
    )
    np.testing.assert_allclose(wider.matrix()[:2, :2], matrix[:2, :2])
    return wider, left, top


def compare(view: View, renderer: Renderer) -> Iterator[tuple[float, float, float]]:
    """How far visible and truncated shares lie from those of alone-renders, and how far they may, body by body."""
    camera = view.camera
    around, left, top = wide(camera)
    within = np.s_[top : top + camera.height, left : left + camera.width]
    drawing = draw(renderer, view)
    for label in read_labels(view, drawing, RULES):
        if label.dropped is Dropped.OUTSIDE:
            assert label.pixels == 0
            continue
        body = next(body for body in view.bodies if body.id == label.id)
        assert label.amodal is not None
        alone = draw(renderer, replace(view, bodies=(body,), ground=None, scenery=(), camera=around)).ids == body.id
        if alone[[0, -1]].any() or alone[:, [0, -1]].any():
            continue  # cut by the wide picture as well: it does not know the whole either
        whole, inside = int(alone.sum()), int(alone[within].sum())
        if whole:
            # A card rounds a pixel in a hundred thousand another way, which is more than 0.01 of the smallest things.
            allowed = max(0.01, 1.01 / whole)
            yield label.visible - label.pixels / whole, label.truncated - (1 - inside / whole), allowed


def check(pack: str, worlds: range, size: tuple[int, int], renderer: Renderer) -> int:
    document = load_scene(packs()[pack])
    image = document.value.image.model_copy(update={"size": size, "supersample": 1})
    scene = document.value.model_copy(update={"image": image})
    physics, dresser, compared = Physics(), Dresser(scene, document.folder), 0
    for world in worlds:
        arrangement = arrange(scene, world, physics, document.folder)
        for number in range(scene.camera.views):
            view = dresser.view(world * scene.camera.views + number, arrangement)
            lens = LENSES[number % 3]
            view = replace(view, camera=replace(view.camera, lens=lens))
            for visible, truncated, allowed in compare(view, renderer):
                assert abs(visible) <= allowed, (world, number, lens)
                assert abs(truncated) <= allowed, (world, number, lens)
                compared += 1
    physics.close()
    return compared


def test_shares_are_those_of_alone_renders_over_sixty_frames(renderer: Renderer) -> None:
    views = load_scene(packs()["cones"]).value.camera.views
    assert check("cones", range(-(-60 // views)), (160, 128), renderer) > 80


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("pack", sorted(packs()))
def test_shares_are_those_of_alone_renders_in_every_pack(pack: str, renderer: Renderer) -> None:
    try:
        load_scene(packs()[pack])
    except DocumentError as error:
        pytest.skip(f"it needs files of the person's own: {error}")
    assert check(pack, range(100, 110), (640, 480), renderer) > 20
