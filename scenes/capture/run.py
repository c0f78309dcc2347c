"""Scene -> labelled frames on disk, one shard per world or sequence, resumable at any moment."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import itertools
import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from multiprocessing import parent_process
from pathlib import Path
from typing import Any, Literal, cast

from seedbed.core.datasets import Quality
from seedbed.core.documents import Document
from seedbed.core.engines import run
from seedbed.core.errors import EngineError, Reason, RenderError
from seedbed.core.keys import GOLDEN, key
from seedbed.core.memory import give_back, keep_memory, kept_memory
from seedbed.core.progress import Progress, Silent
from seedbed.core.shards import Lock, Store
from seedbed.core.sturdy import run_sturdy
from seedbed.scenes.capture.contact_sheet import Latest
from seedbed.scenes.capture.describing import Rendered, describe, summary
from seedbed.scenes.capture.limits import Watch
from seedbed.scenes.capture.shot import shoot
from seedbed.scenes.frames.dressing import Dresser
from seedbed.scenes.frames.filming import Footage
from seedbed.scenes.frames.motion import Motion
from seedbed.scenes.frames.placing import check_places
from seedbed.scenes.labels.proof import check_aside
from seedbed.scenes.models.backdrops import Hdri
from seedbed.scenes.models.folders import pictures
from seedbed.scenes.models.meshes import MeshThing, mesh_files
from seedbed.scenes.models.scene import Scene, check_scene, load_scene, remarks
from seedbed.scenes.renderers.choice import Drawer, Name, Renderer, choose_renderer, open_renderer
from seedbed.scenes.view import View
from seedbed.scenes.worlds.arrangement import arrange
from seedbed.scenes.worlds.motion import film_of
from seedbed.scenes.worlds.physics import Physics

RECYCLE = 400
"""Worlds after which a worker is replaced: PyBullet keeps some hundred bytes of each."""

_TIDY = 64
"""Worlds after which free memory goes back to the system."""

HANGS = 60.0
"""Seconds per view after which a worker is taken for hung."""

HANGS_TRACING = 600.0
"""The same where paths are traced."""


@dataclass(frozen=True)
class Made:
    """What a task has committed.

    Attributes:
        frames: how many.
        bytes: of all its files.
        boxes: per class.
        images: their paths in the folder.
        aside: how many of the frames failed the proof of their labels and lie in `aside/`.
    """

    frames: int
    bytes: int
    boxes: Mapping[str, int]
    images: tuple[str, ...]
    aside: int = 0


@dataclass(frozen=True)
class Task:
    """Views [first, last) of one world."""

    world: int
    first: int
    last: int

    @property
    def name(self) -> str:
        """Of its shard."""
        return f"world-{self.world:07d}-{self.first:03d}-{self.last:03d}"

    def __str__(self) -> str:
        return self.name


def render(
    scene: Path | str | Document[Scene],
    out: Path | str,
    *,
    frames: int | None = None,
    until: dt.datetime | None = None,
    max_disk: int | None = None,
    renderer: Name = "auto",
    workers: int = 1,
    preview: int | None = None,
    quality: Literal[Quality.SYNTHETIC, Quality.STAND_IN] = Quality.SYNTHETIC,
    progress: Progress | None = None,
) -> Rendered:
    """Renders labelled frames 0 .. frames - 1 into a YOLO dataset.

    Frame i is a function of the scene file, its seed, the renderer and i alone. Frames already committed are kept,
    so an interrupted call is continued by the same call, and a smaller dataset by a larger `frames`.

    Args:
        scene: a scene file, or one already loaded.
        out: dataset folder.
        frames: how many there shall be; None goes on until it is interrupted, or one of the next two says enough.
        until: local time to stop at.
        max_disk: bytes that the dataset may take. Without either, it stops when the disk is nearly full.
        renderer: `gl`, `tiny`, `cycles`, or `auto` for those that the scene names, else gl where it works.
        workers: processes; 1 works in this one. Of more, those that die or hang are replaced.
        preview: frames after which `preview.jpg` in the folder is drawn anew, a contact sheet of the latest; or None.
        quality: level on the card.
        progress: told of every frame.

    Returns:
        What is there now.

    Raises:
        DocumentError: the scene has problems.
        DataError: `out` was made from another scene, seed or renderer.
        RenderError: the labels of more than one in ten thousand frames do not hold, or a renderer failed.
        EngineError: files cannot be written, or a worker died.
    """
    progress, out = progress or Silent(), Path(out)
    began = time.perf_counter()
    if frames is not None and frames < 1:
        raise EngineError("at least one frame is needed", reason=Reason.INVALID, found=frames, allowed="1 or more")
    if isinstance(scene, Document):
        document = scene
        check_scene(document)
    else:
        document = load_scene(scene)
    shares = _shares(document.value, renderer, progress)
    names = ", ".join(shares)
    for line in remarks(document):
        progress.note(f"note: {line}")
    _check_camera(document)
    lock = _lock(document, names)
    with Store.open(out, lock) as store:
        done = _views_done(store)
        # A longer run of fewer frames than there are leaves all of them: nothing is ever taken away.
        tasks = _tasks(document.value.views, frames, done)
        count = sum(len(views) for views in done.values())
        progress.start(None if frames is None else max(0, frames - count), "frames", f"render {document.value.name}")
        made = 0
        work = Capture(document.value, document.folder, out, shares)
        watch = Watch(out, until, max_disk)
        aside = 0
        for record in store.done().values():
            aside += len(record.meta["aside"])
            watch.add(sum(file.size for file in record.files.values()), record.meta["boxes"])
        latest = Latest(out, document.value.classes, preview)
        try:
            in_hand = 1 if workers == 1 else 2 * workers
            reason = watch.enough(in_hand)
            for each in () if reason else _results(work, tasks, workers, progress):
                made += each.frames
                if each.aside:
                    aside += each.aside
                    progress.note(f"{aside} frames failed the proof of their labels: see {out / 'aside'}")
                    check_aside(aside, max(frames or 0, count + made))
                watch.add(each.bytes, each.boxes)
                progress.advance(each.frames)
                progress.facts(watch.facts())
                latest.add(each.images)
                # What workers have in hand is finished or dropped, never half there.
                reason = watch.enough(in_hand)
                if reason:
                    break
            if reason:
                progress.note(reason)
        except (KeyboardInterrupt, RenderError):
            # What is committed is a dataset already: describe it before the person looks at it.
            describe(store, document, lock, quality)
            raise
        finally:
            progress.finish()
        describe(store, document, lock, quality)
        return summary(store, document.value, names, made, time.perf_counter() - began)


def _results(work: Capture, tasks: Iterator[Task], workers: int, progress: Progress) -> Iterator[Made]:
    if workers == 1:
        # Pictures are taken anew for each step of each frame: giving them back in between is a tenth of the time.
        with kept_memory():
            yield from run(work, tasks)
        return
    seconds = (HANGS_TRACING if "cycles" in work.renderers else HANGS) * work.scene.views
    yield from run_sturdy(work, tasks, workers=workers, recycle=RECYCLE, seconds=seconds, note=progress.note)


@dataclass(frozen=True)
class Capture:
    """Makes shards; picklable, so that workers can be given it.

    Attributes:
        scene: the scene.
        folder: what its folders are relative to.
        out: dataset folder.
        renderers: name and share of the worlds of each.
    """

    scene: Scene
    folder: Path
    out: Path
    renderers: Mapping[Drawer, float]

    def __call__(self, task: Task) -> Made:
        """Renders and commits the views of a task."""
        _keep_memory()
        name = renderer_of(self.scene.seed, self.renderers, task.world)
        views = self._views(task.world)
        split = split_of(self.scene, task.world)
        with Store.attach(self.out).shard(task.name) as shard:
            shots = []
            for view in range(task.first, task.last):
                frame = task.world * self.scene.views + view
                seen, motion = views(view)
                shot = shoot(self.scene, self.folder, split, frame, seen, _renderer(name), motion)
                for path, content in shot.files.items():
                    shard.file(path).write_bytes(content)
                shots.append(replace(shot, files={}))
            records = [shot.record.to_json() for shot in shots if shot.record is not None]
            lines = "".join(json.dumps(record, sort_keys=True) + "\n" for record in records)
            shard.file(f"frames/{split}/{task.name}.jsonl").write_text(lines, encoding="utf-8")
            aside = [shot.frame for shot in shots if shot.record is None]
            shard.meta.update(_meta(task, split, records, aside))
        if task.world % _TIDY == 0:
            give_back()
        images = tuple(record["image"] for record in records)
        return Made(len(shots), shard.bytes, shard.meta["boxes"], images, len(aside))

    def _views(self, world: int) -> Callable[[int], tuple[View, Motion | None]]:
        """The views of a world by number. A sequence is thought out whole, wherever in it a shard starts."""
        first = world * self.scene.views
        if self.scene.sequence is not None:
            film = film_of(self.scene, world, _physics(), self.folder)
            footage = Footage(self.scene, self.folder, film, first)
            return lambda view: (footage.view(view), footage.motion(view))
        arrangement = arrange(self.scene, world, _physics(), self.folder)
        dresser = Dresser(self.scene, self.folder)
        return lambda view: (dresser.view(first + view, arrangement), None)


def split_of(scene: Scene, world: int) -> str:
    """The split of a world.

    Worlds walk around a circle in golden steps from a place that the seed gives (a Weyl sequence), so that any stretch
    of worlds has the asked shares within one or two worlds.
    """
    place = (key(scene.seed, "split") + world * GOLDEN) % 2**64 / 2**64
    edge = 0.0
    for split, share in scene.splits.shares().items():
        edge += share
        if place < edge - 1e-12:
            return split
    return max(scene.splits.shares(), key=lambda split: scene.splits.shares()[split])


def renderer_of(seed: int, shares: Mapping[Drawer, float], world: int) -> Drawer:
    """The renderer of a world.

    The first one's turns are spaced as evenly as whole worlds allow (Bresenham's line), from a place that the seed
    gives; the others share the worlds between in the same way. So any stretch of worlds has the asked shares within
    one world, of three renderers within two; and they do not move in step with the splits.

    Args:
        seed: of the scene.
        shares: by name; they add up to 1.
        world: its number.
    """
    *first, last = shares
    left = 1.0
    for name in first:
        start, step = key(seed, f"renderer {name}"), round(min(shares[name] / left, 1.0) * 2**64)
        before, after = (start + world * step) >> 64, (start + (world + 1) * step) >> 64
        if after > before:
            return name
        world, left = world - before, left - shares[name]
    return last


def _shares(scene: Scene, renderer: Name, progress: Progress) -> dict[Drawer, float]:
    """The renderers that draw, each known to work here, and their shares."""
    if renderer == "auto" and scene.renderer is not None:
        return {choose_renderer(cast(Name, name)).name: share for name, share in scene.renderer.shares().items()}
    choice = choose_renderer(renderer)
    if choice.reason:
        progress.note(choice.reason)
    return {choice.name: 1.0}


@functools.cache
def _keep_memory() -> None:
    """Of a worker; a process that is more than that decides itself."""
    if parent_process() is not None:
        keep_memory()


@functools.cache
def _physics() -> Physics:
    """Of this process."""
    return Physics()


@functools.cache
def _renderer(name: Drawer) -> Renderer:
    """Of this process."""
    return open_renderer(name)


def _check_camera(document: Document[Scene]) -> None:
    """Says before the first frame where a camera that does not circle the things cannot stand."""
    camera = document.value.camera
    if camera.mount is None and camera.path is None and camera.vehicle is None:
        return
    physics = Physics()
    try:
        check_places(document.value, arrange(document.value, 0, physics, document.folder))
    finally:
        physics.close()


def _meta(task: Task, split: str, records: list[dict[str, Any]], aside: list[int]) -> dict[str, Any]:
    bodies = [body for record in records for body in record["bodies"]]
    return {
        "world": task.world,
        "views": [task.first, task.last],
        "split": split,
        "aside": aside,
        "boxes": dict(sorted(Counter(body["name"] for body in bodies if _counts(body)).items())),
        "dropped": dict(sorted(Counter(str(body["dropped"]) for body in bodies if body["dropped"]).items())),
        "ignored": sum(body["ignored"] is not None for body in bodies),
        "empty": sum(not any(map(_counts, record["bodies"])) for record in records),
    }


def _counts(body: dict[str, Any]) -> bool:
    return bool(body["box"]) and body["ignored"] is None


def _views_done(store: Store) -> dict[int, set[int]]:
    done: dict[int, set[int]] = {}
    for record in store.done().values():
        done.setdefault(record.meta["world"], set()).update(range(*record.meta["views"]))
    return done


def _tasks(views: int, frames: int | None, done: dict[int, set[int]]) -> Iterator[Task]:
    """What is still to do, world after world; endless without a number of frames."""
    worlds = itertools.count() if frames is None else range(-(-frames // views))
    for world in worlds:
        wanted = views if frames is None else min(views, frames - world * views)
        missing = [view for view in range(wanted) if view not in done.get(world, ())]
        # A shorter run ends within a world at most, so what is missing is one stretch at the end.
        if missing:
            yield Task(world, missing[0], wanted)


def _lock(document: Document[Scene], renderer: str) -> Lock:
    options: dict[str, str | int | float | bool | None] = {"renderer": renderer}
    for loc, folder in document.value.folders():
        options[".".join(map(str, loc))] = _folder_digest(document.folder / folder)
    for index, item in enumerate(document.value.world.backdrop):
        if isinstance(item, Hdri):
            options[f"world.backdrop.{index}.hdri"] = _digest(item.paths(document.folder))
    for index, thing in enumerate(document.value.objects):
        if isinstance(thing, MeshThing):
            options[f"objects.{index}.mesh"] = _digest(mesh_files(thing, document.folder))
    return Lock("frames", document.path.name, document.digest, document.value.seed, options)


def _folder_digest(folder: Path) -> str:
    """Of the pictures a scene draws from: other pictures are another dataset."""
    return _digest(pictures(folder))


def _digest(files: Iterable[Path]) -> str:
    hasher = hashlib.blake2b(digest_size=8)
    for path in files:
        content = hashlib.blake2b(path.read_bytes(), digest_size=16).digest()
        hasher.update(path.name.encode() + b"\0" + content)
    return hasher.hexdigest()
