"""What a YOLO segmentation network gives, whatever runs it, and what its file says about it."""

from __future__ import annotations

import ast
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from eraser.errors import WeightsError, WeightsMismatchError
from eraser.geometry import FloatArray, ImageArray, IntArray
from eraser.maskers.belongings import OWNERSHIP_RULES

SAME_BOX_IOU = 0.7
"""Boxes of one class that overlap more than this are one; ultralytics' own default."""
MOST_DETECTIONS = 300
"""Detections of one view, at most; ultralytics' own default."""
OUT_OF_MEMORY = "the memory does not suffice to find people: try --device cpu"


@dataclass(frozen=True, slots=True)
class RawDetections:
    """What a network sees, best first."""

    boxes: FloatArray
    """(N, 4) x0 y0 x1 y1 in pixels of the input."""
    scores: FloatArray
    """(N,) in [0, 1]."""
    classes: IntArray
    """(N,) indices into the network's classes."""
    logits: FloatArray
    """(N, h, w) over the whole input, positive on the person."""


@dataclass(frozen=True, slots=True)
class NetworkInfo:
    """What a network's file says about it."""

    names: tuple[str, ...]
    """Its classes, lower case."""
    person: int
    """Index of the class that is a person."""
    fixed_hw: tuple[int, int] | None = None
    """The only input size that it takes, None when any multiple of 32 will do."""
    best_px: int | None = None
    """Longer side at which it is best, None when that follows the photo."""
    own_min_score: float | None = None
    """Confidence in [0, 1] that its makers found best for people, where they say so."""
    can_verify: bool = False
    """Whether it has a head that verifies one find (``eraser.maskers.verified``)."""

    @property
    def belongings(self) -> frozenset[int]:
        """Classes of things that may belong to somebody."""
        return frozenset(index for index, name in enumerate(self.names) if name in OWNERSHIP_RULES)


class Network(Protocol):
    """A loaded network."""

    info: NetworkInfo

    def detect(self, canvas: ImageArray, min_scores: Mapping[int, float], /) -> RawDetections:
        """Find people and things.

        Args:
            canvas: (H, W, 3) RGB uint8, of a size that the network takes.
            min_scores: Class -> confidence in [0, 1] below which nothing is reported; other classes are not looked for.

        Raises:
            WeightsError: The network gives boxes without masks.
        """

    def verify(self, picture: ImageArray, /) -> float:
        """As ``eraser.maskers.verified.Judge.verify``; only for networks that can."""


def read_info(
    names: Sequence[str],
    metadata: Mapping[str, str],
    path: Path,
    *,
    fixed_hw: tuple[int, int] | None = None,
    can_verify: bool = False,
) -> NetworkInfo:
    """What class names and metadata say of a network.

    Raises:
        WeightsMismatchError: The metadata make no sense.
        WeightsError: The network knows several classes, and none is called person.
    """
    names = tuple(name.lower() for name in names)
    if len(names) > 1 and "person" not in names:
        raise WeightsError(f"{path} does not say which of its classes is called person")
    best_px = metadata.get("imgsz", "")
    return NetworkInfo(
        names,
        person=names.index("person") if "person" in names else 0,
        fixed_hw=fixed_hw,
        best_px=int(best_px) if best_px.isdecimal() and int(best_px) > 0 else None,
        own_min_score=_score(metadata.get("min_score", ""), path),
        can_verify=can_verify,
    )


def read_names(text: str, path: Path) -> list[str]:
    """Class names as metadata hold them: a JSON list, or the dictionary that ultralytics writes.

    Raises:
        WeightsMismatchError: They are something else.
    """
    try:
        names = json.loads(text)
    except ValueError:
        try:
            names = ast.literal_eval(text)
        except (ValueError, SyntaxError) as error:
            raise WeightsMismatchError(f"{path} does not say what its classes are called: {text[:60]!r}") from error
    if isinstance(names, dict):
        names = [names[index] for index in sorted(names)]
    return [str(name) for name in names]


def _score(text: str, path: Path) -> float | None:
    """A threshold from a file's metadata; None for an empty text."""
    if not text:
        return None
    try:
        score = float(text)
    except ValueError:
        score = math.nan
    if not 0.0 <= score <= 1.0:  # NaN neither
        raise WeightsMismatchError(f"{path} names a min_score that is no number from 0 to 1: {text!r}")
    return score
