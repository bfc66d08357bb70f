"""The compiled loops of the patch search against plain numpy."""

from itertools import pairwise

import numpy as np
import pytest

from eraser.inpaint import kernels
from eraser.inpaint.kernels import CHANNELS, RADIUS_PX
from eraser.inpaint.patches import _sources, _targets

H, W = 26, 31
SIDE = 2 * RADIUS_PX + 1


def patch(features, y, x):
    return features[y - RADIUS_PX : y + RADIUS_PX + 1, x - RADIUS_PX : x + RADIUS_PX + 1]


def naive_distance(features, y, x, sy, sx):
    return float(((patch(features, y, x).astype(np.float64) - patch(features, sy, sx)) ** 2).sum())


class Scene:
    """A noisy crop with a hole and a random match for every target."""

    height = np.float32(0)

    def __init__(self, seed=0, hole=(slice(9, 17), slice(10, 19)), features=None):
        rng = np.random.default_rng(seed)
        noise = rng.uniform(0, 255, (H, W, CHANNELS)).astype(np.float32)
        self.features = noise if features is None else features
        self.hole = np.zeros((H, W), np.bool_)
        self.hole[hole] = True
        self.source, self.target = _sources(self.hole), _targets(self.hole)
        self.valid = np.argwhere(self.source).astype(np.int32)
        self.match = np.full((H, W, 2), -1, np.int32)
        self.match[self.target] = self.valid[rng.integers(0, len(self.valid), self.target.sum())]
        self.cost = np.full((H, W), np.inf, np.float32)
        self.rows = self.features.reshape(H, -1)

    def score(self):
        kernels.score(0, H, self.rows, self.target, self.match, self.cost, self.height)

    def sweep(self, number, cuts=(0, H), reach=W):
        before = self.match.copy()
        for top, bottom in pairwise(cuts):
            kernels.sweep(
                top,
                bottom,
                self.rows,
                self.target,
                self.source,
                self.match,
                self.cost,
                before,
                number,
                reach,
                self.height,
            )

    def naive_costs(self):
        return np.array([naive_distance(self.features, y, x, *self.match[y, x]) for y, x in np.argwhere(self.target)])


def test_random_bits_fill_32_bits_evenly():
    bits = np.array([int(kernels._hash(place, 3, 5)) for place in range(4000)])

    assert bits.max() < 2**32
    for half in (bits & 0xFFFF, bits >> 16):
        assert abs(half.mean() / 65536 - 0.5) < 0.02
        assert half.min() < 200
        assert half.max() > 65336
    assert len(set(bits)) > 3990


def test_random_bits_differ_from_sweep_to_sweep_and_from_try_to_try():
    assert len({int(kernels._hash(7, number, tries)) for number in range(30) for tries in range(30)}) == 900


def test_the_score_is_the_sum_of_squared_differences():
    scene = Scene()

    scene.score()

    np.testing.assert_allclose(scene.cost[scene.target], scene.naive_costs(), rtol=1e-4)
    assert np.isinf(scene.cost[~scene.target]).all()


@pytest.mark.parametrize("cuts", [(0, H), (0, 5, 12, 13, H)])
def test_sweeps_keep_to_sources_never_lose_and_know_their_cost(cuts):
    scene = Scene(seed=1)
    scene.score()
    last = scene.cost.copy()

    for number in range(4):
        scene.sweep(number, cuts)

        ys, xs = scene.match[scene.target].T
        assert scene.source[ys, xs].all()
        assert (scene.cost[scene.target] <= last[scene.target]).all()
        np.testing.assert_allclose(scene.cost[scene.target], scene.naive_costs(), rtol=1e-4)
        last = scene.cost.copy()


def test_sweeps_find_where_the_surroundings_of_the_hole_lie_a_second_time():
    features = np.random.default_rng(2).uniform(0, 255, (H, W, CHANNELS)).astype(np.float32)
    features[:, 16:31] = features[:, :15]
    scene = Scene(hole=(slice(11, 14), slice(6, 9)), features=features)
    scene.match[scene.target] = 3, 15
    scene.score()

    for number in range(12):
        scene.sweep(number)

    assert (scene.cost[scene.target] == 0).all()
    assert (scene.match[scene.target] - np.argwhere(scene.target) == (0, 16)).all()


