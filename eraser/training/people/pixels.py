"""Pictures of any size decoded once, end to end in one memory-mapped file that all processes share."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from eraser.errors import PhotoReadError
from eraser.system.files import whole_file
from eraser.training.files import UInt8Array


@dataclass(frozen=True, slots=True)
class PixelBank:
    """Pictures that can be looked at without decoding anything."""

    pixels: UInt8Array
    """All pictures, flat; may be a memory map."""
    table: npt.NDArray[np.int64]
    """(N, 3) where a picture begins, its height and its width."""
    notes: tuple[str, ...]
    """(N,) one word for each picture."""
    channels: int
    """3 for RGB, 4 for RGBA."""
    made_of: str = ""
    """Changes with the inputs of ``load_bank``; empty where the bank is of no file."""

    def __len__(self) -> int:
        return len(self.table)

    def __getitem__(self, index: int) -> UInt8Array:
        """(H, W, channels), not to be written to."""
        start, height, width = self.table[index].tolist()
        return self.pixels[start : start + height * width * self.channels].reshape(height, width, self.channels)


def load_bank(
    stem: Path, inputs: object, channels: int, decode: Callable[[], Iterable[tuple[UInt8Array, str]]]
) -> PixelBank:
    """A bank from its file; decoded when the file is missing, or was made of other inputs.

    Args:
        stem: File without suffix.
        inputs: What the bank is made of; its ``repr`` is compared.
        channels: Of the pictures.
        decode: Gives each (H, W, channels) picture and its note.

    Raises:
        PhotoReadError: There is no picture.
    """
    table_path, pixels_path = stem.with_suffix(".json"), stem.with_suffix(".bin")
    made_of = hashlib.sha256(repr(inputs).encode()).hexdigest()
    table = json.loads(table_path.read_text(encoding="utf-8")) if table_path.is_file() else {}
    if table.get("made_of") != made_of:
        # Before the pixels change: a run that is killed in between must not leave the old table on new pixels.
        table_path.unlink(missing_ok=True)
        table = {"made_of": made_of, **_write(pixels_path, decode())}
        # Written last: a bank is complete when its table is there.
        with whole_file(table_path) as temporary:
            temporary.write_text(json.dumps(table), encoding="utf-8")
    if not table["notes"]:
        raise PhotoReadError(f"there is nothing to train on for {stem.name}: name folders that hold photos")
    pixels = np.memmap(pixels_path, np.uint8, mode="r")
    return PixelBank(pixels, np.array(table["rows"], np.int64), tuple(table["notes"]), channels, made_of)


def shrink(picture: UInt8Array, longest_px: int) -> UInt8Array:
    """The (H, W, C) picture, made smaller when its longer side is above ``longest_px``."""
    height, width = picture.shape[:2]
    scale = longest_px / max(height, width)
    if scale >= 1:
        return picture
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def _write(path: Path, pictures: Iterable[tuple[UInt8Array, str]]) -> dict[str, list[object]]:
    rows: list[object] = []
    notes: list[object] = []
    start = 0
    path.parent.mkdir(parents=True, exist_ok=True)
    # Beside the old file: another process may still have that one mapped.
    with whole_file(path) as temporary, temporary.open("wb") as stream:
        for picture, note in pictures:
            rows.append((start, *picture.shape[:2]))
            notes.append(note)
            stream.write(np.ascontiguousarray(picture).tobytes())
            start += picture.size
    return {"rows": rows, "notes": notes}
