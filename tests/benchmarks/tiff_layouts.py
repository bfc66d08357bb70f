"""TIFF layouts, written by tifffile and read by us: ``python tests/benchmarks/tiff_layouts.py``.

Each is right (every sample within one level), refused with a reason, or wrong. None may be wrong.
"""

from __future__ import annotations

import collections
import io
import itertools
import sys

import numpy as np
import tifffile

from eraser.errors import PhotoReadError
from eraser.photo import load

COLOUR = np.random.default_rng(0).integers(0, 65536, (48, 64, 4)).astype(np.uint16)
KINDS = {"minisblack": 1, "miniswhite": 1, "rgb": 3}
CHOICES = {
    "photometric": ("minisblack", "miniswhite", "rgb"),
    "bits": (8, 16),
    "alpha": (False, True),
    "planar": ("contig", "separate"),
    "compression": (None, "zlib"),
    "predictor": (False, True),
    "tile": (None, (16, 16)),
    "order": ("<", ">"),
    "big": (False, True),
}


def layouts():
    """All that make sense."""
    for values in itertools.product(*CHOICES.values()):
        layout = dict(zip(CHOICES, values, strict=True))
        if layout["predictor"] and layout["compression"] is None:
            continue
        if layout["planar"] == "separate" and KINDS[layout["photometric"]] + layout["alpha"] == 1:
            continue
        yield layout


def write(layout):
    """The samples, (H, W, channels), and the file."""
    channels = KINDS[layout["photometric"]] + layout["alpha"]
    samples = COLOUR[..., :channels] if layout["bits"] == 16 else (COLOUR[..., :channels] >> 8).astype(np.uint8)
    stored = np.moveaxis(samples, -1, 0) if layout["planar"] == "separate" else samples
    file = io.BytesIO()
    tifffile.imwrite(
        file,
        stored[..., 0] if channels == 1 else np.ascontiguousarray(stored),
        photometric=layout["photometric"],
        planarconfig=None if channels == 1 else layout["planar"],
        extrasamples=["unassalpha"] if layout["alpha"] else None,
        compression=layout["compression"],
        predictor=layout["predictor"],
        tile=layout["tile"],
        byteorder=layout["order"],
        bigtiff=layout["big"],
        metadata=None,
    )
    return samples, file.getvalue()


def judge(layout):
    """What became of a layout."""
    try:
        samples, data = write(layout)
    except Exception as error:
        return f"not written ({type(error).__name__})"
    try:
        photo = load(data)
    except PhotoReadError as error:
        return f"refused: {str(error).partition(': ')[2][:90]}"
    eight = samples.astype(np.float64) / (257 if layout["bits"] == 16 else 1)
    count = KINDS[layout["photometric"]]
    colour = 255 - eight[..., :1] if layout["photometric"] == "miniswhite" else eight[..., :count]
    if np.abs(photo.image - colour).max() > 1:
        return "wrong colours"
    if layout["alpha"]:
        if photo.alpha is None:
            return "wrong: alpha is lost"
        if np.abs(photo.alpha - eight[..., -1]).max() > 1:
            return "wrong alpha"
    return "right, 16 bits kept" if photo.deep is not None else "right"


def main() -> None:
    """Print the counts, and each layout that is neither right nor refused."""
    counts, examples = collections.Counter(), collections.defaultdict(list)
    for layout in layouts():
        verdict = judge(layout)
        counts[verdict] += 1
        examples[verdict].append(layout)
    print(f"{sum(counts.values())} layouts, tifffile {tifffile.__version__}")
    for verdict, count in counts.most_common():
        print(f"{count:4} {verdict}")
        for layout in examples[verdict][:3] if not verdict.startswith("right") else ():
            print("       ", " ".join(f"{key}={value}" for key, value in layout.items()))
    sys.exit(any(verdict.startswith("wrong") for verdict in counts))


if __name__ == "__main__":
    main()
