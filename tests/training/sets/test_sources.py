"""Several data sets of a kind: weights, class maps, absent classes, lists of real images."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.core.documents import Document
from seedbed.core.errors import DataError, DocumentError
from seedbed.training.plan import Plan, loads_plan, plan_schema
from seedbed.training.sets.labelled import Frame, LabelledSet
from seedbed.training.sets.material import gather
from seedbed.training.sets.sources import Source, boxes_of, mapped, whole_weights

DrawSet = Callable[..., Path]
MakePlan = Callable[..., Document[Plan]]
HEAD = "seedbed: plan/1\nname: x\nshare: {start: 0.9, end: 0.1}\n"


def test_weights_are_whole_and_small() -> None:
    assert whole_weights([3, 1]) == (3, 1)
    assert whole_weights([0.5, 0.25]) == (2, 1)
    assert whole_weights([7]) == (1,)
    assert whole_weights([0.333, 1]) == (333, 1000)


def test_plain_and_weighted_sources_make_one_set(
    tmp_path: Path, draw_shapes: DrawSet, tiny_plan: MakePlan, synthetic_set: Path
) -> None:
    other = draw_shapes(tmp_path / "synthetic", "street", splits={"train": 5})
    plan = tiny_plan(synthetic=f"[{{data: {synthetic_set}, weight: 3}}, {other}]")
    sources = gather(plan)
    material = sources.material(0)
    assert material.synthetic_parts == ((12, 3), (5, 1))
    assert material.real_parts == ((12, 1),)
    names = [frame.name for frame in material.synthetic]
    assert len(set(names)) == 17
    assert names[0].startswith("synthetic/images/")
    assert names[-1].startswith("synthetic-2/images/")


def test_a_source_without_drawn_images_gives_its_part_to_the_others(
    tmp_path: Path, draw_shapes: DrawSet, tiny_plan: MakePlan, real_set: Path
) -> None:
    other = draw_shapes(tmp_path / "more", "more")
    material = gather(tiny_plan(real=f"[{real_set}, {{data: {other}, weight: 2}}]", real_labels=1)).material(0)
    assert len(material.real_parts) == 1
    assert material.real_parts[0][0] == 1


def test_a_map_joins_classes_by_name(tmp_path: Path, draw_shapes: DrawSet, tiny_plan: MakePlan) -> None:
    other = draw_shapes(tmp_path / "other", "synthetic", ("cone", "cube"))
    data = other / "data.yaml"
    data.write_text(data.read_text().replace("cone", "traffic_cone"))
    with pytest.raises(DataError, match="does not know: traffic_cone") as caught:
        gather(tiny_plan(synthetic=other))
    assert "map: {traffic_cone:" in str(caught.value)
    sources = gather(tiny_plan(synthetic=f"{{data: {other}, map: {{traffic_cone: cone}}}}"))
    assert sources.synthetic is not None
    assert sources.names == ("cube", "cone")
    assert boxes_of(sources.synthetic) == {"cone": 12, "cube": 12}
    assert not sources.notes


@given(factor=st.floats(0.5, 2), x=st.floats(0, 1), y=st.floats(0, 1), w=st.floats(0.01, 1), h=st.floats(0.01, 1))
def test_enlarged_boxes_keep_their_middle_and_the_image(factor: float, x: float, y: float, w: float, h: float) -> None:
    box = np.array([[x, y, w, h]], np.float32)
    frame = Frame(Path("a.jpg"), "a.jpg", np.zeros(1, np.int64), box, (None,))
    before = LabelledSet(Path("a"), ("thing",), {"train": (frame,)}, "00")
    after, notes = mapped(before, Source(data="a", enlarge=factor))
    made = after.split("train")[0].boxes[0]
    low, high = made[:2] - made[2:] / 2, made[:2] + made[2:] / 2
    assert not notes
    if factor == 1:
        assert after is before
        return
    assert (low > -1e-6).all()
    assert (high < 1 + 1e-6).all()
    assert after.digest != before.digest, "what is learnt from is another set"
    assert low == pytest.approx(np.clip(box[0, :2] - box[0, 2:] * factor / 2, 0, 1), abs=1e-6)
    assert high == pytest.approx(np.clip(box[0, :2] + box[0, 2:] * factor / 2, 0, 1), abs=1e-6)


def test_two_names_may_mean_one_class(tiny_plan: MakePlan, synthetic_set: Path, real_set: Path) -> None:
    lines = "map: {cube: thing, cone: thing}"
    plan = tiny_plan(synthetic=f"{{data: {synthetic_set}, {lines}}}", real=f"{{data: {real_set}, {lines}}}")
    sources = gather(plan)
    assert sources.names == ("thing",)
    assert sources.synthetic is not None
    assert boxes_of(sources.synthetic) == {"thing": 24}


def test_labels_are_dropped_only_by_word_and_it_is_said(
    tiny_plan: MakePlan, synthetic_set: Path, real_set: Path
) -> None:
    plan = tiny_plan(
        synthetic=f"{{data: {synthetic_set}, map: {{cube: null}}}}",
        real=f"{{data: {real_set}, map: {{cube: null}}}}",
    )
    sources = gather(plan)
    assert sources.names == ("cone",)
    dropped = [note for note in sources.notes if "dropped" in note]
    assert len(dropped) == 2
    assert "21 cube, in 21 images" in dropped[0]
    assert "learnt as background" in dropped[0]


def test_a_map_of_nothing_known_is_refused(tiny_plan: MakePlan, synthetic_set: Path) -> None:
    with pytest.raises(DataError, match=r"does not have: cuve[\s\S]*did you mean 'cube'"):
        gather(tiny_plan(synthetic=f"{{data: {synthetic_set}, map: {{cuve: cube}}}}"))
    with pytest.raises(DataError, match="drops every class"):
        gather(tiny_plan(synthetic=f"{{data: {synthetic_set}, map: {{cube: null, cone: null}}}}"))


def test_a_class_on_one_side_is_said_with_counts(
    tmp_path: Path, draw_shapes: DrawSet, tiny_plan: MakePlan, real_set: Path
) -> None:
    cones = draw_shapes(tmp_path / "cones", "synthetic", ("cone",))
    with pytest.raises(DataError, match="absent"):
        gather(tiny_plan(synthetic=cones))
    sources = gather(tiny_plan(synthetic=f"{{data: {cones}, absent: [cube]}}"))
    assert any("class cube: 12 boxes in the real training images and none" in note for note in sources.notes)
    with pytest.raises(DataError, match=r"does not have[\s\S]*did you mean 'cube'"):
        gather(tiny_plan(synthetic=f"{{data: {cones}, absent: [cub]}}"))


@pytest.mark.parametrize("form", ["json", "txt"])
def test_a_list_of_real_images_is_read_back(tmp_path: Path, tiny_plan: MakePlan, form: str) -> None:
    drawn = [frame.name for frame in gather(tiny_plan(real_labels=3)).material(7).real]
    path = tmp_path / f"subset.{form}"
    path.write_text(json.dumps(drawn) if form == "json" else "\n".join(drawn) + "\n")
    for seed in (0, 1):
        again = gather(tiny_plan(real_labels=path)).material(seed).real
        assert [frame.name for frame in again] == drawn


def test_a_list_with_an_unknown_name_is_refused(tmp_path: Path, tiny_plan: MakePlan) -> None:
    path = tmp_path / "subset.txt"
    path.write_text("images/train/000.png\nimages/train/0077.png\n")
    with pytest.raises(DataError, match="1 of 2 names are not real training images"):
        gather(tiny_plan(real_labels=path))
    with pytest.raises(DataError, match="cannot be read"):
        gather(tiny_plan(real_labels=tmp_path / "none.json"))


@pytest.mark.parametrize(
    ("line", "place", "words"),
    [
        ("synthetic: [a, {data: b, weigth: 2}]", (4, 26), "unknown key"),
        ("synthetic: [{data: b, weight: 0}]", (4, 31), "out of bounds"),
        ("real: {data: b, map: {a: 3}}", (4, 26), ""),
        ("real: [{data: b, enlarge: 1.2}]", (4, 18), "what is judged by"),
        ("real: []", (4, 1), "no folder named"),
        ("real_labels: some", (4, 14), ""),
        ("real_labels: 0", (4, 14), ""),
    ],
)
def test_broken_sources_are_named(line: str, place: tuple[int, int], words: str) -> None:
    with pytest.raises(DocumentError) as caught:
        loads_plan(HEAD + line + "\n")
    problem = caught.value.problems[0]
    assert words in problem.message
    assert (problem.line, problem.column) == place


def test_the_schema_knows_the_short_forms() -> None:
    for short in ("a", ["a", {"data": "b", "weight": 2, "map": {"x": None}}], {"data": "b"}):
        body = {"seedbed": "plan/1", "name": "x", "share": {"start": 1, "end": 0}, "synthetic": short}
        jsonschema.validate(body, plan_schema())
    for short in (5, [["a"]], {"data": "b", "weigth": 2}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(body | {"synthetic": short}, plan_schema())
