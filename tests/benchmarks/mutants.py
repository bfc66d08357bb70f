"""Do the tests notice small mistakes? Each mutation changes one line of a copy of the code, and runs one folder of tests.

    python tests/benchmarks/mutants.py [--only TEXT]

Prints caught or SURVIVED for each, and the count. A mutation whose text is not found exactly once is reported as STALE.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
MUTANTS: list[tuple[str, str, str, str]] = [
    # (file below eraser/, text, mutated text, tests)
    ("photo/read.py", "turned=turn >= 5", "turned=turn >= 6", "tests/photo"),
    ("photo/deep.py", "3: lambda a: cv2.rotate(a, cv2.ROTATE_180)", "3: lambda a: cv2.flip(a, 1)", "tests/photo"),
    ("photo/write.py", "if max(size_wh) > (limit", "if max(size_wh) >= (limit", "tests/photo"),
    (
        "photo/encoders.py",
        '"subsampling": 0 if quality >= 90 else 2',
        '"subsampling": 0 if quality >= 60 else 2',
        "tests/photo",
    ),
    ("photo/write.py", 'if name in ("JPEG", "BMP"):', 'if name in ("JPEG",):', "tests/photo"),
    (
        "photo/write.py",
        "hole.astype(np.uint8) * np.uint8(255)",
        "(~hole).astype(np.uint8) * np.uint8(255)",
        "tests/photo",
    ),
    ("hole/grow.py", "round(GROWTH * person.box.height)", "round(GROWTH * person.box.width)", "tests/hole"),
    ("hole/grow.py", "grown = distance_px(~closed) > dilate_px", "grown = closed", "tests/hole"),
    ("hole/grow.py", "on_people[person.box.slices] &= ~person.mask", "pass", "tests/hole"),
    ("hole/grow.py", "if not soft_given:", "if soft_given:", "tests/hole tests/test_pipeline.py"),
    ("hole/crops.py", "return min(1.0, math.sqrt(", "return min(2.0, math.sqrt(", "tests/hole"),
    ("hole/crops.py", "max(self.limits.context_min_px, round(", "min(self.limits.context_min_px, round(", "tests/hole"),
    (
        "inpaint/patches.py",
        "choose, hole.shape[0], hole, target, match",
        "choose, hole.shape[0], target, hole, match",
        "tests/inpaint",
    ),
    ("inpaint/patches.py", "hole = share < 0.5", "hole = share < 0.95", "tests/inpaint"),
    (
        "inpaint/patches.py",
        "while min(levels[-1].hole.shape) >= 2 *",
        "while min(levels[-1].hole.shape) >= 4 *",
        "tests/inpaint",
    ),
    (
        "inpaint/sizes.py",
        "down, right = -height % wants.side_multiple",
        "down, right = height % wants.side_multiple",
        "tests/inpaint",
    ),
    ("inpaint/smooth.py", "size_px = 2 * size_px + 1", "size_px = size_px + 2", "tests/inpaint"),
    (
        "inpaint/base.py",
        "rows + offsets[hole, 0], columns + offsets[hole, 1]",
        "rows + offsets[hole, 1], columns + offsets[hole, 0]",
        "tests/inpaint tests/plugin_interface",
    ),
    ("inpaint/prior.py", "completed + smooth_fill(square - completed, ~unknown)", "completed", "tests/inpaint"),
    (
        "composite/paste.py",
        "np.minimum(np.float32(feather_px + 1), way_px)",
        "np.float32(feather_px + 1)",
        "tests/composite",
    ),
    (
        "composite/paste.py",
        "blended = np.rint(a * carried[soft] + (1.0 - a) * view[soft])",
        "blended = np.rint(a * carried[soft] + (1.0 - a) * carried[soft])",
        "tests/composite",
    ),
    ("composite/paste.py", "(inner.y0 + 0.5) * scale_y - 0.5]", "(inner.y0 + 0.5) * scale_y]", "tests/composite"),
    ("composite/paste.py", "& ~hole\n    miss", "\n    miss", "tests/composite"),
    ("composite/recopy.py", "or sx >= photo.shape[1] or hole[sy, sx]", "or sx >= photo.shape[1]", "tests/composite"),
    ("composite/recopy.py", "field = lift if copied else solved", "field = lift", "tests/composite"),
    ("select/terms.py", "if not 1 <= first <= last:", "if not 0 <= first <= last:", "tests/select"),
    ("select/terms.py", "if numbers[-1] > count:", "if numbers[0] > count:", "tests/select"),
    ("select/terms.py", "return min(hits, key", "return max(hits, key", "tests/select"),
    (
        "select/terms.py",
        '"others": lambda count: set(range(1, count))',
        '"others": lambda count: set(range(count))',
        "tests/select",
    ),
    ("select/terms.py", "set(range(count)) - named if", "named if", "tests/select"),
]


def survives(file: str, text: str, mutated: str, tests: str, copy: Path) -> str:
    """What becomes of a mutation."""
    path = copy / "eraser" / file
    original = path.read_text(encoding="utf-8")
    if original.count(text) != 1:
        return "STALE"
    path.write_text(original.replace(text, mutated), encoding="utf-8")
    try:
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests.split()]
        variables = {**os.environ, "PYTHONPATH": str(copy)}
        run = subprocess.run(command, cwd=copy, env=variables, capture_output=True, check=False, timeout=600)
        return "SURVIVED" if run.returncode == 0 else "caught"
    finally:
        path.write_text(original, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    chosen = [mutant for mutant in MUTANTS if args.only in " ".join(mutant)]
    verdicts = []
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "copy")
        skipped = shutil.ignore_patterns(".*", "runs", "build", "__pycache__")
        shutil.copytree(ROOT, copy, ignore=skipped)
        for file, text, mutated, tests in chosen:
            verdicts.append(survives(file, text, mutated, tests, copy))
            print(f"{verdicts[-1]:8}  {file}: {' '.join(text.split())!r} -> {' '.join(mutated.split())!r}", flush=True)
    print(f"{verdicts.count('caught')} of {len(verdicts)} caught")


if __name__ == "__main__":
    main()
