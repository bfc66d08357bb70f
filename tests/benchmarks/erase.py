"""Time and memory of a whole erase, decode to encode, in a warm process.

    python tests/benchmarks/erase.py --data $ERASER_DATA [--megapixels 0.9 12 48 100] [--inpainter guided] [--runs 7]

The photo is one of val/composite with a person of about 8 % of it, enlarged, with fine noise so that it has detail at
its own resolution, as JPEG. The built-in masker runs with its default weights and is timed; the hole is that of the
known person, so that every inpainter fills the same one. Each row is a process of its own, which reads the photo from
a file: its peak memory is that of the work alone. ``rest`` is the total without the fill.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

STEM = "07"


def make_photo(data: Path, megapixels: float, target: Path) -> np.ndarray:
    """Write the enlarged photo, and beside it the person's mask at its size; give that mask."""
    folder = data / "val" / "composite"
    small = Image.open(folder / "photo" / f"{STEM}.jpg").convert("RGB")
    scale = (megapixels * 1e6 / (small.width * small.height)) ** 0.5
    size_wh = (round(small.width * scale), round(small.height * scale))
    pixels = np.asarray(small.resize(size_wh, Image.Resampling.BICUBIC)).astype(np.int16)
    noise = np.random.default_rng(0).integers(-9, 10, pixels.shape[:2], dtype=np.int16)
    Image.fromarray(np.clip(pixels + noise[..., None], 0, 255).astype(np.uint8)).save(target, quality=92)
    mask = Image.open(folder / "mask" / f"{STEM}.png").convert("L").resize(size_wh, Image.Resampling.BILINEAR)
    mask = np.asarray(mask) > 127
    rows, columns = (np.flatnonzero(mask.any(axis)) for axis in (1, 0))
    box = (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    np.savez(target.with_suffix(".npz"), box=box, mask=mask[box[1] : box[3], box[0] : box[2]])
    return mask


def measure(photo_path: Path, inpainter: str, runs: int) -> dict[str, object]:
    """Median seconds of every stage over warm runs, and the peak memory of the process."""
    from eraser.config import ModelConfig
    from eraser.engine import Engine
    from eraser.geometry import Box, Person
    from eraser.photo import Extra, load, save
    from eraser.pipeline import Tools, erase

    engine = Engine(ModelConfig(inpainter=inpainter))
    with np.load(photo_path.with_suffix(".npz")) as known:
        person = Person(box=Box(*map(int, known["box"])), mask=known["mask"], score=1.0)

    def masker(image):
        engine.masker(image)
        return [person]

    rows = []
    for _ in range(runs + 1):
        begin = time.perf_counter()
        photo = load(photo_path)
        loaded = time.perf_counter()
        result = erase(photo.image, Tools(masker, engine.inpainter))
        erased = time.perf_counter()
        save(result.image, photo_path.with_name("out.jpg"), photo, extra=Extra(hole=result.hole))
        done = time.perf_counter()
        rows.append({"load": loaded - begin, **result.seconds, "save": done - erased, "total": done - begin})
    seconds = {key: round(statistics.median(row[key] for row in rows[1:]), 3) for key in rows[0]}
    seconds["rest"] = round(statistics.median(row["total"] - row["fill"] for row in rows[1:]), 3)
    first = round(rows[0]["total"], 3)
    peak_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
    return {"hole_share": round(float(result.hole.mean()), 3), "first": first, "peak_gb": round(peak_gb, 2), **seconds}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("ERASER_DATA"))
    parser.add_argument("--megapixels", type=float, nargs="+", default=[0.9, 12, 48, 100])
    parser.add_argument("--inpainter", nargs="+", default=["guided"])
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--json", type=Path, help="write the rows here too")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.data is None:
        parser.error("--data, or $ERASER_DATA, must name the folder with val/composite")
    if args.child:
        print(json.dumps(measure(args.child, args.inpainter[0], args.runs)))
        return
    rows = []
    for megapixels in args.megapixels:
        with tempfile.TemporaryDirectory() as folder:
            photo = Path(folder) / "photo.jpg"
            make_photo(args.data, megapixels, photo)
            for inpainter in args.inpainter:
                command = [sys.executable, __file__, "--child", str(photo), "--data", str(args.data)]
                command += ["--runs", str(args.runs), "--inpainter", inpainter]
                out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
                rows.append({"megapixels": megapixels, "inpainter": inpainter, **json.loads(out)})
    twelve = {row["inpainter"]: row["total"] for row in rows if row["megapixels"] == 12}
    for row in rows:
        row["over 12 MP"] = round(row["total"] / twelve.get(row["inpainter"], float("nan")), 2)
    keys = list(rows[0])
    print("| " + " | ".join(keys) + " |\n|" + "---|" * len(keys))
    for row in rows:
        print("| " + " | ".join(str(row[key]) for key in keys) + " |")
    if args.json:
        args.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
