"""Pictures drawn by a program: occlusion, horizons, stripes, perspective and repetition, in endless variety.

Few photos teach an inpainter to memorise; such pictures keep it general. Dead leaves follow Baradad et al.,
"Learning to see by looking at noise" (NeurIPS 2021), and Achddou et al., "Synthetic images as a regularity prior"
(2021): shapes of a power-law size that hide one another.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

Canvas = npt.NDArray[np.float32]
"""(S, S, 3) RGB in [0, 1]."""


def draw_pictures(count: int, side_px: int, seed: int) -> npt.NDArray[np.uint8]:
    """``count`` pictures as (count, 3, side, side) RGB uint8; the same for the same seed."""
    rng = np.random.default_rng(seed)
    kinds: tuple[Callable[[int, np.random.Generator], Canvas], ...] = (
        draw_dead_leaves,
        draw_landscape,
        draw_stripes,
        draw_perspective_grid,
        draw_facade,
    )
    pictures = np.empty((count, 3, side_px, side_px), np.uint8)
    for index in range(count):
        canvas = kinds[rng.integers(len(kinds))](side_px, rng)
        grain = rng.normal(0.0, rng.uniform(0.0, 0.04), canvas.shape).astype(np.float32)
        pictures[index] = np.clip((canvas + grain) * 255.0 + 0.5, 0, 255).astype(np.uint8).transpose(2, 0, 1)
    return pictures


def draw_dead_leaves(side_px: int, rng: np.random.Generator) -> Canvas:
    """Ellipses and polygons that hide one another, radii falling off with the third power."""
    canvas = draw_landscape(side_px, rng)
    palette = _palette(rng, 8)
    smallest, largest = 0.02 * side_px, rng.uniform(0.15, 0.5) * side_px
    for _ in range(int(rng.integers(30, 250))):
        # Inverse of the cumulative distribution of a density proportional to radius ** -3.
        radius = (smallest**-2 - rng.random() * (smallest**-2 - largest**-2)) ** -0.5
        centre = rng.uniform(-0.1, 1.1, 2) * side_px
        colour = np.clip(palette[rng.integers(8)] + rng.normal(0, 0.05, 3), 0, 1).tolist()
        if rng.random() < 0.5:
            axes = (max(int(radius), 1), max(int(radius * rng.uniform(0.3, 1)), 1))
            where = (int(centre[0]), int(centre[1]))
            cv2.ellipse(canvas, where, axes, rng.uniform(0, 180), 0, 360, colour, -1, cv2.LINE_AA)
        else:
            angles = np.sort(rng.uniform(0, 2 * np.pi, int(rng.integers(3, 7))))
            corners = centre + radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
            cv2.fillPoly(canvas, [corners.astype(np.int32)], colour, cv2.LINE_AA)
    return canvas


def draw_landscape(side_px: int, rng: np.random.Generator) -> Canvas:
    """Soft gradients above and below a slightly tilted line."""
    above, below = _gradient(side_px, rng), _gradient(side_px, rng)
    y, x = np.mgrid[0:side_px, 0:side_px].astype(np.float32) / side_px
    line = rng.uniform(0.2, 0.8) + rng.normal(0, 0.05) * x
    if rng.random() < 0.5:  # hills: a few slow waves
        for octave in (1, 2, 4):
            line = line + rng.normal(0, 0.04 / octave) * np.sin(2 * np.pi * (octave * x + rng.random()))
    softness = rng.uniform(0.5, 6.0) / side_px
    share = np.clip((y - line) / softness + 0.5, 0, 1)[..., None].astype(np.float32)
    return _blend(above, below, share)


def draw_stripes(side_px: int, rng: np.random.Generator) -> Canvas:
    """Waves or bars of one direction over a gradient."""
    y, x = np.mgrid[0:side_px, 0:side_px].astype(np.float32) / side_px
    angle = rng.choice([0.0, np.pi / 2, rng.uniform(0, np.pi)])
    phase = (x * np.cos(angle) + y * np.sin(angle)) * rng.uniform(2, 16) + rng.random()
    wave = 0.5 + 0.5 * np.sin(2 * np.pi * phase)
    if rng.random() < 0.6:
        wave = np.clip((wave - rng.uniform(0.3, 0.7)) * 8 + 0.5, 0, 1)
    share = (wave * rng.uniform(0.3, 1.0))[..., None].astype(np.float32)
    return _blend(_gradient(side_px, rng), _gradient(side_px, rng), share)


def draw_perspective_grid(side_px: int, rng: np.random.Generator) -> Canvas:
    """Tiles of a floor or wall that run to a vanishing line."""
    tiles = int(rng.integers(4, 14))
    texture = _tile_plane(rng, tiles, 24)
    side = texture.shape[0]
    source = np.array([[0, 0], [side, 0], [side, side], [0, side]], np.float32)
    top, squeeze = rng.uniform(0.1, 0.6), rng.uniform(0.05, 0.45)
    shift = rng.uniform(-0.3, 0.3)
    corners = [[squeeze + shift, top], [1 - squeeze + shift, top], [1.5, 1.1], [-0.5, 1.1]]
    target = np.array(corners, np.float32) * side_px
    background = draw_landscape(side_px, rng)
    transform = cv2.getPerspectiveTransform(source, target)
    plane = cv2.warpPerspective(texture, transform, (side_px, side_px), flags=cv2.INTER_LINEAR)
    share = cv2.warpPerspective(np.ones((side, side), np.float32), transform, (side_px, side_px))[..., None]
    picture = _blend(background, plane, share)
    if rng.random() < 0.4:  # a wall instead of a floor
        picture = np.ascontiguousarray(picture.transpose(1, 0, 2)[:, :: int(rng.choice([-1, 1]))])
    return picture


def draw_facade(side_px: int, rng: np.random.Generator) -> Canvas:
    """One small tile repeated in rows and columns: windows, fences, bricks, with light falling off across it."""
    columns = int(rng.integers(3, 12))
    texture = _tile_plane(rng, columns, max(side_px // columns, 4))
    tilt = cv2.getRotationMatrix2D((side_px / 2, side_px / 2), rng.normal(0, 4), rng.uniform(1.1, 1.5))
    picture = cv2.warpAffine(texture, tilt, (side_px, side_px), borderMode=cv2.BORDER_REFLECT)
    light = _gradient(side_px, rng).mean(axis=2, keepdims=True) * 0.6 + 0.6
    return np.asarray(np.clip(picture * light, 0, 1), np.float32)


def _blend(below: Canvas, above: Canvas, share: Canvas) -> Canvas:
    """``above`` over ``below`` with an opacity of ``share``, (S, S, 1)."""
    return np.asarray(below * (1 - share) + above * share, np.float32)


def _palette(rng: np.random.Generator, count: int) -> npt.NDArray[np.float64]:
    """(count, 3) colours about one hue, as in a photo: mostly muted, related to each other."""
    mean, spread = rng.uniform(0, 1, 3) * 0.3 + rng.uniform(0.05, 0.95) * 0.7, rng.uniform(0.05, 0.3)
    return np.clip(mean + rng.normal(0, spread, (count, 1)) + rng.normal(0, spread / 3, (count, 3)), 0, 1)


def _gradient(side_px: int, rng: np.random.Generator) -> Canvas:
    """Colours of the four corners, blended, with slow clouds on top."""
    corners = _palette(rng, 4).reshape(2, 2, 3).astype(np.float32)
    clouds = rng.normal(0, rng.uniform(0, 0.1), (6, 6, 1)).astype(np.float32)
    canvas = cv2.resize(corners, (side_px, side_px), interpolation=cv2.INTER_LINEAR)
    canvas = canvas + cv2.resize(clouds, (side_px, side_px), interpolation=cv2.INTER_CUBIC)[..., None]
    return np.asarray(np.clip(canvas, 0, 1), np.float32)


def _tile_plane(rng: np.random.Generator, repeats: int, tile_px: int) -> Canvas:
    """A plane of ``repeats`` x ``repeats`` equal tiles, each with a few rectangles; some rows are staggered."""
    palette = _palette(rng, 5).astype(np.float32)
    tile = np.tile(palette[0], (tile_px, tile_px, 1))
    for colour in palette[1 : int(rng.integers(2, 5))]:
        x0, y0 = rng.integers(0, max(tile_px // 2, 1), 2)
        w, h = rng.integers(1, max(tile_px - tile_px // 4, 2), 2)
        tile[y0 : y0 + h, x0 : x0 + w] = colour
    row = np.tile(tile, (1, repeats, 1))
    staggered = np.roll(row, tile_px // 2, axis=1) if rng.random() < 0.3 else row
    rows = [row if index % 2 else staggered for index in range(repeats)]
    return np.ascontiguousarray(np.concatenate(rows, axis=0))
