"""The training plan a person writes: its words, its checks, its packs."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from seedbed.core.documents import Document, File, Problems, load, loads
from seedbed.core.recipients import Notify
from seedbed.training.history.alerts import Rules
from seedbed.training.learning.augmenting import Augment, check_augment
from seedbed.training.mix.schedules import Shares
from seedbed.training.mix.share import FIXED, Part, Share, check_share
from seedbed.training.sets.sources import SourceList

SetName = Literal["real", "synthetic", "mixed"]
Form = Literal["onnx", "onnx-int8", "openvino", "openvino-int8", "ncnn", "torchscript"]
SETS: tuple[SetName, ...] = ("real", "synthetic", "mixed")


class Plan(File):
    """What to learn from, in which order, and what to judge by."""

    kind: ClassVar[str] = "plan/1"

    seedbed: Literal["plan/1"]
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=80)]
    """Short name of the run."""
    about: str | None = None
    """What it is for, in words."""
    model: Annotated[str, Field(pattern=r"\.(pt|ya?ml)$")] = "yolo11n.yaml"
    """Weights (`.pt`, a local file: nothing is downloaded) to go on from, or a `.yaml` to start from nothing."""
    synthetic: SourceList = ()
    """Folder or folders of synthetic frames; one may have a weight: `[{data: out/cones, weight: 3}, out/street]`."""
    real: SourceList = ()
    """Folder or folders of real frames, or their data.yaml, likewise."""
    classes: tuple[str, ...] | None = None
    """Class names, in order; without it those of the real set, or of the synthetic one where there is no real one."""
    real_labels: Annotated[int, Field(ge=1)] | Annotated[str, Field(pattern=r"^all$|\.(json|txt)$")] = "all"
    """How many real labelled images to learn from; fewer are drawn anew for each seed, nested: 8 hold the same 4. Or a
    file that names them: the `real_labels.json` of an earlier run, or one name a line (`.txt`)."""
    allow_duplicates: bool = False
    """Train although images to learn from are also real validation or test images, byte for byte. The score then says
    how well they are remembered."""
    share: Share
    """The share of synthetic images."""
    epochs: Annotated[int, Field(ge=1, le=10_000)] = 20
    """Times validation happens."""
    images_per_epoch: Annotated[int, Field(ge=2, le=1_000_000)] = 300
    """Images seen per epoch, whatever the sizes of the sets."""
    image_size: Annotated[int, Field(ge=32, le=2048, multiple_of=32)] = 320
    """Pixels of the long side."""
    seeds: Annotated[tuple[Annotated[int, Field(ge=0, lt=2**31)], ...], Field(min_length=1)] = (0,)
    """One run for each."""
    batch: Annotated[int, Field(ge=2, le=1024)] = 16
    """Images per step."""
    optimizer: Literal["AdamW", "SGD"] = "AdamW"
    """Never chosen by the size of the sets: adding synthetic images must not change it in silence."""
    lr: Annotated[float, Field(gt=0, le=1)] = 0.002
    """Highest learning rate; falls in a straight line to a hundredth of it."""
    stop_after: Annotated[int, Field(ge=1, le=10_000)] | None = None
    """Epochs without a better score on the first validation set, the real one where there is one, after which the run
    ends. Only with a share that stays the same: one that falls has to reach its end."""
    mosaic_off: Part = 0.1
    """Part of the epochs, at the end, without mosaics of four images."""
    flip: Part = 0.5
    """Part of the images that are mirrored, left for right. 0 where a mirrored thing is another one, or none at all:
    print, playing cards, traffic signs, left and right shoes."""
    mixup: Part = 0.0
    """Part of the images that are blended with another one (mixup), in the epochs with mosaics. What is blended in
    follows the share as well."""
    augment: Augment = Augment()
    """Albumentations for synthetic images, for real ones, for all; on top of mosaic, flips, and shifts of colour."""
    val_images: Literal["all"] | Annotated[int, Field(ge=1)] = "all"
    """At most so many images of each validation set are judged after each epoch, the same ones each time."""
    test: tuple[SetName, ...] | None = None
    """Sets to judge by; without it, all that there are."""
    test_share: Share | None = None
    """The share of synthetic images in the mixed test, if it is to fall on a course of its own, such as
    `{start: 0.8, end: 0.2}`. Without it, that of training."""
    places: Annotated[str, Field(pattern=r"\.csv$")] | None = None
    """A table (CSV with the columns `image` and `place`) that says where each real test image was taken, for scores per
    place. Without it, sub-folders of the images say it."""
    compare: Rules = Rules()
    """How the run is held against earlier ones when it has ended."""
    export: tuple[Form, ...] = ()
    """What to export when the run has ended: `onnx`, `onnx-int8`, `openvino`, `openvino-int8`, `ncnn`, `torchscript`.
    Each is judged on the test images beside the run's own weights."""
    notify: Annotated[tuple[Notify, ...], Field(max_length=20)] = ()
    """Who is told when the score has fallen out of its history, and of the likely cause: Apprise addresses, secrets in
    environment variables (`${SLACK_URL}`)."""
    processes: Annotated[int, Field(ge=1, le=64)] = 1
    """Processes that learn together, each on its part of every batch (DDP): as many as there are graphics cards."""
    workers: Annotated[int, Field(ge=0, le=64)] = 0
    """Processes that load images. 0 is fastest without a graphics card."""

    @property
    def mosaic_epochs(self) -> int:
        """Epochs, from the first, that draw mosaics."""
        return self.epochs - round(self.mosaic_off * self.epochs)

    @property
    def blends(self) -> int:
        """Images of an epoch that are blended with another one."""
        return round(self.mixup * self.images_per_epoch)

    def mixed_shares(self, shares: Shares) -> Shares:
        """(epochs,) share of synthetic images in the mixed set.

        Args:
            shares: (epochs,) of training.
        """
        return shares if self.test_share is None else self.test_share.settled(0).per_epoch(self.epochs)


