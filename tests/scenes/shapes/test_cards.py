from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from seedbed.core.documents import loads
from seedbed.core.errors import DocumentError
from seedbed.core.keys import generator
from seedbed.scenes import Scene, check_scene
from seedbed.scenes.shapes.cards import card, plate_of, rounded_rectangle
from seedbed.scenes.shapes.catalogue import shape_of
from seedbed.scenes.surfaces.materials import picture_at

HEAD = "seedbed: scene/1\nname: cards\nobjects:\n  - "
OVER = np.diag([1.0, -1.0, -1.0, 1.0])


@pytest.fixture
def deck(tmp_path: Path) -> Path:
    folder = tmp_path / "deck"
    folder.mkdir()
    for index, name in enumerate(("AC", "AD", "KC", "2C")):
        picture = np.zeros((60, 40, 4), np.uint8)
        picture[5:-5, 5:-5] = (index * 40, 20, 10, 255)
        cv2.imwrite(str(folder / f"{name}.png"), picture)
    return tmp_path


def scene_of(item: str, folder: Path) -> Scene:
    document = loads(HEAD + item + "\n", Scene, folder / "s.yaml")
    check_scene(document)
    return document.value


def test_the_class_is_the_file_name_of_the_face_that_is_up(deck: Path) -> None:
    scene = scene_of('{shape: card, faces: {folder: deck, classes: {king: "K?", ace: "A*"}}, face_up: 0.7}', deck)
    assert scene.classes == ("king", "ace")
    expected = {"AC": "ace", "AD": "ace", "KC": "king", "2C": None}
    seen = set()
    for seed in range(60):
        shape = shape_of(scene.objects[0], generator(seed, "card"), deck)
        top, bottom, _ = shape.slots
        face = top if top.kind == "face" else bottom
        assert face.picture is not None
        over = np.eye(4) if face is top else OVER
        assert shape.name_of(over, None) == expected[face.picture.stem]
        assert shape.name_of(over @ OVER, None) is None, "the back has no class"
        seen.add((face.picture.stem, face is top))
        width, height, _ = np.ptp(shape.mesh.vertices, axis=0)
        assert width / height == pytest.approx(40 / 60, rel=1e-4)
    assert len(seen) == 8


@pytest.mark.parametrize(("others", "shares"), [(0, (0.0, 0.5, 0.25)), (0.2, (0.2, 0.4, 0.2)), (1, (1.0, 0.0, 0.0))])
def test_classes_are_equally_likely_however_many_pictures_they_have(
    deck: Path, others: float, shares: tuple[float, float, float]
) -> None:
    faces = f'{{folder: deck, classes: {{king: "K?", ace: "A*"}}, others: {others}}}'
    scene, counts = scene_of(f"{{shape: card, faces: {faces}, face_up: 1}}", deck), dict.fromkeys(("2C", "KC", "AC"), 0)
    for seed in range(800):
        picture = shape_of(scene.objects[0], generator(seed, "card"), deck).slots[0].picture
        assert picture is not None
        counts[picture.stem] = counts.get(picture.stem, 0) + 1
    found = [counts[stem] / 800 for stem in ("2C", "KC", "AC")]
    assert found == pytest.approx(shares, abs=0.06)


def test_one_class_for_all_cards_whichever_side_is_up(deck: Path) -> None:
    scene = scene_of("{shape: card, class: card, faces: {folder: deck}, back: {folder: deck}}", deck)
    shape = shape_of(scene.objects[0], generator(1, "card"), deck)
    assert shape.name_of(np.eye(4), "card") == shape.name_of(OVER, "card") == "card"
    assert all(slot.picture is not None for slot in shape.slots[:2])


def test_what_is_transparent_is_paper(deck: Path) -> None:
    picture = picture_at(deck / "deck" / "KC.png")
    assert tuple(picture[0, 0]) == (255, 255, 255)
    assert tuple(picture[30, 20]) == (10, 20, 80)


def test_plate_measures_and_prints_that_are_not_mirrored() -> None:
    outline = rounded_rectangle(0.06, 0.09, 0.01)
    mesh, (bottom, rim) = plate_of(outline, 0.002)
    np.testing.assert_allclose(np.ptp(mesh.vertices, axis=0), (0.06, 0.09, 0.002), atol=1e-7)
    corners = mesh.vertices.astype(float)[mesh.faces]
    volume = (corners[:, 0] * np.cross(corners[:, 1], corners[:, 2])).sum() / 6
    assert volume == pytest.approx((0.06 * 0.09 - (4 - np.pi) * 0.01**2) * 0.002, rel=0.01)
    for first, last, right in ((0, bottom, (1, 0)), (bottom, rim, (-1, 0))):
        used = np.unique(mesh.faces[first:last])
        points, uvs = mesh.vertices[used], mesh.uvs[used]
        assert np.corrcoef(points[:, 0] * right[0], uvs[:, 0])[0, 1] == pytest.approx(1, abs=1e-5)
        assert np.corrcoef(points[:, 1], uvs[:, 1])[0, 1] == pytest.approx(1, abs=1e-5)
    assert len(card((0.06, 0.09), 0.001, 0.003).hull) == 20


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ("{shape: card, class: a, faces: {folder: deck, classes: {ace: A*}}}", "faces already name the classes"),
        ("{shape: card, faces: {folder: deck, classes: {queen: Q*}}}", "no picture has such a name"),
        ('{shape: card, faces: {folder: deck, classes: {ace: A*, club: "*C"}}}', "of class 'ace' already"),
        ("{shape: card, faces: {folder: dekc, classes: {ace: A*}}}", "no such folder"),
        ("{shape: card, faces: {folder: deck}}", "nothing would be labelled"),
        ("{shape: die, class: a, faces: true}", "faces already name the classes"),
        ("{shape: die, faces: [a, b]}", "a die has six faces"),
        ("{shape: die, faces: 6}", "allowed: True"),
    ],
)
def test_problems_are_told(item: str, words: str, deck: Path) -> None:
    with pytest.raises(DocumentError) as caught:
        scene_of(item, deck)
    assert len(caught.value.problems) == 1, caught.value.problems
    assert words in str(caught.value.problems[0])
    assert caught.value.problems[0].line >= 3


def test_a_broken_picture_is_told_with_its_name(deck: Path) -> None:
    (deck / "deck" / "3C.png").write_text("not a picture")
    (deck / "deck" / "4C.jpg").write_bytes(b"\xff\xd8\xff and then nothing")
    with pytest.raises(DocumentError, match=r"3C\.png, 4C\.jpg"):
        scene_of("{shape: card, class: card, faces: {folder: deck}}", deck)
