"""A result is a file like its photo's, whole or not at all."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from eraser.photo import Photo, encode_format, formats, load, save

RNG = np.random.default_rng(1)
SMOOTH = np.add.outer(np.arange(64), np.arange(96))[..., None] * np.array([1.0, 0.5, 0.25])
PIXELS = (SMOOTH + RNG.integers(0, 40, SMOOTH.shape)).astype(np.uint8)
ALPHA = RNG.integers(0, 256, PIXELS.shape[:2], dtype=np.uint8)
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
needs_heif = pytest.mark.skipif(not formats.can_write("HEIF"), reason="needs pillow-heif with an encoder")


@pytest.mark.parametrize("alpha", [None, ALPHA], ids=["opaque", "alpha"])
@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "jpeg", None])
@pytest.mark.parametrize("suffix", [".png", ".tif", ".webp"])
def test_a_lossless_file_gives_back_every_value(tmp_path, suffix, compression, alpha):
    source = Photo(image=PIXELS, alpha=alpha, tiff_compression=compression, webp_lossless=True)

    save(PIXELS, tmp_path / f"a{suffix}", source)

    result = load(tmp_path / f"a{suffix}")
    np.testing.assert_array_equal(result.image, PIXELS)
    np.testing.assert_array_equal(result.alpha, alpha)


@pytest.mark.parametrize("subsampling", [0, 1, 2])
@pytest.mark.parametrize("options", [{"quality": 37}, {"quality": 96, "progressive": True}])
def test_a_jpeg_keeps_its_tables_subsampling_and_kind(tmp_path, subsampling, options):
    Image.fromarray(PIXELS).save(tmp_path / "in.jpg", subsampling=subsampling, **options)
    source = load(tmp_path / "in.jpg")

    save(source.image, tmp_path / "out.jpg", source)

    with Image.open(tmp_path / "in.jpg") as old, Image.open(tmp_path / "out.jpg") as new:
        assert new.quantization == old.quantization
        assert new.layer == old.layer
        assert new.info.get("progressive") == old.info.get("progressive")
    sizes = [(tmp_path / name).stat().st_size for name in ("in.jpg", "out.jpg")]
    assert sizes[1] == pytest.approx(sizes[0], rel=0.05)
    assert (
        np.abs(load(tmp_path / "out.jpg").image.astype(int) - source.image).mean() < 1.5
    )  # of 255, mostly subsampled noise


@pytest.mark.parametrize(("quality", "factors"), [(None, 1), (90, 1), (89, 2), (60, 2)])
def test_a_jpeg_of_another_format_halves_its_colours_below_a_quality_of_90(tmp_path, quality, factors):
    save(PIXELS, tmp_path / "out.jpg", Photo(image=PIXELS, format="PNG"), quality=quality)

    with Image.open(tmp_path / "out.jpg") as new:
        assert new.layer[0][1:3] == (factors, factors)


def test_a_jpeg_with_a_table_for_each_component_keeps_their_order(tmp_path):
    tables = [[step] * 64 for step in (3, 5, 9)]
    Image.fromarray(PIXELS).save(tmp_path / "in.jpg", qtables=tables, subsampling=0)
    source = load(tmp_path / "in.jpg")

    save(source.image, tmp_path / "out.jpg", source)

    with Image.open(tmp_path / "out.jpg") as new:
        assert [new.quantization[layer[3]][0] for layer in new.layer] == [3, 5, 9]


def test_quality_when_given_replaces_the_tables(tmp_path):
    Image.fromarray(PIXELS).save(tmp_path / "in.jpg", quality=95)
    source = load(tmp_path / "in.jpg")

    for quality in (20, 90):
        save(source.image, tmp_path / f"{quality}.jpg", source, quality=quality)

    assert (tmp_path / "20.jpg").stat().st_size < (tmp_path / "90.jpg").stat().st_size
    with pytest.raises(ValueError, match="1 to 100"):
        save(source.image, tmp_path / "0.jpg", source, quality=0)


def test_transparency_is_laid_on_white_where_a_format_has_none(tmp_path):
    source = Photo(image=np.zeros((8, 8, 3), np.uint8), alpha=np.full((8, 8), 64, np.uint8))

    for suffix in (".jpg", ".bmp"):
        save(source.image, tmp_path / f"a{suffix}", source)
        assert load(tmp_path / f"a{suffix}").image[4, 4].tolist() == pytest.approx([191] * 3, abs=2)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".bmp", ".webp"])
def test_a_grey_photo_stays_grey_until_colour_is_drawn_on_it(tmp_path, suffix):
    grey = np.repeat(PIXELS[..., :1], 3, axis=2)
    source = Photo(image=grey, grey=True, webp_lossless=True)
    drawn = grey.copy()
    drawn[:8, :8] = (255, 0, 0)

    save(grey, tmp_path / f"grey{suffix}", source)
    save(drawn, tmp_path / f"drawn{suffix}", source)

    result = load(tmp_path / f"grey{suffix}")
    assert result.grey or suffix == ".webp"  # which has no such mode
    if suffix != ".jpg":
        np.testing.assert_array_equal(result.image, grey)
    assert load(tmp_path / f"drawn{suffix}").image[4, 4].tolist() == pytest.approx([255, 0, 0], abs=3)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp", ".avif", pytest.param(".heic", marks=needs_heif)])
def test_profile_and_resolution_come_along(tmp_path, suffix):
    source = Photo(image=PIXELS, icc_profile=SRGB, dpi=(300.0, 300.0))

    save(PIXELS, tmp_path / f"a{suffix}", source)

    result = load(tmp_path / f"a{suffix}")
    assert result.icc_profile == SRGB
    assert result.size_wh == source.size_wh
    if suffix in (".jpg", ".png", ".tif"):
        assert result.dpi == pytest.approx((300, 300), abs=0.1)


@needs_heif
def test_heic_stays_heic(tmp_path):
    save(PIXELS, tmp_path / "a.heic", Photo(image=PIXELS))

    photo = load(tmp_path / "a.heic")

    assert encode_format(photo, "same") == ("HEIF", ".heic")
    assert photo.notes == ()
    assert np.abs(photo.image.astype(int) - PIXELS).mean() < 8


@pytest.mark.parametrize(
    ("name", "kind", "wanted", "result"),
    [
        ("a.JPEG", "JPEG", "same", ("JPEG", ".JPEG")),
        ("a.JPEG", "JPEG", "jpg", ("JPEG", ".JPEG")),
        ("a.jpg", "JPEG", "png", ("PNG", ".png")),
        ("really-a-png.jpg", "PNG", "same", ("PNG", ".png")),
        ("a.tiff", "TIFF", "same", ("TIFF", ".tiff")),
        ("a.gif", "GIF", "same", ("PNG", ".png")),
        ("a.webp", "WEBP", "webp", ("WEBP", ".webp")),
    ],
)
def test_the_suffix_is_the_photos_own_where_it_fits_the_format(name, kind, wanted, result):
    assert encode_format(Photo(image=PIXELS, format=kind, path=Path(name)), wanted) == result


def test_what_cannot_be_written_as_it_was_becomes_what_everybody_opens(monkeypatch):
    monkeypatch.setattr(formats, "can_write", lambda name: name in ("JPEG", "PNG", "BMP"))
    heic, bmp = Photo(image=PIXELS, format="HEIF"), Photo(image=PIXELS, format="BMP")

    assert encode_format(heic, "same") == ("JPEG", ".jpg")
    assert encode_format(replace(heic, alpha=ALPHA), "same") == ("PNG", ".png")
    assert encode_format(bmp, "same") == ("BMP", ".bmp")
    assert encode_format(replace(bmp, alpha=ALPHA), "same") == ("PNG", ".png")
