"""The guide to scenes: its examples are scenes, and its reference is that of the models."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from seedbed.core.documents import loads
from seedbed.scenes import Scene, check_scene, packs
from seedbed.scenes.models.reference import scene_reference

GUIDE = (Path(__file__).resolve().parents[3] / "docs" / "scenes.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_examples_are_scenes(number: int, tmp_path: Path) -> None:
    whole = YAML(typ="safe").load(EXAMPLES[0])
    parts = YAML(typ="safe").load(EXAMPLES[number])
    path = tmp_path / "scene.yaml"
    with path.open("w") as file:
        YAML().dump(whole | parts, file)
    check_scene(loads(path.read_text(), Scene, path))


def test_the_reference_is_that_of_the_models() -> None:
    assert GUIDE.endswith(scene_reference()), "run: make guide"


def test_every_pack_is_told_of() -> None:
    told = set(re.findall(r"^\| `(\w+)` \|", GUIDE.partition("# Reference")[0], re.MULTILINE))
    assert told >= {name for name in packs() if not name.endswith("stand_in")}
