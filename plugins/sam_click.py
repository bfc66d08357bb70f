"""What you click on, or draw a box around, cut out by SAM 2 or MobileSAM (through ultralytics).

Weights are never fetched by themselves. ``eraser weights fetch mobile-sam`` gets those of MobileSAM (40 MB). Those of
SAM 2, ``sam2.1_t.pt`` and larger ones, are at https://github.com/ultralytics/assets/releases: put them into your
weights folder (the error that you meet without them says where that is), or say where the file is:

    erase-me photo.jpg --masker sam_click --masker-option points=640,480
    erase-me photo.jpg --masker sam_click --masker-option boxes=120,80,420,600 --masker-option not_points=130,90
    erase-me photo.jpg --masker sam_click --masker-option points=640,480 --masker-option network=sam2.1_t
    erase-me photo.jpg --masker sam_click --masker-option points=640,480 --masker-option weights=~/mobile_sam.pt

Each box and each click is one thing. A click inside a box only helps to say what in the box is meant; with
``together=true`` all clicks are on one thing. Coordinates are pixels of the upright photo. Nothing in the file is run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from eraser import Box, MaskerContext, Person
from eraser.errors import MaskerError, WeightsMismatchError, WeightsNotFoundError
from eraser.maskers.toolkit import import_ultralytics, person_from_grid
from eraser.weights import hash_file, read_pickled

if TYPE_CHECKING:
    import torch

LICENCE = "Apache-2.0 (weights), AGPL-3.0 (ultralytics)"
WEIGHTS = "mobile_sam.pt"

Point: TypeAlias = tuple[int, int]
Edges: TypeAlias = tuple[int, int, int, int]
Network: TypeAlias = Literal[
    "mobile_sam", "sam2_t", "sam2_s", "sam2_b", "sam2_l", "sam2.1_t", "sam2.1_s", "sam2.1_b", "sam2.1_l"
]
Prompt: TypeAlias = tuple[Edges | None, Sequence[Point]]

_PAGE = "https://github.com/ultralytics/assets/releases"
_MEAN, _STD = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)
"""Of the photos that the networks were trained with, RGB in 0 to 255."""
_USED = (
    "image_encoder.",
    "prompt_encoder.",
    "mask_decoder.",
    "sam_prompt_encoder.",
    "sam_mask_decoder.",
    "no_mem_embed",
)
"""What stills need; the rest of SAM 2 remembers frames of a film."""


@dataclass(frozen=True, slots=True)
class SamOptions:
    """What goes, and which network cuts it out."""

    points: tuple[Point, ...] = field(default=(), metadata={"help": "x,y of a pixel on what goes; can be repeated"})
    boxes: tuple[Edges, ...] = field(default=(), metadata={"help": "x0,y0,x1,y1 around what goes; can be repeated"})
    not_points: tuple[Point, ...] = field(default=(), metadata={"help": "x,y of a pixel that stays; can be repeated"})
    together: bool = field(default=False, metadata={"help": "all points lie on one and the same thing"})
    network: Network = field(default="mobile_sam", metadata={"help": "which network the weights are of"})
    weights: Path | None = field(default=None, metadata={"help": "their file; none: NETWORK.pt in the weights folder"})
    size_px: int = field(default=1024, metadata={"help": "side of the network's input, a multiple of 64"})

    def __post_init__(self) -> None:
        if any(Box(*box).is_empty() for box in self.boxes):
            raise ValueError("a box must be x0,y0,x1,y1 with x0 < x1 and y0 < y1")
        if self.size_px < 64 or self.size_px % 64:
            raise ValueError(f"size_px must be a multiple of 64, got {self.size_px}")

    def prompts(self) -> list[Prompt]:
        """A box or None, and clicks, for each thing that goes."""
        prompts: list[Prompt] = []
        left = list(self.points)
        for box in self.boxes:
            inside = [(x, y) for x, y in left if box[0] <= x < box[2] and box[1] <= y < box[3]]
            left = [point for point in left if point not in inside]
            prompts.append((box, inside))
        return prompts + ([(None, left)] if self.together and left else [(None, [point]) for point in left])


def load_masker(context: MaskerContext[SamOptions]) -> SamClick:
    """The masker ``sam_click``.

    Raises:
        MaskerError: There is neither a point nor a box.
        WeightsError: The weights are not there, or of another network.
    """
    options = context.options
    if not options.prompts():
        raise MaskerError("sam_click must be told what goes: --masker-option points=X,Y or boxes=X0,Y0,X1,Y1")
    path = options.weights or context.weights_dir / f"{options.network}.pt"
    if not path.is_file():
        by_hand = f"download {options.network}.pt by hand from {_PAGE} and put it there"
        how = "run: eraser weights fetch mobile-sam" if options.network == "mobile_sam" else by_hand
        raise WeightsNotFoundError(
            f"the weights of sam_click are not here, there is no {path}: {how}, or say where they are with "
            "--masker-option weights=FILE"
        )
    state: Any = read_pickled(path)
    family = options.network.replace("sam2.1", "sam2")
    network = getattr(import_ultralytics("ultralytics.models.sam.build"), f"build_{family}")()
    try:
        state = state.get("model", state)  # Meta's files have it one level down
        network.load_state_dict(
            {name: state[name] for name in network.state_dict() if name.startswith(_USED)}, strict=False
        )
    except (KeyError, RuntimeError, TypeError, AttributeError) as error:
        raise WeightsMismatchError(
            f"{path} holds weights of another network than {options.network}: see the option network"
        ) from error
    network.set_imgsz([options.size_px, options.size_px])
    return SamClick(network.to(context.device).eval(), options, path, context.min_score)


class SamClick:
    """Cuts out what was clicked on (https://arxiv.org/abs/2304.02643, https://arxiv.org/abs/2408.00714)."""

    def __init__(self, network: Any, options: SamOptions, path: Path, min_score: float) -> None:  # noqa: ANN401  ultralytics has no types
        self.weights_name, self.weights_sha256 = path.name, hash_file(path)
        self._network, self._options, self._min_score = network, options, min_score
        self._is_sam2 = options.network != "mobile_sam"
        self._device = next(network.parameters()).device

    def __call__(self, image: npt.NDArray[np.uint8], /) -> list[Person]:
        """One person or thing for each prompt, unless the network is unsure of it; the score is its own estimate.

        Raises:
            MaskerError: A point or a box lies off the photo.
        """
        import torch

        height, width = image.shape[:2]
        _check_on_photo(self._options, width, height)
        scale = self._options.size_px / max(height, width)
        people = []
        with torch.inference_mode():
            seen = self._look(self._fit(image, scale))
            for box, points in self._options.prompts():
                logits, score = self._cut(seen, box, points, scale)
                side = self._options.size_px / scale
                person = person_from_grid(logits, (0.0, 0.0, side, side), (width, height), score)
                people += [person] if person is not None and person.score >= self._min_score else []
        return people

    def _fit(self, image: npt.NDArray[np.uint8], scale: float) -> torch.Tensor:
        """(1, 3, size_px, size_px): the photo in the upper left corner, nothing around it."""
        import torch

        size_wh = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
        small = cv2.resize(image, size_wh, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
        pixels = np.zeros((self._options.size_px, self._options.size_px, 3), np.float32)
        pixels[: size_wh[1], : size_wh[0]] = (small - np.array(_MEAN, np.float32)) / np.array(_STD, np.float32)
        return torch.from_numpy(pixels).permute(2, 0, 1)[None].to(self._device)

    def _look(self, pixels: torch.Tensor) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """Features of the picture, and finer ones, which only SAM 2 has."""
        if not self._is_sam2:
            return self._network.image_encoder(pixels), []
        *fine, coarse = self._network.forward_image(pixels)["backbone_fpn"]
        return coarse + self._network.no_mem_embed.reshape(1, -1, 1, 1), fine

    def _cut(
        self, seen: tuple[torch.Tensor, list[torch.Tensor]], box: Edges | None, points: Sequence[Point], scale: float
    ) -> tuple[npt.NDArray[np.float32], float]:
        """Logits (h, w) over the input for one prompt, and the network's estimate of their quality."""
        import torch

        # Middles of pixels; the network adds half a pixel of the input itself.
        clicks = [((x + 0.5) * scale - 0.5, (y + 0.5) * scale - 0.5) for x, y in (*points, *self._options.not_points)]
        labels = [1] * len(points) + [0] * len(self._options.not_points)
        corners = None if box is None else torch.tensor([[edge * scale for edge in box]], device=self._device)
        if self._is_sam2 and box is not None:  # to SAM 2 the corners of a box are clicks of their own kinds
            clicks = [(box[0] * scale, box[1] * scale), (box[2] * scale, box[3] * scale), *clicks]
            labels, corners = [2, 3, *labels], None
        given = (torch.tensor([clicks], device=self._device), torch.tensor([labels], device=self._device))
        network = self._network
        if self._is_sam2:
            prompts, decoder = network.sam_prompt_encoder, network.sam_mask_decoder
            more = {"repeat_image": False, "high_res_features": seen[1]}
        else:
            prompts, decoder, more = network.prompt_encoder, network.mask_decoder, {}
        sparse, dense = prompts(points=given if clicks else None, boxes=corners, masks=None)
        # Of one click a sleeve, a coat and the whole person may be meant: three answers, of which the surest counts.
        ambiguous = box is None and len(labels) == 1
        logits, scores, *_ = decoder(seen[0], prompts.get_dense_pe(), sparse, dense, multimask_output=ambiguous, **more)
        best = int(scores[0].argmax())
        return logits[0, best].float().cpu().numpy(), float(scores[0, best])


def _check_on_photo(options: SamOptions, width: int, height: int) -> None:
    """Raise MaskerError for a click or a box off the photo."""
    photo = Box(0, 0, width, height)
    for x, y in (*options.points, *options.not_points):
        if not (0 <= x < width and 0 <= y < height):
            raise MaskerError(f"sam_click: the point {x},{y} lies off a photo of {width} x {height} pixels")
    for box in options.boxes:
        if Box(*box).intersect(photo).is_empty():
            raise MaskerError(f"sam_click: the box {box} lies off a photo of {width} x {height} pixels")
