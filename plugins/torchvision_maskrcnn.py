"""People, or any COCO class, by torchvision's Mask R-CNN v2: slow and thorough.

Its weights (177 MB) are fetched once, when you ask for it, and stay in your weights folder:

    erase-me photo.jpg --masker torchvision_maskrcnn --masker-option fetch=true
    erase-me photo.jpg --masker torchvision_maskrcnn
    erase-me photo.jpg --masker torchvision_maskrcnn --masker-option classes=person,dog

The network is Mask R-CNN (https://arxiv.org/abs/1703.06870) with a ResNet-50 feature pyramid in the second recipe of
torchvision (https://arxiv.org/abs/2111.11429). torchvision would download by itself; here it never does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import numpy.typing as npt

from eraser import MaskerContext, Person
from eraser.errors import MaskerError, WeightsMismatchError, WeightsNotFoundError
from eraser.maskers.toolkit import person_from_grid
from eraser.weights import fetch_file, hash_file, read_pickled

if TYPE_CHECKING:
    import torch

LICENCE = "BSD-3-Clause (torchvision)"
WEIGHTS = "maskrcnn_resnet50_fpn_v2_coco-73cbd019.pth"
"""torchvision's name for them, in which the last digits are the beginning of the file's sha256."""

_URL = f"https://download.pytorch.org/models/{WEIGHTS}"

_LONGEST = 5 / 3
"""The longer side at most, in shorter sides: what the weights were trained with."""


@dataclass(frozen=True, slots=True)
class MaskRCNNOptions:
    """What to look for, and where the weights are."""

    classes: tuple[str, ...] = field(
        default=("person",), metadata={"help": "COCO classes that go, such as person,dog,umbrella"}
    )
    fetch: bool = field(default=False, metadata={"help": "download the weights, 177 MB, if they are not there yet"})
    weights: Path | None = field(default=None, metadata={"help": "a state dict (.pth) of the same network instead"})
    size_px: int = field(default=800, metadata={"help": "shorter side of the photo as the network sees it"})

    def __post_init__(self) -> None:
        if not self.classes:
            raise ValueError("classes must name at least one")
        if self.size_px < 32:
            raise ValueError(f"size_px must be at least 32, got {self.size_px}")


def load_masker(context: MaskerContext[MaskRCNNOptions]) -> MaskRCNN:
    """The masker ``torchvision_maskrcnn``.

    Raises:
        WeightsError: The weights are not there, cannot be fetched, or are others.
        MaskerError: A class is not in COCO.
    """
    options, path = context.options, _find_weights(context)  # before torch is loaded, which takes seconds
    from torchvision.models.detection import MaskRCNN_ResNet50_FPN_V2_Weights as Published
    from torchvision.models.detection import maskrcnn_resnet50_fpn_v2

    categories: list[str] = Published.COCO_V1.meta["categories"]
    if unknown := [name for name in options.classes if name not in categories[1:] or name == "N/A"]:
        known = ", ".join(name for name in categories[1:] if name != "N/A")
        raise MaskerError(f"torchvision_maskrcnn knows no class {unknown[0]!r}: there are {known}")
    state: Any = read_pickled(path)
    network = maskrcnn_resnet50_fpn_v2(
        weights=None,
        weights_backbone=None,
        num_classes=len(categories),
        min_size=options.size_px,
        max_size=round(options.size_px * _LONGEST),
        box_score_thresh=context.min_score,
    )
    try:
        network.load_state_dict(state, strict=True)
    except (RuntimeError, TypeError, AttributeError) as error:
        raise WeightsMismatchError(f"{path} holds weights of another network than Mask R-CNN v2") from error
    labels = frozenset(categories.index(name) for name in options.classes)
    return MaskRCNN(network.to(context.device).eval(), labels, options.size_px, path)


class MaskRCNN:
    """Finds people with a loaded network."""

    works_on_parts = True

    def __init__(self, network: Any, labels: frozenset[int], size_px: int, path: Path) -> None:  # noqa: ANN401
        self.weights_name, self.weights_sha256 = path.name, hash_file(path)
        self._network, self._labels, self._size_px = network, labels, size_px

    def __call__(self, image: npt.NDArray[np.uint8], /) -> list[Person]:
        """Everybody, and everything of the other classes asked for, the surest first."""
        import torch

        height, width = image.shape[:2]
        scale = min(self._size_px / min(height, width), self._size_px * _LONGEST / max(height, width))
        if scale < 1.0:  # here, because 48 megapixels of float would take 600 MB
            size_wh = (max(1, round(width * scale)), max(1, round(height * scale)))
            image = cv2.resize(image, size_wh, interpolation=cv2.INTER_AREA)
        pixels = torch.from_numpy(image.copy()).permute(2, 0, 1).float().div_(255.0)
        found, (input_h, input_w) = self._detect(pixels)
        to_photo = np.array((width / input_w, height / input_h) * 2, np.float32)
        detections = zip(found["boxes"] * to_photo, found["labels"], found["scores"], found["masks"], strict=True)
        people = (
            decode(mask[0], box, float(score), (width, height))
            for box, label, score, mask in detections
            if int(label) in self._labels
        )
        return [person for person in people if person is not None]

    def _detect(self, pixels: torch.Tensor) -> tuple[dict[str, npt.NDArray[Any]], tuple[int, int]]:
        """Boxes (N, 4), labels, scores and masks (N, 1, 28, 28), and the input's (height, width).

        The network by its parts, as its own last step would paste every mask into a picture of the photo's size.
        """
        import torch

        network = self._network
        with torch.inference_mode():
            images, _ = network.transform([pixels.to(next(network.parameters()).device)])
            features = network.backbone(images.tensors)
            proposals, _ = network.rpn(images, features)
            (found,), _ = network.roi_heads(features, proposals, images.image_sizes)
        return {name: value.cpu().numpy() for name, value in found.items()}, images.image_sizes[0]


def decode(
    mask: npt.NDArray[np.float32], box: npt.NDArray[np.float32], score: float, size_wh: tuple[int, int]
) -> Person | None:
    """The person behind one detection.

    Args:
        mask: (m, m) probabilities over the box.
        box: (4,) x0 y0 x1 y1 in photo pixels.
        score: Confidence in [0, 1].
        size_wh: The photo's size.

    Returns:
        None when the mask is empty on the photo.
    """
    x0, y0, x1, y1 = (float(edge) for edge in box)
    if not (x0 < x1 and y0 < y1):
        return None
    # A ring of nothing around the mask, so that an outline may close beyond its last cell.
    cell_w, cell_h = (x1 - x0) / mask.shape[1], (y1 - y0) / mask.shape[0]
    edges = (x0 - cell_w, y0 - cell_h, x1 + cell_w, y1 + cell_h)
    return person_from_grid(np.pad(mask, 1), edges, size_wh, score, threshold=0.5)


def _find_weights(context: MaskerContext[MaskRCNNOptions]) -> Path:
    """The file that was named, else torchvision's, fetched only where that was asked for."""
    named = context.options.weights
    if named is not None:
        if not named.is_file():
            raise WeightsNotFoundError(f"torchvision_maskrcnn: there is no weights file {named}")
        return named
    target = context.weights_dir / WEIGHTS
    if not target.is_file() and not context.options.fetch:
        raise WeightsNotFoundError(
            f"the weights of torchvision_maskrcnn are not in {context.weights_dir}: run once with --masker-option "
            f"fetch=true to download them (177 MB), or put {_URL} there by hand"
        )
    return fetch_file(_URL, target, sha256_start=target.stem.rpartition("-")[2])
