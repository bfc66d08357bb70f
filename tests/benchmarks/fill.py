"""Results of every inpainter on photos whose truth is known, laid out for a yardstick.

    python tests/benchmarks/fill.py OUT [--data $ERASER_DATA] [--inpainter patches telea navier-stokes] [--photos N]

Writes OUT/fill and OUT/composite, each with truth/, mask/ and a folder for each inpainter, and prints the time.
``fill`` gives the mask as the hole. ``composite`` gives the person, whom the pipeline grows; mask/ holds the hole as
used, and outside it every result is the truth, so that only the fill is compared.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import time
from pathlib import Path

import numpy as np
from PIL import Image

from eraser.config import EraseConfig
from eraser.engine import Eraser
from eraser.geometry import Person
from eraser.pipeline import erase


def rgb(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB"))


def mask_of(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("L")) > 127


def run(data: Path, out: Path, kind: str, eraser: Eraser, name: str, photos: int | None) -> float:
    """Write one inpainter's results on one set; the median seconds a photo."""
    folder = data / "val" / kind
    for sub in ("truth", "mask", name):
        (out / kind / sub).mkdir(parents=True, exist_ok=True)
    seconds = []
    for path in sorted((folder / "truth").iterdir())[:photos]:
        truth, mask = rgb(path), mask_of(folder / "mask" / f"{path.stem}.png")
        begin = time.perf_counter()
        if kind == "fill":
            result = erase(truth, None, eraser.inpainter, eraser.config, mask=mask)
        else:
            person = Person.from_mask(mask)
            result = erase(
                rgb(folder / "photo" / path.name), lambda _, person=person: [person], eraser.inpainter, eraser.config
            )
        seconds.append(time.perf_counter() - begin)
        shown = np.where(result.hole[..., None], result.image, truth)
        Image.fromarray(shown).save(out / kind / name / f"{path.stem}.png")
        Image.fromarray(result.hole).save(out / kind / "mask" / f"{path.stem}.png")
        shutil.copyfile(path, out / kind / "truth" / path.name)
    return statistics.median(seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--data", type=Path, default=os.environ.get("ERASER_DATA"))
    parser.add_argument("--inpainter", nargs="+", default=["patches", "telea", "navier-stokes"])
    parser.add_argument("--fill-weights", default="fill")
    parser.add_argument("--photos", type=int)
    args = parser.parse_args()
    if args.data is None:
        parser.error("--data, or $ERASER_DATA, must name the folder with val/fill and val/composite")
    for name in args.inpainter:
        eraser = Eraser(EraseConfig(inpainter=name, fill_weights=args.fill_weights))
        times = {kind: run(args.data, args.out, kind, eraser, name, args.photos) for kind in ("fill", "composite")}
        print(name, " ".join(f"{kind}: {seconds:.2f} s a photo" for kind, seconds in times.items()))


if __name__ == "__main__":
    main()
