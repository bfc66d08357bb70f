"""Prior networks: each expects something in the hole, and says how sure it is; patch transfer makes it real."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import cv2
import numpy as np

from eraser.geometry import Box, FloatArray, ImageArray, MaskArray
from eraser.inpaint.base import InpainterContext
from eraser.inpaint.exported import CONVENTIONS, ExportedInpainter, load_exported
from eraser.inpaint.generator import GeneratorInpainter, load_generator_inpainter
from eraser.inpaint.sizes import resize_back, resize_to_square
from eraser.inpaint.smooth import smooth_fill
from eraser.weights import obtain

NEAR_CONTEXTS = (0.35,)
"""Surroundings of a nearer view on each side, in parts of the hole's longer side; the whole crop is a view, too."""
SEVERAL_VIEWS_PX = 128
"""Largest side of a network that is shown several views: a larger one takes too long, and sees more at once."""
UNSURE_LEVELS = 12.0
"""Spread of the completions, in grey levels, at which the confidence is exp(-1)."""
CONFIDENCE_BLUR_PX = 6.0


class Prior(Protocol):
    """Expects something in a hole."""

    weights_name: str
    weights_sha256: str
    pull_until: float
    """Depth of the finest level of the patch search that is pulled to the prior's colours: 1 is the coarsest level, 0
    the finest. A prior that is sharp may pull finer levels."""

    def predict(self, image: ImageArray, hole: MaskArray, /) -> tuple[ImageArray, FloatArray]:
        """What belongs in the hole, and how sure that is.

        Args:
            image: (h, w, 3) RGB uint8.
            hole: (h, w) bool.

        Returns:
            (h, w, 3) uint8, ``image`` outside the hole; and the confidence, (h, w) float32 in [0, 1].
        """


class ExportedPrior:
    """LaMa or MI-GAN as the prior. One completion: there is no spread to tell the confidence from, so it is 1."""

    pull_until = 0.0

    def __init__(self, network: ExportedInpainter) -> None:
        self._network = network
        self.weights_name, self.weights_sha256 = network.weights_name, network.weights_sha256

    def predict(self, image: ImageArray, hole: MaskArray, /) -> tuple[ImageArray, FloatArray]:
        """As ``Prior.predict``.

        Raises:
            InpainterError: The network returns something else than a picture.
            DeviceError: The memory does not suffice.
        """
        completed = self._network(image, hole).image
        return np.where(hole[..., None], completed, image), np.ones(hole.shape, np.float32)


class GeneratorPrior:
    """The PEN-Net generator as the prior."""

    pull_until = 0.2

    def __init__(self, network: GeneratorInpainter) -> None:
        self._network = network
        self.weights_name, self.weights_sha256 = network.weights_name, network.weights_sha256

    def predict(self, image: ImageArray, hole: MaskArray) -> tuple[ImageArray, FloatArray]:
        """What the generator expects in the hole, and how sure it is.

        A small network is shown nearer and wider surroundings and their mirror images. The mean of its completions is
        nearer to the truth than each of them, and where they differ it is unsure.

        Returns:
            (h, w, 3) uint8, ``image`` outside the hole; and (h, w) float32 in [0, 1], 1 where all completions agree.
        """
        box = Box.of_mask(hole)
        if box is None:
            return image, np.ones(hole.shape, np.float32)
        several = self._network.size_px <= SEVERAL_VIEWS_PX
        margins_px = [round(share * max(box.width, box.height)) for share in NEAR_CONTEXTS] if several else []
        whole = Box(0, 0, hole.shape[1], hole.shape[0])
        views = {whole, *(box.grow(margin_px, margin_px, hole.shape) for margin_px in margins_px)}
        # The sum of the completions and of their squares, which give mean and spread.
        total, squares = np.zeros(image.shape, np.float32), np.zeros(image.shape, np.float32)
        for view in sorted(views):
            for completed in self._complete(image[view.slices], hole[view.slices]):
                total[view.slices] += completed
                squares[view.slices] += np.square(completed, dtype=np.float32)
        count = np.float32(2 * len(views))
        mean = total / count
        variance = np.maximum(squares / count - np.square(mean), 0.0).mean(axis=2)
        smooth = cv2.GaussianBlur(variance * hole, (0, 0), CONFIDENCE_BLUR_PX)
        share = np.maximum(cv2.GaussianBlur(hole.astype(np.float32), (0, 0), CONFIDENCE_BLUR_PX), 1e-3)
        confidence = np.exp(-smooth / share / np.float32(UNSURE_LEVELS**2))
        return np.where(hole[..., None], np.rint(mean).astype(np.uint8), image), confidence

    def _complete(self, image: ImageArray, hole: MaskArray) -> Iterator[ImageArray]:
        """(h, w, 3) uint8: what the network makes of a view, and of its mirror image."""
        square, unknown = resize_to_square(image, hole, self._network.size_px)
        flipped = np.ascontiguousarray(square[:, ::-1]), np.ascontiguousarray(unknown[:, ::-1])
        for completed in (self._network.complete(square, unknown), self._network.complete(*flipped)[:, ::-1]):
            corrected = completed
            if not unknown.all():
                # The network redraws what is known, too: by how much it misses that is taken off the hole, smoothly.
                corrected = completed + smooth_fill(square - completed, ~unknown)
            yield resize_back(corrected, hole.shape)


def load_prior(context: InpainterContext) -> Prior:
    """The prior network of the weights that the context names.

    Raises:
        WeightsError: They are not here and cannot be fetched, or cannot be used.
        DeviceError: The device's memory does not suffice.
    """
    if context.weights in CONVENTIONS:
        return ExportedPrior(load_exported(obtain(context.weights, "fill", offline=context.offline), context.device))
    return GeneratorPrior(load_generator_inpainter(context))
