"""What is said before training: few validation images, absent labels, gaps."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from seedbed.core.documents import Document
from seedbed.training.plan import Plan
from seedbed.training.sets.gap import Panel, balance_advice
from seedbed.training.sets.inspection import inspect
from seedbed.training.sets.material import gather

MakePlan = Callable[..., Document[Plan]]
DrawSet = Callable[..., Path]

pytest.importorskip("cv2")


def test_few_validation_images_come_with_an_interval(tiny_plan: MakePlan) -> None:
    (note,) = [note for note in inspect(gather(tiny_plan())).notes if "validation" in note]
    # 8 of 10: the Wilson interval is .490 to .943.
    assert "only 5 real validation images with 10 boxes" in note
    assert "8 of them are found (80%)" in note
    assert "between 49% and 94%" in note


def test_twenty_validation_images_are_enough(tmp_path: Path, draw_shapes: DrawSet, tiny_plan: MakePlan) -> None:
    root = draw_shapes(tmp_path / "real", "real", ("cube", "cone"), {"train": 4, "val": 20})
    assert not any("validation" in note for note in inspect(gather(tiny_plan(real=root))).notes)


def test_absent_and_empty_label_files_are_named(tmp_path: Path, draw_shapes: DrawSet, tiny_plan: MakePlan) -> None:
    root = draw_shapes(tmp_path / "real", "real", ("cube", "cone"))
    (root / "labels/train/004.txt").unlink()
    for number in range(3):
        (root / f"labels/test/00{number}.txt").write_text("")
    notes = inspect(gather(tiny_plan(real=root))).notes
    assert any("1 real image has no label file" in note and "train/004.png" in note for note in notes)
    assert any("3 of 4 real test images hold no object" in note and "test/000.png" in note for note in notes)
    both = inspect(gather(tiny_plan(real=f"[{root}, {draw_shapes(tmp_path / 'more', 'more')}]"))).notes
    assert any("real/images/train/004.png" in note for note in both)


def test_gaps_are_told_largest_first_and_not_from_test_images(tiny_plan: MakePlan) -> None:
    found = inspect(gather(tiny_plan()))
    assert found.real is not None
    assert found.real.images == 17
    distances = [gap.distance for gap in found.gaps]
    assert distances == sorted(distances, reverse=True)
    told = [note for note in found.advice if "light.sun.strength" in note]
    assert told
    assert "too dark" in told[0]
    assert sum("in the synthetic images" in note for note in found.advice) <= 3


def test_real_images_alone_have_no_gap(tiny_plan: MakePlan) -> None:
    found = inspect(gather(tiny_plan(share="{schedule: constant, start: 0}")))
    assert found.gaps == []


def test_the_balance_of_classes_is_told() -> None:
    one, two = Panel(1, {}, {"cone": 90, "cube": 10}), Panel(1, {}, {"cone": 40, "cube": 60})
    (words,) = balance_advice(one, two)
    assert "cone is 90% of the synthetic boxes and 40% of the real ones; lower" in words
    assert balance_advice(one, one) == []
    assert balance_advice(Panel(0, {}, {"cone": 0}), two) == []


def test_the_page_of_the_gap(tmp_path: Path, tiny_plan: MakePlan) -> None:
    from seedbed.cli.gap_panel import write_gap

    found = inspect(gather(tiny_plan()))
    write_gap(tmp_path, found)
    page = (tmp_path / "gap.html").read_text(encoding="utf-8")
    for words in (
        "5 real validation images",
        "light.sun.strength",
        "sharpness",
        "width to height",
        "objects per image",
    ):
        assert words in page
    write_gap(tmp_path / "none", inspect(gather(tiny_plan(share="{schedule: constant, start: 0}"))))
    assert not (tmp_path / "none").exists()
