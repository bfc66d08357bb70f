"""Are people found in panoramas as in one photo? Copies of a photo side by side, up to 20 to 1.

    python tests/benchmarks/panorama.py [--weights people] [--photos 8] [--aspects 3 6 12 20]

Photos with at least one find, of ``$ERASER_DATA/val/people/images``: found in the panorama, and copies times the finds
in one.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import numpy as np
from PIL import Image

from eraser.config import ModelConfig
from eraser.engine import Engine


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", default="people")
    parser.add_argument("--photos", type=int, default=8)
    parser.add_argument("--aspects", type=float, nargs="+", default=[3, 6, 12, 20])
    args = parser.parse_args()
    engine = Engine(ModelConfig(people_weights=args.weights, device="cpu"), plugins=())
    chosen = []
    for path in sorted(Path(os.environ["ERASER_DATA"], "val/people/images").iterdir()):
        image = np.asarray(Image.open(path).convert("RGB"))
        if count := len(engine.find(image)):
            chosen.append((image, count))
        if len(chosen) == args.photos:
            break
    print("| aspect | found | of | share |", "|---|---|---|---|", sep="\n")
    for aspect in args.aspects:
        found = expected = 0
        for image, count in chosen:
            copies = max(1, round(aspect * image.shape[0] / image.shape[1]))
            found += len(engine.find(np.ascontiguousarray(np.concatenate([image] * copies, axis=1))))
            expected += copies * count
        print(f"| {aspect:g} : 1 | {found} | {expected} | {found / expected:.2f} |")


if __name__ == "__main__":
    main()
