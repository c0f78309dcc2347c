"""Frames into batches: the Ultralytics dataset and sampler that follow a `Mix`.

The sampler hands out codes that hold the epoch: epoch * images + place. Whoever decodes one, in this process or in a
worker that was started epochs ago, knows the share, the partners and the random numbers that belong to it. Nothing has
to be told to a worker later, so nothing can arrive an epoch late.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from copy import copy
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
import torch
from torch.utils.data import Sampler
from ultralytics.data.augment import Albumentations, Compose, MixUp, Mosaic
from ultralytics.data.build import InfiniteDataLoader
from ultralytics.data.dataset import YOLODataset
from ultralytics.utils.instance import Instances

from seedbed.core import keys
from seedbed.core.errors import DataError, Reason
from seedbed.training.learning.augmenting import Augment, augmenters, place_key
from seedbed.training.learning.together import Ranks
from seedbed.training.mix.order import EpochMix, Mix
from seedbed.training.sets.labelled import Frame

CACHE_BYTES = 1 << 30
"""Decoded images kept per process: 6,900 at 224 px. Decoding a 640 px JPEG takes as long as a small model's step."""


class FrameDataset(YOLODataset):  # type: ignore[misc]
    """Frames already read by `sets`, loaded on demand; no cache files, no writing beside the images.

    Args:
        frames: what to serve.
        names: class names.
        size: pixels of the long side.
        hyp: Ultralytics' arguments.
        augment: for learning (True) or judging.
        batch: for judging: images of similar shape share a padded batch.
        stride: of the model.
        square: for judging: every image is padded to a square, as models of one input shape need it.
    """

    def __init__(
        self,
        frames: Sequence[Frame],
        names: Sequence[str],
        size: int,
        hyp: Any,
        *,
        augment: bool,
        batch: int,
        stride: int,
        square: bool = False,
    ) -> None:
        self.frames = tuple(frames)
        self.kept: dict[int, tuple[Any, tuple[int, int], tuple[int, int]]] = {}
        self.kept_bytes = 0
        super().__init__(
            img_path="",
            imgsz=size,
            cache=None,
            augment=augment,
            hyp=hyp,
            rect=not augment and not square,
            batch_size=batch,
            stride=stride,
            pad=0.0,
            data={"names": dict(enumerate(names)), "channels": 3},
            task=hyp.task,
        )

    def get_img_files(self, img_path: Any) -> list[str]:
        """Paths, in the order of the frames."""
        return [str(frame.path) for frame in self.frames]

    def get_labels(self) -> list[dict[str, Any]]:
        """Labels as Ultralytics wants them."""
        return [
            {
                "im_file": str(frame.path),
                "shape": (1, 1) if self.augment else _shape(frame),
                "cls": frame.classes.astype(np.float32).reshape(-1, 1),
                "bboxes": frame.boxes,
                "segments": list(frame.outlines) if self.use_segments else [],
                "keypoints": None,
                "normalized": True,
                "bbox_format": "xywh",
            }
            for frame in self.frames
        ]

    def set_rectangle(self) -> None:
        """As Ultralytics': sorts by shape. The frames follow."""
        super().set_rectangle()
        by_path = {str(frame.path): frame for frame in self.frames}
        self.frames = tuple(by_path[path] for path in self.im_files)

    def load_image(
        self, i: int, rect_mode: bool = True, resize_short: bool = False
    ) -> tuple[Any, tuple[int, int], tuple[int, int]]:
        """One image, long side at the size of the run, kept in memory while there is room.

        Args:
            i: index.
            rect_mode: unused, always as if True.
            resize_short: unused, always as if False.

        Returns:
            (h, w, 3) uint8 BGR, its height and width in the file, its height and width now.

        Raises:
            DataError: the image does not decode.
        """
        if i in self.kept:
            return self.kept[i]
        image = read_image(self.im_files[i])
        height, width = image.shape[:2]
        scale = self.imgsz / max(height, width)
        if scale != 1:
            wide, high = (min(int(np.ceil(x * scale)), self.imgsz) for x in (width, height))
            image = cv2.resize(image, (wide, high), interpolation=cv2.INTER_LINEAR)
        image.setflags(write=False)
        loaded = (image, (height, width), image.shape[:2])
        if self.kept_bytes + image.nbytes <= CACHE_BYTES:
            self.kept[i] = loaded
            self.kept_bytes += image.nbytes
        return loaded


