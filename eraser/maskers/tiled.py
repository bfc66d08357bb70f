"""The masker that is made of a detector: tiles, one outline a person, belongings, edges.

plan_tiles         a large photo -> the views beside the whole: small people are large in them
detect             view -> a first outline of everybody, and of things that may be theirs
verify             each of them once more, cut out of the view
merge_views        everybody once, whole
assign_belongings  bags, boards and bicycles become part of their people
refine             outline -> mask at the photo's resolution, along the edges that the photo shows
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias

from eraser.geometry import Box, ImageArray, Person, check_image
from eraser.maskers.belongings import OWNERSHIP_RULES, Thing, assign_belongings
from eraser.maskers.deduplicate import deduplicate
from eraser.maskers.detection import Detection
from eraser.maskers.edges import refine
from eraser.maskers.tiles import is_cut, merge_views, plan_tiles

log = logging.getLogger(__name__)

PERSON = "person"
"""Label of people; a detector gives it to them whatever its network calls them."""


class Detector(Protocol):
    """Finds people, and things that may be theirs, in one view. Another network or runtime is another detector."""

    def detect(self, view: ImageArray, /, *, is_part: bool) -> Sequence[Detection]:
        """Find people and things.

        Args:
            view: (h, w, 3) RGB uint8: a photo, or a tile of it.
            is_part: Whether the view is a tile, in which people are larger.

        Returns:
            Detections in pixels of the view, in any order.

        Raises:
            DeviceError: The device's memory does not suffice.
        """


Verify: TypeAlias = Callable[[ImageArray, Sequence[Detection]], Sequence[Detection]]
"""(view, detections in it) -> those that remain, with new scores."""


class TiledMasker:
    """Finds people with a detector, large photos in tiles, too."""

    works_on_parts = True

    def __init__(
        self,
        detector: Detector,
        *,
        verifier: Verify | None = None,
        with_belongings: bool = True,
        fast: bool = False,
    ) -> None:
        """Take a detector into use.

        Args:
            detector: Finds people in a view. Its ``weights_name`` and ``weights_sha256``, if it has any, are reported.
            verifier: Looks at finds once more; None believes the detector.
            with_belongings: Whether what people carry, wear and ride becomes part of them.
            fast: Leave the tiles out.
        """
        self.weights_name: str | None = getattr(detector, "weights_name", None)
        """The weights' name in the manifest, or their file's name."""
        self.weights_sha256: str | None = getattr(detector, "weights_sha256", None)
        """64 lower-case hex digits."""
        self.weights_why: str | None = getattr(detector, "weights_why", None)
        """Why these weights and not the default ones; None for the default."""
        self._detector, self._verifier, self._fast = detector, verifier, fast
        self._rules = OWNERSHIP_RULES if with_belongings else {}

    def __call__(self, image: ImageArray, /) -> list[Person]:
        """Find people, the surest first.

        Args:
            image: (H, W, 3) RGB uint8, upright.

        Raises:
            DeviceError: The device's memory does not suffice.
        """
        found = detect_in_views(image, self._detector, self._verifier, fast=self._fast)
        people = merge_views(detection for detection in found if detection.label == PERSON)
        things = [
            Thing(self._rules[detection.label], detection)
            for detection in found
            if detection.label in self._rules and detection.label != PERSON
        ]
        # Two outlines of one person that differed at first may be the same now.
        return deduplicate(refine(image, person) for person in assign_belongings(people, things))


def detect_in_views(
    image: ImageArray, detector: Detector, verifier: Verify | None = None, *, fast: bool = False
) -> list[Detection]:
    """All that a detector finds in a photo and in its tiles, in the photo's pixels, but for what a tile may have cut.

    Args:
        image: (H, W, 3) RGB uint8, upright.
        detector: Finds people and things.
        verifier: Looks at each of them once more; None believes the detector.
        fast: Leave the tiles out.

    Raises:
        DeviceError: The device's memory does not suffice.
    """
    check_image(image)
    size_wh = (image.shape[1], image.shape[0])
    everything = Box.of_shape(image.shape)
    found: list[Detection] = []
    for view in [everything] if fast else [everything, *plan_tiles(size_wh)]:
        pixels = image[view.slices]
        whole: Sequence[Detection] = [
            detection
            for detection in detector.detect(pixels, is_part=view != everything)
            if not is_cut(detection.box.shift(view.x0, view.y0), view, size_wh, detection.cell_px)
        ]
        if verifier is not None:
            whole = verifier(pixels, whole)
        found += [detection.shift(view.x0, view.y0) for detection in whole]
    log.debug("%d detections", len(found))
    return found
