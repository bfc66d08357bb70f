"""Holes to learn on: people above all, brush strokes and rectangles, 5 to 45 % of the crop, always with context."""

from __future__ import annotations

import math
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from eraser.training.shapes import ShapeBank, threshold

MIN_AREA = 0.05
MAX_AREA = 0.45
MAX_BORDER = 0.5
"""A hole may run off the picture, as people do at a photo's edge, but covers at most this part of its border."""
PERSON_SHARE, BRUSH_SHARE = 0.75, 0.12
"""Parts of the holes that are people and strokes; the others are rectangles."""
_CANDIDATES = 2
_STROKE_POINTS = 7


def draw_holes(aspects: Tensor, size_px: int, bank: ShapeBank, rng: torch.Generator) -> Tensor:
    """One hole for each crop.

    Args:
        aspects: (B,) width / height of the crops before they were squeezed to squares: people in them are
            squeezed likewise.
        size_px: Side of the squares.
        bank: Shapes of people, on the device of ``aspects``.
        rng: On the same device.

    Returns:
        (B, 1, P, P) float, 1 = hole. Several are drawn for each crop and the first with a good area is taken.
    """
    batch = len(aspects)
    wide = aspects.repeat(_CANDIDATES)
    kind = torch.rand(len(wide), device=aspects.device, generator=rng)
    drawn = torch.empty(len(wide), 1, size_px, size_px, device=aspects.device)
    for low, high, draw in (
        (0.0, PERSON_SHARE, partial(_draw_people, bank=bank)),
        (PERSON_SHARE, PERSON_SHARE + BRUSH_SHARE, _draw_strokes),
        (PERSON_SHARE + BRUSH_SHARE, 1.0, _draw_rectangles),
    ):
        chosen = torch.nonzero((kind >= low) & (kind < high)).flatten()
        if len(chosen):
            drawn[chosen] = draw(wide[chosen], size_px, rng)
    fallback = torch.zeros(batch, 1, size_px, size_px, device=aspects.device)
    quarter = size_px // 4
    fallback[..., quarter:-quarter, quarter:-quarter] = 1.0
    candidates = torch.cat([drawn.view(_CANDIDATES, batch, 1, size_px, size_px), fallback[None]])
    good = is_good_hole(candidates.flatten(0, 1)).view(_CANDIDATES + 1, batch)
    first = good.int().argmax(dim=0)
    return candidates[first, torch.arange(batch, device=aspects.device)]


def is_good_hole(holes: Tensor) -> Tensor:
    """(B,) bool for (B, 1, P, P) holes: the area lies in its range and enough of the border is known."""
    area = holes.mean(dim=(1, 2, 3))
    edges = [holes[..., 0, :], holes[..., -1, :], holes[..., 0], holes[..., -1]]
    border = torch.stack([edge.mean(dim=(1, 2)) for edge in edges]).mean(dim=0)
    return (area >= MIN_AREA) & (area <= MAX_AREA) & (border <= MAX_BORDER)


def _uniform(low: float, high: float, shape: tuple[int, ...], like: Tensor, rng: torch.Generator) -> Tensor:
    return torch.rand(shape, device=like.device, generator=rng) * (high - low) + low


