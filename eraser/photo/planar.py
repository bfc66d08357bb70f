"""TIFFs that keep uncompressed 16-bit channels in planes of their own, which Pillow misreads: read with tifffile."""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
from PIL import Image

from eraser.photo import exif
from eraser.photo.colour import Pixels, UnknownRangeError
from eraser.photo.deep import turned

_PHOTOMETRIC, _RGB = 262, 2


def read_planes(data: exif.Buffer, image: Image.Image) -> tuple[Pixels, npt.NDArray[np.uint16]]:
    """The photo in 8 bits, and its upright samples.

    Args:
        data: The file.
        image: What Pillow says about it, not loaded.

    Raises:
        UnknownRangeError: It is neither RGB nor RGB with alpha of 16 bits.
    """
    import tifffile

    with tifffile.TiffFile(io.BytesIO(bytes(data))) as file:
        planes = file.pages[0].asarray()
    kind = int(getattr(image, "tag_v2", {}).get(_PHOTOMETRIC, _RGB))
    if kind != _RGB or planes.dtype != np.uint16 or planes.ndim != 3 or planes.shape[0] not in (3, 4):
        raise UnknownRangeError("planar 16-bit CMYK, LAB or other")
    samples = turned(np.moveaxis(planes, 0, -1), exif.orientation(data))
    upper = np.ascontiguousarray((samples >> 8).astype(np.uint8))
    alpha = Image.fromarray(upper[..., 3].copy()) if upper.shape[2] == 4 else None
    rgb = Image.fromarray(np.ascontiguousarray(upper[..., :3]))
    return Pixels(rgb, alpha, False, image.info.get("icc_profile") or None, ()), np.ascontiguousarray(samples)
