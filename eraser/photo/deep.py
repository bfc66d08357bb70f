"""Photos of 16 bits a channel: their samples, kept bit for bit outside the hole, and a fill of 16 bits inside.

The stages work on 8 bits. Inside the hole the fill's 8-bit levels are steps, which a later edit of a sky would show;
they are smoothed within half a level of what was filled, towards the photo's own 16-bit values at the edge.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any, TypeVar, cast

import cv2
import numpy as np
import numpy.typing as npt

from eraser.geometry import Box, FloatArray, ImageArray, MaskArray

DeepArray = npt.NDArray[np.uint16]

_ROUNDS = 24
_HALF_LEVEL = np.float32(127.5)


def read_deep(
    data: bytes, image: ImageArray, alpha: npt.NDArray[np.uint8] | None, *, grey: bool, white_is_zero: bool = False
) -> DeepArray | None:
    """The 16-bit samples of a PNG or TIFF, if OpenCV reads the same picture as Pillow.

    Args:
        data: The file.
        image: (H, W, 3), what Pillow made of it: the upper byte of colours, rounded greys.
        alpha: (H, W), its alpha.
        grey: The file has no colour.
        white_is_zero: So it is in a grey TIFF, which OpenCV does not turn.

    Returns:
        (H, W, 1 to 4); None if OpenCV reads something else than Pillow, whose 8 bits then stand.
    """
    try:
        stored = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        return None
    if stored is None or stored.dtype != np.uint16 or stored.shape[:2] != image.shape[:2]:
        return None
    channels = stored[..., None] if stored.ndim == 2 else stored
    if white_is_zero:
        channels = np.concatenate([np.uint16(65_535) - channels[..., :1], channels[..., 1:]], axis=2)
    colour = channels[..., :1] if channels.shape[2] < 3 or grey else channels[..., 2::-1]
    if np.abs((colour >> 8).astype(np.int16) - image[..., : colour.shape[2]]).max() > (1 if grey else 0):
        return None
    if alpha is None:
        return np.ascontiguousarray(colour)
    own = channels[..., 3] if channels.shape[2] == 4 else alpha.astype(np.uint16) * np.uint16(257)
    if not np.array_equal(own >> 8, alpha):
        return None
    return np.dstack([colour, own])


def read_heif(data: bytes, shape: tuple[int, ...], turn: int) -> DeepArray | None:
    """The samples of a HEIC of 10 or 12 bits, scaled to 16, upright.

    Args:
        data: The file.
        shape: (H, W, channels) of the upright photo; 3 or 4 channels.
        turn: The orientation that makes it upright.

    Returns:
        An array of that shape; None where the file has another kind of samples.
    """
    import pillow_heif

    file = pillow_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=False)
    if file.mode not in ("RGB;16", "RGBA;16"):
        return None
    samples: DeepArray = turned(np.asarray(file), turn)
    return samples if samples.shape == shape else None


def avif_bits(head: bytes) -> int:
    """Bits a channel of an AVIF: 8, 10 or 12 (AV1 codec configuration, 2.3.3)."""
    at = head.find(b"av1C")
    flags = head[at + 6] if at >= 0 and at + 6 < len(head) else 0
    return 8 if not flags & 0x40 else 12 if flags & 0x20 else 10


def read_avif(data: bytes, shape: tuple[int, ...], turn: int, bits: int) -> DeepArray | None:
    """The samples of an AVIF of ``bits``, which Pillow reads with 8; arguments and result as in ``read_heif``."""
    try:
        stored = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        return None
    if stored is None or stored.dtype != np.uint16 or stored.ndim != 3:
        return None
    samples = turned(np.ascontiguousarray(stored[..., [2, 1, 0, 3][: stored.shape[2]]]), turn)
    return np.left_shift(samples, 16 - bits) if samples.shape == shape else None


def encode_heif(samples: DeepArray, options: dict[str, Any]) -> bytes:
    """The bytes of a HEIC of 10 bits.

    Args:
        samples: (H, W, 3 or 4) uint16.
        options: Of pillow-heif's ``save``: quality, metadata.
    """
    import pillow_heif

    height, width, channels = samples.shape
    mode = "RGB;16" if channels == 3 else "RGBA;16"
    file = io.BytesIO()
    pillow_heif.from_bytes(mode, (width, height), samples.astype("<u2").tobytes()).save(file, **options)
    return file.getvalue()


Samples = TypeVar("Samples", bound=npt.NDArray[Any])

_TURNS: dict[int, Callable[[Any], Any]] = {
    2: lambda a: cv2.flip(a, 1),
    3: lambda a: cv2.rotate(a, cv2.ROTATE_180),
    4: lambda a: cv2.flip(a, 0),
    5: cv2.transpose,
    6: lambda a: cv2.rotate(a, cv2.ROTATE_90_CLOCKWISE),
    7: lambda a: cv2.rotate(cv2.transpose(a), cv2.ROTATE_180),
    8: lambda a: cv2.rotate(a, cv2.ROTATE_90_COUNTERCLOCKWISE),
}


def turned(samples: Samples, orientation: int) -> Samples:
    """(H, W) or (H, W, channels) of uint8 or uint16, as an EXIF orientation, 1 to 8, shows it."""
    turn = _TURNS.get(orientation)
    if turn is None:
        return samples
    upright = turn(samples)
    return cast(Samples, upright.reshape(*upright.shape[:2], *samples.shape[2:]))  # OpenCV drops a single channel


def merge(result: ImageArray, photo: ImageArray, deep: DeepArray, hole: MaskArray | None) -> DeepArray:
    """The result in 16 bits.

    Args:
        result: (H, W, 3) uint8, filled.
        photo: (H, W, 3) uint8, before.
        deep: (H, W, 1 to 4), the photo's samples.
        hole: (H, W) bool, what was filled; None takes the pixels that differ.

    Returns:
        As ``deep``: its very samples outside the hole. Three channels of colour where a grey photo got colours.
    """
    changed = (result != photo).any(axis=2) if hole is None else hole
    count = 1 if deep.shape[2] < 3 else 3
    if count == 1 and not (
        np.array_equal(result[..., 0], result[..., 1]) and np.array_equal(result[..., 1], result[..., 2])
    ):
        deep, count = np.dstack([deep[..., :1]] * 3 + [deep[..., 1:]]), 3
    box = Box.of_mask(changed)
    if box is None:
        return deep
    out = deep.copy()
    around = box.grow(2, 2, changed.shape)
    mask, rounds_down = changed[around.slices], count == 3
    for channel in range(count):
        view = out[around.slices][..., channel]
        level = result[around.slices][..., channel].astype(np.float32)
        middle = level * 256 + 127.5 if rounds_down else level * 257
        view[mask] = _smooth(middle, view.astype(np.float32), mask)[mask]
    return out


def _smooth(middle: FloatArray, known: FloatArray, mask: MaskArray) -> DeepArray:
    """Values inside the mask, at most half a level from ``middle``, that run on smoothly from the known ones."""
    value = np.where(mask, middle, known).astype(np.float32)
    low, high = np.where(mask, middle - _HALF_LEVEL, known), np.where(mask, middle + _HALF_LEVEL, known)
    for _ in range(_ROUNDS):
        value = np.clip(cv2.blur(value, (5, 5), borderType=cv2.BORDER_REPLICATE), low, high)
    return np.clip(np.rint(value), 0, 65535).astype(np.uint16)


def encode_deep(samples: DeepArray, name: str, compression: str | None) -> bytes:
    """The bytes of a PNG or TIFF with nothing but a picture.

    Args:
        samples: (H, W, 1 to 4) uint16; grey with alpha is written as RGB with alpha.
        name: ``PNG`` or ``TIFF``.
        compression: Pillow's name for a TIFF's.

    Raises:
        ValueError: The encoder refuses.
    """
    if samples.shape[2] == 2:
        samples = np.dstack([samples[..., :1]] * 3 + [samples[..., 1:]])
    stored = samples if samples.shape[2] == 1 else samples[..., [2, 1, 0, 3][: samples.shape[2]]]
    options: list[int] = []
    if name == "TIFF":
        kind = {"raw": 1, "tiff_adobe_deflate": 8, "tiff_deflate": 8, "packbits": 32773}.get(compression or "", 5)
        options = [cv2.IMWRITE_TIFF_COMPRESSION, kind]
        options += [cv2.IMWRITE_TIFF_PREDICTOR, 2] if kind in (5, 8) else []
    else:
        options = [cv2.IMWRITE_PNG_COMPRESSION, 4]
    done, data = cv2.imencode(".png" if name == "PNG" else ".tiff", np.ascontiguousarray(stored), options)
    if not done:
        raise ValueError("16 bits a channel could not be encoded")
    return data.tobytes()
