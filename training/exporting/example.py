"""python detect.py picture.jpg: what is in it, with onnxruntime alone (numpy and Pillow to read the picture)."""

import json
import pathlib
import sys

import numpy as np
import onnxruntime
from PIL import Image, ImageOps

here = pathlib.Path(__file__).parent
facts = json.loads((here / "model.json").read_text(encoding="utf-8"))
size, least, names = facts["image_size"], facts["threshold"], facts["names"]
session = onnxruntime.InferenceSession(str(here / facts["model"]), providers=["CPUExecutionProvider"])

picture = ImageOps.exif_transpose(Image.open(sys.argv[1])).convert("RGB")
scale = size / max(picture.size)
wide, high = (round(side * scale) for side in picture.size)
left, top = (size - wide) // 2, (size - high) // 2
x, y = picture.width / wide, picture.height / high  # bilinear between the nearest pixels: `resize` would blur
square = picture.transform((size, size), Image.Transform.AFFINE, (x, 0, -left * x, 0, y, -top * y),
                           Image.Resampling.BILINEAR, fillcolor=(facts["padding"],) * 3)  # fmt: skip
image = np.asarray(square, np.float32).transpose(2, 0, 1)[None] / np.float32(255)
output = session.run(["output0"], {"images": image})[0][0]
if facts["end2end"]:
    boxes, scores, kinds = output[:, :4], output[:, 4], output[:, 5].astype(int)
else:
    every = output.T[:, 4 : 4 + len(names)]
    scores, kinds = every.max(1), every.argmax(1)
    boxes = np.hstack([output.T[:, :2] - output.T[:, 2:4] / 2, output.T[:, :2] + output.T[:, 2:4] / 2])
left_over = [i for i in np.argsort(-scores) if scores[i] >= least]
while left_over:  # the surest first; what overlaps it and is of its class goes
    i = left_over.pop(0)
    inside = np.minimum(boxes[i, 2:], boxes[left_over, 2:]) - np.maximum(boxes[i, :2], boxes[left_over, :2])
    area = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    both = np.prod(np.clip(inside, 0, None), axis=1)
    overlap = both / (area[i] + area[left_over] - both)
    left_over = [j for j, o in zip(left_over, overlap) if o <= facts["iou"] or kinds[j] != kinds[i]]
    box = np.clip((boxes[i] - [left, top, left, top]) / scale, 0, picture.size * 2)
    print(names[kinds[i]], f"{scores[i]:.3f}", *(f"{edge:.1f}" for edge in box))
