from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from small_scene import SMALL

from seedbed.core.datasets import Quality, read_card
from seedbed.core.documents import loads
from seedbed.core.errors import DataError, EngineError, Reason, RenderError
from seedbed.core.progress import Silent
from seedbed.core.shards import verify
from seedbed.scenes import Scene, render
from seedbed.scenes.capture import shot
from seedbed.scenes.capture.run import split_of
from seedbed.scenes.formats.yolo import boxes_from_text

COMMAND = (
    "import sys; from pathlib import Path; from seedbed.scenes import render\n"
    "if __name__ == '__main__':\n"
    "    render(Path(sys.argv[1]), Path(sys.argv[2]), frames=int(sys.argv[3]), workers=int(sys.argv[4]))\n"
)


def tree(root: Path) -> dict[str, str]:
    """Every file below a folder and its content, except the busy mark."""
    return {
        str(path.relative_to(root)): hashlib.blake2b(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.name != ".seedbed.busy"
    }


def run_command(scene: Path, out: Path, frames: int, workers: int = 1, **environment: str) -> subprocess.Popen[bytes]:
    script = scene.parent / "command.py"
    script.write_text(COMMAND)
    arguments = [sys.executable, str(script), str(scene), str(out), str(frames), str(workers)]
    return subprocess.Popen(arguments, env={**os.environ, **environment}, stderr=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A scene file and the dataset of its first 30 frames, made in one go."""
    folder = tmp_path_factory.mktemp("whole")
    scene = folder / "small.yaml"
    scene.write_text(SMALL)
    render(scene, folder / "out", frames=30)
    return scene, folder / "out"


def test_layout(whole: tuple[Path, Path]) -> None:
    _, out = whole
    images = sorted(out.glob("images/*/*.png"))
    assert len(images) == 30
    assert [path.stem for path in sorted(images, key=lambda p: p.stem)] == [f"{frame:08d}" for frame in range(30)]
    for image in images:
        split, stem = image.parent.name, image.stem
        assert cv2.imread(str(image)).shape == (80, 96, 3)
        mask = cv2.imread(str(out / "masks" / split / f"{stem}.png"), cv2.IMREAD_UNCHANGED)
        assert mask.shape == (80, 96)
        assert (out / "labels" / split / f"{stem}.txt").is_file()
    assert (out / "data.yaml").is_file()
    assert verify(out) == []


def test_boxes_are_tight_around_the_masks_on_disk(whole: tuple[Path, Path]) -> None:
    _, out = whole
    boxes = 0
    for record in records(out):
        image = Path(record["image"])
        mask = cv2.imread(str(out / "masks" / image.parent.name / f"{image.stem}.png"), cv2.IMREAD_UNCHANGED)
        text = (out / "labels" / image.parent.name / f"{image.stem}.txt").read_text()
        written = [body for body in record["bodies"] if body["box"]]
        found = boxes_from_text(text, (96, 80))
        assert [list(box) for _, box in found] == [body["box"] for body in written]
        assert {int(v) for v in np.unique(mask)} - {0} == {body["id"] for body in written}
        for (kind, box), body in zip(found, written, strict=True):
            rows, columns = np.nonzero(mask == body["id"])
            assert (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1) == box
            assert ("cone", "cube")[kind] == body["name"]
            boxes += 1
    assert boxes > 10


def records(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for path in sorted(out.glob("frames/*/*.jsonl")) for line in path.read_text().splitlines()]


def test_negatives_have_an_empty_label_file(whole: tuple[Path, Path]) -> None:
    _, out = whole
    empty = [path for path in out.glob("labels/*/*.txt") if path.stat().st_size == 0]
    assert empty
    assert read_card(out)["seedbed:quality"]["frames_without_boxes"] == len(empty)


def test_every_body_is_accounted_for(whole: tuple[Path, Path]) -> None:
    _, out = whole
    bodies = [body for record in records(out) for body in record["bodies"]]
    assert {body["name"] for body in bodies} == {"cone", "cube"}
    assert all((body["box"] is None) != (body["dropped"] is None) for body in bodies)


def test_views_of_a_world_share_a_split(whole: tuple[Path, Path]) -> None:
    _, out = whole
    split = {int(path.stem): path.parent.name for path in out.glob("images/*/*.png")}
    for world in range(10):
        assert len({split[world * 3 + view] for view in range(3)}) == 1


@pytest.mark.parametrize("workers", [1, 3])
def test_bytes_depend_on_neither_workers_nor_hash_seed(whole: tuple[Path, Path], tmp_path: Path, workers: int) -> None:
    scene, out = whole
    with run_command(scene, tmp_path / "out", 30, workers, PYTHONHASHSEED=str(workers)) as process:
        assert process.wait() == 0
    assert tree(tmp_path / "out") == tree(out)


def test_a_frame_depends_on_nothing_before_it(whole: tuple[Path, Path], tmp_path: Path) -> None:
    """Frames of shards lost from the middle come back as they were."""
    scene, out = whole
    again = tmp_path / "out"
    subprocess.run(["cp", "-r", str(out), str(again)], check=True)
    for world in (4, 7):
        record = again / "manifest" / f"world-{world:07d}-000-003.json"
        record.unlink()
    made = render(scene, again, frames=30)
    assert made.made == 6
    assert tree(again) == tree(out)


def test_a_longer_run_continues_a_shorter_one(whole: tuple[Path, Path], tmp_path: Path) -> None:
    scene, out = whole
    short = render(scene, tmp_path / "out", frames=10)
    assert short.made == sum(short.frames.values()) == 10
    assert render(scene, tmp_path / "out", frames=10).made == 0
    assert render(scene, tmp_path / "out", frames=30).made == 20
    assert render(scene, tmp_path / "out", frames=4).made == 0
    pictures = {name: content for name, content in tree(tmp_path / "out").items() if name[:6] in ("images", "labels")}
    assert pictures == {name: content for name, content in tree(out).items() if name[:6] in ("images", "labels")}


def test_another_scene_is_refused_and_nothing_changes(whole: tuple[Path, Path], tmp_path: Path) -> None:
    _, out = whole
    before = tree(out)
    other = tmp_path / "other.yaml"
    other.write_text(SMALL.replace("seed: 5", "seed: 6"))
    with pytest.raises(DataError, match="another file") as caught:
        render(other, out, frames=3)
    assert "other.yaml" in str(caught.value)
    assert "small.yaml" in str(caught.value)
    assert tree(out) == before


def test_labels_that_do_not_hold_are_kept_aside_and_end_the_run(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def shifted(*arguments: Any) -> Any:
        return np.roll(original(*arguments), 1, axis=1)

    original = shot.mask_of
    monkeypatch.setattr(shot, "mask_of", shifted)
    out = tmp_path / "out"
    with pytest.raises(RenderError, match="too many frames") as caught:
        render(small, out, frames=12)
    assert caught.value.reason is Reason.LABEL_MISMATCH
    reasons = [json.loads(path.read_text()) for path in sorted(out.glob("aside/*.json"))]
    assert len(reasons) >= 2
    for reason in reasons:
        name = f"{reason['frame']:08d}"
        assert "mask" in reason["message"]
        assert cv2.imread(str(out / f"aside/{name}.png")).shape == (80, 96, 3)
        assert cv2.imread(str(out / f"aside/{name}_ids.png"), cv2.IMREAD_UNCHANGED).dtype == np.uint16
        assert not list(out.glob(f"*/*/{name}.*"))
    left = {path.name for path in out.rglob("*") if path.is_file()}
    assert not {name for name in left if name.endswith((".png", ".txt")) or "tmp" in name} - committed(out)
    assert read_card(out)["seedbed:quality"]["frames_aside"] == len(reasons)
    assert verify(out) == []


def test_one_failed_frame_ends_no_run(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = iter(range(100))
    original = shot.mask_of
    monkeypatch.setattr(shot, "mask_of", lambda *a: original(*a) + np.uint8(next(calls) == 4))
    made = render(small, tmp_path / "out", frames=9)
    assert sum(made.frames.values()) == 8
    assert sorted(record["frame"] for record in records(tmp_path / "out")) == [0, 1, 2, 3, 5, 6, 7, 8]
    assert render(small, tmp_path / "out", frames=9).made == 0


def committed(out: Path) -> set[str]:
    return {Path(name).name for path in out.glob("manifest/*.json") for name in json.loads(path.read_text())["files"]}


def test_interrupted_frames_are_a_dataset(small: Path, tmp_path: Path) -> None:
    class Impatient(Silent):
        def advance(self, count: int = 1) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        render(small, tmp_path / "out", progress=Impatient())
    assert sum(read_card(tmp_path / "out")["seedbed:quality"]["frames"].values()) == 3
    assert render(small, tmp_path / "out", frames=6).made == 3


def test_no_frames_is_refused(small: Path, tmp_path: Path) -> None:
    with pytest.raises(EngineError):
        render(small, tmp_path / "out", frames=0)
    assert not (tmp_path / "out").exists()


def test_card(whole: tuple[Path, Path], tmp_path: Path) -> None:
    scene, out = whole
    card = read_card(out)
    assert card["seedbed:quality"]["level"] == Quality.SYNTHETIC
    assert sum(card["seedbed:quality"]["frames"].values()) == 30
    assert card["seedbed:lineage"]["file"] == "small.yaml"
    render(scene, tmp_path / "out", frames=1, quality=Quality.STAND_IN)
    assert read_card(tmp_path / "out")["seedbed:quality"]["level"] == Quality.STAND_IN


def test_pictures_of_a_folder_are_used_and_locked(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    cv2.imwrite(str(folder / "one.png"), np.full((40, 60, 3), (0, 0, 255), np.uint8))
    scene = tmp_path / "scene.yaml"
    text = SMALL.replace(
        "world: {", "world: {ground: {material: [{folder: pictures}]}, backdrop: [{folder: pictures}], "
    )
    scene.write_text(text[: text.index("sensor")] + text[text.index("labels") :])
    render(scene, tmp_path / "out", frames=2)
    image = cv2.imread(str(next((tmp_path / "out").glob("images/*/*.png"))))
    assert (image[..., 2].astype(int) - image[..., 0] > 20).mean() > 0.3
    cv2.imwrite(str(folder / "two.png"), np.zeros((4, 4, 3), np.uint8))
    with pytest.raises(DataError, match="another file"):
        render(scene, tmp_path / "out", frames=3)


@pytest.mark.parametrize("shares", [(0.8, 0.1, 0.1), (0.5, 0.2, 0.3), (1.0, 0.0, 0.0), (0.25, 0.75, 0.0)])
def test_split_shares_are_exact(shares: tuple[float, float, float]) -> None:
    text = SMALL[: SMALL.index("splits")] + "splits: {{train: {}, val: {}, test: {}}}\n".format(*shares)
    for seed in range(3):
        scene = loads(text.replace("seed: 5", f"seed: {seed}"), Scene).value
        for count in (10, 100, 3000):
            names = [split_of(scene, world) for world in range(count)]
            for name, share in zip(("train", "val", "test"), shares, strict=True):
                assert abs(names.count(name) - share * count) <= 3


def kill_and_resume(whole: tuple[Path, Path], folder: Path, moments: int, workers: int) -> None:
    scene, out = whole
    rng = np.random.default_rng(moments)
    target = folder / "out"
    kills = 0
    while kills < moments:
        left = set(target.glob("images/*/.tmp~*"))
        process = run_command(scene, target, 30, workers)
        # Most of a short run is its start: wait until it writes, except now and then.
        patient = rng.uniform() < 0.9
        while patient and process.poll() is None and not set(target.glob("images/*/.tmp~*")) - left:
            time.sleep(0.002)
        time.sleep(float(rng.exponential(0.1)))
        process.send_signal(signal.SIGKILL)
        if process.wait() == -signal.SIGKILL:
            kills += 1
        else:  # it had ended: the same from the start, so that every kill meets work
            assert tree(target) == tree(out)
            shutil.rmtree(target)
    for path in committed(target):
        assert list(target.rglob(path)), "what is committed stays"
    with run_command(scene, target, 30, workers) as process:
        assert process.wait() == 0
    assert tree(target) == tree(out)


def test_killed_and_run_again(whole: tuple[Path, Path], tmp_path: Path) -> None:
    kill_and_resume(whole, tmp_path, 3, 1)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_killed_fifty_times_and_run_again(whole: tuple[Path, Path], tmp_path: Path, workers: int) -> None:
    kill_and_resume(whole, tmp_path, 25, workers)


@pytest.mark.slow
@pytest.mark.timeout(4 * 3600)
def test_memory_stays_flat_over_twenty_thousand_frames(small: Path, tmp_path: Path) -> None:
    psutil = pytest.importorskip("psutil")
    sizes: dict[int, int] = {}

    class Watch(Silent):
        count = 0

        def advance(self, count: int = 1) -> None:
            before, self.count = self.count // 500, self.count + count
            if self.count // 500 > before:
                sizes[self.count // 500 * 500] = psutil.Process().memory_info().rss

    # One process: workers are replaced after some hundred worlds, which would hide what grows.
    render(small, tmp_path / "out", frames=20_000, progress=Watch())

    assert max(size for frames, size in sizes.items() if frames > 1000) < sizes[1000] * 1.05
    images = [record["image"] for record in records(tmp_path / "out")]
    assert len(images) == len(set(images)) == 20_000, "none missing, none doubled"
    assert {str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").glob("images/*/*")} == set(images)
