"""16 bits a channel stay 16 bits: untouched outside the hole, a fill without steps inside."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms, ImageOps

from eraser.photo import Carried, Extra, Photo, formats, load, png, save
from eraser.photo.deep import avif_bits, merge, turned

PACKET = (
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    b'xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" photoshop:Credit="Grace"/></rdf:RDF>'
)
RNG = np.random.default_rng(5)
HOLE = np.zeros((40, 60), np.bool_)
HOLE[10:30, 20:45] = True


def stored(path, samples):
    """A file of OpenCV's."""
    order = [2, 1, 0, 3][: samples.shape[2]] if samples.shape[2] > 2 else [0]
    path.write_bytes(cv2.imencode(path.suffix, samples[..., order])[1].tobytes())


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("knows_hole", [True, False])
def test_samples_outside_the_hole_are_those_of_the_photo(tmp_path, suffix, channels, knows_hole):
    samples = RNG.integers(0, 65536, (40, 60, channels)).astype(np.uint16)
    stored(tmp_path / f"in{suffix}", samples)
    source = load(tmp_path / f"in{suffix}")
    result = source.image.copy()
    result[HOLE] = 99 if channels == 1 else (10, 120, 250)

    found = save(
        result, tmp_path / f"out{suffix}", source, extra=Extra(hole=HOLE if knows_hole else None, read_back=True)
    )

    written = load(tmp_path / f"out{suffix}").deep
    np.testing.assert_array_equal(written[~HOLE], samples[~HOLE])
    assert (written.shape[2], found.mode) == (channels, {1: "grey 16", 3: "RGB 16", 4: "RGBA 16"}[channels])
    with Image.open(tmp_path / f"out{suffix}") as image:  # another program reads it, too
        image.load()
    filled = written[HOLE][:, : min(channels, 3)] / 257
    assert np.abs(filled - result[HOLE][:, : min(channels, 3)]).max() <= 1.01


def test_a_fill_of_a_gradient_has_no_steps_of_256():
    ramp = np.broadcast_to(np.linspace(20_000, 24_000, 400), (50, 400))
    deep = np.repeat(ramp.astype(np.uint16)[..., None], 3, axis=2)
    photo = (deep >> 8).astype(np.uint8)
    hole = np.zeros(ramp.shape, np.bool_)
    hole[10:40, 50:350] = True

    filled = merge(photo, photo, deep, hole)[25, 60:340, 0].astype(int)

    assert np.abs(np.diff(filled)).max() < 64
    assert len(np.unique(filled)) > 100
    assert np.abs(filled - deep[25, 60:340, 0]).max() < 256


