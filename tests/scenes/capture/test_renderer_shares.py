"""Renderers that share the worlds of a dataset."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_scene import SMALL

from seedbed.core.documents import loads
from seedbed.core.errors import DataError, DocumentError
from seedbed.scenes import Scene, render
from seedbed.scenes.capture.run import renderer_of, split_of
from seedbed.scenes.models.scene import check_scene
from seedbed.scenes.renderers.choice import choose_renderer

NAMES = ("tiny", "gl", "cycles")


def _off(seed: int, shares: dict[str, float], worlds: int) -> dict[str, float]:
    """How far the share of any stretch of worlds is off at worst, in worlds."""
    drawn = [renderer_of(seed, shares, world) for world in range(worlds)]
    return {
        name: float(np.ptp(np.concatenate([[0.0], np.cumsum([(one == name) - share for one in drawn])])))
        for name, share in shares.items()
    }


@given(seed=st.integers(0, 2**63), share=st.floats(0.001, 0.999))
def test_of_two_renderers_any_stretch_has_its_share_within_one_world(seed: int, share: float) -> None:
    off = _off(seed, {"gl": share, "cycles": 1.0 - share}, 300)
    assert max(off.values()) < 1 + 1e-6


@given(seed=st.integers(0, 2**63), cuts=st.tuples(st.floats(0.01, 0.5), st.floats(0.01, 0.48)))
def test_of_three_within_two(seed: int, cuts: tuple[float, float]) -> None:
    off = _off(seed, dict(zip(NAMES, (*cuts, 1.0 - sum(cuts)), strict=True)), 300)
    assert max(off.values()) < 2


def test_another_seed_gives_other_worlds_and_a_renderer_alone_all() -> None:
    shares = {"gl": 0.9, "cycles": 0.1}
    first = {next(w for w in range(20) if renderer_of(seed, shares, w) == "cycles") for seed in range(30)}
    assert len(first) > 5
    assert {renderer_of(1, {"tiny": 1.0}, world) for world in range(50)} == {"tiny"}


def test_each_split_has_its_share_of_each_renderer() -> None:
    scene = loads(SMALL, Scene).value
    worlds = {name: [w for w in range(2000) if split_of(scene, w) == name] for name in ("train", "val", "test")}
    for share in (0.1, 0.3, 0.5):
        for those in worlds.values():
            traced = sum(renderer_of(scene.seed, {"gl": 1 - share, "cycles": share}, w) == "cycles" for w in those)
            assert abs(traced / len(those) - share) < 0.03


@pytest.mark.parametrize("line", ["{gl: 0.5, cycles: 0.4}", "{}", "{gl: 1.0, tiny: 0.5}"])
def test_shares_that_do_not_add_up_are_a_problem(line: str) -> None:
    with pytest.raises(DocumentError, match=r"renderer: the shares do not add up to 1"):
        check_scene(loads(SMALL + f"renderer: {line}\n", Scene))


def test_unknown_renderers_are_a_problem_with_a_hint() -> None:
    with pytest.raises(DocumentError, match="cycles"):
        loads(SMALL + "renderer: {cycle: 1}\n", Scene)


def test_two_renderers_share_a_dataset(tmp_path: Path) -> None:
    if choose_renderer("auto").name != "gl":
        pytest.skip("no GL context on this machine")
    scene = tmp_path / "shared.yaml"
    scene.write_text(SMALL + "renderer: {tiny: 0.5, gl: 0.5}\n")
    made = render(scene, tmp_path / "both", frames=12)
    assert made.renderer == "tiny, gl"
    render(scene, tmp_path / "gl", frames=12, renderer="gl")
    drawn = _renderers(tmp_path / "both")
    assert sorted(drawn.values()) == ["gl", "gl", "tiny", "tiny"]
    assert set(_renderers(tmp_path / "gl").values()) == {"gl"}
    for image in (tmp_path / "both").glob("images/*/*.png"):
        other = tmp_path / "gl" / image.relative_to(tmp_path / "both")
        same = image.read_bytes() == other.read_bytes()
        assert same == (drawn[int(image.stem) // 3] == "gl")
    with pytest.raises(DataError):
        render(scene, tmp_path / "both", frames=15, renderer="gl")


def _renderers(out: Path) -> dict[int, str]:
    lines = [line for path in out.glob("frames/*/*.jsonl") for line in path.read_text().splitlines()]
    records = [json.loads(line) for line in lines]
    return {record["world"]: record["renderer"] for record in records}
