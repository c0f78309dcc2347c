"""`export`: a run's best weights in another form, beside what it was, measured."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from seedbed.core.errors import DataError, Reason, TrainingError
from seedbed.core.files import write_atomic, writing
from seedbed.core.progress import Progress, Silent
from seedbed.training.exporting.device import write_folder
from seedbed.training.exporting.formats import INT8, form_of, silence
from seedbed.training.folder import RESULTS
from seedbed.training.labelling.detector import seed_folder

if TYPE_CHECKING:
    from seedbed.training.exporting.checking import Checked
    from seedbed.training.plan import Plan, SetName
    from seedbed.training.sets.material import Material

FILE = "export.json"
MOST_LOST = 0.01
"""mAP50 an exported model may lose: a point."""
OVERLAP = 0.7
"""Intersection over union over which the less sure of two boxes goes, as in training's own judging."""


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes:
        folder: with the model and all a device needs.
        model: the model's file, or its folder.
        before: the run's own weights on the test set; None where it was not checked.
        after: the exported model on the same set.
    """

    folder: Path
    model: Path
    before: Checked | None = field(default=None)
    after: Checked | None = field(default=None)

    @property
    def lost(self) -> float:
        """mAP50 that the exported model is worse by; 0 where it was not checked."""
        return 0.0 if self.before is None or self.after is None else self.before.lost(self.after)

    @property
    def within(self) -> bool:
        """Whether no more was lost than may be."""
        return self.lost <= MOST_LOST


def export(
    run: Path | str,
    form: str = "onnx",
    *,
    int8: bool = False,
    out: Path | str | None = None,
    real: Path | str | None = None,
    check: bool = True,
    progress: Progress | None = None,
) -> Exported:
    """Exports a run's best weights and holds the result against them.

    Args:
        run: a finished run; of several seeds the first is taken.
        form: one of `formats.FORMS`.
        int8: with whole numbers: a quarter of the size. Activations are looked at on images the run learnt from.
        out: folder to write; without it `export/FORM` in the run.
        real: folder of photographs, where the run's own has moved.
        check: whether both are judged on the run's test images.
        progress: told of steps.

    Returns:
        What was written and measured.

    Raises:
        DataError: no finished run, or its images are gone.
        TrainingError: packages are absent, or the form cannot hold the model.
        EngineError: `out` cannot be written.
    """
    progress = progress or Silent()
    silence(form_of(form, int8))
    seed = seed_folder(Path(run))
    from seedbed.training.learning import offline

    offline.prepare()
    repair = "name the photographs with --real" + ("" if int8 else ", or export without a check: --no-check")
    plan, material = _material(seed, None if real is None else Path(real), repair if check or int8 else None)
    results = json.loads((seed / RESULTS).read_text(encoding="utf-8"))
    folder = Path(out) if out is not None else seed / "export" / (form + (INT8 if int8 else ""))
    weights = seed / "weights" / "best.pt"
    progress.start(3 if check else 1, "steps", f"export to {form}{' int8' if int8 else ''}")
    before = after = None
    judged_by: SetName | Literal[""] = ""
    try:
        with writing(folder), offline.log_to(seed / "train.log"):
            folder.mkdir(parents=True, exist_ok=True)
            model, facts = _made(weights, folder, form, int8, plan, material)
            facts |= {
                "threshold": float(results["threshold"]),
                "run": Path(run).resolve().name,
            }
            write_folder(folder, model.name, facts)
            progress.advance(1)
            if check and material is not None:
                judged_by = next((name for name in ("real", "synthetic") if material.test.get(name)), "")
                if judged_by:
                    before, after = _beside(weights, model, material.test[judged_by], facts, plan, folder, progress)
                    write_folder(folder, model.name, facts, (before, after))
                else:
                    progress.note("not judged: the run's data have no test images")
        done = Exported(folder, model, before, after)
        write_atomic(folder / FILE, json.dumps(_told(done, facts, judged_by), indent=1).encode() + b"\n")
    finally:
        progress.finish()
    return done


def _material(seed: Path, real: Path | None, repair: str | None) -> tuple[Plan, Material | None]:
    """The run's plan and images, from the plan.yaml it left. Without a repair it goes on where the images are gone."""
    from seedbed.training.plan import load_plan
    from seedbed.training.sets.material import gather

    file = next(path for path in (seed / "plan.yaml", seed.parent / "plan.yaml") if path.is_file())
    document = load_plan(file)
    number = int(json.loads((seed / RESULTS).read_text(encoding="utf-8"))["seed"])
    try:
        return document.value, gather(document, None, real).material(number)
    except DataError as error:
        if repair is None:
            return document.value, None
        raise DataError(
            "the images of the run are not where they were",
            reason=Reason.NOT_FOUND,
            where=file,
            found=error.message,
            repair=repair,
        ) from None


