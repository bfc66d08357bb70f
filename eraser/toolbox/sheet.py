"""A contact sheet: pictures of one size side by side, each with a line of text under it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from eraser.geometry import ImageArray, MaskArray

_GAP_SHARE, _FONT_SHARE, _MIN_FONT_PX = 1 / 40, 1 / 26, 13
_GROUND, _INK = (24, 24, 24), (235, 235, 235)


def draw_sheet(tiles: Sequence[tuple[str, ImageArray]], tile_px: int = 640) -> ImageArray:
    """Lay pictures out in rows, so that the sheet is about as wide as high.

    Args:
        tiles: Label and (H, W, 3) RGB uint8 picture; all pictures have one shape.
        tile_px: Longer side of a picture on the sheet; smaller pictures stay as they are.

    Returns:
        (h, w, 3) RGB uint8.

    Raises:
        ValueError: There is no tile, or their shapes differ.
    """
    if len({picture.shape for _, picture in tiles}) != 1:
        raise ValueError("a sheet needs pictures, all of one shape")
    height, width = tiles[0][1].shape[:2]
    scale = min(1.0, tile_px / max(height, width))
    width, height = max(1, round(width * scale)), max(1, round(height * scale))
    gap_px = max(4, round(tile_px * _GAP_SHARE))
    font = ImageFont.load_default(max(_MIN_FONT_PX, round(tile_px * _FONT_SHARE)))
    ascent, descent = font.getmetrics() if isinstance(font, ImageFont.FreeTypeFont) else (_MIN_FONT_PX, 0)
    line_px = ascent + descent
    cell_w = max(width, *(math.ceil(font.getlength(label)) for label, _ in tiles)) + gap_px
    cell_h = height + line_px + 2 * gap_px
    columns = min(len(tiles), max(1, round(math.sqrt(len(tiles) * cell_h / cell_w))))
    rows = math.ceil(len(tiles) / columns)

    sheet = Image.new("RGB", (columns * cell_w + gap_px, rows * cell_h + gap_px), _GROUND)
    pen = ImageDraw.Draw(sheet)
    for index, (label, picture) in enumerate(tiles):
        x, y = gap_px + index % columns * cell_w, gap_px + index // columns * cell_h
        small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA) if scale < 1.0 else picture
        sheet.paste(Image.fromarray(small), (x, y))
        pen.text((x, y + height + gap_px // 2), label, fill=_INK, font=font)
    return np.array(sheet)


def draw_mask(image: ImageArray, hole: MaskArray) -> ImageArray:
    """The photo, darkened, with the (H, W) bool hole in white."""
    drawn: ImageArray = image // 3
    drawn[hole] = 255
    return drawn
