"""Sheets that compare two fills without saying which is which, from folders that ``fill.py`` wrote.

    python tests/benchmarks/blind.py OUT/fill/guided OTHER/fill/guided SHEETS [--seed 71]

Writes SHEETS/00.png and so on, four photos each: the photo with its hole, then both results, in an order drawn for each
photo. SHEETS/key.json holds the order; write down what is better before you open it.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

CELL_WH = (334, 300)
ROWS = 4
HOLE = (255, 0, 255)


def row_of(name: str, shown: list[Image.Image], hole: np.ndarray) -> Image.Image:
    """One photo: each picture cut to the surroundings of the hole and scaled to its cell."""
    ys, xs = np.nonzero(hole)
    margin = max(np.ptp(ys), np.ptp(xs)) // 3
    box = (
        int(max(0, xs.min() - margin)),
        int(max(0, ys.min() - margin)),
        int(min(hole.shape[1], xs.max() + margin)),
        int(min(hole.shape[0], ys.max() + margin)),
    )
    row = Image.new("RGB", (CELL_WH[0] * len(shown), CELL_WH[1]))
    for place, image in enumerate(shown):
        cell = image.crop(box)
        scale = min((CELL_WH[0] - 4) / cell.width, (CELL_WH[1] - 4) / cell.height)
        cell = cell.resize((max(1, round(cell.width * scale)), max(1, round(cell.height * scale))))
        row.paste(cell, (place * CELL_WH[0], 0))
    ImageDraw.Draw(row).text((4, 4), name, fill=(255, 255, 0))
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("one", type=Path)
    parser.add_argument("other", type=Path)
    parser.add_argument("sheets", type=Path)
    parser.add_argument("--seed", type=int, default=71)
    args = parser.parse_args()
    args.sheets.mkdir(parents=True, exist_ok=True)
    rng, key, rows = np.random.default_rng(args.seed), {}, []
    for path in sorted(args.one.iterdir()):
        if not (args.other / path.name).exists():
            continue
        hole = np.asarray(Image.open(args.one.parent / "mask" / path.name).convert("L")) > 127
        order = [args.one, args.other] if rng.random() < 0.5 else [args.other, args.one]
        results = [Image.open(folder / path.name).convert("RGB") for folder in order]
        masked = Image.fromarray(np.where(hole[..., None], np.array(HOLE, np.uint8), np.asarray(results[0])))
        key[path.stem] = [str(folder) for folder in order]
        rows.append(row_of(path.stem, [masked, *results], hole))
    for start in range(0, len(rows), ROWS):
        sheet = Image.new("RGB", (CELL_WH[0] * 3, CELL_WH[1] * ROWS))
        for place, row in enumerate(rows[start : start + ROWS]):
            sheet.paste(row, (0, place * CELL_WH[1]))
        sheet.save(args.sheets / f"{start // ROWS:02d}.png")
    (args.sheets / "key.json").write_text(json.dumps(key, indent=1))
    print(f"{len(rows)} photos in {args.sheets}")


if __name__ == "__main__":
    main()
