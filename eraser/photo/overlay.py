"""Numbered outlines: the photo that shows who was found, and who is to go."""

from __future__ import annotations

import colorsys
import math
from collections.abc import Collection, Sequence

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from eraser.geometry import Box, ImageArray, Person, check_image

_LINE_SHARE, _MIN_LINE_PX = 1 / 350, 1
_FONT_SHARE, _MIN_FONT_PX = 1 / 32, 12
_SMALLEST_FONT = 0.55  # of the usual size, beside people who are small themselves
_TINT = 0.45
_GOLDEN = (math.sqrt(5) - 1) / 2
_LUMA, _MIN_LUMA = np.array((0.299, 0.587, 0.114)), 0.5
_BACKING = (16, 16, 16)


def draw_people(
    image: ImageArray, people: Sequence[Person], going: Collection[int] = (), names: Sequence[str] = ()
) -> ImageArray:
    """Outline everybody and write their numbers, and names, beside them.

    Lines and letters grow with the photo. A number stands above the head where there is room, never off the photo, and
    where it can, not on another number.

    Args:
        image: (H, W, 3) RGB uint8.
        people: The first has number 1. Drawn in this order, so that large people first leaves the small ones visible.
        going: Indices from 0 on of those who are to go: they are tinted.
        names: What stands behind the number of each; empty for numbers alone.

    Returns:
        A new (H, W, 3) RGB uint8 image.
    """
    check_image(image)
    drawn = np.array(image, order="C")
    scale_px = math.sqrt(drawn.shape[0] * drawn.shape[1])
    line_px = max(_MIN_LINE_PX, round(scale_px * _LINE_SHARE))
    for index, person in enumerate(people):
        colour = _colour(index)
        if index in going:
            _tint(drawn, person, colour)
        _outline(drawn, person, colour, line_px)
    taken: list[Box] = []
    for index, person in enumerate(people):
        usual_px = scale_px * _FONT_SHARE
        font_px = max(_MIN_FONT_PX, round(min(usual_px, max(usual_px * _SMALLEST_FONT, person.box.height / 4))))
        text = f"{index + 1} {names[index]}".strip() if names else str(index + 1)
        label = _label(text, font_px, _colour(index))[: drawn.shape[0], : drawn.shape[1]]
        box = _place(label.shape, person, drawn.shape, taken)
        drawn[box.slices] = label
        taken.append(box)
    return drawn


def _colour(index: int) -> tuple[int, int, int]:
    """Bright RGB; the golden ratio keeps neighbouring numbers, and any few in a row, far apart in hue."""
    rgb = np.array(colorsys.hsv_to_rgb(index * _GOLDEN % 1.0, 0.85 if index % 2 == 0 else 0.6, 1.0))
    luma = float(rgb @ _LUMA)
    white = max(0.0, (_MIN_LUMA - luma) / (1.0 - luma))  # blue is too dark to be read on the plate
    red, green, blue = np.rint(255 * (rgb + white * (1.0 - rgb)))
    return int(red), int(green), int(blue)


def _tint(drawn: ImageArray, person: Person, colour: tuple[int, int, int]) -> None:
    region = drawn[person.box.slices]
    mixed = region[person.mask] * (1 - _TINT) + np.array(colour) * _TINT
    region[person.mask] = np.rint(mixed).astype(np.uint8)


def _outline(drawn: ImageArray, person: Person, colour: tuple[int, int, int], line_px: int) -> None:
    """A line on the edge of the mask, holes included, dark on both sides so that it shows on any ground."""
    contours, _ = cv2.findContours(person.mask.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    # the line hides what it strays; drawing every pixel step of a large mask takes ten times as long
    contours = [cv2.approxPolyDP(contour, line_px / 4, True) for contour in contours]
    offset = (person.box.x0, person.box.y0)
    cv2.drawContours(drawn, contours, -1, (0, 0, 0), line_px + 2 * max(1, line_px // 2), cv2.LINE_AA, offset=offset)
    cv2.drawContours(drawn, contours, -1, colour, line_px, cv2.LINE_AA, offset=offset)


def _label(text: str, font_px: int, colour: tuple[int, int, int]) -> ImageArray:
    """(h, w, 3): the text on a dark plate framed in its colour."""
    font = ImageFont.load_default(font_px)
    left, top, right, bottom = (round(edge) for edge in font.getbbox(text))
    margin_px = max(2, font_px // 5)
    plate = Image.new("RGB", (right - left + 2 * margin_px, bottom - top + 2 * margin_px), _BACKING)
    pen = ImageDraw.Draw(plate)
    pen.text((margin_px - left, margin_px - top), text, fill=colour, font=font)
    pen.rectangle((0, 0, plate.width - 1, plate.height - 1), outline=colour, width=max(1, font_px // 14))
    return np.array(plate)


def _place(shape: tuple[int, ...], person: Person, photo: tuple[int, ...], taken: Sequence[Box]) -> Box:
    """Where a label of ``shape`` goes: of the places around the head and the body, the first with least overlap."""
    height, width = shape[:2]
    box = person.box
    head = person.mask[: max(1, box.height // 10)]
    middle = box.x0 + int(np.flatnonzero(head.any(axis=0)).mean()) if head.any() else (box.x0 + box.x1) // 2
    left, centre = middle - width // 2, (box.y0 + box.y1 - height) // 2
    corners = [
        (left, box.y0 - height),
        (left, box.y0),
        (box.x0 - width, box.y0),
        (box.x1, box.y0),
        (left, centre),
        (box.x0 - width, centre),
        (box.x1, centre),
        (left, box.y1 - height),
        (left, box.y1),
    ]
    places = []
    for x, y in corners:
        x0, y0 = min(max(x, 0), photo[1] - width), min(max(y, 0), photo[0] - height)
        places.append(Box(x0, y0, x0 + width, y0 + height))
    return min(places, key=lambda place: sum(_overlap_px(place, other) for other in taken))


def _overlap_px(one: Box, other: Box) -> int:
    both = one.intersect(other)
    return 0 if both.is_empty() else both.width * both.height
