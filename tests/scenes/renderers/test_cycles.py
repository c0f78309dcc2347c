"""The cycles renderer: what is made of Blender's channels, what happens when its process dies; and, where the extra is
installed, that it draws what gl draws."""

from __future__ import annotations

import dataclasses
import stat
import struct
import sys
from importlib.util import find_spec

import numpy as np
import pytest
from drawn import DAY, ball, box, hall, look, plate, pose

from seedbed.core.errors import Reason, RenderError
from seedbed.scenes.renderers import choice as renderers
from seedbed.scenes.renderers.choice import choose_renderer, open_renderer
from seedbed.scenes.renderers.cycles import CyclesRenderer, drawing_of, toned
from seedbed.scenes.renderers.exr import read_exr
from seedbed.scenes.renderers.sheets import without_far_sides
from seedbed.scenes.view import Body, Fog, Light, Material, View

blender = pytest.mark.skipif(find_spec("bpy") is None, reason="the extra cycles (bpy) is not installed")

CAMERA = look((2.2, -2.4, 1.5), (0, 0, 0.05), width=64, height=48)


# -- without Blender ---------------------------------------------------------------------------------------------------


def _exr(channels, *, kind=2, compression=0, version=2):
    """A file as the standard says, lines in any order."""
    height, width = next(iter(channels.values())).shape
    names = sorted(channels)
    listed = b"".join(n.encode() + b"\0" + struct.pack("<iiii", kind, 0, 1, 1) for n in names) + b"\0"
    window = struct.pack("<4i", 0, 0, width - 1, height - 1)
    attributes = [
        (b"channels", b"chlist", listed),
        (b"compression", b"compression", bytes([compression])),
        (b"dataWindow", b"box2i", window),
    ]
    head = struct.pack("<ii", 20000630, version)
    for name, of, value in attributes:
        head += name + b"\0" + of + b"\0" + struct.pack("<i", len(value)) + value
    lines = [
        struct.pack("<ii", y, 4 * width * len(names)) + b"".join(channels[n][y].tobytes() for n in names)
        for y in reversed(range(height))
    ]
    return head + b"\0" + b"\0" * 8 * height + b"".join(lines)


def test_channels_come_back_as_written(tmp_path):
    rng = np.random.default_rng(0)
    channels = {name: rng.normal(size=(5, 7)).astype(np.float32) for name in ("B.z", "A.x", "A.b")}
    (tmp_path / "a.exr").write_bytes(_exr(channels))
    back = read_exr(tmp_path / "a.exr")
    assert set(back) == set(channels)
    for name, values in channels.items():
        np.testing.assert_array_equal(back[name], values)


@pytest.mark.parametrize(
    ("change", "words"),
    [({"compression": 3}, "compressed"), ({"kind": 1}, "32-bit"), ({"version": 2 | 0x200}, "scan lines")],
)
def test_other_files_are_refused(tmp_path, change, words):
    (tmp_path / "a.exr").write_bytes(_exr({"R": np.zeros((2, 2), np.float32)}, **change))
    with pytest.raises(ValueError, match=words):
        read_exr(tmp_path / "a.exr")


def test_sheets_keep_the_side_that_is_seen():
    top = plate(1.0)
    under = dataclasses.replace(top, vertices=top.vertices.copy(), faces=top.faces[:, ::-1].copy())
    both = dataclasses.replace(
        top,
        vertices=np.vstack([top.vertices, under.vertices]),
        normals=np.vstack([top.normals, -top.normals]),
        uvs=np.vstack([top.uvs, top.uvs]),
        faces=np.vstack([top.faces, under.faces + len(top.vertices)]),
    )
    assert without_far_sides(both, np.array([0.0, 0.0, 2.0])).tolist() == [True, True, False, False]
    assert without_far_sides(both, np.array([0.0, 0.0, -2.0])).tolist() == [False, False, True, True]
    assert without_far_sides(box(), np.array([0.0, 0.0, 2.0])).all()


