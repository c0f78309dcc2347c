"""Real runs of a tiny detector: the share, the order, resuming, the run folder."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seedbed.core.documents import Document
from seedbed.core.errors import DataError, Reason, TrainingError
from seedbed.core.progress import Silent
from seedbed.training import Plan, read_history, train
from seedbed.training.sets.inspection import Inspection

MakePlan = Callable[..., Document[Plan]]
DrawSet = Callable[..., Path]

torch = pytest.importorskip("torch")
pytest.importorskip("ultralytics")


def weights_of(folder: Path) -> dict[str, Any]:
    checkpoint = torch.load(folder / "weights" / "last.pt", map_location="cpu", weights_only=False)
    state: dict[str, Any] = checkpoint["model"].state_dict()
    return state


def same_weights(a: Path, b: Path) -> bool:
    first, second = weights_of(a), weights_of(b)
    return all(torch.equal(first[name], second[name]) for name in first)


def same_history(a: Path, b: Path) -> bool:
    def stripped(folder: Path) -> list[dict[str, str]]:
        timed = {"seconds", "images_per_second"}
        return [{k: v for k, v in row.items() if k not in timed} for row in read_history(folder / "epochs.csv")]

    return stripped(a) == stripped(b)


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory, tiny_plan: MakePlan) -> Path:
    """A whole run, made once."""
    folder = tmp_path_factory.mktemp("unbroken") / "run"
    train(tiny_plan(epochs=5), folder)
    return folder


def test_the_share_is_exact_and_counts_every_load(unbroken: Path) -> None:
    rows = read_history(unbroken / "epochs.csv")
    asked = np.array([float(row["asked_share"]) for row in rows])
    np.testing.assert_allclose(asked, np.linspace(0.9, 0.1, 5))
    for row in rows:
        assert abs(int(row["synthetic_images"]) - 10 * float(row["asked_share"])) <= 0.5 + 1e-9
        assert int(row["synthetic_images"]) + int(row["real_images"]) == 10
        # A mosaic loads four images, and its partners follow the share too.
        assert int(row["loads"]) == (40 if int(row["epoch"]) <= 3 else 10)
        assert abs(float(row["load_share"]) - float(row["asked_share"])) * int(row["loads"]) <= 1 + 1e-9
        for source in ("synthetic", "real"):
            low, high = (int(row[f"{source}_repeats_{end}"]) for end in ("min", "max"))
            assert high - low <= 1, "mosaic partners included"


def test_the_run_folder_says_everything(unbroken: Path, synthetic_set: Path, real_set: Path) -> None:
    from seedbed.core.datasets import read_card
    from seedbed.training import load_plan

    results = json.loads((unbroken / "results.json").read_text())
    assert set(results["test"]) == {"real", "synthetic", "mixed"}
    assert results["chosen_by"] == "real"
    assert set(results["test"]["real"]["classes"]) == {"cone", "cube"}
    assert (unbroken / "weights" / "best.pt").exists()
    assert not (unbroken / "weights" / "state.pt").exists()
    rows = read_history(unbroken / "epochs.csv")
    for column in ("real/mAP50", "synthetic/mAP50-95", "mixed/mAP50", "loss/box_loss", "lr", "images_per_second"):
        assert column in rows[0]
    best = max(rows, key=lambda row: float(row["real/mAP50-95"]))
    if float(best["real/mAP50-95"]) > 0:
        assert float(rows[results["best_epoch"] - 1]["real/mAP50-95"]) == float(best["real/mAP50-95"])
    resolved = load_plan(unbroken / "plan.yaml").value
    assert resolved.classes == ("cube", "cone"), "the real set's order"
    lineage = read_card(unbroken)["seedbed:lineage"]
    assert {parent["role"] for parent in lineage["parents"]} == {"synthetic", "real"}
    shown = json.loads((unbroken / "predictions.json").read_text())
    assert len(shown) == 4
    assert {truth["class"] for each in shown for truth in each["truth"]} == {"cone", "cube"}


def test_nothing_is_written_beside_the_images(tmp_path: Path, tiny_plan: MakePlan, draw_shapes: DrawSet) -> None:
    root = draw_shapes(tmp_path / "real", "real")
    before = sorted(root.rglob("*"))
    for path in [root, *before]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        train(tiny_plan(real=root, epochs=1), tmp_path / "run")
        assert sorted(root.rglob("*")) == before
    finally:
        for path in [root, *before]:
            path.chmod(0o755 if path.is_dir() else 0o644)


def test_two_loading_processes_change_nothing(unbroken: Path, tmp_path: Path, tiny_plan: MakePlan) -> None:
    train(tiny_plan(epochs=5, workers=2), tmp_path / "run")
    assert same_history(unbroken, tmp_path / "run")
    assert same_weights(unbroken, tmp_path / "run")


def test_sources_get_their_part_and_loading_processes_change_nothing(
    tmp_path: Path, tiny_plan: MakePlan, draw_shapes: DrawSet, synthetic_set: Path
) -> None:
    street = draw_shapes(tmp_path / "street", "street", splits={"train": 5})
    lines = {
        "synthetic": f"[{{data: {synthetic_set}, weight: 3}}, {street}]",
        "augment": "{synthetic: [{gauss_noise: {p: 0.7}}], real: [{rotate: {p: 0.5}}], all: [motion_blur]}",
        "epochs": 3,
        "images": 16,
    }
    train(tiny_plan(**lines), tmp_path / "one")
    train(tiny_plan(**lines, workers=2), tmp_path / "two")
    assert same_history(tmp_path / "one", tmp_path / "two")
    assert same_weights(tmp_path / "one", tmp_path / "two")
    asked = 0.0
    for row in read_history(tmp_path / "one" / "epochs.csv"):
        hall, more = int(row["synthetic/synthetic/loads"]), int(row["synthetic/street/loads"])
        asked += float(row["load_share"]) * int(row["loads"])
        assert hall + more == round(asked)
        assert abs(hall - 3 * more) < 4
        for name in ("synthetic", "street"):
            least, most = (int(row[f"synthetic/{name}/repeats_{end}"]) for end in ("min", "max"))
            assert most - least <= 1


@pytest.mark.parametrize("workers", [0, 2])
def test_blended_images_follow_the_share(tmp_path: Path, tiny_plan: MakePlan, workers: int) -> None:
    """Every load is held against the plan in each batch; here their numbers."""
    train(tiny_plan(epochs=5, mixup=0.5, workers=workers), tmp_path / "run")
    for row in read_history(tmp_path / "run" / "epochs.csv"):
        # Half of the ten are blended with another, which brings a mosaic of its own.
        loads = 40 + 20 if int(row["epoch"]) <= 3 else 10
        assert int(row["loads"]) == loads
        assert abs(float(row["load_share"]) - float(row["asked_share"])) * loads <= 2 + 1e-9, "half in each of four"
        for source in ("synthetic", "real"):
            assert int(row[f"{source}_repeats_max"]) - int(row[f"{source}_repeats_min"]) <= 1


def test_blending_does_not_depend_on_loading_processes(tmp_path: Path, tiny_plan: MakePlan) -> None:
    for workers in (0, 2):
        train(tiny_plan(epochs=3, mixup=0.4, workers=workers), tmp_path / str(workers))
    assert same_history(tmp_path / "0", tmp_path / "2")
    assert same_weights(tmp_path / "0", tmp_path / "2")


def test_a_killed_run_goes_on_to_the_same_weights(unbroken: Path, tmp_path: Path, tiny_plan: MakePlan) -> None:
    out, plan = tmp_path / "run", tmp_path / "tiny.yaml"
    document = tiny_plan(epochs=5)
    plan.write_text(document.text)
    code = f"from seedbed.training import train; train({str(plan)!r}, {str(out)!r})"
    process = subprocess.Popen([sys.executable, "-c", code])
    deadline = time.monotonic() + 120
    while len(read_history(out / "epochs.csv")) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
        assert process.poll() is None, "it ended before it could be killed"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not (out / "results.json").exists()
    train(plan, out)
    assert same_history(unbroken, out)
    assert same_weights(unbroken, out)


@pytest.mark.slow
def test_ten_kills(tmp_path: Path, tiny_plan: MakePlan) -> None:
    """Killed at ten random moments, in epochs and while saving, the run ends in the very weights of an unbroken one."""
    document = tiny_plan(epochs=12, images=24, mixup=0.25)
    plan, out = tmp_path / "tiny.yaml", tmp_path / "run"
    plan.write_text(document.text)
    train(plan, tmp_path / "unbroken")
    code = f"from seedbed.training import train; train({str(plan)!r}, {str(out)!r})"
    draw = np.random.default_rng(5)
    for kill in range(10):
        process = subprocess.Popen([sys.executable, "-c", code])
        deadline = time.monotonic() + 120
        # One more epoch than the last time at most, then anywhere in the next one.
        while len(read_history(out / "epochs.csv")) < kill + 1 and time.monotonic() < deadline:
            assert process.poll() is None, "it ended before it could be killed"
            time.sleep(0.002)
        time.sleep(draw.uniform(0, 0.25))
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert not (out / "results.json").exists()
    train(plan, out)
    assert same_history(tmp_path / "unbroken", out)
    assert same_weights(tmp_path / "unbroken", out)
    results = [json.loads((folder / "results.json").read_text())["test"] for folder in (tmp_path / "unbroken", out)]
    assert results[0] == results[1]


def test_too_little_memory_is_said(unbroken: Path, tmp_path: Path, tiny_plan: MakePlan) -> None:
    """A batch that does not fit ends the run in words; Ultralytics would halve it in silence."""
    document = tiny_plan(epochs=2, images=64).text
    plan = tmp_path / "big.yaml"
    plan.write_text(document.replace("image_size: 64", "image_size: 1024").replace("batch: 4", "batch: 64"))
    code = (
        "import resource, psutil; from seedbed.training import train; from seedbed.training.learning import offline\n"
        "offline.prepare(); import ultralytics, torch, seedbed.training.learning.trainer\n"
        "used = psutil.Process().memory_info().vms\n"
        "resource.setrlimit(resource.RLIMIT_AS, (used + 1_500_000_000, resource.RLIM_INFINITY))\n"
        f"train({str(plan)!r}, {str(tmp_path / 'run')!r})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=200)
    assert done.returncode != 0
    assert "memory is not enough for this plan" in done.stderr, done.stderr[-2000:]
    assert "batch 64 at 1024 pixels" in done.stderr


def test_a_finished_run_is_not_run_again(unbroken: Path, tiny_plan: MakePlan) -> None:
    before = (unbroken / "weights" / "best.pt").stat().st_mtime_ns
    result = train(tiny_plan(epochs=5), unbroken)
    assert (unbroken / "weights" / "best.pt").stat().st_mtime_ns == before
    assert "real/mAP50" in result.summary


def test_what_the_data_look_like_is_told_before_anything_is_learnt(tmp_path: Path, tiny_plan: MakePlan) -> None:
    told: list[tuple[bool, int]] = []

    def before(out: Path, inspection: Inspection) -> None:
        told.append(((out / "epochs.csv").exists(), len(inspection.gaps)))

    train(
        tiny_plan(epochs=2, augment="{synthetic: [gauss_noise], all: [horizontal_flip]}"),
        tmp_path / "run",
        before=before,
    )
    assert told == [(False, 7)]
    interval = json.loads((tmp_path / "run" / "results.json").read_text())["validation_interval"]
    assert interval["images"] == 5
    assert 0 <= interval["low"] <= interval["high"] <= 1
    assert json.loads((tmp_path / "run" / "leaks.json").read_text()) == []


def test_another_plan_is_refused(unbroken: Path, tiny_plan: MakePlan) -> None:
    with pytest.raises(DataError) as caught:
        train(tiny_plan(epochs=6), unbroken)
    assert caught.value.reason is Reason.OTHER_LOCK
    assert "tiny.yaml" in str(caught.value.found)
    assert "tiny.yaml" in str(caught.value.allowed)


def test_several_seeds_and_few_real_labels(tmp_path: Path, tiny_plan: MakePlan) -> None:
    result = train(tiny_plan(epochs=1, seeds="[3, 4]", real_labels=4, val_images=2), tmp_path / "run")
    assert [each.folder.name for each in result.seeds] == ["seed-3", "seed-4"]
    assert all(len(each.real_labels) == 4 for each in result.seeds)
    assert result.seeds[0].real_labels != result.seeds[1].real_labels
    summary = result.summary["real/mAP50"]
    assert summary["min"] <= summary["mean"] <= summary["max"]


@pytest.mark.parametrize(("share", "judged"), [(1, "synthetic"), (0, "real")])
def test_one_source_alone(tmp_path: Path, synthetic_set: Path, real_set: Path, share: int, judged: str) -> None:
    from seedbed.training.plan import loads_plan

    place = synthetic_set if share else real_set
    text = (
        f"seedbed: plan/1\nname: alone\nmodel: small.yaml\n{judged}: {place}\n"
        f"share: {{schedule: constant, start: {share}}}\nepochs: 1\nimages_per_epoch: 8\nbatch: 4\nimage_size: 64\n"
    )
    result = train(loads_plan(text), tmp_path / "run")
    assert set(result.seeds[0].test) == {judged}
    assert {row["share"] for row in result.seeds[0].epochs} == {str(share)}


@pytest.mark.parametrize("workers", [0, 2])
def test_a_damaged_image_is_named(tmp_path: Path, tiny_plan: MakePlan, draw_shapes: DrawSet, workers: int) -> None:
    root = draw_shapes(tmp_path / "real", "real")
    bad = root / "images" / "train" / "003.png"
    content = bytearray(bad.read_bytes())
    content[20:-20] = bytes(len(content) - 40)
    bad.write_bytes(bytes(content))
    with pytest.raises(DataError) as caught:
        train(
            tiny_plan(real=root, images=40, epochs=1, workers=workers, share="{schedule: constant, start: 0}"),
            tmp_path / "run",
        )
    assert "003.png" in str(caught.value)
    assert "Traceback" not in str(caught.value)


def test_a_loss_that_is_not_a_number_is_named(
    tmp_path: Path, tiny_plan: MakePlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    from seedbed.training.learning import offline

    offline.prepare()
    from seedbed.training.learning.trainer import Run

    original = Run.preprocess_batch

    def spoilt(self: Any, batch: dict[str, Any]) -> Any:
        batch = original(self, batch)
        batch["img"] = batch["img"] * float("nan")
        return batch

    monkeypatch.setattr(Run, "preprocess_batch", spoilt)
    with pytest.raises(TrainingError) as caught:
        train(tiny_plan(epochs=1), tmp_path / "run")
    assert caught.value.reason is Reason.NOT_FINITE
    assert "epoch 1" in str(caught.value.where)


def test_the_terminal_stays_quiet(tmp_path: Path, tiny_plan: MakePlan, capfd: pytest.CaptureFixture[str]) -> None:
    train(tiny_plan(epochs=1), tmp_path / "run")
    captured = capfd.readouterr()
    assert captured.out == ""
    assert captured.err == ""
    assert "Ultralytics" in (tmp_path / "run" / "train.log").read_text()


def test_two_processes_learn_together(tmp_path: Path, tiny_plan: MakePlan) -> None:
    """DDP over gloo: the share, the order and the repeats are those of one process, interrupted or not."""
    lines = {"epochs": 4, "images": 16, "mixup": 0.25, "processes": 2}
    train(tiny_plan(**{**lines, "processes": 1}), tmp_path / "alone")
    train(tiny_plan(**lines), tmp_path / "together")
    keys = ("asked_share", "share", "load_share", "synthetic_images", "loads", "real_repeats_min", "real_repeats_max")
    one, two = (
        [[row[key] for key in keys] for row in read_history(tmp_path / name / "epochs.csv")]
        for name in ("alone", "together")
    )
    assert one == two
    for row in read_history(tmp_path / "together" / "epochs.csv"):
        assert abs(int(row["synthetic_images"]) - 16 * float(row["asked_share"])) <= 0.5 + 1e-9


@pytest.mark.slow
def test_processes_that_learn_together_follow_and_go_on(tmp_path: Path, tiny_plan: MakePlan) -> None:
    """An adaptive share, the command killed in the middle: its processes end by themselves, the next call goes on."""
    psutil = pytest.importorskip("psutil")
    document = tiny_plan(
        share="{schedule: adaptive, start: 0.8, patience: 1, gain: 1.0}", epochs=6, images=16, processes=2
    )
    plan, out = tmp_path / "tiny.yaml", tmp_path / "run"
    plan.write_text(document.text)
    train(plan, tmp_path / "unbroken")
    asked = [row["asked_share"] for row in read_history(tmp_path / "unbroken" / "epochs.csv")]
    assert asked[:3] == ["0.8", "0.8", "0.4"]
    script = tmp_path / "command.py"
    script.write_text(
        f"from seedbed.training import train\nif __name__ == '__main__':\n    train({str(plan)!r}, {str(out)!r})\n"
    )
    process = subprocess.Popen([sys.executable, str(script)])
    deadline = time.monotonic() + 200
    while len(read_history(out / "epochs.csv")) < 3 and time.monotonic() < deadline:
        assert process.poll() is None, "it ended before it could be killed"
        time.sleep(0.01)
    learners = psutil.Process(process.pid).children(recursive=True)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    _, alive = psutil.wait_procs(learners, timeout=60)
    assert not alive
    train(plan, out)
    assert same_history(tmp_path / "unbroken", out)
    assert same_weights(tmp_path / "unbroken", out)


@pytest.mark.slow
def test_a_learning_process_that_dies_ends_the_run(tmp_path: Path, tiny_plan: MakePlan) -> None:
    """The others wait for it in vain: the command says so at once, and the next call goes on."""
    psutil = pytest.importorskip("psutil")
    plan, out = tmp_path / "tiny.yaml", tmp_path / "run"
    plan.write_text(tiny_plan(epochs=30, images=16, processes=2).text)
    script = tmp_path / "command.py"
    script.write_text(
        f"from seedbed.training import train\nif __name__ == '__main__':\n    train({str(plan)!r}, {str(out)!r})\n"
    )
    process = subprocess.Popen([sys.executable, str(script)], stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 200
    while len(read_history(out / "epochs.csv")) < 2 and time.monotonic() < deadline:
        assert process.poll() is None
        time.sleep(0.01)
    learners = [
        child
        for child in psutil.Process(process.pid).children(recursive=True)
        if "spawn_main" in " ".join(child.cmdline())
    ]
    assert len(learners) == 2
    learners[1].kill()
    _, told = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "a learning process died" in told
    assert not psutil.wait_procs(learners, timeout=20)[1]


def test_a_run_may_end_before_its_time(tmp_path: Path, tiny_plan: MakePlan) -> None:
    """Once there is a score, two epochs without a better one end it."""
    told: list[str] = []

    class Notes(Silent):
        def note(self, text: str) -> None:
            told.append(text)

    plan = tiny_plan(
        share="{schedule: constant, start: 0.5}", epochs=40, images=24, stop_after=2, lr=0.01, val_images=2
    )
    train(plan, tmp_path / "run", progress=Notes())
    rows = read_history(tmp_path / "run" / "epochs.csv")
    scores = [float(row["real/mAP50-95"]) for row in rows]
    best = int(np.argmax(scores))
    assert len(rows) < 40
    assert max(scores) > 0
    assert len(rows) - 1 - best == 2
    assert any(f"ended after epoch {len(rows)}" in note for note in told)
    assert json.loads((tmp_path / "run" / "results.json").read_text())["images_seen"] == 24 * len(rows)
