import numpy as np
import pytest
from PIL import Image

BIG, SMALL = (40, 20, 70, 60), (100, 20, 110, 35)


def has_red(image, box):
    x0, y0, x1, y1 = box
    return bool((image[y0:y1, x0:x1, 0] > 180).any())


def test_the_result_lies_beside_the_photo_and_stdout_holds_its_path_only(erase_me, make_photo, files, pixels):
    photo = make_photo("a.jpg", quality=95)
    before = photo.read_bytes()

    code, out, err = erase_me("a.jpg")

    assert (code, out, err) == (0, "a.erased.jpg\n", "")
    assert files() == ["a.erased.jpg", "a.jpg"]
    assert photo.read_bytes() == before
    assert not has_red(pixels("a.erased.jpg"), BIG)


def test_pixels_outside_the_saved_mask_are_those_of_the_photo(erase_me, make_photo, pixels):
    make_photo("a.png", people=(BIG, SMALL))

    erase_me("a.png", "--save-mask")

    photo, result, hole = pixels("a.png"), pixels("a.erased.png"), pixels("a.mask.png")
    assert set(np.unique(hole)) == {0, 255}
    assert (result[hole == 0] == photo[hole == 0]).all()
    assert hole[20:60, 40:70].all()
    assert hole.mean() < 128


def test_patches_fill_the_hole_with_the_pixels_around_it(erase_me, make_photo, pixels):
    make_photo("a.png")

    code, _, err = erase_me("a.png", "--inpainter", "patches")

    result = pixels("a.erased.png").astype(int)
    ramp = np.linspace(40, 120, 128)[40:70]
    assert (code, err) == (0, "")
    assert np.abs(result[20:60, 40:70, 1] - ramp).mean() < 12


@pytest.mark.parametrize(
    ("options", "big_stays", "small_stays"),
    [
        (("--who", "all"), False, False),
        (("--who", "main"), False, True),
        (("--who", "others"), True, False),
        (("--who", "2"), True, False),
        (("--who", "2,1"), False, False),
        (("--at", "105,25"), True, False),
        (("--at", "105,25", "--at", "50,30"), False, False),
        (("--at", "105,25", "--who", "others"), False, True),
    ],
)
def test_only_who_was_chosen_goes(erase_me, make_photo, pixels, options, big_stays, small_stays):
    make_photo("a.png", people=(BIG, SMALL))

    code, _, _ = erase_me("a.png", *options)

    result = pixels("a.erased.png")
    assert code == 0
    assert (has_red(result, BIG), has_red(result, SMALL)) == (big_stays, small_stays)


def test_a_photo_without_people_is_said_to_be_one_and_nothing_is_written(erase_me, make_photo, files):
    make_photo("a.jpg", people=())

    assert erase_me("a.jpg") == (0, "", "a.jpg: nobody found, nothing written\n")
    assert erase_me("a.jpg", "-q") == (0, "", "")
    assert files() == ["a.jpg"]


def test_where_everybody_stays_nothing_is_written(erase_me, make_photo, files):
    make_photo("a.jpg")

    code, out, err = erase_me("a.jpg", "--who", "others")

    assert (code, out, err) == (0, "", "a.jpg: 1 found and all of them stay, nothing written\n")
    assert files() == ["a.jpg"]


def test_a_copy_of_a_photo_without_people_is_the_same_file_or_the_format_asked_for(erase_me, make_photo, pixels):
    photo = make_photo("a.jpg", people=())

    assert erase_me("a.jpg", "--copy-unchanged")[1] == "a.erased.jpg\n"
    assert erase_me("a.jpg", "--copy-unchanged", "--format", "png")[1] == "a.erased.png\n"

    assert photo.with_name("a.erased.jpg").read_bytes() == photo.read_bytes()
    assert (pixels("a.erased.png") == pixels("a.jpg")).all()


@pytest.mark.parametrize("invert", [False, True])
def test_a_mask_given_is_the_hole_used_and_nobody_is_looked_for(erase_me, make_photo, home, pixels, invert):
    make_photo("a.png", people=(BIG, SMALL))
    hole = np.zeros((80, 128), np.uint8)
    hole[3:9, 5:77:2] = 255
    Image.fromarray(255 - hole if invert else hole).save(home / "hole.png")

    masks = ("--mask", "hole.png", *(["--invert-mask"] if invert else []))
    code, _, _ = erase_me("a.png", *masks, "--masker", "no-such-masker", "--save-mask")

    assert code == 0
    assert (pixels("a.mask.png") == hole).all()
    assert has_red(pixels("a.erased.png"), BIG)


def test_a_mask_given_is_never_grown(erase_me, make_photo, home, pixels):
    make_photo("a.png", people=(BIG, SMALL))
    hole = np.zeros((80, 128), np.uint8)
    hole[30:39, 15:77:2] = 255
    Image.fromarray(hole).save(home / "hole.png")

    code, _, _ = erase_me("a.png", "--mask", "hole.png", "--dilate-px", "7", "--save-mask")

    assert code == 0
    assert (pixels("a.mask.png") == hole).all()


def test_a_mask_can_go_on_top_of_the_people(erase_me, make_photo, home, pixels):
    make_photo("a.png", people=(BIG, SMALL))
    hole = np.zeros((80, 128), np.uint8)
    hole[70:75, 5:15] = 255
    Image.fromarray(hole).save(home / "hole.png")

    erase_me("a.png", "--mask", "hole.png", "--add-mask", "--who", "main", "--save-mask", "--dilate-px", "0")

    hole[20:60, 40:70] = 255
    assert (pixels("a.mask.png") == hole).all()


def test_an_empty_mask_changes_nothing(erase_me, make_photo, home, files):
    make_photo("a.png")
    Image.new("L", (128, 80)).save(home / "hole.png")

    assert erase_me("a.png", "--mask", "hole.png") == (0, "", "a.png: the mask is empty, nothing written\n")
    assert files() == ["a.png", "hole.png"]