def _channels(view, **values):
    """Channels of one value everywhere."""
    shape = view.camera.height, view.camera.width
    names = {"R": "Combined.R", "G": "Combined.G", "B": "Combined.B", "A": "Combined.A", "Z": "Depth.Z"}
    names |= {"I": "IndexOB.X"}
    default = {"R": 0.0, "G": 0.0, "B": 0.0, "A": 1.0, "Z": 2.0, "I": 0.0} | values
    return {f"ViewLayer.{names[k]}": np.full(shape, v, np.float32) for k, v in default.items()}


def _view(**changes):
    bodies = tuple(Body(i, None, box(), Material(), pose()) for i in (9, 65535))
    back = np.random.default_rng(1).integers(0, 256, (48, 64, 3), np.uint8)
    return dataclasses.replace(View(bodies, None, DAY, CAMERA, back), **changes)


def test_indices_become_ids_and_far_becomes_infinite():
    view = _view()
    channels = _channels(view)
    channels["ViewLayer.IndexOB.X"][:10, :20] = 2.0
    channels["ViewLayer.IndexOB.X"][30:, :20] = 1.0
    channels["ViewLayer.Depth.Z"][:, 40:] = 1e10
    drawing = drawing_of(view, channels)
    assert drawing.ids.dtype == np.uint16
    assert (drawing.ids[:10, :20] == 65535).all()
    assert (drawing.ids[30:, :20] == 9).all()
    assert not drawing.ids[:, 20:].any()
    assert np.isinf(drawing.depth[:, 40:]).all()
    assert (drawing.depth[:, :40] == 2.0).all()


def test_light_is_encoded_and_nothing_is_the_backdrop():
    view = _view()
    channels = _channels(view, R=0.5, G=0.2140411, B=0.0)
    channels["ViewLayer.Combined.A"][20:] = 0.0
    drawing = drawing_of(view, channels)
    assert (drawing.color[:20] == (188, 127, 0)).all()
    np.testing.assert_array_equal(drawing.color[20:], view.backdrop[20:])


def test_half_covered_pixels_mix_light_not_bytes():
    view = _view(backdrop=np.full((48, 64, 3), 0, np.uint8))
    drawing = drawing_of(view, _channels(view, R=0.25, G=0.25, B=0.25, A=0.5))
    assert abs(int(drawing.color[0, 0, 0]) - 137) <= 1  # 0.25 of the light


def test_fog_goes_by_the_distance_not_the_depth():
    fog = Fog(0.3, (1.0, 1.0, 1.0))
    view = _view(fog=fog)
    color = drawing_of(view, _channels(view)).color / 255.0
    linear = ((color + 0.055) / 1.055) ** 2.4
    assert linear[24, 32, 0] == pytest.approx(1 - np.exp(-0.3 * 2.0), abs=0.01)
    up, across = np.tan(np.radians(25.0)), np.tan(np.radians(25.0)) * 64 / 48
    corner = 2.0 * np.sqrt(1 + up**2 + across**2)
    assert linear[0, 0, 0] == pytest.approx(1 - np.exp(-0.3 * corner), abs=0.015)


def test_tone_is_straight_then_never_reaches_white():
    x = np.linspace(0, 5, 400)
    y = toned(x)
    np.testing.assert_array_equal(y[x <= 0.7], x[x <= 0.7])
    assert (np.diff(y) >= 0).all()
    assert y.max() < 1.0


def test_without_blender_the_way_to_get_it_is_told(monkeypatch):
    monkeypatch.setattr(renderers.importlib.util, "find_spec", lambda name: None)
    for call in (choose_renderer, open_renderer):
        with pytest.raises(RenderError, match=r"pip install 'seedbed\[cycles\]'") as caught:
            call("cycles")
        assert caught.value.reason is Reason.MISSING_PACKAGE