def _draw_people(aspects: Tensor, size_px: int, rng: torch.Generator, *, bank: ShapeBank) -> Tensor:
    """One to three people side by side, each scaled, turned, mirrored and grown."""
    batch, most = len(aspects), 3
    shape = (batch, most)
    index = torch.randint(len(bank.fields), shape, device=aspects.device, generator=rng)
    count = 1 + (_uniform(0, 1, (batch, 1), aspects, rng) < torch.tensor([0.3, 0.1], device=aspects.device)).sum(1)
    target = torch.exp(_uniform(math.log(MIN_AREA), math.log(0.35), (batch, 1), aspects, rng)) / count[:, None]
    # ``scale``: side of the field in parts of the crop's, if the crop were as high as it is wide.
    scale = (target / bank.areas[index]).sqrt() * _uniform(0.8, 1.2, shape, aspects, rng)
    squeeze = aspects[:, None].sqrt()
    wide, high = scale / squeeze, scale * squeeze  # sides of the field in parts of the squeezed crop's
    sizes = bank.sizes[index]
    # No shape is wider or higher than 92 % of the crop.
    fit = torch.minimum(0.92 / (sizes[..., 0] * wide), 0.92 / (sizes[..., 1] * high)).clamp_max(1.0)
    wide, high = wide * fit, high * fit
    slack_x = (1 - sizes[..., 0] * wide) / 2
    slack_y = (1 - sizes[..., 1] * high) / 2
    # In one of five crops somebody runs off an edge, most often the lower one.
    over = (_uniform(0, 1, (batch, 1), aspects, rng) < 0.2).float()
    x = _uniform(-1, 1, shape, aspects, rng) * (slack_x + over * 0.2 * sizes[..., 0] * wide)
    y = _uniform(-1, 1, shape, aspects, rng) * slack_y + over * 0.5 * (slack_y + 0.2 * sizes[..., 1] * high)
    turn = _uniform(-1, 1, shape, aspects, rng) ** 3 * 0.5  # radians; most people are upright
    flip = torch.sign(_uniform(-1, 1, shape, aspects, rng))
    cos, sin = turn.cos(), turn.sin()
    # From the crop's coordinates in [-1, 1] to the field's: shift, unsqueeze, turn, mirror.
    xx, xy, yx, yy = flip * cos / wide, flip * sin / high, -sin / wide, cos / high
    rows = [xx, xy, -2 * (xx * x + xy * y), yx, yy, -2 * (yx * x + yy * y)]
    affine = torch.stack(rows, -1).view(batch * most, 2, 3)
    grid = F.affine_grid(affine, [batch * most, 1, size_px, size_px], align_corners=False)
    fields = bank.fields[index.flatten()].to(torch.float32)
    values = F.grid_sample(fields, grid, align_corners=False).view(batch, most, size_px, size_px)
    grown = _uniform(0.0, 0.06, (batch, 1, 1, 1), aspects, rng)
    there = torch.arange(most, device=aspects.device)[None] < count[:, None]
    return ((values > threshold(grown)) & there[..., None, None]).any(dim=1, keepdim=True).float()


def _draw_strokes(aspects: Tensor, size_px: int, rng: torch.Generator) -> Tensor:
    """A thick line through a random walk."""
    batch = len(aspects)
    start = _uniform(0.2, 0.8, (batch, 1, 2), aspects, rng)
    walk = torch.randn(batch, _STROKE_POINTS - 1, 2, device=aspects.device, generator=rng) * 0.2
    points = torch.cat([start, start + walk.cumsum(1)], dim=1).clamp(0.05, 0.95)
    y, x = _coordinates(size_px, aspects)
    pixels = torch.stack([x, y], -1).view(1, 1, -1, 2)
    a, b = points[:, :-1, None], points[:, 1:, None]
    along = ((pixels - a) * (b - a)).sum(-1) / (b - a).square().sum(-1).clamp_min(1e-8)
    nearest = a + along.clamp(0, 1)[..., None] * (b - a)
    distance = (pixels - nearest).square().sum(-1).amin(dim=1).sqrt()
    radius = _uniform(0.03, 0.1, (batch, 1), aspects, rng)
    return (distance < radius).float().view(batch, 1, size_px, size_px)


def _draw_rectangles(aspects: Tensor, size_px: int, rng: torch.Generator) -> Tensor:
    batch = len(aspects)
    area = _uniform(MIN_AREA, MAX_AREA * 0.9, (batch,), aspects, rng)
    width = (area * torch.exp(_uniform(-0.8, 0.8, (batch,), aspects, rng))).sqrt().clamp_max(0.92)
    height = (area / width).clamp_max(0.92)
    left, top = _uniform(0, 1, (batch,), aspects, rng), _uniform(0, 1, (batch,), aspects, rng)
    left, top = left * (1 - width), top * (1 - height)
    y, x = _coordinates(size_px, aspects)

    def between(values: Tensor, low: Tensor, size: Tensor) -> Tensor:
        return (values >= low.view(-1, 1, 1)) & (values < (low + size).view(-1, 1, 1))

    return (between(x, left, width) & between(y, top, height)).float()[:, None]


def _coordinates(size_px: int, like: Tensor) -> tuple[Tensor, Tensor]:
    """(P, P) y and x of pixel centres in [0, 1]."""
    steps = (torch.arange(size_px, device=like.device) + 0.5) / size_px
    return steps[:, None].expand(size_px, size_px), steps[None].expand(size_px, size_px)
