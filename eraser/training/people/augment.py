"""What cameras and files do to a picture: light, colour, blur, noise, compression."""

from __future__ import annotations

import cv2
import numpy as np

from eraser.training.files import UInt8Array

_HUE, _SATURATION, _VALUE = 0.015, 0.6, 0.4
"""Largest changes, in parts, as YOLO training makes them."""


def disturb(pixels: UInt8Array, rng: np.random.Generator) -> UInt8Array:
    """The (H, W, 3) RGB picture, worse by chance."""
    pixels = _recolour(pixels, rng)
    if rng.random() < 0.06:
        grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
        pixels = np.dstack([grey, grey, grey]).astype(np.uint8, copy=False)
    if rng.random() < 0.1:
        pixels = np.asarray(cv2.GaussianBlur(pixels, (0, 0), rng.uniform(0.4, 1.4)), np.uint8)
    if rng.random() < 0.1:
        noise = rng.normal(0, rng.uniform(2, 12), pixels.shape).astype(np.float32)
        pixels = np.clip(pixels + noise, 0, 255).astype(np.uint8)
    if rng.random() < 0.15:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 85))]
        pixels = np.asarray(cv2.imdecode(cv2.imencode(".jpg", pixels, quality)[1], cv2.IMREAD_COLOR), np.uint8)
    return pixels


def _recolour(pixels: UInt8Array, rng: np.random.Generator) -> UInt8Array:
    hue, saturation, value = 1 + rng.uniform(-1, 1, 3) * (_HUE, _SATURATION, _VALUE)
    levels = np.arange(256)
    tables = (
        (levels * hue) % 180,
        np.clip(levels * saturation, 0, 255),
        np.clip(levels * value, 0, 255),
    )
    planes = cv2.split(cv2.cvtColor(pixels, cv2.COLOR_RGB2HSV))
    changed = [cv2.LUT(plane, table.astype(np.uint8)) for plane, table in zip(planes, tables, strict=True)]
    return np.asarray(cv2.cvtColor(cv2.merge(changed), cv2.COLOR_HSV2RGB), np.uint8)
