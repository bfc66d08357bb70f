"""Where photos and people go in a scene."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_SMALL, _LARGE = (0.08, 0.22), (0.75, 2.0)
_MIDDLE = (0.2, 0.85)
"""Heights of pasted people in parts of the scene's height: far away, close up, and between."""


def draw_few(rng: np.random.Generator) -> list[tuple[float, float]]:
    """Heights of some people, and where their feet are, in parts of the scene's height; near people may be cut."""
    standing = []
    for _ in range(int(rng.choice([1, 1, 1, 2, 2, 3, 4]))):
        low, high = (_SMALL, _MIDDLE, _LARGE)[rng.choice(3, p=(0.12, 0.5, 0.38))]
        tall = float(np.exp(rng.uniform(np.log(low), np.log(high))))
        # Near people are seen from the head downwards.
        feet = (tall - 0.15, max(tall + 0.25, 1.05)) if tall > 0.75 else (max(tall, 0.35), 1.1)
        standing.append((tall, float(rng.uniform(*feet))))
    return standing


def draw_crowd(rng: np.random.Generator) -> list[tuple[float, float]]:
    """The same of many people of about one height on common ground; who is nearer stands lower in the picture."""
    usual = np.exp(rng.uniform(np.log(0.18), np.log(0.6)))
    ground = rng.uniform(max(usual, 0.5), 1.1)
    heights = usual * np.exp(rng.normal(0, 0.15, rng.integers(4, 10)))
    return [(float(tall), float(ground + 0.25 * (tall - usual))) for tall in heights]


def place_photo(
    photo_wh: tuple[int, int], scene_wh: tuple[int, int], middle: npt.NDArray[np.float64], rng: np.random.Generator
) -> npt.NDArray[np.float64]:
    """(2, 3) from a photo's pixels to the scene's: from the whole photo in the scene to a third of it, a little turned.

    Args:
        photo_wh: The photo's size.
        scene_wh: The scene's size.
        middle: (2,) point of the photo that comes to the scene's middle where the photo's edges allow it.
        rng: Chance.
    """
    ratios = [scene / photo for scene, photo in zip(scene_wh, photo_wh, strict=True)]
    base = min(ratios) if rng.random() < 0.35 else max(ratios)
    scale = base * np.exp(rng.uniform(-0.1, 1.0) * rng.random() ** 0.5)
    stretch = np.exp(rng.normal(0, 0.06))
    angle = np.deg2rad(rng.uniform(-10, 10)) if rng.random() < 0.3 else 0.0
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = turn @ np.diag([scale * stretch, scale / stretch])
    target = np.empty(2)
    for axis in range(2):
        size, room = photo_wh[axis] * linear[axis, axis], scene_wh[axis]
        if size <= room:  # all of it fits: anywhere
            at_middle = size * (middle[axis] / photo_wh[axis])
            target[axis] = rng.uniform(0, room - size) + at_middle
        else:
            start = room / 2 - size * (middle[axis] / photo_wh[axis])
            target[axis] = np.clip(start, room - size, 0) + size * (middle[axis] / photo_wh[axis])
    offset = target - linear @ middle
    return np.column_stack([linear, offset])