def _made(
    weights: Path, folder: Path, form: str, int8: bool, plan: Plan, material: Material | None
) -> tuple[Path, dict[str, Any]]:
    """The exported model, and what is known of it."""
    from ultralytics import YOLO

    from seedbed.training.exporting.int8 import examples, quantized
    from seedbed.training.exporting.letterbox import GREY

    size = plan.image_size
    with tempfile.TemporaryDirectory(dir=folder, prefix=".tmp~") as scratch:
        # Ultralytics writes beside the weights it is given.
        copy = Path(shutil.copyfile(weights, Path(scratch) / "model.pt"))
        model = YOLO(str(copy))
        names = [model.names[i] for i in range(len(model.names))]
        more: dict[str, Any] = {"simplify": False} if form == "onnx" else {}
        if int8 and form != "onnx":
            assert material is not None
            more |= {"int8": True, "data": str(_calibration(material, names, Path(scratch) / "images"))}
        try:
            made = Path(str(model.export(format=form, imgsz=size, verbose=False, device="cpu", **more)))
        except Exception as error:  # Ultralytics hands on whatever the format's own package raised
            raise TrainingError(f"the model could not be exported to {form}", where=weights, found=error) from None
        target = folder / ("model" + "".join(made.suffixes) if made.is_file() else made.name)
        if int8 and form == "onnx":
            assert material is not None
            looked_at = examples(material.real, material.synthetic)
            quantized(made, Path(scratch) / "int8.onnx", looked_at, size)
            made = Path(scratch) / "int8.onnx"
        if target.is_dir():
            shutil.rmtree(target)
        shutil.move(made, target)
        end2end = bool(getattr(model.model.model[-1], "end2end", False))
    return target, {
        "name": plan.name,
        "names": names,
        "image_size": size,
        "format": form,
        "int8": int8,
        "end2end": end2end,
        "padding": GREY,
        "iou": OVERLAP,
        "digest": hashlib.blake2b(weights.read_bytes(), digest_size=8).hexdigest(),
    }


def _calibration(material: Material, names: list[str], folder: Path) -> Path:
    """A small data set for Ultralytics' own calibration, copied: it writes caches beside what it reads."""
    from seedbed.training.exporting.int8 import examples

    for part in ("images/val", "labels/val"):
        (folder / part).mkdir(parents=True)
    for number, frame in enumerate(examples(material.real, material.synthetic)):
        shutil.copyfile(frame.path, folder / "images/val" / f"{number}{frame.path.suffix}")
        rows = [" ".join(map(str, [int(c), *box])) for c, box in zip(frame.classes, frame.boxes.tolist(), strict=True)]
        (folder / "labels/val" / f"{number}.txt").write_text("\n".join(rows))
    listing = "".join(f"  {i}: {json.dumps(name)}\n" for i, name in enumerate(names))
    data = folder / "data.yaml"
    data.write_text(
        f"path: {folder.resolve()}\ntrain: images/val\nval: images/val\nnames:\n{listing}", encoding="utf-8"
    )
    return data


def _beside(
    weights: Path, model: Path, frames: Any, facts: dict[str, Any], plan: Plan, folder: Path, progress: Progress
) -> tuple[Checked, Checked]:
    from ultralytics import YOLO

    from seedbed.training.exporting.checking import checked
    from seedbed.training.judging.final import evaluation_arguments

    arguments = evaluation_arguments(plan, folder, YOLO(str(weights)).task)
    names, threshold = facts["names"], facts["threshold"]
    before, after = checked(
        (weights, model), frames, names, plan.image_size, threshold, arguments, folder, progress.advance
    )
    return before, after


def _told(done: Exported, facts: dict[str, Any], judged_by: str) -> dict[str, Any]:
    body: dict[str, Any] = {"model": done.model.name, "format": facts["format"], "int8": facts["int8"]}
    if done.before is None or done.after is None:
        return body
    return {
        **body,
        "judged_by": judged_by,
        "threshold": facts["threshold"],
        "before": done.before.to_json(),
        "after": done.after.to_json(),
        "lost": round(done.lost, 5),
        "within": done.within,
    }
