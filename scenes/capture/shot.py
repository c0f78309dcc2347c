"""One frame: dressed, drawn, labelled, proven, and encoded as the files it will be."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import cv2

from seedbed.core.errors import Reason, RenderError
from seedbed.core.keys import generator
from seedbed.scenes.formats.yolo import boxes_from_text, frame_name, label_text
from seedbed.scenes.frames.lens import draw
from seedbed.scenes.frames.matching import matched
from seedbed.scenes.frames.motion import Motion
from seedbed.scenes.frames.sensor import apply, sense, settings_of
from seedbed.scenes.frames.weather import rained
from seedbed.scenes.labels.maps import depth_bytes, encoded, mask_of, semantic_of
from seedbed.scenes.labels.proof import Claim, prove
from seedbed.scenes.labels.reading import read_labels
from seedbed.scenes.labels.records import FrameRecord, Label
from seedbed.scenes.labels.silhouettes import outlines_of
from seedbed.scenes.labels.solids import camera_record
from seedbed.scenes.models.scene import Scene
from seedbed.scenes.view import Bytes, Camera, Drawing, View

if TYPE_CHECKING:
    from seedbed.scenes.renderers.choice import Renderer

_FAST = [cv2.IMWRITE_PNG_COMPRESSION, 1]


@dataclass(frozen=True, eq=False)
class Shot:
    """What is to be written of a frame.

    Attributes:
        frame: number.
        files: content by path from the dataset's folder.
        record: of the frame; None where its labels do not hold, and its files lie in `aside/`.
    """

    frame: int
    files: dict[str, bytes]
    record: FrameRecord | None


def shoot(
    scene: Scene, folder: Path, split: str, frame: int, view: View, renderer: Renderer, motion: Motion | None = None
) -> Shot:
    """Frame number `frame` of a scene: a function of the scene, its seed, the number and the renderer.

    Args:
        scene: the scene.
        folder: what its folders are relative to.
        split: of the frame's world.
        frame: number.
        view: what there is to see.
        renderer: draws it.
        motion: what moves in a sequence while the shutter is open.
    """
    drawing = draw(renderer, view)
    rules, classes, size = scene.labels, scene.classes, scene.image.size
    outlines = outlines_of(view)
    labels = read_labels(view, drawing, rules, outlines)
    mask = mask_of(drawing.ids, labels)
    semantic = semantic_of(drawing.ids, view, classes) if rules.semantic else None
    text = label_text(labels, classes, size)
    written = [(classes[kind], box) for kind, box in boxes_from_text(text, size)]
    try:
        prove(Claim(frame, labels, mask, written, semantic), view, drawing.ids, rules, classes, outlines)
    except RenderError as error:
        if error.reason is not Reason.LABEL_MISMATCH:
            raise
        return Shot(frame, _aside(frame, drawing, labels, error), None)
    suffix, name = scene.image.format, f"{split}/{frame_name(frame)}"
    image, masked = f"images/{name}.{suffix}", f"masks/{name}.png"
    depth, classed = f"depth/{name}.{'tiff' if rules.depth == 'float' else 'png'}", f"semantic/{name}.png"
    parameters = [cv2.IMWRITE_JPEG_QUALITY, scene.image.quality] if suffix == "jpg" else []
    wet = rained(view, drawing.color, drawing.depth, generator(scene.seed, "rain", frame))
    color = _sensed(scene, folder, frame, wet, drawing, view.camera, motion)
    files = {
        image: encoded(f".{suffix}", color[..., ::-1], parameters),
        f"labels/{name}.txt": text.encode(),
    }
    if rules.masks:
        files[masked] = encoded(".png", mask, _FAST)
    if semantic is not None:
        files[classed] = encoded(".png", semantic, _FAST)
    if rules.depth:
        files[depth] = depth_bytes(drawing.depth, rules.depth)
    world, number = divmod(frame, scene.views)
    fps = None if scene.sequence is None else scene.sequence.fps
    record = FrameRecord(
        frame=frame,
        world=world,
        view=number,
        split=split,
        image=image,
        size=size,
        seed=scene.seed,
        renderer=renderer.name,
        camera=camera_record(view.camera),
        bodies=tuple(labels),
        mask=masked if rules.masks else None,
        depth=depth if rules.depth else None,
        semantic=classed if rules.semantic else None,
        fps=fps,
        time=None if fps is None else number / fps,
    )
    return Shot(frame, files, record)


def _sensed(
    scene: Scene, folder: Path, frame: int, color: Bytes, drawing: Drawing, camera: Camera, motion: Motion | None
) -> Bytes:
    rng = generator(scene.seed, "sensor", frame)
    if scene.sequence is None:
        return sense(color, rng, scene.sensor, drawing=drawing, camera=camera, folder=folder)
    # A camera keeps its settings through a sequence; only the noise is new in each frame.
    first = frame - frame % scene.views
    settings = settings_of(scene.sensor, color.shape[0], generator(scene.seed, "sensor", first))
    model, look = scene.sensor.match, None
    if model is not None:
        look = partial(matched, model=model, folder=folder, rng=generator(scene.seed, "look", first))
    settings = replace(settings, motion_blur_px=0.0)
    return apply(color, rng, settings, drawing=drawing, camera=camera, motion=motion, look=look)


def _aside(frame: int, drawing: Drawing, labels: list[Label], error: RenderError) -> dict[str, bytes]:
    """Files that say why a frame was not kept."""
    name = f"aside/{frame_name(frame)}"
    reason = {
        "frame": frame,
        "message": error.message,
        "where": error.where,
        "found": str(error.found),
        "allowed": error.allowed,
        "bodies": [label.to_json() for label in labels],
    }
    return {
        f"{name}.png": encoded(".png", drawing.color[..., ::-1], _FAST),
        f"{name}_ids.png": encoded(".png", drawing.ids, _FAST),
        f"{name}.json": json.dumps(reason, sort_keys=True, indent=1).encode() + b"\n",
    }
