from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cv2
import jsonschema
import numpy as np
import pytest

from seedbed.core.documents import loads
from seedbed.core.errors import DocumentError
from seedbed.scenes import Scene, check_scene, load_scene, packs, scene_schema

HEAD = "seedbed: scene/1\nname: x\n"
CONE = "objects: [{class: cone, shape: cone, height: [0.3, 0.4]}]\n"


def problems(text: str, tmp_path: Path) -> list[str]:
    try:
        check_scene(loads(text, Scene, tmp_path / "s.yaml"))
    except DocumentError as error:
        return [f"{p.line}:{p.column} {p}" for p in error.problems]
    return []


@pytest.mark.parametrize("name", sorted(packs()))
def test_packs_have_no_problems_and_fit_the_schema(name: str, tmp_path: Path) -> None:
    path = tmp_path / "scene.yaml"
    path.write_text(packs()[name].read_text())
    if name == "cards":  # its pictures are the user's
        (tmp_path / "faces").mkdir()
        for stem in ("9C", "10D", "JH", "QS", "KC", "AD", "2H"):
            cv2.imwrite(str(tmp_path / "faces" / f"{stem}.png"), np.zeros((7, 5, 3), np.uint8))
    document = load_scene(path)
    assert document.value.classes
    text = document.value.model_dump(mode="json", by_alias=True, exclude_unset=True)
    jsonschema.Draft202012Validator(scene_schema()).validate(text)


def test_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(scene_schema())


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        (HEAD + CONE + "lihgt: {}\n", "4:1", "did you mean 'light'"),
        (HEAD + "objects: [{class: cone, shape: cne}]\n", "3:32", "did you mean 'cone'"),
        (HEAD + "objects: [{class: cone, shape: cone}]\n", "3:11", "height"),
        (HEAD + "objects: [{class: cone, shape: cone, height: [0.4, 0.3]}]\n", "3:46", "backwards"),
        (HEAD + "objects: []\n", "3:10", "empty"),
        (HEAD, "1:1", "'objects' is missing"),
        (HEAD + "objects: [{class: cone, shape: cone, height: [0.3, 40]}]\n", "3:", "at most 20"),
        (HEAD + "objects: [{shape: clutter, class: a}]\n", "3:28", "unknown key 'class'"),
        (HEAD + "objects: [{shape: clutter}]\n", "3:1", "nothing would be labelled"),
        (HEAD + "objects: [{class: a, shape: box, size: [1, 2], count: [0, 0]}]\n", "3:1", "every count is 0"),
        (HEAD + "objects: [{class: a, shape: box, size: [1, 9]}]\n", "3:34", "larger than the world"),
        (HEAD + "objects: [{class: a, shape: ball, size: [1, 2], count: [0, 61]}]\n", "3:", "at most 60"),
        (
            HEAD + "objects:\n" + "  - {class: a, shape: ball, size: [0.1, 0.2], count: [0, 60]}\n" * 3,
            "3:1",
            "too many things",
        ),
        (HEAD + CONE + "splits: {train: 0.5, val: 0.1, test: 0.1}\n", "4:1", "add up to 1"),
        (HEAD + CONE + "splits: {train: 0.0, val: 0.5, test: 0.5}\n", "4:10", "nothing to train on"),
        (HEAD + CONE + "world: {layout: trey}\n", "4:", "scatter"),
        (HEAD + CONE + "world: {ground: {material: [marbel]}}\n", "4:29", "tiles"),
        (HEAD + CONE + "world: {backdrop: [{folder: nowhere}]}\n", "4:29", "no such folder"),
        (HEAD + CONE + "world: {backdrop: [{folder: .}]}\n", "4:29", "no pictures"),
        (HEAD + CONE + "image: {size: [640]}\n", "4:", "image.size"),
        (HEAD + CONE + "image: {size: [640, 9000]}\n", "4:21", "at most 4096"),
        (HEAD + CONE + "sensor: {noise: [0, .nan]}\n", "4:", "finite"),
        (HEAD + CONE + "camera: {views: 0}\n", "4:17", "at least 1"),
        (HEAD + CONE + "weather: {fog: [0, 9]}\n", "4:20", "at most 5"),
        (HEAD + CONE + "light: {sun: {time: [7, 9], elevation: [1, 2]}}\n", "4:", "and so does 'elevation'"),
        (HEAD + CONE + "light: {sun: {latitude: 48}}\n", "4:", "with 'time' only"),
        (HEAD + CONE + "light: {lamps: {count: [0, 40]}}\n", "4:", "at most 16"),
        (HEAD + CONE + "image: {supersample: 9}\n", "4:", "1, 2, 3"),
        (HEAD + CONE + 'seed: "7"\n', "4:7", "whole number"),
    ],
)
def test_problems(text: str, place: str, words: str, tmp_path: Path) -> None:
    found = problems(text, tmp_path)
    assert len(found) == 1, found
    assert found[0].startswith(place), found
    assert words in found[0]


def test_all_problems_at_once(tmp_path: Path) -> None:
    text = HEAD + "objects: [{shape: clutter}]\nsplits: {train: 0.5}\nworld: {backdrop: [{folder: nowhere}]}\n"
    assert len(problems(text, tmp_path)) == 3


def test_classes_keep_their_order_and_share_a_number() -> None:
    text = HEAD + (
        "objects:\n"
        "  - {class: b, shape: ball, size: [0.1, 0.2]}\n"
        "  - {shape: box, size: [0.1, 0.2]}\n"
        "  - {class: a, shape: box, size: [0.1, 0.2]}\n"
        "  - {class: b, shape: cone, height: [0.1, 0.2]}\n"
    )
    assert loads(text, Scene).value.classes == ("b", "a")


def test_the_room_opens_without_its_heavy_packages() -> None:
    code = (
        "import sys; sys.modules.update(dict.fromkeys(['cv2', 'pybullet', 'moderngl', 'albumentations', 'trimesh']))\n"
        "import seedbed.scenes as s; s.load_scene(s.packs()['cones']); s.scene_schema()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
