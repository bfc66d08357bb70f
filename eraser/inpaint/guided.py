"""The inpainter ``guided``: the generator leads at low resolution, patch transfer carries on at the crop's own.

The network knows what belongs behind a person, and is blurred; the patch search copies real pixels, and does not know
what to continue. So the search begins with the network's completion instead of a smooth fill, and its votes on coarse
levels are drawn most of the way to the colours of that completion. Whatever the network says that no patch can be
found for, the patches overrule.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator

import cv2
import numpy as np

from eraser.config import MODEL_DEFAULTS
from eraser.errors import WeightsNotFoundError
from eraser.geometry import Box, FloatArray, ImageArray, MaskArray
from eraser.inpaint import patches
from eraser.inpaint.base import Fill, Inpainter, InpainterContext
from eraser.inpaint.generator import GeneratorInpainter, load_generator_inpainter
from eraser.inpaint.sizes import resize_back, resize_to_square
from eraser.inpaint.smooth import smooth_fill

log = logging.getLogger(__name__)

LICENCE = "AGPL-3.0-or-later"
WEIGHTS = "fill"
"""Those of the default; `eraser inpainters list` says whether they are here."""
NEAR_CONTEXTS = (0.35,)
"""Surroundings of a nearer view on each side, in parts of the hole's longer side; the whole crop is a view, too."""
SEVERAL_VIEWS_PX = 128
"""Largest side of a network that is shown several views: a larger one takes too long, and sees more at once."""
UNSURE_LEVELS = 12.0
"""Spread of the completions, in grey levels, at which the confidence is exp(-1)."""
CONFIDENCE_BLUR_PX = 6.0


class GuidedInpainter:
    """Patch search that keeps to the colours of a generator's completion where the generator is sure."""

    def __init__(self, network: GeneratorInpainter) -> None:
        self._network = network
        self.weights_name, self.weights_sha256 = network.weights_name, network.weights_sha256

    def __call__(self, image: ImageArray, hole: MaskArray, /) -> Fill:
        """Complete an RGB uint8 (h, w, 3) crop where the (h, w) bool hole is set.

        Raises:
            DeviceError: The memory does not suffice.
        """
        prior, confidence = self.predict(image, hole)
        return patches.transfer(image, hole, prior=prior, confidence=confidence)

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


def load_inpainter(context: InpainterContext) -> Inpainter:
    """The inpainter ``guided``; without weights of the default name it is ``patches``, never an untrained network.

    Raises:
        WeightsError: Weights that were asked for by name are not there, or there are some that cannot be used.
        DeviceError: The device's memory does not suffice.
    """
    try:
        return GuidedInpainter(load_generator_inpainter(context))
    except WeightsNotFoundError as error:
        if context.weights != MODEL_DEFAULTS.fill_weights:
            raise
        log.info("no weights lead the fill, patches alone do it: %s", error)
        return patches.load_inpainter(context)