def _stand_in(tmp_path, monkeypatch, body):
    """A process in Blender's place."""
    script = tmp_path / "stand_in.py"
    script.write_text(f"import os, pickle, sys\ncount = {str(tmp_path / 'count')!r}\n" + body)
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\necho started >> {tmp_path}/count\nexec "{sys.executable}" {script}\n')
    python.chmod(python.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(sys, "executable", str(python))
    return lambda: len((tmp_path / "count").read_text().splitlines())


_ANSWERS = """
import numpy as np
while True:
    try:
        view, samples = pickle.load(sys.stdin.buffer)
    except EOFError:
        break
    names = ("Combined.R", "Combined.G", "Combined.B", "Combined.A", "Depth.Z", "IndexOB.X")
    shape = view.camera.height, view.camera.width
    pickle.dump({"ViewLayer." + n: np.full(shape, samples / 8, np.float32) for n in names}, sys.stdout.buffer)
    sys.stdout.buffer.flush()
"""


def test_the_process_is_replaced_now_and_then(tmp_path, monkeypatch):
    started = _stand_in(tmp_path, monkeypatch, _ANSWERS)
    renderer = CyclesRenderer(recycle=2)
    for _ in range(5):
        renderer.draw(_view())
    renderer.close()
    renderer.close()
    assert started() == 3


@pytest.mark.parametrize(("supersample", "samples"), [(1, 1), (2, 4), (4, 8)])
def test_supersampling_asks_for_more_samples(tmp_path, monkeypatch, supersample, samples):
    _stand_in(tmp_path, monkeypatch, _ANSWERS)
    renderer = CyclesRenderer()
    drawing = renderer.draw(_view(supersample=supersample))
    renderer.close()
    assert drawing.depth[0, 0] == samples / 8


def test_a_process_that_dies_once_is_started_again(tmp_path, monkeypatch):
    dies = "if len(open(count).read().splitlines()) == 1: os.kill(os.getpid(), 9)\n"
    started = _stand_in(tmp_path, monkeypatch, dies + _ANSWERS)
    renderer = CyclesRenderer()
    assert renderer.draw(_view()).color.shape == (48, 64, 3)
    renderer.close()
    assert started() == 2


def test_a_process_that_always_dies_is_told_with_its_last_words(tmp_path, monkeypatch):
    _stand_in(tmp_path, monkeypatch, "raise ImportError('libXi.so.6: cannot open shared object file')\n")
    with pytest.raises(RenderError, match="libXi") as caught:
        CyclesRenderer().draw(_view())
    assert caught.value.reason is Reason.WORKER_DIED


def test_what_blender_refuses_is_told(tmp_path, monkeypatch):
    _stand_in(tmp_path, monkeypatch, "pickle.dump('RuntimeError: no', sys.stdout.buffer)\nsys.stdout.buffer.flush()\n")
    with pytest.raises(RenderError, match="RuntimeError: no"):
        CyclesRenderer().draw(_view())


# -- with Blender ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cycles():
    renderer = CyclesRenderer()
    yield renderer
    renderer.close()


@pytest.fixture(scope="module")
def gl():
    if choose_renderer("auto").name != "gl":
        pytest.skip("no GL context on this machine")
    renderer = open_renderer("gl")
    yield renderer
    renderer.close()


SMALL = look((2.2, -2.4, 1.5), (0, 0, 0.05), width=160, height=120)
CAMERAS = {
    "plain": SMALL,
    "off centre": dataclasses.replace(SMALL, center=(0.31, 0.62)),
    "squeezed": dataclasses.replace(SMALL, stretch=0.75),
    "widened": dataclasses.replace(SMALL, stretch=1.4, center=(0.4, 0.55)),
    "tall": dataclasses.replace(SMALL, width=120, height=160),
    "inside a box": look((0.2, -0.2, 0.12), (-1, -1, 0), fov=75, width=160, height=120),
    "through the near plane": dataclasses.replace(SMALL, near=2.9),
}


@blender
@pytest.mark.parametrize("where", CAMERAS)
def test_ids_and_depth_are_those_of_gl(cycles, gl, where):
    world = hall(CAMERAS[where], fine=False)
    one, two = gl.draw(world), cycles.draw(world)
    same = one.ids == two.ids
    assert (~same).sum() <= 3
    assert two.ids.any()
    seen = np.isfinite(one.depth) & np.isfinite(two.depth) & same
    # A near plane cuts the ground along a line of the picture, which may run through pixels' centres.
    assert (np.isfinite(one.depth) != np.isfinite(two.depth)).sum() <= 8
    off = np.abs(one.depth[seen] - two.depth[seen])
    assert np.percentile(off, 99.5) < 1e-3


@blender
@pytest.mark.slow
def test_more_samples_leave_ids_and_depth(cycles):
    world = hall(SMALL, fine=False)
    one, many = cycles.draw(world), cycles.draw(dataclasses.replace(world, supersample=2))
    np.testing.assert_array_equal(one.ids, many.ids)
    np.testing.assert_array_equal(one.depth, many.depth)
    assert (one.color != many.color).any()


@blender
@pytest.mark.slow
def test_the_same_view_gives_the_same_bytes_whatever_came_before(cycles):
    worlds = [hall(SMALL, count=4 + i, seed=i, fine=False) for i in range(2)]
    first = [cycles.draw(world) for world in worlds]
    for i in (1, 0):
        again = cycles.draw(worlds[i])
        assert again.color.tobytes() == first[i].color.tobytes()
        assert again.ids.tobytes() == first[i].ids.tobytes()


LIGHTS = {
    "sun alone": Light((0.3, 0.2, 0.9), (0.8, 0.7, 0.6), (0.0, 0.0, 0.0), (0.0, 0.0, 0.0)),
    "sky alone": Light((0.0, 0.0, 1.0), (0.0, 0.0, 0.0), (0.5, 0.6, 0.7), (0.2, 0.2, 0.1)),
    "around": dataclasses.replace(
        DAY, sun_color=(0.0, 0.0, 0.0), environment=np.full((16, 32, 3), (0.3, 0.5, 0.4), np.float32)
    ),
}


@blender
@pytest.mark.parametrize("light", LIGHTS)
def test_light_is_as_bright_as_gls(cycles, gl, light):
    ground = Body(0, None, plate(9.0), Material((0.6, 0.6, 0.6), roughness=1.0), pose())
    view = View((), ground, LIGHTS[light], dataclasses.replace(SMALL, center=(0.5, 0.2)), _view().backdrop)
    one, two = (renderer.draw(view).color.reshape(-1, 3).mean(axis=0) for renderer in (gl, cycles))
    np.testing.assert_allclose(one, two, atol=4)


@blender
def test_lamps_are_as_bright_as_gls(cycles, gl):
    from seedbed.scenes.view import Lamp

    dark = Light((0.0, 0.0, 1.0), (0.0, 0.0, 0.0), (0.0, 0.0, 0.0), (0.0, 0.0, 0.0))
    light = dataclasses.replace(dark, lamps=(Lamp((0.0, 0.0, 1.5), (0.9, 0.6, 0.3), 8.0),))
    ground = Body(0, None, plate(9.0), Material((0.9, 0.9, 0.9), roughness=1.0), pose())
    view = View((), ground, light, dataclasses.replace(SMALL, center=(0.5, 0.2)), _view().backdrop)
    one, two = (renderer.draw(view).color.reshape(-1, 3).mean(axis=0) for renderer in (gl, cycles))
    np.testing.assert_allclose(one, two, atol=5)


@blender
def test_a_shadow_lies_where_gl_draws_it(cycles, gl):
    ground = Body(0, None, plate(12.0), Material((0.7, 0.7, 0.7), roughness=1.0), pose())
    thing = Body(1, None, ball(0.3, 24), Material(), pose(z=0.5))
    view = View((thing,), ground, DAY, SMALL, _view().backdrop)
    one, two = (renderer.draw(view).color.mean(axis=-1) for renderer in (gl, cycles))
    dark = [(picture < 0.75 * np.median(picture)) & (gl.draw(view).ids == 0) for picture in (one, two)]
    both, either = (dark[0] & dark[1]).sum(), (dark[0] | dark[1]).sum()
    assert both > 0.7 * either > 50
