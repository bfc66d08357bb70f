"""What a people network finds on photos with and without people: what the head that verifies finds learns from."""

from __future__ import annotations

import hashlib
import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from eraser.errors import PhotoReadError
from eraser.geometry import Box, ImageArray
from eraser.maskers.detectors.yolo import YoloDetector
from eraser.maskers.verified import picture_of
from eraser.networks.verifier import Verifier
from eraser.system.files import whole_file
from eraser.training.people.photos import PeoplePhotos, Polygon
from eraser.training.people.pixels import PixelBank

log = logging.getLogger(__name__)

SOMEBODY_IOU, NOBODY_IOU = 0.5, 0.1
"""A find is somebody from that overlap with a labelled box on, nobody below this one; between them it is left out."""
_BATCH = 32
_REPORT_EVERY = 500


@dataclass(slots=True)
class Finds:
    """N finds, one row each."""

    pooled: list[Tensor] = field(default_factory=list)
    """(944,) features of each, float32."""
    iou: list[float] = field(default_factory=list)
    """Largest intersection over union with the box of a labelled person."""
    doubtful: list[float] = field(default_factory=list)
    """The same with the boxes of regions that were labelled as doubtful."""

    def labelled(self) -> tuple[Tensor, Tensor]:
        """(M, 944) features and (M,) bool, whether it is somebody, of the finds that say something."""
        iou, doubtful = np.array(self.iou), np.array(self.doubtful)
        somebody = iou >= SOMEBODY_IOU
        kept = np.flatnonzero(somebody | (np.maximum(iou, doubtful) < NOBODY_IOU))
        return torch.stack([self.pooled[i] for i in kept]), torch.from_numpy(somebody[kept])


def collect(
    detector: YoloDetector,
    backbone: nn.Module,
    people: PeoplePhotos,
    nobody: PixelBank,
    *,
    per_source: int,
    seed: int,
    cache: Path,
    made_of: str,
) -> Finds:
    """Look for people on photos of both kinds.

    Args:
        detector: Finds them.
        backbone: Its features, of (B, 3, 224, 224) in [0, 1].
        people: Labelled photos.
        nobody: Photos without people.
        per_source: Photos of one source, at most.
        seed: Of the photos that are drawn.
        cache: File that keeps the finds; they are taken from there if they were made of the same.
        made_of: Names the detector's weights.

    Raises:
        PhotoReadError: Nothing was found on any photo.
    """
    made_of = repr((made_of, people.bank.made_of, _outlines_sha256(people), nobody.made_of, per_source, seed))
    if cache.is_file():
        kept = torch.load(cache, weights_only=True)
        if kept.pop("made_of") == made_of:
            return Finds(**{**kept, "pooled": list(kept["pooled"].float())})
    finds, rng = Finds(), np.random.default_rng(seed)
    for number, index in enumerate(_draw(people.bank, per_source, rng)):
        unsure = people.ignored[index] if people.ignored else ()
        _look(finds, detector, backbone, people.bank[index], people.outlines[index], unsure)
        _say(number, finds)
    for number, index in enumerate(_draw(nobody, per_source, rng)):
        _look(finds, detector, backbone, nobody[index], (), ())
        _say(number, finds)
    if not finds.pooled:
        raise PhotoReadError("the network finds nobody on these photos, so there is nothing to learn from")
    with whole_file(cache) as temporary:
        columns = {name: getattr(finds, name) for name in ("iou", "doubtful")}
        torch.save({"made_of": made_of, "pooled": torch.stack(finds.pooled).half(), **columns}, temporary)
    return finds


def _outlines_sha256(people: PeoplePhotos) -> str:
    digest = hashlib.sha256()
    for polygons in (*people.outlines, *people.ignored):
        digest.update(repr([polygon.shape for polygon in polygons]).encode())
        for polygon in polygons:
            digest.update(polygon.tobytes())
    return digest.hexdigest()


def _draw(bank: PixelBank, per_source: int, rng: np.random.Generator) -> list[int]:
    """Pictures of a bank, at most so many of each source."""
    sources: dict[str, list[int]] = defaultdict(list)
    for index in rng.permutation(len(bank)).tolist():
        sources[bank.notes[index]].append(index)
    return sorted(index for indices in sources.values() for index in indices[:per_source])


def _look(
    finds: Finds,
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
    found = [detection.box for detection in detector.detect(picture, is_part=False)]
    if not found:
        return
    seen = torch.from_numpy(np.stack([picture_of(picture, box) for box in found])).permute(0, 3, 1, 2)
    with torch.inference_mode():
        pooled = torch.cat([Verifier.pool(backbone(some.float() / 255)) for some in torch.split(seen, _BATCH)])
    for box, features in zip(found, pooled, strict=True):
        finds.pooled.append(features.half().float())  # as precise as in the file, so that it gives the same head
        finds.iou.append(max((box.iou(other) for other in boxes), default=0.0))
        finds.doubtful.append(max((box.iou(other) for other in doubtful), default=0.0))


def _box_of(polygon: npt.NDArray[np.floating]) -> Box:
    (x0, y0), (x1, y1) = polygon.min(axis=0).tolist(), polygon.max(axis=0).tolist()
    return Box(round(x0), round(y0), round(x1), round(y1))


def _say(number: int, finds: Finds) -> None:
    if number % _REPORT_EVERY == 0:
        log.info("%d photos: %d finds", number, len(finds.iou))
