"""What can be watched: a table of figures, a picture of completions and, where installed, TensorBoard."""

from __future__ import annotations

import csv
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from torch import Tensor

from eraser.geometry import ImageArray

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

log = logging.getLogger(__name__)

CURVE = "curve.csv"
GRID = "grid.png"


class Report:
    """Writes into the folder of a run."""

    def __init__(self, run_dir: Path) -> None:
        """Open TensorBoard's log in ``run_dir`` if its package is there."""
        self._run_dir = run_dir
        self._board = _open_board(run_dir)

    def scalars(self, step: int, values: Mapping[str, float], group: str) -> None:
        """Figures for TensorBoard."""
        if self._board is not None:
            for name, value in values.items():
                self._board.add_scalar(f"{group}/{name}", value, step)

    def row(self, values: Mapping[str, float | int | str]) -> None:
        """One more line of the curve; a file with other columns is kept aside."""
        path = self._run_dir / CURVE
        header = path.read_text(encoding="utf-8").partition("\n")[0].strip().split(",") if path.is_file() else []
        new = set(header) != set(values)
        if header and new:
            path.replace(path.with_suffix(".old.csv"))
        with path.open("a", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, list(values) if new else header, lineterminator="\n")
            if new:
                writer.writeheader()
            writer.writerow(values)

    def grid(self, step: int, pictures: Tensor, holes: Tensor, filled: Tensor) -> None:
        """Rows of: picture with its hole grey, completion, truth; (B, 3, P, P) each, in [-1, 1]."""
        grid = contact_grid(pictures, holes, filled)
        Image.fromarray(grid).save(self._run_dir / GRID)
        if self._board is not None:
            self._board.add_image("validation", grid, step, dataformats="HWC")

    def close(self) -> None:
        """Flush what is left."""
        if self._board is not None:
            self._board.close()


def contact_grid(pictures: Tensor, holes: Tensor, filled: Tensor, columns: int = 4) -> ImageArray:
    """Triples (hole, completion, truth) side by side, ``columns`` of them in a row."""
    triples = [pictures * (1 - holes), filled, pictures]
    strip = np.stack([_to_uint8(part) for part in triples], axis=1)  # (B, 3, P, P, 3)
    columns = min(columns, len(strip))
    rows = len(strip) // columns  # a last row that is not full is left out
    side = strip.shape[2]
    cells = strip[: rows * columns].reshape(rows, columns, 3, side, side, 3)
    return np.ascontiguousarray(cells.transpose(0, 3, 1, 2, 4, 5).reshape(rows * side, columns * 3 * side, 3))


def _to_uint8(pictures: Tensor) -> ImageArray:
    """(B, P, P, 3) RGB."""
    scaled = ((pictures.float().clamp(-1, 1) + 1) * 127.5).round()
    return scaled.permute(0, 2, 3, 1).cpu().numpy().astype(np.uint8)


def _open_board(run_dir: Path) -> SummaryWriter | None:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        log.info("tensorboard is not installed: the figures go to %s only", CURVE)
        return None
    return SummaryWriter(str(run_dir / "tensorboard"))
