"""ONNX with whole numbers: weights per channel, activations by looking at images."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seedbed.training.exporting.letterbox import letterboxed
from seedbed.training.learning.loading import read_image
from seedbed.training.sets.folders import Frame

IMAGES = 128
"""Images that activations are looked at on: more change the ranges by less than a step of them."""
WEIGHTED = frozenset({"Conv", "Gemm", "MatMul"})
"""Only these become whole numbers. The head's decoding stays as it is: one scale over box edges (0 to 640) and scores
(0 to 1) would round every score to nothing."""


def inputs(frames: Sequence[Frame], size: int) -> Iterator[NDArray[np.float32]]:
    """(1, 3, size, size) inputs in [0, 1], RGB, one for each image."""
    for frame in frames[:IMAGES]:
        picture, _ = letterboxed(read_image(str(frame.path))[..., ::-1], size)
        yield np.ascontiguousarray(picture.transpose(2, 0, 1)[None], np.float32) / np.float32(255)


def quantized(model: Path, out: Path, frames: Sequence[Frame], size: int) -> None:
    """Writes an ONNX model with whole numbers (quantise-dequantise pairs, which every runtime of ONNX reads).

    Args:
        model: ONNX file in float32.
        out: file to write.
        frames: images to look at, of the kind the model will see.
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
            nodes_to_exclude=[node.name for node in nodes if node.op_type not in WEIGHTED],
        )
    finally:
        prepared.unlink(missing_ok=True)