def load_plan(path: Path | str) -> Document[Plan]:
    """Reads and checks a plan.

    Args:
        path: the YAML file.

    Returns:
        The document.

    Raises:
        DocumentError: with every problem found.
    """
    document = load(path, Plan)
    check_plan(document)
    return document


def loads_plan(text: str, path: Path = Path("<text>")) -> Document[Plan]:
    """As `load_plan`, from text."""
    document = loads(text, Plan, path)
    check_plan(document)
    return document


def check_plan(document: Document[Plan]) -> None:
    """Checks what the types cannot say. The datasets themselves are checked by `train`: they may not exist yet.

    Raises:
        DocumentError: with every problem found.
    """
    plan, problems = document.value, document.problems()
    check_share(plan.share, problems)
    _check_test_share(plan, problems)
    if plan.stop_after is not None and (plan.share.schedule != "constant" or plan.share.real_tail):
        problems.add(
            ("stop_after",),
            "a share that changes has to reach its end",
            found=plan.share.schedule + (" with a real tail" if plan.share.real_tail else ""),
            allowed="`share: {schedule: constant, start: ...}`, or leave `stop_after` out",
        )
    if plan.images_per_epoch < plan.batch:
        problems.add(
            ("batch",),
            "larger than an epoch",
            found=plan.batch,
            allowed=f"2 to {plan.images_per_epoch} (images_per_epoch)",
        )
    elif plan.images_per_epoch % plan.batch == 1:
        problems.add(
            ("images_per_epoch",),
            "would leave one image alone in the last batch, which batch normalisation cannot use",
            found=plan.images_per_epoch,
            allowed=f"a multiple of batch ({plan.batch}), or any other remainder",
        )
    if plan.batch % plan.processes or (plan.batch < 2 * plan.processes and plan.processes > 1):
        problems.add(
            ("batch",),
            f"cannot be cut into equal parts of two or more for {plan.processes} processes",
            found=plan.batch,
            allowed=f"a multiple of {plan.processes}, from {2 * plan.processes} on",
        )
    elif plan.processes > 1 and 0 < plan.images_per_epoch % plan.batch < 2 * plan.processes:
        problems.add(
            ("images_per_epoch",),
            f"would leave a last batch too small for {plan.processes} processes",
            found=plan.images_per_epoch,
            allowed=f"a multiple of batch ({plan.batch}), or a remainder from {2 * plan.processes} on",
        )
    _check_repeats(problems, "seeds", plan.seeds)
    for field in ("classes", "test", "export"):
        _check_repeats(problems, field, getattr(plan, field) or ())
    if plan.classes is not None and not plan.classes:
        problems.add(("classes",), "no class", allowed="one name or more")
    _check_sets(problems, plan)
    for index, source in enumerate(plan.real):
        if source.enlarge != 1.0:
            words = "the boxes of real images are also what is judged by"
            problems.add(("real", index, "enlarge"), words, allowed="for synthetic sources, to fit the real boxes")
    check_augment(problems, plan.augment)
    problems.raise_if_any()


def _check_test_share(plan: Plan, problems: Problems) -> None:
    if plan.test_share is None:
        return
    check_share(plan.test_share, problems, "test_share")
    if plan.test_share.schedule not in FIXED:
        problems.add(
            ("test_share", "schedule"),
            "a test follows a course that is known before",
            found=plan.test_share.schedule,
            allowed=FIXED,
        )


def _check_repeats(problems: Problems, field: str, values: tuple[Any, ...]) -> None:
    for index, value in enumerate(values):
        if value in values[:index]:
            problems.add((field, index), "named twice", found=value, at_value=True)


def _check_sets(problems: Problems, plan: Plan) -> None:
    """Only what is certain without the call's own `synthetic` and `real`, which may stand in for the plan's."""
    for field in ("synthetic", "real"):
        if field in plan.model_fields_set and not getattr(plan, field):
            problems.add((field,), "no folder named", allowed="a folder, or a list of folders")
    if plan.test is not None and not plan.test:
        problems.add(("test",), "nothing to judge by", allowed=SETS)
    _, real_epochs = plan.share.sides(plan.epochs)
    if plan.real_labels != "all" and not real_epochs:
        problems.add(
            ("real_labels",),
            "no epoch has room for a real image",
            found=plan.real_labels,
            allowed="`all`, or a share below 1",
        )


def plan_schema() -> dict[str, Any]:
    """JSON Schema of a plan, for editors."""
    return Plan.model_json_schema()


def packs() -> dict[str, Path]:
    """Plans that come with Seedbed: name -> file."""
    folder = Path(str(resources.files("seedbed.training") / "packs"))
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}
