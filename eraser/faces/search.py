"""Where a face is looked for: in the upper part of each person, in views whose scale fits the person.

A detector finds faces of some size only, so a person far away is enlarged and one close by is reduced. What belongs to
whom is decided by the masks: the face of a child in front is not its mother's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from eraser.faces.recognizer import Face, FaceRecognizer
from eraser.geometry import Box, FloatArray, ImageArray, Person

UPPER = 0.6
"""Share of a standing person's height in which the face is looked for: raised arms take a part of it."""
STANDING = 1.2
"""Height of a box in widths, from which on somebody stands; of others all of the box is looked at."""
MARGIN = 0.1
"""Room around a person, in parts of the box: masks end at the hair."""
FINER = 2.0
"""A person without a face is looked at again, in a view that is so much larger."""
MAX_ENLARGED = 5.0
"""No pixel is enlarged more: there would be nothing to see."""
EMBED_PX = 300.0
"""Larger faces are reduced to this before they become numbers; the networks take 112 and 150 px."""
AROUND = 0.6
"""Room around a face that the alignment may turn into the picture, in parts of its side."""
SAME_FACE = 0.3
"""Overlap in parts of their union, from which on two finds are one face."""
ENROL_VIEWS_PX = (640, 1280, 2560)
"""Longer sides in which the faces of a whole photo are looked for."""


@dataclass(frozen=True, slots=True)
class FaceFound:
    """A face in pixels of the photo, and its numbers."""

    face: Face
    numbers: FloatArray
    """(D,)."""


def faces_of_people(
    image: ImageArray, people: Sequence[Person], recognizer: FaceRecognizer
) -> tuple[tuple[FaceFound, ...], ...]:
    """The faces of each person, as a rule one or none.

    Args:
        image: (H, W, 3) RGB uint8, the photo at its own resolution.
        people: Everybody found in it.
        recognizer: What finds faces.
    """
    owned: list[list[Face]] = [[] for _ in people]
    for finer in (1.0, FINER):
        for index, person in enumerate(people):
            if owned[index]:
                continue
            for face in _look(image, _upper_part(person, image.shape), recognizer, finer):
                owner = _owner(face, people)
                if owner is not None and not any(_is_same(face, other) for other in owned[owner]):
                    owned[owner].append(face)
    return tuple(tuple(FaceFound(face, embed(image, face, recognizer)) for face in faces) for faces in owned)


def faces_of_photo(image: ImageArray, recognizer: FaceRecognizer) -> list[Face]:
    """All faces of a photo, the largest first; without looking for people."""
    found: list[Face] = []
    longer_px = max(image.shape[:2])
    for side_px in ENROL_VIEWS_PX:
        if found and side_px > 2 * ENROL_VIEWS_PX[0]:
            break
        scale = min(side_px / longer_px, MAX_ENLARGED)
        for face in _detect(image, Box.of_shape(image.shape), recognizer, scale):
            if not any(_is_same(face, other) for other in found):
                found.append(face)
    return sorted(found, key=lambda face: -face.side_px)


def embed(image: ImageArray, face: Face, recognizer: FaceRecognizer) -> FloatArray:
    """The numbers of a face, from the pixels of the photo around it."""
    room_px = AROUND * face.side_px
    x0, y0, x1, y1 = face.box
    around = Box(int(x0 - room_px), int(y0 - room_px), int(x1 + room_px) + 1, int(y1 + room_px) + 1)
    around = around.intersect(Box.of_shape(image.shape))
    scale = min(1.0, EMBED_PX / face.side_px)
    view = _view(image, around, scale)
    return recognizer.embed(view, face.moved(1.0, -around.x0, -around.y0).moved(scale, 0.0, 0.0))


def _upper_part(person: Person, shape: tuple[int, ...]) -> Box:
    box = person.box
    if box.height > STANDING * box.width:
        box = Box(box.x0, box.y0, box.x1, box.y0 + max(1, round(UPPER * box.height)))
    margin_px = max(2, round(MARGIN * max(box.width, box.height)))
    return box.grow(margin_px, margin_px, shape)


def _look(image: ImageArray, part: Box, recognizer: FaceRecognizer, finer: float) -> list[Face]:
    wanted = finer * recognizer.view_px / max(part.width, part.height)
    scale = min(wanted, MAX_ENLARGED)
    if finer > 1 and scale < wanted and scale <= recognizer.view_px / max(part.width, part.height):
        return []  # the first view was as large as this one would be
    return _detect(image, part, recognizer, scale)


def _detect(image: ImageArray, part: Box, recognizer: FaceRecognizer, scale: float) -> list[Face]:
    view = _view(image, part, scale)
    x_scale = view.shape[1] / part.width
    return [face.moved(1 / x_scale, part.x0, part.y0) for face in recognizer.detect(view)]


def _view(image: ImageArray, part: Box, scale: float) -> ImageArray:
    """A part of the photo, larger or smaller."""
    size_wh = max(1, round(part.width * scale)), max(1, round(part.height * scale))
    if size_wh == (part.width, part.height):
        return np.ascontiguousarray(image[part.slices])
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    resized: ImageArray = cv2.resize(image[part.slices], size_wh, interpolation=how)
    return resized


def _owner(face: Face, people: Sequence[Person]) -> int | None:
    """Whose mask holds the centre of a face; where people overlap, the smallest, who is in front of the larger."""
    x, y = (int(value) for value in face.centre)
    holding = [index for index, person in enumerate(people) if person.covers(x, y)]
    return min(holding, key=lambda index: people[index].area_px) if holding else None


def _is_same(one: Face, other: Face) -> bool:
    width = min(one.box[2], other.box[2]) - max(one.box[0], other.box[0])
    height = min(one.box[3], other.box[3]) - max(one.box[1], other.box[1])
    if width <= 0 or height <= 0:
        return False
    areas = [(face.box[2] - face.box[0]) * (face.box[3] - face.box[1]) for face in (one, other)]
    return width * height > SAME_FACE * (sum(areas) - width * height)