class MixDataset(FrameDataset):
    """Learning frames in the order of a mix: synthetic ones first, then real ones.

    Args:
        synthetic: synthetic frames.
        real: real frames.
        mix: the order.
        mosaic_epochs: epochs, from the first, that draw mosaics.
        names: class names.
        size: pixels of the long side.
        hyp: Ultralytics' arguments.
        batch: images per step.
        stride: of the model.
        steps: what is done to synthetic and to real images.
    """

    def __init__(
        self,
        synthetic: Sequence[Frame],
        real: Sequence[Frame],
        mix: Mix,
        mosaic_epochs: int,
        names: Sequence[str],
        size: int,
        hyp: Any,
        *,
        batch: int,
        stride: int,
        steps: Augment | None = None,
    ) -> None:
        self.mix = mix
        self.augmenters = augmenters(steps or Augment())
        self.place = (0, 0)
        self.mosaic_epochs = mosaic_epochs
        self.order = lru_cache(maxsize=2)(mix.epoch)
        self.loaded: list[int] = []
        self.partners: list[int] = []
        self.blend: list[int] = []
        super().__init__((*synthetic, *real), names, size, hyp, augment=True, batch=batch, stride=stride)
        self.plain_transforms = self.build_transforms(_without_mosaic(hyp))

    def __getstate__(self) -> dict[str, Any]:
        """For workers that are spawned: without the memo and the kept images."""
        return {**self.__dict__, "order": None, "kept": {}, "kept_bytes": 0}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.order = lru_cache(maxsize=2)(self.mix.epoch)

    def follow(self, mix: Mix) -> None:
        """Takes another order for the epochs to come; loading processes have to be started anew."""
        self.mix = mix
        self.order = lru_cache(maxsize=2)(mix.epoch)

    def __len__(self) -> int:
        """Images of an epoch, whatever the sizes of the sets: Ultralytics plans its steps by it."""
        return self.mix.images

    def build_transforms(self, hyp: Any) -> Any:
        """Ultralytics' own, with mosaic partners by the share, and without the stages that draw by themselves."""
        transforms = super().build_transforms(hyp)
        # Albumentations draws from generators of its own that no code of ours can place, and is there or not
        # depending on what else is installed.
        kept = [step for step in transforms.transforms if not isinstance(step, Albumentations)]
        inner = kept[0].transforms
        kept[0] = Compose([SharedMosaic.of(step) if type(step) is Mosaic else step for step in inner])
        return Compose([SharedMixUp(self, kept[0]) if type(step) is MixUp else step for step in kept])

    def index_of(self, synthetic: bool, image: int) -> int:
        """Position among all frames."""
        return image if synthetic else self.mix.synthetic + image

    def __getitem__(self, code: int) -> dict[str, Any]:
        """One sample, a pure function of its code.

        Args:
            code: epoch * images + place.

        Returns:
            Ultralytics' sample and `loads`: the code, then the index of every image that went into it.
        """
        number, place = divmod(code, self.mix.images)
        order: EpochMix = self.order(number)
        # Ultralytics draws from the global generators; setting them here makes the draws those of this place.
        state = keys.key(self.mix.seed, "training", "augment", number, place)
        random.seed(state)
        np.random.seed(state & 0xFFFFFFFF)  # noqa: NPY002
        first, *others = (self.index_of(synthetic, image) for synthetic, image in order.loads(place))
        count = order.partner_image.shape[1]
        self.partners, self.blend = others[:count], others[count:]
        self.loaded = []
        self.place = (number, place)
        transforms = self.transforms if number < self.mosaic_epochs else self.plain_transforms
        sample: dict[str, Any] = transforms(self.get_image_and_label(first))
        sample["loads"] = torch.tensor([code, *self.loaded])
        return sample

    def get_image_and_label(self, index: int) -> dict[str, Any]:
        """As Ultralytics', counted, and changed as the plan says for its kind of image."""
        self.loaded.append(index)
        label: dict[str, Any] = super().get_image_and_label(index)
        augmenter = self.augmenters.get(index < self.mix.synthetic)
        if augmenter is not None:
            key = place_key(self.mix.seed, *self.place, len(self.loaded))
            boxes = label["instances"].bboxes
            label["img"], moved, kept = augmenter(label["img"], boxes, key)
            if augmenter.moves:
                label["cls"] = label["cls"][kept]
                label["instances"] = Instances(moved, label["instances"].segments, None, "xywh", normalized=True)
        return label


