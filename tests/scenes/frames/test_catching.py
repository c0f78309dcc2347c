"""A photograph as the ground: it is seen as it is, but for shadows and what stands on it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import drawn
import numpy as np
import pytest
from small_scene import SMALL

from seedbed.core.documents import loads
from seedbed.scenes import Scene
from seedbed.scenes.frames.catching import caught, plain_ground
from seedbed.scenes.frames.dressing import Dresser
from seedbed.scenes.frames.lens import draw
from seedbed.scenes.renderers.choice import choose_renderer, open_renderer
from seedbed.scenes.shapes.solids import ball
from seedbed.scenes.view import Body, Bytes, Material, View
from seedbed.scenes.worlds.arrangement import arrange
from seedbed.scenes.worlds.physics import Physics

LENS = (-0.2, 0.04, 0.0, 0.0, 0.0)


@pytest.fixture(scope="module")
def photograph() -> Bytes:
    """Smooth, so that a pixel's neighbours say nearly the same."""
    rng = np.random.default_rng(4)
    return cv2.resize(rng.integers(90, 230, (6, 8, 3), np.uint8), (160, 120), interpolation=cv2.INTER_CUBIC)


def seen(photograph: Bytes, *, lens: bool = False) -> View:
    pose = np.eye(4)
    pose[2, 3] = 0.2
    ground = plain_ground(Body(0, None, drawn.plate(40), Material(), np.eye(4)), photograph)
    camera = drawn.look((0.0, -1.6, 0.7), (0, 0, 0.15), width=160, height=120)
    if lens:
        camera = replace(camera, lens=LENS)
    thing = Body(1, "ball", ball(0.4).mesh, Material((0.9, 0.1, 0.1)), pose)
    return View((thing,), ground, drawn.DAY, camera, photograph, catcher=True)


@pytest.mark.parametrize("name", ["tiny", "gl"])
def test_the_ground_is_the_photograph_but_for_shadows(photograph: Bytes, name: str) -> None:
    if name == "gl" and choose_renderer("auto").name != "gl":
        pytest.skip("no OpenGL here")
    renderer, view = open_renderer(name), seen(photograph)  # type: ignore[arg-type]
    plain, found = renderer.draw(view), draw(renderer, view)
    renderer.close()
    np.testing.assert_array_equal(found.ids, plain.ids)
    np.testing.assert_array_equal(found.depth, plain.depth)
    thing = found.ids == 1
    np.testing.assert_array_equal(found.color[thing], plain.color[thing])
    sky = ~np.isfinite(found.depth)
    np.testing.assert_array_equal(found.color[sky], photograph[sky])
    ground = ~thing & ~sky
    change = found.color[ground].astype(int) - photograph[ground]
    assert change.max() <= 1, "nothing is lighter than the photograph"
    assert (np.abs(change) <= 4).all(axis=1).mean() > 0.6, "most of the floor is lit"
    shadow = (change.min(axis=1) < -25).mean()
    assert 0.01 < shadow < 0.3, "the ball's shadow lies on it"


def test_through_a_lens_the_photograph_stays_as_it_was_taken(photograph: Bytes) -> None:
    from seedbed.scenes.frames.lens import unbent

    renderer, view = open_renderer("tiny"), seen(photograph, lens=True)
    found = draw(renderer, replace(view, backdrop=unbent(photograph, view.camera), bodies=()))
    renderer.close()
    assert np.percentile(np.abs(found.color.astype(int) - photograph), 99) <= 4


def test_a_small_photograph_has_no_seam_where_the_ground_ends() -> None:
    ramp = np.repeat(np.arange(60, 220, 8, dtype=np.uint8)[None, :, None], 15, axis=0).repeat(3, axis=2)
    renderer, view = open_renderer("tiny"), replace(seen(ramp), bodies=())
    color = draw(renderer, view).color.astype(int)
    renderer.close()
    # Alike from top to bottom: so it must be across the horizon as well.
    assert np.abs(np.diff(color, axis=0)).max() <= 2


def test_without_the_word_a_drawing_stays_as_it_is(photograph: Bytes) -> None:
    renderer, view = open_renderer("tiny"), replace(seen(photograph), catcher=False)
    drawing = renderer.draw(view)
    renderer.close()
    assert caught(view, drawing) is drawing


def test_a_scene_says_so_and_no_walls_stand_before_it(tmp_path: Path, photograph: Bytes) -> None:
    (tmp_path / "floors").mkdir()
    cv2.imwrite(str(tmp_path / "floors" / "a.png"), photograph[..., ::-1])
    physics = Physics()
    for ground in (True, False):
        word = f"backdrop: [{{folder: floors, empty: true, ground: {str(ground).lower()}}}]"
        weather = "weather: {fog: [0.1, 0.2], wet: [0.5, 1]}\n"
        scene = loads((SMALL + weather).replace("world: {", f"world: {{{word}, "), Scene).value
        views = [Dresser(scene, tmp_path).view(frame, arrange(scene, frame // 3, physics)) for frame in range(12)]
        assert all(view.catcher == ground for view in views)
        assert all((view.fog is None and view.wet == 0) == ground for view in views)
        assert any(view.scenery for view in views) != ground
        textured = [view.ground is not None and view.ground.material.texture is not None for view in views]
        assert all(textured) != ground
    physics.close()