def test_a_grey_photo_that_gets_colours_becomes_one_of_colours():
    deep = RNG.integers(0, 65536, (8, 8, 1)).astype(np.uint16)
    photo = np.repeat((deep // 257).astype(np.uint8), 3, axis=2)
    drawn = photo.copy()
    drawn[2, 3] = (255, 0, 0)

    out = merge(drawn, photo, deep, None)

    assert out.shape == (8, 8, 3)
    assert (out[0, 0] == deep[0, 0]).all()
    assert out[2, 3, 0] > 65_000


@pytest.mark.parametrize("orientation", range(1, 9))
def test_samples_are_turned_as_the_picture_is(orientation):
    pixels = RNG.integers(0, 256, (5, 7, 3), dtype=np.uint8)
    image = Image.fromarray(pixels)
    image.getexif()[0x0112] = orientation

    np.testing.assert_array_equal(turned(pixels, orientation), np.asarray(ImageOps.exif_transpose(image)))
    np.testing.assert_array_equal(turned(pixels[..., :1], orientation), turned(pixels, orientation)[..., :1])


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("orientation", [3, 5, 6, 8])
def test_samples_of_a_turned_photo_are_kept_upright(tmp_path, suffix, orientation):
    tifffile = pytest.importorskip("tifffile")
    samples = RNG.integers(0, 65536, (9, 13, 3)).astype(np.uint16)
    if suffix == ".tif":
        tag = (0x0112, 3, 1, orientation, True)
        tifffile.imwrite(tmp_path / "in.tif", samples, photometric="rgb", extratags=[tag])
    else:
        stored(tmp_path / "plain.png", samples)
        exif, tiny = Image.Exif(), tmp_path / "tiny.png"
        exif[0x0112] = orientation
        Image.new("RGB", (1, 1)).save(tiny, exif=exif)
        (tmp_path / "in.png").write_bytes(png.insert(tiny.read_bytes(), (tmp_path / "plain.png").read_bytes()))

    photo = load(tmp_path / f"in{suffix}")

    np.testing.assert_array_equal(photo.deep, turned(samples, orientation))


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_profile_resolution_and_exif_come_along(tmp_path, suffix):
    stored(tmp_path / f"in{suffix}", RNG.integers(0, 65536, (9, 9, 3)).astype(np.uint16))
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif = Image.Exif()
    exif[0x8298] = "belongs to Ada"
    Image.new("RGB", (9, 9)).save(tmp_path / "plain.png", icc_profile=profile, dpi=(300, 300), exif=exif)
    source, plain = load(tmp_path / f"in{suffix}"), load(tmp_path / "plain.png")
    source = replace(source, icc_profile=plain.icc_profile, dpi=plain.dpi, carried=plain.carried)

    save(source.image, tmp_path / f"out{suffix}", source)

    written = load(tmp_path / f"out{suffix}")
    assert written.icc_profile == profile
    assert written.dpi == pytest.approx((300, 300), abs=0.1)
    assert b"belongs to Ada" in written.carried.exif
    np.testing.assert_array_equal(written.deep, source.deep)


def test_other_formats_get_eight_bits(tmp_path):
    stored(tmp_path / "in.png", RNG.integers(0, 65536, (9, 9, 3)).astype(np.uint16))
    source = load(tmp_path / "in.png")

    found = save(source.image, tmp_path / "out.bmp", source, extra=Extra(read_back=True))

    assert (found.mode, found.outside_differ) == ("RGB 8", 0)


@pytest.mark.parametrize("channels", [3, 4])
def test_a_heic_of_10_bits_stays_one_and_becomes_a_png_of_16(tmp_path, channels):
    pillow_heif = pytest.importorskip("pillow_heif")
    if not formats.can_write("HEIF"):
        pytest.skip("no encoder for HEIC")
    ramp = np.linspace(20_000, 40_000, 96).astype(np.uint16)
    samples = np.ascontiguousarray(np.broadcast_to(ramp[None, :, None], (64, 96, channels)))
    samples[..., 3:] = 65_535
    mode = "RGB;16" if channels == 3 else "RGBA;16"
    file = pillow_heif.from_bytes(mode, (96, 64), samples.tobytes())
    file.save(tmp_path / "in.heic", quality=95, chroma="444")
    source = load(tmp_path / "in.heic")
    hole = np.zeros((64, 96), np.bool_)
    hole[20:40, 30:60] = True
    result = source.image.copy()
    result[hole] = (200, 30, 60)
    extra = Extra(hole=hole, read_back=True)

    heic = save(result, tmp_path / "out.heic", source, extra=extra)
    png_ = save(result, tmp_path / "out.png", source, extra=extra)

    colours = "RGB" if channels == 3 else "RGBA"
    assert (source.deep_bits, heic.mode, png_.mode) == (10, f"{colours} 10", f"{colours} 16")
    assert not any("8-bit" in note for note in source.notes)
    assert len(np.unique(source.deep[..., 0])) > 80  # 8 bits of this ramp have 79 levels
    np.testing.assert_array_equal(load(tmp_path / "out.png").deep[~hole], source.deep[~hole])
    written = load(tmp_path / "out.heic")
    assert np.abs(written.deep[..., :3].astype(int) - source.deep[..., :3])[:10].mean() < 400
    assert np.abs(written.image[25:35, 40:50].astype(int) - (200, 30, 60)).mean() < 12


def test_a_16_bit_png_becomes_a_heic_of_10_bits_with_its_metadata(tmp_path):
    if not formats.can_write("HEIF"):
        pytest.skip("no encoder for HEIC")
    photo = Photo(
        image=np.full((64, 64, 3), 100, np.uint8),
        deep=np.full((64, 64, 3), 25_700, np.uint16),
        icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
        carried=Carried(exif=b"Exif\0\0II*\0\x08\0\0\0\1\0\x98\x82\2\0\4\0\0\0Ada\0\0\0\0\0", xmp=PACKET),
    )

    found = save(photo.image, tmp_path / "out.heic", photo, extra=Extra(read_back=True))

    written = load(tmp_path / "out.heic")
    assert (found.mode, found.same_profile) == ("RGB 10", True)
    assert b"Ada" in written.carried.exif
    assert b"Grace" in written.carried.xmp


@pytest.mark.parametrize("order", ["<", ">"])
def test_samples_of_a_grey_tiff_in_which_0_is_white_stay_bit_for_bit(tmp_path, order):
    tifffile = pytest.importorskip("tifffile")
    samples = RNG.integers(0, 65536, (40, 60)).astype(np.uint16)
    tifffile.imwrite(tmp_path / "in.tif", 65_535 - samples, photometric="miniswhite", byteorder=order)
    source = load(tmp_path / "in.tif")
    result = source.image.copy()
    result[HOLE] = 99

    found = save(result, tmp_path / "out.tif", source, extra=Extra(hole=HOLE, read_back=True))

    assert (found.mode, found.outside_differ) == ("grey 16", 0)
    np.testing.assert_array_equal(load(tmp_path / "out.tif").deep[..., 0][~HOLE], samples[~HOLE])


@pytest.mark.parametrize(("bits", "levels"), [(10, 1023), (12, 4095)])
def test_an_avif_of_more_than_8_bits_becomes_a_png_of_16(tmp_path, bits, levels):
    ramp = np.linspace(levels // 4, levels // 2, 96).astype(np.uint16)
    colours = np.stack([ramp, ramp // 2, ramp // 3], axis=1)
    stored_bgr = np.ascontiguousarray(np.broadcast_to(colours[None, :, ::-1], (64, 96, 3)))
    options = [cv2.IMWRITE_AVIF_DEPTH, bits, cv2.IMWRITE_AVIF_QUALITY, 95]
    try:
        done, data = cv2.imencode(".avif", stored_bgr, options)
    except cv2.error:
        pytest.skip("OpenCV has no AVIF encoder")
    assert done
    source = load(data.tobytes())

    found = save(source.image, tmp_path / "out.png", source, extra=Extra(read_back=True))

    assert (source.deep_bits, found.mode, found.outside_differ) == (bits, "RGB 16", 0)
    assert np.abs(source.deep[30].astype(int) - colours * (65_536 // (levels + 1))).mean() < 300
    assert len(np.unique(source.deep[..., 0])) > 70  # 8 bits of this ramp have 64 levels
    assert not source.notes


def test_deep_samples_of_another_picture_are_not_taken(monkeypatch):
    samples = np.random.default_rng(1).integers(0, 1024, (64, 96, 3)).astype(np.uint16)
    try:
        _, data = cv2.imencode(".avif", samples, [cv2.IMWRITE_AVIF_DEPTH, 10, cv2.IMWRITE_AVIF_QUALITY, 95])
    except cv2.error:
        pytest.skip("OpenCV has no AVIF encoder")
    decode = cv2.imdecode
    monkeypatch.setattr(cv2, "imdecode", lambda *given: decode(*given)[::-1])

    source = load(data.tobytes())

    assert source.deep is None
    assert source.notes == ("10-bit read as 8-bit",)


def test_bits_of_an_avif_are_those_of_its_configuration():
    assert avif_bits(b"av1C\x81\x00\x0c\0") == 8
    assert avif_bits(b"av1C\x81\x00\x4c\0") == 10
    assert avif_bits(b"av1C\x81\x00\x6c\0") == 12
    assert avif_bits(b"av1C") == avif_bits(b"") == 8
