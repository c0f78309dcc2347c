from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from seedbed.core.keys import generator
from seedbed.scenes.models.solids import ClutterForm
from seedbed.scenes.shapes import solids as shapes
from seedbed.scenes.shapes.clutter import FORMS, clutter
from seedbed.scenes.shapes.cones import BANDS, cone, dented
from seedbed.scenes.shapes.meshes import Shape

SHAPES = {
    "cone": lambda: cone(0.32, 0.21),
    "cone with bands": lambda: cone(0.7, 0.45, bands=2),
    "dented cone": lambda: dented(cone(0.7, 0.45, bands=1, rings=10), 0.7, generator(1, "dent")),
    "pillow": lambda: shapes.pillow((0.2, 0.24, 0.3)),
    "box": lambda: shapes.box((0.2, 0.3, 0.4)),
    "ball": lambda: shapes.ball(0.3),
    "cylinder": lambda: shapes.cylinder(0.1, 0.3),
    **{f"clutter {form}": (lambda form=form: clutter(form, 0.4, generator(1, form))) for form in FORMS},
}


@pytest.fixture(params=sorted(SHAPES))
def shape(request: pytest.FixtureRequest) -> Shape:
    made: Shape = SHAPES[request.param]()
    return made


def test_arrays_fit_together(shape: Shape) -> None:
    mesh = shape.mesh
    assert mesh.vertices.dtype == mesh.normals.dtype == mesh.uvs.dtype == np.float32
    assert mesh.faces.dtype == np.int32
    assert len(mesh.vertices) == len(mesh.normals) == len(mesh.uvs)
    assert 0 <= mesh.faces.min() <= mesh.faces.max() < len(mesh.vertices)
    assert np.isfinite(mesh.vertices).all()
    assert np.isfinite(mesh.uvs).all()


def test_faces_and_normals_point_out(shape: Shape) -> None:
    vertices, faces = shape.mesh.vertices.astype(float), shape.mesh.faces
    corners = vertices[faces]
    flat = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    real = np.linalg.norm(flat, axis=1) > 1e-9
    normals = shape.mesh.normals[faces][real]
    np.testing.assert_allclose(np.linalg.norm(normals, axis=2), 1, atol=1e-4)
    assert ((flat[real][:, None] * normals).sum(2) > -1e-6).all()
    volume = (corners[:, 0] * np.cross(corners[:, 1], corners[:, 2])).sum() / 6
    assert volume > 0


def test_what_is_drawn_is_near_what_collides(shape: Shape) -> None:
    drawn, hull = shape.mesh.vertices, shape.hull
    slack = 0.12 * np.ptp(hull, axis=0).max()
    assert (hull.min(0) >= drawn.min(0) - slack).all()
    assert (hull.max(0) <= drawn.max(0) + slack).all()


def test_cone_measures() -> None:
    made = cone(0.325, 0.21)
    extent = np.ptp(made.mesh.vertices, axis=0)
    assert extent[2] == pytest.approx(0.325, abs=1e-6)
    assert extent[0] == extent[1] == pytest.approx(0.21, abs=1e-6)
    (inside,) = made.slots
    assert inside.last == len(made.mesh.faces)


def test_box_and_sphere_volumes() -> None:
    for shape, expected, tolerance in (
        (shapes.box((0.2, 0.3, 0.4)), 0.024, 1e-6),
        (shapes.ball(0.3), np.pi * 0.3**3 / 6, 0.05),
        (shapes.cylinder(0.1, 0.3, 64), np.pi * 0.003, 0.01),
    ):
        corners = shape.mesh.vertices.astype(float)[shape.mesh.faces]
        volume = (corners[:, 0] * np.cross(corners[:, 1], corners[:, 2])).sum() / 6
        assert volume == pytest.approx(expected, rel=tolerance)


def test_box_sides_have_their_own_place_in_the_atlas() -> None:
    uvs = shapes.box((1, 1, 1)).mesh.uvs.reshape(6, 4, 2)
    places = {tuple(np.floor(side.mean(0) * (3, 2)).astype(int)) for side in uvs}
    assert len(places) == 6


def test_bands_lie_where_they_should_and_the_outline_stays() -> None:
    plain = cone(0.75, 0.5)
    for count, places in BANDS.items():
        made = cone(0.75, 0.5, bands=count)
        np.testing.assert_allclose(np.ptp(made.mesh.vertices, axis=0), np.ptp(plain.mesh.vertices, axis=0), atol=1e-6)
        bands = [slot for slot in made.slots if slot.kind == "street band"]
        assert len(bands) == count
        low = made.mesh.vertices[:, 2].min()
        for slot, (start, stop) in zip(bands, places, strict=True):
            heights = made.mesh.vertices[made.mesh.faces[slot.first : slot.last], 2] - low
            assert heights.min() == pytest.approx(start * 0.75, abs=1e-5)
            assert heights.max() == pytest.approx(stop * 0.75, abs=1e-5)


def test_dents_press_in_and_keep_the_foot() -> None:
    whole = cone(0.7, 0.45, rings=10)
    for seed in range(10):
        bent = dented(whole, 0.7, generator(seed, "dent"))
        moved = np.linalg.norm(bent.mesh.vertices - whole.mesh.vertices, axis=1)
        foot = whole.mesh.vertices[:, 2] < whole.mesh.vertices[:, 2].min() + 0.03
        assert moved[foot].max() < 0.02
        assert 0.01 < moved.max() < 0.2


def test_every_form_of_clutter_may_be_named() -> None:
    assert set(get_args(ClutterForm)) == set(FORMS)
