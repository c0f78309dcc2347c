"""YOLO -> COCO -> VOC -> KITTI -> YOLO keeps every name and box."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from labelled import Row, rows_of, yolo_set

from seedbed.core.shards import verify
from seedbed.scenes.formats.convert import convert
from seedbed.scenes.formats.kitti import words_of
from seedbed.scenes.formats.layouts import open_source
from seedbed.scenes.formats.model import Format

NAMES = st.one_of(
    st.sampled_from(["DontCare", "dontcare", "a b", "a_b", "a  b", "a_b_", "<x> & 'y'", "no", "1", "tête", "信号"]),
    st.text("abcXYZ019 _-.:#'\"&<>é漢", min_size=1, max_size=8).map(str.strip).filter(bool),
)
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # thousands of small files: fsync would take the time
SHARE = st.floats(0.0, 1.0, allow_subnormal=False)


@st.composite
def rows(draw: st.DrawFn, classes: int) -> list[Row]:
    found = {}
    for _ in range(draw(st.integers(0, 4))):
        left, right = sorted((draw(SHARE), draw(SHARE)))
        top, bottom = sorted((draw(SHARE), draw(SHARE)))
        if right - left > 1e-4 and bottom - top > 1e-4:
            row = ((left + right) / 2, (top + bottom) / 2, right - left, bottom - top)
            found[tuple(np.float32(row))] = (draw(st.integers(0, classes - 1)), *row)
    return list(found.values())


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_names_and_boxes_survive(data: st.DataObject) -> None:
    names = data.draw(st.lists(NAMES, min_size=1, max_size=4, unique=True))
    sides = st.integers(1, 3000)
    images = {
        f"{place}.png": (data.draw(st.tuples(sides, sides)), data.draw(rows(len(names))))
        for place in ("a", "b", "deep/a")
    }
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        base = Path(folder)
        source = yolo_set(base / "yolo", names, images)
        for number, format in enumerate(("coco", "voc", "kitti", "yolo")):
            source = convert(source, base / f"{number}-{format}", to=format, images="link").root
            assert verify(source) == []
        assert open_source(source).classes == tuple(names)
        found = rows_of(source)
        assert sorted(f"{name}.png" for name in found) == sorted(images)
        for name, (_, wanted) in images.items():
            got = found[name.removesuffix(".png")]
            assert [row[0] for row in got] == [row[0] for row in wanted]
            for one, other in zip(got, wanted, strict=True):
                assert np.allclose(one[1:], other[1:], rtol=0, atol=1e-6)


@given(st.lists(NAMES, min_size=1, max_size=8, unique=True))
def test_kitti_has_a_word_for_each_name(names: list[str]) -> None:
    words = words_of(names)
    assert list(words) == names
    assert len(set(words.values())) == len(names)
    assert all(len(word.split()) == 1 and word.lower() != "dontcare" for word in words.values())


@pytest.mark.parametrize("to", ["coco", "voc", "kitti"])
def test_splits_stay(tmp_path: Path, to: str) -> None:
    source = yolo_set(tmp_path / "s", ["a"], {"x.png": ((9, 7), [(0, 0.5, 0.5, 0.2, 0.2)])})
    yolo_set(source, ["a"], {"x.png": ((5, 5), []), "y.png": ((5, 5), [(0, 0.5, 0.5, 1.0, 1.0)])}, folder="val")
    back = convert(convert(source, tmp_path / "o", to=to).root, tmp_path / "b", to="yolo")
    assert back.images == {"train": 1, "val": 2}
    assert rows_of(back.root, "val") == {"x": [], "y": [(0, 0.5, 0.5, 1.0, 1.0)]}
    assert back.source is Format(to)
    assert back.lost == {}
