"""What is read is upright RGB of 8 bits, whatever the file holds."""

import io

import numpy as np
import pytest
from PIL import Image

from eraser.errors import PhotoReadError
from eraser.photo import load, size_of

RNG = np.random.default_rng(0)
COLOUR = RNG.integers(0, 256, (5, 7, 3), dtype=np.uint8)
# EXIF 2.32, tag 0x0112: the sides of the upright photo on which row 0 and column 0 of the file lie
SIDES = {1: "tl", 2: "tr", 3: "br", 4: "bl", 5: "lt", 6: "rt", 7: "rb", 8: "lb"}


def as_stored(upright, orientation):
    """The rows and columns of the file, pixel by pixel from the definition of the tag."""
    height, width = upright.shape[:2]
    row_side, column_side = SIDES[orientation]
    rows, columns = (height, width) if row_side in "tb" else (width, height)
    stored = np.zeros((rows, columns, *upright.shape[2:]), np.uint8)
    for row in range(rows):
        for column in range(columns):
            along = {row_side: row, column_side: column}
            y = along["t"] if "t" in along else height - 1 - along["b"]
            x = along["l"] if "l" in along else width - 1 - along["r"]
            stored[row, column] = upright[y, x]
    return stored


@pytest.mark.parametrize("orientation", SIDES)
@pytest.mark.parametrize(("suffix", "options"), [(".png", {}), (".webp", {"lossless": True}), (".tif", {})])
def test_a_photo_stands_upright_for_every_orientation(tmp_path, orientation, suffix, options):
    path = tmp_path / f"photo{suffix}"
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Maker"
    Image.fromarray(as_stored(COLOUR, orientation)).save(path, exif=exif, **options)

    photo = load(path)

    np.testing.assert_array_equal(photo.image, COLOUR)
    carried = Image.Exif()
    carried.load(photo.exif)
    assert carried.get(0x0112, 1) == 1
    assert carried[0x010F] == "Maker"


def test_alpha_turns_with_the_photo(tmp_path):
    alpha = np.arange(35, dtype=np.uint8).reshape(5, 7)
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(as_stored(np.dstack([COLOUR, alpha]), 6)).save(tmp_path / "a.png", exif=exif, dpi=(100, 200))

    photo = load(tmp_path / "a.png")

    np.testing.assert_array_equal(photo.alpha, alpha)
    np.testing.assert_array_equal(photo.image, COLOUR)
    assert photo.dpi == pytest.approx((200, 100), abs=0.1)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_resolutions_of_width_and_height_change_places_where_the_photo_is_turned(tmp_path, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(as_stored(COLOUR, orientation)).save(tmp_path / "a.png", exif=exif, dpi=(100, 200))

    expected = (200, 100) if orientation >= 5 else (100, 200)

    assert load(tmp_path / "a.png").dpi == pytest.approx(expected, abs=0.1)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_every_mode_gives_the_colours_that_pillow_shows(tmp_path, mode, suffix):
    alpha = Image.fromarray(RNG.integers(0, 256, (5, 7), dtype=np.uint8))
    with_alpha = Image.fromarray(COLOUR)
    with_alpha.putalpha(alpha)
    image = with_alpha.convert("LA" if mode == "LA" else "RGBA" if mode == "RGBA" else "RGB").convert(mode)
    image.save(tmp_path / f"a{suffix}")

    photo = load(tmp_path / f"a{suffix}")

    np.testing.assert_array_equal(photo.image, np.array(image.convert("RGB")))
    assert photo.grey == (mode in ("1", "L", "LA"))
    if "A" in mode:
        np.testing.assert_array_equal(photo.alpha, np.array(alpha))
    else:
        assert photo.alpha is None
    assert photo.image.flags.writeable


def test_a_palette_with_transparency_gets_alpha(tmp_path):
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.putdata([0, 1])
    image.save(tmp_path / "a.png", transparency=bytes([255, 77]))

    photo = load(tmp_path / "a.png")

    assert photo.image.tolist() == [[[10, 20, 30], [40, 50, 60]]]
    assert photo.alpha.tolist() == [[255, 77]]


def test_of_several_pictures_in_a_jpeg_the_first_is_read(tmp_path):
    first, second = Image.new("RGB", (16, 8), "red"), Image.new("RGB", (16, 8), "blue")
    data = io.BytesIO()
    first.save(data, "MPO", save_all=True, append_images=[second], quality=95)
    (tmp_path / "a.jpg").write_bytes(data.getvalue())

    photo = load(tmp_path / "a.jpg")

    assert photo.format == "JPEG"
    assert photo.image[4, 8].tolist() == pytest.approx([255, 0, 0], abs=4)
    assert "2 pictures" in photo.notes[0]


def test_the_size_of_a_picture_is_told_without_decoding_it():
    file = io.BytesIO()
    Image.fromarray(COLOUR).save(file, "PNG")
    cut_short = file.getvalue()[:60]

    assert size_of(cut_short) == (7, 5)
    with pytest.raises(PhotoReadError):
        load(cut_short)
    with pytest.raises(PhotoReadError, match="not a photo"):
        size_of(b"text")
