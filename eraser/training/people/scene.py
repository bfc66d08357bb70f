"""A training picture in the making: pixels, and to whom each of them belongs."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from eraser.training.files import UInt8Array
from eraser.training.people.photos import Polygon

GREY = 114
"""Around photos, as around the network's input when people are looked for."""
CELL_PX = 8
"""Side of the cells of the network's finest grid."""
MASK_STRIDE = 4
"""Pixels of a picture a cell of its masks."""
_SMALLEST_AREA_PX = 20
_SMALLEST_SIDE_PX = 4
"""Less than that of somebody is not asked for: the network's finest cells are 8 pixels wide."""


@dataclass(slots=True)
class Scene:
    """Painted from back to front: who comes later covers who came before, in the pixels and in the masks."""

    pixels: UInt8Array
    """(H, W, 3) RGB."""
    owners: npt.NDArray[np.uint16]
    """(H, W), 0 is nobody, k the k-th person that was painted."""
    ignored: npt.NDArray[np.bool_]
    """(H, W), where nobody knows whether somebody is there: left out of the loss."""
    count: int = 0
    """People painted so far."""

    @classmethod
    def blank(cls, width: int, height: int) -> Scene:
        """Nothing but grey."""
        shape = (height, width)
        return cls(np.full((*shape, 3), GREY, np.uint8), np.zeros(shape, np.uint16), np.zeros(shape, np.bool_))

    @property
    def size_wh(self) -> tuple[int, int]:
        """Width and height."""
        return self.owners.shape[1], self.owners.shape[0]

    def lay(
        self,
        photo: UInt8Array,
        polygons: tuple[Polygon, ...],
        matrix: npt.NDArray[np.float64],
        ignored: tuple[Polygon, ...] = (),
    ) -> None:
        """Cover the scene with a photo and its people.

        Args:
            photo: (h, w, 3) RGB.
            polygons: Its people, the largest first: whoever is smaller is usually in front where two overlap.
            matrix: (2, 3) from the photo's pixels to the scene's.
            ignored: Its regions to leave out of the loss.
        """
        height, width = photo.shape[:2]
        scale = float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))
        from_photo = matrix
        if scale < 0.6:  # bilinear sampling would skip pixels
            photo = cv2.resize(photo, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
            # Pixel centres: (i + 1/2) / 2 - 1/2 of the smaller photo is i of the larger.
            halved = np.array([[width / photo.shape[1], 0, 0.5], [0, height / photo.shape[0], 0.5]])
            from_photo = np.column_stack([matrix[:, :2] @ halved[:, :2], matrix[:, :2] @ halved[:, 2] + matrix[:, 2]])
        cv2.warpAffine(
            photo,
            from_photo,
            self.size_wh,
            dst=self.pixels,
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=(GREY, GREY, GREY),
        )

        def in_scene(polygon: Polygon) -> list[npt.NDArray[np.int32]]:
            # Polygons are in coordinates where a pixel's centre is at + 1/2.
            points = (polygon * (width, height) - 0.5) @ matrix[:, :2].T + matrix[:, 2]
            return [np.round(points * 8).astype(np.int32)]

        unsure = np.zeros(self.ignored.shape, np.uint8)
        for polygon in ignored:
            cv2.fillPoly(unsure, in_scene(polygon), 1, shift=3)
        self.ignored[:] = unsure > 0
        for polygon in polygons:
            self.count += 1
            cv2.fillPoly(self.owners, in_scene(polygon), self.count, shift=3)

    def put(self, other: Scene, x: int, y: int) -> None:
        """Set another scene into this one, its left upper corner at x, y."""
        width, height = other.size_wh
        region = np.s_[y : y + height, x : x + width]
        self.pixels[region] = other.pixels
        self.owners[region] = np.where(other.owners > 0, other.owners + self.count, 0)
        self.ignored[region] = other.ignored
        self.count += other.count

    def flip(self) -> None:
        """Left becomes right."""
        self.pixels, self.owners, self.ignored = self.pixels[:, ::-1], self.owners[:, ::-1], self.ignored[:, ::-1]

    def ignored_cells(self) -> UInt8Array:
        """(H / 8, W / 8), 1 where most of a cell of the network's finest grid is ignored and nobody is seen."""
        share = (self.ignored & (self.owners == 0)).astype(np.float32)
        size_wh = (self.size_wh[0] // CELL_PX, self.size_wh[1] // CELL_PX)
        return np.asarray(cv2.resize(share, size_wh, interpolation=cv2.INTER_AREA) > 0.5, np.uint8)

    def targets(self) -> tuple[npt.NDArray[np.float32], UInt8Array]:
        """What the network shall say.

        Returns:
            (N, 4) boxes around what is visible of each person, x and y of the middle, width and height in parts of
            the scene; and (H / 4, W / 4) masks, where n + 1 is the n-th box's person and 0 nobody.
        """
        width, height = self.size_wh
        boxes: list[tuple[float, float, float, float]] = []
        cells = np.zeros((height // MASK_STRIDE, width // MASK_STRIDE), np.uint8)
        visible = np.bincount(self.owners.ravel(), minlength=self.count + 1)
        for person in range(1, self.count + 1):
            if visible[person] < _SMALLEST_AREA_PX or len(boxes) == np.iinfo(np.uint8).max:
                continue
            mask = self.owners == person
            x, y, w, h = cv2.boundingRect(mask.view(np.uint8))
            if min(w, h) < _SMALLEST_SIDE_PX:
                continue
            boxes.append(((x + w / 2) / width, (y + h / 2) / height, w / width, h / height))
            share = cv2.resize(mask.view(np.uint8) * 255, cells.shape[::-1], interpolation=cv2.INTER_AREA)
            cells[share > 127] = len(boxes)
        return np.array(boxes, np.float32).reshape(-1, 4), cells
