"""How well the masker `yolo` finds people, by weights: python tests/benchmarks/people.py [NAME|PATH ...].

Reads val/people of the folder that $ERASER_DATA names: photos beside YOLO-seg polygons. Recall counts people over 1 %
of the photo that a mask meets at IoU 0.5; a mask on nobody has less than a tenth of itself on people; covered is the
share of person pixels under the masks, grown by 1.2 % of the photo's longer side as a hole would be.
"""

import argparse
import os
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from eraser.maskers.base import Masker, MaskerContext
from eraser.maskers.registry import discover


@dataclass
class Tally:
    people: int = 0
    found: int = 0
    on_nobody: int = 0
    person_px: int = 0
    covered_px: int = 0
    empty_photos: int = 0
    false_alarms: int = 0
    ious: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


def labelled(path: Path, width: int, height: int) -> list[np.ndarray]:
    masks = []
    for line in path.read_text().splitlines():
        points = np.array(line.split()[1:], float).reshape(-1, 2) * (width, height)
        mask = np.zeros((height, width), np.uint8)
        masks.append(cv2.fillPoly(mask, [points.round().astype(np.int32)], 1).astype(bool))
    return masks


def add(tally: Tally, masker: Masker, photo: Path, labels: Path) -> None:
    image = np.asarray(Image.open(photo).convert("RGB"))
    height, width = image.shape[:2]
    start = time.perf_counter()
    people = masker(image)
    tally.seconds.append(time.perf_counter() - start)
    truth = labelled(labels, width, height)
    if not truth:
        tally.empty_photos += 1
        tally.false_alarms += bool(people)
        return
    masks = [np.zeros((height, width), bool) for _ in people]
    for mask, person in zip(masks, people, strict=True):
        mask[person.box.slices] = person.mask
    anybody = np.logical_or.reduce(truth)
    tally.on_nobody += sum((mask & anybody).sum() < 0.1 * mask.sum() for mask in masks)
    for person in (person for person in truth if person.sum() > 0.01 * person.size):
        best = max(((mask & person).sum() / (mask | person).sum() for mask in masks), default=0.0)
        tally.people += 1
        tally.found += best >= 0.5
        tally.ious += [best] if best >= 0.5 else []
    reach = round(0.012 * max(image.shape))
    hole = np.logical_or.reduce([np.zeros((height, width), bool), *masks]).astype(np.uint8)
    hole = cv2.dilate(hole, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1)))
    tally.person_px += int(anybody.sum())
    tally.covered_px += int((anybody & hole.astype(bool)).sum())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", nargs="*", default=["people"], help="names in the manifest, or paths")
    parser.add_argument("--min-score", type=float, default=0.25)
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args()
    folder = Path(os.environ["ERASER_DATA"]) / "val" / "people"
    print(
        "| weights | recall at IoU .5 | their mean IoU | on nobody | covered | person-free with a find | ms a photo |"
    )
    print("|---|---|---|---|---|---|---|")
    for weights in options.weights:
        context = MaskerContext(
            device=options.device, weights_dir=Path(), weights=weights, min_score=options.min_score, trust_pickle=True
        )
        masker = discover(None).load("yolo", context)
        tally = Tally()
        for photo in sorted((folder / "images").iterdir()):
            add(tally, masker, photo, folder / "labels" / f"{photo.stem}.txt")
        print(
            f"| {Path(weights).name} | {tally.found / tally.people:.3f} of {tally.people} "
            f"| {statistics.mean(tally.ious or [0]):.3f} | {tally.on_nobody} "
            f"| {tally.covered_px / tally.person_px:.3f} | {tally.false_alarms} of {tally.empty_photos} "
            f"| {1000 * statistics.median(tally.seconds):.0f} |"
        )


if __name__ == "__main__":
    main()