@pytest.mark.parametrize(("number", "corner"), [(0, 0), (1, -1)])
@pytest.mark.parametrize("cuts", [(0, H), tuple(range(H + 1))])
def test_a_good_match_spreads_from_pixel_to_pixel_and_from_strip_to_strip(number, corner, cuts):
    features = np.random.default_rng(2).uniform(0, 255, (H, W, CHANNELS)).astype(np.float32)
    features[:, 16:31] = features[:, :15]
    scene = Scene(hole=(slice(11, 14), slice(6, 9)), features=features)
    scene.match[scene.target] = 3, 15
    first = tuple(np.argwhere(scene.target)[corner])
    scene.match[first] = first + np.array([0, 16])
    scene.score()

    for _ in range(H if len(cuts) > 2 else 1):
        scene.sweep(number, cuts, reach=0)

    assert (scene.cost[scene.target] == 0).all()


@pytest.mark.parametrize("start", [(3, 3), (3, 27), (22, 3), (22, 27)])
def test_the_random_search_reaches_every_corner(start):
    scene = Scene(hole=(slice(13, 14), slice(15, 16)))
    scene.match[scene.target] = start
    scene.score()
    seen = set()

    for number in range(60):
        scene.cost[scene.target] = 1e30  # anything is better
        scene.match[scene.target] = start
        scene.sweep(number)
        seen |= {(y // 13, x // 16) for y, x in scene.match[scene.target].tolist()}

    assert seen == {(0, 0), (0, 1), (1, 0), (1, 1)}


@pytest.mark.parametrize("percentile", [0.0, 0.5, 0.75, 1.0])
def test_a_vote_is_the_weighted_mean_of_what_the_patches_copy(percentile):
    scene = Scene(seed=3, hole=(slice(0, 6), slice(20, 31)))
    rng = np.random.default_rng(4)
    scene.cost[scene.target] = rng.uniform(0, 1e5, scene.target.sum())
    trust = rng.uniform(0.1, 1, (H, W)).astype(np.float32)
    out = scene.features.copy()

    kernels.vote(
        0, H, scene.features, scene.hole, scene.target, scene.match, scene.cost, trust, np.float32(percentile), out
    )

    expected = scene.features.astype(np.float64)
    for y, x in np.argwhere(scene.hole):
        near = [p for p in np.argwhere(scene.target) if max(abs(p - (y, x))) <= RADIUS_PX]
        costs = np.array([scene.cost[tuple(p)] for p in near], np.float64)
        spread = 2 * max(np.sort(costs)[int((len(near) - 1) * percentile)], 1.0)
        weights = np.array([trust[tuple(p)] for p in near]) * np.exp(-costs / spread)
        copies = np.array([scene.features[tuple(scene.match[tuple(p)] + (y, x) - p)] for p in near], np.float64)
        expected[y, x] = (weights[:, None] * copies).sum(axis=0) / weights.sum()
    np.testing.assert_allclose(out, expected, rtol=1e-3, atol=0.05)


def test_each_hole_pixel_takes_the_offset_of_the_best_patch_over_it():
    scene = Scene(seed=5, hole=(slice(20, 26), slice(0, 7)))
    scene.score()
    offsets = np.zeros((H, W, 2), np.int32)

    kernels.choose(0, H, scene.hole, scene.target, scene.match, scene.cost, offsets)

    for y, x in np.argwhere(scene.hole):
        near = [tuple(p) for p in np.argwhere(scene.target) if max(abs(p - (y, x))) <= RADIUS_PX]
        best = min(near, key=lambda p: scene.cost[p])
        assert tuple(offsets[y, x]) == tuple(scene.match[best] - best)
    assert not offsets[~scene.hole].any()
    ys, xs = np.nonzero(scene.hole)
    assert not scene.hole[ys + offsets[ys, xs, 0], xs + offsets[ys, xs, 1]].any()


def test_a_finer_level_begins_with_doubled_matches_and_with_any_source_where_they_miss():
    scene = Scene(seed=6)
    coarse = np.full((H // 2, W // 2, 2), -1, np.int32)
    coarse[5, 6] = 1, 2  # doubled: from (11, 13) to (3, 5)
    coarse[6, 6] = 6, 7  # doubled: into the hole
    scene.match[:] = -1

    kernels.refine(0, H, coarse, scene.source, scene.target, scene.valid, scene.match, 0)

    assert tuple(scene.match[11, 13]) == (11 - 8, 13 - 8)
    assert not scene.source[2, 4]  # a patch about it would leave the picture
    assert tuple(scene.match[10, 12]) != (2, 4)
    ys, xs = scene.match[scene.target].T
    assert scene.source[ys, xs].all()
    assert len(set(map(tuple, scene.match[scene.target]))) > 20
    assert (scene.match[~scene.target] == -1).all()
