import itertools

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from eraser.networks import attention, matching, rows, tiles
from eraser.networks.attention import attend_hole, attention_transfer

WAYS = ("whole", "tiles", "rows")


@pytest.fixture(params=WAYS)
def way(request, monkeypatch):
    """Match in one piece, in the smallest tiles, or by rows in compiled loops."""
    if request.param != "whole":
        monkeypatch.setattr(matching, "WHOLE_SCORES", 0)
    monkeypatch.setattr(tiles, "CPU_TILE_SCORES", 300)
    monkeypatch.setattr(rows, "FOLDED_KEYS", 13)
    return request.param


def features(batch, height, width, way="whole", seed=0):
    draw = torch.Generator().manual_seed(seed)
    dtype = torch.float32 if way == "rows" else torch.float64
    low = torch.randn(batch, 3, 2 * height, 2 * width, generator=draw, dtype=torch.float64).to(dtype)
    high = torch.randn(batch, 4, height, width, generator=draw, dtype=torch.float64).to(dtype) / 3
    hole_low = torch.zeros(batch, 1, 2 * height, 2 * width, dtype=dtype)
    hole_low[:, :, height // 2 : height + 1, 2 : width // 2 + 3] = 1
    return low, high, hole_low, F.max_pool2d(hole_low, 2)


def patches_of(x, side, step):
    """(h / step * w / step, C, side, side) from (C, h, w), zeros outside."""
    margin = (side - step) // 2
    x = np.pad(x, ((0, 0), (margin, margin), (margin, margin)))
    spots = itertools.product(range(0, x.shape[1] - side + 1, step), range(0, x.shape[2] - side + 1, step))
    return np.stack([x[:, i : i + side, j : j + side] for i, j in spots])


def slow_transfer(low, high, hole, patch, *, own_hole=None):
    """The formulas patch by patch, of one picture; ``own_hole`` (2h, 2w) query_mask for our own variant."""
    low, high, hole = (x.double().numpy() for x in (low, high, hole))
    own = own_hole is not None
    known = 1 - own_hole.double().numpy() if own else np.ones(low.shape[1:])
    keys = patches_of(high, patch, 1)
    free = patches_of(hole, patch, 1).max((1, 2, 3)) == 0
    values = patches_of(np.concatenate([low * known, known[None]]), 4, 2)
    total = np.pad(np.zeros_like(low[:1]).repeat(len(low) + 1, 0), ((0, 0), (1, 1), (1, 1)))
    for q, (y, x) in enumerate(itertools.product(range(high.shape[1]), range(high.shape[2]))):
        if own and not (hole[0, y, x] and free.any()):
            continue
        scores = np.array([10 * (keys[q] * key).sum() / max(np.sqrt((key * key).sum()), 1e-4) for key in keys])
        scores = np.where(free, scores, -np.inf if own else 0)
        weights = np.exp(scores - scores.max())
        weights = weights / weights.sum()
        if not own:
            weights = np.maximum(weights * free, 1e-8)
        for weight, value in zip(weights, values, strict=True):
            total[:, 2 * y : 2 * y + 4, 2 * x : 2 * x + 4] += weight * value
    total, mass = total[:-1, 1:-1, 1:-1], total[-1, 1:-1, 1:-1]
    if own:
        inside = (known == 0) & (mass > 0)
        return torch.from_numpy(np.where(inside, total / np.where(inside, mass, 1), low))
    return torch.from_numpy(total / 4)


@pytest.mark.parametrize("patch", [1, 3])
def test_published_attention_is_the_formula_patch_by_patch(patch, way):
    low, high, _, hole = features(2, 5, 6, way)

    filled = attention_transfer(low, high, hole, patch=patch)

    expected = torch.stack([slow_transfer(*sample, patch) for sample in zip(low, high, hole, strict=True)])
    torch.testing.assert_close(filled.double(), expected, rtol=0, atol=2e-6 if way == "rows" else 1e-12)


@pytest.mark.parametrize("patch", [1, 3])
def test_own_attention_is_the_formula_patch_by_patch(patch, way):
    low, high, hole_low, hole = features(2, 6, 5, way)

    filled = attend_hole(low, high, hole_low, hole, patch=patch)

    samples = zip(low, high, hole, hole_low, strict=True)
    expected = torch.stack([slow_transfer(a, b, c, patch, own_hole=d[0]) for a, b, c, d in samples])
    torch.testing.assert_close(filled.double(), expected, rtol=0, atol=2e-6 if way == "rows" else 1e-12)


@pytest.mark.parametrize("patch", [1, 3])
def test_gradients_are_those_of_the_published_formula(patch):
    low, high, _, hole = features(2, 4, 3)

    assert torch.autograd.gradcheck(
        lambda a, b: attention_transfer(a, b, hole, patch=patch),
        (low.requires_grad_(), high.requires_grad_()),
        fast_mode=True,
    )


@pytest.mark.parametrize("patch", [1, 3])
def test_gradients_are_those_of_our_own_formula(patch):
    low, high, hole_low, hole = features(2, 6, 4)

    assert torch.autograd.gradcheck(
        lambda a, b: attend_hole(a, b, hole_low, hole, patch=patch),
        (low.requires_grad_(), high.requires_grad_()),
        fast_mode=True,
    )


@pytest.mark.parametrize("free_rows", [0, 1, 3])
def test_a_picture_that_is_nearly_all_hole_stays_finite(free_rows, way):
    low, high, hole_low, _ = features(2, 6, 6, way)
    hole_low[:] = 1
    hole_low[0, :, : 2 * free_rows] = 0
    hole = F.max_pool2d(hole_low, 2)
    high *= 1000

    published, own = attention_transfer(low, high, hole), attend_hole(low, high, hole_low, hole)

    assert published.isfinite().all()
    assert own.isfinite().all()
    assert torch.equal(own[1], low[1])


def test_own_attention_keeps_what_is_known_and_reads_nothing_from_the_hole(way):
    low, high, hole_low, hole = features(2, 6, 6, way)
    other = torch.where(hole_low > 0, 1e6, low)

    filled, again = (attend_hole(x, high, hole_low, hole) for x in (low, other))

    assert torch.equal(filled[(hole_low == 0).expand_as(low)], low[(hole_low == 0).expand_as(low)])
    assert torch.equal(filled, again)


def test_a_batch_is_filled_like_its_pictures_one_by_one(way, monkeypatch):
    low, high, hole_low, hole = features(3, 6, 5, way)
    hole_low[1], hole[1] = 0, 0

    together = attention_transfer(low, high, hole), attend_hole(low, high, hole_low, hole)

    monkeypatch.setattr(attention, "CPU_CHUNK_SCORES", 1)
    apart = attention_transfer(low, high, hole), attend_hole(low, high, hole_low, hole)
    for a, b in zip(together, apart, strict=True):
        torch.testing.assert_close(a, b)


def test_rows_do_not_depend_on_the_number_of_threads(monkeypatch):
    low, high, _, hole = features(1, 13, 7, "rows")
    monkeypatch.setattr(matching, "WHOLE_SCORES", 0)
    threads, results = torch.get_num_threads(), []

    for n in (1, 3):
        torch.set_num_threads(n)
        results.append(attention_transfer(low, high, hole))
        assert torch.get_num_threads() == n
    torch.set_num_threads(threads)

    assert torch.equal(*results)


def test_half_precision_is_computed_in_float32_and_returned_as_it_came():
    low, high, _, hole = (x.to(torch.bfloat16) for x in features(1, 6, 6))

    filled = attention_transfer(low, high, hole)

    assert filled.dtype == torch.bfloat16
    torch.testing.assert_close(filled, attention_transfer(low.float(), high.float(), hole.float()).bfloat16())
