"""At which size and confidence do weights find people best? Figures for every pair, from one look at each photo.

    python tests/benchmarks/calibrate.py --weights weights/people.safetensors [--px 320 416 480 640]
        [--thresholds .15 .2 .25 .3 .35 .4 .45 .5] [--photos N]
        [--closer-px 320]

Chooses on ``$ERASER_DATA/val/people2`` (labelled by an official network) and ``val/nobody``; ``val/people`` is for
reporting and takes no part. ``found``: people of people2 whose box is over 1 % of the photo, met by a box of IoU .5;
``extra``: finds on people2 that meet nobody; ``ordinary``, ``others``, ``dogs``: photos without people that get a find.
"""

from __future__ import annotations

import argparse
import copy
import dataclasses
import os
from pathlib import Path

import numpy as np
from closer_look import FLOOR, CloserLook
from PIL import Image

from eraser.geometry import Box, Person
from eraser.maskers import verified
from eraser.maskers.detectors.yolo import YoloDetector, load_detector
from eraser.maskers.tiled import PERSON, TiledMasker
from eraser.training.people.photos import read_labels

ORDINARY = (
    "ahwang amenity dl4arch duane emod iceland ikea labelmefacade lostkiwis other par71 poem speedlimit sun tylercr"
)
"""Kinds of ``val/nobody`` that are no hard cases."""
LOWEST, LARGE, SAME, LEAST_AGAIN = 0.1, 0.01, 0.5, 0.08
THRESHOLDS = (0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6)


def labelled(path: Path, size_wh: tuple[int, int]) -> list[Box]:
    """Boxes of people over 1 % of the photo."""
    boxes = []
    for polygon in read_labels(path):
        (x0, y0), (x1, y1) = polygon.min(axis=0) * size_wh, polygon.max(axis=0) * size_wh
        if (x1 - x0) * (y1 - y0) > LARGE * size_wh[0] * size_wh[1]:
            boxes.append(Box(round(x0), round(y0), round(x1), round(y1)))
    return boxes


def rgb(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", default="people")
    parser.add_argument("--px", type=int, nargs="+", default=[320, 416, 480, 640])
    parser.add_argument("--thresholds", type=float, nargs="+", default=THRESHOLDS)
    parser.add_argument("--closer-px", type=int, help="look once more at whom it is unsure of, at this longer side")
    parser.add_argument("--photos", type=int)
    args = parser.parse_args()
    data = Path(os.environ["ERASER_DATA"], "val")
    network, file = load_detector(args.weights, "cpu")
    people2 = sorted((data / "people2" / "images").iterdir())[: args.photos]
    nobody = sorted(p for p in (data / "nobody").iterdir() if p.suffix == ".webp")[: args.photos]
    lowest = FLOOR if args.closer_px else LOWEST
    print("px", "min_score", "found", "of", "extra", "ordinary", "others", "dogs", sep="\t")
    for px in args.px:
        network.info = dataclasses.replace(network.info, best_px=px)
        detector, verifier = YoloDetector(network, file, {network.info.person: lowest}), None
        if args.closer_px:
            again = copy.copy(network)
            again.info = dataclasses.replace(network.info, best_px=args.closer_px)
            closer = YoloDetector(again, file, {network.info.person: LEAST_AGAIN})
            detector = CloserLook(detector, closer, label=PERSON, min_score=lowest)
        elif network.info.can_verify:
            detector = YoloDetector(network, file, {network.info.person: verified.FLOOR})
            verifier = verified.DetectionVerifier(network, min_score=lowest)
        masker = TiledMasker(detector, verifier=verifier)
        truths: list[list[Box]] = []
        finds: list[list[Person]] = []
        for path in people2:
            image = rgb(path)
            truths.append(labelled(data / "people2" / "labels" / f"{path.stem}.txt", (image.shape[1], image.shape[0])))
            finds.append(masker(image))
        alarms = [max((person.score for person in masker(rgb(path))), default=0.0) for path in nobody]
        for least in args.thresholds:
            found = extra = 0
            for truth, people in zip(truths, finds, strict=True):
                boxes = [person.box for person in people if person.score >= least]
                found += sum(any(box.iou(other) >= SAME for other in boxes) for box in truth)
                extra += sum(all(box.iou(other) < 0.1 for other in truth) for box in boxes)
            kinds = {"ordinary": 0, "others": 0, "dogs": 0}
            for path, score in zip(nobody, alarms, strict=True):
                if score >= least:
                    kinds["ordinary" if path.stem.partition("_")[0] in ORDINARY.split() else "others"] += 1
                    kinds["dogs"] += path.stem.startswith("dogs")
            print(px, least, found, sum(map(len, truths)), extra, *kinds.values(), sep="\t", flush=True)


if __name__ == "__main__":
    main()
