"""Do two checkouts make the same pictures? Pixel by pixel, for some photos and every built-in inpainter.

    python tests/benchmarks/same_pixels.py BEFORE AFTER [--photos 12] [--inpainters patches,telea]

BEFORE and AFTER are folders of checkouts; photos are those of ``$ERASER_DATA/val/people/images``. Both run in this
interpreter, on this machine, one after the other: sums of floats differ between processors, so no picture is kept.
Exits with 1 if any pixel differs.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

INPAINTERS = ("guided", "patches", "generator", "telea", "navier-stokes")


def erase(checkout: Path, photos: list[Path], inpainter: str, out: Path) -> None:
    """Run ``erase-me`` of a checkout on photos; results are PNG."""
    options = ["--inpainter", inpainter, "--format", "png", "--workers", "1", "--no-ledger", "--copy-unchanged", "-q"]
    program = "from eraser.cli import main; main()"
    environment = os.environ | {"PYTHONPATH": str(checkout), "ERASER_OFFLINE": "1"}
    command = [sys.executable, "-c", program, *map(str, photos), "-o", str(out), *options]
    subprocess.run(command, cwd=checkout, env=environment, check=True, stdout=subprocess.DEVNULL)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("--photos", type=int, default=12)
    parser.add_argument("--inpainters", default=",".join(INPAINTERS))
    asked = parser.parse_args()
    photos = sorted(Path(os.environ["ERASER_DATA"], "val/people/images").glob("coco_*"))[: asked.photos]
    different = 0
    with tempfile.TemporaryDirectory() as folder:
        for inpainter in asked.inpainters.split(","):
            results = []
            for name in ("before", "after"):
                out = Path(folder, inpainter, name)
                out.mkdir(parents=True)
                erase(getattr(asked, name).resolve(), photos, inpainter, out)
                results.append({file.name: np.asarray(Image.open(file)) for file in sorted(out.glob("*.png"))})
            before, after = results
            if before.keys() != after.keys() or not before:
                raise SystemExit(f"{inpainter}: {len(before)} and {len(after)} results")
            unlike = [name for name in before if not np.array_equal(before[name], after[name])]
            different += len(unlike)
            print(f"{inpainter}: {len(before) - len(unlike)} of {len(before)} the same", *unlike)
    return int(different > 0)


if __name__ == "__main__":
    sys.exit(main())
