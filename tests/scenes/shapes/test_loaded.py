"""Meshes of one's own: sizes, axes, surfaces and hulls with known answers, and what is said of bad ones."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import trimesh

from seedbed.core.documents import loads
from seedbed.core.errors import DocumentError, RenderError
from seedbed.core.keys import generator
from seedbed.scenes import Scene, check_scene, remarks, render
from seedbed.scenes.capture.run import _lock
from seedbed.scenes.models.meshes import MeshThing, mesh_files
from seedbed.scenes.shapes.catalogue import shape_of
from seedbed.scenes.shapes.loaded import load_mesh, shape_of_mesh
from seedbed.scenes.shapes.meshes import Own
from seedbed.scenes.surfaces.kinds import own_material
from seedbed.scenes.view import Material

CUBE = """\
mtllib cube.mtl
v 0 0 0
v 2 0 0
v 2 3 0
v 0 3 0
v 0 0 1
v 2 0 1
v 2 3 1
v 0 3 1
vt 0 0
vt 1 0
vt 1 1
vt 0 1
usemtl paint
f 1/1 4/4 3/3 2/2
f 5/1 6/2 7/3 8/4
f 1/1 2/2 6/3 5/4
f 3/1 4/2 8/3 7/4
usemtl print
f 1/1 5/2 8/3 4/4
f 2/1 3/2 7/3 6/4
"""
MTL = "newmtl paint\nKd 1 0.5 0\nnewmtl print\nKd 1 1 1\nmap_Kd print.png\n"


@pytest.fixture
def cube(tmp_path: Path) -> Path:
    (tmp_path / "cube.obj").write_text(CUBE)
    (tmp_path / "cube.mtl").write_text(MTL)
    picture = np.zeros((8, 8, 3), np.uint8)
    picture[0] = 255  # the top row
    cv2.imwrite(str(tmp_path / "print.png"), picture)
    return tmp_path / "cube.obj"


def area(shape) -> float:  # type: ignore[no-untyped-def]
    corners = shape.mesh.vertices.astype(float)[shape.mesh.faces]
    return float(
        np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1).sum() / 2
    )


def volume(shape) -> float:  # type: ignore[no-untyped-def]
    corners = shape.mesh.vertices.astype(float)[shape.mesh.faces]
    return float((corners[:, 0] * np.cross(corners[:, 1], corners[:, 2])).sum() / 6)


def test_an_obj_keeps_its_sizes_parts_and_pictures(cube: Path) -> None:
    loaded = load_mesh(cube)
    assert loaded.watertight
    assert loaded.extent == 3
    assert [file.name for file in loaded.files] == ["cube.obj", "cube.mtl", "print.png"]
    shape = shape_of_mesh(loaded, 0.1, "y")
    np.testing.assert_allclose(np.ptp(shape.mesh.vertices, axis=0), [0.2, 0.1, 0.3], atol=1e-7)
    np.testing.assert_allclose(shape.hull.mean(0), 0, atol=1e-9)
    assert volume(shape) == pytest.approx(0.006)
    assert area(shape) == pytest.approx(0.22)
    first, second = (shape.surfaces[slot.kind].material for slot in shape.slots)
    assert first.color == pytest.approx((1, 0.5, 0), abs=0.01)
    assert first.texture is None
    assert second.texture is not None
    assert second.texture[0].min() == 255
    assert second.texture[1:].max() == 0
    assert [slot.last - slot.first for slot in shape.slots] == [8, 4]
    # Sharp edges stay sharp: every normal is its face's own.
    flat = shape.mesh.normals[shape.mesh.faces]
    np.testing.assert_allclose(flat[:, 0], flat[:, 1], atol=1e-6)


@pytest.mark.parametrize(
    ("up", "high", "top"),
    [("y", 3, 1), ("-y", 3, 1), ("z", 1, 2), ("-z", 1, 2), ("x", 2, 0), ("-x", 2, 0)],
)
def test_the_axis_told_points_up(cube: Path, up: str, high: float, top: int) -> None:
    loaded = load_mesh(cube)
    shape = shape_of_mesh(loaded, 1.0, up)
    assert np.ptp(shape.mesh.vertices[:, 2]) == pytest.approx(high)
    assert volume(shape) == pytest.approx(6), "turned, not mirrored"
    # The file's corner at the far end of that axis is at the top.
    axis = np.zeros(3)
    axis[top] = -1 if up.startswith("-") else 1
    part = loaded.parts[0]
    highest = (part.vertices @ axis).argmax()
    assert shape.mesh.vertices[highest, 2] == pytest.approx(high / 2)


def test_scale_units_and_size(cube: Path) -> None:
    loaded = load_mesh(cube)
    for keys, factor in (({}, 1), ({"scale": "mm"}, 0.001), ({"scale": 0.25}, 0.25), ({"size": (0.3, 0.3)}, 0.1)):
        thing = MeshThing.model_validate({"class": "a", "mesh": "cube.obj", **keys})
        assert thing.scale_of(loaded, 0.4) == pytest.approx(factor)
        assert np.ptp(shape_of(thing, generator(1, "s"), cube.parent).hull, axis=0).max() == pytest.approx(3 * factor)


def test_round_things_are_smooth_and_bring_few_hull_points(tmp_path: Path) -> None:
    trimesh.creation.icosphere(subdivisions=4, radius=20).export(tmp_path / "ball.stl")
    loaded = load_mesh(tmp_path / "ball.stl")
    shape = shape_of_mesh(loaded, 0.001, "z")
    assert shape.slots == ()
    assert len(shape.hull) <= 102
    assert np.ptp(shape.hull, axis=0).min() > 0.0399
    outward = shape.mesh.vertices / np.linalg.norm(shape.mesh.vertices, axis=1, keepdims=True)
    assert (outward * shape.mesh.normals).sum(1).min() > 0.999
    assert volume(shape) == pytest.approx(4 / 3 * np.pi * 0.02**3, rel=0.01)


def test_a_glb_has_its_factors_in_linear_light(tmp_path: Path) -> None:
    mesh = trimesh.creation.box((1, 2, 3))
    material = trimesh.visual.material.PBRMaterial(
        baseColorFactor=[0.5, 0.0, 1.0, 1.0], roughnessFactor=0.3, metallicFactor=0.8
    )
    mesh.visual = trimesh.visual.TextureVisuals(uv=np.zeros((len(mesh.vertices), 2)), material=material)
    scene = trimesh.Scene()
    scene.add_geometry(mesh, transform=trimesh.transformations.translation_matrix((5, 0, 0)))
    scene.add_geometry(mesh, transform=trimesh.transformations.translation_matrix((7, 0, 0)))
    scene.export(tmp_path / "two.glb")
    loaded = load_mesh(tmp_path / "two.glb")
    assert loaded.extent == 3
    assert np.ptp(loaded.hull[:, 0]) == pytest.approx(3), "both boxes, at their places"
    (part,) = loaded.parts
    assert part.material is not None
    assert part.material.color == pytest.approx((0.7354, 0, 1), abs=0.005)
    assert (part.material.roughness, part.material.metallic) == pytest.approx((0.3, 0.8), abs=0.01)
    assert part.rough


def test_open_surfaces_have_backs(tmp_path: Path) -> None:
    box = trimesh.creation.box((1, 1, 1))
    trimesh.Trimesh(box.vertices, box.faces[:-2]).export(tmp_path / "open.ply")
    loaded = load_mesh(tmp_path / "open.ply")
    assert not loaded.watertight
    assert loaded.faces == 20
    shape = shape_of_mesh(loaded, 1.0, "z")
    assert volume(shape) == pytest.approx(0, abs=1e-6), "fronts and backs cancel"


def test_what_is_turned_inside_out_is_turned_back(tmp_path: Path) -> None:
    box = trimesh.creation.box((1, 2, 1))
    box.invert()
    box.export(tmp_path / "inside.stl")
    assert volume(shape_of_mesh(load_mesh(tmp_path / "inside.stl"), 1.0, "z")) == pytest.approx(2)


def test_colours_of_vertices_become_parts(tmp_path: Path) -> None:
    box = trimesh.creation.box((1, 1, 1))
    box.visual.face_colors = [[255, 0, 0, 255]] * 4 + [[0, 0, 255, 255]] * 8
    trimesh.Trimesh(
        box.triangles.reshape(-1, 3),
        np.arange(36).reshape(-1, 3),
        vertex_colors=np.repeat(box.visual.face_colors, 3, axis=0),
        process=False,
    ).export(tmp_path / "two.ply")
    counts = {part.material.color: len(part.faces) for part in load_mesh(tmp_path / "two.ply").parts if part.material}
    assert counts == {(1.0, 0.0, 0.0): 4, (0.0, 0.0, 1.0): 8}


URDF = """\
<robot name="r">
  <material name="blue"><color rgba="0 0 1 1"/></material>
  <link name="base"><visual><geometry><box size="0.4 0.2 0.1"/></geometry><material name="blue"/></visual></link>
  <link name="arm"><visual><origin xyz="0 0 0.2"/>
    <geometry><mesh filename="package://thing/cube.obj" scale="0.1 0.1 0.1"/></geometry></visual></link>
  <joint name="j" type="revolute"><parent link="base"/><child link="arm"/>
    <origin xyz="0 0 0.05" rpy="0 0 1.5707963"/></joint>
