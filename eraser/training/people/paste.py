"""Putting a cut-out into a scene so that its edge, light and sharpness do not give it away."""

from __future__ import annotations

from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from eraser.training.files import UInt8Array
from eraser.training.people.scene import Scene

FloatArray: TypeAlias = npt.NDArray[np.float32]

_LARGEST_PX = 1400
"""No cut-out is made larger than that, whatever part of it the scene shows."""


def paste(
    scene: Scene, rgba: UInt8Array, left: float, top: float, height: float, rng: np.random.Generator, *, person: bool
) -> None:
    """Paste one cut-out; what lies outside the scene is cut off.

    Args:
        scene: Painted on.
        rgba: (h, w, 4).
        left: Where the cut-out's left edge goes, in pixels of the scene.
        top: Where its upper edge goes.
        height: How tall it becomes, in pixels.
        rng: For light, blur and shadow.
        person: Whether it is somebody; False covers people but is nobody itself.
    """
    scale = min(height, _LARGEST_PX) / rgba.shape[0]
    size = (max(round(rgba.shape[1] * scale), 2), max(round(rgba.shape[0] * scale), 2))
    width, tall = scene.size_wh
    x, y = round(left), round(top)
    x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + size[0], width), min(y + size[1], tall)
    if x1 - x0 < 2 or y1 - y0 < 2:
        return
    resized = cv2.resize(rgba, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    region = np.s_[y0:y1, x0:x1]
    cut = resized[y0 - y : y1 - y, x0 - x : x1 - x]
    alpha = cut[..., 3].astype(np.float32) / 255
    if not (alpha > 0.5).any():
        return
    if person and rng.random() < 0.3:
        _shadow(scene, x, y, size, rng)
    behind = scene.pixels[region].astype(np.float32)
    front = _relit(cut[..., :3].astype(np.float32), alpha, behind, rng)
    if rng.random() < 0.3:
        front = cv2.GaussianBlur(front, (0, 0), rng.uniform(0.3, 1.2))
    soft = cv2.GaussianBlur(alpha, (0, 0), rng.uniform(0.3, 1.0)) if rng.random() < 0.5 else alpha
    mixed = behind + soft[..., None] * (front - behind)
    scene.pixels[region] = np.clip(mixed + 0.5, 0, 255).astype(np.uint8)
    if person:
        scene.count += 1
    scene.owners[region][alpha > 0.5] = scene.count if person else 0
    scene.ignored[region][alpha > 0.5] = False


def _relit(front: FloatArray, alpha: FloatArray, behind: FloatArray, rng: np.random.Generator) -> FloatArray:
    """The cut-out some way towards the light and colour of what is behind it, and with some contrast of its own."""
    solid = alpha[::3, ::3] > 0.5  # means need no more than that
    if not solid.any():
        return front
    own = front[::3, ::3][solid].mean(axis=0) + 1
    there = behind[::3, ::3].reshape(-1, 3).mean(axis=0) + 1
    light = np.clip((there.mean() / own.mean()) ** rng.uniform(0, 0.6), 0.4, 2.0)
    colour = np.clip((there / there.mean() * own.mean() / own) ** rng.uniform(0, 0.35), 0.7, 1.4)
    gain = light * colour * np.exp(rng.normal(0, 0.12))
    contrast = np.exp(rng.normal(0, 0.12))
    factor = (gain * contrast).astype(np.float32)
    return np.asarray(front * factor + (own * gain - own * factor), np.float32)


def _shadow(scene: Scene, x: int, y: int, size: tuple[int, int], rng: np.random.Generator) -> None:
    """Darken the ground about the feet."""
    width, tall = scene.size_wh
    centre = (int(x + size[0] * rng.uniform(0.2, 0.8)), int(y + size[1] * rng.uniform(0.96, 1.0)))
    axes = (max(int(size[0] * rng.uniform(0.3, 0.9)), 1), max(int(size[1] * rng.uniform(0.02, 0.06)), 1))
    reach = axes[0] + 4
    y0, y1 = max(centre[1] - reach, 0), min(centre[1] + reach, tall)
    x0, x1 = max(centre[0] - reach, 0), min(centre[0] + reach, width)
    if y1 <= y0 or x1 <= x0:
        return
    dark = np.zeros((y1 - y0, x1 - x0), np.float32)
    cv2.ellipse(dark, (centre[0] - x0, centre[1] - y0), axes, rng.uniform(-12, 12), 0, 360, rng.uniform(0.2, 0.6), -1)
    dark = cv2.GaussianBlur(dark, (0, 0), max(axes[1] / 2, 0.8))
    region = np.s_[y0:y1, x0:x1]
    scene.pixels[region] = (scene.pixels[region] * (1 - dark[..., None])).astype(np.uint8)
