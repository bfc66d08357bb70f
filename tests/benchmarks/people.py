"""How well people are found and covered, by weights: python tests/benchmarks/people.py [NAME|PATH ...].

Reads val/people of the folder that $ERASER_DATA names: photos beside YOLO-seg polygons. Every photo goes through the
whole of erase-me (filled by Telea, which is quick), so that the hole is the one that users get.

recall        part of the people over 1 % of the photo whom somebody found meets at IoU 0.5; each found counts once
precision     part of those found, on photos with people, who meet somebody of any size at IoU 0.5
IoU           mean, of the people over 1 % who were met
on nobody     found with less than a tenth of themselves on people
covered       part of all pixels on people that lie in the final hole
hole          pixels of the final holes beyond the people, as a part of the people's own
false people  found on photos without people, per hundred of them; --person-free adds folders of such photos
"""

import argparse
import os
import statistics
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from eraser.config import ModelConfig
from eraser.engine import Engine
from eraser.geometry import Person
from eraser.result import EraseResult

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}
HEADS = ["weights", "recall", "precision", "IoU", "on nobody", "covered", "hole", "false people per 100", "ms to find"]


@dataclass
class Tally:
    large: int = 0
    met_ious: list[float] = field(default_factory=list)
    found: int = 0
    found_right: int = 0
    on_nobody: int = 0
    person_px: int = 0
    covered_px: int = 0
    beyond_px: int = 0
    empty_photos: int = 0
    false_people: int = 0
    seconds: list[float] = field(default_factory=list)

    def row(self, name: str) -> str:
        cells = [
            name,
            f"{len(self.met_ious) / max(1, self.large):.3f} of {self.large}",
            f"{self.found_right / max(1, self.found):.3f} of {self.found}",
            f"{statistics.mean(self.met_ious or [0.0]):.3f}",
            f"{self.on_nobody}",
            f"{self.covered_px / max(1, self.person_px):.4f}",
            f"{self.beyond_px / max(1, self.person_px):.3f}",
            f"{100 * self.false_people / max(1, self.empty_photos):.1f} of {self.empty_photos}",
            f"{1000 * statistics.median(self.seconds):.0f}",
        ]
        return f"| {' | '.join(cells)} |"


def labelled(path: Path, width: int, height: int) -> list[np.ndarray]:
    """(H, W) bool for each polygon."""
    masks = []
    for line in path.read_text().splitlines():
        points = np.array(line.split()[1:], float).reshape(-1, 2) * (width, height)
        mask = np.zeros((height, width), np.uint8)
        masks.append(cv2.fillPoly(mask, [points.round().astype(np.int32)], 1).astype(bool))
    return masks


def on_photo(person: Person, shape: tuple[int, ...]) -> np.ndarray:
    mask = np.zeros(shape[:2], bool)
    mask[person.box.slices] = person.mask
    return mask


def meet(found: list[np.ndarray], truth: list[np.ndarray]) -> dict[int, tuple[int, float]]:
    """Index of a true person -> who met them, and at what IoU; the best pairs first, everybody once."""
    pairs = []
    for i, person in enumerate(truth):
        for j, mask in enumerate(found):
            shared = np.count_nonzero(mask & person)
            if shared:
                pairs.append((shared / np.count_nonzero(mask | person), i, j))
    met: dict[int, tuple[int, float]] = {}
    for iou, i, j in sorted(pairs, reverse=True):
        if iou >= 0.5 and i not in met and all(j != other for other, _ in met.values()):
            met[i] = (j, iou)
    return met


def add(tally: Tally, result: EraseResult, truth: list[np.ndarray]) -> None:
    shape = result.image.shape
    found = [on_photo(person, shape) for person in result.people]
    met = meet(found, truth)
    anybody = np.logical_or.reduce(truth)
    tally.found += len(found)
    tally.found_right += len(met)
    tally.on_nobody += sum(np.count_nonzero(mask & anybody) < 0.1 * np.count_nonzero(mask) for mask in found)
    for i, person in enumerate(truth):
        if np.count_nonzero(person) > 0.01 * person.size:
            tally.large += 1
            tally.met_ious += [met[i][1]] if i in met else []
    tally.person_px += np.count_nonzero(anybody)
    tally.covered_px += np.count_nonzero(anybody & result.hole)
    tally.beyond_px += np.count_nonzero(result.hole & ~anybody)


def read(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB"))


def person_free(folders: list[Path], limit: int) -> Iterator[Path]:
    """Photos in folders and below, spread evenly over each folder's."""
    for folder in folders:
        photos = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
        yield from photos[:: max(1, len(photos) // limit)][:limit]


def measure(engine: Engine, folder: Path, empty: list[Path]) -> Tally:
    tally = Tally()
    for photo in sorted((folder / "images").iterdir()):
        image = read(photo)
        truth = labelled(folder / "labels" / f"{photo.stem}.txt", image.shape[1], image.shape[0])
        if not truth:
            empty = [*empty, photo]
            continue
        result = engine.erase(image)
        add(tally, result, truth)
        tally.seconds.append(result.seconds["detect"])
    for photo in empty:
        tally.empty_photos += 1
        tally.false_people += len(engine.find(read(photo)))
    return tally


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", nargs="*", default=["people"], help="names in the manifest, or paths")
    parser.add_argument("--min-score", type=float, default=ModelConfig().min_score)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--no-belongings", action="store_true", help="true outlines are of people alone")
    parser.add_argument("--person-free", type=Path, nargs="*", default=[], help="folders of photos without people")
    parser.add_argument("--limit", type=int, default=200, help="photos from each of those folders")
    options = parser.parse_args()

    empty = list(person_free(options.person_free, options.limit))
    print(f"| {' | '.join(HEADS)} |\n{'|---' * len(HEADS)}|")
    for weights in options.weights:
        config = ModelConfig(
            people_weights=weights,
            min_score=options.min_score,
            with_belongings=not options.no_belongings,
            device=options.device,
            inpainter="telea",
            trust_pickle=True,
        )
        tally = measure(Engine(config), Path(os.environ["ERASER_DATA"]) / "val" / "people", empty)
        print(tally.row(Path(weights).name), flush=True)


if __name__ == "__main__":
    main()
