import subprocess
import sys

import numpy as np
import pytest

from eraser.config import EraseRequest
from eraser.errors import InpainterError, MaskerError, MaskerOutputError, NothingLeftError
from eraser.geometry import Box
from eraser.inpaint.base import Fill
from eraser.pipeline import Tools, erase, find_hole, find_people
from eraser.result import hole_share

PHOTO = np.random.default_rng(0).integers(0, 200, (120, 160, 3), dtype=np.uint8)
MAIN, FAR = Box(60, 30, 90, 100), Box(5, 50, 15, 80)


def test_with_nobody_in_the_photo_nothing_happens(finds, never):
    result = erase(PHOTO, Tools(finds(), never))

    np.testing.assert_array_equal(result.image, PHOTO)
    assert (result.changed, result.people, result.gone, hole_share(result)) == (False, (), (), 0.0)


def test_people_are_numbered_and_those_chosen_go(finds, grey):
    result = erase(PHOTO, Tools(masker=finds(FAR, MAIN), inpainter=grey), EraseRequest(who="2", dilate_px=0))

    assert [person.box for person in result.people] == [MAIN, FAR]
    assert result.gone == (2,)
    assert Box.of_mask(result.hole) == FAR
    assert (result.image[FAR.slices] == 250).all()
    np.testing.assert_array_equal(result.image[MAIN.slices], PHOTO[MAIN.slices])


def test_the_person_under_a_pixel_goes(finds, grey):
    assert erase(PHOTO, Tools(masker=finds(MAIN, FAR), inpainter=grey), EraseRequest(at=((7, 60),))).gone == (2,)


def test_somebody_who_is_not_there_cannot_go(finds, grey):
    with pytest.raises(ValueError, match="there is no person 3: 2 found"):
        erase(PHOTO, Tools(masker=finds(MAIN, FAR), inpainter=grey), EraseRequest(who="3"))


def test_a_mask_is_erased_on_top_of_the_people_if_asked(finds, grey):
    mask = np.zeros(PHOTO.shape[:2], np.bool_)
    mask[110:115, 140:150] = True

    result = erase(
        PHOTO, Tools(masker=finds(MAIN), inpainter=grey), EraseRequest(add_mask=True, dilate_px=0), mask=mask
    )

    assert result.hole.sum() == MAIN.width * MAIN.height + mask.sum()
    assert result.gone == (1,)


def test_the_inpainter_sees_neither_the_person_nor_another_hole(finds, grey):
    seen = []

    def look(image, hole):
        seen.append((image, hole))
        return grey(image, hole)

    photo = PHOTO.copy()
    photo[MAIN.slices] = photo[FAR.slices] = 255
    erase(photo, Tools(finds(MAIN, FAR), look))

    assert all(not image[hole].any() for image, hole in seen)
    assert all((image < 250).all() for image, _ in seen)


def test_stages_are_timed(finds, grey):
    assert set(erase(PHOTO, Tools(finds(MAIN), grey)).seconds) == {"detect", "mask", "fill", "composite"}


@pytest.mark.parametrize("wrong", [None, PHOTO, Fill(PHOTO), Fill(np.zeros((2, 2, 3), np.uint8)), Fill(PHOTO / 2)])
def test_an_inpainter_that_returns_something_else_is_named(wrong):
    mask = np.zeros(PHOTO.shape[:2], np.bool_)
    mask[0, 0] = True

    with pytest.raises(InpainterError, match="the inpainter spray must return"):
        erase(PHOTO, Tools(masker=None, inpainter=lambda image, hole: wrong, inpainter_name="spray"), mask=mask)


def test_maskers_that_fail_or_return_something_else_are_named(finds):
    with pytest.raises(MaskerError, match="the masker hats failed: KeyError"):
        find_people(PHOTO, lambda image: {}["brim"], "hats")
    with pytest.raises(MaskerOutputError, match="the masker hats"):
        find_people(PHOTO, finds(Box(150, 0, 170, 10)), "hats")


def test_wrong_arrays_are_refused_before_anybody_works(never):
    with pytest.raises(TypeError, match="image must be a uint8 array"):
        erase(PHOTO / 255, Tools(never, never))
    with pytest.raises(ValueError, match=r"mask must have shape \(120, 160\)"):
        erase(PHOTO, Tools(never, never), mask=np.zeros((4, 4), np.bool_))
    with pytest.raises(TypeError, match="mask must be a bool array"):
        erase(PHOTO, Tools(never, never), mask=np.zeros((120, 160), np.uint8))


def test_the_pipeline_with_patches_needs_no_torch():
    code = (
        "import sys, numpy as np; from eraser.pipeline import Tools, erase\n"
        "from eraser.inpaint.patches import inpaint\n"
        "mask = np.zeros((40, 40), bool); mask[10:20, 10:20] = True\n"
        "assert (erase(np.full((40, 40, 3), 5, np.uint8), Tools(None, inpaint), mask=mask).image == 5).all()\n"
        "heavy = {'torch', 'torchvision', 'ultralytics', 'typer', 'rich', 'PIL'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )

    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_a_hole_of_the_whole_photo_is_an_error(finds, grey):
    with pytest.raises(NothingLeftError, match="no pixel is left to fill it from"):
        erase(PHOTO, Tools(finds(), grey), mask=np.ones(PHOTO.shape[:2], bool))


def test_what_is_to_be_kept_stays_though_people_and_a_mask_reach_in(finds, grey):
    keep, mask = np.zeros((2, *PHOTO.shape[:2]), np.bool_)
    keep[:, :75] = True
    mask[0:10, 70:80] = True

    result = erase(
        PHOTO,
        Tools(masker=finds(MAIN), inpainter=grey),
        EraseRequest(add_mask=True, dilate_px=0),
        mask=mask,
        keep=keep,
    )

    np.testing.assert_array_equal(result.image[:, :75], PHOTO[:, :75])
    assert result.hole[0:10, 75:80].all()
    assert result.hole[30:100, 75:90].all()


def test_the_hole_alone_is_the_one_that_erasing_fills(finds, grey):
    request = EraseRequest(who="1", dilate_px=5, second_look=False)
    keep = np.zeros(PHOTO.shape[:2], np.bool_)
    keep[:40] = True
    tools = Tools(masker=finds(MAIN, FAR), inpainter=grey)

    hole = find_hole(PHOTO, find_people(PHOTO, tools.masker), request, keep=keep)

    np.testing.assert_array_equal(hole, erase(PHOTO, tools, request, keep=keep).hole)


def test_each_stage_is_told_and_what_that_raises_ends_the_work(finds, grey):
    told = []
    erase(PHOTO, Tools(masker=finds(MAIN), inpainter=grey), EraseRequest(second_look=False), on_stage=told.append)
    assert told == ["detect", "mask", "fill", "composite"]

    def stop(stage):
        raise KeyError(stage)

    with pytest.raises(KeyError, match="detect"):
        erase(PHOTO, Tools(masker=finds(MAIN), inpainter=grey), on_stage=stop)
