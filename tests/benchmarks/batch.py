"""Photos a minute in a batch, and whether memory stays flat.

    python tests/benchmarks/batch.py --data $ERASER_DATA [--photos 40] [--megapixels 12] [--modes plain overlap 2 3]
    python tests/benchmarks/batch.py --data $ERASER_DATA --memory 500 [--megapixels 12] [--modes overlap 2]

Photos are those of tests/benchmarks/erase.py, each of another size within 10 %, as JPEG on disk. The built-in masker
runs and is timed; the hole is that of the known person. ``plain`` is one process without overlap, ``overlap`` one with,
a number is so many worker processes. Modes take turns (--rounds), each in a process of its own, so that a busy moment
meets all of them; the rate is that of the photos after the first ones, which load networks. Memory is the sum of the
peaks of all processes of a mode: after 50 photos, and at the end. Processor time includes the start.
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

sys.path.insert(0, str(Path(__file__).parent))

PLUGIN = """
import os
import cv2
import numpy as np
from eraser.maskers.yolo import load_masker as load_yolo
from eraser.geometry import Person


def load_masker(context):
    yolo, known = load_yolo(context), np.load(os.environ["KNOWN_MASK"]).astype(np.uint8)

    def find(image):
        yolo(image)
        return [Person.from_mask(cv2.resize(known, image.shape[1::-1]) > 0)]

    return find
"""


def make_photos(data: Path, count: int, megapixels: float, folder: Path) -> None:
    """Write the photos to ``folder/in``, the mask and the plugin beside it."""
    import numpy as np
    from erase import make_photo
    from PIL import Image

    (folder / "in").mkdir()
    (folder / "plugins").mkdir()
    (folder / "plugins" / "known.py").write_text(PLUGIN)
    mask = make_photo(data, megapixels, folder / "base.jpg")
    np.save(folder / "mask.npy", mask)
    base = Image.open(folder / "base.jpg")
    sizes = [0.95 + 0.1 * (number * 7 % 10) / 10 for number in range(10)]
    for number, scale in enumerate(sizes):
        base.resize((round(base.width * scale), round(base.height * scale))).save(folder / f"{number}.jpg", quality=92)
    for number in range(count):
        os.link(folder / f"{number % len(sizes)}.jpg", folder / "in" / f"{number:05}.jpg")


def peak_mb(pid: int | str) -> float:
    """Peak resident memory of a process so far."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM")), 0.0)


def children() -> list[str]:
    return Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()


def cpu_s() -> float:
    """Processor time of this process and of workers that have ended, start included."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def measure(folder: Path, mode: str, inpainter: str) -> dict[str, float | str]:
    """Run a mode over all photos."""
    from dataclasses import replace

    from eraser.batch import LocalExecutor, Outputs, Plan, find_photos, run_plan
    from eraser.config import ModelConfig, OutputConfig

    photos = find_photos([folder / "in"])
    out = folder / f"out-{mode}-{os.getpid()}"
    plan = Plan(
        config=ModelConfig(masker="known", inpainter=inpainter),
        plugins=(folder / "plugins",),
        outputs=Outputs(OutputConfig(output=out)),
    )
    plan = replace(plan, settings=plan.find_settings())
    workers = int(mode) if mode.isdigit() else 1
    local, executor = plan.worker_run(), LocalExecutor(workers)
    plain = mode == "plain"
    outcomes = local.erase(photos, prefetch=False) if plain else run_plan(plan, photos, executor)
    warm, begin, times, early_mb, peaks = 2 * workers + 2, time.perf_counter(), [], 0.0, {}
    for number, outcome in enumerate(outcomes, start=1):
        if outcome.status != "erased":
            raise SystemExit(f"{outcome.path}: {outcome.status} {outcome.error}")
        times.append(time.perf_counter() - begin)
        outcome.output.unlink()
        peaks |= {pid: peak_mb(pid) for pid in ("self", *children())}
        if number == min(50, len(photos) // 2):
            early_mb = sum(peaks.values())
    rate = 60 * (len(times) - warm) / (times[-1] - times[warm - 1])
    total_mb = sum(peaks.values())
    return {
        "mode": mode,
        "photos_a_minute": round(rate, 1),
        "with_start": round(60 * len(times) / times[-1], 1),
        "cpu_s_a_photo": round(cpu_s() / len(times), 2),
        "early_mb": round(early_mb),
        "peak_mb": round(total_mb),
        "growth": round(total_mb / early_mb - 1, 4),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("ERASER_DATA"))
    parser.add_argument("--photos", type=int, default=40)
    parser.add_argument("--memory", type=int, metavar="PHOTOS", help="one round over so many, for the memory")
    parser.add_argument("--megapixels", type=float, default=12)
    parser.add_argument("--modes", nargs="+", default=["plain", "overlap", "2"])
    parser.add_argument("--inpainter", default="patches")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="write the rows here too")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        print(json.dumps(measure(Path(args.child[0]), args.child[1], args.inpainter)))
        return
    if args.data is None:
        parser.error("--data, or $ERASER_DATA, must name the folder with val/composite")
    rows: list[dict[str, float | str]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_photos(args.data, args.memory or args.photos, args.megapixels, folder)
        environment = {**os.environ, "KNOWN_MASK": str(folder / "mask.npy")}
        for _ in range(1 if args.memory else args.rounds):
            for mode in args.modes:
                command = [sys.executable, __file__, "--child", name, mode, "--inpainter", args.inpainter]
                done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment)
                rows.append(json.loads(done.stdout.splitlines()[-1]))
                print(json.dumps(rows[-1]), file=sys.stderr, flush=True)
    keys = list(rows[0])
    print("| " + " | ".join(keys) + " |\n|" + "---|" * len(keys))
    for mode in args.modes:
        of_mode = [row for row in rows if row["mode"] == mode]
        values = [mode, *(statistics.median(float(row[key]) for row in of_mode) for key in keys[1:])]
        print("| " + " | ".join(map(str, values)) + " |")
    if args.json:
        args.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
