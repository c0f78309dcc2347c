"""Sequences on disk: whole, in order, the same after any interruption, and as MOT."""

from __future__ import annotations

import configparser
import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from film_scenes import BELT, DROPPING, STREET

from seedbed.core.documents import loads
from seedbed.core.shards import verify
from seedbed.scenes import Scene, convert, render
from seedbed.scenes.capture.shot import Shot, shoot
from seedbed.scenes.frames.filming import Footage
from seedbed.scenes.labels.records import FrameRecord
from seedbed.scenes.renderers.choice import Renderer, open_renderer
from seedbed.scenes.worlds.motion import film_of
from seedbed.scenes.worlds.physics import Physics

SCENES = {"belt": (BELT, 6), "fall": (DROPPING, 7)}


def tree(root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(root)): hashlib.blake2b(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.name != ".seedbed.busy" and path.parent.name != "manifest"
    }


def records(out: Path) -> list[FrameRecord]:
    lines = [line for path in sorted(out.glob("frames/*/*.jsonl")) for line in path.read_text().splitlines()]
    return sorted((FrameRecord.from_json(json.loads(line)) for line in lines), key=lambda record: record.frame)


@pytest.fixture(scope="module", params=["belt", "fall"])
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, int]:
    """A scene file, two of its sequences made in one go, and the frames of each."""
    text, frames = SCENES[request.param]
    folder = tmp_path_factory.mktemp(request.param)
    scene = folder / "scene.yaml"
    scene.write_text(text)
    render(scene, folder / "out", frames=2 * frames, renderer="tiny")
    return scene, folder / "out", frames


def test_a_world_is_one_sequence_in_order(whole: tuple[Path, Path, int]) -> None:
    scene, out, frames = whole
    assert verify(out) == []
    found = records(out)
    fps = loads(scene.read_text(), Scene).value.sequence.fps  # type: ignore[union-attr]
    assert [record.frame for record in found] == list(range(2 * frames))
    for record in found:
        assert (record.world, record.view) == divmod(record.frame, frames)
        assert record.fps == fps
        assert record.time == pytest.approx(record.view / fps)
        assert Path(record.image).stem == f"{record.frame:08d}"
    for world in range(2):
        mine = found[world * frames : (world + 1) * frames]
        assert len({record.split for record in mine}) == 1
        tracks = [{body.track: body.name for body in record.bodies} for record in mine]
        assert all(each == tracks[0] for each in tracks)
        assert tracks[0]


def _shot(scene: Scene, split: str, frame: int, footage: Footage, renderer: Renderer) -> Shot:
    number = frame - footage.first
    return shoot(scene, Path(), split, frame, footage.view(number), renderer, footage.motion(number))


def test_a_frame_alone_is_the_frame_of_the_run(whole: tuple[Path, Path, int]) -> None:
    path, out, frames = whole
    scene = loads(path.read_text(), Scene).value
    renderer, number = open_renderer("tiny"), frames + frames - 2
    [record] = [record for record in records(out) if record.frame == number]
    for wanted in (number, frames):  # the first one after a later one, too
        film = film_of(scene, 1, Physics())
        shot = _shot(scene, record.split, wanted, Footage(scene, Path(), film, frames), renderer)
        assert len(shot.files) >= 3
        for name, content in shot.files.items():
            assert (out / name).read_bytes() == content


def test_a_sequence_goes_on_where_it_was_left(whole: tuple[Path, Path, int], tmp_path: Path) -> None:
    scene, out, frames = whole
    for count in (3, frames + 4, 2 * frames):
        made = render(scene, tmp_path / "out", frames=count, renderer="tiny")
    assert made.made == frames - 4
    pictures = {name: value for name, value in tree(tmp_path / "out").items() if name[:6] in ("images", "labels")}
    assert len(pictures) == 4 * frames
    assert pictures == {name: value for name, value in tree(out).items() if name in pictures}
    assert [record.to_json() for record in records(tmp_path / "out")] == [record.to_json() for record in records(out)]


def test_surfaces_and_light_last_through_a_sequence(tmp_path: Path) -> None:
    scene = loads(BELT[: BELT.index("sensor")] + BELT[BELT.index("sequence") :], Scene).value
    footage = Footage(scene, Path(), film_of(scene, 0, Physics()), 0)
    one, two = footage.view(0), footage.view(5)
    assert one.light == two.light
    assert one.ground is two.ground
    assert one.camera.pose.tobytes() == two.camera.pose.tobytes()
    assert all(a.material is b.material and a.name == b.name for a, b in zip(one.bodies, two.bodies, strict=True))
    moved = [not np.array_equal(a.pose, b.pose) for a, b in zip(one.bodies, two.bodies, strict=True)]
    assert any(moved)
    assert not all(moved)


def test_sequences_become_mot(whole: tuple[Path, Path, int], tmp_path: Path) -> None:
    scene, out, frames = whole
    done = convert(out, tmp_path / "mot", to="mot")
    assert sum(done.images.values()) == 2 * frames
    settings = sorted((tmp_path / "mot").rglob("seqinfo.ini"))
    assert len(settings) == 2
    fps = loads(scene.read_text(), Scene).value.sequence.fps  # type: ignore[union-attr]
    for path in settings:
        told = configparser.ConfigParser()
        told.read(path)
        assert float(told["Sequence"]["frameRate"]) == fps
        assert int(told["Sequence"]["seqLength"]) == frames
        images = sorted((path.parent / "img1").glob("*.png"))
        assert [image.name for image in images] == [f"{number:06d}.png" for number in range(1, frames + 1)]
        assert cv2.imread(str(images[0])).shape == (80, 96, 3)
        world = int(path.parent.name.rpartition("-")[2])
        lines: list[list[Any]] = [line.split(",") for line in (path.parent / "gt/gt.txt").read_text().splitlines()]
        mine = [record for record in records(out) if record.world == world]
        boxes = {(record.view + 1, body.track + 1) for record in mine for body in record.bodies if body.box}
        assert {(int(line[0]), int(line[1])) for line in lines} == boxes
    shutil.rmtree(tmp_path / "mot")


@pytest.mark.slow
def test_a_street_is_filmed(tmp_path: Path) -> None:
    scene = tmp_path / "scene.yaml"
    scene.write_text(STREET.replace("frames: 40", "frames: 6").replace("splits", "  camera: {move: vehicle}\nsplits"))
    render(scene, tmp_path / "out", frames=6, renderer="tiny")
    found = records(tmp_path / "out")
    assert len({record.camera.translation for record in found}) == 6
    assert any(body.box for record in found for body in record.bodies if body.name == "house")
    again = render(scene, tmp_path / "two", frames=4, renderer="tiny")
    assert again.made == 4
    render(scene, tmp_path / "two", frames=6, renderer="tiny")
    one, two = tree(tmp_path / "out"), tree(tmp_path / "two")
    pictures = [name for name in one if name.startswith("images")]
    assert [one[name] for name in pictures] == [two[name] for name in pictures]
