"""What cannot be read ends in one line that names the file, and is never half a picture."""

import io
import os
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageFile

from eraser.errors import PhotoReadError
from eraser.photo import formats, load

SMOOTH = np.add.outer(np.arange(96), np.arange(128))[..., None] * [1, 0.5, 0.25]
NOISY = (SMOOTH + np.random.default_rng(0).integers(0, 60, SMOOTH.shape)).astype(np.uint8)


def encoded(name, **options):
    data = io.BytesIO()
    Image.fromarray(NOISY).save(data, name, **options)
    return data.getvalue()


ENCODINGS = {
    "a.jpg": ("JPEG", {}),
    "progressive.jpg": ("JPEG", {"progressive": True}),
    "a.png": ("PNG", {}),
    "a.webp": ("WEBP", {}),
    "lossless.webp": ("WEBP", {"lossless": True}),
    "raw.tif": ("TIFF", {}),
    "lzw.tif": ("TIFF", {"compression": "tiff_lzw"}),
    "a.bmp": ("BMP", {}),
    "a.avif": ("AVIF", {}),
}


@pytest.mark.parametrize("name", ENCODINGS)
def test_a_file_cut_anywhere_is_an_error_or_the_whole_picture(tmp_path, name):
    kind, options = ENCODINGS[name]
    if not formats.can_write(kind):
        pytest.skip(f"this Pillow has no {kind}")
    data = encoded(kind, **options)
    path = tmp_path / name
    path.write_bytes(data)
    whole = load(path).image
    messages = []

    for length in (1, 9, 30, len(data) // 4, len(data) // 2, len(data) * 9 // 10, len(data) - 100, len(data) - 1):
        path.write_bytes(data[:length])
        try:
            np.testing.assert_array_equal(load(path).image, whole)
        except PhotoReadError as error:
            messages.append(str(error))

    assert len(messages) >= 6
    assert all(str(path) in message and "\n" not in message for message in messages)


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_whose_rest_is_zeros_is_an_error(tmp_path, progressive):
    data = encoded("JPEG", progressive=progressive)
    (tmp_path / "a.jpg").write_bytes(data[: len(data) // 2] + bytes(len(data)))

    with pytest.raises(PhotoReadError, match="damaged or cut short"):
        load(tmp_path / "a.jpg")


def test_a_tolerance_set_by_another_package_lets_no_half_picture_through(tmp_path, monkeypatch):
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    data = encoded("JPEG")
    (tmp_path / "a.jpg").write_bytes(data[: len(data) // 2])

    with pytest.raises(PhotoReadError):
        load(tmp_path / "a.jpg")

    assert ImageFile.LOAD_TRUNCATED_IMAGES is True


def test_what_is_no_photo_file_says_so(tmp_path):
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "text.jpg").write_text("not an image at all, but long enough")

    for path, reason in [
        (tmp_path / "empty.jpg", "empty"),
        (tmp_path / "text.jpg", "not a photo"),
        (tmp_path / "missing.jpg", "no such file"),
        (tmp_path, "folder"),
    ]:
        with pytest.raises(PhotoReadError, match=reason):
            load(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_refused_without_waiting_for_it(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")

    with pytest.raises(PhotoReadError, match="no regular file"):
        load(tmp_path / "pipe.jpg")


@pytest.mark.parametrize("name", ["GIF", "WEBP", "PNG"])
def test_an_animation_is_refused(tmp_path, name):
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "a.bin", name, save_all=True, append_images=frames[1:], duration=100)

    with pytest.raises(PhotoReadError, match="animation"):
        load(tmp_path / "a.bin")


def test_a_tiff_of_several_pages_is_refused_but_a_preview_page_is_not_a_page(tmp_path):
    page = Image.fromarray(NOISY)
    preview = page.resize((12, 9))
    preview.encoderinfo = {"tiffinfo": {254: 1}}
    page.save(tmp_path / "pages.tif", save_all=True, append_images=[page])
    page.save(tmp_path / "preview.tif", save_all=True, append_images=[preview])

    with pytest.raises(PhotoReadError, match="2 pages"):
        load(tmp_path / "pages.tif")
    np.testing.assert_array_equal(load(tmp_path / "preview.tif").image, NOISY)


@pytest.mark.parametrize("tiffinfo", [{50706: b"\1\4\0\0"}, {254: 1}])
def test_the_preview_in_a_raw_file_is_not_taken_for_the_photo(tmp_path, tiffinfo):
    Image.fromarray(NOISY).save(tmp_path / "a.dng", "TIFF", tiffinfo=tiffinfo)

    with pytest.raises(PhotoReadError, match="raw file"):
        load(tmp_path / "a.dng")


def test_a_wide_photo_is_read_and_one_above_500_megapixels_refused(tmp_path, monkeypatch):
    Image.new("L", (30_000, 20), 9).save(tmp_path / "wide.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 400_000)  # above, Pillow warns; above twice that, it refuses
    head = struct.pack(">LLBBBBB", 30_000, 20_000, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(b"")), (b"IEND", b"")]
    body = b"".join(struct.pack(">L", len(c)) + t + c + struct.pack(">L", zlib.crc32(t + c)) for t, c in chunks)
    (tmp_path / "huge.png").write_bytes(b"\x89PNG\r\n\x1a\n" + body)

    assert load(tmp_path / "wide.png").size_wh == (30_000, 20)
    with pytest.raises(PhotoReadError, match="600 megapixels"):
        load(tmp_path / "huge.png")


def test_heic_without_the_extra_names_the_package_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(formats, "register_heif", lambda: False)
    (tmp_path / "a.heic").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(64))

    with pytest.raises(PhotoReadError, match=r"pip install 'erase-me\[heif\]'"):
        load(tmp_path / "a.heic")
