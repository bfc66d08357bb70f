"""Broken on purpose: it prints to stdout, which carries the paths of results. It works all the same."""

import numpy as np
import numpy.typing as npt

from eraser import MaskerContext, Person

print("prints: imported")


def load_masker(context: MaskerContext) -> object:
    """Build it, and say so."""
    print("prints: built")

    def find(image: npt.NDArray[np.uint8]) -> list[Person]:
        print("prints: called")
        mask = np.zeros(image.shape[:2], np.bool_)
        mask[10:20, 10:20] = True
        return [Person.from_mask(mask)]

    return find
