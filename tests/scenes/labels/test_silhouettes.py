from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from drawn import ball, box, cone, plate, pose
from hypothesis import given, settings
from hypothesis import strategies as st

from seedbed.scenes.labels.contours import topology
from seedbed.scenes.labels.silhouettes import areas, covered, outline
from seedbed.scenes.view import Body, Camera, Material, Mesh

SIZE = 120
CAMERA = Camera(SIZE, SIZE, 60.0, np.eye(4))


def at(mesh: Mesh, x: float, y: float, z: float, turn: float = 0.0, lean: float = 0.0) -> Body:
    return Body(1, "a", mesh, Material(), pose(x, y, -z, turn=turn, lean=lean))


def slowly(body: Body, left: int, top: int, right: int, bottom: int) -> np.ndarray:
    """Which centres lie in any front triangle: one triangle after another, by the signs of its three sides."""
    mesh = body.mesh
    points = mesh.vertices.astype(float) @ body.pose[:3, :3].T + body.pose[:3, 3]
    flat = np.rint(CAMERA.project(points) * 256) / 256
    y, x = np.mgrid[top:bottom, left:right] + 0.5
    found = np.zeros(x.shape, bool)
    for a, b, c in flat[mesh.faces]:
        sides = [(q[0] - p[0]) * (y - p[1]) - (q[1] - p[1]) * (x - p[0]) for p, q in ((a, b), (b, c), (c, a))]
        if (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]) < 0:
            found |= np.all([side <= 0 for side in sides], axis=0)
    return found


MESHES = {"box": box(0.4, 0.6, 0.2), "ball": ball(0.3, 8), "cone": cone(0.3, 0.5, 6), "plate": plate(0.5, 2)}


@settings(max_examples=15, deadline=None)
@given(
    st.sampled_from(sorted(MESHES)),
    st.floats(-1.2, 1.2),
    st.floats(-1.2, 1.2),
    st.floats(1.0, 5.0),
    st.floats(0, 6.3),
    st.floats(-3, 3),
)
def test_covered_is_every_front_triangle_put_together(
    name: str, x: float, y: float, z: float, turn: float, lean: float
) -> None:
    body = at(MESHES[name], x, y, z, turn, lean)
    seen = outline(body, CAMERA)
    window = (-SIZE, -SIZE, 2 * SIZE, 2 * SIZE)
    found, expected = covered(seen, window), slowly(body, *window)
    # A centre exactly on a side belongs to one of two neighbours, or, on the outline, to none.
    assert np.count_nonzero(found != expected) <= 2
    (area,) = areas([seen], CAMERA)
    assert area.inside == np.count_nonzero(found[SIZE : 2 * SIZE, SIZE : 2 * SIZE])
    assert area.whole >= np.count_nonzero(found)


def test_a_ring_has_a_hole() -> None:
    """Four boards around nothing: the hole does not count, though the hull has none."""
    boards = [(-0.4, 0.0, 0.2, 1.0), (0.4, 0.0, 0.2, 1.0), (0.0, 0.4, 0.6, 0.2), (0.0, -0.4, 0.6, 0.2)]
    meshes = [box(w, h, 0.01) for _, _, w, h in boards]
    vertices = [m.vertices + np.float32([x, y, 0]) for m, (x, y, _, _) in zip(meshes, boards, strict=True)]
    faces = [m.faces + 36 * i for i, m in enumerate(meshes)]
    ring = replace(meshes[0], vertices=np.concatenate(vertices), faces=np.concatenate(faces).astype(np.int32))
    # 60 degrees and 120 pixels: a metre at 2.005 m (the front faces at 2 m) is 60 / tan(30) / 2 pixels.
    metre = SIZE / 2 / np.tan(np.radians(30)) / 2
    (area,) = areas([outline(at(ring, 0.013, 0.007, 2.005), CAMERA)], CAMERA)
    assert area.whole == pytest.approx((1 - 0.6**2) * metre**2, rel=0.03)


def test_what_reaches_behind_the_camera_is_cut() -> None:
    plank = at(box(0.4, 0.1, 6.0), 0.0, -0.5, 2.0)
    seen = outline(plank, CAMERA)
    assert seen.span is not None
    assert seen.span[3] > 500
    (area,) = areas([seen], CAMERA)
    assert 0 < area.inside < area.whole
    assert outline(at(box(), 0, 0, -5.0), CAMERA).span is None
    assert areas([outline(at(box(), 0, 0, -5.0), CAMERA)], CAMERA)[0].whole == 0


def test_beyond_the_far_plane_is_nothing() -> None:
    near = replace(CAMERA, far=3.0)
    assert outline(at(box(0.4, 0.4, 0.4), 0, 0, 4.0), near).span is None
    assert outline(at(box(0.4, 0.4, 0.4), 0, 0, 3.0), near).span is not None


@pytest.mark.parametrize("name", sorted(MESHES))
def test_topology_has_each_place_once_and_each_closed_edge_twice(name: str) -> None:
    shape = topology(MESHES[name])
    assert len(np.unique(shape.points, axis=1).T) == shape.points.shape[1]
    if name == "box":
        assert shape.points.shape == (3, 8)
        assert len(shape.edges) == 18
        assert (shape.sides < 12).all()
    assert topology(MESHES[name]) is shape
