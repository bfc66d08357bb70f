import numpy as np
import pytest
from PIL import Image

from eraser.errors import PhotoReadError
from eraser.photo import as_photo, load


@pytest.fixture
def picture():
    return Image.fromarray(np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_a_pillow_image_is_turned_as_its_file_would_be(picture, tmp_path, orientation, suffix):
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"a{suffix}"
    picture.save(path, exif=exif)

    with Image.open(path) as opened:
        pixels = as_photo(opened).image

    assert (pixels == load(path).image).all()


def test_any_mode_becomes_rgb(picture):
    assert as_photo(picture.convert("LA")).image.shape == (4, 6, 3)
    assert (as_photo(picture.convert("RGBA")).image == np.asarray(picture)).all()


def test_an_image_that_cannot_be_decoded_is_an_error_of_ours(tmp_path):
    path = tmp_path / "a.png"
    Image.effect_noise((64, 64), 50).save(path)
    path.write_bytes(path.read_bytes()[:-1500])

    with Image.open(path) as opened, pytest.raises(PhotoReadError, match="cannot be decoded"):
        as_photo(opened)
