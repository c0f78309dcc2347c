"""ONNX with whole numbers: weights per channel, activations by looking at images."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.training.exporting.letterbox import letterboxed
from seedbed.training.learning.loading import read_image
from seedbed.training.sets.labelled import Frame
from seedbed.training.sets.material import chosen

IMAGES = 128
"""Images that activations are looked at on: more change the ranges by less than a step of them."""
WEIGHTED = frozenset({"Conv", "Gemm", "MatMul"})
"""Of the head, only these become whole numbers. Its decoding stays as it is: one scale over box edges (0 to 640) and
scores (0 to 1) would round every score to nothing."""
ACTIVATIONS = frozenset({"Sigmoid", "Mul", "Relu", "LeakyRelu", "HardSwish", "HardSigmoid", "Clip", "Elu"})
"""What stands after a convolution that is not the last of its branch; SiLU is Sigmoid and Mul."""
_MODULE = re.compile(r"/model\.(\d+)/")


def examples(real: Sequence[Frame], synthetic: Sequence[Frame]) -> tuple[Frame, ...]:
    """Images to look at for the ranges: real ones, for those the model will see; simulated ones where they are few.

    They are drawn over the whole set: the first ones of a set are often one video, of one light.
    """
    drawn = chosen(real, IMAGES, 0, "int8")
    return (*drawn, *chosen(synthetic, IMAGES - len(drawn), 0, "int8")) if len(drawn) < IMAGES else drawn


def inputs(frames: Sequence[Frame], size: int) -> Iterator[NDArray[np.float32]]:
    """(1, 3, size, size) inputs in [0, 1], RGB, one for each image."""
    for frame in frames:
        picture, _ = letterboxed(read_image(str(frame.path))[..., ::-1], size)
        yield np.ascontiguousarray(picture.transpose(2, 0, 1)[None], np.float32) / np.float32(255)


def quantized(model: Path, out: Path, frames: Sequence[Frame], size: int) -> None:
    """Writes an ONNX model with whole numbers (quantise-dequantise pairs, which every runtime of ONNX reads).

    Args:
        model: ONNX file in float32.
        out: file to write.
        frames: images to look at, as `examples` chooses them.
        size: pixels of its input's side.
    """
    import onnx
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Reader(CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            self.left = inputs(frames, size)

        def get_next(self) -> dict[str, NDArray[np.float32]] | None:
            image = next(self.left, None)
            return None if image is None else {"images": image}

    prepared = out.with_suffix(".prepared.onnx")
    try:
        quant_pre_process(str(model), str(prepared), skip_symbolic_shape=True)
        nodes = onnx.load(str(prepared)).graph.node
        quantize_static(
            str(prepared),
            str(out),
            Reader(),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            weight_type=QuantType.QInt8,
            activation_type=QuantType.QUInt8,
            nodes_to_exclude=kept_in_float(nodes),
        )
    finally:
        prepared.unlink(missing_ok=True)


def kept_in_float(nodes: Sequence[Any]) -> list[str]:
    """Names of the nodes that do not become whole numbers: the end of the head.

    Measured on photographs of cones and cubes, beside whole numbers for every convolution and nothing else: the scores'
    and edges' last convolutions in float give .7 to 1.4 points of mAP50-95 back for 20 kB, and whole numbers between
    the convolutions take a tenth off the time, since nothing is turned to float and back.

    Args:
        nodes: of an ONNX graph made by Ultralytics, which names them by module: `/model.23/cv2.0/cv2.0.0/conv/Conv`.

    Returns:
        The names; where no module is named, all but the weighted ones.
    """
    places = {node.name: int(found[1]) for node in nodes if (found := _MODULE.search(node.name))}
    head = max(places.values(), default=0)
    users: dict[str, set[str]] = {}
    for node in nodes:
        for name in node.input:
            users.setdefault(name, set()).add(node.op_type)

    def stays(node: Any) -> bool:
        if places.get(node.name, head) < head:
            return False
        if node.op_type not in WEIGHTED:
            return True
        # No activation follows: it answers with scores or edges, or adds up the distribution of an edge.
        return bool(places) and not any(users.get(name, set()) & ACTIVATIONS for name in node.output)

    return [node.name for node in nodes if stays(node)]
