"""The inpainter ``guided``: the generator leads at low resolution, patch transfer carries on at the crop's own.

The network knows what belongs behind a person, and is blurred; the patch search copies real pixels, and does not know
what to continue. So the search begins with the network's completion instead of a smooth fill, and its votes on coarse
levels are drawn most of the way to the colours of that completion. Whatever the network says that no patch can be
found for, the patches overrule.
"""

from __future__ import annotations

import logging

import numpy as np

from eraser.config import DEFAULTS
from eraser.errors import WeightsNotFoundError
from eraser.geometry import Box, ImageArray, MaskArray
from eraser.inpaint import patches
from eraser.inpaint.base import Fill, Inpainter, InpainterContext
from eraser.inpaint.generator import GeneratorInpainter, load_generator_inpainter, squeeze, stretch
from eraser.inpaint.smooth import diffuse

log = logging.getLogger(__name__)

LICENCE = "AGPL-3.0-or-later"
WEIGHTS = "fill"
"""Those of the default; `eraser inpainters list` says whether they are here."""
NEAR_CONTEXTS = (0.35,)
"""Surroundings of a nearer look on each side, in parts of the hole's longer side; the whole crop is looked at, too."""
SEVERAL_LOOKS_PX = 128
"""Largest side of a network that looks several times: a larger one takes too long, and sees more at once."""


class GuidedInpainter:
    """Patch transfer that starts from a generator's completion."""

    def __init__(self, leader: GeneratorInpainter) -> None:
        self._leader = leader
        self.weights_name, self.weights_sha256 = leader.weights_name, leader.weights_sha256

    def __call__(self, image: ImageArray, hole: MaskArray, /) -> Fill:
        """Complete an RGB uint8 (h, w, 3) crop where the (h, w) bool hole is set.

        Raises:
            DeviceError: The memory does not suffice.
        """
        return patches.transfer(image, hole, start=self.lead(image, hole))

    def lead(self, image: ImageArray, hole: MaskArray) -> ImageArray:
        """(h, w, 3) uint8: the completion that the search begins with.

        A small network looks several times, at nearer and wider surroundings and at their mirror images, and the mean
        of what it says is nearer to the truth than each.
        """
        box = Box.of_mask(hole)
        if box is None:
            return image
        often = self._leader.size_px <= SEVERAL_LOOKS_PX
        margins_px = [round(share * max(box.width, box.height)) for share in NEAR_CONTEXTS] if often else []
        whole = Box(0, 0, hole.shape[1], hole.shape[0])
        looks = {whole, *(box.grow(margin_px, margin_px, hole.shape) for margin_px in margins_px)}
        total = np.zeros(image.shape, np.float32)
        for look in sorted(looks):
            total[look.slices] += self._complete(image[look.slices], hole[look.slices], mirrored=often)
        mean = np.rint(total / np.float32(len(looks))).astype(np.uint8)
        return np.where(hole[..., None], mean, image)

    def _complete(self, image: ImageArray, hole: MaskArray, *, mirrored: bool) -> ImageArray:
        """(h, w, 3) uint8: what the network makes of some surroundings."""
        square, unknown = squeeze(image, hole, self._leader.size_px)
        completed = self._leader.complete(square, unknown)
        if mirrored:
            flipped = np.ascontiguousarray(square[:, ::-1]), np.ascontiguousarray(unknown[:, ::-1])
            completed = (completed + self._leader.complete(*flipped)[:, ::-1]) * np.float32(0.5)
        if not unknown.all():
            # The network redraws what is known, too: by how much it misses that is taken off the hole, smoothly.
            completed = completed + diffuse(square - completed, ~unknown)
        return stretch(completed, hole.shape)


def load_inpainter(context: InpainterContext) -> Inpainter:
    """The inpainter ``guided``; without weights of the default name it is ``patches``, never an untrained network.

    Raises:
        WeightsError: Weights that were asked for by name are not there, or there are some that cannot be used.
        DeviceError: The device's memory does not suffice.
    """
    try:
        return GuidedInpainter(load_generator_inpainter(context))
    except WeightsNotFoundError as error:
        if context.weights != DEFAULTS.fill_weights:
            raise
        log.info("no weights lead the fill, patches alone do it: %s", error)
        return patches.load_inpainter(context)