</robot>
"""


def test_a_urdf_stands_with_all_joints_at_zero(cube: Path) -> None:
    folder = cube.parent / "thing"
    folder.mkdir()
    for name in ("cube.obj", "cube.mtl", "print.png"):
        (cube.parent / name).rename(folder / name)
    (folder / "r.urdf").write_text(URDF)
    loaded = load_mesh(folder / "r.urdf")
    assert len(loaded.parts) == 3
    low, high = loaded.hull.min(0), loaded.hull.max(0)
    np.testing.assert_allclose(low, [-0.3, -0.1, -0.05], atol=1e-6)  # the arm's y became -x
    np.testing.assert_allclose(high, [0.2, 0.2, 0.35], atol=1e-6)
    assert loaded.parts[0].material is not None
    assert loaded.parts[0].material.color == (0, 0, 1)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<robot", "not a readable URDF"),
        ("<robot/>", "no visual geometry"),
        ("<html/>", "<html>"),
        (URDF.replace("0.4 0.2 0.1", "0.4 x 0.1"), "3 numbers"),
        (URDF.replace('"base"/>', '"arm"/>'), "circle"),
    ],
)
def test_urdfs_that_are_none(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "r.urdf").write_text(text)
    with pytest.raises(RenderError, match=words):
        load_mesh(tmp_path / "r.urdf")


def test_a_colour_in_the_scene_tints() -> None:
    own = Own(Material((0.2, 0.3, 0.4), None, 0.7), rough=False)
    drawn = Material((1.0, 0.0, 0.0), None, 0.33)
    assert own_material(own, drawn, tinted=False).color == (0.2, 0.3, 0.4)
    assert own_material(own, drawn, tinted=False).roughness == 0.33
    assert own_material(own, drawn, tinted=True).color == (1, 0, 0)
    assert own_material(Own(own.material, rough=True), drawn, tinted=False).roughness == 0.7


def _document(tmp_path: Path, thing: str):  # type: ignore[no-untyped-def]
    text = f"seedbed: scene/1\nname: x\nobjects: [{{class: a, {thing}}}]\n"
    return loads(text, Scene, tmp_path / "s.yaml")


@pytest.mark.parametrize(
    ("thing", "words"),
    [
        ("mesh: none.obj", "no such mesh"),
        ("mesh: readme.txt", "not a kind of mesh"),
        ("mesh: broken.glb", "not a readable mesh"),
        ("mesh: noise.obj", "not a readable mesh"),
        ("mesh: {folder: empty}", "holds no meshes"),
        ("mesh: {folder: nowhere}", "no such folder"),
        ("mesh: huge.stl", r"probably in millimetres.*found 'huge.stl is 200 m long'.*`scale: mm` \(0.2 m\)"),
        ("mesh: huge.stl, scale: cm", "found 'huge.stl is 2 m long'|^$"),
        ("mesh: cube.obj, scale: 0.0001", "too small to see.*`scale: m`"),
        ("mesh: bare.obj", "names a texture that is not there.*print.png"),
        ("mesh: lost.obj", "names a material file that is not there.*lost.mtl"),
        ("mesh: cube.obj, scale: mn", "allowed: mm, cm, m, inch, foot"),
        ("mesh: cube.obj, scale: mm, size: [1, 2]", "scale or size, not both"),
        ("mesh: cube.obj, size: [1, 9]", "larger than the world"),
        ("mesh: cube.obj, up: w", "not one of the known values"),
        ("mesh: cube.obj, height: [1, 2]", "unknown key 'height'"),
        ("mesh: cube.obj, marks: 0.5", "marks"),
    ],
)
def test_problems_are_told_before_the_first_frame(cube: Path, thing: str, words: str) -> None:
    folder = cube.parent
    (folder / "empty").mkdir()
    (folder / "bare").mkdir()
    (folder / "broken.glb").write_bytes(b"glTF\x02\x00\x00\x00nonsense")
    (folder / "noise.obj").write_text("hello\nv 1 2\n")
    (folder / "bare.obj").write_text(CUBE.replace("cube.mtl", "bare/cube.mtl"))
    (folder / "bare" / "cube.mtl").write_text(MTL.replace("print.png", "gone/print.png"))
    (folder / "lost.obj").write_text(CUBE.replace("cube.mtl", "lost.mtl"))
    trimesh.creation.box((200, 100, 50)).export(folder / "huge.stl")
    if "scale: cm" in thing:
        check_scene(_document(folder, thing))
        return
    with pytest.raises(DocumentError, match=words):
        check_scene(_document(folder, thing))


def test_a_torn_mesh_is_remarked_on_and_not_refused(cube: Path) -> None:
    (cube.parent / "torn.obj").write_text(CUBE.rpartition("f ")[0])
    document = _document(cube.parent, "mesh: torn.obj")
    check_scene(document)
    assert any("torn.obj is not watertight" in line for line in remarks(document))
    assert not any("watertight" in line for line in remarks(_document(cube.parent, "mesh: cube.obj")))


def test_a_folder_gives_each_thing_one(cube: Path) -> None:
    trimesh.creation.icosphere(radius=0.5).export(cube.parent / "ball.stl")
    thing = MeshThing.model_validate({"class": "a", "mesh": {"folder": "."}, "size": (1.0, 1.0)})
    faces = {len(shape_of(thing, generator(seed, "f"), cube.parent).mesh.faces) for seed in range(12)}
    assert faces == {12, 1280}
    assert [path.name for path in mesh_files(thing, cube.parent)] == ["ball.stl", "cube.mtl", "cube.obj", "print.png"]


def test_another_texture_is_another_dataset(cube: Path) -> None:
    document = _document(cube.parent, "mesh: cube.obj")
    before = _lock(document, "tiny").options
    cv2.imwrite(str(cube.parent / "print.png"), np.full((8, 8, 3), 90, np.uint8))
    after = _lock(document, "tiny").options
    assert before.keys() == after.keys()
    assert before["objects.0.mesh"] != after["objects.0.mesh"]


def test_meshes_are_drawn_and_labelled(cube: Path, tmp_path: Path) -> None:
    text = (
        "seedbed: scene/1\nname: x\nimage: {size: [96, 80], format: png}\nworld: {size: 2, empty: 0}\n"
        "camera: {orbit: {distance: [1.0, 1.5]}, views: 2}\nlabels: {min_pixels: 8}\n"
        "objects: [{class: a, mesh: cube.obj, size: [0.3, 0.4], count: [2, 2]}]\n"
    )
    document = loads(text, Scene, cube.parent / "s.yaml")
    done = render(document, tmp_path / "out", frames=4, renderer="tiny")
    assert sum(done.boxes.values()) >= 4
