import cv2
import numpy as np
import pytest

from eraser.geometry import Box, Person
from eraser.hole.shadows import find_shadow, find_shadows

HEIGHT, WIDTH = 90, 26


def ground(shape=(220, 320)):
    """A plain of pebbles, lit from one side."""
    rng = np.random.default_rng(4)
    grain = cv2.GaussianBlur(rng.normal(0, 22, (*shape, 3)), (0, 0), 1.2)
    return np.clip(np.linspace(150, 185, shape[1])[None, :, None] + grain, 0, 255)


def somebody(x=150, foot_y=150):
    """A head, a body, and legs apart."""
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.circle(mask, (WIDTH // 2, 8), 7, 1, -1)
    cv2.rectangle(mask, (5, 15), (WIDTH - 6, 55), 1, -1)
    cv2.line(mask, (9, 50), (5, HEIGHT - 1), 1, 7)
    cv2.line(mask, (WIDTH - 10, 50), (WIDTH - 5, HEIGHT - 1), 1, 7)
    return Person(Box(x, foot_y - HEIGHT, x + WIDTH, foot_y), mask > 0)


def shade_of(person, shape, shear=0.9, flat=0.35):
    """(H, W) in [0, 1], soft: the person's shadow on the ground."""
    flat_px = flat * HEIGHT
    box = person.box
    matrix = np.array([[1, -shear, box.x0 + shear * HEIGHT], [0, flat, box.y1 - flat_px]])
    laid = cv2.warpAffine(person.mask.astype(np.float32), matrix, shape[1::-1])
    return cv2.GaussianBlur(laid, (0, 0), 1.5)


def photo(scene, *people):
    image = np.rint(np.clip(scene, 0, 255)).astype(np.uint8)
    for person in people:
        image[person.box.slices][person.mask] = (60, 40, 120)
    return image


def shaded(scene, shade, factor=(0.5, 0.52, 0.56)):
    return scene * (1 - shade[..., None] * (1 - np.array(factor)))


def drawn(found, shape):
    mask = np.zeros(shape[:2], np.bool_)
    mask[found.box.slices] = found.mask
    return mask


@pytest.mark.parametrize(("shear", "flat"), [(0.9, 0.35), (-0.7, 0.5), (1.1, -0.3)])
def test_a_shadow_on_the_ground_is_found_where_it_lies(shear, flat):
    person, scene = somebody(), ground()
    shade = shade_of(person, scene.shape, shear, flat)

    found = find_shadow(photo(shaded(scene, shade), person), person)

    assert found is not None
    mask = drawn(found, scene.shape)
    truth = (shade > 0.5) & ~drawn(person, scene.shape)
    assert (mask & truth).sum() > 0.75 * truth.sum()
    assert (mask & (shade < 0.02)).sum() < 0.6 * truth.sum()


def test_a_soft_patch_below_the_feet_is_found():
    person, scene = somebody(), ground()
    patch = cv2.ellipse(np.zeros(scene.shape[:2], np.float32), (160, 150), (34, 7), 0, 0, 360, 1.0, -1)
    shade = cv2.GaussianBlur(patch, (0, 0), 1.5)

    found = find_shadow(photo(shaded(scene, shade), person), person)

    assert found is not None
    truth = (shade > 0.5) & ~drawn(person, scene.shape)
    assert (drawn(found, scene.shape) & truth).sum() > 0.75 * truth.sum()


def test_a_shadow_is_never_on_its_person():
    person, scene = somebody(), ground()

    found = find_shadow(photo(shaded(scene, shade_of(person, scene.shape)), person), person)

    assert not (drawn(found, scene.shape) & drawn(person, scene.shape)).any()


def test_without_a_shadow_nothing_is_found():
    person = somebody()

    assert find_shadow(photo(ground(), person), person) is None


def test_a_dark_object_beside_the_feet_stays():
    person, scene = somebody(), ground()
    scene[135:156, 184:206] = (35, 60, 25)

    assert find_shadow(photo(scene, person), person) is None


@pytest.mark.parametrize("rows", [slice(145, None), slice(140, 162)])
def test_a_dark_floor_or_a_band_of_it_stays(rows):
    person, scene = somebody(), ground()
    scene[rows] *= 0.55

    assert find_shadow(photo(scene, person), person) is None


def test_a_coloured_shape_stays_even_if_it_looks_like_the_person():
    person, scene = somebody(), ground()
    carpet = shaded(scene, shade_of(person, scene.shape), factor=(0.75, 0.25, 0.6))

    assert find_shadow(photo(carpet, person), person) is None


def test_somebody_cut_by_the_lower_edge_has_no_feet_to_begin_at():
    scene = ground((150, 320))
    person = somebody(foot_y=150)

    assert find_shadow(photo(shaded(scene, shade_of(person, scene.shape)), person), person) is None


def test_a_shadow_that_reaches_somebody_who_stays_is_left():
    person, scene = somebody(), ground()
    image = photo(shaded(scene, shade_of(person, scene.shape)), person)
    (shadow,) = find_shadows(image, [person])
    stays = somebody(x=shadow.box.x1 - 4, foot_y=shadow.box.y1)

    assert find_shadows(photo(shaded(scene, shade_of(person, scene.shape)), person, stays), [person], [stays]) == []


def test_small_people_are_not_asked_for_their_shadow():
    tiny = Person(Box(100, 100, 110, 130), np.ones((30, 10), np.bool_))

    assert find_shadow(photo(ground(), tiny), tiny) is None


def test_a_shadow_of_somebody_larger_than_the_working_scale_is_found_where_it_lies():
    person, scene, times = somebody(), ground(), 4  # 360 px tall, judged at 96
    shade = shade_of(person, scene.shape)
    small = photo(shaded(scene, shade), person)
    large = np.repeat(np.repeat(small, times, axis=0), times, axis=1)
    mask = np.repeat(np.repeat(person.mask, times, axis=0), times, axis=1)
    tall = Person(Box(*(times * edge for edge in person.box)), mask)

    found = find_shadow(large, tall)

    truth = cv2.resize(((shade > 0.5) & ~drawn(person, scene.shape)).astype(np.uint8), large.shape[1::-1]) > 0
    assert (drawn(found, large.shape) & truth).sum() > 0.7 * truth.sum()
