"""Results of every inpainter on photos whose truth is known, laid out for a yardstick.

    python tests/benchmarks/fill.py OUT [--data $ERASER_DATA] [--inpainter patches telea navier-stokes] [--photos N]
        [--set fill composite structure] [--params height_weight=0 unsure_pull=0] [--edge 35] [--label NAME]

Writes OUT/fill and OUT/composite, each with truth/, mask/ and a folder for each inpainter, and prints the time;
``score.py`` gives the figures. ``--params`` changes fields of ``PatchParams`` for a trial, ``--edge`` the step between
copies from which the blend keeps an edge; ``--label`` names the folder of the results. ``fill`` and ``structure`` give
the mask as the hole. ``composite`` gives the person, whom the pipeline grows; mask/ holds the hole as used, and outside
it every result is the truth, so that only the fill is compared.
"""

from __future__ import annotations

import argparse
import ast
import os
import shutil
import statistics
import time
from pathlib import Path

import numpy as np
from PIL import Image

from eraser.config import EraseRequest, ModelConfig
from eraser.engine import Engine
from eraser.geometry import Person
from eraser.inpaint import blend, patches


def rgb(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB"))


def mask_of(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("L")) > 127


def run(data: Path, out: Path, kind: str, engine: Engine, name: str, photos: slice) -> float:
    """Write one inpainter's results on one set; the median seconds a photo."""
    folder = data / "val" / kind
    for sub in ("truth", "mask", name):
        (out / kind / sub).mkdir(parents=True, exist_ok=True)
    seconds = []
    for path in sorted((folder / "truth").iterdir())[photos]:
        truth, mask = rgb(path), mask_of(folder / "mask" / f"{path.stem}.png")
        begin = time.perf_counter()
        if kind != "composite":
            result = engine.erase(truth, mask=mask)
        else:
            photo, person = rgb(folder / "photo" / path.name), Person.from_mask(mask)
            result = engine.erase(photo, EraseRequest(second_look=False), people=[person])
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
    parser.add_argument("--set", nargs="+", default=["fill", "composite"])
    parser.add_argument("--params", nargs="+", default=[], metavar="NAME=VALUE")
    parser.add_argument("--edge", type=float, help="in grey levels")
    parser.add_argument("--label")
    args = parser.parse_args()
    if args.data is None:
        parser.error("--data, or $ERASER_DATA, must name the folder with val/fill and val/composite")
    if args.edge is not None:
        blend.EDGE = args.edge
    if args.params:
        changed = {name: ast.literal_eval(value) for name, value in (pair.split("=", 1) for pair in args.params)}
        patches.transfer.__kwdefaults__["params"] = patches.PatchParams(**changed)  # TypeError for an unknown name
        # ``guided`` makes parameters of its own: it gets these as defaults.
        patches.PatchParams.__init__.__kwdefaults__.update(changed)
    for name in args.inpainter:
        engine = Engine(ModelConfig(inpainter=name, fill_weights=args.fill_weights))
        folder, photos = args.label or name, slice(args.photos)
        times = {kind: run(args.data, args.out, kind, engine, folder, photos) for kind in args.set}
        print(folder, " ".join(f"{kind}: {seconds:.2f} s a photo" for kind, seconds in times.items()))


if __name__ == "__main__":
    main()
