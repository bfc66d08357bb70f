"""The inpainter ``guided``: a prior network completes the hole at low resolution, patch transfer makes it sharp.

The network knows what belongs behind a person, but is blurred. The patch search copies real pixels, but does not know
what to continue. So the search starts from the network's completion instead of a smooth fill, and on coarse levels its
colours are pulled towards that completion. Where no source patch resembles the completion, the patch search wins.
"""

from __future__ import annotations

import logging

from eraser.config import MODEL_DEFAULTS
from eraser.errors import WeightsNotFoundError
from eraser.geometry import ImageArray, MaskArray
from eraser.inpaint import patches
from eraser.inpaint.base import Fill, Inpainter, InpainterContext
from eraser.inpaint.prior import Prior, load_prior

log = logging.getLogger(__name__)

LICENCE = "AGPL-3.0-or-later"
WEIGHTS = "fill"
"""Those of the default; `eraser inpainters list` says whether they are here."""


class GuidedInpainter:
    """Patch search that keeps to the colours of a prior network's completion where the network is sure."""

    def __init__(self, prior: Prior) -> None:
        self._prior = prior
        self.weights_name, self.weights_sha256 = prior.weights_name, prior.weights_sha256
        self._params = patches.PatchParams(pull_until=prior.pull_until)

    def __call__(self, image: ImageArray, hole: MaskArray, /) -> Fill:
        """Complete an RGB uint8 (h, w, 3) crop where the (h, w) bool hole is set.

        Raises:
            DeviceError: The memory does not suffice.
        """
        prior, confidence = self._prior.predict(image, hole)
        return patches.transfer(image, hole, prior=prior, confidence=confidence, params=self._params)


def load_inpainter(context: InpainterContext) -> Inpainter:
    """The inpainter ``guided``; without weights of the default name it is ``patches``, never an untrained network.

    Raises:
        WeightsError: Weights that were asked for by name are not there, or there are some that cannot be used.
        DeviceError: The device's memory does not suffice.
    """
    try:
        return GuidedInpainter(load_prior(context))
    except WeightsNotFoundError as error:
        if context.weights != MODEL_DEFAULTS.fill_weights:
            raise
        log.info("no prior network, patches alone fill the hole: %s", error)
        return patches.load_inpainter(context)
