"""Coverage-guided fuzzing of one target: ``python tests/hostile/fuzz.py xmp -max_total_time=600`` (needs atheris)."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import atheris

sys.path.insert(0, os.fspath(Path(__file__).parents[2]))

with atheris.instrument_imports(include=["eraser.photo", "eraser.weights.manifest"]):
    from tests.hostile.targets import TARGETS, seeds


def main() -> None:
    """Fuzz the target named first; further arguments are libFuzzer's."""
    name = sys.argv.pop(1)
    folder = Path(tempfile.mkdtemp(prefix=f"fuzz-{name}-"))
    for number, seed in enumerate(seeds(name)):
        (folder / str(number)).write_bytes(seed)
    atheris.Setup([sys.argv[0], *sys.argv[1:], os.fspath(folder)], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
