import numpy as np
import pytest

from eraser.inpaint.kernels import CHANNELS
from eraser.inpaint.patches import _sources, _targets
from eraser.inpaint.peel import peel
from eraser.system import jit


def scene(picture, box):
    """Features of a grey picture (h, w), and a hole at x, y, width, height in which they are far too bright."""
    hole = np.zeros(picture.shape, np.bool_)
    x, y, w, h = box
    hole[y : y + h, x : x + w] = True
    features = np.repeat(picture[..., None].astype(np.float32), CHANNELS, axis=2)
    features[hole] = 999.0
    return features, hole, _sources(hole), _targets(hole)


def noise(shape=(32, 40)):
    return np.random.default_rng(0).uniform(0, 200, shape).astype(np.float32)


def test_a_line_goes_on_across_the_hole():
    picture = np.zeros((32, 48))
    picture[15:17] = 100.0
    features, hole, source, target = scene(picture, (18, 8, 12, 16))

    peel(features, hole, source, target)

    np.testing.assert_array_equal(features[..., 0], picture)


def test_every_pixel_of_the_hole_is_the_copy_that_its_match_says():
    features, hole, source, target = scene(noise(), (14, 10, 12, 9))
    known = features.copy()

    match = peel(features, hole, source, target)

    ys, xs = np.nonzero(hole)
    np.testing.assert_array_equal(features[hole], known[match[ys, xs, 0], match[ys, xs, 1]])
    assert source[match[target][:, 0], match[target][:, 1]].all()
    assert (match[~target] == -1).all()
    np.testing.assert_array_equal(features[~hole], known[~hole])


def test_what_lies_under_the_hole_counts_as_much_as_its_weight_says():
    def filled(under, prior_weight):
        features, hole, source, target = scene(noise(), (14, 10, 12, 9))
        features[hole] = under
        peel(features, hole, source, target, prior_weight=prior_weight)
        return features[hole]

    np.testing.assert_array_equal(filled(0.0, 0.0), filled(999.0, 0.0))
    assert filled(0.0, 1.0).mean() + 10 < filled(200.0, 1.0).mean()


def test_the_best_source_is_the_one_of_a_plain_search():
    features, hole, source, target = scene(noise(), (17, 14, 1, 1))
    before, height = features.copy(), 49 * 30.0

    match = peel(features, hole, source, target, height=height)

    def cost(sy, sx):
        difference = (before[11:18, 14:21] - before[sy - 3 : sy + 4, sx - 3 : sx + 4]) ** 2
        difference[3, 3] = 0
        return difference.sum() / 48 + height / 49 * (14 - sy) ** 2

    best = min(np.argwhere(source).tolist(), key=lambda at: cost(*at))
    assert match[14, 17].tolist() == best


def test_the_result_does_not_depend_on_the_number_of_threads(monkeypatch):
    results = []
    for threads in (1, 5):
        jit._threads.cache_clear()
        monkeypatch.setattr(jit, "thread_count", lambda threads=threads: threads)
        features, hole, source, target = scene(noise(), (14, 6, 12, 20))
        results.append(peel(features, hole, source, target))
    jit._threads.cache_clear()

    np.testing.assert_array_equal(*results)


@pytest.mark.parametrize("box", [(0, 0, 30, 32), (0, 4, 40, 6), (33, 25, 7, 7)])
def test_holes_at_the_border_are_filled_whole(box):
    features, hole, source, target = scene(noise(), box)

    peel(features, hole, source, target)

    assert features.max() <= 200
