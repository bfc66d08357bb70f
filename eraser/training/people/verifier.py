"""Training of the head that verifies finds: what is found on labelled photos, and on photos without people.

The network itself stays as it is. Finds that meet nobody are the pictures to learn from: they are what it mistakes for
people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from eraser.errors import WeightsMismatchError
from eraser.maskers.detectors.torch_network import build
from eraser.maskers.detectors.yolo import YoloDetector, load_detector
from eraser.maskers.recipes import LITE0, VERIFIED, backbone_of, build_segmenter
from eraser.maskers.verified import FLOOR
from eraser.networks.verifier import Verifier
from eraser.training.checkpoint import export_weights
from eraser.training.people.finds import collect
from eraser.training.people.photos import load_backgrounds, load_people
from eraser.weights import read_metadata

_EPOCHS, _BATCH, _LR, _DECAY, _DROPOUT = 15, 64, 1e-3, 0.05, 0.3
_LEAST_DEVIATION = 1e-3
_SHARE = 0.5
"""How much the head counts beside the network's score (docs/experiments/people.md)."""


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
    finds = collect(
        detector,
        backbone_of(model),
        people,
        nobody,
        per_source=data.per_source,
        seed=seed,
        cache=run_dir / "finds.pt",
        made_of=file.sha256,
    )
    pooled, is_somebody = finds.labelled()
    torch.manual_seed(seed)
    verified = build_segmenter(VERIFIED, ("person",))
    as_it_was = {name: tensor for name, tensor in model.state_dict().items() if not name.startswith("verifier.")}
    verified.load_state_dict(as_it_was, strict=False)
    verified.verifier = fit(pooled, is_somebody)
    target = run_dir / "verified.safetensors"
    somebody = int(is_somebody.sum())
    made_of = {"verified_on": f"{somebody} finds of people, {len(is_somebody) - somebody} of nobody"}
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
