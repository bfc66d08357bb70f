"""What every result keeps, whatever was in the photo."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from eraser.config import EraseRequest
from eraser.errors import NothingLeftError
from eraser.geometry import Box, Person
from eraser.inpaint.patches import inpaint as patches
from eraser.pipeline import Tools, erase
from eraser.result import hole_share

PHOTO = np.random.default_rng(0).integers(0, 200, (120, 160, 3), dtype=np.uint8)
MAIN, FAR = Box(60, 30, 90, 100), Box(5, 50, 15, 80)


@given(arrays(np.bool_, (30, 40), elements=st.booleans()), st.sampled_from(["given", "found"]))
def test_a_hole_given_is_a_hole_used_and_nothing_else_changes(grey, never, mask, way):
    assume(not mask.all())
    photo = PHOTO[:30, :40]
    found = [Person.from_mask(mask)] if mask.any() else []

    if way == "given":
        result = erase(photo, Tools(never, grey), mask=mask)
    else:
        result = erase(photo, Tools(lambda image: found, grey), EraseRequest(dilate_px=0))

    np.testing.assert_array_equal(result.hole, mask)
    np.testing.assert_array_equal(result.image[~mask], photo[~mask])
    assert (result.image[mask] == 250).all()


@pytest.mark.parametrize("config", [EraseRequest(), EraseRequest(dilate_px=15, feather_px=20)])
def test_grown_and_feathered_the_person_is_gone_and_the_rest_is_bit_identical(finds, grey, config):
    result = erase(PHOTO, Tools(finds(MAIN, FAR), grey), config)

    for box in (MAIN, FAR):
        assert (result.image[box.slices] == 250).all()
    np.testing.assert_array_equal(result.image[~result.hole], PHOTO[~result.hole])
    assert 0 < hole_share(result) < 1


@pytest.mark.parametrize("size", [(120, 160), (500, 420)])
def test_what_the_person_looks_like_has_no_influence_on_the_result(size):
    rng = np.random.default_rng(1)
    photo = np.clip(np.arange(size[1])[:, None] * 0.3 + rng.normal(60, 20, (*size, 3)), 0, 255).astype(np.uint8)
    mask = np.zeros(size, np.bool_)
    mask[size[0] // 8 : -size[0] // 8, size[1] // 4 : -size[1] // 4] = mask[-6:, :9] = True
    magenta, green = (np.where(mask[..., None], np.uint8(colour), photo) for colour in ([255, 0, 255], [0, 255, 0]))

    first, second = (erase(image, Tools(None, patches), mask=mask).image for image in (magenta, green))

    np.testing.assert_array_equal(first, second)
    assert not (np.abs(first.astype(int) - (255, 0, 255)).max(axis=2) < 60).any()


def test_a_gradient_gets_no_steps(finds):
    ramp = np.repeat(np.tile(np.uint8(np.linspace(40, 200, 200)), (140, 1))[..., None], 3, axis=2)

    result = erase(ramp, Tools(finds(Box(80, 30, 120, 100)), patches))

    assert np.abs(result.image.astype(int) - ramp).max() <= 12
    assert np.abs(np.diff(result.image.astype(int), axis=1)).max() <= 6
    assert np.abs(np.diff(result.image.astype(int), axis=0)).max() <= 6


@pytest.mark.parametrize("shape", [(1, 2), (3, 5), (2, 500)])
def test_tiny_photos_are_erased(finds, shape):
    photo = np.full((*shape, 3), 9, np.uint8)

    result = erase(photo, Tools(finds(Box(0, 0, 1, 1)), patches), EraseRequest(dilate_px=0))

    assert result.changed
    assert (result.image == 9).all()


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (2, 500)])
def test_somebody_who_fills_the_whole_photo_cannot_be_replaced_by_anything(finds, shape):
    photo = np.full((*shape, 3), 9, np.uint8)

    with pytest.raises(NothingLeftError):
        erase(photo, Tools(finds(Box(0, 0, shape[1], shape[0])), patches))


def test_the_photo_given_is_left_alone_and_results_repeat(finds):
    photo = PHOTO.copy()
    photo.flags.writeable = False

    first, second = (erase(photo, Tools(finds(MAIN), patches)).image for _ in range(2))

    np.testing.assert_array_equal(first, second)
    assert first.flags.writeable
    assert not np.array_equal(first, photo)