class SharedMosaic(Mosaic):  # type: ignore[misc]
    """A mosaic whose other three images follow the share; Ultralytics' takes whatever was loaded last."""

    @classmethod
    def of(cls, mosaic: Any) -> SharedMosaic:
        """The same mosaic with other partners."""
        return cls(mosaic.dataset, imgsz=mosaic.imgsz, p=mosaic.p, n=mosaic.n)

    def get_indexes(self) -> list[int]:
        """The partners that belong to the place being loaded."""
        return list(self.dataset.partners)


class SharedMixUp(MixUp):  # type: ignore[misc]
    """A mixup of the places, and with the images, that the share says; Ultralytics draws both anew."""

    def __init__(self, dataset: MixDataset, pre_transform: Any) -> None:
        super().__init__(dataset, pre_transform=pre_transform, p=0.0)

    def __call__(self, labels: dict[str, Any]) -> dict[str, Any]:
        """Blends, where the place being loaded is to be blended."""
        self.p = 1.0 if self.dataset.blend else 0.0
        result: dict[str, Any] = super().__call__(labels)
        return result

    def get_indexes(self) -> int:
        """The image to blend in; its own mosaic takes the partners that belong to it."""
        image, *self.dataset.partners = self.dataset.blend
        return int(image)


class MixSampler(Sampler[int]):  # type: ignore[misc]
    """Codes of one epoch after the other. Each pass is the next epoch.

    Where several processes learn together, each has its stretch of every batch.

    Ultralytics' loader repeats its sampler for ever and asks for batches ahead of time, so only the sampler itself
    can know which epoch a pass is for.
    """

    def __init__(self, images: int, epochs: int, batch: int = 1, ranks: Ranks | None = None) -> None:
        self.images = images
        self.epochs = epochs
        self.next_epoch = 0
        ranks = ranks or Ranks()
        stretches = [ranks.part(start, min(start + batch, images)) for start in range(0, images, batch)]
        self.places = [place for start, stop in stretches for place in range(start, stop)]
        """Places of an epoch that this process loads."""

    def __len__(self) -> int:
        return len(self.places)

    def set_epoch(self, epoch: int) -> None:
        """Nothing: Ultralytics asks for it where several processes learn together; a code holds its epoch."""

    def __iter__(self) -> Iterator[int]:
        # The pass after the last is only ever fetched ahead, never used; it must still decode.
        epoch = min(self.next_epoch, self.epochs - 1)
        self.next_epoch += 1
        return iter([epoch * self.images + place for place in self.places])


def mix_loader(dataset: MixDataset, batch: int, workers: int, ranks: Ranks | None = None) -> Any:
    """A loader of learning batches.

    Args:
        dataset: what to load.
        batch: images per step.
        workers: processes; 0 loads here.
        ranks: this process among those that learn together; without it, it is alone.

    Returns:
        An InfiniteDataLoader over a `MixSampler`.
    """
    return InfiniteDataLoader(
        dataset,
        batch_size=batch // (ranks.size if ranks else 1),
        sampler=MixSampler(dataset.mix.images, dataset.mix.epochs, batch, ranks),
        num_workers=workers,
        collate_fn=YOLODataset.collate_fn,
        pin_memory=torch.cuda.is_available(),
        drop_last=False,
    )


def frame_loader(dataset: FrameDataset, batch: int) -> Any:
    """A loader for judging: in order, in this process."""
    return torch.utils.data.DataLoader(
        dataset, batch_size=batch, shuffle=False, num_workers=0, collate_fn=YOLODataset.collate_fn
    )


def read_image(path: str) -> Any:
    """Decodes an image file.

    Returns:
        (h, w, 3) uint8 BGR.

    Raises:
        DataError: it is not there or does not decode.
    """
    try:
        data = np.fromfile(path, dtype=np.uint8)
        image = cv2.imdecode(data, cv2.IMREAD_COLOR) if len(data) else None
    except (OSError, cv2.error):
        image = None
    if image is None:
        raise DataError(
            "the image cannot be decoded",
            reason=Reason.DAMAGED,
            where=path,
            repair="replace it, or remove it together with its label file",
        )
    return image


def _shape(frame: Frame) -> tuple[int, int]:
    """Height and width as decoded, from the header alone."""
    from PIL import Image

    try:
        with Image.open(frame.path) as image:
            turned = image.getexif().get(0x0112, 1) in {5, 6, 7, 8}
            width, height = image.size
    except (OSError, SyntaxError, Image.DecompressionBombError):
        height, width = read_image(str(frame.path)).shape[:2]
        turned = False
    return (width, height) if turned else (height, width)


def _without_mosaic(hyp: Any) -> Any:
    plain = copy(hyp)
    plain.mosaic = 0.0
    return plain
