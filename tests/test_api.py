import numpy as np
import pytest
from PIL import Image

from eraser import api, erase
from eraser.errors import PhotoReadError

PHOTO = np.full((40, 60, 3), (90, 120, 30), np.uint8)
PHOTO[:, 30:] = 200
MASK = np.zeros((40, 60), np.bool_)
MASK[10:20, 10:20] = True


@pytest.fixture(autouse=True)
def fresh():
    """Nothing loaded by another test."""
    api._eraser.cache_clear()


def test_an_array_a_path_and_a_picture_give_the_same_result(tmp_path):
    path = tmp_path / "photo.png"
    Image.fromarray(PHOTO).save(path)

    results = [erase(photo, mask=MASK, inpainter="telea") for photo in (PHOTO, path, str(path), Image.open(path))]

    for result in results:
        np.testing.assert_array_equal(result.image, results[0].image)
        np.testing.assert_array_equal(result.hole, MASK)
    np.testing.assert_array_equal(results[0].image[~MASK], PHOTO[~MASK])


def test_files_and_pictures_are_turned_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter to the right
    path = tmp_path / "photo.png"
    Image.fromarray(np.rot90(PHOTO)).save(path, exif=exif)

    for photo in (path, Image.open(path)):
        np.testing.assert_array_equal(erase(photo, mask=~MASK & MASK, inpainter="telea").image, PHOTO)


def test_networks_are_kept_for_the_next_call_with_the_same_options():
    erase(PHOTO, mask=MASK, inpainter="telea")
    erase(PHOTO, mask=MASK, inpainter="telea")
    erase(PHOTO, mask=MASK, inpainter="navier-stokes")

    info = api._eraser.cache_info()
    assert (info.hits, info.misses) == (1, 2)


def test_pixels_may_come_as_a_list(tmp_path, monkeypatch):
    (tmp_path / "hats.py").write_text(
        "import numpy as np\nfrom eraser import Person\n"
        "def load_masker(context):\n"
        "    return lambda image: [Person((x, 2, x + 9, 9), np.ones((7, 9), np.bool_)) for x in (2, 30)]\n"
    )
    monkeypatch.setenv("ERASER_PLUGINS", str(tmp_path))

    result = erase(PHOTO, masker="hats", inpainter="telea", device="cpu", at=[[33, 4]])

    assert len(result.gone) == 1
    assert result.people[result.gone[0] - 1].box.x0 == 30


def test_an_option_that_does_not_exist_is_an_error():
    with pytest.raises(TypeError, match="whom"):
        erase(PHOTO, whom="all")


@pytest.mark.parametrize("wrong", [PHOTO / 255, PHOTO[..., 0], np.zeros((0, 4, 3), np.uint8)])
def test_an_array_that_is_no_photo_is_an_error(wrong):
    with pytest.raises((TypeError, ValueError), match="image must"):
        erase(wrong, mask=MASK, inpainter="telea")


def test_a_file_that_is_no_photo_is_an_error(tmp_path):
    (tmp_path / "photo.jpg").write_text("not a photo")

    with pytest.raises(PhotoReadError):
        erase(tmp_path / "photo.jpg")


def test_options_of_a_plugin_may_be_a_mapping_of_python_values(tmp_path, monkeypatch):
    (tmp_path / "box.py").write_text(
        "from dataclasses import dataclass\nimport numpy as np\nfrom eraser import MaskerContext, Person\n"
        "@dataclass(frozen=True)\nclass Options:\n    box: tuple[int, int, int, int] = (0, 0, 1, 1)\n"
        "def load_masker(context: MaskerContext[Options]):\n    def find(image):\n"
        "        mask = np.zeros(image.shape[:2], bool)\n        x0, y0, x1, y1 = context.options.box\n"
        "        mask[y0:y1, x0:x1] = True\n        return [Person.from_mask(mask)]\n    return find\n"
    )
    monkeypatch.setenv("ERASER_PLUGINS", str(tmp_path))

    result = erase(
        PHOTO, masker="box", masker_options={"box": (5, 6, 20, 30)}, inpainter="telea", device="cpu", dilate_px=0
    )

    assert [tuple(person.box) for person in result.people] == [(5, 6, 20, 30)]
    assert result.hole.sum() == 15 * 24
