"""Training of the head that verifies finds: what is found on labelled photos, and on photos without people.

The network itself stays as it is. Finds that meet nobody are the pictures to learn from: they are what it mistakes for
people.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from eraser.errors import WeightsMismatchError
from eraser.geometry import Box, ImageArray
from eraser.maskers.detectors.torch_network import build
from eraser.maskers.detectors.yolo import YoloDetector, load_detector
from eraser.maskers.recipes import LITE0, VERIFIED, backbone_of, build_segmenter
from eraser.maskers.verified import FLOOR, picture_of
from eraser.networks.verifier import Verifier
from eraser.training.checkpoint import export_weights
from eraser.training.people.photos import Polygon, load_backgrounds, load_people
from eraser.training.people.pixels import PixelBank
from eraser.weights import read_metadata

log = logging.getLogger(__name__)

_SOMEBODY_IOU, _NOBODY_IOU = 0.5, 0.1
"""A find is somebody from that overlap with a labelled box on, nobody below this one; between them it is left out."""
_EPOCHS, _BATCH, _LR, _DECAY, _DROPOUT = 15, 64, 1e-3, 0.05, 0.3
_LEAST_DEVIATION = 1e-3
_SHARE = 0.5
"""How much the head counts beside the network's score (docs/experiments/people.md)."""
_REPORT_EVERY = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifierData:
    """Where the finds come from."""

    photos: Sequence[Path]
    """YOLO-seg data sets."""
    backgrounds: Sequence[Path]
    """Folders or .tar files of photos without people."""
    per_source: int
    """Photos of one source, at most."""
    cache_px: int = 416
    """Longest side that photos are decoded to once."""


@dataclass(slots=True)
class _Finds:
    pooled: list[Tensor]
    """(944,) features of each."""
    is_somebody: list[bool]


def train_verifier(data: VerifierData, weights: str, run_dir: Path, *, min_score: float, seed: int = 0) -> Path:
    """Train the head on what a network finds, and write the network with it.

    Args:
        data: Where the photos are.
        weights: Name or path of a network on EfficientNet-Lite0.
        run_dir: Folder for the result and for decoded photos; made when missing.
        min_score: Confidence in [0, 1] that the new weights name as the best for people.
        seed: Of the photos that are drawn, and of the training.

    Returns:
        The weights, ``verified.safetensors``.

    Raises:
        WeightsMismatchError: The weights are of another network.
        PhotoReadError: There are no photos.
    """
    network, file = load_detector(weights, "cpu", offline=True)
    metadata = read_metadata(file.path)
    if metadata.get("arch") not in (LITE0, VERIFIED):
        raise WeightsMismatchError(f"{file.path} holds no {LITE0}, so it has no features to verify finds by")
    model = build(file.path, metadata).float().eval()
    detector = YoloDetector(network, file, {network.info.person: FLOOR})
    run_dir.mkdir(parents=True, exist_ok=True)
    people = load_people(data.photos, None, run_dir / "cache", data.cache_px)
    nobody = load_backgrounds(data.backgrounds, run_dir / "cache", data.cache_px)
    finds = _Finds([], [])
    rng = np.random.default_rng(seed)
    for number, index in enumerate(_draw(people.bank, data.per_source, rng)):
        unsure = people.ignored[index] if people.ignored else ()
        _collect(finds, detector, backbone_of(model), people.bank[index], people.outlines[index], unsure)
        _say(number, finds)
    for number, index in enumerate(_draw(nobody, data.per_source, rng)):
        _collect(finds, detector, backbone_of(model), nobody[index], (), ())
        _say(number, finds)
    torch.manual_seed(seed)
    verified = build_segmenter(VERIFIED, ("person",))
    as_it_was = {name: tensor for name, tensor in model.state_dict().items() if not name.startswith("verifier.")}
    verified.load_state_dict(as_it_was, strict=False)
    verified.verifier = fit(torch.stack(finds.pooled), torch.tensor(finds.is_somebody))
    target = run_dir / "verified.safetensors"
    somebody = sum(finds.is_somebody)
    made_of = {"verified_on": f"{somebody} finds of people, {len(finds.is_somebody) - somebody} of nobody"}
    export_weights(target, verified, {**metadata, "arch": VERIFIED, "min_score": str(min_score), **made_of})
    return target


def fit(pooled: Tensor, is_somebody: Tensor) -> Verifier:
    """A verifier of (N, 944) features and (N,) bool labels; both kinds weigh the same."""
    verifier = Verifier()
    verifier.mean, deviation = pooled.mean(0), pooled.std(0)
    verifier.deviation = deviation + _LEAST_DEVIATION
    wanted = is_somebody.float()
    share = wanted.mean().clamp(1e-6, 1 - 1e-6)
    weight = torch.where(is_somebody, 0.5 / share, 0.5 / (1 - share))
    optimizer = torch.optim.AdamW(verifier.parameters(), lr=_LR, weight_decay=_DECAY)
    for _ in range(_EPOCHS):
        for batch in torch.split(torch.randperm(len(pooled)), _BATCH):
            odds = verifier.judge(pooled[batch], _DROPOUT)
            loss = F.binary_cross_entropy_with_logits(odds, wanted[batch], weight=weight[batch])
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            optimizer.step()
    with torch.no_grad():
        for tensor in (verifier.out.weight, verifier.out.bias):
            tensor.mul_(_SHARE)
    return verifier.eval()


def _draw(bank: PixelBank, per_source: int, rng: np.random.Generator) -> list[int]:
    """Pictures of a bank, at most so many of each source."""
    sources: dict[str, list[int]] = defaultdict(list)
    for index in rng.permutation(len(bank)).tolist():
        sources[bank.notes[index]].append(index)
    return sorted(index for indices in sources.values() for index in indices[:per_source])


def _collect(
    finds: _Finds,
    detector: YoloDetector,
    backbone: nn.Module,
    picture: ImageArray,
    people: Sequence[Polygon],
    unsure: Sequence[Polygon],
) -> None:
    """Add what is found on one picture."""
    picture = np.ascontiguousarray(picture)
    size_wh = np.array((picture.shape[1], picture.shape[0]))
    boxes, doubtful = ([_box_of(polygon * size_wh) for polygon in polygons] for polygons in (people, unsure))
    for detection in detector.detect(picture, is_part=False):
        best = max((detection.box.iou(box) for box in boxes), default=0.0)
        maybe = max((detection.box.iou(box) for box in doubtful), default=0.0)
        if best < _SOMEBODY_IOU and max(best, maybe) >= _NOBODY_IOU:
            continue
        seen = torch.from_numpy(picture_of(picture, detection.box)).permute(2, 0, 1)[None].float() / 255
        with torch.inference_mode():
            pooled = Verifier.pool(backbone(seen))[0]
        finds.pooled.append(pooled.clone())
        finds.is_somebody.append(best >= _SOMEBODY_IOU)


def _box_of(polygon: npt.NDArray[np.floating]) -> Box:
    (x0, y0), (x1, y1) = polygon.min(axis=0).tolist(), polygon.max(axis=0).tolist()
    return Box(round(x0), round(y0), round(x1), round(y1))


def _say(number: int, finds: _Finds) -> None:
    if number % _REPORT_EVERY == 0:
        somebody = sum(finds.is_somebody)
        log.info("%d photos: %d finds of people, %d of nobody", number, somebody, len(finds.is_somebody) - somebody)
